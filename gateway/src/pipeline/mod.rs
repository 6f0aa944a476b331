//! What happens to a request, phase by phase. `proxy` only calls these.

pub(crate) mod answer;
pub(crate) mod arrive;
mod doors;
pub(crate) mod forward;
