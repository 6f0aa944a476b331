//! `cargo xtask up`: build what is missing, then become `gatehouse up`.

use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};

use anyhow::Context;

use crate::client;
use crate::process;
use crate::progress;
use crate::workspace::Workspace;

/// Builds the client and the binary and replaces this process by the binary: signals reach it
/// directly, and its exit code is ours.
pub(crate) fn run(workspace: &Workspace, args: &[OsString]) -> anyhow::Result<ExitCode> {
    if let Err(error) = client::build(workspace, client::Compiler::Auto) {
        progress::note(&format!(
            "The portal's client cannot be built here: {error:#}."
        ));
        progress::note("Going on without it: every page and form works, only without its extras.");
    }
    let what = "building gatehouse (minutes the first time, seconds later)";
    let begun = progress::begin(what);
    process::run(workspace.cargo().args([
        "build",
        "--package",
        "gatehouse",
        "--bin",
        "gatehouse",
    ]))?;
    progress::end("gatehouse is built", begun);
    let program = workspace.gatehouse();
    let error = Command::new(&program).arg("up").args(args).exec();
    Err(error).with_context(|| format!("cannot start {}", program.display()))
}
