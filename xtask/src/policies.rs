//! `cargo xtask policies`: the schema files and the reference pages of the policies.

use crate::process;
use crate::progress;
use crate::workspace::Workspace;

/// Writes `openapi/policies/` and `docs/policies/` as the registry says. A test of `gateway-policies` holds them current.
pub(crate) fn write(workspace: &Workspace) -> anyhow::Result<()> {
    let mut program = workspace.cargo();
    process::run(program.args([
        "run",
        "--quiet",
        "--package",
        "gateway-policies",
        "--example",
        "write_reference",
    ]))?;
    progress::note("openapi/policies and docs/policies are current");
    Ok(())
}
