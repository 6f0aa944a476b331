//! The counts of before: in a file beside the code, so that a change that costs shows in its diff.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};

/// By work and lane.
pub(crate) type Counts = BTreeMap<String, u64>;

/// What the file holds.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    /// The compiler that they were counted with: another one makes other instructions.
    compiler: String,
    counts: Counts,
}

/// How today's counts stand to those in the file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    /// What grew too much, in words.
    Grown(Vec<String>),
    /// They were counted with this compiler, and say nothing about ours.
    Other(String),
}

/// What a count may grow by, in percent.
const MORE: u64 = 5;

const HEAD: &str = "# Instructions of the gateway for one request: a check fails when one of them grows by more than 5 %.\n# `cargo xtask bench --instructions --write` puts today's here.\n\n";

/// Puts the counts into the file.
pub(crate) fn write(path: &Path, compiler: &str, counts: Counts) -> Result<()> {
    let kept = Kept {
        compiler: compiler.to_owned(),
        counts,
    };
    let text = toml::to_string(&kept)?;
    fs::write(path, format!("{HEAD}{text}")).with_context(|| path.display().to_string())
}

/// Compares today's counts with those in the file.
pub(crate) fn compared(path: &Path, compiler: &str, counts: &Counts) -> Result<Comparison> {
    let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let before: Kept = toml::from_str(&text).with_context(|| path.display().to_string())?;
    Ok(if before.compiler == compiler {
        Comparison::Grown(compare(&before.counts, counts))
    } else {
        Comparison::Other(before.compiler)
    })
}

fn compare(before: &Counts, now: &Counts) -> Vec<String> {
    let mut lines = Vec::new();
    for (name, count) in now {
        match before.get(name) {
            Some(kept) if count * 100 <= kept * (100 + MORE) => {}
            Some(kept) => lines.push(format!("{name} grew from {kept} to {count}")),
            None => lines.push(format!("{name} has no count to compare with")),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_of_another_compiler_are_not_compared() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("kept.toml");
        let counts = |plain: u64| Counts::from([("plain".to_owned(), plain)]);
        write(&file, "rustc 1", counts(100)).unwrap();
        let same = compared(&file, "rustc 1", &counts(100)).unwrap();
        assert_eq!(same, Comparison::Grown(Vec::new()));
        let more = compared(&file, "rustc 1", &counts(200)).unwrap();
        assert_eq!(
            more,
            Comparison::Grown(vec!["plain grew from 100 to 200".to_owned()])
        );
        let other = compared(&file, "rustc 2", &counts(200)).unwrap();
        assert_eq!(other, Comparison::Other("rustc 1".to_owned()));
    }

    #[test]
    fn more_than_five_percent_is_too_much() {
        let counts = |plain: u64| Counts::from([("plain".to_owned(), plain)]);
        assert!(compare(&counts(1_000), &counts(1_050)).is_empty());
        assert!(compare(&counts(1_000), &counts(500)).is_empty());
        assert_eq!(
            compare(&counts(1_000), &counts(1_051)),
            ["plain grew from 1000 to 1051"]
        );
        assert_eq!(compare(&Counts::new(), &counts(1)).len(), 1);
    }
}
