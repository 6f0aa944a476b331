//! `/analytics`: one range and filter set in the address; figures, charts, tables, CSV.

use askama::Template;
use axum::response::Response;
use charts::{Bar, Bars, Heading, Heat, HeatRow, Ink, Line, Lines};
use domain::Timestamp;
use operations::usage::{
    self, Dimension, Only, Outcome, Preset, Query as Asked, Range, Report, Scope, Top,
};
use operations::{Paging, apis, applications, plans};

use super::apis::overview::stacked;
use super::overview::{api_link, name_of, percent, percentile};
use crate::admin::{Admin, file, show};
use crate::answer::{Answer, Fault};
use crate::form::{Form, Query, id};
use crate::layout::{Layout, Screen};
use crate::parts::{Choice, Threshold};
use crate::say;

const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
/// The presets of a range, as written in addresses and on buttons.
pub(crate) const RANGES: [(&str, &str); 4] = [
    ("1h", "1 h"),
    ("24h", "24 h"),
    ("7d", "7 d"),
    ("30d", "30 d"),
];

#[derive(Template)]
#[template(path = "pages/analytics.html")]
struct Analytics {
    layout: Layout,
    head: Threshold,
    query: Form,
    range: String,
    report: Report,
    requests: String,
    latency: String,
    heat: String,
    applications: String,
    apis: Vec<Top>,
    operations: Vec<Top>,
    outcomes: Vec<Outcome>,
    api_choices: Vec<Choice>,
    application_choices: Vec<Choice>,
    plan_choices: Vec<Choice>,
}

impl Analytics {
    fn is_range(&self, word: &str) -> bool {
        self.range == word
    }
}

/// The range of an address: a preset, or two moments.
pub(crate) fn range(query: &Form) -> Range {
    let moment = |name: &str| -> Option<Timestamp> {
        let text = query.some(name)?;
        text.parse()
            .ok()
            .or_else(|| format!("{text}:00Z").parse().ok())
    };
    match (moment("from"), moment("to")) {
        (Some(from), Some(to)) if query.get("range") == "custom" && from < to => {
            Range::Between(from, to)
        }
        _ => Range::Last(Preset::parse(query.get("range")).unwrap_or(Preset::Day)),
    }
}

fn asked(query: &Form) -> Result<Asked, Fault> {
    let scope = match query.some("application") {
        Some(text) => Scope::Application(id(&text)?),
        None => Scope::Everything,
    };
    let mut only = Only::default();
    if let Some(text) = query.some("api") {
        only.api = Some(id(&text)?);
    }
    if let Some(text) = query.some("subscription") {
        only.subscription = Some(id(&text)?);
    }
    if let Some(text) = query.some("plan") {
        only.plan = Some(id(&text)?);
    }
    if let Some(text) = query.some("operation") {
        only.operation = Some(id(&text)?);
    }
    only.class = query.parse("class");
    Ok(Asked {
        scope,
        range: range(query),
        only,
    })
}

/// Shows it.
pub(crate) async fn get(admin: Admin, Query(query): Query) -> Answer {
    let (platform, actor) = (&admin.platform, &admin.actor);
    let asked = asked(&query)?;
    let report = usage::report(platform, actor, &asked).await?;
    let heat = usage::heat(platform, actor, &asked).await?;
    let top = |dimension| usage::top(platform, actor, &asked, dimension, 10);
    let (by_api, by_application, by_operation) = (
        top(Dimension::Api).await?,
        top(Dimension::Application).await?,
        top(Dimension::Operation).await?,
    );
    let api_choices = apis::list(platform, actor, "", &Paging::first(200))
        .await?
        .items
        .into_iter()
        .map(|one| Choice::new(one.api.id.to_string(), one.api.name.as_str()))
        .collect();
    let application_choices =
        applications::list(platform, actor, &Default::default(), &Paging::first(200))
            .await?
            .items
            .into_iter()
            .map(|line| Choice::new(line.id.to_string(), line.name.as_str()))
            .collect();
    let plan_choices = plans::all(platform, actor)
        .await?
        .into_iter()
        .map(|plan| {
            Choice::new(
                plan.id.to_string(),
                format!("{}, {}", plan.product_name, plan.name),
            )
        })
        .collect();
    let range = match range(&query) {
        Range::Last(preset) => preset.as_str().to_owned(),
        Range::Between(..) => "custom".to_owned(),
    };
    show(&Analytics {
        layout: admin.layout("Analytics", Some(Screen::Analytics)),
        head: Threshold::new("Analytics"),
        range,
        requests: stacked(&report),
        latency: latency(&report),
        heat: heat_chart(&heat),
        applications: bars(&by_application),
        apis: by_api,
        operations: by_operation,
        outcomes: usage::outcomes(platform, actor, &asked).await?,
        report,
        query,
        api_choices,
        application_choices,
        plan_choices,
    })
}

/// The report for a program.
pub(crate) async fn json(admin: Admin, Query(query): Query) -> Result<Response, Fault> {
    let report = usage::report(&admin.platform, &admin.actor, &asked(&query)?).await?;
    let text = usage::to_json(&report).to_string();
    Ok(file(
        "analytics.json",
        "application/json",
        text.into_bytes(),
    ))
}

/// The buckets as a table for a spreadsheet.
pub(crate) async fn csv(admin: Admin, Query(query): Query) -> Result<Response, Fault> {
    let report = usage::report(&admin.platform, &admin.actor, &asked(&query)?).await?;
    let text = usage::to_csv(&report);
    Ok(file(
        "analytics.csv",
        "text/csv; charset=utf-8",
        text.into_bytes(),
    ))
}

fn latency(report: &Report) -> String {
    let starts: Vec<i64> = report.buckets.iter().map(|b| b.from.micros()).collect();
    let series = |p: f64| -> Vec<Option<f64>> {
        report
            .buckets
            .iter()
            .map(|bucket| {
                bucket
                    .totals
                    .percentile(p)
                    .map(|micros| micros as f64 / 1_000.0)
            })
            .collect()
    };
    let (p50, p95, p99) = (series(0.5), series(0.95), series(0.99));
    let line = |name, ink, values| Line {
        name,
        long_name: name,
        ink,
        values,
    };
    Lines {
        heading: Heading {
            id: "latency",
            title: "Latency, ms",
            description: "Lines over time: the time that 50, 95 and 99 of 100 answers stayed within.",
            level: 2,
        },
        starts: &starts,
        lines: &[
            line("p99", Ink::P99, &p99),
            line("p95", Ink::P95, &p95),
            line("p50", Ink::P50, &p50),
        ],
        unit: "ms",
        note: None,
    }
    .to_html()
}

fn heat_chart(heat: &usage::Heat) -> String {
    let rows: Vec<HeatRow<'_>> = DAYS
        .iter()
        .zip(heat)
        .map(|(name, hours)| HeatRow {
            name,
            hours: hours.map(|calls| Some(calls.unsigned_abs())),
        })
        .collect();
    Heat {
        heading: Heading {
            id: "heat",
            title: "When they call, UTC",
            description: "Calls by day of the week and hour of the day.",
            level: 2,
        },
        rows: &rows,
    }
    .to_html()
}

fn bars(tops: &[Top]) -> String {
    let rows: Vec<(String, String, u64, String)> = tops
        .iter()
        .map(|top| {
            (
                name_of(top, "nobody: no valid key").to_owned(),
                format!("/applications/{}", top.subject.id),
                top.totals.requests.unsigned_abs(),
                percent(&top.totals.refused, &top.totals.requests),
            )
        })
        .collect();
    let bars: Vec<Bar<'_>> = rows
        .iter()
        .zip(tops)
        .map(|((name, href, number, beside), top)| Bar {
            name,
            href: (!top.subject.id.is_nil() && !top.subject.name.is_empty())
                .then_some(href.as_str()),
            number: *number,
            beside,
        })
        .collect();
    Bars {
        label: "Applications by requests",
        columns: ["Application", "Requests", "Refused"],
        bars: &bars,
    }
    .to_html()
}
