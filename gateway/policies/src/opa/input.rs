//! What the agent is told of a request: `input` of OPA's REST API.

use bytes::Bytes;
use http::HeaderName;
use http::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, PROXY_AUTHORIZATION};
use serde_json::{Map, Value, json};

use crate::exchange::{Exchange, Proof};
use crate::request::{Request, decode};

/// `{"input": {...}}`. Paths are lists of segments, headers are lower-case names with lists of values, as in OPA's own
/// examples. `body` is parsed when it is JSON, and text otherwise.
pub(super) fn of(
    request: &Request<'_>,
    exchange: &Exchange,
    only: &[HeaderName],
    body: Option<&Bytes>,
) -> Value {
    let path: Vec<&str> = request
        .path()
        .split('/')
        .filter(|s| !s.is_empty())
        .collect();
    let mut input = json!({
        "method": request.method().as_str(),
        "path": path,
        "raw_path": request.path(),
        "host": request.host(),
        "scheme": request.scheme().as_str(),
        "headers": headers(request, only),
        "query": query(request),
        "source": { "ip": request.client_ip().to_canonical() },
        "route": exchange.route,
        "api_version": exchange.api_version,
        "caller": caller(exchange),
        "claims": exchange.claims.as_deref().unwrap_or(&Value::Null),
    });
    if let Some(body) = body {
        input["body"] = read_body(request, body);
    }
    json!({ "input": input })
}

fn headers(request: &Request<'_>, only: &[HeaderName]) -> Value {
    let hidden = [AUTHORIZATION, COOKIE, PROXY_AUTHORIZATION];
    let mut found = Map::new();
    for name in request.headers().keys() {
        let wanted = if only.is_empty() {
            !hidden.contains(name)
        } else {
            only.contains(name)
        };
        if wanted {
            let values = request.headers().get_all(name).iter();
            let texts = values.map(|value| String::from_utf8_lossy(value.as_bytes()).into());
            found.insert(name.as_str().to_owned(), Value::Array(texts.collect()));
        }
    }
    Value::Object(found)
}

fn query(request: &Request<'_>) -> Value {
    let mut found = Map::new();
    let pairs = request.query().unwrap_or_default().split('&');
    for pair in pairs.filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let text = |raw: &str| decode(raw).unwrap_or_else(|| raw.to_owned());
        let values = found.entry(text(name)).or_insert_with(|| json!([]));
        if let Value::Array(values) = values {
            values.push(text(value).into());
        }
    }
    Value::Object(found)
}

fn caller(exchange: &Exchange) -> Value {
    let Some(caller) = &exchange.caller else {
        return Value::Null;
    };
    json!({
        "application": caller.application,
        "credential": caller.credential(),
        "try_it": matches!(caller.proof, Proof::Playground(_)),
        "subscription": exchange.terms.map(|terms| terms.subscription),
        "plan": exchange.terms.map(|terms| terms.plan),
        "product": exchange.terms.map(|terms| terms.product),
    })
}

fn read_body(request: &Request<'_>, body: &Bytes) -> Value {
    let kind = request
        .header(&CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let kind = kind
        .unwrap_or_default()
        .split(';')
        .next()
        .unwrap_or_default()
        .trim();
    let is_json = kind.eq_ignore_ascii_case("application/json") || kind.ends_with("+json");
    if body.is_empty() {
        return Value::Null;
    }
    is_json
        .then(|| serde_json::from_slice(body).ok())
        .flatten()
        .unwrap_or_else(|| String::from_utf8_lossy(body).into())
}
