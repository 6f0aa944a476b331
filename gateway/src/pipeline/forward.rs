//! A request goes to its upstream: which target, what is sent, and what becomes of an attempt that failed.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use domain::refusal::Refusal;
use gateway_policies::upstream::UpstreamRequest;
use gateway_snapshot::settings::HostHeader;
use gateway_snapshot::upstream::{CompiledTarget, CompiledUpstream};
use http::header::{ACCEPT, HOST, RETRY_AFTER};
use http::{HeaderValue, Uri};
use pingora::proxy::Session;
use pingora::upstreams::peer::HttpPeer;
use pingora::{Error, ErrorType, Result};
use pingora_http::RequestHeader;

use super::arrive::too_large;
use crate::context::Context;
use crate::headers;
use crate::problem::Problem;
use crate::targets::Patience;

/// The target that an attempt goes to.
pub(crate) struct Chosen {
    upstream: Arc<CompiledUpstream>,
    target: usize,
}

impl Chosen {
    fn target(&self) -> &CompiledTarget {
        &self.upstream.targets[self.target]
    }
}

/// Ends the request with a problem: the answer is written by the phase of failures.
pub(crate) fn give_up<T>(ctx: &mut Context, problem: Problem) -> Result<T> {
    let status = problem.refusal.status();
    ctx.problem = Some(problem);
    Error::e_explain(ErrorType::HTTPStatus(status), "refused by the gateway")
}

/// Chooses the target of the next attempt.
pub(crate) async fn peer(session: &Session, ctx: &mut Context) -> Result<Box<HttpPeer>> {
    let upstream = ctx
        .route
        .as_ref()
        .and_then(|route| route.upstream.as_ref())
        .and_then(|cell| cell.load());
    let Some(upstream) = upstream else {
        return give_up(ctx, unavailable());
    };
    let engine = ctx.engine.clone();
    let Some(target) = engine.targets.choose(&upstream, &ctx.tried) else {
        return give_up(ctx, unavailable());
    };
    let attempt = ctx.tried.len();
    ctx.tried.push(target.id);
    let patience = patience(session, ctx, &upstream);
    let Some(peer) = engine
        .targets
        .peer(&upstream, target, attempt, patience)
        .await
    else {
        engine.targets.failed(target.id);
        return give_up(ctx, Problem::new(Refusal::UpstreamFailed));
    };
    let index = upstream
        .targets
        .iter()
        .position(|one| one.id == target.id)
        .unwrap_or_default();
    ctx.chosen = Some(Chosen {
        target: index,
        upstream,
    });
    ctx.upstream_began.get_or_insert_with(Instant::now);
    Ok(Box::new(peer))
}

fn unavailable() -> Problem {
    Problem::new(Refusal::UpstreamUnavailable)
        .with_header(RETRY_AFTER, HeaderValue::from_static("5"))
}

fn patience(session: &Session, ctx: &Context, upstream: &CompiledUpstream) -> Patience {
    let settings = &upstream.settings;
    let millis = |n: u32| Duration::from_millis(u64::from(n));
    let events = session
        .req_header()
        .headers
        .get(ACCEPT)
        .is_some_and(|accept| {
            accept
                .as_bytes()
                .windows(17)
                .any(|part| part.eq_ignore_ascii_case(b"text/event-stream"))
        });
    // Pingora has one timeout for the first byte and for each that follows
    let read = if events || session.is_upgrade_req() {
        ctx.engine.config.timeouts.stream
    } else {
        millis(settings.first_byte_timeout_ms)
    };
    Patience {
        connect: millis(settings.connect_timeout_ms),
        read,
        write: millis(settings.idle_timeout_ms),
    }
}

/// No connection: nothing was sent, so another target may try, as often as the upstream's settings say.
pub(crate) fn not_connected(ctx: &mut Context, mut error: Box<Error>) -> Box<Error> {
    if let Some(chosen) = &ctx.chosen {
        let target = chosen.target().id;
        ctx.engine.targets.failed(target);
        let retries = usize::from(chosen.upstream.settings.retries);
        error.set_retry(ctx.tried.len() <= retries);
    }
    error
}

/// There is a connection.
pub(crate) fn connected(ctx: &Context) {
    if let Some(chosen) = &ctx.chosen {
        ctx.engine.targets.worked(chosen.target().id);
    }
}

/// Makes the request that the upstream gets. Pingora has removed what belongs to the caller's connection.
pub(crate) async fn request(
    session: &Session,
    upstream: &mut RequestHeader,
    ctx: &mut Context,
) -> Result<()> {
    headers::strip_own_cookies(upstream)?;
    address(upstream, ctx)?;
    let engine = ctx.engine.clone();
    if let Some(passage) = ctx.passage.as_mut() {
        passage.exchange.now = engine.clock.now();
        let seen = ctx.sight.of(session.req_header());
        let mut view = UpstreamRequest::new(upstream);
        if let Err(failure) = passage.upstream(&seen, &mut view, &engine.services).await {
            return give_up(ctx, failure.into());
        }
    }
    headers::set_forwarded(upstream, ctx.peer, ctx.host_header.as_ref())?;
    upstream.insert_header(headers::X_REQUEST_ID, ctx.request_id.as_str())?;
    ctx.charge();
    ctx.sent = true;
    Ok(())
}

/// Path and host as the target expects them.
fn address(upstream: &mut RequestHeader, ctx: &mut Context) -> Result<()> {
    let (Some(chosen), Some(route)) = (&ctx.chosen, &ctx.route) else {
        return Error::e_explain(ErrorType::InternalError, "a request without a target");
    };
    let target = chosen.target();
    let path = match route.upstream_path(ctx.path()) {
        Ok(path) => path,
        Err(ambiguity) => {
            let problem = Problem::new(Refusal::AmbiguousPath);
            let detail = format!("as the upstream would get it: {ambiguity}");
            return give_up(ctx, problem.with_detail(detail));
        }
    };
    let mut wanted = String::with_capacity(target.base_path.len() + path.len() + 32);
    wanted.push_str(target.base_path.trim_end_matches('/'));
    if !path.starts_with('/') {
        wanted.push('/');
    }
    wanted.push_str(&path);
    if let Some(query) = upstream.uri.query() {
        wanted.push('?');
        wanted.push_str(query);
    }
    let uri = wanted
        .parse::<Uri>()
        .map_err(|_| Error::explain(ErrorType::InternalError, "a path that no URI can hold"))?;
    upstream.set_uri(uri);
    match &chosen.upstream.settings.host {
        HostHeader::Target => upstream.insert_header(HOST, target.authority.as_str())?,
        HostHeader::Fixed(host) => upstream.insert_header(HOST, host.as_str())?,
        HostHeader::Preserve => {}
    }
    Ok(())
}

/// Counts a piece of the request's body, and ends a request whose body grows too large.
pub(crate) fn request_body(body: &Option<Bytes>, _end: bool, ctx: &mut Context) -> Result<()> {
    if let Some(piece) = body {
        ctx.bytes_in += piece.len() as u64;
        ctx.report();
    }
    // what passes a WebSocket is no body
    if ctx.bytes_in > ctx.body_limit && ctx.status != 101 {
        let limit = ctx.body_limit;
        return give_up(ctx, too_large(limit));
    }
    Ok(())
}
