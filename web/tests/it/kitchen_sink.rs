//! Every part of the dashboard in one page.

use askama::Template;
use charts::{
    Bar, Bars, Bucket, Heading, Heat, HeatRow, Ink, Line, Lines, Marker, Quota, Sparkline, Stacked,
};
use web::layout::{Account, Layout, Live, Screen};
use web::parts::{
    ApiCall, Choice, Confirm, Field, Kind, Notice, Pages, State, Threshold, Toast, Tone, Undo,
};

const HALF_HOUR: i64 = 1_800_000_000;
/// 19 November 2026, 16:00 UTC.
const START: i64 = 1_795_104_000_000_000;

#[derive(Template)]
#[template(path = "kitchen_sink.html")]
struct KitchenSink {
    layout: Layout,
    head: Threshold,
    tabs: Vec<(&'static str, &'static str, bool)>,
    stacked: String,
    lines: String,
    heat: String,
    quota: String,
    bars: String,
    spark: String,
    no_calls: String,
    states: Vec<State>,
    notices: Vec<Notice>,
    pages: Pages,
    last_page: Pages,
    fields: Vec<Field>,
    confirm: Confirm,
    api_call: ApiCall,
}

/// The page, with made-up numbers.
pub(crate) fn page() -> String {
    let page = KitchenSink {
        layout: layout(),
        head: Threshold::new("Kitchen sink")
            .below("Gatehouse", "/")
            .lede("Every part in one page.")
            .state(State::new(Tone::Warn, "edit", "Draft")),
        tabs: vec![
            ("Overview", "/kitchen-sink", true),
            ("Routes", "/kitchen-sink?tab=routes", false),
        ],
        stacked: stacked(1.0),
        lines: lines(),
        heat: heat(),
        quota: quota(),
        bars: bars(),
        spark: Sparkline {
            label: "Calls over 24 hours",
            values: &[1.0, 3.0, 9.0, 4.0, 6.0],
            tone: charts::Tone::Plain,
        }
        .to_html(),
        no_calls: stacked(0.0),
        states: vec![
            State::new(Tone::Good, "check-circle", "Active"),
            State::new(Tone::Warn, "clock", "Waiting for approval"),
            State::new(Tone::Bad, "key-off", "Revoked"),
        ],
        notices: vec![
            Notice::new(Tone::Info, "Revision 1482 is live on all nodes.").text("It took 0.3 s."),
            Notice::new(Tone::Bad, "Not published: someone was faster")
                .text("Nothing of yours is lost.")
                .details(vec!["line 12: <paths> is missing".to_owned()])
                .link("See both", "/apis/1/merge"),
        ],
        pages: Pages {
            shown: "50 applications".to_owned(),
            before: None,
            next: Some("?after=abc&state=active".to_owned()),
        },
        last_page: Pages {
            shown: "3 applications".to_owned(),
            before: None,
            next: None,
        },
        fields: fields(),
        confirm: confirm(),
        api_call: ApiCall {
            method: "POST",
            base_url: "http://127.0.0.1:8001".to_owned(),
            path: "/api/v1/plans".to_owned(),
            body: Some("{\"name\": \"Standard\"}".to_owned()),
            version: None,
        },
    };
    page.render().expect("the template renders")
}

fn layout() -> Layout {
    Layout {
        title: "Kitchen sink".to_owned(),
        current: Some(Screen::Apis),
        place: "harbor-production".to_owned(),
        account: Account {
            name: "Ines Okafor".to_owned(),
            email: "ines@harbor.example".to_owned(),
        },
        nonce: "n0nce".to_owned(),
        live: Live {
            revision: 1482,
            nodes: 3,
            current_nodes: 3,
        },
        drafts: 2,
        approvals: 7,
        query: String::new(),
        now: domain::Timestamp::from_micros(START),
        toast: Some(Toast {
            tone: Tone::Good,
            text: "Approved Kestrel Books for Labels, Free".to_owned(),
            undo: Some(Undo {
                action: "/approvals/1/undo".to_owned(),
            }),
        }),
    }
}

fn heading<'a>(id: &'a str, title: &'a str) -> Heading<'a> {
    Heading {
        id,
        title,
        description: "Made-up numbers of one day.",
        level: 2,
    }
}

/// The shape of a working day, between 0 and 1.
fn shape(index: i64) -> f64 {
    let hour = (index as f64 / 2.0 + 16.0) % 24.0;
    0.3 + 0.5 * (-(hour - 11.0).powi(2) / 18.0).exp() + 0.3 * (-(hour - 17.5).powi(2) / 10.0).exp()
}

fn stacked(scale: f64) -> String {
    let bucket = |index: i64| {
        let calls = |part: f64| (shape(index) * scale * part) as u64;
        let failed = if index == 29 {
            calls(4_000.0)
        } else {
            calls(40.0)
        };
        Bucket {
            start: START + index * HALF_HOUR,
            by_class: [calls(50_000.0), calls(1_500.0), calls(2_000.0), failed],
        }
    };
    let buckets: Vec<Bucket> = (0..48).map(bucket).collect();
    let marker = Marker {
        at: START + 29 * HALF_HOUR,
        text: "r1479 published",
    };
    let id = if scale > 0.0 { "by-answer" } else { "no-calls" };
    Stacked {
        heading: heading(id, "Requests by answer"),
        buckets: &buckets,
        marker: Some(marker),
        note: None,
    }
    .to_html()
}

fn lines() -> String {
    let starts: Vec<i64> = (0..48).map(|index| START + index * HALF_HOUR).collect();
    let series = |base: f64| -> Vec<Option<f64>> {
        (0..48)
            .map(|index| (index != 20).then(|| base * (0.8 + shape(index) / 2.0)))
            .collect()
    };
    let (p50, p95, p99) = (series(70.0), series(210.0), series(320.0));
    let lines = [
        Line {
            name: "p99",
            long_name: "p99",
            ink: Ink::P99,
            values: &p99,
        },
        Line {
            name: "p95",
            long_name: "p95",
            ink: Ink::P95,
            values: &p95,
        },
        Line {
            name: "p50",
            long_name: "p50",
            ink: Ink::P50,
            values: &p50,
        },
    ];
    Lines {
        heading: heading("latency", "Latency, ms"),
        starts: &starts,
        lines: &lines,
        unit: "ms",
        note: None,
    }
    .to_html()
}

fn heat() -> String {
    let hours =
        |scale: f64| std::array::from_fn(|hour| Some((shape(hour as i64 * 2 - 32) * scale) as u64));
    let rows = [
        HeatRow {
            name: "Sun",
            hours: hours(9_000.0),
        },
        HeatRow {
            name: "Mon",
            hours: hours(62_000.0),
        },
        HeatRow {
            name: "Tue",
            hours: hours(58_000.0),
        },
    ];
    Heat {
        heading: heading("heat", "When they call"),
        rows: &rows,
    }
    .to_html()
}

fn quota() -> String {
    Quota {
        id: "quota",
        used: 587_020,
        limit: 1_000_000,
        projected: Some(1_030_000),
        what: "calls used in November",
        resets: "resets 1 December 00:00 UTC",
        note: "At the pace of the last 7 days this runs out on 29 November, about 19:00.",
    }
    .to_html()
}

fn bars() -> String {
    let bars = [
        Bar {
            name: "Pier 9 Storefront",
            href: Some("/applications/1"),
            number: 301_044,
            beside: "7.4 %",
        },
        Bar {
            name: "Orchard Grocers",
            href: Some("/applications/2"),
            number: 214_870,
            beside: "0.9 %",
        },
    ];
    Bars {
        label: "Applications by requests",
        columns: ["Application", "Requests", "Refused"],
        bars: &bars,
    }
    .to_html()
}

fn fields() -> Vec<Field> {
    let choices = vec![
        Choice::new("instant", "At once"),
        Choice::new("review", "After a look").hint("usually within 24 h"),
    ];
    vec![
        Field::new(Kind::Text, "name", "Name")
            .value("Standard")
            .hint("Developers see it in their list."),
        Field::new(Kind::Url, "target", "Target")
            .value("http://pier9.example")
            .error(Some("must begin with https")),
        Field::new(Kind::Number, "limit", "Rate limit")
            .value("600")
            .affix("a minute"),
        Field::new(Kind::Password, "password", "Password").autocomplete("new-password"),
        Field::new(Kind::Area(3), "note", "Note").optional(),
        Field::new(Kind::Select(choices.clone()), "kind", "Approval").value("review"),
        Field::new(Kind::Radio(choices), "approval", "Approval").value("instant"),
        Field::new(Kind::Checkbox, "listed", "Listed in the catalogue")
            .value("true")
            .hint("Everybody sees it."),
    ]
}

fn confirm() -> Confirm {
    Confirm {
        id: "revoke".to_owned(),
        question: "Revoke Production?".to_owned(),
        consequence: "It stops on every node within a second and cannot come back.".to_owned(),
        impact: vec![
            ("calls in 24 h".to_owned(), "2 114".to_owned()),
            ("applications".to_owned(), "1".to_owned()),
        ],
        fields: Vec::new(),
        typed_name: Some("Production".to_owned()),
        error: None,
        action: "/keys/1/revoke".to_owned(),
        version: Some(3),
        keep: "Keep it".to_owned(),
        act: "Revoke the key".to_owned(),
        back: "/keys".to_owned(),
    }
}

#[test]
fn every_part_renders_under_the_strict_policy() {
    let html = page();
    for forbidden in [" style=", "<style", " onclick=", "javascript:", "<paths>"] {
        assert!(!html.contains(forbidden), "{forbidden}");
    }
    for script in html.split("<script").skip(1) {
        assert!(
            script
                .split('>')
                .next()
                .unwrap()
                .contains("nonce=\"n0nce\""),
            "a script without its nonce"
        );
    }
    assert_eq!(html.matches("<h1>").count(), 1);
    assert_eq!(html.matches("No calls in this range.").count(), 1);
}

#[test]
fn the_chosen_place_is_marked_in_both_menus() {
    let html = page();
    assert_eq!(
        html.matches(r#"<a href="/apis" aria-current="page">"#)
            .count(),
        2
    );
    assert_eq!(
        html.matches(r#"<span class="count" data-tone="due">7</span>"#)
            .count(),
        2
    );
}
