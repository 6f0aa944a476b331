//! A target as Pingora wants it: the one place where a peer is made, for traffic and for health checks.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use gateway_snapshot::upstream::{CompiledTarget, CompiledUpstream};
use pingora::upstreams::peer::{HttpPeer, Tracer};

use super::target::TargetState;

/// How long an idle connection to an upstream is kept.
const IDLE: Duration = Duration::from_secs(60);

/// Connections that were kept apart.
static APART: AtomicU64 = AtomicU64::new(0);

/// How long the parts of an exchange may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    pub(crate) connect: Duration,
    /// To the next byte of the answer, its head included.
    pub(crate) read: Duration,
    /// To the next byte of the answer's body, where that can be told from its head.
    pub(crate) idle: Duration,
    pub(crate) write: Duration,
}

/// The peer of one address of a target.
pub(crate) fn peer(
    upstream: &CompiledUpstream,
    target: &CompiledTarget,
    state: &TargetState,
    address: SocketAddr,
    patience: Patience,
) -> HttpPeer {
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
    peer.options.tracer = Some(Tracer(state.tracer()));
    peer
}

/// Keeps the connection out of the pool: it is opened for one request, and no other one finds it. One that is shared between
/// requests is no longer in the pool when it broke.
pub(crate) fn keep_apart(peer: &mut HttpPeer) {
    if peer.options.alpn.get_max_http_version() > 1 {
        return;
    }
    let number = APART.fetch_add(1, Ordering::Relaxed);
    peer.group_key = (!peer.group_key).wrapping_add(number);
    peer.options.idle_timeout = Some(Duration::ZERO);
}
