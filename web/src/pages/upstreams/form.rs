//! The form of an upstream: what stands in it, and what comes of it.

use domain::certificate::CertificateUse;
use gateway_snapshot::settings::{Protocol, UpstreamSettings, UpstreamTls};
use operations::upstreams::{Input, TargetInput, Upstream};
use operations::{Paging, cas, certificates};

use super::super::upstream_settings;
use crate::admin::Admin;
use crate::answer::Fault;
use crate::form::Form;
use crate::parts::{Choice, Field, Kind};

/// Rows for targets beyond those that are there.
const SPARE: usize = 2;

/// An upstream that is not there yet, with these settings.
pub(super) fn settings_form(settings: &UpstreamSettings) -> Form {
    let mut form = Form::default();
    upstream_settings::fill(&mut form, settings);
    form.set("protocol", protocol(settings.protocol));
    form.set("unverified", (!settings.tls.verify).to_string());
    form.set("ca", id_of(settings.tls.ca));
    form.set("client_certificate", id_of(settings.tls.client_certificate));
    form.set(
        "server_name",
        settings.tls.server_name.clone().unwrap_or_default(),
    );
    form
}

/// An upstream as it stands.
pub(super) fn form_of(upstream: &Upstream) -> Form {
    let mut form = settings_form(&upstream.settings)
        .with("name", upstream.name.as_str())
        .with("slug", upstream.slug.as_str())
        .with("version", upstream.version.to_string());
    for (n, target) in upstream.targets.iter().enumerate() {
        form.set(&format!("targets/{n}/id"), target.id.to_string());
        form.set(&format!("targets/{n}/url"), target.url.clone());
        form.set(&format!("targets/{n}/weight"), target.weight.to_string());
        form.set(&format!("targets/{n}/enabled"), target.enabled.to_string());
    }
    form
}

/// What the form says the upstream is to be; `before` has the settings that no field shows.
pub(super) fn input(
    form: &mut Form,
    before: &UpstreamSettings,
) -> Result<Input, operations::Error> {
    let mut settings = upstream_settings::read(form, before)?;
    settings.protocol = match form.get("protocol") {
        "http2" => Protocol::Http2,
        "auto" => Protocol::Auto,
        _ => Protocol::Http1,
    };
    settings.tls = UpstreamTls {
        verify: !form.is("unverified"),
        ca: form.parse("ca"),
        client_certificate: form.parse("client_certificate"),
        server_name: form.some("server_name"),
    };
    let mut targets = Vec::new();
    for n in 0..form.rows("targets") {
        let at = |name: &str| format!("targets/{n}/{name}");
        let Some(url) = form.some(&at("url")) else {
            continue;
        };
        let weight = if form.some(&at("weight")).is_none() {
            100
        } else {
            form.whole(&at("weight"))
        };
        targets.push(TargetInput {
            id: form.parse(&at("id")),
            url,
            weight,
            enabled: form.is(&at("enabled")),
        });
    }
    form.check()?;
    Ok(Input {
        name: form.text("name"),
        slug: form.some("slug"),
        settings,
        targets,
    })
}

/// A row for each target, and some to spare.
pub(super) fn target_fields(form: &Form) -> Vec<Field> {
    let mut fields = Vec::new();
    for n in 0..form.rows("targets") + SPARE {
        let at = |name: &str| format!("targets/{n}/{name}");
        let is_new = form.get(&at("url")).is_empty();
        let url = form
            .field(Kind::Url, &at("url"), &format!("Target {}", n + 1))
            .mono()
            .optional();
        fields.push(if n == 0 {
            url.hint("Such as https://rates.internal:8443/v1, or http+srv://_rates._tcp.internal where SRV records say where it is.")
        } else {
            url
        });
        fields.push(
            form.field(Kind::Number, &at("weight"), "Weight")
                .optional()
                .hint("Its share of the requests; 100 when empty."),
        );
        let enabled = form.field(Kind::Checkbox, &at("enabled"), "Takes requests");
        fields.push(if is_new {
            enabled.value("true")
        } else {
            enabled
        });
    }
    fields
}

/// The ids of the targets that are there; they are UUIDs, so they are safe as they are.
pub(super) fn hidden_ids(form: &Form) -> String {
    (0..form.rows("targets"))
        .filter_map(|n| {
            let name = format!("targets/{n}/id");
            let id: domain::id::TargetId = form.parse(&name)?;
            Some(format!(
                "<input type=\"hidden\" name=\"{name}\" value=\"{id}\">"
            ))
        })
        .collect()
}

/// Authorities and certificates that can be chosen.
const PAPERS: u32 = 200;

/// The fields of the protocol and of TLS.
pub(super) async fn security(admin: &Admin, form: &Form) -> Result<Vec<Field>, Fault> {
    let first = Paging::first(PAPERS);
    let mut authorities = vec![Choice::new("", "Those that the machine trusts")];
    for ca in cas::list(&admin.platform, &admin.actor, &first)
        .await?
        .items
    {
        authorities.push(Choice::new(ca.id.to_string(), ca.name));
    }
    let mut shown = vec![Choice::new("", "None")];
    let known = certificates::list(&admin.platform, &admin.actor, &first).await?;
    for one in known.items {
        if one.used_for == CertificateUse::Client {
            shown.push(Choice::new(one.id.to_string(), one.name));
        }
    }
    let protocols = vec![
        Choice::new("http1", "HTTP/1.1"),
        Choice::new("http2", "HTTP/2").hint("Also without TLS; what gRPC needs."),
        Choice::new("auto", "HTTP/2 where it agrees").hint("Asked in the TLS handshake."),
    ];
    Ok(vec![
        form.field(Kind::Radio(protocols), "protocol", "Protocol"),
        form.field(
            Kind::Checkbox,
            "unverified",
            "Its certificate is not verified",
        )
        .hint("Whoever stands between reads and changes everything. For trials only."),
        form.field(Kind::Select(authorities), "ca", "Signed by"),
        form.field(
            Kind::Select(shown),
            "client_certificate",
            "Certificate shown to it",
        ),
        form.field(Kind::Text, "server_name", "Name that is verified")
            .mono()
            .optional()
            .hint("Instead of the address’s host."),
    ])
}

fn protocol(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Http1 => "http1",
        Protocol::Http2 => "http2",
        Protocol::Auto => "auto",
    }
}

fn id_of<T>(id: Option<domain::Id<T>>) -> String {
    id.map(|id| id.to_string()).unwrap_or_default()
}
