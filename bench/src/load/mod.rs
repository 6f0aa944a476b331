//! Load on a peer: as much as it takes (closed loop), or at a steady rate (open loop).

pub(crate) mod closed;
pub(crate) mod open;
pub(crate) mod stream;
