//! The bridge from Pingora's phases to the pipeline: one call per phase. A request that the direct exchange takes is answered in
//! the first one.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::HeaderMap;
use pingora::modules::http::HttpModules;
use pingora::protocols::Digest;
use pingora::proxy::{FailToProxy, ProxyHttp, Session};
use pingora::upstreams::peer::HttpPeer;
use pingora::{Error, Result};
use pingora_http::{RequestHeader, ResponseHeader};

use crate::connection::{context, headers_read};
use crate::context::Context;
use crate::direct::{self, Pool};
use crate::engine::Engine;
use crate::pipeline::{answer, arrive, failure, forward, outcome, whole};
use crate::usage::WorkerUsage;

/// One worker's side of the gateway.
pub(crate) struct Front {
    pub(crate) engine: Arc<Engine>,
    pub(crate) usage: Arc<WorkerUsage>,
    pub(crate) pool: Arc<Pool>,
}

#[async_trait]
impl ProxyHttp for Front {
    type CTX = Context;

    fn new_ctx(&self) -> Context {
        headers_read();
        context(|facts| Context::new(self.engine.clone(), self.usage.clone(), facts))
    }

    /// Nothing is compressed or decompressed on the way.
    fn init_downstream_modules(&self, _modules: &mut HttpModules) {}

    async fn request_filter(&self, session: &mut Session, ctx: &mut Context) -> Result<bool> {
        if arrive::request(session, ctx).await? {
            return Ok(true);
        }
        direct::exchange(session, ctx, &self.pool).await
    }

    async fn upstream_peer(
        &self,
        session: &mut Session,
        ctx: &mut Context,
    ) -> Result<Box<HttpPeer>> {
        forward::peer(session, ctx).await
    }

    fn fail_to_connect(
        &self,
        _session: &mut Session,
        _peer: &HttpPeer,
        ctx: &mut Context,
        error: Box<Error>,
    ) -> Box<Error> {
        outcome::not_connected(ctx, error)
    }

    async fn connected_to_upstream(
        &self,
        _session: &mut Session,
        _reused: bool,
        peer: &HttpPeer,
        fd: std::os::unix::io::RawFd,
        _digest: Option<&Digest>,
        ctx: &mut Context,
    ) -> Result<()> {
        let is_shared = peer.options.alpn.get_max_http_version() > 1;
        outcome::connected(ctx, (!is_shared).then_some(fd));
        Ok(())
    }

    /// Our own rule in place of Pingora's, which would repeat what may not be repeated.
    fn error_while_proxy(
        &self,
        _peer: &HttpPeer,
        session: &mut Session,
        error: Box<Error>,
        ctx: &mut Context,
        client_reused: bool,
    ) -> Box<Error> {
        if client_reused && outcome::was_closed(session, ctx, &error) {
            return outcome::once_more(ctx, error);
        }
        outcome::broken(session, ctx, error)
    }

    async fn upstream_request_filter(
        &self,
        session: &mut Session,
        request: &mut RequestHeader,
        ctx: &mut Context,
    ) -> Result<()> {
        forward::request(session, request, ctx).await
    }

    async fn request_body_filter(
        &self,
        session: &mut Session,
        body: &mut Option<Bytes>,
        end: bool,
        ctx: &mut Context,
    ) -> Result<()> {
        forward::request_body(session, body, end, ctx)
    }

    async fn response_filter(
        &self,
        session: &mut Session,
        response: &mut ResponseHeader,
        ctx: &mut Context,
    ) -> Result<()> {
        answer::from_upstream(session, response, ctx).await
    }

    fn response_body_filter(
        &self,
        session: &mut Session,
        body: &mut Option<Bytes>,
        end: bool,
        ctx: &mut Context,
    ) -> Result<Option<Duration>> {
        answer::body(session, body, end, ctx)?;
        Ok(None)
    }

    async fn response_trailer_filter(
        &self,
        session: &mut Session,
        _trailers: &mut HeaderMap,
        ctx: &mut Context,
    ) -> Result<Option<Bytes>> {
        answer::trailers(session, ctx)
    }

    async fn logging(&self, session: &mut Session, _error: Option<&Error>, ctx: &mut Context) {
        if let Some(slot) = ctx.slot.take() {
            whole::unwrap(session, &slot);
        }
    }

    async fn fail_to_proxy(
        &self,
        session: &mut Session,
        error: &Error,
        ctx: &mut Context,
    ) -> FailToProxy {
        failure::failed(session, error, ctx).await
    }

    /// Requests that fail are counted and logged by their code; Pingora's own lines would add addresses and no more.
    fn suppress_error_log(&self, _session: &Session, ctx: &Context, error: &Error) -> bool {
        failure::trace_failure(ctx, error);
        true
    }

    fn request_summary(&self, _session: &Session, ctx: &Context) -> String {
        format!("request {}", ctx.request_id())
    }
}
