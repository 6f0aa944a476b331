//! Envoy: its API key filter and its local rate limit.

use std::fmt::Write as _;
use std::fs;
use std::process::Command;

use anyhow::{Context, Result};

use super::{Serving, Setup, find};
use crate::Options;
use crate::process::{MEASURED, Running};
use crate::work::{ROUTES, Work};

const ADDRESS: &str = "127.0.0.1:19204";

pub(super) fn version(options: &Options) -> Result<String> {
    let program = find("envoy", &options.folder).context("envoy is not installed")?;
    let output = Command::new(program).arg("--version").output()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let version = text.rsplit("version: ").next().unwrap_or_default();
    let number = version.split('/').nth(1).unwrap_or(version);
    Ok(format!("envoy/{}", number.trim()))
}

pub(super) fn start(setup: &Setup<'_>, work: Work) -> Result<Serving> {
    let program = find("envoy", &setup.options.folder).context("envoy is not installed")?;
    let indent = " ".repeat(24);
    let mut routes = String::new();
    let mut filters = String::new();
    if work.has_keys() {
        for n in 0..ROUTES {
            writeln!(
                routes,
                "{indent}- match: {{ prefix: \"/api/{n}/\" }}\n{indent}  route: {{ cluster: upstream }}"
            )?;
        }
        filters = self::filters(setup.seed.keys(work), work.limit())?;
    } else {
        writeln!(
            routes,
            "{indent}- match: {{ prefix: \"/plain/\" }}\n{indent}  route: {{ cluster: upstream }}"
        )?;
    }
    let tls = if work == Work::Tls {
        transport(&setup.seed.certificate.display().to_string())
    } else {
        String::new()
    };
    let text = include_str!("../../peers/envoy.yaml")
        .replace("@tls@", &tls)
        .replace("@routes@", routes.trim_end())
        .replace("@filters@", filters.trim_end())
        .replace("@admin_port@", "19294")
        .replace("@port@", "19204")
        .replace("@upstream_port@", "19100");
    let file = setup.folder.join("envoy.yaml");
    fs::write(&file, text)?;
    let file = file.display().to_string();
    let running = Running::start(
        MEASURED,
        &program,
        &["-c", &file, "--concurrency", "1", "-l", "critical"],
        &setup.folder.join("log"),
    )?;
    Ok(Serving {
        running,
        address: ADDRESS,
        keys: setup.seed.keys(work).to_vec(),
    })
}

fn transport(file: &str) -> String {
    let indent = " ".repeat(10);
    format!(
        "{indent}transport_socket:\n\
         {indent}  name: envoy.transport_sockets.tls\n\
         {indent}  typed_config:\n\
         {indent}    \"@type\": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext\n\
         {indent}    common_tls_context:\n\
         {indent}      tls_params: {{ tls_minimum_protocol_version: TLSv1_3 }}\n\
         {indent}      tls_certificates:\n\
         {indent}        - {{ certificate_chain: {{ filename: {file} }}, private_key: {{ filename: {file} }} }}\n"
    )
}

fn filters(keys: &[String], limit: u32) -> Result<String> {
    let indent = " ".repeat(18);
    let mut text = format!(
        "{indent}- name: envoy.filters.http.api_key_auth\n\
         {indent}  typed_config:\n\
         {indent}    \"@type\": type.googleapis.com/envoy.extensions.filters.http.api_key_auth.v3.ApiKeyAuth\n\
         {indent}    key_sources: [{{ header: \"x-api-key\" }}]\n\
         {indent}    forwarding: {{ header: \"x-application-id\", hide_credentials: true }}\n\
         {indent}    credentials:\n"
    );
    for (n, key) in keys.iter().enumerate() {
        writeln!(
            text,
            "{indent}      - {{ key: \"{key}\", client: \"application-{n}\" }}"
        )?;
    }
    // one bucket for all callers: it is filled so fast that only the tight limit is ever met
    let interval = if limit == 1 { "60s" } else { "1s" };
    write!(
        text,
        "{indent}- name: envoy.filters.http.local_ratelimit\n\
         {indent}  typed_config:\n\
         {indent}    \"@type\": type.googleapis.com/envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit\n\
         {indent}    stat_prefix: limit\n\
         {indent}    token_bucket: {{ max_tokens: {limit}, tokens_per_fill: {limit}, fill_interval: {interval} }}\n\
         {indent}    filter_enabled: {{ default_value: {{ numerator: 100, denominator: HUNDRED }} }}\n\
         {indent}    filter_enforced: {{ default_value: {{ numerator: 100, denominator: HUNDRED }} }}\n\
         {indent}    enable_x_ratelimit_headers: DRAFT_VERSION_03\n"
    )?;
    Ok(text)
}
