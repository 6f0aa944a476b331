//! One request of a connection, and its answer.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use gateway_wire::arrival::Asked;
use gateway_wire::fields::Lines;
use gateway_wire::head::Head;
use gateway_wire::request::{Outgoing as _, Request};
use http::{Method, StatusCode};
use pingora::{Error, ErrorType, Result};
use pingora_http::{RequestHeader, ResponseHeader};
use tokio::time::Instant;

use super::answer::{self, Body, Start};
use super::{COPIED_MOST, Http1};
use crate::client::{Client, Waited, remove_where};
use crate::guard::Arrived;

/// One request, from its head to the end of its answer.
pub(crate) struct Turn<'c> {
    connection: &'c mut Http1,
    asked: Box<Asked>,
    /// The body was read.
    is_read: bool,
    /// The connection can carry another request.
    keeps: bool,
    answered: Option<StatusCode>,
    /// How the answer's body is framed.
    body: Body,
}

impl<'c> Turn<'c> {
    pub(crate) fn new(connection: &'c mut Http1, asked: Box<Asked>) -> Self {
        let keeps = asked.keeps && connection.requests < connection.bounds.requests;
        Self {
            is_read: asked.body == 0,
            keeps: keeps && !connection.stopping.is_cancelled(),
            connection,
            asked,
            answered: None,
            body: Body::None,
        }
    }

    /// Head and body of the request, in bytes.
    fn length(&self) -> usize {
        let body = usize::try_from(self.asked.body).unwrap_or(usize::MAX);
        self.asked.raw.len().saturating_add(body)
    }

    /// The answer is out: whether the connection carries another request.
    pub(crate) async fn finish(mut self) -> bool {
        if !self.keeps || !self.body.is_done() {
            return false;
        }
        // a body that nobody wanted makes way for the next request
        if !self.is_read && self.read().await.is_err() {
            return false;
        }
        let length = self.length();
        self.connection.advance(length);
        !self.connection.stopping.is_cancelled()
    }

    /// Waits until the whole body is there.
    async fn read(&mut self) -> Result<()> {
        let length = self.length();
        while self.connection.input.len() < length {
            let missing = length - self.connection.input.len();
            if self.connection.fill(missing).await? == 0 {
                return Err(Error::new_down(ErrorType::ConnectionClosed));
            }
        }
        self.is_read = true;
        Ok(())
    }
}

impl Client for Turn<'_> {
    fn request(&self) -> &RequestHeader {
        &self.asked.header
    }

    fn outgoing(&self) -> Request {
        let asked = &self.asked;
        Request::new(
            asked.header.method.clone(),
            asked.fields.clone(),
            asked.header.target(),
        )
    }

    fn remove_headers(&mut self, is: impl Fn(&[u8]) -> bool) {
        if self.asked.fields.remove_where(&is) {
            remove_where(&mut self.asked.header, is);
        }
    }

    fn head(&self) -> Arrived {
        Arrived::Plain(self.asked.raw.len())
    }

    fn is_upgrade(&self) -> bool {
        false
    }

    fn has_body(&mut self) -> bool {
        self.asked.body > 0
    }

    fn may_repeat(&self) -> bool {
        true
    }

    fn close(&mut self) {
        self.keeps = false;
    }

    fn answered(&self) -> Option<StatusCode> {
        self.answered
    }

    /// The whole body at once: it is small.
    async fn read_body(&mut self) -> Result<Option<Bytes>> {
        if self.is_read {
            return Ok(None);
        }
        self.read().await?;
        let body = &self.connection.input[self.asked.raw.len()..self.length()];
        Ok(Some(Bytes::copy_from_slice(body)))
    }

    async fn ask_for_body(&mut self) -> Result<()> {
        Ok(())
    }

    async fn wait<T: Send>(
        &mut self,
        work: impl Future<Output = T> + Send,
        patience: Duration,
    ) -> Waited<T> {
        let mut work = pin!(work);
        let served = self.length();
        let connection = &mut *self.connection;
        connection.alarm.set(Instant::now() + patience);
        poll_fn(|cx| {
            if let Poll::Ready(done) = work.as_mut().poll(cx) {
                return Poll::Ready(Waited::Done(done));
            }
            if connection.alarm.poll(cx).is_ready() {
                return Poll::Ready(Waited::TooLong);
            }
            connection.poll_gone(cx, served).map(Waited::Gone)
        })
        .await
    }

    async fn send(
        &mut self,
        head: Option<&Head>,
        pieces: &mut Vec<Bytes>,
        is_end: bool,
    ) -> Result<()> {
        if let Some(head) = head {
            let start = Start {
                version: head.version,
                status: head.status,
                reason: head.reason(),
            };
            self.write_head(&start, &head.fields);
        }
        let done = self.write_pieces(pieces, is_end).await;
        pieces.clear();
        done
    }

    async fn send_whole(&mut self, head: Box<ResponseHeader>, body: Option<Bytes>) -> Result<()> {
        let start = Start {
            version: head.version,
            status: head.status,
            reason: head.get_reason_phrase().unwrap_or_default(),
        };
        self.write_head(&start, &*head);
        let body = body.filter(|body| !body.is_empty());
        self.write_pieces(body.as_slice(), true).await
    }
}

impl Turn<'_> {
    fn write_head(&mut self, start: &Start<'_>, lines: &impl Lines) {
        if !start.status.is_informational() {
            let has_body = self.asked.header.method != Method::HEAD;
            self.body = Body::of(start.status, lines, has_body);
            self.keeps &= self.body != Body::Close;
        }
        answer::head(start, lines, self.keeps, &mut self.connection.out);
        self.answered = Some(start.status);
    }

    /// Sends pieces of a body behind what was written.
    async fn write_pieces(&mut self, pieces: &[Bytes], is_end: bool) -> Result<()> {
        // where there is no body, nothing may stand
        let pieces = if self.body.is_done() { &[] } else { pieces };
        let length = pieces.iter().map(Bytes::len).sum();
        self.body.begin(length, &mut self.connection.out);
        for piece in pieces {
            if piece.len() <= COPIED_MOST {
                self.connection.out.extend_from_slice(piece);
            } else {
                self.connection.push(piece).await?;
            }
        }
        self.body.end(length, is_end, &mut self.connection.out);
        if is_end && !self.body.is_done() {
            // the head promised more
            self.keeps = false;
        }
        self.connection.push(&[]).await
    }
}
