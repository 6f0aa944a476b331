//! A request arrives: who and what it is, whether it is one request, which route it wants, and whether it may.

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
use crate::client::Client;
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
    /// The lane does not take it.
    Elsewhere,
    /// A policy answered.
    Answered(Answer),
    /// The gateway answers without a body: the portal's preflight, or a way to HTTPS.
    Bare(ResponseHeader),
}

/// The first phase over Pingora's session. True when the request was answered here.
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
    if ctx.is_admitted {
        leave_soon(session, ctx);
        let trusted = ctx.connection.trusted;
        session.remove_headers(|name| headers::is_spoofable(name, trusted));
        if ctx.whole.is_some() {
            // it was read before, and comes once more with the bytes of the request
            while session.read_request_body().await?.is_some() {}
        }
    } else {
        match enter(session, ctx, |_, _| true).await? {
            Entered::Forward => {}
            Entered::Answered | Entered::Elsewhere => return Ok(true),
        }
    }
    let body = ctx.shaped.take();
    let holds = ctx.wanted.response_whole;
    if (holds || body.is_some()) && !session.is_upgrade_req() {
        ctx.slot = Some(whole::wrap(session, body, holds));
    }
    Ok(false)
}

/// What becomes of a request that arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Entered {
    /// It was let in.
    Forward,
    /// It was answered.
    Answered,
    /// Nothing was decided: its route is not for this lane.
    Elsewhere,
}

/// Finds out what a request wants and whether it may, and answers it where nothing goes to an upstream. `takes` says, once the
/// route is known and before anything is decided, whether the lane takes it.
pub(crate) async fn enter<C: Client>(
    client: &mut C,
    ctx: &mut Context,
    takes: impl FnOnce(&mut C, &Context) -> bool + Send,
) -> Result<Entered> {
    leave_soon(client, ctx);
    identify(client, ctx);
    match admit(client, ctx, takes).await {
        Ok(Admitted::Forward) => {
            ctx.is_admitted = true;
            return Ok(Entered::Forward);
        }
        Ok(Admitted::Elsewhere) => return Ok(Entered::Elsewhere),
        Ok(Admitted::Answered(made)) => own::by_policy(client, ctx, made).await?,
        Ok(Admitted::Bare(header)) => own::bare(client, ctx, header).await?,
        Err(problem) => own::refuse(client, ctx, *problem).await?,
    }
    Ok(Entered::Answered)
}

/// When there is a successor, the client's next connection is its.
fn leave_soon(client: &mut impl Client, ctx: &Context) {
    if ctx.engine.node.retiring.load(Ordering::Acquire) {
        client.close();
    }
}

/// Notes who sent the request and what it is called in logs, before anything is decided or changed.
fn identify(client: &impl Client, ctx: &mut Context) {
    let config = &ctx.engine.config;
    let request = client.request();
    let connection = ctx.connection.clone();
    ctx.sight.client = headers::client_ip(connection.peer, request, |ip| config.trusts(ip));
    ctx.sight.scheme = if ctx.is_secure() || connection.trusted && headers::came_by_https(request) {
        Scheme::Https
    } else {
        Scheme::Http
    };
    let secured = connection.secured.as_ref();
    ctx.sight.certificate = secured.and_then(|secured| secured.client.clone());
    let given = request.headers.get(&headers::X_REQUEST_ID);
    ctx.request_id = match given.filter(|id| ids::is_safe(id)) {
        Some(id) => id.clone(),
        None => ids::value(ctx.engine.ids.make(ctx.at)),
    };
    ctx.method = request.method.clone();
    ctx.sight.host = headers::host_name(request);
    let authority = || HeaderValue::from_str(request.uri.authority()?.as_str()).ok();
    ctx.host_header = request.headers.get(HOST).cloned().or_else(authority);
    ctx.user_agent = request.headers.get(USER_AGENT).cloned();
    ctx.from_portal = ctx.engine.portal.calls(&request.headers);
}

async fn admit<C: Client>(
    client: &mut C,
    ctx: &mut Context,
    takes: impl FnOnce(&mut C, &Context) -> bool + Send,
) -> Result<Admitted, Box<Problem>> {
    if let Err(problem) = check(client, ctx) {
        // it has no one reading: the log has it as it came
        ctx.raw_path = client.request().uri.path().to_owned();
        return Err(problem);
    }
    let method = &client.request().method;
    if let Some(proof) = ctx
        .engine
        .proofs
        .answer(method, &ctx.sight.host, ctx.path())
    {
        return Ok(Admitted::Answered(proof));
    }
    let trusted = ctx.connection.trusted;
    client.remove_headers(|name| headers::is_spoofable(name, trusted));
    if let Some(header) = doors::check(client.request(), ctx)? {
        return Ok(Admitted::Bare(header));
    }
    if !ctx.engine.node.is_ready() {
        return Err(Box::new(
            Problem::new(Refusal::NotReady).with_header(RETRY_AFTER, HeaderValue::from_static("1")),
        ));
    }
    let method = client.request().method.clone();
    let asked = preflighted(&method, &client.request().headers);
    if let Some(wanted) = &asked
        && ctx.from_portal
    {
        find(client, ctx, wanted)?;
        let header = ctx.engine.portal.preflight(&client.request().headers);
        return header.map(Admitted::Bare).map_err(internal);
    }
    let (route, not_allowed) = match (find(client, ctx, &method), asked) {
        (Ok(route), _) => (route, None),
        (Err(problem), Some(wanted)) if problem.refusal == Refusal::MethodNotAllowed => {
            (find(client, ctx, &wanted)?, Some(problem))
        }
        (Err(problem), _) => return Err(problem),
    };
    if !takes(client, ctx) {
        return Ok(Admitted::Elsewhere);
    }
    limit_body(client, ctx, &route)?;
    let admitted = pass(client, ctx, route).await;
    // a preflight is for the `cors` policy; without one the method is simply not there
    match (admitted, not_allowed) {
        (Ok(Admitted::Forward), Some(problem)) => Err(problem),
        (Err(refused), Some(problem)) if refused.refusal != Refusal::OriginNotAllowed => {
            Err(problem)
        }
        (admitted, _) => admitted,
    }
}

fn check(client: &impl Client, ctx: &mut Context) -> Result<(), Box<Problem>> {
    let request = client.request();
    let head = client.head();
    let facts = Facts {
        method: &request.method,
        version: request.version,
        target: request.uri.path(),
        headers: &request.headers,
        head: &head,
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
    client: &impl Client,
    ctx: &mut Context,
    method: &Method,
) -> Result<Arc<CompiledRoute>, Box<Problem>> {
    let request = client.request();
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
    client: &impl Client,
    ctx: &mut Context,
    route: &CompiledRoute,
) -> Result<(), Box<Problem>> {
    ctx.body_limit = route
        .settings
        .max_body_bytes
        .min(ctx.engine.config.limits.body_bytes);
    let length = client.request().headers.get(CONTENT_LENGTH);
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
    client: &mut impl Client,
    ctx: &mut Context,
    route: Arc<CompiledRoute>,
) -> Result<Admitted, Box<Problem>> {
    let engine = ctx.engine.clone();
    ctx.passage = Some(Passage::new(route.clone(), ctx.at));
    let admitted = loop {
        let Some(passage) = ctx.passage.as_mut() else {
            break Err(Box::new(Problem::new(Refusal::Internal)));
        };
        let request = ctx.sight.of(client.request());
        let admitted = passage
            .admit(&request, &engine.live, &engine.services)
            .await;
        match admitted {
            Ok(Admission::Body(most)) => match body::read(client, ctx, most).await {
                Ok(body) => ctx.sight.body = Some(body),
                Err(problem) => break Err(problem),
            },
            Ok(Admission::Through) => break elsewhere(client, ctx, &route),
            Ok(Admission::Answer(made)) => break Ok(Admitted::Answered(made)),
            Err(failure) => break Err(Box::new(failure.into())),
        }
    };
    ctx.note_credential();
    if let Ok(Admitted::Forward) = admitted {
        prepare(client, ctx)?;
    }
    admitted
}

/// What policies want of the bodies on their way: nothing, for most routes.
fn prepare(client: &impl Client, ctx: &mut Context) -> Result<(), Box<Problem>> {
    let Some(passage) = ctx.passage.as_mut() else {
        return Ok(());
    };
    let request = ctx.sight.of(client.request());
    ctx.wanted = passage.wanted(&request);
    let body = match ctx.sight.body.clone() {
        Some(body) => {
            let body = passage.whole_request(&request, body);
            Some(body.map_err(|failure| Box::new(Problem::from(failure)))?)
        }
        None => None,
    };
    ctx.whole = body.as_ref().map(bytes::Bytes::len);
    ctx.shaped = body;
    Ok(())
}

/// A route that sends its callers elsewhere answers at once; every other one forwards.
fn elsewhere(
    client: &impl Client,
    ctx: &Context,
    route: &CompiledRoute,
) -> Result<Admitted, Box<Problem>> {
    let query = client.request().uri.query();
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
