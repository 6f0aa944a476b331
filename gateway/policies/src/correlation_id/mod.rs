//! `correlation_id`: one id through caller, gateway and upstream.

mod config;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use http::{HeaderName, HeaderValue};
use uuid::Builder;

pub use config::Config;

use crate::dice::Dice;
use crate::exchange::Exchange;
use crate::kind::{Composition, Instance, Kind, ROUTE_SCOPES, Stage, read, schema_of};
use crate::policy::{Outcome, PASS, Policy};
use crate::request::Request;
use crate::response::Response;
use crate::services::Services;
use crate::upstream::UpstreamRequest;

/// The registry's entry.
pub const KIND: Kind = Kind {
    name: "correlation_id",
    summary: "Gives every request an id that caller, gateway and upstream share",
    stage: Stage::Arrive,
    composition: Composition::Narrowest,
    scopes: ROUTE_SCOPES,
    schema: schema_of::<Config>,
    compile: |value, _: Instance| Ok(Arc::new(CorrelationId::new(&read(value)?))),
    readme: include_str!("README.md"),
};

/// Under which name templates and later policies find the id.
pub const VALUE: &str = "correlation_id";

/// The policy.
pub struct CorrelationId {
    header: HeaderName,
    always_new: bool,
    echo: bool,
}

impl CorrelationId {
    /// From a configuration that was checked.
    pub fn new(config: &Config) -> Self {
        Self {
            header: HeaderName::try_from(config.header.as_str())
                .expect("the configuration was checked"),
            always_new: config.always_new,
            echo: config.echo,
        }
    }
}

/// The caller's id, when it is safe to repeat: 1 to 128 visible ASCII characters.
fn given(value: Option<&HeaderValue>) -> Option<&str> {
    let text = value?.to_str().ok()?;
    let safe = |b: u8| b.is_ascii_graphic() && !matches!(b, b'"' | b'\\' | b'<' | b'>');
    ((1..=128).contains(&text.len()) && text.bytes().all(safe)).then_some(text)
}

/// A UUID (version 4).
fn made(dice: &Dice) -> String {
    let mut random = [0; 16];
    random[..8].copy_from_slice(&dice.next().to_le_bytes());
    random[8..].copy_from_slice(&dice.next().to_le_bytes());
    Builder::from_random_bytes(random).into_uuid().to_string()
}

fn noted(exchange: &Exchange) -> Option<HeaderValue> {
    HeaderValue::from_str(exchange.value(VALUE)?).ok()
}

impl Policy for CorrelationId {
    fn request<'a>(
        &'a self,
        request: &'a Request<'a>,
        exchange: &'a mut Exchange,
        services: &'a Services,
    ) -> Outcome<'a> {
        let given = given(request.header(&self.header)).filter(|_| !self.always_new);
        let id = given.map_or_else(|| made(&services.dice), str::to_owned);
        exchange.set_value(VALUE, id);
        PASS
    }

    fn upstream_request<'a>(
        &'a self,
        _request: &'a Request<'a>,
        upstream: &'a mut UpstreamRequest<'_>,
        exchange: &'a mut Exchange,
        _services: &'a Services,
    ) -> Outcome<'a> {
        if let Some(id) = noted(exchange) {
            upstream.set(&self.header, id);
        }
        PASS
    }

    fn response<'a>(
        &'a self,
        _request: &'a Request<'a>,
        response: &'a mut Response<'_>,
        exchange: &'a mut Exchange,
        _services: &'a Services,
    ) -> Outcome<'a> {
        if let Some(id) = noted(exchange).filter(|_| self.echo) {
            response.set(&self.header, id);
        }
        PASS
    }
}
