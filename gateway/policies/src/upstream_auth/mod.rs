//! `upstream_auth`: shows the upstream who the gateway is.

mod client_credentials;
mod config;
mod sigv4;
#[cfg(test)]
mod tests;

use std::sync::{Arc, OnceLock};

use domain::api::PolicyScope;
use domain::refusal::Refusal;
use http::header::AUTHORIZATION;
use http::{HeaderName, HeaderValue, StatusCode};

pub use config::{AwsSigV4, Basic, ClientCredentials, Config, Header, Login};

use crate::client_login::plain_basic_header;
use crate::config_error::ConfigError;
use crate::exchange::Exchange;
use crate::kind::{Composition, Instance, Kind, Stage, read, schema_of};
use crate::policy::{Bodies, Body, Failure, Flow, Outcome, PASS, Policy};
use crate::request::Request;
use crate::response::Response;
use crate::services::Services;
use crate::upstream::UpstreamRequest;
use client_credentials::Tokens;
use sigv4::Signer;

/// The registry's entry.
pub const KIND: Kind = Kind {
    name: "upstream_auth",
    summary: "Shows the upstream who the gateway is",
    stage: Stage::Transform,
    composition: Composition::Narrowest,
    scopes: PolicyScope::ALL,
    schema: schema_of::<Config>,
    compile: |value, _: Instance| Ok(Arc::new(UpstreamAuth::new(read(value)?)?)),
    readme: include_str!("README.md"),
};

/// The policy.
pub struct UpstreamAuth(Way);

/// How it shows it.
enum Way {
    Fixed {
        name: HeaderName,
        make: Fixed,
        value: OnceLock<HeaderValue>,
    },
    Token(Box<Tokens>),
    Signature(Box<Signer>),
}

enum Fixed {
    Header(Header),
    Basic(Basic),
}

impl Fixed {
    fn make(&self, services: &Services) -> Result<HeaderValue, Failure> {
        match self {
            Self::Header(header) => {
                let text = header.value.open(services)?;
                let mut value = HeaderValue::from_str(&text).map_err(|_| {
                    let detail = "the value of the header is not one line of visible characters";
                    Failure::new(Refusal::PolicyFailed, detail)
                })?;
                value.set_sensitive(true);
                Ok(value)
            }
            Self::Basic(basic) => {
                let password = basic.password.open(services)?;
                Ok(plain_basic_header(&basic.username, &password))
            }
        }
    }
}

impl UpstreamAuth {
    /// From a configuration that was checked.
    pub fn new(config: Config) -> Result<Self, Vec<ConfigError>> {
        let fixed = |name, make| Way::Fixed {
            name,
            make,
            value: OnceLock::new(),
        };
        let way = if let Some(header) = config.header {
            let name = header
                .name
                .parse()
                .map_err(|_| vec![ConfigError::new("header.name", "is not a header name")])?;
            fixed(name, Fixed::Header(header))
        } else if let Some(basic) = config.basic {
            fixed(AUTHORIZATION, Fixed::Basic(basic))
        } else if let Some(client) = config.client_credentials {
            Way::Token(Box::new(Tokens::new(client)?))
        } else if let Some(aws) = config.aws_sigv4 {
            Way::Signature(Box::new(Signer::new(aws)))
        } else {
            let problem = "says not how the upstream learns who the gateway is";
            return Err(vec![ConfigError::new("", problem)]);
        };
        Ok(Self(way))
    }
}

impl Policy for UpstreamAuth {
    fn upstream_request<'a>(
        &'a self,
        request: &'a Request<'a>,
        upstream: &'a mut UpstreamRequest<'_>,
        exchange: &'a mut Exchange,
        services: &'a Services,
    ) -> Outcome<'a> {
        match &self.0 {
            Way::Fixed { name, make, value } => {
                let value = match value.get() {
                    Some(value) => value,
                    None => match make.make(services) {
                        Ok(made) => value.get_or_init(|| made),
                        Err(failure) => return failure.into(),
                    },
                };
                upstream.set(name, value.clone());
                PASS
            }
            Way::Token(tokens) => {
                if let Some(value) = tokens.at_hand(exchange.now) {
                    upstream.set(&AUTHORIZATION, value);
                    return PASS;
                }
                let now = exchange.now;
                Outcome::Later(Box::pin(async move {
                    let value = tokens.fetch(now, services).await?;
                    upstream.set(&AUTHORIZATION, value);
                    Ok(Flow::Next)
                }))
            }
            Way::Signature(signer) => {
                match signer.sign(request, upstream, exchange.now, services) {
                    Ok(()) => PASS,
                    Err(failure) => failure.into(),
                }
            }
        }
    }

    fn response<'a>(
        &'a self,
        _request: &'a Request<'a>,
        response: &'a mut Response<'_>,
        _exchange: &'a mut Exchange,
        _services: &'a Services,
    ) -> Outcome<'a> {
        // A token that the upstream does not take is of no use to the next request either.
        if let Way::Token(tokens) = &self.0
            && response.is_from_upstream()
            && response.status() == StatusCode::UNAUTHORIZED
        {
            tokens.forget();
        }
        PASS
    }

    fn bodies(&self) -> Bodies {
        let request = match &self.0 {
            Way::Signature(signer) if signer.body_bytes() > 0 => Body::Buffer(signer.body_bytes()),
            _ => Body::None,
        };
        Bodies {
            request,
            ..Bodies::default()
        }
    }
}
