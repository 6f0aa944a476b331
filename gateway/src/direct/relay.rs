//! An answer on its way back: its head as the pipeline leaves it, then its body as it comes.

use std::time::Duration;

use bytes::Bytes;
use gateway_wire::body::{Body, BodyError, Framing};
use gateway_wire::fields::Lines as _;
use gateway_wire::head::Head;
use http::header::TRANSFER_ENCODING;
use http::{HeaderValue, Version};
use pingora::{Error, ErrorType, Result};

use super::exchange::wait;
use super::link::{LARGE, Link, SMALL};
use crate::client::Client;
use crate::context::Context;
use crate::pipeline::answer;

/// Takes the answer to the caller. Its head was read; what of its body came with it waits in the connection.
pub(super) async fn relay(
    client: &mut impl Client,
    ctx: &mut Context,
    link: &mut Link,
    mut head: Head,
    idle: Duration,
) -> Result<()> {
    let mut body = Body::new(head.framing);
    if head.framing == Framing::Close {
        // so that the caller's connection need not end
        head.version = Version::HTTP_11;
        let chunked = HeaderValue::from_static("chunked");
        head.fields.set(&TRANSFER_ENCODING, chunked);
    }
    answer::from_upstream(client, &mut head, ctx).await?;
    let mut head = Some(head);
    let mut pieces = Vec::new();
    loop {
        let read = take(client, ctx, link, &mut body, &mut pieces)?;
        let is_done = body.is_done();
        if head.is_some() || is_done || !pieces.is_empty() {
            let head = head.take();
            client.send(head.as_ref(), &mut pieces, is_done).await?;
        }
        // the head is out: what was read has gone on, and then the caller's connection ends
        read.map_err(failed)?;
        if is_done {
            return Ok(());
        }
        let room = match body.left() {
            Some(left) if left <= SMALL as u64 => SMALL,
            _ => LARGE,
        };
        if wait(client, link, idle, room).await? > 0 {
            continue;
        }
        body.end().map_err(failed)?;
        show(client, ctx, None, true, &mut pieces)?;
        return client.send(None, &mut pieces, true).await;
    }
}

/// Everything that was read of the body, by the pipeline. The inner error is the upstream's.
fn take(
    client: &impl Client,
    ctx: &mut Context,
    link: &mut Link,
    body: &mut Body,
    pieces: &mut Vec<Bytes>,
) -> Result<Result<(), BodyError>> {
    while !body.is_done() {
        match body.take(&mut link.input) {
            Ok(Some(piece)) => show(client, ctx, Some(piece), body.is_done(), pieces)?,
            Ok(None) if body.is_done() => show(client, ctx, None, true, pieces)?,
            Ok(None) => break,
            Err(error) => return Ok(Err(error)),
        }
    }
    Ok(Ok(()))
}

fn show(
    client: &impl Client,
    ctx: &mut Context,
    mut piece: Option<Bytes>,
    end: bool,
    pieces: &mut Vec<Bytes>,
) -> Result<()> {
    if ctx.wanted.response {
        // a policy may keep it, and would keep all that was read at once with it
        piece = piece.map(|piece| Bytes::copy_from_slice(&piece));
    }
    answer::body(client, &mut piece, end, ctx)?;
    pieces.extend(piece.filter(|piece| !piece.is_empty()));
    Ok(())
}

fn failed(error: BodyError) -> Box<Error> {
    let kind = match error {
        BodyError::CutOff => ErrorType::ConnectionClosed,
        BodyError::Chunk | BodyError::TooLong => ErrorType::InvalidHTTPHeader,
    };
    Error::because(kind, "the upstream's body", error).into_up()
}
