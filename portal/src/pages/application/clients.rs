//! `/applications/{id}/clients/new`: a client of the OAuth 2 server, whose secret is shown once.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use leptos::prelude::*;
use operations::credentials::{self, Issued, Shown, Wanted};
use operations::oauth;
use store::applications::Line;

use super::plate::Plate;
use super::{Tab, framed, keys, read};
use crate::components::field::{Field, field};
use crate::components::icon::icon;
use crate::components::notice::notice;
use crate::components::state::Tone;
use crate::failure::PageError;
use crate::form::Submitted;
use crate::page::Page;
use crate::pages::gate::wrong;
use crate::pages::typed::Typed;

/// The form.
pub(crate) async fn get(page: Page, Path(id): Path<String>) -> Result<Response, PageError> {
    let line = read(&page, &id).await?;
    Ok(draw(&page, StatusCode::OK, &line, &Typed::default()))
}

/// Makes the client: the answer is the only page that ever shows its secret.
pub(crate) async fn make(
    page: Page,
    Path(id): Path<String>,
    Submitted(typed): Submitted<Typed>,
) -> Result<Response, PageError> {
    let line = read(&page, &id).await?;
    let platform = &page.portal.platform;
    let wanted = Wanted::OauthClient {
        redirect_uris: typed
            .get("redirect_uris")
            .split_whitespace()
            .map(str::to_owned)
            .collect(),
        is_confidential: typed.get("kind") != "public",
    };
    let label = typed.text("label");
    match credentials::issue(platform, &page.actor, line.id, &label, None, &wanted).await {
        Ok(issued) => {
            let made = made(&page, &line, issued).await?;
            let empty = Typed::default();
            keys::draw(&page, StatusCode::CREATED, &line, Some(made), &empty).await
        }
        Err(error) => {
            let typed = typed.refused(error)?;
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(draw(&page, status, &line, &typed))
        }
    }
}

/// Id and secret; of a client without one, the id alone.
async fn made(page: &Page, line: &Line, issued: Issued) -> Result<AnyView, PageError> {
    let client_id = issued.facts["client_id"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    match Shown::try_from(issued) {
        Ok(shown) => Ok(Plate::of(page, line, &shown).await?.view()),
        Err(_) => {
            let title = format!("The client is made: {client_id}");
            let text = "This is its id. It has no secret: it proves itself with PKCE.";
            Ok(notice(Tone::Good, "check-circle", &title, text))
        }
    }
}

fn draw(page: &Page, status: StatusCode, line: &Line, typed: &Typed) -> Response {
    let issuer = oauth::issuer(&page.portal.platform.settings);
    page.draw(status, "New OAuth client", || {
        framed(line, Tab::Keys, form(line, typed, &issuer))
    })
}

fn form(line: &Line, typed: &Typed, issuer: &str) -> AnyView {
    let label = Field {
        name: "label",
        label: "Label",
        kind: "text",
        autocomplete: "off",
        value: typed.text("label"),
        hint: Some("People who are asked to consent read it: “Booking site”, “Desk app”."),
        error: typed.error("label"),
        ..Field::default()
    };
    let is_public = typed.get("kind") == "public";
    let is_on_server = !is_public;
    let action = format!("/applications/{}/clients/new", line.id);
    let discovery = format!("{issuer}/.well-known/oauth-authorization-server");
    view! {
        <form method="post" action=action novalidate="">
            {wrong(typed, &[("label", "Label"), ("redirect_uris", "Return addresses")])}
            <section class="form-section">
                <header><h2>"New OAuth client"</h2><p>"A program that fetches short-lived tokens: for itself, or for people who consent. Its library finds everything at "<span class="mono">{discovery}</span>"."</p></header>
                <div class="fields">
                    {field(label)}
                    <fieldset class="field">
                        <legend>"Where it runs"</legend>
                        <label class="choice"><input type="radio" name="kind" value="confidential" checked=is_on_server/><span>"On a server, where a secret can be kept"</span></label>
                        <label class="choice"><input type="radio" name="kind" value="public" checked=is_public/><span>"In a browser or on people's devices: no secret, PKCE alone"</span></label>
                    </fieldset>
                    {addresses(typed)}
                </div>
            </section>
            <div class="form-foot"><button class="button" data-kind="primary" type="submit">{icon("plus")}"Make the client"</button></div>
        </form>
    }
    .into_any()
}

fn addresses(typed: &Typed) -> AnyView {
    let error = typed.error("redirect_uris");
    let invalid = error.is_some().then_some("true");
    let error = error.map(|text| {
        view! { <p class="error" id="redirect_uris-error">{icon("alert")}<span>{text}</span></p> }
    });
    let value = typed.get("redirect_uris").to_owned();
    view! {
        <div class="field">
            <label for="redirect_uris">"Return addresses"" "<span class="optional">"optional"</span></label>
            <textarea class="textarea mono" id="redirect_uris" name="redirect_uris" rows="3" spellcheck="false"
                aria-invalid=invalid aria-describedby="redirect_uris-hint">{value}</textarea>
            {error}
            <p class="hint" id="redirect_uris-hint">"One a line, in full: people are sent back to exactly these. Not needed by a program that only acts for itself."</p>
        </div>
    }
    .into_any()
}
