//! `/audit`: every change, by whom, before and after.

use std::ops::Deref;

use askama::Template;
use axum::http::header;
use axum::response::Response;
use operations::audit::{self, AuditEvent, AuditFilter};

use crate::admin::{Admin, file, show};
use crate::answer::{Answer, Fault};
use crate::form::{Form, Query, id};
use crate::layout::{Layout, Screen};
use crate::parts::{Pages, Threshold};
use crate::say;

/// The kinds of things that the filter offers.
const KINDS: [&str; 14] = [
    "account",
    "api",
    "api_token",
    "api_version",
    "application",
    "configuration",
    "credential",
    "message",
    "plan",
    "policy",
    "product",
    "route",
    "subscription",
    "upstream",
];
/// The most lines of an export.
const EXPORTED: u32 = 200;

#[derive(Template)]
#[template(path = "pages/audit.html")]
struct Audit {
    layout: Layout,
    head: Threshold,
    query: Form,
    events: Vec<AuditEvent>,
    opened: Option<AuditEvent>,
    pages: Pages,
}

impl Audit {
    fn opens(&self, event: &AuditEvent) -> Option<&AuditEvent> {
        self.opened.as_ref().filter(|opened| opened.id == event.id)
    }
}

/// JSON for reading; nothing for nothing.
fn pretty(value: &Option<impl Deref<Target = serde_json::Value>>) -> String {
    value
        .as_ref()
        .map(|json| format!("{:#}", **json))
        .unwrap_or_default()
}

fn filter(query: &Form) -> AuditFilter {
    AuditFilter {
        action: query.some("action"),
        entity_kind: query.some("kind"),
        text: query.some("q"),
        ..AuditFilter::default()
    }
}

/// The list; `open` in the query opens one line.
pub(crate) async fn get(admin: Admin, Query(query): Query) -> Answer {
    let page = audit::list(
        &admin.platform,
        &admin.actor,
        &filter(&query),
        &query.paging(50),
    )
    .await?;
    let opened = match query.some("open") {
        Some(text) => Some(audit::find(&admin.platform, &admin.actor, id(&text)?).await?),
        None => None,
    };
    let shown = say::many(&say::len(&page.items), "entry", "entries");
    show(&Audit {
        layout: admin.layout("Audit log", Some(Screen::AuditLog)),
        head: Threshold::new("Audit log")
            .lede("Every change, by whom, before and after. Entries are only added."),
        pages: query.pages("/audit", shown, page.next.as_deref()),
        query,
        events: page.items,
        opened,
    })
}

/// The same lines as a table for a spreadsheet.
pub(crate) async fn csv(admin: Admin, Query(query): Query) -> Result<Response, Fault> {
    let paging = operations::Paging {
        limit: EXPORTED,
        after: query.some("after"),
    };
    let page = audit::list(&admin.platform, &admin.actor, &filter(&query), &paging).await?;
    let mut out = String::from("time,actor,action,kind,name,id,ip,request_id\n");
    for event in &page.items {
        let fields = [
            event.at.to_string(),
            event.actor_name.clone(),
            event.action.clone(),
            event.entity_kind.clone(),
            event.entity_name.clone(),
            event.entity_id.to_string(),
            event.ip.clone(),
            event.request_id.clone(),
        ];
        out.push_str(&fields.map(|field| cell(&field)).join(","));
        out.push('\n');
    }
    let mut response = file("audit.csv", "text/csv; charset=utf-8", out.into_bytes());
    if let Some(next) = page.next.and_then(|next| next.parse().ok()) {
        response
            .headers_mut()
            .insert(header::HeaderName::from_static("x-next"), next);
    }
    Ok(response)
}

/// A field of a CSV file (RFC 4180); what a spreadsheet would run as a formula is quoted.
fn cell(text: &str) -> String {
    let text = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text.to_owned()
    };
    if text.contains(['"', ',', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::cell;

    #[test]
    fn a_name_is_never_a_formula() {
        assert_eq!(cell("=1+1"), "'=1+1");
        assert_eq!(cell("a, \"b\""), "\"a, \"\"b\"\"\"");
    }
}
