//! A caller's connection whose request was read whole, or whose answer waits until it is whole.
//!
//! Pingora keeps at most 64 KiB of a body that was read before an upstream is chosen, and writes an answer's head before its
//! body is known. This stands between it and the connection: the body comes from memory, as often as it is sent, and the
//! head is kept back until the body is there, so that it can still become a refusal.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::Stream;
use http::HeaderMap;
use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use parking_lot::Mutex;
use pingora::protocols::Digest;
use pingora::protocols::http::custom::CustomMessageWrite;
use pingora::protocols::http::custom::server::Session as Custom;
use pingora::protocols::http::{HttpTask, ServerSession};
use pingora::protocols::l4::socket::SocketAddr;
use pingora::proxy::Session;
use pingora::{Error, ErrorType, Result};
use pingora_http::{RequestHeader, ResponseHeader};

/// Where the connection is put when it is wanted back.
#[derive(Clone, Default)]
pub(crate) struct Slot(Arc<Mutex<Option<Box<ServerSession>>>>);

struct Whole {
    /// `None` only while it is put back.
    inner: Option<Box<ServerSession>>,
    /// The request's body, where it was read.
    body: Option<Bytes>,
    /// Whether the head of the answer waits for the body.
    holds: bool,
    head: Option<Box<ResponseHeader>>,
    slot: Slot,
}

/// Puts a body that was read, and a head that is to wait, between Pingora and the connection.
pub(crate) fn wrap(session: &mut Session, body: Option<Bytes>, holds: bool) -> Slot {
    let nothing = Box::new(ServerSession::new_custom(Box::new(())));
    let inner = std::mem::replace(&mut session.downstream_session, nothing);
    let slot = Slot::default();
    let whole = Whole {
        inner: Some(inner),
        body,
        holds,
        head: None,
        slot: slot.clone(),
    };
    *session.downstream_session = ServerSession::new_custom(Box::new(whole));
    slot
}

/// Gives the connection back to Pingora, so that it can carry another request.
pub(crate) fn unwrap(session: &mut Session, slot: &Slot) {
    let nothing = Box::new(ServerSession::new_custom(Box::new(())));
    drop(std::mem::replace(&mut session.downstream_session, nothing));
    if let Some(inner) = slot.0.lock().take() {
        session.downstream_session = inner;
    }
}

impl Drop for Whole {
    fn drop(&mut self) {
        *self.slot.0.lock() = self.inner.take();
    }
}

impl Whole {
    fn inner(&self) -> &ServerSession {
        self.inner
            .as_deref()
            .expect("the connection is there until the drop")
    }

    fn inner_mut(&mut self) -> &mut ServerSession {
        self.inner
            .as_deref_mut()
            .expect("the connection is there until the drop")
    }

    /// The head goes before what there is of the body; with its length when that is all of it.
    fn release(&mut self, all: Option<usize>, out: &mut Vec<HttpTask>) -> Result<()> {
        if let Some(mut head) = self.head.take() {
            if let Some(length) = all {
                head.remove_header(&TRANSFER_ENCODING);
                head.insert_header(CONTENT_LENGTH, length)?;
            }
            out.push(HttpTask::Header(head, false));
        }
        Ok(())
    }

    fn hold(&mut self, tasks: Vec<HttpTask>) -> Result<Vec<HttpTask>> {
        let mut out = Vec::with_capacity(tasks.len() + 1);
        for task in tasks {
            match task {
                HttpTask::Header(head, false) if !head.status.is_informational() => {
                    self.head = Some(head);
                }
                HttpTask::Body(data, end) => {
                    let length = data.as_ref().map_or(0, Bytes::len);
                    if length > 0 || end {
                        self.release(end.then_some(length), &mut out)?;
                        out.push(HttpTask::Body(data, end));
                    }
                }
                HttpTask::Failed(error) => out.push(HttpTask::Failed(error)),
                other => {
                    self.release(None, &mut out)?;
                    out.push(other);
                }
            }
        }
        Ok(out)
    }
}

fn no_messages() -> Box<Error> {
    Error::explain(ErrorType::InternalError, "HTTP has no custom messages")
}

#[async_trait]
impl Custom for Whole {
    fn req_header(&self) -> &RequestHeader {
        self.inner().req_header()
    }

    fn req_header_mut(&mut self) -> &mut RequestHeader {
        self.inner_mut().req_header_mut()
    }

    async fn read_body_bytes(&mut self) -> Result<Option<Bytes>> {
        match self.body {
            Some(_) => Ok(None),
            None => self.inner_mut().read_request_body().await,
        }
    }

    async fn drain_request_body(&mut self) -> Result<()> {
        self.inner_mut().drain_request_body().await
    }

    async fn write_response_header(&mut self, head: Box<ResponseHeader>, _end: bool) -> Result<()> {
        self.head = None;
        self.inner_mut().write_response_header(head).await
    }

    async fn write_response_header_ref(&mut self, head: &ResponseHeader, _end: bool) -> Result<()> {
        self.head = None;
        self.inner_mut().write_response_header_ref(head).await
    }

    async fn write_body(&mut self, data: Bytes, end: bool) -> Result<()> {
        self.inner_mut().write_response_body(data, end).await
    }

    async fn write_trailers(&mut self, trailers: HeaderMap) -> Result<()> {
        self.inner_mut().write_response_trailers(trailers).await
    }

    async fn response_duplex_vec(&mut self, tasks: Vec<HttpTask>) -> Result<bool> {
        let tasks = if self.holds { self.hold(tasks)? } else { tasks };
        if tasks.is_empty() {
            return Ok(false);
        }
        self.inner_mut().response_duplex_vec(tasks).await
    }

    fn set_read_timeout(&mut self, timeout: Option<Duration>) {
        self.inner_mut().set_read_timeout(timeout);
    }

    fn get_read_timeout(&self) -> Option<Duration> {
        self.inner().get_read_timeout()
    }

    fn set_write_timeout(&mut self, timeout: Option<Duration>) {
        self.inner_mut().set_write_timeout(timeout);
    }

    fn get_write_timeout(&self) -> Option<Duration> {
        self.inner().get_write_timeout()
    }

    fn set_total_drain_timeout(&mut self, timeout: Option<Duration>) {
        self.inner_mut().set_total_drain_timeout(timeout);
    }

    fn get_total_drain_timeout(&self) -> Option<Duration> {
        self.inner().get_total_drain_timeout()
    }

    fn request_summary(&self) -> String {
        self.inner().request_summary()
    }

    fn response_written(&self) -> Option<&ResponseHeader> {
        self.inner().response_written()
    }

    async fn shutdown(&mut self, _code: u32, _why: &str) {
        self.inner_mut().shutdown().await;
    }

    fn is_body_done(&mut self) -> bool {
        self.body.is_some() || self.inner_mut().is_body_done()
    }

    async fn finish(&mut self) -> Result<()> {
        self.inner_mut().finish_body().await
    }

    fn is_body_empty(&mut self) -> bool {
        match &self.body {
            Some(body) => body.is_empty(),
            None => self.inner_mut().is_body_empty(),
        }
    }

    async fn read_body_or_idle(&mut self, no_body_expected: bool) -> Result<Option<Bytes>> {
        let idle = no_body_expected || self.body.is_some();
        self.inner_mut().read_body_or_idle(idle).await
    }

    fn body_bytes_sent(&self) -> usize {
        self.inner().body_bytes_sent()
    }

    fn body_bytes_read(&self) -> usize {
        self.inner().body_bytes_read()
    }

    fn digest(&self) -> Option<&Digest> {
        self.inner().digest()
    }

    fn digest_mut(&mut self) -> Option<&mut Digest> {
        self.inner_mut().digest_mut()
    }

    fn client_addr(&self) -> Option<&SocketAddr> {
        self.inner().client_addr()
    }

    fn server_addr(&self) -> Option<&SocketAddr> {
        self.inner().server_addr()
    }

    fn pseudo_raw_h1_request_header(&self) -> Bytes {
        self.inner().to_h1_raw()
    }

    fn enable_retry_buffering(&mut self) {
        if self.body.is_none() {
            self.inner_mut().enable_retry_buffering();
        }
    }

    fn retry_buffer_truncated(&self) -> bool {
        self.body.is_none() && self.inner().retry_buffer_truncated()
    }

    fn get_retry_buffer(&self) -> Option<Bytes> {
        match &self.body {
            Some(body) => (!body.is_empty()).then(|| body.clone()),
            None => self.inner().get_retry_buffer(),
        }
    }

    async fn finish_custom(&mut self) -> Result<()> {
        Ok(())
    }

    fn take_custom_message_reader(
        &mut self,
    ) -> Option<Box<dyn Stream<Item = Result<Bytes>> + Unpin + Send + Sync + 'static>> {
        None
    }

    fn restore_custom_message_reader(
        &mut self,
        _reader: Box<dyn Stream<Item = Result<Bytes>> + Unpin + Send + Sync + 'static>,
    ) -> Result<()> {
        Err(no_messages())
    }

    fn take_custom_message_writer(&mut self) -> Option<Box<dyn CustomMessageWrite>> {
        None
    }

    fn restore_custom_message_writer(
        &mut self,
        _writer: Box<dyn CustomMessageWrite>,
    ) -> Result<()> {
        Err(no_messages())
    }

    fn is_upgrade_req(&self) -> bool {
        self.inner().is_upgrade_req()
    }

    fn was_upgraded(&self) -> bool {
        self.inner().was_upgraded()
    }
}
