//! `/certificates/...`: uploading, replacing and deleting a certificate.

use axum::extract::Path;
use domain::certificate::{CertificateUse, ClientAuth};
use domain::id::CertificateId;
use operations::Paging;
use operations::cas;
use operations::certificates::{self, Certificate, Input};
use serde_json::json;

use crate::admin::{Admin, show, show_form};
use crate::answer::{Answer, Fault, done};
use crate::form::{Form, id};
use crate::layout::Screen;
use crate::pages::deletion::Deletion;
use crate::pages::products::end::{again, telling, typed};
use crate::parts::{Choice, ConfirmPage, Field, FormPage, FormSection, Kind, Threshold};

/// Authorities that can be chosen.
const AUTHORITIES: u32 = 200;

/// The empty form.
pub(crate) async fn new(admin: Admin) -> Answer {
    let form = Form::of([
        ("used_for", "server".to_owned()),
        ("client_auth", "none".to_owned()),
    ]);
    page(&admin, None, &form).await
}

/// Uploads one.
pub(crate) async fn create(admin: Admin, form: Form) -> Answer {
    let used_for = form.parse("used_for").unwrap_or(CertificateUse::Server);
    match certificates::create(&admin.platform, &admin.actor, used_for, input(&form)).await {
        Ok(made) => done(
            "/certificates",
            &format!("Uploaded {}; nodes show it within a second", made.name),
        ),
        Err(error) => page(&admin, None, &form.refused(error)?).await,
    }
}

/// The form of one that is there.
pub(crate) async fn edit(admin: Admin, Path(certificate): Path<String>) -> Answer {
    let found = certificates::find(&admin.platform, &admin.actor, id(&certificate)?).await?;
    page(&admin, Some(&found), &form_of(&found)).await
}

/// Changes or replaces it.
pub(crate) async fn save(admin: Admin, Path(certificate): Path<String>, form: Form) -> Answer {
    let certificate: CertificateId = id(&certificate)?;
    let saved = certificates::update(
        &admin.platform,
        &admin.actor,
        certificate,
        form.version(),
        input(&form),
    )
    .await;
    match saved {
        Ok(saved) => done(
            "/certificates",
            &format!("Saved {}; nodes show it within a second", saved.name),
        ),
        Err(error) => {
            let form = form.refused(error)?;
            let now = certificates::find(&admin.platform, &admin.actor, certificate).await?;
            let form = form.compared_with(&form_of(&now));
            page(&admin, Some(&now), &form).await
        }
    }
}

/// Asks before it is deleted.
pub(crate) async fn ask_delete(admin: Admin, Path(certificate): Path<String>) -> Answer {
    show(&confirm(&admin, id(&certificate)?, None).await?)
}

/// Deletes it.
pub(crate) async fn delete(admin: Admin, Path(certificate): Path<String>, form: Form) -> Answer {
    let certificate: CertificateId = id(&certificate)?;
    let found = certificates::find(&admin.platform, &admin.actor, certificate).await?;
    let deleted = match typed(&form, &found.name) {
        Ok(()) => {
            certificates::delete(&admin.platform, &admin.actor, certificate, form.version()).await
        }
        Err(error) => Err(error),
    };
    match deleted {
        Ok(()) => done(
            "/certificates",
            &format!("Deleted the certificate {}", found.name),
        ),
        Err(error) => again(confirm(&admin, certificate, Some(error)).await?),
    }
}

fn input(form: &Form) -> Input {
    Input {
        name: form.text("name"),
        chain: form.some("chain"),
        key: form.some("key"),
        client_auth: form.parse::<ClientAuth>("client_auth"),
        client_ca: form.parse("client_ca"),
    }
}

fn form_of(certificate: &Certificate) -> Form {
    let ca = certificate.client_ca.map(|id| id.to_string());
    Form::of([
        ("name", certificate.name.clone()),
        ("used_for", certificate.used_for.to_string()),
        ("client_auth", certificate.client_auth.to_string()),
        ("client_ca", ca.unwrap_or_default()),
        ("version", certificate.version.to_string()),
    ])
}

async fn page(admin: &Admin, certificate: Option<&Certificate>, form: &Form) -> Answer {
    let is_server = certificate.is_none_or(|one| one.used_for == CertificateUse::Server);
    let mut named = vec![form.field(Kind::Text, "name", "Name")];
    if certificate.is_none() {
        named.push(form.field(
            Kind::Radio(vec![
                Choice::new("server", "Callers").hint("For the host names in it."),
                Choice::new("client", "Upstreams").hint("Where one asks who calls (mutual TLS)."),
            ]),
            "used_for",
            "Shown to",
        ));
    }
    let mut sections = vec![
        FormSection::new("Shown as", "", named),
        FormSection::new(
            "Certificate and key",
            papers_lede(certificate),
            papers(form, certificate),
        ),
    ];
    if is_server {
        sections.push(FormSection::new(
            "Callers show a certificate too",
            "For every host name in it. Without the right one there is no connection.",
            clients(admin, form).await?,
        ));
    }
    if let Some(one) = certificate {
        sections.push(end(one));
    }
    let title = certificate.map_or_else(|| "New certificate".to_owned(), |one| one.name.clone());
    let (action, call) = match certificate {
        Some(one) => (
            format!("/certificates/{}", one.id),
            admin.api_call(
                "PUT",
                format!("/api/v1/certificates/{}", one.id),
                Some(json!({ "name": one.name, "chain": "-----BEGIN CERTIFICATE-----…", "key": "-----BEGIN PRIVATE KEY-----…" })),
            ),
        ),
        None => (
            "/certificates/-/new".to_owned(),
            admin.api_call(
                "POST",
                "/api/v1/certificates",
                Some(json!({ "name": form.text("name"), "chain": "-----BEGIN CERTIFICATE-----…", "key": "-----BEGIN PRIVATE KEY-----…" })),
            ),
        ),
    };
    let page = FormPage {
        layout: admin.layout(&title, Some(Screen::Certificates)),
        head: Threshold::new(title).below("Certificates", "/certificates"),
        notice: form.head(&FormPage::fields(&sections)),
        action,
        hidden: vec![("version", form.version().to_string())],
        sections,
        submit: if certificate.is_some() {
            "Save the certificate"
        } else {
            "Upload the certificate"
        }
        .to_owned(),
        cancel: "/certificates".to_owned(),
        api_call: Some(call),
        after: String::new(),
        tabs: Vec::new(),
    };
    show_form(form.came_back(), &page)
}

fn papers_lede(certificate: Option<&Certificate>) -> &'static str {
    match certificate {
        Some(_) => {
            "Both together replace what is there; empty, it stays. The key is sealed and never shown again."
        }
        None => "The key is sealed and never shown again.",
    }
}

/// The key is not sent back to the page, whatever else was wrong.
fn papers(form: &Form, certificate: Option<&Certificate>) -> Vec<Field> {
    let mut chain = form
        .field(Kind::Area(8), "chain", "Certificate chain")
        .mono()
        .hint("PEM, the certificate itself first, then those that signed it.");
    let mut key = Field::new(Kind::Area(5), "key", "Private key")
        .error(form.flaw("key"))
        .mono()
        .hint("PEM, without a pass phrase. RSA of at least 2048 bits, ECDSA or Ed25519.");
    if certificate.is_some() {
        (chain, key) = (chain.optional(), key.optional());
    }
    vec![chain, key]
}

async fn clients(admin: &Admin, form: &Form) -> Result<Vec<Field>, Fault> {
    let known = cas::list(&admin.platform, &admin.actor, &Paging::first(AUTHORITIES)).await?;
    let mut authorities = vec![Choice::new("", "None")];
    for ca in known.items {
        authorities.push(Choice::new(ca.id.to_string(), ca.name));
    }
    let asked = vec![
        Choice::new("none", "They are not asked"),
        Choice::new("optional", "They may").hint(
            "One that does not verify ends the handshake; policies see whether one was shown.",
        ),
        Choice::new("required", "They must").hint("Without one there is no connection."),
    ];
    Ok(vec![
        form.field(Kind::Radio(asked), "client_auth", "Callers"),
        form.field(Kind::Select(authorities), "client_ca", "Signed by")
            .optional(),
    ])
}

/// In four parts, so that it finds room in a narrow column.
fn in_parts(fingerprint: &str) -> String {
    let parts: Vec<&str> = (0..fingerprint.len())
        .step_by(16)
        .filter_map(|at| fingerprint.get(at..(at + 16).min(fingerprint.len())))
        .collect();
    parts.join(" ")
}

fn end(certificate: &Certificate) -> FormSection {
    FormSection {
        title: "What is there".to_owned(),
        lede: format!(
            "{}, issued by {}, until {}. SHA-256 {}.",
            certificate.key_kind,
            certificate.issuer,
            certificate.not_after,
            in_parts(&certificate.fingerprint)
        ),
        fields: Vec::new(),
        more: format!(
            "<div><a class=\"button\" data-size=\"small\" data-kind=\"danger\" href=\"/certificates/{}/delete\">Delete</a></div>",
            certificate.id
        ),
    }
}

async fn confirm(
    admin: &Admin,
    id: CertificateId,
    error: Option<operations::Error>,
) -> Result<ConfirmPage, Fault> {
    let error = telling(error)?;
    let found = certificates::find(&admin.platform, &admin.actor, id).await?;
    let deletion = Deletion {
        what: "certificate",
        name: &found.name,
        screen: Screen::Certificates,
        list: ("Certificates", "/certificates"),
        path: format!("/certificates/{id}"),
        api: format!("/api/v1/certificates/{id}"),
        consequence: "New connections to its hosts are refused within a second. The key cannot be brought back.",
        impact: &[("host names in it", found.names.len())],
        version: found.version,
    };
    Ok(deletion.page(admin, error))
}
