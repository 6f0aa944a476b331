//! `cargo xtask test`: every check, one after the other, and one closing line.

mod counts;
mod file_sizes;
mod node;

use std::process::{Command, ExitCode};
use std::time::Instant;

use anyhow::bail;

use self::counts::Counts;
use crate::bench;
use crate::client;
use crate::corpus;
use crate::needs;
use crate::openapi;
use crate::process;
use crate::progress;
use crate::workspace::Workspace;

/// One check: its name for the timing lines, and what it does.
struct Step {
    name: &'static str,
    run: fn(&Workspace) -> anyhow::Result<Counts>,
}

/// In this order: what a later step needs comes first, then the quick ones.
const STEPS: &[Step] = &[
    Step {
        name: "what the tests need",
        run: |_| quiet(needs::install(needs::TESTS)),
    },
    Step {
        name: "file sizes",
        run: |workspace| quiet(file_sizes::check(workspace)),
    },
    Step {
        name: "format",
        run: |workspace| quiet(cargo(workspace, &["fmt", "--all", "--check"])),
    },
    Step {
        name: "dependencies",
        run: |workspace| quiet(dependencies(workspace)),
    },
    Step {
        name: "the portal's client",
        run: |workspace| quiet(client::build(workspace, client::Compiler::Auto)),
    },
    Step {
        name: "lints",
        run: |workspace| quiet(lints(workspace)),
    },
    Step {
        name: "tests",
        run: tests,
    },
    Step {
        name: "instructions of a request",
        run: |workspace| quiet(bench::check(workspace)),
    },
    Step {
        name: "generated files",
        run: |workspace| quiet(openapi::check(workspace)),
    },
    Step {
        name: "a sample of the corpus",
        run: sample,
    },
    Step {
        name: "what others ask of a cache",
        run: |workspace| node::run(workspace, "cache"),
    },
    Step {
        name: "browser journeys",
        run: |workspace| node::run(workspace, "browser"),
    },
];

/// Runs all steps, also after one has failed: one run shows everything that is wrong.
pub(crate) fn run(workspace: &Workspace) -> anyhow::Result<ExitCode> {
    let begun = Instant::now();
    let mut total = Counts::default();
    let mut failed = Vec::new();
    for step in STEPS {
        let begun = progress::begin(step.name);
        match (step.run)(workspace) {
            Ok(counts) => {
                total.add(counts);
                if counts.failed > 0 {
                    failed.push(step.name);
                }
            }
            Err(error) => {
                progress::failure(&format!("{}: {error:#}", step.name));
                total.failed += 1;
                failed.push(step.name);
            }
        }
        progress::end(step.name, begun);
    }
    progress::note(&format!("all steps: {}", progress::short(begun.elapsed())));
    if !failed.is_empty() {
        progress::failure(&format!("failed: {}", failed.join(", ")));
    }
    progress::result(&total.to_string());
    Ok(if failed.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// A step that holds no tests to count.
fn quiet(result: anyhow::Result<()>) -> anyhow::Result<Counts> {
    result.map(|()| Counts::default())
}

fn cargo(workspace: &Workspace, args: &[&str]) -> anyhow::Result<()> {
    process::run(workspace.cargo().args(args))
}

fn lints(workspace: &Workspace) -> anyhow::Result<()> {
    let args = [
        "clippy",
        "--workspace",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ];
    cargo(workspace, &args)
}

/// Always cargo's own runner: one process per package lets its tests share a database server. It leaves the binary behind
/// that the steps after it use.
fn tests(workspace: &Workspace) -> anyhow::Result<Counts> {
    const TESTS: [&str; 3] = ["test", "--workspace", "--no-fail-fast"];
    // built first: how long that takes says nothing about tests that hang
    process::run(workspace.cargo().args(TESTS).arg("--no-run"))?;
    let mut command = workspace.cargo();
    command.args(TESTS);
    let (counts, status) = counts::cargo_test(&mut command)?;
    if !status.success() && counts.failed == 0 {
        bail!("{} ended with {status}", process::name(&command));
    }
    Ok(counts)
}

/// One test for each document.
fn sample(workspace: &Workspace) -> anyhow::Result<Counts> {
    let documents = corpus::sample(workspace)?;
    Ok(Counts {
        passed: documents.try_into()?,
        failed: 0,
    })
}

/// Licences, duplicates and sources; not the advisories, which need the internet.
fn dependencies(workspace: &Workspace) -> anyhow::Result<()> {
    if process::find("cargo-deny").is_none() {
        progress::note("left out: cargo-deny is not installed");
        return Ok(());
    }
    let mut command = Command::new("cargo-deny");
    command.current_dir(&workspace.root);
    process::run(command.args(["check", "licenses", "bans", "sources"]))
}
