//! `/account/authorisations`: which applications may act for whoever is signed in, and taking that back.

use axum::extract::Path;
use axum::response::Response;
use leptos::prelude::*;
use operations::oauth::grants;
use store::oauth_grants::Line;

use crate::components::crumbs::crumbs;
use crate::components::icon::icon;
use crate::components::moment::moment;
use crate::components::notice::notice;
use crate::components::state::Tone;
use crate::failure::PageError;
use crate::form::{Asked, lead_to};
use crate::page::Page;
use crate::pages::typed::Typed;

const TITLE: &str = "Authorisations";

/// The list.
pub(crate) async fn show(page: Page, Asked(query): Asked<Typed>) -> Result<Response, PageError> {
    if page.viewer.is_none() {
        return Err(PageError::SignInFirst);
    }
    let lines = grants::mine(&page.portal.platform, &page.actor).await?;
    let is_withdrawn = query.get("told") == "withdrawn";
    Ok(page.show(TITLE, || view(&page, &lines, is_withdrawn)))
}

/// Takes one back.
pub(crate) async fn withdraw(page: Page, Path(id): Path<String>) -> Result<Response, PageError> {
    let id = id.parse().map_err(|_| PageError::NotFound)?;
    grants::withdraw(&page.portal.platform, &page.actor, id).await?;
    Ok(lead_to("/account/authorisations?told=withdrawn"))
}

fn view(page: &Page, lines: &[Line], is_withdrawn: bool) -> AnyView {
    let told = is_withdrawn.then(|| {
        let text = "Calls in your name are refused within a second, everywhere.";
        notice(Tone::Good, "check-circle", "It is withdrawn", text)
    });
    view! {
        <header class="threshold">
            {crumbs(&[("Your account", "/account")], TITLE)}
            <div class="heading">
                <div>
                    <h1>{TITLE}</h1>
                    <p class="lede">"The applications that you let act for you."</p>
                </div>
            </div>
        </header>
        {told}
        <section class="section">{table(page, lines)}</section>
    }
    .into_any()
}

fn table(page: &Page, lines: &[Line]) -> AnyView {
    if lines.is_empty() {
        return view! {
            <div class="empty">{icon("lock")}<h2>"Nobody acts for you"</h2><p>"When an application asks and you allow it, it is listed here, and can be withdrawn."</p></div>
        }
        .into_any();
    }
    let rows: Vec<_> = lines.iter().map(|line| row(page, line)).collect();
    view! {
        <div class="table-frame" tabindex="0" role="region" aria-label=TITLE>
            <table class="table" data-stack="">
                <thead><tr>
                    <th scope="col">"Application"</th>
                    <th scope="col">"May"</th>
                    <th scope="col">"Since"</th>
                    <th scope="col">"Last allowed"</th>
                    <th scope="col"><span class="visually-hidden">"Acts"</span></th>
                </tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn row(page: &Page, line: &Line) -> AnyView {
    let now = page.portal.platform.now();
    let scopes = match line.scopes.as_str() {
        "" => view! { "know that it is you" }.into_any(),
        scopes => view! { <span class="mono">{scopes.to_owned()}</span> }.into_any(),
    };
    let action = format!("/account/authorisations/{}/withdraw", line.id);
    let label = format!("Withdraw {}", line.application_name);
    view! {
        <tr>
            <th scope="row">{line.application_name.clone()}<span class="sub">{format!("“{}”, run by {}", line.client_label, line.owner_name)}</span></th>
            <td data-label="May">{scopes}</td>
            <td data-label="Since" class="nowrap">{moment(line.created_at, now)}</td>
            <td data-label="Last allowed" class="nowrap">{moment(line.updated_at, now)}</td>
            <td class="actions">
                <form method="post" action=action>
                    <button class="button" data-size="small" data-kind="danger" type="submit" aria-label=label>{icon("undo")}"Withdraw"</button>
                </form>
            </td>
        </tr>
    }
    .into_any()
}
