//! No file grows past the point where one can read it whole.

use std::fs;
use std::path::Path;

use anyhow::{Context, bail};

use crate::process;
use crate::progress;
use crate::workspace::Workspace;

/// The longest that a file may be.
const LIMIT: usize = 800;

/// What people write; vendored files are not ours to split.
const KINDS: &[&str] = &["rs", "html", "css", "js", "mjs"];

/// Fails when a file is too long.
pub(super) fn check(workspace: &Workspace) -> anyhow::Result<()> {
    let mut git = std::process::Command::new("git");
    git.args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(&workspace.root);
    let listed = process::output(&mut git)?;
    let mut too_long = Vec::new();
    let mut longest = 0;
    for name in listed.lines().filter(|name| is_ours(name)) {
        let file = workspace.root.join(name);
        // Deleted, but not yet committed as such.
        if !file.is_file() {
            continue;
        }
        let text = fs::read_to_string(&file).with_context(|| format!("cannot read {name}"))?;
        let lines = text.lines().count();
        longest = longest.max(lines);
        if lines > LIMIT {
            too_long.push(format!("{name} has {lines} lines"));
        }
    }
    if !too_long.is_empty() {
        bail!("more than {LIMIT} lines: {}", too_long.join(", "));
    }
    progress::note(&format!("the longest file has {longest} lines"));
    Ok(())
}

fn is_ours(name: &str) -> bool {
    let path = Path::new(name);
    let kind = path.extension().and_then(|extension| extension.to_str());
    kind.is_some_and(|kind| KINDS.contains(&kind))
        && !path.components().any(|part| part.as_os_str() == "vendor")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vendored_files_and_data_do_not_count() {
        assert!(is_ours("crates/store/src/db.rs"));
        assert!(is_ours("e2e/browser/journey.mjs"));
        assert!(!is_ours("web/vendor/htmx.js"));
        assert!(!is_ours("openapi/specs/admin-api.json"));
    }
}
