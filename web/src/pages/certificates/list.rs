//! `/certificates`: certificates and authorities, and which of them end soon.

use askama::Template;
use domain::Timestamp;
use domain::access::Permission;
use domain::certificate::{CertificateUse, ClientAuth};
use operations::Paging;
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
    authorities: Vec<Ca>,
    pages: Pages,
    may_write: bool,
}

/// The lists.
pub(crate) async fn get(admin: Admin, Query(query): Query) -> Answer {
    let page = certificates::list(&admin.platform, &admin.actor, &query.paging(50)).await?;
    let authorities = cas::list(&admin.platform, &admin.actor, &Paging::first(AUTHORITIES)).await?;
    let shown = say::many(&say::len(&page.items), "certificate", "certificates");
    show(&Certificates {
        layout: admin.layout("Certificates", Some(Screen::Certificates)),
        head: Threshold::new("Certificates").lede(
            "What the gateway shows to callers and to upstreams, and the authorities that it believes.",
        ),
        pages: query.pages("/certificates", shown, page.next.as_deref()),
        certificates: page.items,
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
