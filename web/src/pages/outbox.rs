//! `/outbox`: mails on their way, sent, failed, or kept where mail is not set up.

use askama::Template;
use axum::extract::Path;
use domain::access::Permission;
use jobs::letters;
use operations::outbox::{self, Filter};
use serde_json::Value;
use store::outbox::OutboxEvent;

use crate::admin::{Admin, show};
use crate::answer::{Answer, Fault, done};
use crate::form::{Query, id};
use crate::layout::{Layout, Screen};
use crate::parts::{Notice, Pages, State, Threshold, Tone};
use crate::say;

#[derive(Template)]
#[template(path = "pages/outbox.html")]
struct Outbox {
    layout: Layout,
    head: Threshold,
    notice: Option<Notice>,
    state: String,
    mails: Vec<OutboxEvent>,
    pages: Pages,
    may_open: bool,
}

#[derive(Template)]
#[template(path = "pages/outbox_message.html")]
struct Message {
    layout: Layout,
    head: Threshold,
    mail: OutboxEvent,
    subject: String,
    text: String,
    links: Vec<String>,
}

/// The tabs, with the words of the store.
const STATES: [(&str, &str); 5] = [
    ("", "All"),
    ("waiting", "Waiting"),
    ("kept", "Kept"),
    ("failed", "Failed"),
    ("sent", "Sent"),
];

fn state_of(mail: &OutboxEvent) -> State {
    match mail.state.as_str() {
        "sent" => State::new(Tone::Good, "check-circle", "Sent"),
        "kept" => State::new(Tone::Info, "inbox", "Kept here"),
        "failed" => State::new(Tone::Bad, "cross-circle", "Given up"),
        _ if mail.attempts > 0 => State::new(Tone::Warn, "alert", "Tried again soon"),
        _ => State::new(Tone::Warn, "clock", "Waiting"),
    }
}

/// `reset_password` as "reset password".
fn words(kind: &str) -> String {
    kind.trim_start_matches("mail.").replace('_', " ")
}

/// The list.
pub(crate) async fn get(admin: Admin, Query(query): Query) -> Answer {
    let filter = Filter {
        state: query.some("state"),
        recipient: query.some("q"),
    };
    let paging = query.paging(50);
    let page = outbox::list(&admin.platform, &admin.actor, &filter, &paging).await?;
    let kept = admin.platform.settings.mail == operations::settings::Mail::Kept;
    let notice = kept.then(|| {
        Notice::new(Tone::Info, "Mail is not set up, so messages are kept here")
            .text("Open one to pass its link on. With mail.smtp_url in the configuration they leave by themselves; what was kept can then be sent again.")
    });
    show(&Outbox {
        layout: admin.layout("Outbox", Some(Screen::Outbox)),
        head: Threshold::new("Outbox")
            .lede("Messages leave after the change they tell of is stored, never before."),
        notice,
        state: query.text("state"),
        pages: query.pages(
            "/outbox",
            say::many(&say::len(&page.items), "message", "messages"),
            page.next.as_deref(),
        ),
        mails: page.items,
        may_open: admin.may(Permission::SystemWrite),
    })
}

/// One message with what is in it.
pub(crate) async fn message(admin: Admin, Path(mail): Path<String>) -> Answer {
    let mail = outbox::find(&admin.platform, &admin.actor, id(&mail)?).await?;
    let links = mail.payload.0.as_object().map_or_else(Vec::new, |payload| {
        let texts = payload.values().filter_map(Value::as_str);
        let is_link = |text: &&str| text.starts_with("http://") || text.starts_with("https://");
        texts.filter(is_link).map(str::to_owned).collect()
    });
    let written = letters::render(
        &admin.platform.settings,
        &mail.kind,
        &mail.payload.0,
        mail.created_at,
    );
    let (subject, text) = match written {
        Ok(letter) => (letter.subject, letter.text),
        Err(error) => ("It cannot be written".to_owned(), error.to_string()),
    };
    let title = format!("{} to {}", capital(&words(&mail.kind)), mail.recipient);
    show(&Message {
        layout: admin.layout(&title, Some(Screen::Outbox)),
        head: Threshold::new(title)
            .below("Outbox", "/outbox")
            .state(state_of(&mail)),
        mail,
        subject,
        text,
        links,
    })
}

/// A text with a capital letter first.
fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(letters).collect()
}

/// Has it sent again.
pub(crate) async fn retry(
    admin: Admin,
    Path(mail): Path<String>,
) -> Result<axum::response::Response, Fault> {
    let mail_id = id(&mail)?;
    match outbox::retry(&admin.platform, &admin.actor, mail_id).await {
        Ok(()) => done(&format!("/outbox/{mail}"), "It is tried again now"),
        Err(error) => super::products::product_form::refused(&format!("/outbox/{mail}"), error),
    }
}
