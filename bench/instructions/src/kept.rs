//! The counts of before: in a file beside the code, so that a change that costs shows in its diff.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

/// By work and lane.
pub(crate) type Counts = BTreeMap<String, u64>;

/// What a count may grow by, in percent.
const MORE: u64 = 5;

const HEAD: &str = "# Instructions of the gateway for one request. `cargo xtask bench --instructions` fails when one of them grows by more than\n# 5 %; with `--write` it puts today's here.\n\n";

/// Puts the counts into the file.
pub(crate) fn write(path: &Path, counts: &Counts) -> Result<()> {
    let text = toml::to_string(counts)?;
    fs::write(path, format!("{HEAD}{text}")).with_context(|| path.display().to_string())
}

/// What grew too much, in words.
pub(crate) fn grown(path: &Path, counts: &Counts) -> Result<Vec<String>> {
    let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let before: Counts = toml::from_str(&text)?;
    Ok(compare(&before, counts))
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
