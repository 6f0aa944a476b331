//! `xml_json`: turns XML bodies into JSON and JSON bodies into XML, both ways.

mod config;
mod convert;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use bytes::Bytes;
use domain::api::PolicyScope;
use domain::id::PolicyId;
use domain::refusal::Refusal;
use http::HeaderValue;
use http::header::{ACCEPT, CONTENT_ENCODING, CONTENT_TYPE};
use serde_json::Value;

pub use config::{Config, Direction};

use crate::body_kinds::{self, Kind as BodyKind};
use crate::exchange::Exchange;
use crate::kind::{Composition, Instance, Kind, Stage, read, schema_of};
use crate::policy::{Bodies, Body, Failure, Outcome, PASS, Policy};
use crate::request::Request;
use crate::response::Response;
use crate::services::Services;
use crate::upstream::UpstreamRequest;
use convert::ConvertError;

/// The registry's entry.
pub const KIND: Kind = Kind {
    name: "xml_json",
    summary: "Turns XML bodies into JSON and JSON bodies into XML",
    stage: Stage::Transform,
    composition: Composition::Narrowest,
    scopes: PolicyScope::ALL,
    schema: schema_of::<Config>,
    compile: |value, instance: Instance| {
        Ok(Arc::new(XmlJson {
            id: instance.id,
            config: read(value)?,
        }))
    },
    readme: include_str!("README.md"),
};

/// The policy.
pub struct XmlJson {
    id: PolicyId,
    config: Config,
}

/// Which bodies of this exchange are turned.
#[derive(Default)]
struct Turned {
    request: Option<Direction>,
    /// The request's body was turned: its type is another one.
    is_turned: bool,
    response: Option<Direction>,
}

impl Direction {
    fn from(self) -> BodyKind {
        match self {
            Self::XmlToJson => BodyKind::Xml,
            Self::JsonToXml => BodyKind::Json,
        }
    }

    fn content_type(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::XmlToJson => "application/json",
            Self::JsonToXml => "application/xml; charset=utf-8",
        })
    }

    /// The media type that the body has before it is turned.
    fn wanted(self) -> &'static str {
        match self {
            Self::XmlToJson => "application/xml",
            Self::JsonToXml => "application/json",
        }
    }
}

impl XmlJson {
    fn turn(
        &self,
        direction: Direction,
        body: &Bytes,
        read: fn(&Bytes) -> Result<Value, Failure>,
        code: fn(&ConvertError) -> Refusal,
    ) -> Result<Option<Bytes>, Failure> {
        let failed = |error: ConvertError| Failure::new(code(&error), error.to_string());
        let turned = match direction {
            Direction::XmlToJson => {
                let value = convert::to_json(body, &self.config).map_err(failed)?;
                serde_json::to_vec(&value).map_err(|_| {
                    Failure::new(Refusal::PolicyFailed, "the JSON cannot be written")
                })?
            }
            Direction::JsonToXml => convert::to_xml(&read(body)?, &self.config).map_err(failed)?,
        };
        if turned.len() > self.config.max_body_bytes {
            return Err(failed(ConvertError::Size(self.config.max_body_bytes)));
        }
        Ok(Some(turned.into()))
    }
}

/// What a caller's body that cannot be turned is refused with.
fn of_request(error: &ConvertError) -> Refusal {
    match error {
        ConvertError::Xml(offence) if !offence.is_malformed() => Refusal::BodyRefused,
        ConvertError::Depth(_) | ConvertError::Elements(_) => Refusal::BodyRefused,
        ConvertError::Size(_) => Refusal::BodyTooLarge,
        _ => Refusal::InvalidBody,
    }
}

/// An answer that cannot be turned: the policy failed.
fn of_response(_error: &ConvertError) -> Refusal {
    Refusal::PolicyFailed
}

impl Policy for XmlJson {
    fn request<'a>(
        &'a self,
        request: &'a Request<'a>,
        exchange: &'a mut Exchange,
        _services: &'a Services,
    ) -> Outcome<'a> {
        let Some(direction) = self.config.request else {
            return PASS;
        };
        if request.body().is_none_or(Bytes::is_empty) {
            return PASS;
        }
        if body_kinds::is_encoded(request.headers()) {
            return body_kinds::encoded().into();
        }
        if body_kinds::kind(request.headers()) != direction.from() {
            let wanted = direction.wanted();
            let detail = format!("this API takes {wanted}: say so with Content-Type");
            return Failure::new(Refusal::UnsupportedMediaType, detail).into();
        }
        exchange.state::<Turned>(self.id).request = Some(direction);
        PASS
    }

    fn upstream_request<'a>(
        &'a self,
        _request: &'a Request<'a>,
        upstream: &'a mut UpstreamRequest<'_>,
        exchange: &'a mut Exchange,
        _services: &'a Services,
    ) -> Outcome<'a> {
        let is_turned = exchange.state::<Turned>(self.id).is_turned;
        if let Some(direction) = self.config.request.filter(|_| is_turned) {
            upstream.set(&CONTENT_TYPE, direction.content_type());
            upstream.remove(&CONTENT_ENCODING);
        }
        if let Some(direction) = self.config.response {
            upstream.set(&ACCEPT, HeaderValue::from_static(direction.wanted()));
            body_kinds::ask_plain(upstream);
        }
        PASS
    }

    fn response<'a>(
        &'a self,
        request: &'a Request<'a>,
        response: &'a mut Response<'_>,
        exchange: &'a mut Exchange,
        _services: &'a Services,
    ) -> Outcome<'a> {
        let Some(direction) = self.config.response.filter(|_| response.is_from_upstream()) else {
            return PASS;
        };
        let is_whole = body_kinds::is_whole(request.method(), response.status());
        if !is_whole || body_kinds::kind(response.headers()) != direction.from() {
            return PASS;
        }
        if body_kinds::is_encoded(response.headers()) {
            let detail = "the API's answer is encoded, so it cannot be turned";
            return Failure::new(Refusal::PolicyFailed, detail).into();
        }
        body_kinds::is_changed(response);
        response.set(&CONTENT_TYPE, direction.content_type());
        exchange.state::<Turned>(self.id).response = Some(direction);
        PASS
    }

    fn bodies(&self) -> Bodies {
        let buffer = |direction: Option<Direction>| match direction {
            Some(_) => Body::Buffer(self.config.max_body_bytes),
            None => Body::None,
        };
        Bodies {
            request: buffer(self.config.request),
            response: buffer(self.config.response),
        }
    }

    fn request_body(
        &self,
        exchange: &mut Exchange,
        piece: &Bytes,
        _end: bool,
    ) -> Result<Option<Bytes>, Failure> {
        match exchange.state::<Turned>(self.id).request.take() {
            Some(direction) => {
                let turned = self.turn(direction, piece, body_kinds::json, of_request)?;
                exchange.state::<Turned>(self.id).is_turned = true;
                Ok(turned)
            }
            None => Ok(None),
        }
    }

    fn response_body(
        &self,
        exchange: &mut Exchange,
        piece: &Bytes,
        _end: bool,
    ) -> Result<Option<Bytes>, Failure> {
        let direction = exchange.state::<Turned>(self.id).response.take();
        match direction.filter(|_| !piece.is_empty()) {
            Some(direction) => self.turn(direction, piece, body_kinds::response_json, of_response),
            None => Ok(None),
        }
    }
}
