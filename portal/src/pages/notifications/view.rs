//! How the list of messages looks.

use domain::account::Face;
use leptos::prelude::*;
use operations::Page as Listing;
use store::notifications::Notification;

use crate::components::icon::icon;
use crate::components::moment::moment;
use crate::components::state::{Tone, state};
use crate::page::Page;

pub(super) fn view(page: &Page, messages: &Listing<Notification>, is_first: bool) -> AnyView {
    let unread = page.viewer.as_ref().map_or(0, |viewer| viewer.unread);
    let all_read = (unread > 0).then(|| {
        view! {
            <form method="post" action="/notifications/read">
                <button class="button" type="submit">{icon("check")}"Mark all as read"</button>
            </form>
        }
    });
    let lede = match unread {
        0 => "You have read everything.".to_owned(),
        1 => "One is unread.".to_owned(),
        count => format!("{count} are unread."),
    };
    let body = if messages.items.is_empty() {
        nothing()
    } else {
        view! { {list(page, &messages.items)}{pages(messages, is_first)} }.into_any()
    };
    view! {
        <header class="threshold">
            <div class="heading">
                <div><h1>"Notifications"</h1><p class="lede">{lede}</p></div>
                <div class="actions">{all_read}</div>
            </div>
        </header>
        {body}
    }
    .into_any()
}

fn list(page: &Page, messages: &[Notification]) -> AnyView {
    let rows: Vec<_> = messages.iter().map(|message| row(page, message)).collect();
    view! {
        <div class="table-frame" tabindex="0" role="region" aria-label="Messages">
            <table class="table" data-stack="" data-hover="">
                <thead><tr>
                    <th scope="col">"Message"</th>
                    <th scope="col">"When"</th>
                    <th scope="col">"State"</th>
                    <th scope="col"><span class="visually-hidden">"Acts"</span></th>
                </tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn row(page: &Page, message: &Notification) -> AnyView {
    let title = match href(page, &message.link) {
        Some(href) => view! { <a href=href>{message.title.clone()}</a> }.into_any(),
        None => message.title.clone().into_any(),
    };
    let body = (!message.body.is_empty())
        .then(|| view! { <span class="sub">{message.body.clone()}</span> });
    let (read, act) = if message.read_at.is_some() {
        (state(Tone::Plain, "check", "Read"), None)
    } else {
        (state(Tone::Info, "bell", "Unread"), Some(mark(message)))
    };
    view! {
        <tr>
            <th scope="row">{title}{body}</th>
            <td data-label="When" class="nowrap">{moment(message.created_at, page.portal.platform.now())}</td>
            <td data-label="State">{read}</td>
            <td class="actions">{act}</td>
        </tr>
    }.into_any()
}

fn mark(message: &Notification) -> AnyView {
    let action = format!("/notifications/{}/read", message.id);
    let opens = is_ours(&message.link);
    let next = opens.then(|| {
        view! { <input type="hidden" name="next" value=message.link.clone()/> }
    });
    let words = if opens {
        "Read and open"
    } else {
        "Mark as read"
    };
    let label = format!("{words}: {}", message.title);
    view! {
        <form method="post" action=action>
            {next}
            <button class="button" data-size="small" type="submit" aria-label=label>{words}</button>
        </form>
    }
    .into_any()
}

/// Where a message leads; what somebody of the platform team is asked to decide is on the dashboard.
fn href(page: &Page, link: &str) -> Option<String> {
    if link.is_empty() {
        return None;
    }
    if is_ours(link) {
        return Some(link.to_owned());
    }
    Some(page.portal.platform.settings.link(Face::Admin, link))
}

/// Whether a path is one of the portal's.
fn is_ours(link: &str) -> bool {
    link.starts_with("/applications/") || link.starts_with("/apis/")
}

fn pages(messages: &Listing<Notification>, is_first: bool) -> Option<AnyView> {
    let latest = (!is_first).then(|| view! { <li><a href="/notifications">"Latest"</a></li> });
    let older = messages.next.as_ref().map(|next| {
        let query = serde_html_form::to_string([("after", next.as_str())]).unwrap_or_default();
        let href = format!("/notifications?{query}");
        view! { <li><a href=href rel="next">"Older"{icon("chevron-right")}</a></li> }
    });
    if latest.is_none() && older.is_none() {
        return None;
    }
    let count = format!("{} on this page", messages.items.len());
    Some(
        view! { <nav class="pages" aria-label="Pages"><span>{count}</span><ul>{latest}{older}</ul></nav> }
            .into_any(),
    )
}

fn nothing() -> AnyView {
    view! {
        <div class="empty">
            {icon("bell")}
            <h2>"No messages"</h2>
            <p>"When a subscription is decided, or something stops one of your applications, it is said here and in a mail."</p>
        </div>
    }.into_any()
}
