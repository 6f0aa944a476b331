//! `Idempotency-Key`: a POST that is repeated under the same key makes nothing twice (after the IETF's draft
//! "The Idempotency-Key HTTP Header Field"). One layer over all endpoints; no handler knows of it.

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{FromRequestParts as _, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use faces::problem::Problem;
use operations::idempotency::{self, Answer, Claim, Key};
use sha2::{Digest, Sha256};
use utoipa::openapi::path::{ParameterBuilder, ParameterIn};
use utoipa::openapi::{ObjectBuilder, OpenApi, RefOr, Required, Type};

use crate::body::BodyLimit;
use crate::caller::Caller;
use crate::state::Admin;

/// The request's header.
const KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// The answer's header that says it was given before.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// Longest key, in characters.
const LONGEST: usize = 255;
/// Headers that belong to an answer and are given again with it.
const KEPT: [HeaderName; 3] = [header::CONTENT_TYPE, header::ETAG, header::LOCATION];

/// The layer.
pub(crate) async fn layer(State(admin): State<Admin>, request: Request, next: Next) -> Response {
    if request.method() != Method::POST || !request.headers().contains_key(KEY) {
        return next.run(request).await;
    }
    // A caller who gives up must not leave a key behind whose request was carried out: it is finished in any case.
    match tokio::spawn(keyed(admin, request, next)).await {
        Ok(Ok(response)) => response,
        Ok(Err(problem)) => problem.into_response(),
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        },
    }
}

async fn keyed(admin: Admin, request: Request, next: Next) -> Result<Response, Problem> {
    let (mut parts, body) = request.into_parts();
    let key = key(&parts.headers)?;
    let Caller(actor) = Caller::from_request_parts(&mut parts, &admin).await?;
    let body = to_bytes(body, BodyLimit::DOCUMENT.0)
        .await
        .map_err(|_| too_large())?;
    let platform = &admin.platform;
    let claim = match idempotency::begin(platform, &actor, &key, &hash(&parts, &body)).await? {
        Key::First(claim) => claim,
        Key::Answered(answer) => return Ok(again(answer)),
        Key::UnderWay => return Err(under_way()),
        Key::OfAnother => {
            return Err(Problem::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "idempotency_key_reused",
                "this `Idempotency-Key` came with another request before; take a new one for each request",
            ));
        }
    };
    let answer = next.run(Request::from_parts(parts, Body::from(body))).await;
    Ok(kept(&admin, &claim, answer).await?)
}

/// Keeps an answer that says that something was made; for all others the key is free again.
async fn kept(admin: &Admin, claim: &Claim, response: Response) -> operations::Result<Response> {
    if !response.status().is_success() {
        idempotency::release(&admin.platform, claim).await?;
        return Ok(response);
    }
    let (parts, body) = response.into_parts();
    // our own answers are made in memory and do not fail
    let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let text = |name: &HeaderName| Some(parts.headers.get(name)?.to_str().ok()?.to_owned());
    let answer = Answer {
        status: parts.status.as_u16(),
        headers: KEPT
            .iter()
            .filter_map(|name| Some((name.to_string(), text(name)?)))
            .collect(),
        body: body.to_vec(),
    };
    // What was asked for is done: a failure to remember it must not look like a failure to do it.
    if let Err(error) = idempotency::finish(&admin.platform, claim, &answer).await {
        tracing::error!("an answer was not kept under its idempotency key: {error}");
    }
    Ok(Response::from_parts(parts, Body::from(body)))
}

fn again(answer: Answer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    let mut response = (status, answer.body).into_response();
    for (name, value) in &answer.headers {
        let name = HeaderName::try_from(name.as_str());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(value)) {
            response.headers_mut().insert(name, value);
        }
    }
    let yes = HeaderValue::from_static("true");
    response.headers_mut().insert(REPLAYED, yes);
    response
}

fn key(headers: &HeaderMap) -> Result<String, Problem> {
    let mut values = headers.get_all(KEY).iter();
    let key = match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().ok().map(str::trim),
        _ => None,
    };
    key.filter(|key| (1..=LONGEST).contains(&key.len()))
        .map(str::to_owned)
        .ok_or_else(|| {
            Problem::new(
                StatusCode::BAD_REQUEST,
                "idempotency_key_unreadable",
                "`Idempotency-Key` is one value of 1 to 255 visible ASCII characters, such as a UUID",
            )
        })
}

/// All that a request asks: where, of which version, with which body. Each part is led by its length.
fn hash(parts: &Parts, body: &Bytes) -> Vec<u8> {
    let target = parts.uri.path_and_query();
    let target = target.map_or("", |target| target.as_str()).as_bytes();
    let version = parts.headers.get(header::IF_MATCH);
    let version = version.map_or(&b""[..], HeaderValue::as_bytes);
    let mut digest = Sha256::new();
    for part in [target, version, &body[..]] {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    digest.finalize().to_vec()
}

fn under_way() -> Problem {
    let mut problem = Problem::new(
        StatusCode::CONFLICT,
        "idempotency_key_under_way",
        "the first request with this `Idempotency-Key` has no answer yet; ask again in a moment",
    );
    problem.retry_after = Some(1);
    problem
}

fn too_large() -> Problem {
    let most = BodyLimit::DOCUMENT.0 >> 20;
    Problem::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "body_too_large",
        format!("the body cannot be read, or is larger than {most} MiB"),
    )
}

/// Names the header at every POST of the document.
pub(crate) fn describe(document: &mut OpenApi) {
    let header = ParameterBuilder::new()
        .name("Idempotency-Key")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(
            "A value of your own, such as a UUID. The request may be repeated with it for 24 hours and is carried out once: \
             repetitions get the first answer, with `Idempotency-Replayed: true`.",
        ))
        .schema(Some(
            ObjectBuilder::new()
                .schema_type(Type::String)
                .min_length(Some(1))
                .max_length(Some(LONGEST)),
        ))
        .build();
    for item in document.paths.paths.values_mut() {
        if let Some(operation) = &mut item.post {
            let parameters = operation.parameters.get_or_insert_default();
            parameters.push(RefOr::T(header.clone()));
        }
    }
}
