//! The upstream's answer goes back.

use std::sync::atomic::Ordering;

use bytes::Bytes;
use domain::refusal::Refusal;
use gateway_policies::policy::Answer;
use gateway_policies::response::Response;
use gateway_wire::fields::Lines;
use gateway_wire::head::Head;
use http::header::{STRICT_TRANSPORT_SECURITY, UPGRADE};
use http::{HeaderName, HeaderValue, StatusCode};
use pingora::{Error, ErrorType, Result};
use pingora_http::ResponseHeader;

use super::body;
use super::forward::give_up;
use super::outcome;
use crate::client::Client;
use crate::config::Durability;
use crate::context::Context;
use crate::headers;
use crate::problem::Problem;

/// The head of an answer, however it is kept.
pub(crate) trait AnswerHead: Lines + Sized {
    /// Its status.
    fn status(&self) -> StatusCode;

    /// Removes every field of these names.
    fn remove_names(&mut self, names: &[&HeaderName]) {
        for name in names {
            self.remove(name);
        }
    }
}

impl AnswerHead for ResponseHeader {
    fn status(&self) -> StatusCode {
        self.status
    }
}

impl AnswerHead for Head {
    fn status(&self) -> StatusCode {
        self.status
    }

    fn remove_names(&mut self, names: &[&HeaderName]) {
        self.fields.remove_where(|name| {
            let mut names = names.iter();
            names.any(|one| name.eq_ignore_ascii_case(one.as_str().as_bytes()))
        });
    }
}

/// The head of the upstream's answer.
pub(crate) async fn from_upstream(
    client: &mut impl Client,
    response: &mut impl AnswerHead,
    ctx: &mut Context,
) -> Result<()> {
    if ctx.engine.node.retiring.load(Ordering::Acquire) {
        // asked before there was a successor, answered after: the next connection is the successor's
        client.close();
    }
    if response.status().is_informational() && response.status() != StatusCode::SWITCHING_PROTOCOLS
    {
        return Ok(());
    }
    if response.status() == StatusCode::SWITCHING_PROTOCOLS && !client.is_upgrade() {
        let error = Error::explain(
            ErrorType::InvalidHTTPHeader,
            "a switch of protocols that nobody asked for",
        );
        return Err(error.into_up());
    }
    ctx.upstream_answered();
    outcome::answered(client, ctx, response.status().as_u16())?;
    headers::clean_response(response);
    let has_body = body::has_body(&client.request().method, response);
    let compressed = body::response_is_compressed(response);
    let view = Response::over(response.status(), response);
    match policies(client, view, ctx).await {
        Ok(None) => {}
        Ok(Some(made)) => {
            ctx.made = Some(made);
            return Error::e_explain(
                ErrorType::HTTPStatus(response.status().as_u16()),
                "a policy answers in the upstream's place",
            );
        }
        Err(problem) => return give_up(ctx, problem),
    }
    if ctx.wanted.response && response.status() != StatusCode::SWITCHING_PROTOCOLS {
        expect_body(client, response, has_body, compressed, ctx)?;
    }
    finish(response, ctx);
    ctx.status = response.status().as_u16();
    ctx.charge();
    if response.status() == StatusCode::SWITCHING_PROTOCOLS && is_web_socket(response) {
        ctx.connection.web_socket.store(true, Ordering::Relaxed);
    }
    durable(ctx).await;
    Ok(())
}

fn is_web_socket(response: &impl Lines) -> bool {
    let protocol = response.value(&UPGRADE);
    protocol.is_some_and(|protocol| protocol.eq_ignore_ascii_case(b"websocket"))
}

/// Policies want the body of the answer: its head promises nothing about its bytes, and one that has none ends here.
fn expect_body(
    client: &impl Client,
    response: &mut impl Lines,
    has_body: bool,
    compressed: bool,
    ctx: &mut Context,
) -> Result<()> {
    if let Some(passage) = ctx.passage.as_mut()
        && ctx.wanted.response_read
        && has_body
        && compressed
    {
        let request = ctx.sight.of(client.request());
        if let Err(failure) = passage.response_is_compressed(&request) {
            return give_up(ctx, failure.into());
        }
    } else if ctx.wanted.response_read {
        body::frame_response(response, has_body);
    }
    if !has_body {
        show(client, ctx, Bytes::new(), true)?;
    }
    Ok(())
}

/// A piece of the answer's body.
pub(crate) fn body(
    client: &impl Client,
    body: &mut Option<Bytes>,
    end: bool,
    ctx: &mut Context,
) -> Result<()> {
    let is_extra = ctx.answer_ended && body.as_ref().is_some_and(|piece| !piece.is_empty());
    if is_extra && ctx.wanted.response_read && ctx.status != 101 {
        // no policy would see it
        return give_up(ctx, Problem::new(Refusal::UpstreamFailed));
    }
    if ctx.wanted.response && ctx.status != 101 && !ctx.answer_ended {
        let piece = body.take().unwrap_or_default();
        let shown = show(client, ctx, piece, end)?;
        *body = (!end || !shown.is_empty()).then_some(shown);
    }
    if let Some(piece) = body {
        ctx.bytes_out += piece.len() as u64;
        // at its end the request itself is counted
        if !end {
            ctx.report();
        }
    }
    if end {
        outcome::ended(ctx);
    }
    Ok(())
}

/// The upstream's trailers end a body: what policies held of it goes before them.
pub(crate) fn trailers(client: &impl Client, ctx: &mut Context) -> Result<Option<Bytes>> {
    if !ctx.wanted.response || ctx.answer_ended {
        return Ok(None);
    }
    let rest = show(client, ctx, Bytes::new(), true)?;
    ctx.bytes_out += rest.len() as u64;
    Ok((!rest.is_empty()).then_some(rest))
}

fn show(client: &impl Client, ctx: &mut Context, piece: Bytes, end: bool) -> Result<Bytes> {
    ctx.answer_ended = end;
    let Some(passage) = ctx.passage.as_mut() else {
        return Ok(piece);
    };
    let request = ctx.sight.of(client.request());
    let shown = match passage.response_piece(&request, piece, end) {
        Ok(shown) => shown,
        Err(failure) => return give_up(ctx, failure.into()),
    };
    let held = passage.held();
    if held > 0
        && let Err(problem) = body::reserve(ctx, held + ctx.whole.unwrap_or_default())
    {
        return give_up(ctx, *problem);
    }
    Ok(shown)
}

pub(super) async fn policies(
    client: &impl Client,
    mut response: Response<'_>,
    ctx: &mut Context,
) -> Result<Option<Answer>, Problem> {
    let engine = ctx.engine.clone();
    let Some(passage) = ctx.passage.as_mut() else {
        return Ok(None);
    };
    passage.exchange.now = engine.clock.now();
    let request = ctx.sight.of(client.request());
    passage
        .respond(&request, &mut response, &engine.services)
        .await
        .map_err(Problem::from)
}

/// What every answer has.
pub(super) fn finish(header: &mut impl Lines, ctx: &Context) {
    header.set(&headers::X_REQUEST_ID, ctx.request_id.clone());
    if let Some(hsts) = ctx.engine.config.hsts.filter(|_| ctx.is_secure()) {
        let value = format!("max-age={}", hsts.as_secs());
        if let Ok(value) = HeaderValue::try_from(value) {
            header.set(&STRICT_TRANSPORT_SECURITY, value);
        }
    }
    if ctx.from_portal {
        ctx.engine.portal.open(header);
    }
}

/// With strict durability nothing is answered that is not counted on the disk.
pub(super) async fn durable(ctx: &mut Context) {
    if ctx.engine.config.durability == Durability::Strict {
        ctx.count();
        ctx.engine.recorder.clone().written().await;
    }
}
