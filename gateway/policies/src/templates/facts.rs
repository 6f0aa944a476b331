//! What templates can read: the request, who calls, and the body or answer at hand.

use std::collections::BTreeMap;

use http::{HeaderMap, StatusCode};
use minijinja::Value;
use minijinja::value::{Serde, ValueKind};
use serde_json::{Map, Number, Value as Json};

use super::structure::take;
use super::{ParseError, RenderError};
use crate::exchange::Exchange;
use crate::request::{Request, decode};

/// The variables, in the order of their bits in [`Names`], each with what it is.
pub const VARIABLES: [(&str, &str); 9] = [
    (
        "request",
        "`method`, `scheme`, `host`, `path`, `query` (by name), `headers` (by name in small letters), `ip`",
    ),
    (
        "caller",
        "`application`, `credential`, `try_it`; empty when nobody is known",
    ),
    (
        "plan",
        "`id`, `product`, `subscription`; empty without a subscription",
    ),
    (
        "claims",
        "the claims of the token that authenticated; empty without one",
    ),
    ("values", "what earlier policies noted, by name"),
    ("now", "the moment, in seconds since 1970"),
    (
        "body",
        "the JSON body at hand: of the request, or of the response",
    ),
    ("response", "`status` and `headers` of the response"),
    (
        "calls",
        "the answers of the calls that were made, by name: `ok`, `status`, `headers`, `body`, `error`",
    ),
];

/// A set of variables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Names(u16);

impl Names {
    /// None of them.
    pub const NONE: Self = Self(0);
    /// What is known before there is a body.
    pub const REQUEST: Self = Self(0b0_0011_1111);
    /// What is known of the head of a response.
    pub const HEAD: Self = Self(0b0_1011_1111);
    /// What is known of a request with its body.
    pub const BODY: Self = Self(0b0_0111_1111);
    /// What is known of a response with its body.
    pub const RESPONSE: Self = Self(0b0_1111_1111);
    /// The request, its body, and calls.
    pub const CALLS: Self = Self(0b1_0111_1111);

    /// Those of both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether a variable is in it.
    pub fn has(self, name: &str) -> bool {
        self.0 & Self::of(std::iter::once(name.to_owned())).0 != 0
    }

    pub(super) fn of(variables: impl Iterator<Item = String>) -> Self {
        variables.fold(Self::NONE, |names, variable| {
            let root = variable.split('.').next().unwrap_or_default();
            let place = VARIABLES.iter().position(|(name, _)| *name == root);
            Self(names.0 | place.map_or(0, |place| 1 << place))
        })
    }

    pub(super) fn check(self, variables: impl Iterator<Item = String>) -> Result<(), ParseError> {
        for variable in variables {
            let root = variable.split('.').next().unwrap_or_default();
            if !self.has(root) {
                let known = VARIABLES.iter().map(|(name, _)| *name);
                let known: Vec<&str> = known.filter(|name| self.has(name)).collect();
                return Err(ParseError::Unknown {
                    name: root.to_owned(),
                    known: known.join(", "),
                });
            }
        }
        Ok(())
    }
}

/// The values that templates read, gathered while they are at hand. Only those that are wanted are made.
#[derive(Debug, Clone, Default)]
pub struct Known {
    values: BTreeMap<&'static str, Value>,
}

impl Known {
    /// What is known of a request.
    pub fn of_request(wanted: Names, request: &Request<'_>, exchange: &Exchange) -> Self {
        let mut known = Self::default();
        if wanted.has("request") {
            known.values.insert("request", of_request(request));
        }
        if wanted.has("caller") {
            known.values.insert("caller", of_caller(exchange));
        }
        if wanted.has("plan") {
            known.values.insert("plan", of_plan(exchange));
        }
        if wanted.has("claims") {
            let claims = exchange.claims.as_deref();
            let claims = claims.map_or_else(empty, |claims| Value::from(Serde(claims)));
            known.values.insert("claims", claims);
        }
        if wanted.has("values") {
            let values = exchange.values();
            let values = values.map(|(name, value)| (name.to_owned(), Value::from(value)));
            known.values.insert("values", map(values));
        }
        if wanted.has("now") {
            known.values.insert("now", exchange.now.seconds().into());
        }
        known
    }

    /// With the body.
    pub fn set_body(&mut self, body: &Json) {
        self.values.insert("body", Value::from(Serde(body)));
    }

    /// With the head of the response.
    pub fn set_response(&mut self, status: StatusCode, headers: &HeaderMap) {
        let response = BTreeMap::from([
            ("status", Value::from(status.as_u16())),
            ("headers", of_headers(headers)),
        ]);
        self.values.insert("response", map(response));
    }

    /// With the answers of calls.
    pub fn set_calls(&mut self, calls: &Map<String, Json>) {
        self.values.insert("calls", Value::from(Serde(calls)));
    }

    /// All of it, for the engine.
    pub fn context(&self) -> Value {
        map(self
            .values
            .iter()
            .map(|(name, value)| (*name, value.clone())))
    }
}

/// A map of the engine: collecting into a `Value` makes a list.
fn map<K: Into<String>>(pairs: impl IntoIterator<Item = (K, Value)>) -> Value {
    let pairs = pairs.into_iter().map(|(name, value)| (name.into(), value));
    Value::from(pairs.collect::<BTreeMap<String, Value>>())
}

fn empty() -> Value {
    map(Vec::<(String, Value)>::new())
}

fn of_request(request: &Request<'_>) -> Value {
    let mut query: BTreeMap<String, Value> = BTreeMap::new();
    for pair in request.query().unwrap_or_default().split('&') {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        if let (Some(name), Some(value)) = (decode(name), decode(value))
            && !name.is_empty()
        {
            query.entry(name).or_insert_with(|| Value::from(value));
        }
    }
    let facts = [
        ("method", Value::from(request.method().as_str())),
        ("scheme", Value::from(request.scheme().as_str())),
        ("host", Value::from(request.host())),
        ("path", Value::from(request.path())),
        ("query", map(query)),
        ("headers", of_headers(request.headers())),
        ("ip", Value::from(request.client_ip().to_string())),
    ];
    map(facts)
}

fn of_headers(headers: &HeaderMap) -> Value {
    let names = headers.keys().map(|name| {
        let values = headers.get_all(name).iter();
        let values: Vec<&str> = values.filter_map(|value| value.to_str().ok()).collect();
        (name.as_str().to_owned(), Value::from(values.join(", ")))
    });
    map(names)
}

fn of_caller(exchange: &Exchange) -> Value {
    let Some(caller) = &exchange.caller else {
        return empty();
    };
    let facts = [
        ("application", Value::from(caller.application.to_string())),
        (
            "credential",
            caller
                .credential()
                .map_or_else(Value::default, |id| id.to_string().into()),
        ),
        ("try_it", Value::from(caller.is_try_it())),
    ];
    map(facts.into_iter().filter(|(_, value)| !value.is_undefined()))
}

fn of_plan(exchange: &Exchange) -> Value {
    let Some(terms) = &exchange.terms else {
        return empty();
    };
    let facts = [
        ("id", Value::from(terms.plan.to_string())),
        ("product", Value::from(terms.product.to_string())),
        ("subscription", Value::from(terms.subscription.to_string())),
    ];
    map(facts)
}

/// A value of the engine as JSON, counted against what is left.
pub fn json(value: &Value, left: &mut usize) -> Result<Json, RenderError> {
    take(left, 8)?;
    Ok(match value.kind() {
        ValueKind::Undefined => return Err(RenderError::Undefined),
        ValueKind::None => Json::Null,
        ValueKind::Bool => Json::Bool(value.is_true()),
        ValueKind::Number => number(value)?,
        ValueKind::String => {
            let text = value.as_str().unwrap_or_default();
            take(left, text.len())?;
            Json::String(text.to_owned())
        }
        ValueKind::Seq | ValueKind::Iterable => {
            let mut list = Vec::new();
            for item in value
                .try_iter()
                .map_err(|error| RenderError::from(&error))?
            {
                list.push(json(&item, left)?);
            }
            Json::Array(list)
        }
        ValueKind::Map => {
            let mut object = Map::new();
            for key in value
                .try_iter()
                .map_err(|error| RenderError::from(&error))?
            {
                let member = value
                    .get_item(&key)
                    .map_err(|error| RenderError::from(&error))?;
                let name = key.to_string();
                take(left, name.len())?;
                object.insert(name, json(&member, left)?);
            }
            Json::Object(object)
        }
        _ => {
            return Err(RenderError::Value(
                "the value is nothing that JSON can hold",
            ));
        }
    })
}

fn number(value: &Value) -> Result<Json, RenderError> {
    if value.is_integer() {
        let signed = i64::try_from(value.clone()).map(Number::from);
        let number = signed.or_else(|_| u64::try_from(value.clone()).map(Number::from));
        return number
            .map(Json::Number)
            .map_err(|_| RenderError::Value("the number is too large"));
    }
    f64::try_from(value.clone())
        .ok()
        .and_then(Number::from_f64)
        .map(Json::Number)
        .ok_or(RenderError::Value(
            "the number is nothing that JSON can hold",
        ))
}
