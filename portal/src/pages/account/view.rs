//! How the account's page looks.

use domain::account::Face;
use leptos::prelude::*;
use store::sessions::ListedSession;

use super::Account;
use crate::components::field::{Field, field};
use crate::components::icon::icon;
use crate::components::moment::{exact, moment};
use crate::components::notice::{form_errors, notice};
use crate::components::state::{Tone, state};
use crate::page::Page;

/// The fields: their names and what they ask for.
const FIELDS: &[(&str, &str)] = &[
    ("name", "Your name"),
    ("current", "Present password"),
    ("password", "New password"),
];

pub(super) fn view(page: &Page, account: &Account) -> AnyView {
    let errors: Vec<(&str, String)> = FIELDS
        .iter()
        .filter_map(|&(name, _)| Some((name, error(account, name)?)))
        .collect();
    let errors: Vec<(&str, &str)> = errors
        .iter()
        .map(|(name, text)| (*name, text.as_str()))
        .collect();
    let since = exact(account.profile.created_at);
    view! {
        <header class="threshold">
            <div class="heading">
                <div>
                    <h1>"Your account"</h1>
                    <p class="lede">{account.profile.email.clone()}", since "{since}</p>
                </div>
                <div class="actions">
                    <a class="button" href="/account/authorisations">{icon("lock")}"Authorisations"</a>
                    <form method="post" action="/sign-out"><button class="button" type="submit">"Sign out"</button></form>
                </div>
            </div>
        </header>
        {done(&account.done)}
        {form_errors(&errors)}
        <div class="settings">{name(account)}{password(account)}</div>
        {sessions(page, account)}
    }.into_any()
}

fn done(what: &str) -> Option<AnyView> {
    let (title, text) = match what {
        "name" => (
            "Your name is changed",
            "It stands beside what you do from now on.",
        ),
        "password" => (
            "Your password is changed",
            "Your other sessions have ended; this one goes on.",
        ),
        "session" => (
            "The session has ended",
            "That browser has to sign in again.",
        ),
        "sessions" => (
            "Your other sessions have ended",
            "Only this browser is signed in.",
        ),
        _ => return None,
    };
    Some(notice(Tone::Good, "check-circle", title, text))
}

/// What is wrong with a field, as a sentence.
fn error(account: &Account, name: &str) -> Option<String> {
    let error = account.errors.iter().find(|error| error.field == name)?;
    let label = FIELDS
        .iter()
        .find(|(field, _)| *field == name)
        .map_or("It", |&(_, label)| label);
    Some(format!("{label} {}.", error.message.trim_end_matches('.')))
}

fn name(account: &Account) -> AnyView {
    let input = field(Field {
        name: "name",
        label: "Your name",
        kind: "text",
        autocomplete: "name",
        value: account.name.clone(),
        error: error(account, "name"),
        ..Field::default()
    });
    view! {
        <section class="form-section">
            <header><h2>"You"</h2><p>"The platform team sees your name beside what you ask for."</p></header>
            <form class="fields" method="post" action="/account/name">
                {input}
                <div><button class="button" type="submit">"Change the name"</button></div>
            </form>
        </section>
    }
    .into_any()
}

fn password(account: &Account) -> AnyView {
    if !account.profile.has_password {
        return view! {
            <section class="form-section">
                <header><h2>"Password"</h2><p>"This account has none."</p></header>
                <div class="fields"><p class="muted">"You sign in with another service. Should you want a password as well, "<a href="/forgotten">"ask for a link"</a>" to choose one."</p></div>
            </section>
        }.into_any();
    }
    let current = field(Field {
        name: "current",
        label: "Present password",
        kind: "password",
        autocomplete: "current-password",
        error: error(account, "current"),
        ..Field::default()
    });
    let new = field(Field {
        name: "password",
        label: "New password",
        kind: "password",
        autocomplete: "new-password",
        hint: Some("Length counts, not signs: a sentence is a good password."),
        error: error(account, "password"),
        ..Field::default()
    });
    view! {
        <section class="form-section">
            <header><h2>"Password"</h2><p>"Your other sessions end when it changes."</p></header>
            <form class="fields" method="post" action="/account/password">
                <input type="hidden" name="username" autocomplete="username" value=account.profile.email.clone()/>
                {current}
                {new}
                <div><button class="button" type="submit">"Change the password"</button></div>
            </form>
        </section>
    }.into_any()
}

fn sessions(page: &Page, account: &Account) -> AnyView {
    let others = (account.sessions.len() > 1).then(|| {
        view! {
            <form method="post" action="/account/sessions/end-others">
                <button class="button" data-size="small" type="submit">"Sign out everywhere else"</button>
            </form>
        }
    });
    let rows: Vec<_> = account
        .sessions
        .iter()
        .map(|session| row(page, account, session))
        .collect();
    view! {
        <section class="section after">
            <header><h2>"Where you are signed in"</h2>{others}</header>
            <div class="table-frame" tabindex="0" role="region" aria-label="Sessions">
                <table class="table" data-stack="" data-hover="">
                    <thead><tr>
                        <th scope="col">"Browser"</th>
                        <th scope="col">"At"</th>
                        <th scope="col">"From"</th>
                        <th scope="col">"Since"</th>
                        <th scope="col">"Seen"</th>
                        <th scope="col"><span class="visually-hidden">"Acts"</span></th>
                    </tr></thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </section>
    }
    .into_any()
}

fn row(page: &Page, account: &Account, session: &ListedSession) -> AnyView {
    let now = page.portal.platform.now();
    let browser = faces::browser::name(&session.user_agent);
    let place = match session.face {
        Face::Portal => "this portal",
        Face::Admin => "the dashboard",
    };
    let act = if session.id == account.here {
        state(Tone::Good, "check", "This one")
    } else {
        let action = format!("/account/sessions/{}/end", session.id);
        let label = format!("Sign out {browser}");
        view! {
            <form method="post" action=action>
                <button class="button" data-size="small" data-kind="danger" type="submit" aria-label=label>{icon("cross")}"Sign out"</button>
            </form>
        }
        .into_any()
    };
    view! {
        <tr>
            <th scope="row"><span class="clip" title=session.user_agent.clone()>{browser}</span></th>
            <td data-label="At">{place}</td>
            <td data-label="From" class="mono">{session.ip.clone()}</td>
            <td data-label="Since" class="nowrap">{moment(session.created_at, now)}</td>
            <td data-label="Seen" class="nowrap">{moment(session.last_seen_at, now)}</td>
            <td class="actions">{act}</td>
        </tr>
    }
    .into_any()
}
