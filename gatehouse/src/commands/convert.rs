//! `gatehouse import kong|apisix|tyk|postman`: a foreign file becomes a declaration, with a report.

use std::fs::OpenOptions;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use anyhow::Context as _;
use conversion::{Converted, SourceError};

use crate::cli::Convert;
use crate::terminal::{note, say};

/// Converts, writes and reports. Reads no configuration and no database.
pub(crate) fn run(
    convert: fn(&[u8]) -> Result<Converted, SourceError>,
    options: &Convert,
) -> anyhow::Result<()> {
    let bytes = read(&options.file)?;
    let converted = convert(&bytes).with_context(|| format!("`{}`", options.file))?;
    let text = converted.file()?;
    match &options.output {
        Some(path) => std::fs::write(path, text)
            .with_context(|| format!("cannot write `{}`", path.display()))?,
        None => say(text.trim_end()),
    }
    if let Some(path) = &options.secrets {
        write_secrets(path, &converted.environment())?;
    }
    note(converted.report.to_string());
    if !converted.secrets.is_empty() && options.secrets.is_none() {
        let names: Vec<&str> = converted
            .secrets
            .iter()
            .map(|(name, _)| name.as_str())
            .collect();
        note(format!(
            "the declaration names secrets that are in the source: {}; --secrets FILE writes them",
            names.join(", ")
        ));
    }
    Ok(())
}

fn read(file: &str) -> anyhow::Result<Vec<u8>> {
    if file == "-" {
        let mut bytes = Vec::new();
        std::io::stdin().read_to_end(&mut bytes)?;
        return Ok(bytes);
    }
    std::fs::read(file).with_context(|| format!("cannot read `{file}`"))
}

/// For its owner alone, and never over something that others may read.
fn write_secrets(path: &Path, text: &str) -> anyhow::Result<()> {
    let failed = || format!("cannot write `{}`", path.display());
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .with_context(failed)?;
    file.write_all(text.as_bytes()).with_context(failed)
}
