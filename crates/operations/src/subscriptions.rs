//! Subscriptions: asked for, decided, stopped, changed. Only an active one authorises calls.

mod change_plan;
mod decide;
mod deciders;
mod look;
mod messages;
mod request;
mod stop;
mod write;

pub use change_plan::change_plan;
pub use decide::{Decision, approve, decide_all, reject};
pub use deciders::{Deciders, who_decides};
pub use look::{Detail, Inbox, find, history, inbox, list, of_application, own, waiting};
pub use request::{Request, request};
pub(crate) use stop::cancel_of_plan;
pub use stop::{cancel, resume, suspend, withdraw};
