//! HTTP/1.1 on a connection: one request after the other, each with its deadlines.

use std::sync::Arc;

use pingora::apps::{HttpServerApp as _, ReusedHttpStream};
use pingora::protocols::Stream;
use pingora::protocols::http::ServerSession;
use tokio::time::Instant;

use super::Connections;
use super::facts::{Facts, PASSING, Passing};
use super::observed::Traffic;
use crate::context::Context;
use crate::usage::Refused;

impl Connections {
    pub(super) async fn http1(
        &self,
        stream: Stream,
        facts: Arc<Facts>,
        traffic: Traffic,
        mut deadline: Instant,
        mut resumed: Option<Box<Context>>,
        served: u32,
    ) {
        let timeouts = *self.timeouts();
        let mut session = ServerSession::new_http1(stream);
        // Pingora's own timeout is for a connection that stays silent; the deadline for the headers comes first
        session.set_keepalive(Some(timeouts.header.as_secs() + 1));
        let left = self.limits().requests_per_connection.saturating_sub(served);
        session.set_keepalive_reuses_remaining(Some(left));
        while let Some(reused) = self
            .request(session, &facts, deadline, &traffic, resumed.take())
            .await
        {
            let (stream, settings) = reused.consume();
            session = ServerSession::new_http1(stream);
            if let Some(settings) = settings {
                settings.apply_to_session(&mut session);
            }
            session.set_keepalive(Some(timeouts.idle.as_secs().max(1)));
            deadline = Instant::now() + timeouts.idle + timeouts.header;
        }
    }

    /// One request, its headers complete before the deadline; the stream comes back when it can carry another one.
    async fn request(
        &self,
        session: ServerSession,
        facts: &Arc<Facts>,
        deadline: Instant,
        traffic: &Traffic,
        resumed: Option<Box<Context>>,
    ) -> Option<ReusedHttpStream> {
        let (read, written) = (traffic.read(), traffic.written());
        PASSING
            .scope(Passing::new(facts.clone()).resume(resumed), async {
                let mut request = std::pin::pin!(self.proxy.process_new_http(session, &self.stop));
                tokio::select! {
                    biased;
                    reused = &mut request => {
                        if !Passing::are_headers_read() && traffic.written() > written {
                            self.usage.refused(Refused::Unreadable);
                        }
                        return reused;
                    }
                    () = tokio::time::sleep_until(deadline) => {}
                }
                if Passing::are_headers_read() {
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
