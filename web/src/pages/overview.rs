//! `/`: what goes on, and what needs somebody; on first run a checklist.

use askama::Template;
use axum::extract::State;
use charts::{Sparkline, Tone};
use domain::access::Permission;
use operations::Paging;
use operations::audit::{self, AuditEvent, AuditFilter};
use operations::declared;
use operations::nodes::{self, Health, Standing};
use operations::usage::{
    self, Dimension, Only, Preset, Query as Asked, Range, Report, Scope, Top, Totals,
};

use super::analytics::RANGES;
use super::apis::overview::stacked;
use super::nodes::{health, per_second, serves};
use crate::admin::{Admin, show};
use crate::answer::{Answer, Fault};
use crate::dashboard::Dashboard;
use crate::deed;
use crate::form::Query;
use crate::layout::{Layout, Screen};
use crate::parts::Threshold;
use crate::say;

/// One step of the first-run checklist.
pub(crate) struct Step {
    pub(crate) title: &'static str,
    pub(crate) text: String,
    pub(crate) done: bool,
    /// Whether it is the one to take now.
    pub(crate) next: bool,
    pub(crate) act: Option<(&'static str, &'static str)>,
}

/// Something that needs somebody.
struct Call {
    tone: &'static str,
    icon: &'static str,
    title: String,
    href: String,
    text: String,
}

#[derive(Template)]
#[template(path = "pages/overview.html")]
struct Overview {
    layout: Layout,
    head: Threshold,
    first_run: bool,
    range: Preset,
    steps: Vec<Step>,
    traffic: Option<Traffic>,
    nodes: Vec<Standing>,
    calls: Vec<Call>,
    changes: Vec<AuditEvent>,
    subscriptions: i64,
    gateway: String,
    admin: String,
    portal: String,
}

impl Overview {
    fn is_range(&self, word: &str) -> bool {
        self.range.as_str() == word
    }
}

struct Traffic {
    totals: Totals,
    before: Totals,
    chart: String,
    trends: Trends,
    apis: Vec<Top>,
}

/// The shape of each figure over the range; a piece of markup each.
struct Trends {
    requests: String,
    failed: String,
    refused: String,
    p95: String,
}

impl Trends {
    fn of(report: &Report, range: &str) -> Self {
        let line = |what: &str, tone, value: &dyn Fn(&Totals) -> f64| {
            let values: Vec<f64> = report.buckets.iter().map(|b| value(&b.totals)).collect();
            let label = format!("{what} over {range}");
            let (label, values) = (label.as_str(), values.as_slice());
            Sparkline {
                label,
                values,
                tone,
            }
            .to_html()
        };
        #[expect(
            clippy::cast_precision_loss,
            reason = "a drawing of 96 pixels needs no more than 52 bits"
        )]
        Self {
            requests: line("Requests", Tone::Plain, &|totals| totals.requests as f64),
            failed: line("Failed", Tone::Bad, &Totals::error_rate),
            refused: line("Refused", Tone::Plain, &Totals::refused_rate),
            p95: line("p95", Tone::Plain, &|totals| {
                totals.percentile(0.95).unwrap_or(0) as f64
            }),
        }
    }
}

/// Shows it.
pub(crate) async fn get(State(_): State<Dashboard>, Query(query): Query, admin: Admin) -> Answer {
    let range = Preset::parse(query.get("range")).unwrap_or(Preset::Day);
    let (platform, actor) = (&admin.platform, &admin.actor);
    let first_run = admin.standing().counts.served == 0;
    let nodes = if admin.may(Permission::SystemRead) {
        nodes::list(platform, actor).await?
    } else {
        Vec::new()
    };
    let changes = if admin.may(Permission::AuditRead) {
        let filter = AuditFilter::default();
        audit::list(platform, actor, &filter, &Paging::first(8))
            .await?
            .items
    } else {
        Vec::new()
    };
    let head = if first_run {
        Threshold::new("The gate stands; nothing passes yet")
            .lede("A few things until a developer can call your first API. About ten minutes, and each can be undone.")
    } else {
        Threshold::new("Overview").lede(format!("The last {}, in UTC.", last(range)))
    };
    let settings = &platform.settings;
    show(&Overview {
        layout: admin.layout("Overview", Some(Screen::Overview)),
        head,
        first_run,
        range,
        steps: steps(&admin),
        traffic: traffic(&admin, range).await?,
        calls: calls(&admin, &nodes).await?,
        nodes,
        changes,
        subscriptions: admin.standing().counts.subscriptions,
        gateway: settings.gateway_url.to_string(),
        admin: settings.admin_url.to_string(),
        portal: settings.portal_url.to_string(),
    })
}

async fn traffic(admin: &Admin, range: Preset) -> Result<Option<Traffic>, Fault> {
    if !admin.may(Permission::UsageRead) || admin.standing().counts.served == 0 {
        return Ok(None);
    }
    let (platform, actor) = (&admin.platform, &admin.actor);
    let query = Asked {
        scope: Scope::Everything,
        range: Range::Last(range),
        only: Only::default(),
    };
    let report = usage::report(platform, actor, &query).await?;
    let apis = usage::top(platform, actor, &query, Dimension::Api, 10).await?;
    Ok(Some(Traffic {
        chart: stacked(&report),
        trends: Trends::of(&report, last(range)),
        totals: report.totals,
        before: report.before,
        apis,
    }))
}

/// A range in words.
const fn last(range: Preset) -> &'static str {
    match range {
        Preset::Hour => "hour",
        Preset::Day => "24 hours",
        Preset::Week => "7 days",
        Preset::Month => "30 days",
    }
}

/// What to do until the first call passes.
pub(crate) fn steps(admin: &Admin) -> Vec<Step> {
    let counts = admin.standing().counts;
    let standing = admin.standing();
    let mail = admin.platform.settings.mail == operations::settings::Mail::Smtp;
    let mut steps = vec![
        Step {
            title: "Gatehouse runs",
            text: format!(
                "Revision {}, {}. You are signed in.",
                standing.revision,
                say::many(
                    &i64::try_from(standing.nodes).unwrap_or(0),
                    "node",
                    "nodes"
                )
            ),
            done: true,
            next: false,
            act: None,
        },
        Step {
            title: "Publish an API",
            text: "Bring an OpenAPI document, version 2.0 to 3.1. You see which routes it makes before anything is created; then publish the draft.".to_owned(),
            done: counts.served > 0,
            next: false,
            act: Some(if counts.drafts > 0 {
                ("Look at the draft", "/apis?state=draft")
            } else {
                ("Import a document", "/import")
            }),
        },
        Step {
            title: "Set the terms",
            text: "A plan says who may call, how often and what it costs. Without one nobody can subscribe.".to_owned(),
            done: counts.plans > 0,
            next: false,
            act: Some(("Make a plan", "/products")),
        },
        Step {
            title: "See the first subscription",
            text: "Developers sign up in the portal, make an application and subscribe. Reviewed plans wait in Approvals.".to_owned(),
            done: counts.subscriptions > 0,
            next: false,
            act: Some(("Approvals", "/approvals")),
        },
        Step {
            title: "Let mail out",
            text: "Confirmations and decisions stay in the outbox until mail.smtp_url is configured.".to_owned(),
            done: mail,
            next: false,
            act: Some(("The outbox", "/outbox")),
        },
    ];
    if let Some(step) = steps.iter_mut().find(|step| !step.done) {
        step.next = true;
    }
    steps
}

async fn calls(admin: &Admin, nodes: &[Standing]) -> Result<Vec<Call>, Fault> {
    let standing = admin.standing();
    let mut calls = drifted(admin).await?;
    for node in nodes {
        match node.health {
            Health::Troubled => calls.push(Call {
                tone: "bad",
                icon: "alert",
                title: format!("Node {}", node.node.name),
                href: "/nodes".to_owned(),
                text: node.node.problem.clone(),
            }),
            Health::Silent => calls.push(Call {
                tone: "bad",
                icon: "node",
                title: format!("Node {} is silent", node.node.name),
                href: "/nodes".to_owned(),
                text: "It was not heard of for longer than 15 s.".to_owned(),
            }),
            Health::Good | Health::Left => {}
        }
    }
    if standing.approvals > 0 {
        let number = i64::try_from(standing.approvals).unwrap_or(0);
        calls.push(Call {
            tone: "warn",
            icon: "inbox",
            title: say::many(&number, "request waits", "requests wait"),
            href: "/approvals".to_owned(),
            text: "for somebody to decide".to_owned(),
        });
    }
    if standing.counts.mails_failed > 0 {
        calls.push(Call {
            tone: "bad",
            icon: "mail",
            title: say::many(
                &standing.counts.mails_failed,
                "message was given up",
                "messages were given up",
            ),
            href: "/outbox?state=failed".to_owned(),
            text: "the mail server did not take them".to_owned(),
        });
    }
    if standing.drafts > 0 {
        let number = i64::try_from(standing.drafts).unwrap_or(0);
        calls.push(Call {
            tone: "",
            icon: "edit",
            title: say::many(&number, "draft", "drafts"),
            href: "/apis?state=draft".to_owned(),
            text: "not on the gateway yet".to_owned(),
        });
    }
    Ok(calls)
}

/// Declarations that the platform is no longer like.
async fn drifted(admin: &Admin) -> Result<Vec<Call>, Fault> {
    if !admin.may(Permission::CatalogRead) {
        return Ok(Vec::new());
    }
    let all = declared::list(&admin.platform, &admin.actor).await?;
    let drifted = all.iter().filter_map(|one| {
        let (tone, text) = match &one.standing {
            declared::Standing::InStep => return None,
            declared::Standing::Drifted(_) => {
                let things = say::many(&one.differing, "thing differs", "things differ");
                ("warn", format!("{things} from what was declared"))
            }
            declared::Standing::Unknown(_) => (
                "bad",
                "it could not be held against the platform".to_owned(),
            ),
        };
        Some(Call {
            tone,
            icon: "file",
            title: match one.tag.as_str() {
                "" => "The configuration".to_owned(),
                tag => format!("The configuration {tag}"),
            },
            href: "/configuration".to_owned(),
            text,
        })
    });
    Ok(drifted.collect())
}

/// A part of a whole.
pub(crate) fn percent(part: &i64, whole: &i64) -> String {
    charts::format::percent(part.unsigned_abs(), whole.unsigned_abs())
}

/// A percentile of calls, or that there are none.
pub(crate) fn percentile(totals: &Totals, p: f64) -> String {
    totals
        .percentile(p)
        .map_or_else(|| "none".to_owned(), charts::format::milliseconds)
}

/// The address of an API in a report: its place is slug and label.
pub(crate) fn api_link(top: &Top) -> String {
    if top.subject.place.is_empty() {
        "/apis".to_owned()
    } else {
        format!("/apis/{}", top.subject.place)
    }
}

/// A name in a report; what has none anymore, or never had one, is said.
pub(crate) fn name_of<'a>(top: &'a Top, none: &'a str) -> &'a str {
    match (top.subject.id.is_nil(), top.subject.name.is_empty()) {
        (true, _) => none,
        (false, true) => "deleted since",
        (false, false) => &top.subject.name,
    }
}
