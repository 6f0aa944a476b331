//! Which compiler builds the client.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, bail};
use clap::ValueEnum;

use super::{TARGET, debian};
use crate::process;
use crate::progress;

/// Where the compiler comes from.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Compiler {
    /// The first of the others that this machine can have
    Auto,
    /// The active Rust toolchain, with its target added by rustup
    Rustup,
    /// Debian's `rustc-web`, unpacked into a private cache folder
    Debian,
}

/// A compiler that can build for [`TARGET`].
pub(crate) struct Toolchain {
    /// A name for its build folder.
    pub(crate) name: String,
    /// The compiler, unless it is the active one.
    pub(crate) rustc: Option<PathBuf>,
    /// The linker, unless the compiler knows its own.
    pub(crate) linker: Option<PathBuf>,
}

impl Toolchain {
    fn active() -> Self {
        Self {
            name: "active".to_owned(),
            rustc: None,
            linker: None,
        }
    }
}

/// Finds a compiler; what a machine lacks is fetched into a place of its own.
pub(crate) fn choose(compiler: Compiler) -> anyhow::Result<Toolchain> {
    match compiler {
        Compiler::Rustup => {
            if has_target()? || add_target()? {
                return Ok(Toolchain::active());
            }
            bail!("the Rust toolchain has no {TARGET}, and rustup cannot add it")
        }
        Compiler::Debian => debian::toolchain(),
        Compiler::Auto => {
            if has_target()? {
                return Ok(Toolchain::active());
            }
            // Asking rustup costs up to a minute where the network is closed: once is enough.
            if let Some(toolchain) = debian::unpacked()? {
                return Ok(toolchain);
            }
            if add_target()? {
                return Ok(Toolchain::active());
            }
            debian::toolchain()
                .with_context(|| format!("rustup cannot add {TARGET}, and Debian's compiler fails"))
        }
    }
}

/// The active toolchain's folder.
pub(super) fn sysroot() -> anyhow::Result<PathBuf> {
    let text = process::output(Command::new("rustc").args(["--print", "sysroot"]))?;
    Ok(PathBuf::from(text.trim_end()))
}

fn has_target() -> anyhow::Result<bool> {
    Ok(has_core(
        &sysroot()?.join("lib/rustlib").join(TARGET).join("lib"),
    ))
}

/// Whether a folder holds a compiled `core`.
pub(super) fn has_core(folder: &Path) -> bool {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return false;
    };
    entries.flatten().any(|entry| {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        name.starts_with("libcore-") && name.ends_with(".rlib")
    })
}

fn add_target() -> anyhow::Result<bool> {
    let Some(rustup) = process::find("rustup") else {
        return Ok(false);
    };
    progress::note(&format!("adding {TARGET} with rustup"));
    let mut command = Command::new(rustup);
    command.args(["target", "add", TARGET]);
    Ok(process::succeeds_within(&mut command, Duration::from_secs(60)) && has_target()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_without_core_is_no_target() {
        let lib = sysroot().unwrap().join("lib/rustlib");
        assert!(!has_core(&lib));
        assert!(!has_core(&lib.join("no-such-target/lib")));
    }
}
