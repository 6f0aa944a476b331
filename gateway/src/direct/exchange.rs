//! One request and its answer, over a connection of the worker's own.

use std::io;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use gateway_wire::head::{self, Head};
use http::StatusCode;
use pingora::{Error, ErrorSource, ErrorType, Result};

use super::link::{Link, SMALL};
use super::pool::{Place, Pool};
use super::relay::relay;
use crate::client::{Client, Waited};
use crate::connection::body_passed;
use crate::context::Context;
use crate::pipeline::forward::Aim;
use crate::pipeline::{forward, outcome};
use crate::upstreams::Patience;

/// Attempts at the most; upstreams' settings allow fewer.
const ATTEMPTS_MOST: usize = 8;
/// Interim answers (1xx) to one request at the most.
const INTERIM_MOST: usize = 32;

/// What is sent.
struct Asking {
    /// The request's body, as the caller sent it.
    body: Option<Bytes>,
    /// The policies saw it.
    is_shown: bool,
    /// Head and body as they go out.
    wire: Vec<u8>,
}

/// Why there is no head of an answer.
enum Trouble {
    /// The connection had been closed while it waited: another one may do.
    Stale(Box<Error>),
    Broken(Box<Error>),
}

/// How an attempt failed.
enum Failure {
    NotConnected(Box<Error>),
    Broken(Box<Error>),
}

impl From<Box<Error>> for Failure {
    fn from(error: Box<Error>) -> Self {
        Self::Broken(error)
    }
}

/// Takes the request to its upstream and the answer back.
pub(super) async fn exchange(
    client: &mut impl Client,
    ctx: &mut Context,
    pool: &Pool,
) -> Result<()> {
    let mut asking = Asking {
        body: read(client).await?,
        is_shown: false,
        wire: pool.buffer(),
    };
    let mut tries = 0;
    let done = loop {
        tries += 1;
        let aim = forward::aim(client, ctx).await?;
        match attempt(client, ctx, pool, &aim, &mut asking).await {
            Err(error) if error.retry() && tries < ATTEMPTS_MOST => {}
            done => break done,
        }
    };
    pool.recycle(asking.wire);
    done?;
    ctx.usage.direct();
    Ok(())
}

/// The request's body: a small one, by its head.
async fn read(client: &mut impl Client) -> Result<Option<Bytes>> {
    if !client.has_body() {
        return Ok(None);
    }
    let mut body = BytesMut::new();
    while let Some(piece) = client
        .read_body()
        .await
        .map_err(|error| error.into_down())?
    {
        body.extend_from_slice(&piece);
        body_passed(false);
    }
    Ok(Some(body.freeze()))
}

async fn attempt(
    client: &mut impl Client,
    ctx: &mut Context,
    pool: &Pool,
    aim: &Aim,
    asking: &mut Asking,
) -> Result<()> {
    let place = Place {
        target: forward::attempt(ctx)?.target().id,
        address: aim.address,
    };
    let link = match pool.take(&place) {
        Some(link) => Ok(link),
        None => connect(ctx, aim).await,
    };
    let done = match link {
        Ok(link) => converse(client, ctx, link, aim, asking).await,
        Err(error) => Err(Failure::NotConnected(error)),
    };
    match done {
        Ok(Some(link)) => pool.put(place, link),
        Ok(None) => {}
        Err(Failure::NotConnected(error)) => return Err(outcome::not_connected(ctx, error)),
        Err(Failure::Broken(error)) => return Err(outcome::broken(client, ctx, error)),
    }
    Ok(())
}

async fn connect(ctx: &Context, aim: &Aim) -> Result<Link> {
    let opened = forward::attempt(ctx)?.state().opened();
    Link::connect(aim.address, aim.patience.connect, opened).await
}

/// The whole exchange over a connection, which is given back when it can carry another one.
async fn converse(
    client: &mut impl Client,
    ctx: &mut Context,
    mut link: Link,
    aim: &Aim,
    asking: &mut Asking,
) -> Result<Option<Link>, Failure> {
    outcome::connected(ctx, Some(link.number()));
    asking.prepare(client, ctx).await?;
    let (found, all_sent) = match ask(client, &mut link, asking, &aim.patience).await {
        Err(Trouble::Stale(error)) => {
            tracing::debug!(request_id = ctx.request_id(), %error, "a pooled connection was stale");
            outcome::released(ctx);
            link = connect(ctx, aim).await.map_err(Failure::NotConnected)?;
            outcome::connected(ctx, Some(link.number()));
            ask(client, &mut link, asking, &aim.patience).await?
        }
        found => found?,
    };
    let keeps = found.keeps;
    relay(client, ctx, &mut link, found, aim.patience.idle).await?;
    outcome::ended(ctx);
    // bytes that nobody asked for would be read as the answer to the next request
    let is_clear = all_sent && link.input.is_empty();
    Ok((keeps && is_clear).then_some(link))
}

impl From<Trouble> for Failure {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Stale(error) | Trouble::Broken(error) => Self::Broken(error),
        }
    }
}

impl Asking {
    /// Makes the request that this attempt's target gets.
    async fn prepare(&mut self, client: &impl Client, ctx: &mut Context) -> Result<()> {
        let mut head = client.outgoing();
        head.strip();
        forward::request(client, &mut head, ctx).await?;
        self.wire.clear();
        head.write(&mut self.wire)
            .map_err(|error| Error::because(ErrorType::InternalError, "the request", error))?;
        if !std::mem::replace(&mut self.is_shown, true) {
            forward::request_body(client, &mut self.body, true, ctx)?;
        }
        if let Some(body) = &self.body {
            self.wire.extend_from_slice(body);
        }
        Ok(())
    }
}

/// Sends the request and reads the head of the answer; also says whether all of the request was sent.
async fn ask(
    client: &mut impl Client,
    link: &mut Link,
    asking: &Asking,
    patience: &Patience,
) -> Result<(Head, bool), Trouble> {
    let sent = link
        .send(&asking.wire, patience.write)
        .await
        .map_err(Trouble::Broken)?;
    let method = client.request().method.clone();
    // of a request that went out nobody knows whether it was worked on
    let may_repeat = link.is_used && (sent.bytes == 0 || method.is_idempotent());
    let stale = |error| {
        if may_repeat {
            Trouble::Stale(error)
        } else {
            Trouble::Broken(error)
        }
    };
    if sent.bytes == 0 {
        return Err(stale(Error::new_up(ErrorType::WriteError)));
    }
    let mut heard = !link.input.is_empty();
    let mut interim = 0;
    loop {
        if heard && let Some(head) = take(link, client)? {
            if !head.status.is_informational() {
                return Ok((head, sent.all));
            }
            interim += 1;
            pass(client, head, interim).await.map_err(Trouble::Broken)?;
            continue;
        }
        match wait(client, link, patience.read, SMALL).await {
            Ok(0) => {
                let error = Error::new_up(ErrorType::ConnectionClosed);
                return Err(if heard {
                    Trouble::Broken(error)
                } else {
                    stale(error)
                });
            }
            Ok(_) => heard = true,
            Err(error) if !heard && is_unread(&error) => {
                return Err(stale(error));
            }
            Err(error) => return Err(Trouble::Broken(error)),
        }
    }
}

fn take(link: &mut Link, client: &impl Client) -> Result<Option<Head>, Trouble> {
    head::take(&mut link.input, &client.request().method).map_err(|error| {
        let error = Error::because(ErrorType::InvalidHTTPHeader, "the upstream's head", error);
        Trouble::Broken(error.into_up())
    })
}

/// An interim answer goes on to the caller; nobody asked for another protocol.
async fn pass(client: &mut impl Client, head: Head, count: usize) -> Result<()> {
    if head.status == StatusCode::SWITCHING_PROTOCOLS || count > INTERIM_MOST {
        let why = "an interim answer that nobody waits for";
        return Err(Error::explain(ErrorType::InvalidHTTPHeader, why).into_up());
    }
    client.send(Some(&head), &mut Vec::new(), false).await
}

/// Waits for more from the upstream, and for the caller to leave.
pub(super) async fn wait(
    client: &mut impl Client,
    link: &mut Link,
    patience: Duration,
    room: usize,
) -> Result<usize> {
    if let Some(done) = link.try_fill(room) {
        return done.map_err(unread);
    }
    match client.wait(link.fill(room), patience).await {
        Waited::Done(done) => done.map_err(unread),
        Waited::TooLong => Err(Error::new_up(ErrorType::ReadTimedout)),
        Waited::Gone(error) => Err(error),
    }
}

fn is_unread(error: &Error) -> bool {
    *error.etype() == ErrorType::ReadError && *error.esource() == ErrorSource::Upstream
}

fn unread(error: io::Error) -> Box<Error> {
    Error::because(ErrorType::ReadError, "while reading the answer", error).into_up()
}
