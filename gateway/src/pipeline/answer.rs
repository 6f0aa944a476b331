//! The answer goes back: the upstream's, a policy's, or the gateway's own refusal.

use std::sync::atomic::Ordering;

use bytes::Bytes;
use domain::refusal::Refusal;
use gateway_policies::policy::Answer;
use gateway_policies::response::Response;
use http::header::{CONTENT_LENGTH, STRICT_TRANSPORT_SECURITY, TRANSFER_ENCODING, UPGRADE};
use http::{Method, StatusCode};
use pingora::proxy::{FailToProxy, Session};
use pingora::{Error, ErrorSource, ErrorType, Result};
use pingora_http::ResponseHeader;

use super::body;
use super::forward::give_up;
use super::outcome;
use crate::config::Durability;
use crate::context::Context;
use crate::headers;
use crate::problem::Problem;
use crate::upstreams::Deadline;

/// The head of the upstream's answer.
pub(crate) async fn from_upstream(
    session: &mut Session,
    response: &mut ResponseHeader,
    ctx: &mut Context,
) -> Result<()> {
    if ctx.engine.node.retiring.load(Ordering::Acquire) {
        // asked before there was a successor, answered after: the next connection is the successor's
        session.set_keepalive(None);
    }
    if response.status.is_informational() && response.status != StatusCode::SWITCHING_PROTOCOLS {
        return Ok(());
    }
    if response.status == StatusCode::SWITCHING_PROTOCOLS && !session.is_upgrade_req() {
        let error = Error::explain(
            ErrorType::InvalidHTTPHeader,
            "a switch of protocols that nobody asked for",
        );
        return Err(error.into_up());
    }
    ctx.upstream_answered();
    outcome::answered(session, ctx, response.status.as_u16())?;
    headers::clean_response(response)?;
    let has_body = body::has_body(&session.req_header().method, response);
    let compressed = body::response_is_compressed(response);
    let view = Response::from_upstream(response);
    match policies(session, view, ctx).await {
        Ok(None) => {}
        Ok(Some(made)) => {
            ctx.made = Some(made);
            return Error::e_explain(
                ErrorType::HTTPStatus(response.status.as_u16()),
                "a policy answers in the upstream's place",
            );
        }
        Err(problem) => return give_up(ctx, problem),
    }
    if ctx.wanted.response && response.status != StatusCode::SWITCHING_PROTOCOLS {
        expect_body(session, response, has_body, compressed, ctx)?;
    }
    finish(response, ctx)?;
    ctx.status = response.status.as_u16();
    ctx.charge();
    if response.status == StatusCode::SWITCHING_PROTOCOLS && is_web_socket(response) {
        ctx.connection.web_socket.store(true, Ordering::Relaxed);
    }
    durable(ctx).await;
    Ok(())
}

fn is_web_socket(response: &ResponseHeader) -> bool {
    let protocol = response.headers.get(UPGRADE);
    protocol.is_some_and(|protocol| protocol.as_bytes().eq_ignore_ascii_case(b"websocket"))
}

/// Policies want the body of the answer: its head promises nothing about its bytes, and one that has none ends here.
fn expect_body(
    session: &Session,
    response: &mut ResponseHeader,
    has_body: bool,
    compressed: bool,
    ctx: &mut Context,
) -> Result<()> {
    if let Some(passage) = ctx.passage.as_mut()
        && ctx.wanted.response_read
        && has_body
        && compressed
    {
        let request = ctx.sight.of(session.req_header());
        if let Err(failure) = passage.response_is_compressed(&request) {
            return give_up(ctx, failure.into());
        }
    } else if ctx.wanted.response_read {
        body::frame_response(response, has_body)?;
    }
    if !has_body {
        show(session, ctx, Bytes::new(), true)?;
    }
    Ok(())
}

/// A piece of the answer's body.
pub(crate) fn body(
    session: &Session,
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
        let shown = show(session, ctx, piece, end)?;
        *body = (!end || !shown.is_empty()).then_some(shown);
    }
    if let Some(piece) = body {
        ctx.bytes_out += piece.len() as u64;
        ctx.report();
    }
    if end {
        outcome::ended(ctx);
    }
    Ok(())
}

/// The upstream's trailers end a body: what policies held of it goes before them.
pub(crate) fn trailers(session: &Session, ctx: &mut Context) -> Result<Option<Bytes>> {
    if !ctx.wanted.response || ctx.answer_ended {
        return Ok(None);
    }
    let rest = show(session, ctx, Bytes::new(), true)?;
    ctx.bytes_out += rest.len() as u64;
    Ok((!rest.is_empty()).then_some(rest))
}

fn show(session: &Session, ctx: &mut Context, piece: Bytes, end: bool) -> Result<Bytes> {
    ctx.answer_ended = end;
    let Some(passage) = ctx.passage.as_mut() else {
        return Ok(piece);
    };
    let request = ctx.sight.of(session.req_header());
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

/// An answer that a policy made. It counts like one of the upstream; when it stands for one, the policies before it shape
/// it like one.
pub(crate) async fn by_policy(
    session: &mut Session,
    ctx: &mut Context,
    made: Answer,
) -> Result<()> {
    ctx.charge();
    let mut header = ResponseHeader::build(made.status, Some(made.headers.len() + 8))?;
    for (name, value) in made.headers {
        header.append_header(name, value)?;
    }
    let mut body = made.body;
    if made.for_upstream {
        match stand_in(session, ctx, &mut header, body).await {
            Ok(shaped) => body = shaped,
            Err(problem) => return refuse(session, ctx, problem).await,
        }
    } else {
        shape(session, ctx, &mut header, &mut body).await;
    }
    frame(&mut header, &body)?;
    finish(&mut header, ctx)?;
    write(session, ctx, header, body).await
}

/// Head and body of an answer in the upstream's place pass the policies before the one that made it.
async fn stand_in(
    session: &Session,
    ctx: &mut Context,
    header: &mut ResponseHeader,
    body: Bytes,
) -> Result<Bytes, Problem> {
    let compressed = body::response_is_compressed(header);
    let view = Response::from_upstream(header);
    if let Some(other) = policies(session, view, ctx).await? {
        replace(header, &other).map_err(|_| Problem::new(Refusal::Internal))?;
        return Ok(other.body);
    }
    let Some(passage) = ctx.passage.as_mut() else {
        return Ok(body);
    };
    let request = ctx.sight.of(session.req_header());
    if compressed && passage.wanted(&request).response_read {
        passage.response_is_compressed(&request)?;
    }
    let shaped = passage.response_piece(&request, body, true)?;
    ctx.answer_ended = true;
    Ok(shaped)
}

fn frame(header: &mut ResponseHeader, body: &Bytes) -> Result<()> {
    header.remove_header(&TRANSFER_ENCODING);
    if header.status != StatusCode::NO_CONTENT && header.status != StatusCode::NOT_MODIFIED {
        header.insert_header(CONTENT_LENGTH, body.len())?;
    }
    Ok(())
}

/// An answer that is a head and no more.
pub(crate) async fn bare(
    session: &mut Session,
    ctx: &mut Context,
    header: ResponseHeader,
) -> Result<()> {
    write(session, ctx, header, Bytes::new()).await
}

/// A refusal, as the caller likes to read it.
pub(crate) async fn refuse(
    session: &mut Session,
    ctx: &mut Context,
    problem: Problem,
) -> Result<()> {
    ctx.give_back();
    ctx.refusal = Some(problem.refusal);
    if problem.close {
        session.set_keepalive(None);
    }
    let request = &session.req_header().headers;
    let (header, body) = ctx
        .engine
        .explainer
        .answer(&problem, &ctx.request_id, Some(request))?;
    own(session, ctx, header, body).await
}

/// An answer of the gateway's own goes through the policies too: CORS and limits belong on refusals as well.
async fn own(
    session: &mut Session,
    ctx: &mut Context,
    mut header: ResponseHeader,
    mut body: Bytes,
) -> Result<()> {
    shape(session, ctx, &mut header, &mut body).await;
    finish(&mut header, ctx)?;
    write(session, ctx, header, body).await
}

/// The policies see an answer of the gateway's own; one that answers in its place is taken.
async fn shape(
    session: &Session,
    ctx: &mut Context,
    header: &mut ResponseHeader,
    body: &mut Bytes,
) {
    let view = Response::from_gateway(header);
    match policies(session, view, ctx).await {
        Ok(None) => {}
        Ok(Some(other)) => {
            if let Err(error) = replace(header, &other) {
                tracing::error!(%error, "a policy's answer could not be written");
                return;
            }
            ctx.refusal = None;
            *body = other.body;
        }
        Err(problem) => {
            tracing::warn!(code = %problem.refusal, "a policy failed on an answer of the gateway");
        }
    }
}

fn replace(header: &mut ResponseHeader, other: &Answer) -> Result<()> {
    let mut made = ResponseHeader::build(other.status, Some(other.headers.len() + 8))?;
    for (name, value) in &other.headers {
        made.append_header(name.clone(), value.clone())?;
    }
    frame(&mut made, &other.body)?;
    *header = made;
    Ok(())
}

async fn policies(
    session: &Session,
    mut response: Response<'_>,
    ctx: &mut Context,
) -> Result<Option<Answer>, Problem> {
    let engine = ctx.engine.clone();
    let Some(passage) = ctx.passage.as_mut() else {
        return Ok(None);
    };
    passage.exchange.now = engine.clock.now();
    let request = ctx.sight.of(session.req_header());
    passage
        .respond(&request, &mut response, &engine.services)
        .await
        .map_err(Problem::from)
}

/// What every answer has.
fn finish(header: &mut ResponseHeader, ctx: &Context) -> Result<()> {
    header.insert_header(headers::X_REQUEST_ID, ctx.request_id.as_str())?;
    if let Some(hsts) = ctx.engine.config.hsts.filter(|_| ctx.is_secure()) {
        let value = format!("max-age={}", hsts.as_secs());
        header.insert_header(STRICT_TRANSPORT_SECURITY, value)?;
    }
    if ctx.from_portal {
        ctx.engine.portal.open(header)?;
    }
    Ok(())
}

async fn write(
    session: &mut Session,
    ctx: &mut Context,
    header: ResponseHeader,
    body: Bytes,
) -> Result<()> {
    ctx.status = header.status.as_u16();
    durable(ctx).await;
    let bare = body.is_empty() || session.req_header().method == Method::HEAD;
    session
        .write_response_header(Box::new(header), bare)
        .await?;
    if !bare {
        ctx.bytes_out += body.len() as u64;
        session.write_response_body(Some(body), true).await?;
    }
    Ok(())
}

/// With strict durability nothing is answered that is not counted on the disk.
async fn durable(ctx: &mut Context) {
    if ctx.engine.config.durability == Durability::Strict {
        ctx.count();
        ctx.engine.recorder.clone().written().await;
    }
}

/// A request that failed after it was let in.
pub(crate) async fn failed(session: &mut Session, error: &Error, ctx: &mut Context) -> FailToProxy {
    let closed = FailToProxy {
        error_code: 0,
        can_reuse_downstream: false,
    };
    ctx.upstream_answered();
    let is_late = ctx.deadline.as_ref().is_some_and(Deadline::is_over);
    outcome::ended(ctx);
    if let Some(made) = ctx.made.take() {
        return answered_instead(session, ctx, made).await;
    }
    let problem = match ctx.problem.take() {
        Some(problem) => problem,
        None if is_late => Problem::new(Refusal::UpstreamTimeout),
        None => match explained(error) {
            Some(problem) => problem,
            // the client is gone: nobody reads an answer
            None => return closed,
        },
    };
    session.set_keepalive(None);
    let begun = session
        .response_written()
        .is_some_and(|head| !head.status.is_informational() || head.status == 101);
    if begun {
        // the head is out; all that is left is to break off, and to say so in the record
        ctx.refusal = Some(problem.refusal);
        return closed;
    }
    if let Some(made) = fallback(session, ctx, problem.refusal).await {
        return answered_instead(session, ctx, made).await;
    }
    let status = problem.refusal.status();
    if let Err(error) = refuse(session, ctx, problem).await {
        tracing::debug!(%error, "the client did not take the refusal");
    }
    FailToProxy {
        error_code: status,
        can_reuse_downstream: false,
    }
}

/// A policy's answer goes out where the upstream's would have.
async fn answered_instead(session: &mut Session, ctx: &mut Context, made: Answer) -> FailToProxy {
    let status = made.status.as_u16();
    // Pingora keeps no connection on which proxying ended early: the caller is told so
    session.set_keepalive(None);
    if let Err(error) = by_policy(session, ctx, made).await {
        tracing::debug!(%error, "the client did not take the answer");
    }
    FailToProxy {
        error_code: status,
        can_reuse_downstream: false,
    }
}

/// What a policy has to say when no answer came from the upstream.
async fn fallback(session: &Session, ctx: &mut Context, why: Refusal) -> Option<Answer> {
    let of_upstream = matches!(
        why,
        Refusal::UpstreamUnavailable
            | Refusal::UpstreamFailed
            | Refusal::UpstreamTimeout
            | Refusal::UpstreamInvalidAnswer
            | Refusal::UpstreamOverloaded
    );
    let engine = ctx.engine.clone();
    let passage = ctx.passage.as_mut().filter(|_| of_upstream)?;
    passage.exchange.now = engine.clock.now();
    let request = ctx.sight.of(session.req_header());
    match passage
        .upstream_failed(&request, why, &engine.services)
        .await
    {
        Ok(made) => made,
        Err(failure) => {
            tracing::warn!(code = %failure.refusal, "a policy failed when it was to stand in");
            None
        }
    }
}

/// Pingora's error as a refusal; `None` when the client is gone.
pub(super) fn explained(error: &Error) -> Option<Problem> {
    use ErrorType as E;
    let refusal = match (error.esource(), error.etype()) {
        (ErrorSource::Downstream, E::ReadTimedout | E::WriteTimedout) => Refusal::RequestTimeout,
        // an answer of our own that could not be written carries no side
        (
            ErrorSource::Downstream | ErrorSource::Unset,
            E::ReadError | E::WriteError | E::ConnectionClosed,
        ) => return None,
        (ErrorSource::Downstream, _) => Refusal::BadRequest,
        (_, E::ConnectTimedout | E::TLSHandshakeTimedout | E::ReadTimedout | E::WriteTimedout) => {
            Refusal::UpstreamTimeout
        }
        (_, E::InvalidHTTPHeader | E::H1Error | E::H2Error | E::InvalidH2 | E::H2Downgrade) => {
            Refusal::UpstreamInvalidAnswer
        }
        (ErrorSource::Upstream, _) => Refusal::UpstreamFailed,
        (ErrorSource::Internal | ErrorSource::Unset, _) => Refusal::Internal,
    };
    let problem = Problem::new(refusal);
    Some(if refusal == Refusal::BadRequest {
        problem
            .with_detail("the request's framing or its Connection header is not valid")
            .closing()
    } else {
        problem
    })
}

/// For the node's own log: callers never read this.
pub(crate) fn trace_failure(ctx: &Context, error: &Error) {
    let code = ctx.refusal.map_or("", Refusal::as_str);
    tracing::debug!(request_id = %ctx.request_id, code, %error, "a request failed");
}
