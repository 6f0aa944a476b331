//! `gatehouse import openapi`: a document becomes a draft API.

use std::io::Read as _;

use anyhow::Context as _;
use domain::actor::Actor;
use openapi::{Finding, Severity};
use operations::import::{self, New, Source, UpstreamChoice};
use operations::versions;
use store::Access;

use crate::cli::ImportOpenapi;
use crate::config::Config;
use crate::platform::{Schema, assemble, open_database};
use crate::terminal::say;

/// Imports, or shows what importing would make.
pub(crate) async fn run(config: &Config, options: ImportOpenapi) -> anyhow::Result<()> {
    let source = source(&options.document)?;
    let db = open_database(config, Access::Beside, Schema::Expect).await?;
    let platform = assemble(config, db).await?;
    let actor = Actor::system(platform.settings.workspace);
    if options.dry_run {
        let preview = import::preview(&platform, &actor, source).await?;
        findings(&preview.document.findings);
        say(format!(
            "would make `{}` with {} routes; nothing was changed",
            options.slug.as_deref().unwrap_or(&preview.document.slug),
            preview.document.routes.len()
        ));
        return Ok(());
    }
    let new = New {
        slug: options.slug,
        upstream: options
            .upstream
            .map_or(UpstreamChoice::FromDocument, UpstreamChoice::Address),
        ..New::from(source)
    };
    let imported = import::create(&platform, &actor, new).await?;
    findings(&imported.findings);
    let (api, version) = (&imported.api, &imported.version);
    say(format!(
        "made {} {} with {} operations and {} routes under {}",
        api.name, version.label, imported.operations, imported.routes, version.base_path
    ));
    if options.publish {
        versions::lifecycle::publish(&platform, &actor, version.id, version.version).await?;
        say("it is published");
    } else {
        say("it is a draft; publish it in the dashboard, or import with --publish");
    }
    Ok(())
}

fn source(document: &str) -> anyhow::Result<Source> {
    if document == "-" {
        let mut bytes = Vec::new();
        std::io::stdin().read_to_end(&mut bytes)?;
        return Ok(Source::Bytes(bytes));
    }
    if document.starts_with("http://") || document.starts_with("https://") {
        return Ok(Source::Url(document.to_owned()));
    }
    let bytes = std::fs::read(document).with_context(|| format!("cannot read `{document}`"))?;
    Ok(Source::Bytes(bytes))
}

fn findings(findings: &[Finding]) {
    for finding in findings {
        let severity = match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        };
        let line = finding
            .position()
            .map_or_else(String::new, |position| format!("{position}, "));
        say(format!(
            "{severity}: {line}{}: {}",
            finding.pointer, finding.message
        ));
    }
}
