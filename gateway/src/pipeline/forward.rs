//! A request goes to its upstream: which target, what is sent, and what becomes of an attempt that failed.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use domain::refusal::Refusal;
use gateway_policies::upstream::UpstreamRequest;
use gateway_snapshot::balance::HashOn;
use gateway_snapshot::flow::Passage;
use gateway_snapshot::upstream::{CompiledUpstream, UpstreamCell};
use gateway_wire::request::Outgoing;
use http::header::{ACCEPT, COOKIE, HOST, RETRY_AFTER};
use http::{HeaderMap, HeaderValue};
use pingora::upstreams::peer::HttpPeer;
use pingora::{Error, ErrorType, Result};

use super::arrive::too_large;
use super::body;
use super::course::Next;
use crate::client::Client;
use crate::connection::body_passed;
use crate::context::Context;
use crate::headers;
use crate::problem::Problem;
use crate::upstreams::{self, Attempt, Deadline, Lookup, NoTarget, Patience, Refused};

/// What is left at the least for a step when a bound is nearly reached.
const LEAST: Duration = Duration::from_millis(1);

/// Ends the request with a problem: the answer is written by the phase of failures.
pub(crate) fn give_up<T>(ctx: &mut Context, problem: Problem) -> Result<T> {
    let status = problem.refusal.status();
    ctx.problem = Some(problem);
    Error::e_explain(ErrorType::HTTPStatus(status), "refused by the gateway")
}

/// Where the request goes: another upstream that a policy named, or that of the route.
fn cell(ctx: &Context) -> Option<Arc<UpstreamCell>> {
    let steered = ctx
        .passage
        .as_ref()
        .and_then(|p| p.exchange.steer.as_deref());
    match steered {
        Some(slug) => ctx.engine.live.upstream_by_slug(slug),
        None => ctx.route.as_ref()?.upstream.clone(),
    }
}

/// Where an attempt goes, and how long its parts may take.
pub(crate) struct Aim {
    pub(crate) address: SocketAddr,
    pub(crate) patience: Patience,
}

/// The attempt that is under way.
pub(crate) fn attempt(ctx: &Context) -> Result<&Attempt> {
    let none = || Error::explain(ErrorType::InternalError, "a request without a target");
    ctx.attempt.as_ref().ok_or_else(none)
}

/// Whether every target of the request's upstream speaks HTTP/1.1 without TLS.
pub(crate) fn is_plain(ctx: &Context) -> bool {
    let upstream = cell(ctx).and_then(|cell| cell.load());
    upstream.is_some_and(|upstream| upstream.is_plain)
}

/// Chooses the target of the next attempt, or stays at the one of before: at its next address, when the last one took no
/// connection, or at the same one, when the connection from the pool had been closed.
pub(crate) async fn aim(client: &impl Client, ctx: &mut Context) -> Result<Aim> {
    if let Some(late) = &ctx.deadline
        && late.is_over()
    {
        return give_up(ctx, Problem::new(Refusal::UpstreamTimeout));
    }
    let next = std::mem::take(&mut ctx.course.next);
    ctx.course.is_alone = next == Next::Connection;
    if next == Next::Target {
        ctx.attempt = None;
        ctx.course.addresses_tried = 0;
        let attempt = match choose(client, ctx) {
            Ok(attempt) => attempt,
            Err(problem) => return give_up(ctx, *problem),
        };
        ctx.tried.push(attempt.target().id);
        ctx.attempt = Some(attempt);
    }
    let patience = match ctx.attempt.as_ref() {
        Some(attempt) => patience(client, ctx, attempt.upstream()),
        None => return give_up(ctx, *unavailable()),
    };
    let tries = ctx.course.addresses_tried;
    let (Some(attempt), ticket) = (ctx.attempt.as_mut(), ctx.ticket.as_mut()) else {
        return give_up(ctx, *unavailable());
    };
    let settings = &attempt.upstream().settings;
    let lookup = Lookup::new(&ctx.engine.resolver, patience.connect, settings);
    let found = match next {
        Next::Connection => attempt.address(),
        Next::Target | Next::Address => attempt.aim(lookup, tries).await,
    };
    let Some(address) = found else {
        attempt.failed(ticket);
        return give_up(ctx, Problem::new(Refusal::UpstreamFailed));
    };
    ctx.upstream_began.get_or_insert_with(Instant::now);
    Ok(Aim { address, patience })
}

/// The same as Pingora wants it.
pub(crate) async fn peer(client: &impl Client, ctx: &mut Context) -> Result<Box<HttpPeer>> {
    let Aim { address, patience } = aim(client, ctx).await?;
    let attempt = attempt(ctx)?;
    let upstream = attempt.upstream();
    let state = attempt.state();
    let mut made = upstreams::peer(upstream, attempt.target(), state, address, patience);
    if ctx.engine.tls.table().dress(&mut made, upstream).is_err() {
        tracing::error!(upstream = %upstream.slug, "its authority or certificate is not there");
        return give_up(ctx, *unavailable());
    }
    if ctx.course.is_alone {
        upstreams::keep_apart(&mut made);
    }
    Ok(Box::new(made))
}

/// Lets the request in at its first attempt, and finds the target.
fn choose(client: &impl Client, ctx: &mut Context) -> Result<Attempt, Box<Problem>> {
    let cell = cell(ctx).ok_or_else(unavailable)?;
    let upstream = cell.load().ok_or_else(unavailable)?;
    let state = upstreams::of(&cell).ok_or_else(|| Box::new(Problem::new(Refusal::Internal)))?;
    let plan = state.plan(upstream);
    if ctx.ticket.is_none() {
        let callers_plan = ctx.passage.as_ref().and_then(Passage::grant);
        let slug = callers_plan.and_then(|grant| grant.plan.slug.to_str().ok());
        ctx.ticket = Some(state.admit(&plan, slug).map_err(refused)?);
        let settings = &plan.upstream.settings;
        let is_stream = client.is_upgrade() || wants_events(client);
        let bound = |ms: u32| (ms > 0 && !is_stream).then(|| millis(ms));
        ctx.deadline = Deadline::start(
            bound(settings.header_timeout_ms),
            bound(settings.request_timeout_ms),
        );
    }
    let hash = plan.hashes().map_or(0, |on| hash(client, ctx, on));
    plan.choose(&ctx.tried, hash).map_err(|none| match none {
        NoTarget::Unavailable => unavailable(),
        NoTarget::Full => overloaded(1),
    })
}

fn refused(refused: Refused) -> Box<Problem> {
    match refused {
        Refused::Open(after_ms) => {
            let seconds = after_ms.div_ceil(1_000).max(1);
            Box::new(
                Problem::new(Refusal::UpstreamUnavailable)
                    .with_header(RETRY_AFTER, HeaderValue::from(seconds)),
            )
        }
        Refused::Overloaded => overloaded(1),
    }
}

fn overloaded(after: u64) -> Box<Problem> {
    Box::new(
        Problem::new(Refusal::UpstreamOverloaded)
            .with_header(RETRY_AFTER, HeaderValue::from(after)),
    )
}

/// The hash of what makes a caller the same.
fn hash(client: &impl Client, ctx: &Context, on: &HashOn) -> u64 {
    let headers = &client.request().headers;
    let mut hasher = DefaultHasher::new();
    let found = match on {
        HashOn::Header(name) => headers.get(name.as_str()).map(|value| value.as_bytes()),
        HashOn::Cookie(name) => cookie(headers, name),
        HashOn::Application => {
            let caller = ctx
                .passage
                .as_ref()
                .and_then(|p| p.exchange.caller.as_ref());
            if let Some(caller) = caller {
                caller.application.uuid().as_bytes().hash(&mut hasher);
                return hasher.finish();
            }
            None
        }
        HashOn::Ip => None,
    };
    match found {
        Some(bytes) => bytes.hash(&mut hasher),
        None => ctx.sight.client.hash(&mut hasher),
    }
    hasher.finish()
}

fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h [u8]> {
    headers
        .get_all(COOKIE)
        .iter()
        .flat_map(|line| line.as_bytes().split(|b| *b == b';'))
        .find_map(|pair| {
            let pair = pair.trim_ascii();
            let at = pair.iter().position(|b| *b == b'=')?;
            (&pair[..at] == name.as_bytes()).then(|| &pair[at + 1..])
        })
}

fn unavailable() -> Box<Problem> {
    Box::new(
        Problem::new(Refusal::UpstreamUnavailable)
            .with_header(RETRY_AFTER, HeaderValue::from_static("5")),
    )
}

fn millis(n: u32) -> Duration {
    Duration::from_millis(u64::from(n))
}

fn wants_events(client: &impl Client) -> bool {
    let accept = client.request().headers.get(ACCEPT);
    accept.is_some_and(|accept| {
        accept
            .as_bytes()
            .windows(17)
            .any(|part| part.eq_ignore_ascii_case(b"text/event-stream"))
    })
}

fn patience(client: &impl Client, ctx: &Context, upstream: &CompiledUpstream) -> Patience {
    let settings = &upstream.settings;
    // Pingora has one timeout for the first byte and for each that follows
    let (read, idle) = if wants_events(client) || client.is_upgrade() {
        let stream = ctx.engine.config.timeouts.stream;
        (stream, stream)
    } else {
        (
            millis(settings.first_byte_timeout_ms),
            millis(settings.idle_timeout_ms),
        )
    };
    let left = ctx.deadline.as_ref().map(Deadline::left);
    let within = |time: Duration| left.map_or(time, |left| time.min(left.max(LEAST)));
    Patience {
        connect: within(millis(settings.connect_timeout_ms)),
        read,
        idle,
        write: millis(settings.idle_timeout_ms),
    }
}

/// Makes the request that the upstream gets. Pingora has removed what belongs to the caller's connection.
pub(crate) async fn request(
    client: &impl Client,
    upstream: &mut impl Outgoing,
    ctx: &mut Context,
) -> Result<()> {
    headers::strip_own_cookies(upstream);
    address(upstream, ctx)?;
    let engine = ctx.engine.clone();
    if let Some(passage) = ctx.passage.as_mut() {
        passage.exchange.now = engine.clock.now();
        let seen = ctx.sight.of(client.request());
        let mut view = UpstreamRequest::new(upstream);
        if let Some(attempt) = &ctx.attempt {
            view = view.to(&attempt.upstream().slug, &attempt.target().base_path);
        }
        if let Err(failure) = passage.upstream(&seen, &mut view, &engine.services).await {
            return give_up(ctx, failure.into());
        }
    }
    body::frame_request(upstream, ctx.wanted, ctx.whole);
    headers::set_forwarded(
        upstream,
        &ctx.connection.peer_text,
        ctx.host_header.as_ref(),
        ctx.is_secure(),
    );
    upstream.set(&headers::X_REQUEST_ID, ctx.request_id.clone());
    ctx.charge();
    ctx.sent = true;
    Ok(())
}

/// Path and host as the target expects them.
fn address(upstream: &mut impl Outgoing, ctx: &mut Context) -> Result<()> {
    let (Some(attempt), Some(route)) = (&ctx.attempt, &ctx.route) else {
        return Error::e_explain(ErrorType::InternalError, "a request without a target");
    };
    let target = attempt.target();
    let path = match route.upstream_path(ctx.path()) {
        Ok(path) => path,
        Err(ambiguity) => {
            let problem = Problem::new(Refusal::AmbiguousPath);
            let detail = format!("as the upstream would get it: {ambiguity}");
            return give_up(ctx, problem.with_detail(detail));
        }
    };
    let query = upstream.target().split_once('?').map(|(_, query)| query);
    let base = target.base_path.trim_end_matches('/');
    let room = base.len() + path.len() + query.map_or(0, str::len) + 2;
    let mut wanted = String::with_capacity(room);
    wanted.push_str(base);
    if !path.starts_with('/') {
        wanted.push('/');
    }
    wanted.push_str(&path);
    if let Some(query) = query {
        wanted.push('?');
        wanted.push_str(query);
    }
    if !upstream.set_target(wanted) {
        let why = "a path that no URI can hold";
        return Error::e_explain(ErrorType::InternalError, why);
    }
    match &target.sent_host {
        Some(host) => upstream.set(&HOST, host.clone()),
        // over HTTP/2 the caller's host is no header
        None if !upstream.has(&HOST) => {
            if let Some(host) = &ctx.host_header {
                upstream.set(&HOST, host.clone());
            }
        }
        None => {}
    }
    Ok(())
}

/// Counts a piece of the request's body, ends a request whose body grows too large, and shows the piece to the policies
/// that want it.
pub(crate) fn request_body(
    client: &impl Client,
    body: &mut Option<Bytes>,
    end: bool,
    ctx: &mut Context,
) -> Result<()> {
    body_passed(end);
    ctx.course.head_is_out = true;
    // what passes a WebSocket is no body, and one that was read whole is counted
    if ctx.whole.is_none() {
        if let Some(piece) = body {
            ctx.course.body_bytes += piece.len() as u64;
            // an attempt that is repeated sends again what was counted
            ctx.bytes_in = ctx.bytes_in.max(ctx.course.body_bytes);
            ctx.report();
        }
        if ctx.bytes_in > ctx.body_limit && ctx.status != 101 {
            let limit = ctx.body_limit;
            return give_up(ctx, too_large(limit));
        }
    }
    if !ctx.wanted.request_pieces || ctx.status == 101 || ctx.pieces_ended {
        return Ok(());
    }
    ctx.pieces_seen |= body.as_ref().is_some_and(|piece| !piece.is_empty());
    ctx.pieces_ended = end;
    let Some(passage) = ctx.passage.as_mut() else {
        return Ok(());
    };
    let request = ctx.sight.of(client.request());
    let piece = body.take().unwrap_or_default();
    match passage.request_piece(&request, piece, end) {
        // nothing of it yet is not the end of it
        Ok(piece) => *body = (!end || !piece.is_empty()).then_some(piece),
        Err(failure) => return give_up(ctx, Problem::from(failure).closing()),
    }
    Ok(())
}
