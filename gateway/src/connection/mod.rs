//! One connection from a caller: who is at its other end, TLS, and then HTTP/1.1 or HTTP/2 until it ends.

mod crowd;
mod direct;
mod facts;
mod farewell;
mod frames;
mod http1;
mod http2;
mod observed;
mod proxy_protocol;
mod socket;

use std::net::SocketAddr;
use std::os::fd::AsRawFd as _;
use std::sync::Arc;

use pingora::protocols::l4::stream::Stream as Layer4;
use pingora::protocols::tls::SslDigest;
use pingora::protocols::{GetSocketDigest as _, SocketDigest, Stream};
use pingora::proxy::HttpProxy;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::client::http1::Line;
use crate::config::{Limits, SecureListen, Timeouts};
use crate::direct::Pool;
use crate::engine::Engine;
use crate::proxy::Front;
use crate::tls::{self, Secured};
use crate::usage::{Refused, WorkerUsage};

pub(crate) use crowd::Crowd;
pub(crate) use facts::{Facts, body_passed, context, headers_read};
use farewell::Farewell;
use observed::{Observed, Traffic};
use socket::Socket;

/// What begins an HTTP/2 connection (RFC 9113 section 3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// How a listener takes connections.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Door {
    /// In the clear.
    Plain,
    /// Over TLS.
    Secure(SecureListen),
}

/// Who is at the other end.
#[derive(Debug, Clone, Copy)]
struct Peer {
    address: SocketAddr,
    /// It may say where requests came from.
    trusted: bool,
}

/// What every connection of a worker shares.
pub(crate) struct Connections {
    pub(crate) proxy: Arc<HttpProxy<Front>>,
    pub(crate) engine: Arc<Engine>,
    pub(crate) usage: Arc<WorkerUsage>,
    /// Idle connections of the direct exchange.
    pub(crate) pool: Arc<Pool>,
    /// Turns true when the gateway takes nothing new: it stops, or a successor serves.
    pub(crate) leave: watch::Receiver<bool>,
    /// Turns true when the gateway stops.
    pub(crate) stop: watch::Receiver<bool>,
    /// The same, for those that wait in a poll.
    pub(crate) stopping: CancellationToken,
    pub(crate) tracker: TaskTracker,
}

impl Connections {
    fn limits(&self) -> &Limits {
        &self.engine.config.limits
    }

    fn timeouts(&self) -> &Timeouts {
        &self.engine.config.timeouts
    }

    /// Serves a connection to its end.
    pub(crate) async fn serve(
        self: &Arc<Self>,
        mut stream: TcpStream,
        peer: SocketAddr,
        door: Door,
    ) {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "the connection was gone before it began");
            return;
        }
        let deadline = Instant::now() + self.timeouts().header;
        let config = &self.engine.config;
        let mut client = peer;
        if config.proxy_protocol && config.trusts(peer.ip()) {
            match timeout_at(deadline, proxy_protocol::read(&mut stream)).await {
                Ok(Ok(Some(named))) => client = named,
                // a check of the balancer itself
                Ok(Ok(None)) => {}
                Ok(Err(error)) => {
                    tracing::debug!(%error, "a trusted proxy did not say whom it speaks for");
                    return self.usage.refused(Refused::Unreadable);
                }
                Err(_) => return self.usage.refused(Refused::TooSlow),
            }
        }
        let trusted = config.trusts(client.ip());
        let Some(_place) = self.engine.crowd.enter(
            client.ip(),
            (!trusted).then_some(self.limits().connections_per_ip),
        ) else {
            return self.usage.turned_away();
        };
        let peer = Peer {
            address: client,
            trusted,
        };
        match door {
            Door::Plain => self.plain(stream, peer, deadline).await,
            Door::Secure(listen) => self.secure(stream, peer, listen, deadline).await,
        }
    }

    async fn plain(self: &Arc<Self>, mut stream: TcpStream, peer: Peer, deadline: Instant) {
        let facts = Arc::new(Facts::new(peer.address.ip(), peer.trusted, None));
        let mut read = Vec::new();
        if self.engine.config.h2c {
            match timeout_at(deadline, begins_http2(&mut stream, &mut read)).await {
                Ok(Ok(true)) => {
                    let socket = Socket::plain(described(stream, peer.address));
                    let (stream, _) = self.observe(socket, read, None, &facts, true);
                    return self.http2(stream, facts, deadline).await;
                }
                Ok(Ok(false)) => {}
                Ok(Err(error)) => {
                    tracing::debug!(%error, "the connection ended before it said what it speaks");
                    return;
                }
                Err(_) => {
                    if !read.is_empty() {
                        self.usage.refused(Refused::TooSlow);
                    }
                    return;
                }
            }
        }
        if self.engine.config.direct_exchange {
            let line = Line::Plain(stream);
            return self
                .direct(line, &read, facts, peer.address, deadline)
                .await;
        }
        let socket = Socket::plain(described(stream, peer.address));
        let (stream, traffic) = self.observe(socket, read, None, &facts, false);
        self.http1(stream, facts, traffic, deadline, None, 0).await;
    }

    async fn secure(
        self: &Arc<Self>,
        stream: TcpStream,
        peer: Peer,
        listen: SecureListen,
        deadline: Instant,
    ) {
        let stream = described(stream, peer.address);
        let table = self.engine.tls.table();
        let shaking = tls::accept(stream, &table, &self.engine.proofs, listen.minimum);
        let (socket, secured) = match timeout_at(deadline, shaking).await {
            Ok(Ok(done)) => done,
            Ok(Err(tls::HandshakeError::Proof(host))) => {
                return tracing::info!(%host, "a server that issues certificates was shown a proof");
            }
            Ok(Err(error)) => {
                tracing::debug!(%error, "a handshake failed");
                return self.usage.handshake_failed();
            }
            Err(_) => return self.usage.handshake_failed(),
        };
        let http2 = secured.http2;
        let facts = Arc::new(Facts::new(peer.address.ip(), peer.trusted, Some(secured)));
        // the handshake had its time; the headers have theirs
        let deadline = Instant::now() + self.timeouts().header;
        if !http2 && self.engine.config.direct_exchange {
            let line = Line::Secure(Box::new(socket));
            return self.direct(line, &[], facts, peer.address, deadline).await;
        }
        let socket = Socket::secure(socket);
        let digest = facts.secured.as_ref().map(digest);
        let (stream, traffic) = self.observe(socket, Vec::new(), digest, &facts, http2);
        if http2 {
            self.http2(stream, facts, deadline).await;
        } else {
            self.http1(stream, facts, traffic, deadline, None, 0).await;
        }
    }

    fn observe(
        &self,
        socket: Socket,
        read: Vec<u8>,
        digest: Option<Arc<SslDigest>>,
        facts: &Facts,
        http2: bool,
    ) -> (Stream, Traffic) {
        let traffic = Traffic::default();
        let farewell = Farewell::new(facts.web_socket.clone(), self.stopping.clone());
        let mut stream = Observed::new(socket, read, digest, traffic.clone(), farewell);
        if http2 {
            stream.count_frames();
        }
        (Box::new(stream), traffic)
    }
}

/// Whether the connection begins with HTTP/2; what was read to find out is kept.
async fn begins_http2(stream: &mut TcpStream, read: &mut Vec<u8>) -> std::io::Result<bool> {
    let mut buffer = [0; PREFACE.len()];
    while read.len() < PREFACE.len() {
        let count = stream
            .read(&mut buffer[..PREFACE.len() - read.len()])
            .await?;
        if count == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        read.extend_from_slice(&buffer[..count]);
        if !PREFACE.starts_with(read) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// A handshake as Pingora knows it.
fn digest(secured: &Secured) -> Arc<SslDigest> {
    let client = secured.client.as_ref();
    Arc::new(SslDigest::new(
        secured.cipher,
        secured.version,
        None,
        None,
        client.map_or_else(Vec::new, |client| client.fingerprint.to_vec()),
    ))
}

/// The stream with its peer's address, as Pingora's own listeners make it.
fn described(stream: TcpStream, peer: SocketAddr) -> Layer4 {
    let mut stream = Layer4::from(stream);
    let digest = SocketDigest::from_raw_fd(stream.as_raw_fd());
    digest.peer_addr.get_or_init(|| Some(peer.into()));
    stream.set_socket_digest(digest);
    stream
}
