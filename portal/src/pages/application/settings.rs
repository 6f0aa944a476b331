//! `/applications/{id}/settings`: another name, or the end of it.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use charts::format::counted;
use leptos::prelude::*;
use operations::applications;
use operations::plans::Open;
use store::applications::Line;

use super::{Tab, framed, read};
use crate::components::icon::icon;
use crate::components::notice::notice;
use crate::components::state::Tone;
use crate::failure::PageError;
use crate::form::{Asked, Submitted, lead_to};
use crate::page::Page;
use crate::pages::applications::{LABELS, fields, input};
use crate::pages::gate::wrong;
use crate::pages::typed::Typed;

/// The page.
pub(crate) async fn get(
    page: Page,
    Path(id): Path<String>,
    Asked(query): Asked<Typed>,
) -> Result<Response, PageError> {
    let line = read(&page, &id).await?;
    let saved = query.get("told") == "saved";
    let typed = Typed::default()
        .with("name", line.name.as_str())
        .with("description", &line.description);
    Ok(draw(&page, StatusCode::OK, &line, &typed, saved))
}

/// Another name or description.
pub(crate) async fn save(
    page: Page,
    Path(id): Path<String>,
    Submitted(typed): Submitted<Typed>,
) -> Result<Response, PageError> {
    let line = read(&page, &id).await?;
    let (platform, version) = (&page.portal.platform, typed.version()?);
    match applications::update(platform, &page.actor, line.id, version, &input(&typed)).await {
        Ok(_) => Ok(lead_to(&format!(
            "/applications/{}/settings?told=saved",
            line.id
        ))),
        Err(error) => again(&page, &line, &typed.refused(error)?),
    }
}

/// The end of it, when its name was typed.
pub(crate) async fn delete(
    page: Page,
    Path(id): Path<String>,
    Submitted(typed): Submitted<Typed>,
) -> Result<Response, PageError> {
    let line = read(&page, &id).await?;
    let (platform, version) = (&page.portal.platform, typed.version()?);
    let kept = |typed: Typed| {
        typed
            .with("name", line.name.as_str())
            .with("description", &line.description)
    };
    if typed.text("sure") != line.name.as_str() {
        let mut typed = kept(typed);
        typed.wrong("sure", "must be the name of the application");
        return again(&page, &line, &typed);
    }
    match applications::delete(platform, &page.actor, line.id, version, Open::Cancel).await {
        Ok(()) => Ok(lead_to("/applications?told=deleted")),
        Err(error) => again(&page, &line, &kept(typed.refused(error)?)),
    }
}

fn again(page: &Page, line: &Line, typed: &Typed) -> Result<Response, PageError> {
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(draw(page, status, line, typed, false))
}

fn draw(page: &Page, status: StatusCode, line: &Line, typed: &Typed, saved: bool) -> Response {
    page.draw(status, &format!("Settings of {}", line.name.as_str()), || {
        let base = format!("/applications/{}", line.id);
        let version = line.version.to_string();
        let told = saved.then(|| notice(Tone::Good, "check-circle", "Saved", "It is called so from now on."));
        let mut labels = LABELS.to_vec();
        labels.push(("sure", "The name of the application"));
        let error = typed.error("sure");
        let invalid = error.is_some().then_some("true");
        let error = error.map(|text| view! { <p class="error" id="sure-error">{icon("alert")}<span>{text}</span></p> });
        let gone = format!(
            "With it go {}, refused within a second, and {}. What it called stays in the usage of the APIs.",
            counted(line.live_credentials.unsigned_abs(), "key"),
            counted(line.open_subscriptions.unsigned_abs(), "open subscription")
        );
        let content = view! {
            {told}
            {wrong(typed, &labels)}
            <form method="post" action=format!("{base}/settings") novalidate="">
                <input type="hidden" name="version" value=version.clone()/>
                <section class="form-section">
                    <header><h2>"Name"</h2><p>"Keys and subscriptions stay as they are."</p></header>
                    <div class="fields">{fields(typed)}</div>
                </section>
                <div class="form-foot"><button class="button" data-kind="primary" type="submit">"Save"</button></div>
            </form>
            <form method="post" action=format!("{base}/delete") novalidate="">
                <input type="hidden" name="version" value=version/>
                <section class="form-section">
                    <header><h2>"Delete"</h2><p>{gone}</p></header>
                    <div class="fields"><div class="field">
                        <label for="sure">{format!("Type its name: {}", line.name.as_str())}</label>
                        <input class="input" id="sure" name="sure" type="text" autocomplete="off" aria-invalid=invalid aria-describedby=invalid.map(|_| "sure-error")/>
                        {error}
                    </div></div>
                </section>
                <div class="form-foot"><button class="button" data-kind="danger" type="submit">{icon("trash")}"Delete the application"</button></div>
            </form>
        };
        framed(line, Tab::Settings, content.into_any())
    })
}
