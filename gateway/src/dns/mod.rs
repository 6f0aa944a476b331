//! Names of upstreams and where they lead: asked of name servers directly, since only they say how long an answer holds.

mod ask;
mod resolver;
mod system;

pub(crate) use resolver::{Found, Resolver, Spot};
