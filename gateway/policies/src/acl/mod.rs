//! `acl`: whether this caller may, by application, plan, product, scope or claim.

mod config;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use domain::api::PolicyScope;
use domain::id::ProductId;
use domain::refusal::Refusal;

pub use config::{Config, Rule};

use crate::claim;
use crate::exchange::Exchange;
use crate::kind::{Composition, Instance, Kind, Stage, read, schema_of};
use crate::policy::{Failure, Outcome, PASS, Policy};
use crate::request::Request;
use crate::services::Services;

/// The registry's entry.
pub const KIND: Kind = Kind {
    name: "acl",
    summary: "Allows or denies by application, plan, product, scope or claim",
    stage: Stage::Authorise,
    composition: Composition::All,
    scopes: PolicyScope::ALL,
    schema: schema_of::<Config>,
    compile: |value, _: Instance| Ok(Arc::new(Acl(read(value)?))),
    readme: include_str!("README.md"),
};

/// The policy.
pub struct Acl(Config);

fn fits(rule: &Rule, exchange: &Exchange, services: &Services) -> bool {
    fn holds<T: PartialEq>(wanted: &[T], have: Option<&T>) -> bool {
        wanted.is_empty() || have.is_some_and(|have| wanted.contains(have))
    }
    let terms = exchange.terms.as_ref();
    let application = exchange.caller.as_ref().map(|caller| &caller.application);
    let is_subscribed = |product: &ProductId| match &exchange.caller {
        // such a token speaks for one subscription alone
        Some(caller) if caller.is_try_it() => terms.is_some_and(|terms| terms.product == *product),
        Some(caller) => services
            .credentials
            .is_subscribed(caller.application, *product),
        None => false,
    };
    let token = || {
        let Some(claims) = exchange.claims.as_deref() else {
            return false;
        };
        rule.scopes
            .iter()
            .all(|scope| claim::has_scope(claims, scope))
            && claim::first_missing(claims, &rule.claims).is_none()
    };
    holds(&rule.applications, application)
        && holds(&rule.plans, terms.map(|terms| &terms.plan))
        && holds(&rule.products, terms.map(|terms| &terms.product))
        && (rule.subscribed.is_empty() || rule.subscribed.iter().any(is_subscribed))
        && ((rule.scopes.is_empty() && rule.claims.is_empty()) || token())
}

impl Policy for Acl {
    fn request<'a>(
        &'a self,
        _request: &'a Request<'a>,
        exchange: &'a mut Exchange,
        services: &'a Services,
    ) -> Outcome<'a> {
        let Config { allow, deny } = &self.0;
        if deny.iter().any(|rule| fits(rule, exchange, services)) {
            let detail = "a rule of this API denies it to the application or its token";
            return Failure::new(Refusal::CallerNotAllowed, detail).into();
        }
        if allow.is_empty() || allow.iter().any(|rule| fits(rule, exchange, services)) {
            return PASS;
        }
        let detail = "no rule of this API allows it to the application or its token";
        Failure::new(Refusal::CallerNotAllowed, detail).into()
    }
}
