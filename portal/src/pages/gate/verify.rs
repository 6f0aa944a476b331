//! `/verify`: proving an address with the link that was mailed to it. The link shows a button, so that programs that
//! look into mails use nothing up.

use axum::response::{IntoResponse, Redirect, Response};
use domain::account::{AccountState, LinkPurpose};
use leptos::prelude::*;
use operations::Error;
use operations::accounts;

use super::{keeping, link_over, next_of, steps, throttled, two_columns, wrong};
use crate::components::field::{Field, field};
use crate::components::icon::icon;
use crate::failure::PageError;
use crate::form::{Asked, Submitted};
use crate::page::Page;
use crate::pages::typed::Typed;

const TITLE: &str = "Confirm your address";
const AGAIN: &str = "Send the link again";

/// The page with the button, when the link is good.
pub(crate) async fn get(page: Page, Asked(query): Asked<Typed>) -> Result<Response, PageError> {
    throttled(&page, &format!("link {}", page.actor.request.ip))?;
    let (platform, token) = (&page.portal.platform, query.text("token"));
    let purposes = [LinkPurpose::VerifyAddress];
    let workspace = page.actor.workspace;
    match accounts::look_up_link(platform, workspace, &token, &purposes).await {
        Ok(link) => Ok(page.show(TITLE, || button(&link.email, token, next_of(&query)))),
        Err(Error::Link(error)) => Ok(over(&page, &error.to_string(), &query)),
        Err(error) => Err(error.into()),
    }
}

/// Proves the address.
pub(crate) async fn post(
    page: Page,
    Submitted(typed): Submitted<Typed>,
) -> Result<Response, PageError> {
    throttled(&page, &format!("link {}", page.actor.request.ip))?;
    let platform = &page.portal.platform;
    match accounts::verify(platform, &page.actor, &typed.text("token")).await {
        Ok(verified) if verified.state == AccountState::PendingApproval => {
            Ok(page.show("Your address is confirmed", waiting))
        }
        Ok(_) => {
            let sign_in = keeping("/sign-in?told=verified", &next_of(&typed));
            Ok(Redirect::to(&sign_in).into_response())
        }
        Err(Error::Link(error)) => Ok(over(&page, &error.to_string(), &typed)),
        Err(error) => Err(error.into()),
    }
}

/// The page that asks where to send a new link.
pub(crate) async fn again(page: Page, Asked(query): Asked<Typed>) -> Response {
    let typed = Typed::default().with("next", &next_of(&query));
    page.show(AGAIN, || again_page(&typed, false))
}

/// Sends a new link, if there is anything to prove; the answer is the same otherwise.
pub(crate) async fn send_again(
    page: Page,
    Submitted(typed): Submitted<Typed>,
) -> Result<Response, PageError> {
    let email = typed.text("email");
    throttled(&page, &format!("verify {email}"))?;
    let next = next_of(&typed);
    match accounts::resend(&page.portal.platform, &page.actor, &email, &next).await {
        Ok(()) => Ok(page.show(AGAIN, || again_page(&typed, true))),
        Err(error) => {
            let typed = typed.refused(error)?;
            Ok(page.refuse_form(AGAIN, || again_page(&typed, false)))
        }
    }
}

/// A small form that has the link sent again.
pub(super) fn again_form(typed: &Typed, words: &'static str) -> AnyView {
    let email = Field {
        name: "email",
        label: "E-mail",
        kind: "email",
        autocomplete: "email",
        value: typed.text("email"),
        error: typed.error("email"),
        ..Field::default()
    };
    view! {
        <form method="post" action="/verify/again" class="again" novalidate="">
            <input type="hidden" name="next" value=next_of(typed)/>
            {field(email)}
            <div class="spread">
                <span class="muted">{words}</span>
                <button class="button" type="submit">{icon("rotate")}"Send it again"</button>
            </div>
            <p class="muted"><small>"The older link then stops working."</small></p>
        </form>
    }
    .into_any()
}

fn button(email: &str, token: String, next: String) -> AnyView {
    let email = email.to_owned();
    let below = view! { <p class="muted">"This confirms "<strong>{email}</strong>"."</p> };
    let form = view! {
        <form method="post" action="/verify">
            <input type="hidden" name="token" value=token/>
            <input type="hidden" name="next" value=next/>
            <div><button class="button wide-button" data-kind="primary" type="submit">"Confirm the address"</button></div>
        </form>
    };
    two_columns(TITLE, below.into_any(), form.into_any(), steps(1))
}

fn over(page: &Page, what: &str, typed: &Typed) -> Response {
    let typed = Typed::default().with("next", &next_of(typed));
    let form = again_form(&typed, "A new link is mailed to you.");
    link_over(page, what, form)
}

fn waiting() -> AnyView {
    let below = view! { <p class="lede">"Somebody of the platform team lets new accounts in. You get a mail with the answer."</p> };
    let form = view! { <p><a href="/">"Read on meanwhile"</a></p> };
    let title = "Your address is confirmed";
    two_columns(title, below.into_any(), form.into_any(), steps(2))
}

fn again_page(typed: &Typed, sent: bool) -> AnyView {
    let below = if sent {
        let email = typed.text("email");
        view! { <p class="lede">"If "<strong>{email}</strong>" waits to be confirmed, a new link is on its way there."</p> }.into_any()
    } else {
        wrong(typed, &[("email", "E-mail")])
    };
    let form = again_form(typed, "The address that you signed up with.");
    two_columns(AGAIN, below, form, steps(1))
}
