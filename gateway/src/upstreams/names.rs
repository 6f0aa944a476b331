//! The addresses behind a target's name: looked up beside the traffic, all of them tried.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use tokio::net::lookup_host;
use tokio::time::timeout;

use super::window::now_ms;

/// For a look-up that nobody waits for.
const PATIENCE: Duration = Duration::from_secs(5);

/// The addresses of one host and port.
#[derive(Debug)]
pub(super) struct Names {
    host: String,
    port: u16,
    known: ArcSwapOption<Known>,
    /// Which of them took a connection last.
    preferred: AtomicUsize,
    refreshing: AtomicBool,
}

#[derive(Debug)]
struct Known {
    addresses: Box<[SocketAddr]>,
    /// In milliseconds of [`now_ms`]; an address that is written as one holds for ever.
    until: u64,
}

impl Names {
    pub(super) fn new(host: &str, port: u16) -> Self {
        let written = host.parse::<IpAddr>().ok().map(|ip| {
            Arc::new(Known {
                addresses: Box::new([SocketAddr::new(ip, port)]),
                until: u64::MAX,
            })
        });
        Self {
            host: host.to_owned(),
            port,
            known: ArcSwapOption::from(written),
            preferred: AtomicUsize::new(0),
            refreshing: AtomicBool::new(false),
        }
    }

    /// Whether these are the addresses of that host and port.
    pub(super) fn are_of(&self, host: &str, port: u16) -> bool {
        self.host == host && self.port == port
    }

    /// How many addresses are known.
    pub(super) fn count(&self) -> usize {
        self.known.load().as_ref().map_or(0, |k| k.addresses.len())
    }

    /// Every address that is known.
    pub(super) fn all(&self) -> Vec<SocketAddr> {
        let known = self.known.load();
        known
            .as_ref()
            .map_or_else(Vec::new, |known| known.addresses.to_vec())
    }

    /// The address to try at the n-th attempt, with its place among all. Waits only while the name was never looked up;
    /// later look-ups run beside the traffic, and the addresses of before hold until they are done.
    pub(super) async fn nth(
        self: &Arc<Self>,
        attempt: usize,
        patience: Duration,
        every_ms: u32,
    ) -> Option<(usize, SocketAddr)> {
        if self.known.load().is_none() {
            self.look_up(patience, every_ms).await;
        } else if self.is_old() {
            self.refresh(every_ms);
        }
        let known = self.known.load();
        let addresses = &known.as_ref()?.addresses;
        let place = (self.preferred.load(Ordering::Relaxed) + attempt) % addresses.len().max(1);
        addresses.get(place).map(|address| (place, *address))
    }

    /// The address at this place took a connection.
    pub(super) fn worked(&self, place: usize) {
        if self.preferred.load(Ordering::Relaxed) != place {
            self.preferred.store(place, Ordering::Relaxed);
        }
    }

    fn is_old(&self) -> bool {
        let known = self.known.load();
        known.as_ref().is_some_and(|known| known.until <= now_ms())
    }

    fn refresh(self: &Arc<Self>, every_ms: u32) {
        if self.refreshing.swap(true, Ordering::AcqRel) {
            return;
        }
        let names = self.clone();
        tokio::spawn(async move {
            names.look_up(PATIENCE, every_ms).await;
            names.refreshing.store(false, Ordering::Release);
        });
    }

    async fn look_up(&self, patience: Duration, every_ms: u32) {
        let found = match timeout(patience, lookup_host((self.host.as_str(), self.port))).await {
            Ok(Ok(found)) => found.collect::<Vec<SocketAddr>>(),
            Ok(Err(error)) => {
                tracing::warn!(host = self.host, %error, "the name of a target has no address");
                Vec::new()
            }
            Err(_) => Vec::new(),
        };
        let mut found = found;
        // most services listen on IPv4 only when a name has both
        found.sort_by_key(|address| (address.is_ipv6(), *address));
        found.dedup();
        let until = now_ms() + u64::from(every_ms);
        let known = self.known.load_full();
        let addresses: Box<[SocketAddr]> = match (found.is_empty(), &known) {
            (false, _) => found.into(),
            // the addresses of before are better than none
            (true, Some(known)) => known.addresses.clone(),
            (true, None) => return,
        };
        if known.is_none_or(|known| known.addresses != addresses) {
            self.preferred.store(0, Ordering::Relaxed);
        }
        self.known.store(Some(Arc::new(Known { addresses, until })));
    }
}
