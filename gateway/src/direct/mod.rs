//! The direct exchange: requests without surprises go to HTTP/1.1 upstreams over this worker's own connections. Pingora keeps
//! the caller's side; the pipeline is driven by the same calls as from its phases.

mod exchange;
mod fit;
mod link;
mod pool;
mod relay;

pub(crate) use exchange::exchange;
pub(crate) use pool::Pool;
