//! Which target of an upstream takes a request, and at which address it is.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use dashmap::DashMap;
use domain::id::{TargetId, UpstreamId};
use gateway_snapshot::upstream::{CompiledTarget, CompiledUpstream};
use pingora::upstreams::peer::HttpPeer;
use tokio::net::lookup_host;
use tokio::time::timeout;

/// How long a target that refused a connection is passed over.
const PAUSE: Duration = Duration::from_secs(5);
/// How long the addresses of a name are good.
const ADDRESSES: Duration = Duration::from_secs(30);
/// How long an idle connection to an upstream is kept.
const IDLE: Duration = Duration::from_secs(60);

/// The state of all targets, shared by the workers.
#[derive(Debug, Default)]
pub(crate) struct Targets {
    turns: DashMap<UpstreamId, u64>,
    failed: DashMap<TargetId, Instant>,
    names: DashMap<(Box<str>, u16), Addresses>,
}

#[derive(Debug, Clone)]
struct Addresses {
    found: Vec<SocketAddr>,
    until: Instant,
}

/// How long the parts of an exchange may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    pub(crate) connect: Duration,
    pub(crate) read: Duration,
    pub(crate) write: Duration,
}

impl Targets {
    /// The next target by weighted turns: one that was not tried for this request and has not just refused a
    /// connection; when there is none, one that was not tried.
    pub(crate) fn choose<'a>(
        &self,
        upstream: &'a CompiledUpstream,
        tried: &[TargetId],
    ) -> Option<&'a CompiledTarget> {
        let targets = &upstream.targets;
        let total: u64 = targets.iter().map(|target| u64::from(target.weight)).sum();
        if total == 0 {
            return None;
        }
        let turn = {
            let mut turn = self.turns.entry(upstream.id).or_default();
            *turn = turn.wrapping_add(1);
            *turn % total
        };
        let mut sum = 0;
        let first = targets.iter().position(|target| {
            sum += u64::from(target.weight);
            turn < sum
        })?;
        let in_turn = || {
            targets
                .iter()
                .cycle()
                .skip(first)
                .take(targets.len())
                .filter(|target| target.weight > 0)
        };
        in_turn()
            .find(|target| !tried.contains(&target.id) && !self.is_paused(target.id))
            .or_else(|| in_turn().find(|target| !tried.contains(&target.id)))
            .or_else(|| in_turn().next())
    }

    fn is_paused(&self, target: TargetId) -> bool {
        let Some(at) = self.failed.get(&target).map(|at| *at) else {
            return false;
        };
        if at.elapsed() < PAUSE {
            return true;
        }
        self.failed.remove(&target);
        false
    }

    /// A connection to the target could not be opened.
    pub(crate) fn failed(&self, target: TargetId) {
        self.failed.insert(target, Instant::now());
    }

    /// The target took a connection.
    pub(crate) fn worked(&self, target: TargetId) {
        if !self.failed.is_empty() {
            self.failed.remove(&target);
        }
    }

    /// How many targets are passed over at the moment.
    pub(crate) fn paused(&self) -> usize {
        self.failed
            .iter()
            .filter(|at| at.value().elapsed() < PAUSE)
            .count()
    }

    /// The target as Pingora wants it; `None` when its name has no address.
    pub(crate) async fn peer(
        &self,
        upstream: &CompiledUpstream,
        target: &CompiledTarget,
        attempt: usize,
        patience: Patience,
    ) -> Option<HttpPeer> {
        let address = self
            .address(&target.host, target.port, attempt, patience.connect)
            .await?;
        // a name or an address, never empty: an empty one would switch verification off
        let mut peer = HttpPeer::new(address, target.tls, target.host.clone());
        // the pool must not hand a connection of one upstream to another one with other settings
        let (high, low) = upstream.id.uuid().as_u64_pair();
        peer.group_key = high ^ low.rotate_left(32);
        peer.options.connection_timeout = Some(patience.connect);
        peer.options.total_connection_timeout = Some(patience.connect * 2);
        peer.options.read_timeout = Some(patience.read);
        peer.options.write_timeout = Some(patience.write);
        peer.options.idle_timeout = Some(IDLE);
        Some(peer)
    }

    async fn address(
        &self,
        host: &str,
        port: u16,
        attempt: usize,
        patience: Duration,
    ) -> Option<SocketAddr> {
        if let Ok(ip) = host.parse::<IpAddr>() {
            return Some(SocketAddr::new(ip, port));
        }
        let key = (Box::from(host), port);
        let known = self.names.get(&key).map(|known| known.clone());
        if let Some(known) = &known
            && known.until > Instant::now()
        {
            return nth(&known.found, attempt);
        }
        match timeout(patience, lookup_host((host, port))).await {
            Ok(Ok(found)) => {
                let mut found: Vec<SocketAddr> = found.collect();
                // most services listen on IPv4 only when a name has both
                found.sort_by_key(SocketAddr::is_ipv6);
                let address = nth(&found, attempt);
                let until = Instant::now() + ADDRESSES;
                self.names.insert(key, Addresses { found, until });
                address
            }
            Ok(Err(error)) => {
                tracing::warn!(host, %error, "the upstream's name has no address");
                nth(&known?.found, attempt)
            }
            Err(_) => nth(&known?.found, attempt),
        }
    }
}

fn nth(addresses: &[SocketAddr], attempt: usize) -> Option<SocketAddr> {
    addresses.get(attempt % addresses.len().max(1)).copied()
}
