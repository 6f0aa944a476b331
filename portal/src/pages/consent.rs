//! `/oauth/authorize`: an application asks to act for whoever is signed in, who says yes or no.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use leptos::prelude::*;
use operations::oauth::authorize::{self, Question, Rejected, Request, Scope};
use operations::oauth::redirect;

use super::gate::two_columns;
use crate::components::icon::icon;
use crate::failure::PageError;
use crate::form::{Asked, Submitted};
use crate::page::Page;
use crate::pages::typed::Typed;
use crate::policy;

/// The parameters of a request, which the form sends again.
const PARAMETERS: [&str; 7] = [
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "code_challenge",
    "code_challenge_method",
];

/// The question; whoever is not signed in does that first.
pub(crate) async fn get(page: Page, Asked(query): Asked<Typed>) -> Result<Response, PageError> {
    if page.viewer.is_none() {
        return Err(PageError::SignInFirst);
    }
    let platform = &page.portal.platform;
    match authorize::read(platform, &page.actor, &request(&query)).await {
        Ok(question) => {
            let title = title(&question);
            let mut response = page.show(&title, || view(&page, &question, &query));
            let target = redirect::form_target(question.redirect_uri());
            policy::lead_form_to(&mut response, &target);
            Ok(response)
        }
        Err(rejected) => rejection(&page, rejected),
    }
}

/// The answer: back to the application, with a code or with a no. The request is read anew.
pub(crate) async fn post(
    page: Page,
    Submitted(typed): Submitted<Typed>,
) -> Result<Response, PageError> {
    if page.viewer.is_none() {
        return Err(PageError::SignInFirst);
    }
    let platform = &page.portal.platform;
    let question = match authorize::read(platform, &page.actor, &request(&typed)).await {
        Ok(question) => question,
        Err(rejected) => return rejection(&page, rejected),
    };
    let back = match typed.get("decision") {
        "allow" => question.allow(platform, &page.actor).await?,
        _ => question.refused(platform),
    };
    Ok(Redirect::to(&back).into_response())
}

fn request(typed: &Typed) -> Request {
    let text = |name| typed.get(name).to_owned();
    Request {
        response_type: text("response_type"),
        client_id: text("client_id"),
        redirect_uri: text("redirect_uri"),
        scope: text("scope"),
        state: text("state"),
        code_challenge: text("code_challenge"),
        code_challenge_method: text("code_challenge_method"),
    }
}

fn rejection(page: &Page, rejected: Rejected) -> Result<Response, PageError> {
    match rejected {
        Rejected::SentBack(address) => Ok(Redirect::to(&address).into_response()),
        Rejected::Failed(error) => Err(error.into()),
        Rejected::Told(reason) => {
            let title = "This link does not work";
            Ok(page.draw(StatusCode::BAD_REQUEST, title, || told(title, &reason)))
        }
    }
}

fn told(title: &str, reason: &str) -> AnyView {
    let below = format!("An application sent you here, but {reason}.");
    let notes = view! {
        <h2>"What you can do"</h2>
        <p class="muted">"Tell whoever runs the application. Nothing was allowed, and you were not sent back, because nobody knows where to."</p>
    };
    let below = view! { <p class="lede">{below}</p> };
    let back = view! { <p><a href="/">"All APIs"</a></p> };
    two_columns(title, below.into_any(), back.into_any(), notes.into_any())
}

fn title(question: &Question) -> String {
    let name = question.client.application.name.as_str();
    format!("Let {name} act for you?")
}

fn view(page: &Page, question: &Question, typed: &Typed) -> AnyView {
    let name = question.client.application.name.as_str().to_owned();
    let hidden: Vec<_> = PARAMETERS
        .iter()
        .map(|&parameter| view! { <input type="hidden" name=parameter value=typed.get(parameter).to_owned()/> })
        .collect();
    let lede = format!(
        "“{}” of {name}, run by {}, wants to call APIs in your name.",
        question.client.credential.label, question.owner
    );
    let form = view! {
        <form method="post" action="/oauth/authorize">
            {hidden}
            {scopes(&question.scopes)}
            <p class="muted">"You go back to "<span class="mono">{place(question.redirect_uri())}</span>"."</p>
            <div class="row">
                <button class="button" data-kind="primary" type="submit" name="decision" value="allow">"Allow"</button>
                <button class="button" type="submit" name="decision" value="refuse">"Refuse"</button>
            </div>
        </form>
    };
    let who = page
        .viewer
        .as_ref()
        .map(|viewer| viewer.name.clone())
        .unwrap_or_default();
    let below = view! { <p class="lede">{lede}</p> };
    let notes = notes(&name, &who);
    two_columns(&title(question), below.into_any(), form.into_any(), notes)
}

fn scopes(scopes: &[Scope]) -> AnyView {
    if scopes.is_empty() {
        return view! { <p>"It asks for nothing beyond knowing that it is you."</p> }.into_any();
    }
    let rows: Vec<_> = scopes
        .iter()
        .map(|scope| {
            let about = match scope.about.as_str() {
                "" => "The API does not say what this allows.".to_owned(),
                about => about.to_owned(),
            };
            view! { <div><dt class="mono">{scope.name.clone()}</dt><dd>{about}</dd></div> }
        })
        .collect();
    view! { <dl class="facts" data-ruled="">{rows}</dl> }.into_any()
}

/// Where somebody goes back to: the site, or the app's own scheme.
fn place(address: &str) -> String {
    redirect::form_target(address)
}

fn notes(name: &str, who: &str) -> AnyView {
    let (name, who) = (name.to_owned(), who.to_owned());
    view! {
        <h2>"What this means"</h2>
        <ol class="timeline" data-loose="">
            <li>{icon("user")}<div><strong>"It is you who allows it"</strong>
                <p class="muted">"You are signed in as "{who}". The application never sees your password."</p></div></li>
            <li>{icon("undo")}<div><strong>"You can take it back"</strong>
                <p class="muted">"Under "<a href="/account/authorisations">"authorisations"</a>" in your account. Its calls are refused within a second then."</p></div></li>
            <li>{icon("alert")}<div><strong>"Were you expecting this?"</strong>
                <p class="muted">"If you did not just begin something in "{name}", refuse."</p></div></li>
        </ol>
    }
    .into_any()
}
