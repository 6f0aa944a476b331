//! `cargo xtask client`: the portal's islands as WebAssembly, for the server to embed.

mod apt;
mod bindings;
mod debian;
mod target;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;

pub(crate) use target::Compiler;

use crate::process;
use crate::progress;
use crate::workspace::Workspace;

/// What the client is compiled for.
const TARGET: &str = "wasm32-unknown-unknown";

/// Builds the client into `portal/client`, unless what is there is current.
pub(crate) fn build(workspace: &Workspace, compiler: Compiler) -> anyhow::Result<()> {
    let begun = progress::begin("building the portal's client");
    let module = compile(workspace, compiler)?;
    let name = bindings::write(&module, &workspace.target, &folder(workspace))?;
    progress::end(&format!("the client is {name}"), begun);
    Ok(())
}

/// Where the server's build looks for the client.
fn folder(workspace: &Workspace) -> PathBuf {
    workspace.root.join("portal").join("client")
}

/// Compiles the client and returns its module, as the compiler left it.
///
/// It has a target folder of its own: other flags and another compiler must never cost the
/// server's build its artefacts. Cargo decides whether there is anything to do.
fn compile(workspace: &Workspace, compiler: Compiler) -> anyhow::Result<Vec<u8>> {
    let toolchain = target::choose(compiler)?;
    let target_folder = workspace.target.join("portal-client").join(&toolchain.name);
    let mut cargo = workspace.cargo();
    cargo
        .args(["rustc", "--package", "portal", "--lib"])
        .args(["--no-default-features", "--features", "hydrate,islands"])
        .args(["--profile", "client", "--target", TARGET])
        .args(["--crate-type", "cdylib"])
        .arg("--target-dir")
        .arg(&target_folder)
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .env("RUSTFLAGS", remapped_paths(workspace)?);
    if let Some(rustc) = &toolchain.rustc {
        cargo.env("RUSTC", rustc);
    }
    if let Some(linker) = &toolchain.linker {
        cargo.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker);
    }
    process::run(&mut cargo)?;
    let file = target_folder
        .join(TARGET)
        .join("client")
        .join("portal.wasm");
    fs::read(&file).with_context(|| format!("cannot read {}", file.display()))
}

/// The module is public: no folder of the machine that built it belongs in its messages.
fn remapped_paths(workspace: &Workspace) -> anyhow::Result<String> {
    let mut flags = format!("--remap-path-prefix={}=gatehouse", path(&workspace.root)?);
    let home = std::env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|home| Path::new(&home).join(".cargo")));
    if let Some(home) = home {
        flags.push_str(&format!(" --remap-path-prefix={}=cargo", path(&home)?));
    }
    Ok(flags)
}

fn path(folder: &Path) -> anyhow::Result<&str> {
    folder
        .to_str()
        .filter(|text| !text.contains(' '))
        .with_context(|| format!("{} has a space or is no UTF-8", folder.display()))
}
