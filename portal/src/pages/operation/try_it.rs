//! Trying an operation: a form that the portal sends through the gateway with a playground token. It works without
//! scripts; the call counts against the same limits and quota as any other.

use std::str::FromStr as _;
use std::time::Instant;

use axum::body::Bytes;
use axum::extract::Path;
use axum::response::Response;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use leptos::prelude::*;
use openapi::KeyPlace;
use openapi::reference::{Parameter, Place};
use operations::catalog::OperationView;
use operations::playground::{self, Choice};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::{choices, find, view};
use crate::components::icon::icon;
use crate::failure::PageError;
use crate::form::Submitted;
use crate::page::Page;

/// The largest answer that is shown, in bytes.
const LARGEST: usize = 256 << 10;

/// What was sent, and what came of it.
pub(super) struct Tried {
    fields: Vec<(String, String)>,
    outcome: Outcome,
}

enum Outcome {
    Answered {
        status: u16,
        reason: String,
        milliseconds: u128,
        bytes: usize,
        headers: Vec<(String, String)>,
        body: String,
    },
    Failed(String),
}

impl Tried {
    fn value(&self, name: &str) -> Option<&str> {
        self.fields
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, value)| value.as_str())
    }
}

/// `POST /apis/{api}/operations/{operation}`
pub(crate) async fn send(
    page: Page,
    Path((slug, operation)): Path<(String, String)>,
    Submitted(fields): Submitted<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    if page.viewer.is_none() {
        return Err(PageError::SignInFirst);
    }
    let field = |name: &str| {
        fields
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, value)| value.clone())
    };
    let version = field("version");
    let found = find(&page, &slug, &operation, version.as_deref()).await?;
    let choices = choices(&page, &found).await?;
    let outcome = call(&page, &found, &choices, &fields).await?;
    let tried = Tried { fields, outcome };
    let title = format!("{}, {}", found.page.title, found.api.api.name);
    Ok(page.show(&title, || {
        view::view(&page, &found, None, &choices, Some(&tried))
    }))
}

async fn call(
    page: &Page,
    found: &OperationView,
    choices: &[Choice],
    fields: &[(String, String)],
) -> Result<Outcome, PageError> {
    let field = |name: &str| {
        fields
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    };
    let wanted = field("application").unwrap_or_default();
    let Some(choice) = choices
        .iter()
        .find(|choice| choice.works && choice.line.application_id.to_string() == wanted)
    else {
        return Ok(Outcome::Failed(
            "choose an application with an active subscription".to_owned(),
        ));
    };
    let platform = &page.portal.platform;
    let token = playground::issue(
        platform,
        &page.actor,
        choice.line.application_id,
        found.api.version.id,
    )
    .await?;
    let mut request = match prepare(found, &field) {
        Ok(request) => request,
        Err(message) => return Ok(Outcome::Failed(message)),
    };
    let key = token.token.reveal();
    let credential = &found.api.credential;
    match credential.place {
        KeyPlace::Header => {
            let value = match &credential.prefix {
                Some(prefix) => format!("{prefix} {key}"),
                None => key.to_owned(),
            };
            insert(&mut request.headers, &credential.name, &value);
        }
        KeyPlace::Cookie => {
            insert(
                &mut request.headers,
                "cookie",
                &format!("{}={key}", credential.name),
            );
        }
        _ => {
            request
                .url
                .query_pairs_mut()
                .append_pair(&credential.name, key);
        }
    }
    Ok(relay(page, request).await)
}

struct Prepared {
    method: Method,
    url: url::Url,
    headers: HeaderMap,
    body: Bytes,
}

/// The request that the fields make; only ever below the API's own address at the gateway.
fn prepare<'f>(
    found: &OperationView,
    field: &impl Fn(&str) -> Option<&'f str>,
) -> Result<Prepared, String> {
    let operation = &found.page;
    let mut path = operation.path.clone();
    let mut query = Vec::new();
    let mut headers = HeaderMap::new();
    for parameter in &operation.parameters {
        let name = &parameter.name;
        let Some(value) = field(&input_name(parameter)) else {
            if parameter.required {
                return Err(format!("{name} is needed"));
            }
            continue;
        };
        match parameter.place {
            Place::Path => {
                let value = utf8_percent_encode(value, NON_ALPHANUMERIC).to_string();
                path = path.replace(
                    &format!("{{{name}}}"),
                    &value
                        .replace("%2D", "-")
                        .replace("%5F", "_")
                        .replace("%2E", "."),
                );
            }
            Place::Query | Place::QueryString => query.push((name.clone(), value.to_owned())),
            Place::Header => insert(&mut headers, name, value),
            Place::Cookie => {}
        }
    }
    let address = format!("{}{path}", found.api.base_url.trim_end_matches('/'));
    let mut url: url::Url = address
        .parse()
        .map_err(|_| format!("`{address}` is not an address"))?;
    if !query.is_empty() {
        url.query_pairs_mut().extend_pairs(query);
    }
    let body = field("body").unwrap_or_default();
    if !body.is_empty() {
        let media = operation
            .request_body
            .as_ref()
            .and_then(|body| body.contents.first())
            .map_or("application/json", |content| content.media_type.as_str());
        insert(&mut headers, "content-type", media);
    }
    Ok(Prepared {
        method: Method::from_str(&operation.method).map_err(|error| error.to_string())?,
        url,
        headers,
        body: Bytes::copy_from_slice(body.as_bytes()),
    })
}

fn insert(headers: &mut HeaderMap, name: &str, value: &str) {
    if let (Ok(name), Ok(value)) = (HeaderName::from_str(name), HeaderValue::from_str(value)) {
        headers.insert(name, value);
    }
}

async fn relay(page: &Page, request: Prepared) -> Outcome {
    let policy = outbound::Policy::default().with_private_networks();
    let limits = outbound::Limits {
        size: LARGEST,
        ..outbound::Limits::default()
    };
    let client = match outbound::Client::new(policy) {
        Ok(client) => client,
        Err(error) => return Outcome::Failed(error.to_string()),
    };
    let started = Instant::now();
    let answer = client
        .send(
            request.method,
            &request.url,
            request.headers,
            request.body,
            limits,
        )
        .await;
    let milliseconds = started.elapsed().as_millis();
    match answer {
        Ok(answer) => Outcome::Answered {
            status: answer.status.as_u16(),
            reason: answer
                .status
                .canonical_reason()
                .unwrap_or_default()
                .to_owned(),
            milliseconds,
            bytes: answer.body.len(),
            headers: answer
                .headers
                .iter()
                .map(|(name, value)| {
                    (
                        name.to_string(),
                        String::from_utf8_lossy(value.as_bytes()).into_owned(),
                    )
                })
                .collect(),
            body: pretty(&answer.body),
        },
        Err(error) => {
            tracing::warn!(path = page.path, "a try-it call failed: {error}");
            Outcome::Failed(error.to_string())
        }
    }
}

fn pretty(body: &[u8]) -> String {
    match serde_json::from_slice::<serde_json::Value>(body) {
        Ok(value) => serde_json::to_string_pretty(&value).unwrap_or_default(),
        Err(_) => String::from_utf8_lossy(body).into_owned(),
    }
}

/// Form fields of parameters have a prefix of their own, so that none is taken for the form's.
fn input_name(parameter: &Parameter) -> String {
    format!("{:?}.{}", parameter.place, parameter.name).to_lowercase()
}

/// The form, and what came of the last try.
pub(super) fn try_it(
    page: &Page,
    found: &OperationView,
    choices: &[Choice],
    tried: Option<&Tried>,
) -> AnyView {
    let content = if page.viewer.is_none() {
        let next = serde_html_form::to_string([("next", page.path.as_str())]).unwrap_or_default();
        view! { <p><a href=format!("/sign-in?{next}")>"Sign in"</a>" to send this call as one of your applications."</p> }.into_any()
    } else if !choices.iter().any(|choice| choice.works) {
        let link = format!("/apis/{}#plans", found.api.api.slug);
        view! { <p>"None of your applications has an active subscription to this API. "<a href=link>"See the plans"</a>"."</p> }.into_any()
    } else {
        form(found, choices, tried)
    };
    view! {
        <section class="try" id="try" aria-labelledby="try-title">
            <header class="spread"><h2 id="try-title">"Try it"</h2></header>
            {content}
            {tried.map(result)}
        </section>
    }
    .into_any()
}

fn form(found: &OperationView, choices: &[Choice], tried: Option<&Tried>) -> AnyView {
    let operation = &found.page;
    let action = format!(
        "/apis/{}/operations/{}#try",
        found.api.api.slug, operation.key
    );
    let before = tried.and_then(|tried| tried.value("application"));
    let applications: Vec<_> = choices
        .iter()
        .filter(|choice| choice.works)
        .map(|choice| {
            let id = choice.line.application_id.to_string();
            let chosen = before == Some(id.as_str());
            let words = format!(
                "{}, {} plan",
                choice.line.application_name, choice.line.plan_name
            );
            view! { <option value=id selected=chosen>{words}</option> }
        })
        .collect();
    let inputs: Vec<_> = operation
        .parameters
        .iter()
        .filter(|parameter| parameter.place != Place::Cookie)
        .map(|parameter| input(parameter, tried))
        .collect();
    let body = operation.request_body.as_ref().map(|body| {
        let sample = body
            .contents
            .first()
            .and_then(|content| content.examples.first())
            .map(|example| serde_json::to_string_pretty(&example.value).unwrap_or_default())
            .unwrap_or_default();
        let text = tried.and_then(|tried| tried.value("body")).map_or(sample, str::to_owned);
        view! {
            <div class="field">
                <label for="try-body">"Body"</label>
                <textarea class="textarea mono" id="try-body" name="body" rows="8" spellcheck="false">{text}</textarea>
            </div>
        }
    });
    view! {
        <form class="stack" method="post" action=action>
            <input type="hidden" name="version" value=found.api.version.label.clone()/>
            <div class="field">
                <label for="try-application">"As application"</label>
                <select class="select" id="try-application" name="application">{applications}</select>
            </div>
            {inputs}
            {body}
            <p class="hint">"Counts in your quota and is marked "<span class="mono">"try-it"</span>" in your log."</p>
            <div class="row"><button type="submit" class="button" data-kind="primary">{icon("arrow-right")}"Send"</button></div>
        </form>
    }
    .into_any()
}

fn input(parameter: &Parameter, tried: Option<&Tried>) -> AnyView {
    let name = input_name(parameter);
    let id = format!("try-{name}");
    let optional =
        (!parameter.required).then(|| view! { " "<span class="optional">"optional"</span> });
    let sample = if parameter.required || parameter.sample_given {
        match &parameter.sample {
            serde_json::Value::String(text) => text.clone(),
            serde_json::Value::Null => String::new(),
            value => value.to_string(),
        }
    } else {
        String::new()
    };
    let value = tried.map_or(sample, |tried| {
        tried.value(&name).unwrap_or_default().to_owned()
    });
    view! {
        <div class="field">
            <label for=id.clone()>{parameter.name.clone()}{optional}</label>
            <input class="input mono" id=id name=name value=value autocomplete="off"/>
        </div>
    }
    .into_any()
}

fn result(tried: &Tried) -> AnyView {
    match &tried.outcome {
        Outcome::Failed(message) => view! {
            <div class="notice" data-tone="bad" role="alert">{icon("alert")}<div><strong>"The call was not sent"</strong><p>{message.clone()}</p></div></div>
        }
        .into_any(),
        Outcome::Answered { status, reason, milliseconds, bytes, headers, body } => {
            let class = (status / 100).to_string();
            let lines: String = headers.iter().map(|(name, value)| format!("{name}: {value}\n")).collect();
            let size = charts::format::bytes(u64::try_from(*bytes).unwrap_or(u64::MAX));
            let count = headers.len();
            view! {
                <div class="result" role="status">
                    <dl class="result-facts">
                        <div><dt>"Status"</dt><dd><span class="http" data-class=class>{status.to_string()}</span>" "{reason.clone()}</dd></div>
                        <div><dt>"Time"</dt><dd>{format!("{milliseconds} ms")}</dd></div>
                        <div><dt>"Size"</dt><dd>{size}</dd></div>
                    </dl>
                    <div class="code"><pre tabindex="0" role="region" aria-label="Body of the answer"><code>{body.clone()}</code></pre></div>
                    <details class="fold"><summary>{icon("chevron-right")}{format!("{count} headers")}</summary>
                        <div class="code"><pre tabindex="0" role="region" aria-label="Headers of the answer"><code>{lines}</code></pre></div>
                    </details>
                </div>
            }
            .into_any()
        }
    }
}
