//! The behaviour of the dashboard.

#![expect(
    clippy::unwrap_used,
    reason = "in a helper of tests, as in a test, it says where what failed"
)]

mod certificates;
mod configuration;
mod forms;
mod gates;
mod house;
mod journey;
mod kitchen_sink;
mod live;
mod offers;
mod outbox;
mod screens;
