//! What is given to make or change an upstream, checked.

use std::collections::HashSet;

use domain::Timestamp;
use domain::id::{TargetId, UpstreamId};
use domain::text::{Name, Slug};
use gateway_snapshot::settings::{HostHeader, UpstreamSettings};
use gateway_snapshot::{flaws, model};
use store::upstreams;

use crate::error::Result;
use crate::fields::Fields;
use crate::platform::Platform;
use crate::upstreams::address;
use crate::versions::placement;

/// The most targets of one upstream.
const TARGETS_MOST: usize = 200;
/// The largest share of one target.
const WEIGHT_MOST: i64 = 10_000;

/// What an upstream is to be.
#[derive(Debug, Clone)]
pub struct Input {
    /// Its name for people.
    pub name: String,
    /// Its name in URLs; made from the name of a new one when left out.
    pub slug: Option<String>,
    /// How it is spoken to.
    pub settings: UpstreamSettings,
    /// All its targets.
    pub targets: Vec<TargetInput>,
}

/// What a target is to be.
#[derive(Debug, Clone)]
pub struct TargetInput {
    /// Which one, when it is there already.
    pub id: Option<TargetId>,
    /// Its address.
    pub url: String,
    /// Its share of the requests, 0 to 10 000.
    pub weight: i64,
    /// Whether it gets requests.
    pub enabled: bool,
}

impl TargetInput {
    /// An enabled target of weight 100.
    pub fn at(url: impl Into<String>) -> Self {
        Self {
            id: None,
            url: url.into(),
            weight: 100,
            enabled: true,
        }
    }
}

/// What passed.
#[derive(Debug, Clone)]
pub(crate) struct Checked {
    pub(crate) name: Name,
    pub(crate) slug: Option<Slug>,
    pub(crate) settings: UpstreamSettings,
    pub(crate) targets: Vec<TargetRow>,
}

/// A target that passed.
#[derive(Debug, Clone)]
pub(crate) struct TargetRow {
    pub(crate) id: Option<TargetId>,
    pub(crate) url: String,
    pub(crate) weight: i64,
    pub(crate) enabled: bool,
}

impl TargetRow {
    /// The row of a target that is there, changed.
    pub(crate) fn over(self, row: upstreams::Target) -> upstreams::Target {
        upstreams::Target {
            url: self.url,
            weight: self.weight,
            enabled: self.enabled,
            ..row
        }
    }

    /// The row of a new target.
    pub(crate) fn row(
        self,
        id: TargetId,
        upstream: &upstreams::Upstream,
        at: Timestamp,
    ) -> upstreams::Target {
        upstreams::Target {
            id,
            workspace_id: upstream.workspace_id,
            upstream_id: upstream.id,
            url: self.url,
            weight: self.weight,
            enabled: self.enabled,
            created_at: at,
        }
    }
}

/// Checks all of it, naming each flaw.
pub(crate) fn check(platform: &Platform, input: Input) -> Result<Checked> {
    let mut fields = Fields::new();
    let name = fields.parse("name", &input.name);
    let slug = input
        .slug
        .as_deref()
        .map(|slug| fields.parse::<Slug>("slug", slug));
    check_settings(&mut fields, &input.settings);
    let targets = check_targets(platform, &mut fields, input.targets);
    gateway_takes(&mut fields, &targets);
    let Some(name) = name else {
        return Err(fields.into_error());
    };
    fields.finish()?;
    Ok(Checked {
        name,
        slug: slug.flatten(),
        settings: input.settings,
        targets,
    })
}

/// Slugs to try for a thing of this name: the plain one, then numbered ones.
pub(crate) fn slugs(name: &str, otherwise: &str) -> impl Iterator<Item = Slug> {
    let plain = Slug::suggest(name).or_else(|| Slug::suggest(otherwise));
    (1..100).filter_map(move |n| match (n, &plain) {
        (1, plain) => plain.clone(),
        (n, Some(plain)) => {
            let head: String = plain.as_str().chars().take(59).collect();
            Slug::suggest(&format!("{head}-{n}"))
        }
        (_, None) => None,
    })
}

fn check_settings(fields: &mut Fields, settings: &UpstreamSettings) {
    for flaw in flaws::of_upstream(settings) {
        fields.refuse(format!("settings/{}", flaw.field), flaw.message);
    }
    if let HostHeader::Fixed(host) = &settings.host {
        let without_port = match host.rsplit_once(':') {
            Some((name, port)) if port.parse::<u16>().is_ok() => name,
            _ => host,
        };
        fields.check(
            "settings/host",
            placement::hosts(&[without_port.to_owned()]),
        );
    }
}

/// An upstream that does not compile stays as it was on the gateway: none is saved that the gateway refuses.
fn gateway_takes(fields: &mut Fields, targets: &[TargetRow]) {
    let upstream = model::Upstream {
        id: UpstreamId::NIL,
        slug: String::new(),
        settings: UpstreamSettings::default(),
        targets: targets
            .iter()
            .map(|target| model::Target {
                id: TargetId::NIL,
                url: target.url.clone(),
                weight: u32::try_from(target.weight).unwrap_or_default(),
                enabled: true,
            })
            .collect(),
    };
    for problem in gateway_snapshot::check::upstream(&upstream)
        .err()
        .into_iter()
        .flatten()
    {
        fields.refuse("targets", format!("cannot be used: {}", problem.message));
    }
}

fn check_targets(
    platform: &Platform,
    fields: &mut Fields,
    given: Vec<TargetInput>,
) -> Vec<TargetRow> {
    if given.len() > TARGETS_MOST {
        fields.refuse(
            "targets",
            format!("are {}; at most {TARGETS_MOST} are kept", given.len()),
        );
        return Vec::new();
    }
    let mut seen = HashSet::new();
    let mut targets = Vec::with_capacity(given.len());
    for (index, target) in given.into_iter().enumerate() {
        let field = |name: &str| format!("targets/{index}/{name}");
        if !(0..=WEIGHT_MOST).contains(&target.weight) {
            fields.refuse(
                field("weight"),
                format!("is {}; 0 to {WEIGHT_MOST} are possible", target.weight),
            );
        }
        let url = address::parse(&target.url, &platform.settings.upstreams);
        let Some(url) = fields.check(field("url"), url) else {
            continue;
        };
        if !seen.insert(url.clone()) {
            fields.refuse(field("url"), "is there twice");
        }
        targets.push(TargetRow {
            id: target.id,
            url,
            weight: target.weight,
            enabled: target.enabled,
        });
    }
    targets
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_numbered_when_the_plain_one_is_taken() {
        let found: Vec<String> = slugs("Shipping Rates", "upstream")
            .take(3)
            .map(|slug| slug.to_string())
            .collect();
        assert_eq!(
            found,
            ["shipping-rates", "shipping-rates-2", "shipping-rates-3"]
        );
        assert_eq!(
            slugs("日本", "upstream").next().map(|s| s.to_string()),
            Some("upstream".to_owned())
        );
    }

    #[test]
    fn long_names_leave_room_for_the_number() {
        let second = slugs(&"a".repeat(100), "x").nth(1).expect("a second one");
        assert!(second.as_str().ends_with("-2") && second.as_str().len() <= 63);
    }
}
