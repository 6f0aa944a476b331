//! `/nodes`: the running data planes.

use askama::Template;
use domain::access::Permission;
use domain::cache::PurgeTarget;
use domain::id::kind;
use operations::cache::{self, Purge};
use operations::nodes::{self, Health, Standing};

use crate::admin::{Admin, show};
use crate::answer::{Answer, done};
use crate::form::Form;
use crate::layout::{Layout, Screen};
use crate::parts::{State, Threshold, Tone};
use crate::say;

#[derive(Template)]
#[template(path = "pages/nodes.html")]
struct Nodes {
    layout: Layout,
    head: Threshold,
    nodes: Vec<Standing>,
    serving: usize,
    per_second: String,
    behind: usize,
    gateway: String,
    may_purge: bool,
}

/// A rate that is kept times a thousand.
pub(crate) fn per_second(milli: &i64) -> String {
    format!("{:.1}", *milli as f64 / 1_000.0)
}

/// How a node does, in a word.
pub(crate) fn health(standing: &Standing) -> State {
    match standing.health {
        Health::Good if standing.behind > 0 => State::new(Tone::Warn, "clock", "Catching up"),
        Health::Good => State::new(Tone::Good, "check-circle", "Healthy"),
        Health::Troubled => State::new(Tone::Warn, "alert", "Needs a look"),
        Health::Left => State::new(Tone::Plain, "minus", "Left"),
        Health::Silent => State::new(Tone::Bad, "cross-circle", "Silent"),
    }
}

/// Whether a node takes traffic.
pub(crate) fn serves(standing: &Standing) -> bool {
    matches!(standing.health, Health::Good | Health::Troubled)
}

/// Shows them.
pub(crate) async fn get(admin: Admin) -> Answer {
    let nodes = nodes::list(&admin.platform, &admin.actor).await?;
    let alive = || nodes.iter().filter(|standing| serves(standing));
    show(&Nodes {
        layout: admin.layout("Nodes", Some(Screen::Nodes)),
        head: Threshold::new("Nodes")
            .lede("A node reads the configuration and carries the traffic. It goes on when everything else is down."),
        serving: alive().count(),
        behind: alive().filter(|standing| standing.behind > 0).count(),
        per_second: per_second(
            &alive()
                .map(|standing| standing.node.requests_per_second_milli)
                .sum::<i64>(),
        ),
        gateway: admin.platform.settings.gateway_url.to_string(),
        may_purge: admin.may(Permission::CatalogWrite),
        nodes,
    })
}

/// Has every node forget stored answers.
pub(crate) async fn purge(admin: Admin, form: Form) -> Answer {
    let value = form.text("value");
    // the pages of an API have the button too
    let back = form.some("back").filter(|back| back.starts_with("/apis/"));
    let back = back.unwrap_or_else(|| "/nodes".to_owned());
    let what = match form.parse::<PurgeTarget>("target") {
        Some(PurgeTarget::All) => Purge::All,
        Some(PurgeTarget::Tag) => Purge::Tag(value),
        Some(PurgeTarget::Url) => Purge::Url(value),
        Some(PurgeTarget::Api) => Purge::Api(crate::form::id::<kind::Api>(&value)?),
        None => {
            let error = operations::Error::not_found("kind of purge", form.get("target"));
            return Err(error.into());
        }
    };
    match cache::purge(&admin.platform, &admin.actor, what).await {
        Ok(_) => done(&back, "Every node forgets it within a second"),
        Err(error) => super::products::product_form::refused(&back, error),
    }
}
