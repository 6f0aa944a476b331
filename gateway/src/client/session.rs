//! Pingora's session as the caller's side.

use std::time::Duration;

use bytes::Bytes;
use gateway_wire::fields::{Fields, Lines as _};
use gateway_wire::head::Head;
use gateway_wire::request::{Outgoing as _, Request};
use http::StatusCode;
use pingora::prelude::timeout;
use pingora::protocols::http::HttpTask;
use pingora::proxy::Session;
use pingora::{Error, ErrorType, Result};
use pingora_http::{RequestHeader, ResponseHeader};

use super::{Client, Waited, remove_where};
use crate::guard::Arrived;

impl Client for Session {
    fn request(&self) -> &RequestHeader {
        self.req_header()
    }

    fn outgoing(&self) -> Request {
        let request = self.req_header();
        let fields = Fields::of(&request.headers);
        Request::new(request.method.clone(), fields, request.target())
    }

    fn remove_headers(&mut self, is: impl Fn(&[u8]) -> bool) {
        remove_where(self.req_header_mut(), is);
    }

    fn head(&self) -> Arrived {
        match self.as_http1() {
            Some(http1) => Arrived::Bytes(http1.get_headers_raw_bytes()),
            None => Arrived::Frames,
        }
    }

    fn is_upgrade(&self) -> bool {
        self.is_upgrade_req()
    }

    fn has_body(&mut self) -> bool {
        !self.as_mut().is_body_empty()
    }

    fn may_repeat(&self) -> bool {
        !self.as_ref().retry_buffer_truncated()
    }

    fn close(&mut self) {
        self.set_keepalive(None);
    }

    fn answered(&self) -> Option<StatusCode> {
        self.response_written().map(|head| head.status)
    }

    async fn read_body(&mut self) -> Result<Option<Bytes>> {
        self.read_request_body().await
    }

    async fn ask_for_body(&mut self) -> Result<()> {
        self.downstream_session.write_continue_response().await
    }

    async fn wait<T: Send>(
        &mut self,
        work: impl Future<Output = T> + Send,
        patience: Duration,
    ) -> Waited<T> {
        tokio::select! {
            biased;
            done = timeout(patience, work) => done.map_or(Waited::TooLong, Waited::Done),
            gone = self.as_mut().read_body_or_idle(true) => Waited::Gone(match gone {
                Err(error) => error.into_down(),
                Ok(_) => Error::new_down(ErrorType::ConnectionClosed),
            }),
        }
    }

    async fn send(
        &mut self,
        head: Option<&Head>,
        pieces: &mut Vec<Bytes>,
        is_end: bool,
    ) -> Result<()> {
        let mut tasks = Vec::with_capacity(pieces.len() + 1);
        if let Some(head) = head {
            let is_all = is_end && pieces.is_empty();
            tasks.push(HttpTask::Header(Box::new(response(head)?), is_all));
        }
        let last = pieces.len().saturating_sub(1);
        for (at, piece) in pieces.drain(..).enumerate() {
            tasks.push(HttpTask::Body(Some(piece), is_end && at == last));
        }
        if tasks.is_empty() {
            tasks.push(HttpTask::Body(None, is_end));
        }
        self.write_response_tasks(tasks).await.map(drop)
    }

    async fn send_whole(&mut self, head: Box<ResponseHeader>, body: Option<Bytes>) -> Result<()> {
        self.write_response_header(head, body.is_none()).await?;
        match body {
            Some(body) => self.write_response_body(Some(body), true).await,
            None => Ok(()),
        }
    }
}

fn response(head: &Head) -> Result<ResponseHeader> {
    let headers = head.fields.map();
    let mut response = ResponseHeader::build_no_case(head.status, Some(headers.len()))?;
    response.set_version(head.version);
    response.set_reason_phrase(Some(head.reason()))?;
    for (name, value) in headers {
        response.append_header(name, value)?;
    }
    Ok(response)
}
