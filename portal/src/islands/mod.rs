//! What runs in the browser too: components that wake up there.
//!
//! An island renders on the server like any other component, and must be useful as it is: the
//! browser may have no scripts. Everything in this module compiles for both halves.

pub mod relative_time;
