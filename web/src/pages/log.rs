//! `/log` and `/log/{request}`: single requests, with the reason when the gate refused one, and what each policy says to it.

use std::time::Duration;

use askama::Template;
use axum::extract::Path;
use domain::refusal::Refusal;
use operations::request_log::{self, Search};
use operations::usage::Scope;
use store::request_log::Request;

use super::explained::{self, Explained};
use crate::admin::{Admin, show};
use crate::answer::{Answer, Fault};
use crate::form::{Form, Query, id};
use crate::layout::{Layout, Screen};
use crate::parts::{Pages, Threshold};
use crate::say;

const RANGES: [(&str, &str, u64); 3] = [
    ("15m", "15 min", 900),
    ("1h", "1 h", 3_600),
    ("24h", "24 h", 86_400),
];

#[derive(Template)]
#[template(path = "pages/log.html")]
struct Log {
    layout: Layout,
    head: Threshold,
    query: Form,
    range: String,
    requests: Vec<Request>,
    pages: Pages,
}

impl Log {
    fn is_range(&self, word: &str) -> bool {
        self.range == word
    }
}

#[derive(Template)]
#[template(path = "pages/log_request.html")]
struct One {
    layout: Layout,
    head: Threshold,
    request: Request,
    application: Option<String>,
    subscription: Option<String>,
    title: Option<&'static str>,
    explained: Option<Explained>,
    portal: String,
}

impl One {
    /// What the gate added to the upstream's time.
    fn added(&self) -> String {
        say::millis(&(self.request.duration_us - self.request.upstream_us))
    }
}

/// The list.
pub(crate) async fn get(admin: Admin, Query(query): Query) -> Answer {
    let scope = match query.some("application") {
        Some(text) => Scope::Application(id(&text)?),
        None => Scope::Everything,
    };
    let range = query.text("range");
    let from = RANGES
        .iter()
        .find(|(word, _, _)| *word == range)
        .map(|(_, _, seconds)| admin.now() - Duration::from_secs(*seconds));
    let mut search = Search {
        from,
        class: query.parse("class"),
        code: query.some("code"),
        failures: query.is("failures"),
        text: query.text("q"),
        ..Search::default()
    };
    if let Some(text) = query.some("api") {
        search.api = Some(id(&text)?);
    }
    if let Some(text) = query.some("subscription") {
        search.subscription = Some(id(&text)?);
    }
    if let Some(text) = query.some("operation") {
        search.operation = Some(id(&text)?);
    }
    if let Some(text) = query.some("node") {
        search.node = Some(id(&text)?);
    }
    let page = request_log::list(
        &admin.platform,
        &admin.actor,
        scope,
        &search,
        &query.paging(100),
    )
    .await?;
    let shown = format!(
        "{}, newest first. Kept for {} days",
        say::many(&say::len(&page.items), "request", "requests"),
        request_log::KEPT.as_secs() / 86_400
    );
    show(&Log {
        layout: admin.layout("Request log", Some(Screen::RequestLog)),
        head: Threshold::new("Request log"),
        pages: query.pages("/log", shown, page.next.as_deref()),
        query,
        range,
        requests: page.items,
    })
}

/// One request.
pub(crate) async fn one(admin: Admin, Path(request): Path<String>) -> Answer {
    let (platform, actor) = (&admin.platform, &admin.actor);
    let request = request_log::find(platform, actor, &request).await?;
    let application = if request.application_id.is_nil() {
        None
    } else {
        name(operations::applications::find(platform, actor, request.application_id).await)?
            .map(|line| line.name.to_string())
    };
    let subscription = if request.subscription_id.is_nil() {
        None
    } else {
        name(operations::subscriptions::find(platform, actor, request.subscription_id).await)?
            .map(|detail| format!("{}, {}", detail.line.product_name, detail.line.plan_name))
    };
    let title = format!("{} {}", request.method, request.path);
    let refusal: Option<Refusal> = request.code.parse().ok();
    show(&One {
        layout: admin.layout(&title, Some(Screen::RequestLog)),
        head: Threshold::new(title).below("Request log", "/log"),
        title: refusal.map(|refusal| refusal.explain().title),
        explained: explained::explain(&admin, &request).await?,
        application,
        subscription,
        portal: platform
            .settings
            .portal_url
            .as_str()
            .trim_end_matches('/')
            .to_owned(),
        request,
    })
}

/// What may be gone by now.
fn name<T>(found: Result<T, operations::Error>) -> Result<Option<T>, Fault> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(operations::Error::NotFound { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// `15:17:02.117`
fn clock(at: &domain::Timestamp) -> String {
    at.to_jiff().strftime("%H:%M:%S%.3f").to_string()
}
