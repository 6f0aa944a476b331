//! How an operation's page looks.

use leptos::prelude::*;
use openapi::reference::{Content, OperationPage, Parameter, Place, Response as Answer};
use operations::catalog::OperationView;
use operations::playground::Choice;

use super::samples::samples;
use super::schema::{inside, limits, member, prose};
use super::try_it::{Tried, try_it};
use crate::components::crumbs::crumbs;
use crate::components::icon::icon;
use crate::page::Page;
use crate::pages::api::{Here, back, contents, query};

pub(super) fn view(
    page: &Page,
    found: &OperationView,
    lang: Option<&str>,
    choices: &[Choice],
    tried: Option<&Tried>,
) -> AnyView {
    let operation = &found.page;
    view! {
        <div class="docs" data-columns="reference">
            {contents(&found.api, Here::Operation(&operation.key))}
            <div class="text" id="text" tabindex="-1">
                {heading(found)}
                {parameters(operation)}
                {body(operation)}
                {answers(operation)}
                {neighbours(found)}
            </div>
            <div class="samples stack">
                {samples(found, lang, tried.map(|tried| &tried.fields))}
                {found.api.serves(&operation.key).then(|| try_it(page, found, choices, tried))}
            </div>
        </div>
    }
    .into_any()
}

fn heading(found: &OperationView) -> AnyView {
    let operation = &found.page;
    let (name, link) = back(&found.api);
    let address = format!(
        "{}{}",
        found.api.base_url.trim_end_matches('/'),
        operation.path
    );
    let old = operation.deprecated.then(|| {
        view! { <div class="notice" data-tone="warn">{icon("sunset")}<p><strong>"This operation is deprecated."</strong>" It answers as before; new programs should not build on it."</p></div> }
    });
    let off = (!found.api.serves(&operation.key)).then(|| {
        view! { <div class="notice" data-tone="warn">{icon("alert")}<p><strong>"This operation is not on the gateway."</strong>" The publisher's document describes it, and calls to it are refused with 404."</p></div> }
    });
    let elsewhere = operation.external_docs.as_ref().map(|docs| {
        let words = docs.description.clone().unwrap_or_else(|| docs.url.clone());
        view! { <p><a href=docs.url.clone() rel="nofollow noopener">{words}</a></p> }
    });
    view! {
        <section>
            {crumbs(&[("APIs", "/"), (&name, &link)], &operation.title)}
            <h1 class="op-title">{operation.title.clone()}</h1>
            <div class="endpoint">
                <span class="method" data-method=operation.method.clone()>{operation.method.clone()}</span>
                <span class="mono">
                    <span class="base">{found.api.base_url.trim_end_matches('/').to_owned()}</span>{operation.path.clone()}
                </span>
                <button class="button copy" data-kind="quiet" data-size="small-icon" type="button" data-copy=address aria-label="Copy the address">{icon("copy")}</button>
            </div>
            {off}
            {old}
            <div class="op-text">{prose(operation.description.as_deref())}</div>
            {elsewhere}
            <dl class="facts" data-size="small" data-ruled="">
                <div><dt>"Authentication"</dt><dd>{authentication(found)}</dd></div>
                <div><dt>"Also as"</dt><dd><a href=format!("/apis/{}/operations/{}.md{}", found.api.api.slug, operation.key, query(&found.api))>"Markdown"</a></dd></div>
            </dl>
        </section>
    }
    .into_any()
}

fn authentication(found: &OperationView) -> AnyView {
    let credential = &found.api.credential;
    let before = credential
        .prefix
        .as_ref()
        .map(|prefix| format!(" after {prefix}"));
    view! { "API key in "<code>{credential.name.clone()}</code>{before} }.into_any()
}

fn parameters(operation: &OperationPage) -> AnyView {
    let group = |id: &'static str, title: &'static str, wanted: &[Place]| {
        let found: Vec<_> = operation
            .parameters
            .iter()
            .filter(|parameter| wanted.contains(&parameter.place))
            .map(parameter)
            .collect();
        (!found.is_empty()).then(|| {
            view! { <section id=id><h2>{title}</h2><ul class="schema" role="list">{found}</ul></section> }
        })
    };
    view! {
        {group("path", "Path parameters", &[Place::Path])}
        {group("query", "Query parameters", &[Place::Query, Place::QueryString])}
        {group("headers", "Header parameters", &[Place::Header])}
        {group("cookies", "Cookies", &[Place::Cookie])}
    }
    .into_any()
}

fn parameter(parameter: &Parameter) -> AnyView {
    let mut schema = parameter.schema.clone();
    schema.description = parameter.description.clone().or(schema.description);
    schema.deprecated |= parameter.deprecated;
    if schema.examples.is_empty() && parameter.sample_given {
        schema.examples.push(parameter.sample.clone());
    }
    member(&parameter.name, parameter.required, &schema, "p")
}

fn body(operation: &OperationPage) -> Option<AnyView> {
    let body = operation.request_body.as_ref()?;
    let must = if body.required {
        "required"
    } else {
        "optional"
    };
    let contents: Vec<_> = body
        .contents
        .iter()
        .enumerate()
        .map(|(n, content)| media(content, &format!("b{n}")))
        .collect();
    Some(
        view! {
            <section id="body"><h2>"Body "<small class="muted">{must}</small></h2>{prose(body.description.as_deref())}{contents}</section>
        }
        .into_any(),
    )
}

fn media(content: &Content, prefix: &str) -> AnyView {
    let shape = match (&content.schema, &content.same_as) {
        (_, Some(other)) => {
            let words = format!("as {other}");
            view! { <p class="limits">{words}</p> }.into_any()
        }
        (Some(schema), None) => view! { {limits(schema)}{inside(schema, prefix)} }.into_any(),
        (None, None) => ().into_any(),
    };
    let example = content.examples.first().map(|example| {
        let text = match &example.value {
            serde_json::Value::String(text) => text.clone(),
            value => serde_json::to_string_pretty(value).unwrap_or_default(),
        };
        view! {
            <details class="fold"><summary>{icon("chevron-right")}"Example"</summary>
                <div class="code"><pre tabindex="0" role="region" aria-label="Example"><code>{text}</code></pre></div>
            </details>
        }
    });
    view! { <p class="muted"><code>{content.media_type.clone()}</code></p>{shape}{example} }
        .into_any()
}

fn answers(operation: &OperationPage) -> AnyView {
    let answers: Vec<_> = operation
        .responses
        .iter()
        .enumerate()
        .map(|(n, answer)| one_answer(answer, n))
        .collect();
    view! {
        <section id="responses">
            <h2>"Answers"</h2>
            {answers}
            <p class="muted">"The gateway may refuse a call before it reaches the API; "<a href="/errors">"every code is explained"</a>"."</p>
        </section>
    }
    .into_any()
}

fn one_answer(answer: &Answer, n: usize) -> AnyView {
    let class = answer
        .status
        .chars()
        .next()
        .filter(char::is_ascii_digit)
        .map(String::from);
    let headers: Vec<_> = answer.headers.iter().map(parameter).collect();
    let headers = (!headers.is_empty()).then(
        || view! { <p class="muted">"Headers"</p><ul class="schema" role="list">{headers}</ul> },
    );
    let contents: Vec<_> = answer
        .contents
        .iter()
        .enumerate()
        .map(|(m, content)| media(content, &format!("r{n}{m}")))
        .collect();
    let open = n == 0;
    let words = answer
        .description
        .as_deref()
        .map(openapi::markdown::plain)
        .unwrap_or_default();
    view! {
        <details class="fold" open=open>
            <summary>{icon("chevron-right")}<span class="http" data-class=class>{answer.status.clone()}</span>" "{words}</summary>
            {headers}
            {contents}
        </details>
    }
    .into_any()
}

fn neighbours(found: &OperationView) -> AnyView {
    let entries: Vec<_> = found.api.index.entries().collect();
    let here = entries.iter().position(|entry| entry.key == found.page.key);
    let link = |at: Option<usize>| {
        at.and_then(|at| entries.get(at)).map(|entry| {
            let (slug, version) = (&found.api.api.slug, query(&found.api));
            let href = format!("/apis/{slug}/operations/{}{version}", entry.key);
            view! { <a href=href>{entry.title.clone()}</a> }
        })
    };
    let before = link(here.and_then(|here| here.checked_sub(1)));
    let after = link(here.map(|here| here + 1));
    view! { <nav class="spread next" aria-label="Next and previous">{before}{after}</nav> }
        .into_any()
}
