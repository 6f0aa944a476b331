//! `ip_restriction`: whether the caller's address may call.

mod config;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use domain::api::PolicyScope;
use domain::refusal::Refusal;

pub use config::Config;

use crate::exchange::Exchange;
use crate::kind::{Composition, Instance, Kind, Stage, read, schema_of};
use crate::network::{self, NetworkTable};
use crate::policy::{Failure, Outcome, PASS, Policy};
use crate::request::Request;
use crate::services::Services;

/// The registry's entry.
pub const KIND: Kind = Kind {
    name: "ip_restriction",
    summary: "Lets only some addresses and networks call",
    stage: Stage::Authorise,
    composition: Composition::All,
    scopes: PolicyScope::ALL,
    schema: schema_of::<Config>,
    compile: |value, _: Instance| Ok(Arc::new(IpRestriction::new(&read(value)?))),
    readme: include_str!("README.md"),
};

/// The policy.
pub struct IpRestriction {
    allow: NetworkTable<()>,
    deny: NetworkTable<()>,
}

impl IpRestriction {
    /// From a configuration that was checked.
    pub fn new(config: &Config) -> Self {
        let table = |list: &[String]| {
            let mut table = NetworkTable::default();
            for net in list.iter().filter_map(|text| network::parse(text).ok()) {
                table.insert(net, ());
            }
            table
        };
        Self {
            allow: table(&config.allow),
            deny: table(&config.deny),
        }
    }
}

impl Policy for IpRestriction {
    fn request<'a>(
        &'a self,
        request: &'a Request<'a>,
        _exchange: &'a mut Exchange,
        _services: &'a Services,
    ) -> Outcome<'a> {
        let address = request.client_ip();
        let denied = self.deny.find(address).is_some();
        if !denied && (self.allow.is_empty() || self.allow.find(address).is_some()) {
            return PASS;
        }
        let address = address.to_canonical();
        let detail = format!("the API takes no calls from {address}");
        Failure::new(Refusal::IpNotAllowed, detail).into()
    }
}
