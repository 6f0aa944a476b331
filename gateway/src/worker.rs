//! A worker: one thread, one runtime, its own listeners and upstream connections.

use std::cell::Cell;
use std::io;
use std::net::SocketAddr;
use std::os::fd::AsRawFd;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use pingora::apps::{HttpServerApp, ReusedHttpStream};
use pingora::protocols::http::ServerSession;
use pingora::protocols::l4::stream::Stream as Layer4;
use pingora::protocols::{GetSocketDigest, SocketDigest, Stream};
use pingora::proxy::HttpProxy;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::time::{Instant, timeout};
use tokio_util::task::TaskTracker;

use crate::config::{Limits, Timeouts};
use crate::listen::BACKLOG;
use crate::observed::{Observed, Traffic};
use crate::proxy::Front;
use crate::usage::{Refused, WorkerUsage};

tokio::task_local! {
    /// Whether the request's headers are complete: set when Pingora asks for the request's context.
    static HEADERS_READ: Cell<bool>;
}

/// Tells the connection that its request's headers are complete, so that their deadline no longer counts.
pub(crate) fn headers_read() {
    // outside of a connection (never in production) there is nothing to tell
    let _ = HEADERS_READ.try_with(|read| read.set(true));
}

/// What a worker needs to run.
pub(crate) struct Worker {
    pub(crate) number: usize,
    pub(crate) sockets: Vec<TcpSocket>,
    pub(crate) proxy: HttpProxy<Front>,
    pub(crate) usage: Arc<WorkerUsage>,
    pub(crate) limits: Limits,
    pub(crate) timeouts: Timeouts,
    /// Turns true when the gateway stops.
    pub(crate) stop: watch::Receiver<bool>,
}

/// A worker's thread, and whether its connections are gone.
pub(crate) struct Handle {
    pub(crate) drained: watch::Receiver<bool>,
    pub(crate) thread: thread::JoinHandle<()>,
}

impl Worker {
    /// Starts the thread. Returns once its listeners listen.
    pub(crate) fn spawn(self) -> io::Result<Handle> {
        let (listening, is_listening) = std::sync::mpsc::sync_channel(1);
        let (done, drained) = watch::channel(false);
        let thread = thread::Builder::new()
            .name(format!("gateway-{}", self.number))
            .spawn(move || {
                let runtime = match tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build()
                {
                    Ok(runtime) => runtime,
                    Err(error) => {
                        let _ = listening.send(Err(error));
                        return;
                    }
                };
                runtime.block_on(self.run(listening));
                // what is left (pooled upstream connections, streams past the bound) goes with the runtime
                runtime.shutdown_background();
                done.send_replace(true);
            })?;
        match is_listening.recv() {
            Ok(Ok(())) => Ok(Handle { drained, thread }),
            Ok(Err(error)) => Err(error),
            Err(_) => Err(io::Error::other("the worker's thread ended at once")),
        }
    }

    async fn run(mut self, listening: std::sync::mpsc::SyncSender<io::Result<()>>) {
        let sockets = std::mem::take(&mut self.sockets);
        let listeners: io::Result<Vec<TcpListener>> = sockets
            .into_iter()
            .map(|socket| socket.listen(BACKLOG))
            .collect();
        let listeners = match listeners {
            Ok(listeners) => listeners,
            Err(error) => {
                let _ = listening.send(Err(error));
                return;
            }
        };
        let _ = listening.send(Ok(()));

        let connections = TaskTracker::new();
        let shared = Arc::new(Connections {
            proxy: Arc::new(self.proxy),
            usage: self.usage,
            slots: Arc::new(Semaphore::new(self.limits.connections)),
            requests: self.limits.requests_per_connection,
            timeouts: self.timeouts,
            stop: self.stop.clone(),
            tracker: connections.clone(),
        });
        let accepting: Vec<_> = listeners
            .into_iter()
            .map(|listener| tokio::spawn(accept(listener, shared.clone())))
            .collect();

        // an error means that the gateway itself is gone: stop as well
        let _ = self.stop.wait_for(|stop| *stop).await;
        for task in accepting {
            task.abort();
        }
        // connections that wait for their next request close at once
        shared.proxy.http_cleanup().await;
        connections.close();
        if timeout(self.timeouts.drain, connections.wait())
            .await
            .is_err()
        {
            tracing::warn!(
                worker = self.number,
                connections = connections.len(),
                "closing connections that did not end within the drain time"
            );
        }
    }
}

/// What every connection of a worker shares.
struct Connections {
    proxy: Arc<HttpProxy<Front>>,
    usage: Arc<WorkerUsage>,
    slots: Arc<Semaphore>,
    requests: u32,
    timeouts: Timeouts,
    stop: watch::Receiver<bool>,
    tracker: TaskTracker,
}

async fn accept(listener: TcpListener, shared: Arc<Connections>) {
    loop {
        let Ok(slot) = shared.slots.clone().acquire_owned().await else {
            return; // never closed
        };
        match listener.accept().await {
            Ok((stream, peer)) => {
                let connection = shared.clone();
                shared.tracker.spawn(async move {
                    connection.serve(stream, peer).await;
                    drop(slot);
                });
            }
            // out of descriptors, or a connection that was gone before we came: neither ends the listener
            Err(error) => {
                tracing::warn!(%error, "could not accept a connection");
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    }
}

impl Connections {
    async fn serve(&self, stream: TcpStream, peer: SocketAddr) {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "the connection was gone before it began");
            return;
        }
        let traffic = Traffic::default();
        let mut session = ServerSession::new_http1(described(stream, peer, traffic.clone()));
        // Pingora's own timeout is for a connection that stays silent; the deadline for the headers comes first
        session.set_keepalive(Some(self.timeouts.header.as_secs() + 1));
        session.set_keepalive_reuses_remaining(Some(self.requests));
        let mut deadline = Instant::now() + self.timeouts.header;
        while let Some(reused) = self.request(session, deadline, &traffic).await {
            let (stream, settings) = reused.consume();
            session = ServerSession::new_http1(stream);
            if let Some(settings) = settings {
                settings.apply_to_session(&mut session);
            }
            session.set_keepalive(Some(self.timeouts.idle.as_secs().max(1)));
            deadline = Instant::now() + self.timeouts.idle + self.timeouts.header;
        }
    }

    /// One request, its headers complete before the deadline; the stream comes back when it can carry another one.
    async fn request(
        &self,
        session: ServerSession,
        deadline: Instant,
        traffic: &Traffic,
    ) -> Option<ReusedHttpStream> {
        let (read, written) = (traffic.read(), traffic.written());
        HEADERS_READ
            .scope(Cell::new(false), async {
                let mut request = std::pin::pin!(self.proxy.process_new_http(session, &self.stop));
                tokio::select! {
                    biased;
                    reused = &mut request => {
                        if !HEADERS_READ.with(Cell::get) && traffic.written() > written {
                            self.usage.refused(Refused::Unreadable);
                        }
                        return reused;
                    }
                    () = tokio::time::sleep_until(deadline) => {}
                }
                if HEADERS_READ.with(Cell::get) {
                    return request.await;
                }
                if traffic.read() > read {
                    self.usage.refused(Refused::TooSlow);
                }
                None
            })
            .await
    }
}

/// The stream with its peer's address, as Pingora's own listeners make it.
fn described(stream: TcpStream, peer: SocketAddr, traffic: Traffic) -> Stream {
    let mut stream = Layer4::from(stream);
    let digest = SocketDigest::from_raw_fd(stream.as_raw_fd());
    digest.peer_addr.get_or_init(|| Some(peer.into()));
    stream.set_socket_digest(digest);
    Box::new(Observed { stream, traffic })
}
