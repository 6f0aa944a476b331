//! `geo`: whether calls are taken from the country that the caller's address belongs to.

mod config;
#[cfg(test)]
mod tests;

use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use domain::api::PolicyScope;
use domain::refusal::Refusal;
use http::{HeaderName, HeaderValue};
use maxminddb::{PathElement, Reader};

pub use config::{Config, Unknown};

use crate::exchange::Exchange;
use crate::kind::{Composition, Instance, Kind, Stage, read, schema_of};
use crate::network::{self, NetworkTable};
use crate::policy::{Failure, Flow, Outcome, PASS, Policy, Verdict};
use crate::request::Request;
use crate::services::Services;
use crate::upstream::UpstreamRequest;

/// The registry's entry.
pub const KIND: Kind = Kind {
    name: "geo",
    summary: "Takes calls from some countries only",
    stage: Stage::Authorise,
    composition: Composition::All,
    scopes: PolicyScope::ALL,
    schema: schema_of::<Config>,
    compile: |value, instance: Instance| Ok(Arc::new(Geo::new(&read(value)?, instance))),
    readme: include_str!("README.md"),
};

/// The policy.
pub struct Geo {
    networks: NetworkTable<Box<str>>,
    database: Option<Database>,
    allow: Vec<String>,
    deny: Vec<String>,
    unknown: Unknown,
    header: Option<HeaderName>,
    /// Where the country stands in the exchange's values.
    value: String,
}

/// A file in MaxMind's format, read when it is first asked.
struct Database {
    path: PathBuf,
    reader: OnceLock<Option<Reader<Vec<u8>>>>,
}

impl Database {
    fn reader(&self) -> Option<&Reader<Vec<u8>>> {
        let opened = self.reader.get_or_init(|| {
            Reader::open_readfile(&self.path)
                .inspect_err(|error| {
                    tracing::error!(path = %self.path.display(), %error, "the database of countries cannot be read");
                })
                .ok()
        });
        opened.as_ref()
    }

    fn country(&self, address: IpAddr) -> Result<Option<String>, Failure> {
        let failed = || {
            let detail = "the database of countries cannot be read on this node";
            Failure::new(Refusal::PolicyFailed, detail)
        };
        let reader = self.reader().ok_or_else(failed)?;
        let Ok(found) = reader.lookup(address) else {
            // a database of IPv4 addresses knows no IPv6 address
            return Ok(None);
        };
        let at = |member| [PathElement::Key(member), PathElement::Key("iso_code")];
        for member in ["country", "registered_country"] {
            if let Some(code) = found
                .decode_path::<String>(&at(member))
                .map_err(|_| failed())?
            {
                return Ok(Some(code));
            }
        }
        Ok(None)
    }
}

impl Geo {
    /// From a configuration that was checked.
    pub fn new(config: &Config, instance: Instance) -> Self {
        let mut networks = NetworkTable::default();
        for (country, list) in &config.networks {
            for net in list.iter().filter_map(|text| network::parse(text).ok()) {
                networks.insert(net, country.as_str().into());
            }
        }
        Self {
            networks,
            database: config.database.as_ref().map(|path| Database {
                path: path.into(),
                reader: OnceLock::new(),
            }),
            allow: config.allow.clone(),
            deny: config.deny.clone(),
            unknown: config.unknown,
            header: config.header.as_deref().and_then(|name| name.parse().ok()),
            value: format!("{}:country", instance.id),
        }
    }

    fn country(&self, address: IpAddr) -> Result<Option<String>, Failure> {
        let address = address.to_canonical();
        if let Some(country) = self.networks.find(address) {
            return Ok(Some(country.to_string()));
        }
        match &self.database {
            Some(database) => database.country(address),
            None => Ok(None),
        }
    }

    fn decide(&self, request: &Request<'_>, exchange: &mut Exchange) -> Verdict {
        let country = self.country(request.client_ip())?;
        let refused = |detail: String| Err(Failure::new(Refusal::CountryNotAllowed, detail));
        match country {
            None if self.unknown == Unknown::Pass => Ok(Flow::Next),
            None if self.allow.is_empty() && self.deny.is_empty() => Ok(Flow::Next),
            None => refused(format!(
                "nobody knows to which country {} belongs",
                request.client_ip().to_canonical()
            )),
            Some(country) => {
                let allowed = self.allow.is_empty() || self.allow.contains(&country);
                if !allowed || self.deny.contains(&country) {
                    return refused(format!("the API takes no calls from {country}"));
                }
                if self.header.is_some() {
                    exchange.set_value(self.value.clone(), country);
                }
                Ok(Flow::Next)
            }
        }
    }
}

impl Policy for Geo {
    fn request<'a>(
        &'a self,
        request: &'a Request<'a>,
        exchange: &'a mut Exchange,
        _services: &'a Services,
    ) -> Outcome<'a> {
        self.decide(request, exchange).into()
    }

    fn upstream_request<'a>(
        &'a self,
        _request: &'a Request<'a>,
        upstream: &'a mut UpstreamRequest<'_>,
        exchange: &'a mut Exchange,
        _services: &'a Services,
    ) -> Outcome<'a> {
        if let Some(name) = &self.header {
            upstream.remove(name);
            let country = exchange.value(&self.value);
            if let Some(value) = country.and_then(|text| HeaderValue::from_str(text).ok()) {
                upstream.set(name, value);
            }
        }
        PASS
    }
}
