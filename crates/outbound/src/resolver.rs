//! A resolver that hands out only addresses that may be fetched from.

use std::net::SocketAddr;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::address::Verdict;
use crate::client::Policy;

/// The system's resolver behind the guard.
pub(crate) struct Guarded(pub(crate) Policy);

/// Every address of a name was refused.
#[derive(Debug, thiserror::Error)]
#[error("`{name}` is {verdict}")]
pub(crate) struct Refused {
    pub(crate) name: String,
    pub(crate) verdict: Verdict,
}

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let policy = self.0.clone();
        Box::pin(async move {
            let host = name.as_str().to_owned();
            let found: Vec<SocketAddr> =
                tokio::net::lookup_host((host.as_str(), 0)).await?.collect();
            let mut refused = None;
            let mut allowed = Vec::with_capacity(found.len());
            for address in found {
                match policy.judge(&host, address.ip()) {
                    Some(verdict) => refused = Some(verdict),
                    None => allowed.push(address),
                }
            }
            match refused {
                Some(verdict) if allowed.is_empty() => Err(Refused {
                    name: host,
                    verdict,
                }
                .into()),
                _ => Ok(Box::new(allowed.into_iter()) as Addrs),
            }
        })
    }
}
