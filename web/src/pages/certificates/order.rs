//! `/certificate-orders/...`: having a certificate got by ACME, hurrying it, and taking the order back.

use axum::extract::Path;
use domain::acme::ChallengeKind;
use domain::id::AcmeOrderId;
use operations::acme::{self, Input};
use serde_json::json;

use crate::admin::{Admin, show, show_form};
use crate::answer::{Answer, Fault, done};
use crate::form::{Form, id};
use crate::layout::Screen;
use crate::pages::products::end::{again, telling};
use crate::parts::{
    Choice, Confirm, ConfirmPage, FormPage, FormSection, Kind, Notice, Threshold, Tone,
};

/// The empty form.
pub(crate) async fn new(admin: Admin) -> Answer {
    page(&admin, &Form::of([("challenge", "http-01".to_owned())]))
}

/// Gives an order.
pub(crate) async fn create(admin: Admin, form: Form) -> Answer {
    match acme::create(&admin.platform, &admin.actor, input(&form)).await {
        Ok(made) => done(
            "/certificates#orders",
            &format!("Ordered a certificate for {}", made.names.join(", ")),
        ),
        Err(error) => page(&admin, &form.refused(error)?),
    }
}

/// Tries it now.
pub(crate) async fn retry(admin: Admin, Path(order): Path<String>, form: Form) -> Answer {
    let order: AcmeOrderId = id(&order)?;
    let told = match acme::retry(&admin.platform, &admin.actor, order, form.version()).await {
        Ok(order) => format!("{} is next", order.names.join(", ")),
        // it has just been tried
        Err(operations::Error::Conflict { .. }) => {
            "It was tried meanwhile; look at how it went".to_owned()
        }
        Err(error) => return Err(error.into()),
    };
    done("/certificates#orders", &told)
}

/// Asks before an order is taken back.
pub(crate) async fn ask_delete(admin: Admin, Path(order): Path<String>) -> Answer {
    show(&confirm(&admin, id(&order)?, None).await?)
}

/// Takes it back.
pub(crate) async fn delete(admin: Admin, Path(order): Path<String>, form: Form) -> Answer {
    let order: AcmeOrderId = id(&order)?;
    match acme::delete(&admin.platform, &admin.actor, order, form.version()).await {
        Ok(()) => done("/certificates#orders", "Took the order back"),
        Err(error) => again(confirm(&admin, order, Some(error)).await?),
    }
}

fn input(form: &Form) -> Input {
    let names = form.text("names");
    let names = names.split([' ', ',', '\n', '\r', '\t']);
    Input {
        names: names
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect(),
        challenge: form.parse::<ChallengeKind>("challenge"),
    }
}

fn page(admin: &Admin, form: &Form) -> Answer {
    let settings = &admin.platform.settings.acme;
    let names = form
        .field(Kind::Area(3), "names", "Host names")
        .mono()
        .hint("One a line, all in one certificate. Wildcards are proven by DNS, which this does not do.");
    let ways = vec![
        Choice::new("http-01", "An answer on port 80").hint(
            "Port 80 of each host leads to a gateway in the clear, directly or by a balancer (HTTP-01).",
        ),
        Choice::new("tls-alpn-01", "A handshake on port 443").hint(
            "Port 443 of each host leads to a gateway that takes TLS itself (TLS-ALPN-01).",
        ),
    ];
    let ways = form.field(Kind::Radio(ways), "challenge", "Proven by");
    let server = settings.directory.as_ref();
    let server = server.map_or_else(String::new, |url| format!("{url} issues it. "));
    let lede = format!(
        "{server}It is renewed after two thirds of its life; the key is made here, sealed and never shown."
    );
    let sections = vec![FormSection::new(
        "What is ordered",
        &lede,
        vec![names, ways],
    )];
    let off = settings.missing().map(|missing| {
        Notice::new(Tone::Warn, "Certificates cannot be got by ACME yet")
            .text(format!("{missing}: see the documentation on TLS."))
    });
    let words = input(form).names;
    let call = json!({ "names": words, "challenge": form.text("challenge") });
    let page = FormPage {
        layout: admin.layout("Get a certificate", Some(Screen::Certificates)),
        head: Threshold::new("Get a certificate").below("Certificates", "/certificates"),
        notice: form.head(&FormPage::fields(&sections)).or(off),
        action: "/certificate-orders/-/new".to_owned(),
        hidden: Vec::new(),
        sections,
        submit: "Get the certificate".to_owned(),
        cancel: "/certificates".to_owned(),
        api_call: Some(admin.api_call("POST", "/api/v1/acme-orders", Some(call))),
        after: String::new(),
        tabs: Vec::new(),
    };
    show_form(form.came_back(), &page)
}

async fn confirm(
    admin: &Admin,
    id: AcmeOrderId,
    error: Option<operations::Error>,
) -> Result<ConfirmPage, Fault> {
    let error = telling(error)?;
    let found = acme::find(&admin.platform, &admin.actor, id).await?;
    let question = "Stop renewing?".to_owned();
    Ok(ConfirmPage {
        layout: admin.layout(&question, Some(Screen::Certificates)),
        head: Threshold::new(&question).below("Certificates", "/certificates"),
        confirm: Confirm {
            id: "delete".to_owned(),
            question,
            consequence: "The certificate stays until it ends, and nobody renews it.".to_owned(),
            impact: vec![("host names in it".to_owned(), found.names.len().to_string())],
            fields: Vec::new(),
            typed_name: None,
            error,
            action: format!("/certificate-orders/{id}/delete"),
            version: Some(found.version),
            keep: "Go on renewing".to_owned(),
            act: "Stop renewing".to_owned(),
            back: "/certificates".to_owned(),
        },
        api_call: Some(admin.api_call("DELETE", format!("/api/v1/acme-orders/{id}"), None)),
    })
}
