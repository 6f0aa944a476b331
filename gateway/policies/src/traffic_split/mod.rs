//! `traffic_split`: shares of the traffic go to other upstreams (canary, blue-green, A/B).

mod config;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use domain::api::PolicyScope;
use domain::id::PolicyId;
use http::header::SET_COOKIE;
use http::{HeaderName, HeaderValue};

pub use config::{Branch, Config, Rule, Sticky};

use crate::dice::mix;
use crate::exchange::Exchange;
use crate::kind::{Composition, Instance, Kind, Stage, read, schema_of};
use crate::policy::{Outcome, PASS, Policy};
use crate::request::Request;
use crate::response::Response;
use crate::services::Services;
use crate::subject::{By, Each, Subject};

/// The registry's entry.
pub const KIND: Kind = Kind {
    name: "traffic_split",
    summary: "Sends shares of the traffic to other upstreams: canary, blue-green, A/B",
    stage: Stage::Steer,
    composition: Composition::Narrowest,
    scopes: PolicyScope::ALL,
    schema: schema_of::<Config>,
    compile: |value, instance: Instance| Ok(Arc::new(TrafficSplit::new(read(value)?, instance))),
    readme: include_str!("README.md"),
};

/// Under which name templates and later policies find the branch.
pub const VALUE: &str = "branch";

/// The policy.
pub struct TrafficSplit {
    id: PolicyId,
    branches: Box<[Branch]>,
    total: u64,
    rules: Box<[CompiledRule]>,
    sticky: Option<Subject>,
    cookie: Option<(String, u32)>,
    show_in: Option<HeaderName>,
}

struct CompiledRule {
    place: RulePlace,
    value: Option<String>,
    branch: usize,
}

enum RulePlace {
    Header(HeaderName),
    Cookie(String),
}

/// What the answer must still say.
#[derive(Default)]
struct Chosen {
    branch: usize,
    /// The caller does not have the cookie yet.
    tell: bool,
}

impl TrafficSplit {
    /// From a configuration that was checked.
    pub fn new(config: Config, instance: Instance) -> Self {
        let at = |name: &str| config.branches.iter().position(|b| b.name == name);
        let rules = config.rules.iter().filter_map(|rule| {
            let place = match (&rule.header, &rule.cookie) {
                (Some(name), _) => RulePlace::Header(name.parse().ok()?),
                (None, Some(name)) => RulePlace::Cookie(name.clone()),
                (None, None) => return None,
            };
            Some(CompiledRule {
                place,
                value: rule.value.clone(),
                branch: at(&rule.branch)?,
            })
        });
        let sticky = match config.sticky {
            Sticky::Application => Some(By::Application),
            Sticky::Ip => Some(By::Ip),
            Sticky::None | Sticky::Cookie => None,
        };
        Self {
            id: instance.id,
            total: config.branches.iter().map(|b| u64::from(b.weight)).sum(),
            rules: rules.collect(),
            sticky: sticky.map(|by| Subject::new(by, None, Each::All)),
            cookie: (config.sticky == Sticky::Cookie)
                .then(|| (config.cookie.clone(), config.cookie_max_age_s)),
            show_in: config.show_in.as_deref().and_then(|name| name.parse().ok()),
            branches: config.branches.into(),
        }
    }

    fn choose(&self, request: &Request<'_>, exchange: &Exchange, services: &Services) -> Chosen {
        if let Some(rule) = self.rules.iter().find(|rule| rule.matches(request)) {
            return Chosen {
                branch: rule.branch,
                tell: false,
            };
        }
        if let Some((name, _)) = &self.cookie {
            let sent = request.cookie(name);
            let known = |branch: &Branch| Some(branch.name.as_str()) == sent && branch.weight > 0;
            if let Some(branch) = self.branches.iter().position(known) {
                return Chosen {
                    branch,
                    tell: false,
                };
            }
        }
        let point = match &self.sticky {
            Some(subject) => {
                let (subject, _) = subject.of(request, exchange);
                let both = subject ^ self.id.uuid().as_u128();
                let halves = [both >> 64, both & u128::from(u64::MAX)];
                let [high, low] = halves.map(|half| u64::try_from(half).unwrap_or(0));
                mix(mix(high) ^ low)
            }
            None => services.dice.next(),
        };
        Chosen {
            branch: self.at(point),
            tell: self.cookie.is_some(),
        }
    }

    /// The branch at a point of the whole: growing the last one moves only callers of the others to it.
    fn at(&self, point: u64) -> usize {
        let mut left = (u128::from(point) * u128::from(self.total)) >> 64;
        for (i, branch) in self.branches.iter().enumerate() {
            let weight = u128::from(branch.weight);
            if left < weight {
                return i;
            }
            left -= weight;
        }
        0
    }
}

impl CompiledRule {
    fn matches(&self, request: &Request<'_>) -> bool {
        let sent = match &self.place {
            RulePlace::Header(name) => request.header(name).and_then(|v| v.to_str().ok()),
            RulePlace::Cookie(name) => request.cookie(name),
        };
        match (&self.value, sent) {
            (Some(wanted), Some(sent)) => wanted == sent,
            (None, Some(_)) => true,
            (_, None) => false,
        }
    }
}

impl Policy for TrafficSplit {
    fn request<'a>(
        &'a self,
        request: &'a Request<'a>,
        exchange: &'a mut Exchange,
        services: &'a Services,
    ) -> Outcome<'a> {
        let chosen = self.choose(request, exchange, services);
        let branch = &self.branches[chosen.branch];
        exchange.set_value(VALUE, branch.name.as_str());
        if let Some(upstream) = &branch.upstream {
            exchange.steer = Some(upstream.as_str().into());
        }
        *exchange.state::<Chosen>(self.id) = chosen;
        PASS
    }

    fn response<'a>(
        &'a self,
        _request: &'a Request<'a>,
        response: &'a mut Response<'_>,
        exchange: &'a mut Exchange,
        _services: &'a Services,
    ) -> Outcome<'a> {
        // who was refused before a branch was chosen is told of none
        if exchange.value(VALUE).is_none() {
            return PASS;
        }
        let chosen = exchange.state::<Chosen>(self.id);
        let name = &self.branches[chosen.branch].name;
        if let (Some((cookie, age)), true) = (&self.cookie, chosen.tell) {
            let line = format!("{cookie}={name}; Max-Age={age}; Path=/; HttpOnly; SameSite=Lax");
            if let Ok(line) = HeaderValue::try_from(line) {
                response.append(&SET_COOKIE, line);
            }
        }
        if let Some(header) = &self.show_in
            && let Ok(value) = HeaderValue::from_str(name)
        {
            response.set(header, value);
        }
        PASS
    }
}
