//! The behaviour of the dashboard.

mod kitchen_sink;
