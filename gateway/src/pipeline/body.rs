//! Bodies between connection and policies: reading a request whole, and what changes around a body that policies read.

use bytes::{Bytes, BytesMut};
use domain::refusal::Refusal;
use gateway_snapshot::flow::Wanted;
use gateway_wire::fields::Lines;
use gateway_wire::request::Outgoing;
use http::header::{
    ACCEPT_ENCODING, ACCEPT_RANGES, CONTENT_ENCODING, CONTENT_LENGTH, ETAG, EXPECT, IF_RANGE,
    RANGE, RETRY_AFTER, TRANSFER_ENCODING,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use tokio::sync::Semaphore;

use super::answer::AnswerHead;
use super::arrive::too_large;
use super::failure::explained;
use crate::client::Client;
use crate::connection::body_passed;
use crate::context::Context;
use crate::problem::Problem;

/// Memory for bodies is handed out in pieces of so many bytes.
const PIECE: usize = 4_096;

/// Memory of the node for bodies that policies want whole.
pub(crate) fn memory(bytes: usize) -> Semaphore {
    Semaphore::new((bytes / PIECE).clamp(1, Semaphore::MAX_PERMITS))
}

/// Reads the whole body of at most so many bytes.
pub(super) async fn read(
    client: &mut impl Client,
    ctx: &mut Context,
    most: usize,
) -> Result<Bytes, Box<Problem>> {
    if client.is_upgrade() || !client.has_body() {
        return Ok(Bytes::new());
    }
    let most = u64::try_from(most).unwrap_or(u64::MAX).min(ctx.body_limit);
    let headers = &client.request().headers;
    if is_compressed(headers) {
        let problem = Problem::new(Refusal::EncodingUnsupported)
            .with_detail("a policy reads the body, and takes it uncompressed only");
        return Err(Box::new(problem.closing()));
    }
    let length = headers.get(CONTENT_LENGTH);
    let length = length.and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if length.is_some_and(|length| length > most) {
        return Err(Box::new(too_large(most)));
    }
    if headers.contains_key(EXPECT) {
        let told = client.ask_for_body().await;
        told.map_err(|error| broken(&error))?;
    }
    let mut body = BytesMut::new();
    while let Some(piece) = client.read_body().await.map_err(|error| broken(&error))? {
        if body.len() as u64 + piece.len() as u64 > most {
            return Err(Box::new(too_large(most)));
        }
        body.extend_from_slice(&piece);
        body_passed(false);
        reserve(ctx, body.len())?;
    }
    body_passed(true);
    ctx.bytes_in += body.len() as u64;
    Ok(body.freeze())
}

/// Takes what so many bytes need from the node's memory for bodies, until the request ends.
pub(super) fn reserve(ctx: &mut Context, bytes: usize) -> Result<(), Box<Problem>> {
    let has = ctx.memory.as_ref().map_or(0, |m| m.num_permits());
    let needs = bytes.div_ceil(PIECE).saturating_sub(has);
    if needs == 0 {
        return Ok(());
    }
    let wanted = u32::try_from(needs).unwrap_or(u32::MAX);
    let Ok(more) = ctx.engine.memory.clone().try_acquire_many_owned(wanted) else {
        tracing::warn!("the memory for bodies is used up; a request is refused");
        let problem = Problem::new(Refusal::NotReady)
            .with_detail("the gateway holds as many bodies as it may")
            .with_header(RETRY_AFTER, HeaderValue::from_static("1"));
        return Err(Box::new(problem.closing()));
    };
    match &mut ctx.memory {
        Some(held) => held.merge(more),
        none => *none = Some(more),
    }
    Ok(())
}

fn broken(error: &pingora::Error) -> Box<Problem> {
    let problem = explained(error).unwrap_or_else(|| Problem::new(Refusal::BadRequest));
    Box::new(problem.closing())
}

fn is_compressed(headers: &HeaderMap) -> bool {
    let mut values = headers.get_all(CONTENT_ENCODING).iter();
    values.any(|value| !value.as_bytes().eq_ignore_ascii_case(b"identity"))
}

/// What the head that goes to the upstream says about the bodies.
pub(super) fn frame_request(upstream: &mut impl Outgoing, wanted: Wanted, whole: Option<usize>) {
    if wanted.response_read {
        upstream.set(&ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        upstream.remove(&RANGE);
        upstream.remove(&IF_RANGE);
    }
    if whole.is_none() && !wanted.request_changes {
        return;
    }
    let had_body = upstream.has(&CONTENT_LENGTH) || upstream.has(&TRANSFER_ENCODING);
    if let Some(length) = whole {
        upstream.remove(&EXPECT);
        upstream.remove(&TRANSFER_ENCODING);
        if had_body || length > 0 {
            upstream.set(&CONTENT_LENGTH, HeaderValue::from(length));
        }
    }
    if wanted.request_changes && had_body {
        upstream.remove(&CONTENT_LENGTH);
        // HTTP/2 has frames
        if !upstream.is_http2() {
            upstream.set(&TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
        }
    }
}

/// Whether an answer may have a body (RFC 9110, section 6.4.1). One over HTTP/2 has no framing to tell by.
pub(super) fn has_body(method: &Method, head: &impl AnswerHead) -> bool {
    let bare = method == Method::HEAD
        || head.status() == StatusCode::NO_CONTENT
        || head.status() == StatusCode::NOT_MODIFIED;
    let length = head.value(&CONTENT_LENGTH);
    !bare && length.is_none_or(|length| length != b"0")
}

/// Headers that speak of the bytes of a body, which a policy may change.
const OF_THE_BYTES: [HeaderName; 5] = [
    ACCEPT_RANGES,
    HeaderName::from_static("content-md5"),
    HeaderName::from_static("digest"),
    HeaderName::from_static("content-digest"),
    HeaderName::from_static("repr-digest"),
];

/// The head of an answer whose body policies read, and may change.
pub(super) fn frame_response(head: &mut impl Lines, has_body: bool) {
    head.remove(&CONTENT_LENGTH);
    if has_body {
        head.set(&TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
    }
    for name in &OF_THE_BYTES {
        head.remove(name);
    }
    let weak = head
        .value(&ETAG)
        .filter(|tag| !tag.starts_with(b"W/"))
        .and_then(|tag| HeaderValue::from_bytes(&[b"W/", tag].concat()).ok());
    if let Some(weak) = weak {
        head.set(&ETAG, weak);
    }
}

/// Whether the upstream compressed its answer.
pub(super) fn response_is_compressed(head: &impl Lines) -> bool {
    head.has(&CONTENT_ENCODING) && is_compressed(head.map())
}
