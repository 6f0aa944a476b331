//! What serves requests: certificates, upstreams and policies.

use declaration::{Certificate, Policy, Upstream};
use domain::text::Name;
use gateway_policies::registry;
use gateway_snapshot::flaws;
use gateway_snapshot::settings::UpstreamSettings;
use serde_json::Value;

use super::super::seal;
use super::form::Form;
use super::inputs::key_pem;
use super::names::{put_names, take_names, without_names};
use crate::certificates::paper;
use crate::policies::{Aside, config};
use crate::upstreams::address;

impl Form<'_> {
    pub(super) fn certificate(&mut self, one: &mut Certificate) {
        let place = format!("certificates/{}", one.name);
        let key = seal::reveal(&self.means.sealer, &one.key);
        let Some(key) = self.check(&format!("{place}/key"), key) else {
            return;
        };
        let found = key_pem(&key, seal::is_sealed(&one.key))
            .into_iter()
            .map(|pem| paper::pair(&one.chain, &pem, one.used_for, self.means.now))
            .reduce(|first, next| if first.is_ok() { first } else { next.or(first) });
        if let Some(pair) = found.and_then(|found| self.check(&place, found)) {
            one.chain = pair.paper.chain;
            one.key = seal::hide(&self.means.sealer, &pair.key);
        }
    }

    pub(super) fn upstream(&mut self, one: &mut Upstream) {
        let place = format!("upstreams/{}", one.slug);
        self.slug(&place, &one.slug);
        self.name(&place, &mut one.name);
        let names = take_names(&mut one.settings);
        let settings = format!("{place}/settings");
        if let Some(typed) = self.settings::<UpstreamSettings>(&settings, &mut one.settings) {
            for flaw in flaws::of_upstream(&typed) {
                self.flaw(format!("{settings}/{}", flaw.field), flaw.message);
            }
            put_names(&mut one.settings, names);
        }
        for (index, target) in one.targets.iter_mut().enumerate() {
            let url = address::parse(&target.url, &self.means.upstreams);
            if let Some(url) = self.check(&format!("{place}/targets/{index}/url"), url) {
                target.url = url;
            }
        }
    }

    pub(super) fn slug(&mut self, place: &str, slug: &str) {
        self.check(&format!("{place}/slug"), slug.parse::<domain::text::Slug>());
    }

    pub(super) fn name(&mut self, place: &str, name: &mut Option<String>) {
        if let Some(given) = name
            && let Some(found) = self.check(&format!("{place}/name"), given.parse::<Name>())
        {
            *given = found.to_string();
        }
    }

    pub(super) fn policies(&mut self, above: &str, policies: &mut [Policy]) {
        let above = if above.is_empty() {
            String::new()
        } else {
            format!("{above}/")
        };
        for (index, one) in policies.iter_mut().enumerate() {
            let place = format!("{above}policies/{index}");
            let aside = Aside {
                name: one.name.clone(),
                conditions: one
                    .conditions
                    .clone()
                    .map_or(Value::Null, |mut conditions| {
                        without_names(&mut conditions);
                        Value::Object(conditions)
                    }),
                on_error: one.on_error.clone().unwrap_or_default(),
            };
            let mut plain = one.config.clone();
            without_names(&mut plain);
            let checked = config::check(&one.kind, None, &Value::Object(plain), &aside);
            self.operation(&place, checked);
            one.on_error = one.on_error.take().filter(|word| !word.is_empty());
            if let Some(schema) = registry::schema(&one.kind) {
                let mut value = Value::Object(std::mem::take(&mut one.config));
                seal::policy(&self.means.sealer, &schema, &mut value);
                if let Value::Object(config) = value {
                    one.config = config;
                }
            }
        }
    }
}
