//! An HTTP/1.1 connection whose requests are plain: read, answered and kept without Pingora. The first request that is not plain
//! takes the connection to Pingora, with all that was read.

mod alarm;
mod answer;
mod line;
mod turn;

use std::future::poll_fn;
use std::io::{self, ErrorKind, IoSlice};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Buf as _, BytesMut};
use gateway_wire::arrival::{self, Arrival, Asked};
use pingora::{Error, ErrorType, Result};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use alarm::Alarm;
pub(crate) use line::Line;
pub(crate) use turn::Turn;

/// Room for a head and a small body.
const ROOM: usize = 8 * 1024;
/// So much that came before its time is kept; more waits in the kernel.
const EARLY_MOST: usize = 64 * 1024;
/// Of an empty buffer so much is kept for the next request.
const KEPT: usize = 16 * 1024;
/// Pieces of a body up to this size are copied behind their head; larger ones go out from where they are.
const COPIED_MOST: usize = 8 * 1024;

/// Bounds of a connection's steps.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    /// A head, from its first byte.
    pub(crate) head: Duration,
    /// Each piece of a body.
    pub(crate) body: Duration,
    /// Each piece of an answer.
    pub(crate) write: Duration,
    /// Between two requests.
    pub(crate) idle: Duration,
    /// Bytes of a head.
    pub(crate) head_bytes: usize,
    /// Bytes of a body.
    pub(crate) body_bytes: u64,
    /// Requests of a connection.
    pub(crate) requests: u32,
}

/// The connection, between requests.
pub(crate) struct Http1 {
    line: Line,
    /// What was read: the request that is served, head and body, and what came behind it.
    input: BytesMut,
    out: Vec<u8>,
    alarm: Alarm,
    bounds: Bounds,
    requests: u32,
    stopping: CancellationToken,
}

/// What comes next on a connection.
pub(crate) enum Next {
    /// A request.
    Request(Box<Asked>),
    /// Something for Pingora.
    Odd,
    /// The end, before a request began.
    End,
    /// A head that did not come in time.
    TooSlow,
}

impl Http1 {
    /// Over a connection of which something may have been read. Its first head is to be there by then.
    pub(crate) fn new(
        line: Line,
        read: &[u8],
        bounds: Bounds,
        first: Instant,
        stopping: CancellationToken,
    ) -> Self {
        let mut input = BytesMut::with_capacity(ROOM);
        input.extend_from_slice(read);
        Self {
            line,
            input,
            out: Vec::new(),
            alarm: Alarm::new(first),
            bounds,
            requests: 0,
            stopping,
        }
    }

    /// The connection, and what was read of it and not served.
    pub(crate) fn into_parts(self) -> (Line, BytesMut) {
        (self.line, self.input)
    }

    /// Waits for the next request.
    pub(crate) async fn next(&mut self) -> Next {
        if self.requests > 0 {
            self.wait_until(self.bounds.idle);
        }
        let mut begun = false;
        loop {
            if !self.input.is_empty() {
                match arrival::read(&self.input) {
                    Arrival::Plain(asked) if asked.body <= self.bounds.body_bytes => {
                        self.requests += 1;
                        return Next::Request(asked);
                    }
                    Arrival::Partial if self.input.len() <= self.bounds.head_bytes => {}
                    Arrival::Plain(_) | Arrival::Odd | Arrival::Partial => return Next::Odd,
                }
                if !std::mem::replace(&mut begun, true) && self.requests > 0 {
                    self.wait_until(self.bounds.head);
                }
            }
            match self.more().await {
                Some(Ok(count)) if count > 0 => {}
                Some(_) => return Next::End,
                None if begun => return Next::TooSlow,
                None => return Next::End,
            }
        }
    }

    /// Reads more of a head; `None` when there is no more time. Without a request that has begun, the end of the gateway is the end.
    async fn more(&mut self) -> Option<io::Result<usize>> {
        let is_idle = self.input.is_empty();
        let stopping = self.stopping.clone();
        let mut stopping = std::pin::pin!(stopping.cancelled());
        poll_fn(|cx| {
            if let Poll::Ready(read) = self.line.poll_read(cx, &mut self.input, ROOM) {
                return Poll::Ready(Some(read));
            }
            if is_idle && stopping.as_mut().poll(cx).is_ready() {
                return Poll::Ready(Some(Ok(0)));
            }
            self.alarm.poll(cx).map(|()| None)
        })
        .await
    }

    fn wait_until(&mut self, after: Duration) {
        self.alarm.set(Instant::now() + after);
    }

    /// Reads more while that is bounded by the alarm.
    async fn fill(&mut self, room: usize) -> Result<usize> {
        self.wait_until(self.bounds.body);
        poll_fn(|cx| {
            if let Poll::Ready(read) = self.line.poll_read(cx, &mut self.input, room) {
                return Poll::Ready(read.map_err(|error| {
                    Error::because(ErrorType::ReadError, "a request's body", error).into_down()
                }));
            }
            self.alarm
                .poll(cx)
                .map(|()| Err(Error::new_down(ErrorType::ReadTimedout)))
        })
        .await
    }

    /// Ready when the caller is not there any more. What it sends early is kept.
    fn poll_gone(&mut self, cx: &mut Context<'_>, served: usize) -> Poll<Box<Error>> {
        while self.input.len() <= served + EARLY_MOST {
            match self.line.poll_read(cx, &mut self.input, ROOM) {
                Poll::Ready(Ok(0)) => {
                    return Poll::Ready(Error::new_down(ErrorType::ConnectionClosed));
                }
                Poll::Ready(Ok(_)) => {}
                Poll::Ready(Err(error)) => {
                    let error = Error::because(ErrorType::ReadError, "a caller that waits", error);
                    return Poll::Ready(error.into_down());
                }
                Poll::Pending => return Poll::Pending,
            }
        }
        Poll::Pending
    }

    /// Sends what is written, and a piece behind it.
    async fn push(&mut self, piece: &[u8]) -> Result<()> {
        let done = self.write_all(piece).await;
        self.out.clear();
        self.out.shrink_to(KEPT);
        done
    }

    async fn write_all(&mut self, piece: &[u8]) -> Result<()> {
        let all = self.out.len() + piece.len();
        let mut sent = 0;
        let mut is_patient = false;
        let failed = |error: io::Error| {
            Error::because(ErrorType::WriteError, "while answering", error).into_down()
        };
        poll_fn(|cx| {
            loop {
                let head = self.out.get(sent..).unwrap_or_default();
                let rest = &piece[sent.saturating_sub(self.out.len())..];
                let step = if sent < all {
                    let parts = [IoSlice::new(head), IoSlice::new(rest)];
                    let parts = if head.is_empty() { &parts[1..] } else { &parts };
                    self.line.poll_write(cx, parts)
                } else {
                    self.line.poll_flush(cx).map_ok(|()| 0)
                };
                match step {
                    Poll::Ready(Ok(_)) if sent == all => return Poll::Ready(Ok(())),
                    Poll::Ready(Ok(0)) => {
                        return Poll::Ready(Err(failed(ErrorKind::WriteZero.into())));
                    }
                    Poll::Ready(Ok(count)) => {
                        sent += count;
                        is_patient = false;
                    }
                    Poll::Ready(Err(error)) => return Poll::Ready(Err(failed(error))),
                    Poll::Pending => {
                        if !std::mem::replace(&mut is_patient, true) {
                            self.alarm.set(Instant::now() + self.bounds.write);
                        }
                        return self
                            .alarm
                            .poll(cx)
                            .map(|()| Err(Error::new_down(ErrorType::WriteTimedout)));
                    }
                }
            }
        })
        .await
    }

    /// Requests that were answered here.
    pub(crate) fn served(&self) -> u32 {
        self.requests
    }

    /// So many bytes were served: what follows is the next request.
    fn advance(&mut self, bytes: usize) {
        self.input.advance(bytes.min(self.input.len()));
        if self.input.is_empty() && self.input.capacity() > KEPT {
            self.input = BytesMut::with_capacity(ROOM);
        }
    }

    /// Ends the connection.
    pub(crate) async fn shutdown(&mut self) {
        self.line.shutdown().await;
    }
}
