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
    let is_full = matches!(work, Work::Full | Work::Refuse);
    let indent = " ".repeat(24);
    let mut routes = String::new();
    let mut filters = String::new();
    if is_full {
        for n in 0..ROUTES {
            writeln!(
                routes,
                "{indent}- match: {{ prefix: \"/api/{n}/\" }}\n{indent}  route: {{ cluster: upstream }}"
            )?;
        }
        filters = self::filters(&setup.seed.keys)?;
    } else {
        writeln!(
            routes,
            "{indent}- match: {{ prefix: \"/plain/\" }}\n{indent}  route: {{ cluster: upstream }}"
        )?;
    }
    let text = include_str!("../../peers/envoy.yaml")
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
        keys: setup.seed.keys.clone(),
    })
}

fn filters(keys: &[String]) -> Result<String> {
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
    write!(
        text,
        "{indent}- name: envoy.filters.http.local_ratelimit\n\
         {indent}  typed_config:\n\
         {indent}    \"@type\": type.googleapis.com/envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit\n\
         {indent}    stat_prefix: limit\n\
         {indent}    token_bucket: {{ max_tokens: 1000000, tokens_per_fill: 1000000, fill_interval: 1s }}\n\
         {indent}    filter_enabled: {{ default_value: {{ numerator: 100, denominator: HUNDRED }} }}\n\
         {indent}    filter_enforced: {{ default_value: {{ numerator: 100, denominator: HUNDRED }} }}\n\
         {indent}    enable_x_ratelimit_headers: DRAFT_VERSION_03\n"
    )?;
    Ok(text)
}
