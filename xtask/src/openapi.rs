//! `cargo xtask openapi`: the committed copy of the admin API's description.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, ensure};

use crate::process;
use crate::progress;
use crate::workspace::Workspace;

/// Writes the document that the code describes.
pub(crate) fn write(workspace: &Workspace) -> anyhow::Result<()> {
    let file = file(workspace);
    let mut build = workspace.cargo();
    process::run(build.args(["build", "--package", "gatehouse"]))?;
    let document = described(workspace)?;
    fs::write(&file, document).with_context(|| format!("cannot write {}", file.display()))?;
    progress::note(&format!("{} is current", file.display()));
    Ok(())
}

/// Fails when the committed document is not the one that the binary, which must be built, describes.
pub(crate) fn check(workspace: &Workspace) -> anyhow::Result<()> {
    let file = file(workspace);
    let committed = fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
    ensure!(
        committed == described(workspace)?,
        "{} is not what the code describes: run `cargo xtask openapi`",
        file.display()
    );
    Ok(())
}

fn file(workspace: &Workspace) -> PathBuf {
    workspace.root.join("openapi/specs/admin-api.json")
}

fn described(workspace: &Workspace) -> anyhow::Result<Vec<u8>> {
    let mut command = Command::new(workspace.gatehouse());
    process::output_bytes(command.args(["admin", "--print-openapi"]))
}
