//! `/certificates`: certificates and authorities, and which of them end soon.

use askama::Template;
use domain::Timestamp;
use domain::access::Permission;
use domain::acme::{ChallengeKind, OrderState};
use domain::certificate::{CertificateUse, ClientAuth};
use operations::Paging;
use operations::acme::{self, Order};
use operations::cas::{self, Ca};
use operations::certificates::{self, Certificate};

use crate::admin::{Admin, show};
use crate::answer::Answer;
use crate::form::Query;
use crate::layout::{Layout, Screen};
use crate::parts::{Pages, State, Threshold, Tone};
use crate::say;

/// Authorities on the page; more are rare, and in the API.
const AUTHORITIES: u32 = 200;
/// Orders on the page; more are in the API.
const ORDERS: u32 = 200;
/// Days before the end from which a certificate is pointed at.
const SOON: i64 = 30;
/// Microseconds of a day.
const DAY: i64 = 86_400_000_000;

#[derive(Template)]
#[template(path = "pages/certificates.html")]
struct Certificates {
    layout: Layout,
    head: Threshold,
    certificates: Vec<Certificate>,
    orders: Vec<Order>,
    authorities: Vec<Ca>,
    pages: Pages,
    may_write: bool,
}

/// The lists.
pub(crate) async fn get(admin: Admin, Query(query): Query) -> Answer {
    let page = certificates::list(&admin.platform, &admin.actor, &query.paging(50)).await?;
    let orders = acme::list(&admin.platform, &admin.actor, &Paging::first(ORDERS)).await?;
    let authorities = cas::list(&admin.platform, &admin.actor, &Paging::first(AUTHORITIES)).await?;
    let shown = say::many(&say::len(&page.items), "certificate", "certificates");
    show(&Certificates {
        layout: admin.layout("Certificates", Some(Screen::Certificates)),
        head: Threshold::new("Certificates").lede(
            "What the gateway shows to callers and to upstreams, and the authorities that it believes.",
        ),
        pages: query.pages("/certificates", shown, page.next.as_deref()),
        certificates: page.items,
        orders: orders.items,
        authorities: authorities.items,
        may_write: admin.may(Permission::CatalogWrite),
    })
}

/// How long it still holds, in a word.
fn standing(until: &Timestamp, now: &Timestamp) -> State {
    let days = (until.micros() - now.micros()) / DAY;
    if until <= now {
        State::new(Tone::Bad, "alert", "Expired")
    } else if days < SOON {
        let left = say::many(&days, "day", "days");
        State::new(Tone::Warn, "clock", format!("{left} left"))
    } else {
        State::new(Tone::Good, "check-circle", "In force")
    }
}

/// Where an order stands, in a word.
fn went(order: &Order) -> State {
    match order.state {
        OrderState::Waiting => State::new(Tone::Info, "clock", "Under way"),
        OrderState::Issued => State::new(Tone::Good, "check-circle", "Issued"),
        OrderState::Failed => State::new(Tone::Bad, "alert", "Failed"),
    }
}

/// What comes next.
fn next(order: &Order) -> &'static str {
    match order.state {
        OrderState::Issued => "renewed",
        OrderState::Waiting | OrderState::Failed => "tried again",
    }
}

/// What a person can do about it now.
fn hurry(order: &Order) -> &'static str {
    match order.state {
        OrderState::Issued => "Renew now",
        OrderState::Waiting | OrderState::Failed => "Try now",
    }
}

/// How the hosts are proven.
fn proven(order: &Order) -> &'static str {
    match order.challenge {
        ChallengeKind::Http01 => "an answer on port 80",
        ChallengeKind::TlsAlpn01 => "a handshake on port 443",
    }
}

/// Whom it is shown to.
fn shown_to(certificate: &Certificate) -> &'static str {
    match certificate.used_for {
        CertificateUse::Server => "Callers",
        CertificateUse::Client => "Upstreams",
    }
}

/// What is asked of callers.
fn asks(certificate: &Certificate) -> &'static str {
    match (certificate.used_for, certificate.client_auth) {
        (CertificateUse::Client, _) => "",
        (_, ClientAuth::None) => "not asked",
        (_, ClientAuth::Optional) => "may show one",
        (_, ClientAuth::Required) => "must show one",
    }
}
