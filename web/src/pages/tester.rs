//! `/tester`: what would happen to a request; nothing is sent.

use askama::Template;
use domain::api::Lifecycle;
use domain::id::ApiVersionId;
use gateway_snapshot::live::{Trace, Verdict};
use operations::tester::{self, Question};
use operations::{upstreams, versions};

use crate::admin::{Admin, show_form};
use crate::answer::{Answer, Fault};
use crate::form::{Form, Query, id};
use crate::layout::{Layout, Screen};
use crate::parts::{Choice, Field, Kind, Notice, Threshold, Tone};

const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

#[derive(Template)]
#[template(path = "pages/tester.html")]
struct Tester {
    layout: Layout,
    head: Threshold,
    notice: Option<Notice>,
    fields: Vec<Field>,
    answer: Option<Told>,
}

/// A trace with names in place of ids.
struct Told {
    trace: Trace,
    verdict: Notice,
    sent: Option<String>,
    upstream: Option<(String, String)>,
    steps: Vec<(&'static str, String)>,
}

/// The form, and the answer when something was asked.
pub(crate) async fn get(admin: Admin, Query(mut form): Query) -> Answer {
    let asked = form.some("path").is_some();
    if form.get("host").is_empty() {
        let url = &admin.platform.settings.gateway_url;
        form.set("host", url.host_str().unwrap_or("localhost"));
    }
    let all = versions::all(&admin.platform, &admin.actor).await?;
    let wanted = form
        .some("version")
        .and_then(|text| id::<domain::id::kind::ApiVersion>(&text).ok());
    if !asked {
        let base = all
            .iter()
            .find(|version| Some(version.id) == wanted)
            .map_or("/", |version| version.base_path.as_str());
        form.set("path", base);
    }
    let mut answer = None;
    if asked {
        match ask(&admin, &form, wanted).await {
            Ok(told) => answer = Some(told),
            Err(Fault::Operation(error)) => form = form.refused(error)?,
            Err(fault) => return Err(fault),
        }
    }
    let methods = METHODS
        .into_iter()
        .map(|method| Choice::new(method, method))
        .collect();
    let mut against = vec![Choice::new("", "what is live")];
    against.extend(
        all.iter()
            .filter(|version| version.lifecycle == Lifecycle::Draft)
            .map(|version| {
                Choice::new(
                    version.id.to_string(),
                    format!("live, and the draft {} {}", version.api_name, version.label),
                )
            }),
    );
    let fields = vec![
        form.field(Kind::Select(methods), "method", "Method"),
        form.field(Kind::Text, "host", "Host").mono(),
        form.field(Kind::Text, "path", "Path")
            .mono()
            .hint("As it would be sent, with its query."),
        form.field(Kind::Area(1), "headers", "Headers")
            .mono()
            .optional()
            .hint("One on a line, as X-Beta: 1."),
        form.field(Kind::Select(against), "version", "Against"),
    ];
    let refs: Vec<&Field> = fields.iter().collect();
    let page = Tester {
        layout: admin.layout("Route tester", Some(Screen::Apis)),
        head: Threshold::new("Route tester")
            .below("APIs", "/apis")
            .lede("What would happen to this request? Nothing is sent, and no counter moves."),
        notice: form.head(&refs),
        fields,
        answer,
    };
    show_form(form.came_back(), &page)
}

async fn ask(admin: &Admin, form: &Form, draft: Option<ApiVersionId>) -> Result<Told, Fault> {
    let question = Question {
        method: form.some("method").unwrap_or_else(|| "GET".to_owned()),
        host: form.text("host"),
        path: form.text("path"),
        headers: form.get("headers").to_owned(),
        draft,
    };
    let trace = tester::explain(&admin.platform, &admin.actor, &question).await?;
    let (mut sent, mut upstream, mut steps) = (None, None, Vec::new());
    if let Verdict::Route {
        upstream: target,
        upstream_path,
        policies,
        ..
    } = &trace.verdict
    {
        if let Some(target) = target {
            let found = upstreams::find(&admin.platform, &admin.actor, *target).await?;
            let base = found
                .targets
                .iter()
                .find(|target| target.enabled)
                .map(|target| target.url.trim_end_matches('/').to_owned());
            sent = base
                .zip(upstream_path.as_ref())
                .map(|(base, path)| format!("{base}{path}"));
            upstream = Some((found.name.to_string(), format!("/upstreams/{target}")));
        }
        steps = policies
            .iter()
            .map(|step| {
                let origin = if step.id.is_nil() {
                    "built in".to_owned()
                } else {
                    format!("from {}", step.scope)
                };
                (step.kind, origin)
            })
            .collect();
    }
    Ok(Told {
        verdict: verdict(&trace.verdict),
        trace,
        sent,
        upstream,
        steps,
    })
}

fn verdict(verdict: &Verdict) -> Notice {
    match verdict {
        Verdict::Route {
            upstream: None, ..
        } => Notice::new(Tone::Bad, "A route matches, but its version has no upstream: 503"),
        Verdict::Route {
            needs_subscription: true,
            ..
        } => Notice::new(Tone::Good, "It goes through, for callers with a subscription")
            .text("Without a key it is refused with 401. What products, plans and applications add depends on who calls."),
        Verdict::Route { .. } => Notice::new(Tone::Good, "It goes through, for everybody"),
        Verdict::Redirect {
            status,
            location,
            needs_subscription,
            ..
        } => Notice::new(
            Tone::Good,
            if *needs_subscription {
                "Callers with a subscription are sent elsewhere"
            } else {
                "Everybody is sent elsewhere"
            },
        )
        .text(format!("Answered with {status}, Location: {location}")),
        Verdict::Retired { .. } => Notice::new(Tone::Bad, "Refused with 410: the version is retired"),
        Verdict::MethodNotAllowed { allow } => Notice::new(Tone::Bad, "Refused with 405: the path has other methods")
            .text(format!("Allowed: {allow}")),
        Verdict::NotFound => Notice::new(Tone::Bad, "Refused with 404: no route has this path on this host"),
        Verdict::Ambiguous { reason } => Notice::new(Tone::Bad, "Refused with 400: the path has two readings")
            .text(reason.clone()),
    }
}
