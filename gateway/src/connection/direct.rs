//! HTTP/1.1 without Pingora, request by request, as long as the requests are plain and their routes allow it. The first one that is
//! not goes to Pingora, and the connection with it.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::time::Instant;

use super::facts::Facts;
use super::socket::Socket;
use super::{Connections, described, digest};
use crate::client::http1::{Bounds, Http1, Line, Next, Turn};
use crate::context::Context;
use crate::direct::{self, Served};
use crate::usage::Refused;

impl Connections {
    pub(super) async fn direct(
        self: &Arc<Self>,
        line: Line,
        read: &[u8],
        facts: Arc<Facts>,
        peer: SocketAddr,
        deadline: Instant,
    ) {
        let bounds = self.bounds();
        let mut connection = Http1::new(line, read, bounds, deadline, self.stopping.clone());
        let resumed = loop {
            let asked = match connection.next().await {
                Next::Request(asked) => asked,
                Next::Odd => break None,
                Next::End => return connection.shutdown().await,
                Next::TooSlow => {
                    self.usage.refused(Refused::TooSlow);
                    return connection.shutdown().await;
                }
            };
            let mut turn = Turn::new(&mut connection, asked);
            let mut ctx = Context::new(self.engine.clone(), self.usage.clone(), facts.clone());
            if direct::serve(&mut turn, &mut ctx, &self.pool).await == Served::Elsewhere {
                break Some(Box::new(ctx));
            }
            drop(ctx);
            if !turn.finish().await {
                return connection.shutdown().await;
            }
        };
        let served = connection.served();
        let (line, read) = connection.into_parts();
        let socket = match line {
            Line::Plain(stream) => Socket::plain(described(stream, peer)),
            Line::Secure(stream) => Socket::secure(*stream),
        };
        let digest = facts.secured.as_ref().map(digest);
        let (stream, traffic) = self.observe(socket, read.to_vec(), digest, &facts, false);
        let deadline = Instant::now() + self.timeouts().header;
        self.http1(stream, facts, traffic, deadline, resumed, served)
            .await;
    }

    fn bounds(&self) -> Bounds {
        let (timeouts, limits) = (self.timeouts(), self.limits());
        Bounds {
            head: timeouts.header,
            body: timeouts.body,
            write: timeouts.write,
            idle: timeouts.idle,
            head_bytes: limits.header_bytes,
            body_bytes: direct::BODY_MOST,
            requests: limits.requests_per_connection,
        }
    }
}
