//! `/applications/{id}`: one application, with its keys, subscriptions and settings.

pub(crate) mod clients;
pub(crate) mod key;
pub(crate) mod keys;
mod plate;
pub(crate) mod settings;
pub(crate) mod subscriptions;

use std::str::FromStr;

use domain::subscription::ApplicationState;
use leptos::prelude::*;
use operations::applications;
use store::applications::Line;

use crate::components::crumbs::crumbs;
use crate::components::icon::icon;
use crate::components::notice::notice;
use crate::components::state::Tone;
use crate::failure::PageError;
use crate::page::Page;

/// The pages of an application.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tab {
    Keys,
    Subscriptions,
    Settings,
}

/// An id in an address; one that cannot be read is nowhere.
pub(super) fn id<T: FromStr>(text: &str) -> Result<T, PageError> {
    text.parse().map_err(|_| PageError::NotFound)
}

/// The application of an address, when it is one's own.
async fn read(page: &Page, id_text: &str) -> Result<Line, PageError> {
    if page.viewer.is_none() {
        return Err(PageError::SignInFirst);
    }
    let id = id(id_text)?;
    Ok(applications::find(&page.portal.platform, &page.actor, id).await?)
}

/// A page of an application: head, tabs, content.
fn framed(line: &Line, tab: Tab, content: AnyView) -> AnyView {
    let (name, base) = (
        line.name.as_str().to_owned(),
        format!("/applications/{}", line.id),
    );
    let tabs: Vec<_> = [
        (Tab::Keys, "Keys", base.clone(), Some(line.live_credentials)),
        (
            Tab::Subscriptions,
            "Subscriptions",
            format!("{base}/subscriptions"),
            Some(line.open_subscriptions),
        ),
        (Tab::Settings, "Settings", format!("{base}/settings"), None),
    ]
    .into_iter()
    .map(|(which, words, href, count)| {
        let current = (which == tab).then_some("page");
        let count = count.map(|count| view! { " "<span class="count">{count.to_string()}</span> });
        view! { <li><a href=href aria-current=current>{words}{count}</a></li> }
    })
    .collect();
    let suspended = (line.state == ApplicationState::Suspended).then(|| {
        let text = "The platform team has shut it out: all its keys are refused. The reason is in your notifications.";
        notice(Tone::Bad, "alert", "This application is suspended", text)
    });
    let lede = match line.description.as_str() {
        "" => format!("Owned by {}.", line.owner_name),
        words => format!("{words} Owned by {}.", line.owner_name),
    };
    view! {
        <header class="threshold">
            {crumbs(&[("Applications", "/applications")], &name)}
            <div class="heading">
                <div><h1>{name.clone()}</h1><p class="lede">{lede}</p></div>
                <div class="actions"><a class="button" href="/">{icon("search")}"Find an API"</a></div>
            </div>
        </header>
        <nav class="tabs" aria-label="Application"><ul>{tabs}</ul></nav>
        {suspended}
        {content}
    }
    .into_any()
}
