//! A request arrives: who and what it is, whether it is one request, which route it wants, and whether it may.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use bytes::Bytes;
use domain::refusal::Refusal;
use gateway_policies::policy::{Answer, Failure};
use gateway_policies::request::Scheme;
use gateway_snapshot::condition::Asked;
use gateway_snapshot::flow::{Admission, Passage};
use gateway_snapshot::live::Found;
use gateway_snapshot::path::Canonical;
use gateway_snapshot::route::CompiledRoute;
use gateway_snapshot::version::CompiledVersion;
use http::header::{ALLOW, CONTENT_LENGTH, HOST, LOCATION, RETRY_AFTER, USER_AGENT};
use http::{HeaderValue, Method};
use pingora::Result;
use pingora::proxy::Session;
use pingora_http::ResponseHeader;

use super::{body, doors, own, whole};
use crate::connection::body_passed;
use crate::context::Context;
use crate::cors::preflighted;
use crate::guard::{self, Facts};
use crate::problem::Problem;
use crate::{headers, ids};

/// What becomes of a request that was let in.
enum Admitted {
    /// It goes to the upstream.
    Forward,
    /// A policy answered.
    Answered(Answer),
    /// The gateway answers without a body: the portal's preflight, or a way to HTTPS.
    Bare(ResponseHeader),
}

/// The first phase. True when the request was answered here.
pub(crate) async fn request(session: &mut Session, ctx: &mut Context) -> Result<bool> {
    let timeouts = ctx.engine.config.timeouts;
    let read = if session.is_upgrade_req() {
        timeouts.stream
    } else {
        timeouts.body
    };
    session.set_read_timeout(Some(read));
    session.set_write_timeout(Some(timeouts.write));
    session.set_total_drain_timeout(Some(timeouts.body));
    if session.as_mut().is_body_empty() {
        body_passed(true);
    }
    if ctx.engine.node.retiring.load(Ordering::Acquire) {
        // the client's next connection is the successor's
        session.set_keepalive(None);
    }
    identify(session, ctx);
    match admit(session, ctx).await {
        Ok(Admitted::Forward) => return Ok(false),
        Ok(Admitted::Answered(made)) => own::by_policy(session, ctx, made).await?,
        Ok(Admitted::Bare(header)) => own::bare(session, ctx, header).await?,
        Err(problem) => own::refuse(session, ctx, *problem).await?,
    }
    Ok(true)
}

/// Notes who sent the request and what it is called in logs, before anything is decided or changed.
fn identify(session: &mut Session, ctx: &mut Context) {
    let peer = session.client_addr().and_then(|address| address.as_inet());
    ctx.peer = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| {
        peer.ip().to_canonical()
    });
    let config = &ctx.engine.config;
    ctx.trusted_peer = config.trusts(ctx.peer);
    let request = session.req_header();
    ctx.sight.client = headers::client_ip(ctx.peer, request, |ip| config.trusts(ip));
    ctx.sight.scheme = if ctx.is_secure() || ctx.trusted_peer && headers::came_by_https(request) {
        Scheme::Https
    } else {
        Scheme::Http
    };
    let secured = ctx.connection.secured.as_ref();
    ctx.sight.certificate = secured.and_then(|secured| secured.client.clone());
    ctx.request_id = match ids::given(request.headers.get(&headers::X_REQUEST_ID)) {
        Some(id) => id.to_owned(),
        None => ctx.engine.ids.make(ctx.at).to_string(),
    };
    ctx.method = request.method.as_str().to_owned();
    ctx.sight.host = headers::host_name(request);
    let authority = || HeaderValue::from_str(request.uri.authority()?.as_str()).ok();
    ctx.host_header = request.headers.get(HOST).cloned().or_else(authority);
    ctx.raw_path = request.uri.path().to_owned();
    let agent = request.headers.get(USER_AGENT);
    ctx.user_agent = agent.map_or_else(String::new, |agent| {
        String::from_utf8_lossy(agent.as_bytes()).into_owned()
    });
    ctx.from_portal = ctx.engine.portal.calls(&request.headers);
}

async fn admit(session: &mut Session, ctx: &mut Context) -> Result<Admitted, Box<Problem>> {
    check(session, ctx)?;
    let method = &session.req_header().method;
    if let Some(proof) = ctx
        .engine
        .proofs
        .answer(method, &ctx.sight.host, ctx.path())
    {
        return Ok(Admitted::Answered(proof));
    }
    headers::strip_spoofable(session.req_header_mut(), ctx.trusted_peer);
    if let Some(header) = doors::check(session.req_header(), ctx)? {
        return Ok(Admitted::Bare(header));
    }
    if !ctx.engine.node.is_ready() {
        return Err(Box::new(
            Problem::new(Refusal::NotReady).with_header(RETRY_AFTER, HeaderValue::from_static("1")),
        ));
    }
    let method = session.req_header().method.clone();
    let asked = preflighted(&method, &session.req_header().headers);
    if let Some(wanted) = &asked
        && ctx.from_portal
    {
        find(session, ctx, wanted)?;
        let header = ctx.engine.portal.preflight(&session.req_header().headers);
        return header.map(Admitted::Bare).map_err(internal);
    }
    let (route, not_allowed) = match (find(session, ctx, &method), asked) {
        (Ok(route), _) => (route, None),
        (Err(problem), Some(wanted)) if problem.refusal == Refusal::MethodNotAllowed => {
            (find(session, ctx, &wanted)?, Some(problem))
        }
        (Err(problem), _) => return Err(problem),
    };
    limit_body(session, ctx, &route)?;
    let admitted = pass(session, ctx, route).await;
    // a preflight is for the `cors` policy; without one the method is simply not there
    match (admitted, not_allowed) {
        (Ok(Admitted::Forward), Some(problem)) => Err(problem),
        (Err(refused), Some(problem)) if refused.refusal != Refusal::OriginNotAllowed => {
            Err(problem)
        }
        (admitted, _) => admitted,
    }
}

fn check(session: &Session, ctx: &mut Context) -> Result<(), Box<Problem>> {
    let request = session.req_header();
    let raw = session
        .as_http1()
        .map(|http1| http1.get_headers_raw_bytes());
    let facts = Facts {
        method: &request.method,
        version: request.version,
        target: request.uri.path(),
        headers: &request.headers,
        raw: raw.as_deref(),
    };
    guard::check(&facts, &ctx.engine.config.limits).map_err(Box::new)?;
    let ambiguous =
        |detail: String| Box::new(Problem::new(Refusal::AmbiguousPath).with_detail(detail));
    if !request.raw_path_is_utf8() {
        return Err(ambiguous("the path is not UTF-8".to_owned()));
    }
    let path = Canonical::parse(request.uri.path().as_bytes());
    ctx.sight.path = Some(path.map_err(|ambiguity| ambiguous(ambiguity.to_string()))?);
    Ok(())
}

fn find(
    session: &Session,
    ctx: &mut Context,
    method: &Method,
) -> Result<Arc<CompiledRoute>, Box<Problem>> {
    let request = session.req_header();
    let asked = Asked {
        method,
        host: &ctx.sight.host,
        path: ctx.path(),
        headers: Some(&request.headers),
        query: request.uri.query(),
    };
    match ctx.engine.live.find_asked(&asked) {
        Found::Route(route) => {
            ctx.version = Some(route.version.clone());
            ctx.route = Some(route.clone());
            Ok(route)
        }
        Found::MethodNotAllowed { allow } => Err(Box::new(
            Problem::new(Refusal::MethodNotAllowed).with_header(ALLOW, allow),
        )),
        Found::Retired(version) => {
            let problem = retired(&version);
            ctx.version = Some(version);
            Err(Box::new(problem))
        }
        Found::NotFound => Err(Box::new(Problem::new(Refusal::RouteNotFound))),
    }
}

fn retired(version: &CompiledVersion) -> Problem {
    let mut problem = Problem::new(Refusal::ApiRetired).with_detail(format!(
        "{} {} has been taken out of service",
        version.api_name, version.label
    ));
    problem.headers.extend(version.headers.iter().cloned());
    problem
}

/// Refuses a body that says itself to be too large, and notes the bound for one that does not say.
fn limit_body(
    session: &Session,
    ctx: &mut Context,
    route: &CompiledRoute,
) -> Result<(), Box<Problem>> {
    ctx.body_limit = route
        .settings
        .max_body_bytes
        .min(ctx.engine.config.limits.body_bytes);
    let length = session.req_header().headers.get(CONTENT_LENGTH);
    let length = length.and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if length.is_some_and(|length| length > ctx.body_limit) {
        return Err(Box::new(too_large(ctx.body_limit)));
    }
    Ok(())
}

/// The body is larger than what is taken.
pub(crate) fn too_large(limit: u64) -> Problem {
    Problem::new(Refusal::BodyTooLarge)
        .with_detail(format!("at most {limit} bytes are taken"))
        .closing()
}

async fn pass(
    session: &mut Session,
    ctx: &mut Context,
    route: Arc<CompiledRoute>,
) -> Result<Admitted, Box<Problem>> {
    let engine = ctx.engine.clone();
    ctx.passage = Some(Passage::new(route.clone(), engine.clock.now()));
    let admitted = loop {
        let Some(passage) = ctx.passage.as_mut() else {
            break Err(Box::new(Problem::new(Refusal::Internal)));
        };
        let request = ctx.sight.of(session.req_header());
        let admitted = passage
            .admit(&request, &engine.live, &engine.services)
            .await;
        match admitted {
            Ok(Admission::Body(most)) => match body::read(session, ctx, most).await {
                Ok(body) => ctx.sight.body = Some(body),
                Err(problem) => break Err(problem),
            },
            Ok(Admission::Through) => break elsewhere(session, ctx, &route),
            Ok(Admission::Answer(made)) => break Ok(Admitted::Answered(made)),
            Err(failure) => break Err(Box::new(failure.into())),
        }
    };
    ctx.note_credential();
    if let Ok(Admitted::Forward) = admitted {
        prepare(session, ctx)?;
    }
    admitted
}

/// What policies want of the bodies on their way: nothing, for most routes.
fn prepare(session: &mut Session, ctx: &mut Context) -> Result<(), Box<Problem>> {
    let Some(passage) = ctx.passage.as_mut() else {
        return Ok(());
    };
    let request = ctx.sight.of(session.req_header());
    ctx.wanted = passage.wanted(&request);
    let body = match ctx.sight.body.clone() {
        Some(body) => {
            let body = passage.whole_request(&request, body);
            Some(body.map_err(|failure| Box::new(Problem::from(failure)))?)
        }
        None => None,
    };
    ctx.whole = body.as_ref().map(bytes::Bytes::len);
    let holds = ctx.wanted.response_whole && !session.is_upgrade_req();
    if holds || body.is_some() && !session.is_upgrade_req() {
        ctx.slot = Some(whole::wrap(session, body, holds));
    }
    Ok(())
}

/// A route that sends its callers elsewhere answers at once; every other one forwards.
fn elsewhere(
    session: &Session,
    ctx: &Context,
    route: &CompiledRoute,
) -> Result<Admitted, Box<Problem>> {
    let query = session.req_header().uri.query();
    match route.redirect(ctx.path(), query) {
        None => Ok(Admitted::Forward),
        Some(Ok((status, location))) => Ok(Admitted::Answered(Answer {
            status,
            headers: vec![(LOCATION, location)],
            body: Bytes::new(),
            for_upstream: false,
        })),
        Some(Err(ambiguity)) => Err(Box::new(
            Problem::new(Refusal::AmbiguousPath)
                .with_detail(format!("as the redirect would name it: {ambiguity}")),
        )),
    }
}

pub(super) fn internal(error: Box<pingora::Error>) -> Box<Problem> {
    tracing::error!(%error, "could not make an answer");
    Box::new(Problem::new(Refusal::Internal))
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        let mut problem = Self::new(failure.refusal).with_detail(failure.detail);
        problem.headers = failure.headers;
        problem
    }
}
