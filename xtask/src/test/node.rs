//! Tests that Node runs against the built binary: the journeys in a real browser, and what others ask of a cache.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, bail};

use super::counts::{self, Counts};
use crate::corpus;
use crate::process;
use crate::workspace::Workspace;

/// Runs every `*.test.mjs` in a folder of `e2e` and counts what passed.
pub(super) fn run(workspace: &Workspace, name: &str) -> anyhow::Result<Counts> {
    let folder = workspace.root.join("e2e").join(name);
    install_packages(&folder)?;
    let report = workspace.target.join(format!("{name}-tests.tap"));
    let mut node = Command::new("node");
    node.args(["--test", "--test-concurrency=1"])
        .arg("--test-timeout=900000")
        .args(["--test-reporter=spec", "--test-reporter-destination=stderr"])
        .arg("--test-reporter=tap")
        .arg(format!("--test-reporter-destination={}", report.display()))
        .args(test_files(&folder)?)
        .current_dir(&folder)
        .env("GATEHOUSE", workspace.gatehouse())
        .env("CORPUS", corpus::fetch::documents()?)
        .env("SCREENSHOTS", workspace.target.join("screenshots"));
    let ended = process::run(&mut node);
    let text = fs::read_to_string(&report)
        .with_context(|| format!("the tests of e2e/{name} left no {}", report.display()))?;
    match (counts::tap(&text), ended) {
        (Some(counts), Ok(())) => Ok(counts),
        (Some(counts), Err(_)) if counts.failed > 0 => Ok(counts),
        (_, Err(error)) => Err(error),
        (None, Ok(())) => bail!("the tests of e2e/{name} left no totals"),
    }
}

/// `npm ci`, unless these very packages are installed.
fn install_packages(folder: &Path) -> anyhow::Result<()> {
    let lock = folder.join("package-lock.json");
    let lock = fs::read(&lock).with_context(|| format!("cannot read {}", lock.display()))?;
    let installed = folder.join("node_modules/.installed-lock.json");
    if fs::read(&installed).is_ok_and(|bytes| bytes == lock) {
        return Ok(());
    }
    let mut npm = Command::new("npm");
    npm.args(["ci", "--no-audit", "--no-fund", "--ignore-scripts"])
        .current_dir(folder);
    process::run(&mut npm)?;
    fs::write(&installed, lock)?;
    Ok(())
}

fn test_files(folder: &Path) -> anyhow::Result<Vec<String>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.ends_with(".test.mjs") {
            files.push(name);
        }
    }
    files.sort();
    if files.is_empty() {
        bail!("{} holds no *.test.mjs", folder.display());
    }
    Ok(files)
}
