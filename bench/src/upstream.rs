//! What all peers forward to: nginx with two answers from memory, on the core of the load.

use std::fs;
use std::path::Path;

use anyhow::Result;

use crate::process::{OTHER, Running};
use crate::work::{LARGE, SMALL};

/// Where it listens.
pub(crate) const ADDRESS: &str = "127.0.0.1:19100";

/// Starts it.
pub(crate) fn start(folder: &Path) -> Result<Running> {
    let files = folder.join("upstream");
    fs::create_dir_all(&files)?;
    fs::write(files.join("small"), "s".repeat(SMALL))?;
    fs::write(files.join("large"), "l".repeat(LARGE))?;
    let text = include_str!("../peers/upstream.conf")
        .replace("@folder@", &files.display().to_string())
        .replace("@listen@", ADDRESS);
    let file = files.join("nginx.conf");
    fs::write(&file, text)?;
    let file = file.display().to_string();
    Running::start(
        OTHER,
        Path::new("nginx"),
        &["-c", &file, "-g", "daemon off;"],
        &files.join("log"),
    )
}
