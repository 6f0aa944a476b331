//! What happens to a request, phase by phase. `proxy` only calls these.

pub(crate) mod answer;
pub(crate) mod arrive;
pub(crate) mod body;
pub(crate) mod course;
mod doors;
pub(crate) mod failure;
pub(crate) mod forward;
pub(crate) mod outcome;
mod own;
pub(crate) mod whole;
