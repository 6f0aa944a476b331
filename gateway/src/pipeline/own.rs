//! Answers that are no upstream's: what a policy made, and the gateway's own refusals.

use bytes::Bytes;
use domain::refusal::Refusal;
use gateway_policies::policy::Answer;
use gateway_policies::response::Response;
use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{Method, StatusCode};
use pingora::Result;
use pingora_http::ResponseHeader;

use super::answer::{durable, finish, policies};
use super::body;
use crate::client::Client;
use crate::context::Context;
use crate::problem::Problem;

/// An answer that a policy made. It counts like one of the upstream; when it stands for one, the policies before it shape
/// it like one.
pub(crate) async fn by_policy(
    client: &mut impl Client,
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
        match stand_in(client, ctx, &mut header, body).await {
            Ok(shaped) => body = shaped,
            Err(problem) => return refuse(client, ctx, problem).await,
        }
    } else {
        shape(client, ctx, &mut header, &mut body).await;
    }
    frame(&mut header, &body)?;
    finish(&mut header, ctx);
    write(client, ctx, header, body).await
}

/// Head and body of an answer in the upstream's place pass the policies before the one that made it.
async fn stand_in(
    client: &impl Client,
    ctx: &mut Context,
    header: &mut ResponseHeader,
    body: Bytes,
) -> Result<Bytes, Problem> {
    let compressed = body::response_is_compressed(header);
    let view = Response::from_upstream(header);
    if let Some(other) = policies(client, view, ctx).await? {
        replace(header, &other).map_err(|_| Problem::new(Refusal::Internal))?;
        return Ok(other.body);
    }
    let Some(passage) = ctx.passage.as_mut() else {
        return Ok(body);
    };
    let request = ctx.sight.of(client.request());
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
    client: &mut impl Client,
    ctx: &mut Context,
    header: ResponseHeader,
) -> Result<()> {
    write(client, ctx, header, Bytes::new()).await
}

/// A refusal, as the caller likes to read it.
pub(crate) async fn refuse(
    client: &mut impl Client,
    ctx: &mut Context,
    problem: Problem,
) -> Result<()> {
    ctx.give_back();
    ctx.refusal = Some(problem.refusal);
    if problem.close {
        client.close();
    }
    let request = &client.request().headers;
    let (header, body) = ctx
        .engine
        .explainer
        .answer(&problem, ctx.request_id(), Some(request))?;
    own(client, ctx, header, body).await
}

/// An answer of the gateway's own goes through the policies too: CORS and limits belong on refusals as well.
async fn own(
    client: &mut impl Client,
    ctx: &mut Context,
    mut header: ResponseHeader,
    mut body: Bytes,
) -> Result<()> {
    shape(client, ctx, &mut header, &mut body).await;
    finish(&mut header, ctx);
    write(client, ctx, header, body).await
}

/// The policies see an answer of the gateway's own; one that answers in its place is taken.
async fn shape(
    client: &impl Client,
    ctx: &mut Context,
    header: &mut ResponseHeader,
    body: &mut Bytes,
) {
    let view = Response::from_gateway(header);
    match policies(client, view, ctx).await {
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

async fn write(
    client: &mut impl Client,
    ctx: &mut Context,
    header: ResponseHeader,
    body: Bytes,
) -> Result<()> {
    ctx.status = header.status.as_u16();
    durable(ctx).await;
    let bare = body.is_empty() || client.request().method == Method::HEAD;
    let body = (!bare).then_some(body);
    let length = body.as_ref().map_or(0, Bytes::len);
    client.send_whole(Box::new(header), body).await?;
    ctx.bytes_out += length as u64;
    Ok(())
}
