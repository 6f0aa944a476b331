//! HTTP/2 on a connection: streams side by side, bounded, and a GOAWAY before it ends.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use http::header::CONTENT_TYPE;
use pingora::apps::HttpServerApp as _;
use pingora::protocols::http::ServerSession;
use pingora::protocols::http::v2::server::{H2Accept, HttpSession, handshake};
use pingora::protocols::{Digest, Stream};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep, sleep_until, timeout_at};

use super::Connections;
use super::facts::{Body, Facts, PASSING, Passing};
use crate::usage::Refused;

/// Requests that are no requests, after which a connection is not worth serving.
const MALFORMED: usize = 32;
/// For a client to close after it was told to go.
const GOING: Duration = Duration::from_secs(1);

impl Connections {
    pub(super) async fn http2(
        self: &Arc<Self>,
        stream: Stream,
        facts: Arc<Facts>,
        deadline: Instant,
    ) {
        let digest = Arc::new(Digest {
            ssl_digest: stream.get_ssl_digest(),
            timing_digest: stream.get_timing_digest(),
            proxy_digest: stream.get_proxy_digest(),
            socket_digest: stream.get_socket_digest(),
        });
        // Pingora's own bounds: 100 streams, 64 KiB of headers
        let mut connection = match timeout_at(deadline, handshake(stream, None)).await {
            Ok(Ok(connection)) => connection,
            Ok(Err(error)) => {
                tracing::debug!(%error, "no HTTP/2 connection came about");
                return self.usage.refused(Refused::Unreadable);
            }
            Err(_) => return self.usage.refused(Refused::TooSlow),
        };
        let mut leave = self.leave.clone();
        let streams = Arc::new(Streams::default());
        let mut left = self.limits().requests_per_connection;
        let (mut malformed, mut going) = (0, false);
        loop {
            let idle = if going { GOING } else { self.timeouts().idle };
            tokio::select! {
                biased;
                _ = leave.wait_for(|leave| *leave), if !going => {
                    connection.graceful_shutdown();
                    going = true;
                }
                accepted = HttpSession::from_h2_conn(&mut connection, digest.clone()) => match accepted {
                    Ok(Some(H2Accept::Session(session))) => {
                        self.stream(session, facts.clone(), streams.enter());
                        left = left.saturating_sub(1);
                        if left == 0 && !going {
                            connection.graceful_shutdown();
                            going = true;
                        }
                    }
                    Ok(Some(H2Accept::Rejected)) => {
                        self.usage.refused(Refused::Unreadable);
                        malformed += 1;
                        if malformed >= MALFORMED {
                            return;
                        }
                    }
                    Ok(None) => return,
                    Err(error) => {
                        tracing::debug!(%error, "an HTTP/2 connection broke off");
                        return;
                    }
                },
                () = streams.quiet(idle) => {
                    if going {
                        return;
                    }
                    connection.graceful_shutdown();
                    going = true;
                }
            }
        }
    }

    /// Serves one stream on a task of its own.
    fn stream(self: &Arc<Self>, session: HttpSession, facts: Arc<Facts>, place: Place) {
        let connections = self.clone();
        let patience = connections.patience(&session);
        self.tracker
            .spawn(PASSING.scope(Passing::new(facts), async move {
                let _place = place;
                let session = ServerSession::new_http2(session);
                let mut request = std::pin::pin!(
                    connections
                        .proxy
                        .process_new_http(session, &connections.stop)
                );
                // Pingora has no timeout for the body of an HTTP/2 request
                loop {
                    let until = match Passing::body() {
                        Body::Complete => break,
                        Body::Since(then) => then + patience,
                    };
                    tokio::select! {
                        biased;
                        _ = &mut request => return,
                        () = sleep_until(until) => {
                            if Passing::body() == Body::Since(until - patience) {
                                connections.usage.refused(Refused::TooSlow);
                                return;
                            }
                        }
                    }
                }
                request.await;
            }));
    }

    /// How long a request's body may pause. That of a gRPC call may stay open while the answers come.
    fn patience(&self, session: &HttpSession) -> Duration {
        let kind = session.req_header().headers.get(CONTENT_TYPE);
        if kind.is_some_and(|kind| kind.as_bytes().starts_with(b"application/grpc")) {
            self.timeouts().stream
        } else {
            self.timeouts().body
        }
    }
}

/// The streams that are open.
#[derive(Default)]
struct Streams {
    open: AtomicUsize,
    none: Notify,
}

/// One of them.
struct Place(Arc<Streams>);

impl Streams {
    fn enter(self: &Arc<Self>) -> Place {
        self.open.fetch_add(1, Ordering::SeqCst);
        Place(self.clone())
    }

    /// Returns when no stream was open for so long.
    async fn quiet(&self, time: Duration) {
        while self.open.load(Ordering::SeqCst) > 0 {
            self.none.notified().await;
        }
        sleep(time).await;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if self.0.open.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.0.none.notify_one();
        }
    }
}
