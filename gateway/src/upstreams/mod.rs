//! Upstreams while they run: which target takes a request, how each of them does, and how much they are asked.

mod breaker;
mod checks;
mod deadline;
mod maglev;
mod names;
mod peer;
mod picker;
mod probe;
mod report;
mod spots;
mod state;
mod target;
mod wheel;
mod window;

pub(crate) use checks::Checks;
pub(crate) use deadline::Deadline;
pub(crate) use names::Lookup;
pub(crate) use peer::{Patience, keep_apart, peer};
pub(crate) use report::{UpstreamReport, report};
pub(crate) use state::{Attempt, NoTarget, Plan, Refused, Ticket, of};
pub(crate) use target::Opened;
