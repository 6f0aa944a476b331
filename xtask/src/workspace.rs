//! Where things are, and how cargo is called.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};
use serde_json::Value;

use crate::process;

/// The checkout that a command works on.
pub(crate) struct Workspace {
    /// Its top folder.
    pub(crate) root: PathBuf,
    /// Where cargo builds.
    pub(crate) target: PathBuf,
}

impl Workspace {
    /// Asks cargo for the workspace of the current folder.
    pub(crate) fn locate() -> anyhow::Result<Self> {
        let mut metadata = cargo();
        metadata.args(["metadata", "--no-deps", "--format-version", "1"]);
        let document: Value = serde_json::from_str(&process::output(&mut metadata)?)
            .context("cargo metadata printed no JSON")?;
        let folder = |key: &str| {
            document[key]
                .as_str()
                .map(PathBuf::from)
                .with_context(|| format!("cargo metadata names no {key}"))
        };
        Ok(Self {
            root: folder("workspace_root")?,
            target: folder("target_directory")?,
        })
    }

    /// Cargo, started in the top folder.
    pub(crate) fn cargo(&self) -> Command {
        let mut command = cargo();
        command.current_dir(&self.root);
        command
    }

    /// The development build of the product.
    pub(crate) fn gatehouse(&self) -> PathBuf {
        self.target.join("debug").join("gatehouse")
    }
}

/// The folder for what can be made again but takes long to make.
pub(crate) fn cache_folder() -> anyhow::Result<PathBuf> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    if let Some(cache) = set("XDG_CACHE_HOME") {
        return Ok(Path::new(&cache).join("gatehouse"));
    }
    match set("HOME") {
        Some(home) => Ok(Path::new(&home).join(".cache").join("gatehouse")),
        None => bail!("neither XDG_CACHE_HOME nor HOME is set: there is no place for a cache"),
    }
}

fn cargo() -> Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let mut command = Command::new(program);
    // When it is set while the portal compiles, Leptos looks for files under another name.
    command.env_remove("LEPTOS_OUTPUT_NAME");
    command
}
