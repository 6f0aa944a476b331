//! An answer on its way back: its head as the pipeline leaves it, then its body as it comes.

use std::time::Duration;

use bytes::Bytes;
use gateway_wire::body::{Body, BodyError, Framing};
use gateway_wire::head::Head;
use http::header::TRANSFER_ENCODING;
use http::{HeaderValue, Version};
use pingora::protocols::http::HttpTask;
use pingora::proxy::Session;
use pingora::{Error, ErrorType, Result};

use super::exchange::wait;
use super::link::{LARGE, Link, SMALL};
use crate::context::Context;
use crate::pipeline::answer;

/// Takes the answer to the caller. Its head was read; what of its body came with it waits in the connection.
pub(super) async fn relay(
    session: &mut Session,
    ctx: &mut Context,
    link: &mut Link,
    found: Head,
    idle: Duration,
) -> Result<()> {
    let mut header = found.header;
    if found.framing == Framing::Close {
        // so that the caller's connection need not end
        header.set_version(Version::HTTP_11);
        header.insert_header(TRANSFER_ENCODING, HeaderValue::from_static("chunked"))?;
    }
    answer::from_upstream(session, &mut header, ctx).await?;
    let mut body = Body::new(found.framing);
    let mut tasks = Vec::with_capacity(4);
    tasks.push(HttpTask::Header(header, body.is_done()));
    if body.is_done() {
        session.write_response_tasks(tasks).await?;
        return Ok(());
    }
    loop {
        if let Err(error) = pieces(session, ctx, link, &mut body, &mut tasks)? {
            tasks.push(failed(error));
        }
        if !tasks.is_empty() {
            let ready = std::mem::take(&mut tasks);
            session.write_response_tasks(ready).await?;
        }
        if body.is_done() {
            return Ok(());
        }
        let room = match body.left() {
            Some(left) if left <= SMALL as u64 => SMALL,
            _ => LARGE,
        };
        if wait(session, link, idle, room).await? > 0 {
            continue;
        }
        match body.end() {
            Ok(()) => piece(session, ctx, None, true, &mut tasks)?,
            Err(error) => tasks.push(failed(error)),
        }
    }
}

/// Everything that was read of the body, by the pipeline. The inner error is the upstream's.
fn pieces(
    session: &Session,
    ctx: &mut Context,
    link: &mut Link,
    body: &mut Body,
    tasks: &mut Vec<HttpTask>,
) -> Result<Result<(), BodyError>> {
    if body.is_done() {
        return Ok(Ok(()));
    }
    loop {
        match body.take(&mut link.input) {
            Ok(Some(taken)) => piece(session, ctx, Some(taken), body.is_done(), tasks)?,
            Ok(None) if body.is_done() => piece(session, ctx, None, true, tasks)?,
            Ok(None) => return Ok(Ok(())),
            Err(error) => return Ok(Err(error)),
        }
        if body.is_done() {
            return Ok(Ok(()));
        }
    }
}

fn piece(
    session: &Session,
    ctx: &mut Context,
    mut taken: Option<Bytes>,
    end: bool,
    tasks: &mut Vec<HttpTask>,
) -> Result<()> {
    if ctx.wanted.response {
        // a policy may keep it, and would keep all that was read at once with it
        taken = taken.map(|piece| Bytes::copy_from_slice(&piece));
    }
    answer::body(session, &mut taken, end, ctx)?;
    tasks.push(HttpTask::Body(taken, end));
    Ok(())
}

/// The head is out: what was read goes on, and then the caller's connection ends.
fn failed(error: BodyError) -> HttpTask {
    let kind = match error {
        BodyError::CutOff => ErrorType::ConnectionClosed,
        BodyError::Chunk | BodyError::TooLong => ErrorType::InvalidHTTPHeader,
    };
    HttpTask::Failed(Error::because(kind, "the upstream's body", error).into_up())
}
