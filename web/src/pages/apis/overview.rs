//! `/apis/{api}/{version}`: what the version is, and how it does.

use askama::Template;
use axum::extract::Path;
use charts::{Bucket, Heading, Stacked};
use domain::api::Lifecycle;
use operations::usage::{self, Only, Preset, Query, Range, Scope, Totals};
use operations::{plans, routes, upstreams};

use super::place::{Place, Tab};
use crate::admin::{Admin, show};
use crate::answer::{Answer, Fault};
use crate::layout::Layout;
use crate::parts::Threshold;
use crate::say;

#[derive(Template)]
#[template(path = "pages/api_overview.html")]
struct Overview {
    layout: Layout,
    head: Threshold,
    tabs: Vec<(&'static str, String, bool)>,
    place: Place,
    upstream: Option<upstreams::Upstream>,
    successor: Option<String>,
    routes: usize,
    traffic: Option<(Totals, String)>,
    no_plan: bool,
}

/// Shows it.
pub(crate) async fn get(admin: Admin, Path((api, label)): Path<(String, String)>) -> Answer {
    let place = Place::find(&admin, &api, &label).await?;
    let (platform, actor) = (&admin.platform, &admin.actor);
    let upstream = match place.version.upstream_id {
        Some(id) => Some(upstreams::find(platform, actor, id).await?),
        None => None,
    };
    let routes = routes::list(platform, actor, place.version.id).await?.len();
    let successor = place
        .versions
        .iter()
        .find(|version| version.id == place.version.successor_id)
        .map(|version| version.label.clone());
    let traffic = if place.is_draft() || !admin.may(domain::access::Permission::UsageRead) {
        None
    } else {
        let query = Query {
            scope: Scope::Everything,
            range: Range::Last(Preset::Day),
            only: Only {
                api_version: Some(place.version.id),
                ..Only::default()
            },
        };
        let report = usage::report(platform, actor, &query).await?;
        Some((report.totals.clone(), stacked(&report)))
    };
    show(&Overview {
        layout: place.layout(&admin, "Overview"),
        head: place.head(),
        tabs: place.tabs(Tab::Overview),
        upstream,
        successor,
        routes,
        traffic,
        no_plan: lacks_a_plan(&admin, &place).await?,
        place,
    })
}

/// Whether nobody can subscribe to a version that is on the gateway.
async fn lacks_a_plan(admin: &Admin, place: &Place) -> Result<bool, Fault> {
    if place.version.lifecycle != Lifecycle::Published {
        return Ok(false);
    }
    let offered = plans::of_version(&admin.platform, &admin.actor, place.version.id).await?;
    Ok(offered.is_empty())
}

/// Requests by class of answer.
pub(crate) fn stacked(report: &usage::Report) -> String {
    let buckets: Vec<Bucket> = report
        .buckets
        .iter()
        .map(|bucket| Bucket {
            start: bucket.from.micros(),
            by_class: std::array::from_fn(|class| bucket.totals.classes[class + 2].unsigned_abs()),
        })
        .collect();
    Stacked {
        heading: Heading {
            id: "by-answer",
            title: "Requests by answer",
            description: "Stacked bars over time, by class of answer: 2xx, 3xx, 4xx and 5xx.",
            level: 2,
        },
        buckets: &buckets,
        marker: None,
        note: None,
    }
    .to_html()
}
