//! What is wrong with a declaration, and where.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::Serialize;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Flaw {
    /// In which file; empty when it was not read from one.
    pub file: PathBuf,
    /// Line, from 1; 0 where it is not known.
    pub line: usize,
    /// Column, from 1; 0 where it is not known.
    pub column: usize,
    /// Where in the declaration: `apis/shipping/versions/v2`.
    pub place: String,
    /// What is wrong, with "did you mean" where there is something near.
    pub message: String,
}

impl Flaw {
    /// A flaw at a place of the declaration.
    pub fn at(place: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            file: PathBuf::new(),
            line: 0,
            column: 0,
            place: place.into(),
            message: message.into(),
        }
    }

    /// A flaw of a whole file.
    pub fn of_file(file: impl Into<PathBuf>, message: impl Into<String>) -> Self {
        Self {
            file: file.into(),
            ..Self::at("", message)
        }
    }

    /// The same, in a file.
    #[must_use]
    pub fn inside(mut self, file: &Path) -> Self {
        self.file = file.to_owned();
        self
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        if self.line > 0 {
            parts.push(format!(
                "{}:{}:{}",
                self.file.display(),
                self.line,
                self.column
            ));
        } else if !self.file.as_os_str().is_empty() {
            parts.push(self.file.display().to_string());
        }
        if !self.place.is_empty() {
            parts.push(self.place.clone());
        }
        parts.push(self.message.clone());
        f.write_str(&parts.join(": "))
    }
}

/// All that is wrong with a declaration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaws(pub Vec<Flaw>);

impl fmt::Display for Flaws {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self.0.iter().map(Flaw::to_string).collect();
        f.write_str(&lines.join("\n"))
    }
}

impl std::error::Error for Flaws {}

impl From<Flaw> for Flaws {
    fn from(flaw: Flaw) -> Self {
        Self(vec![flaw])
    }
}

/// The name that was probably meant, in words that end a message; nothing when none is near.
pub(crate) fn did_you_mean<'a>(given: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let near = known
        .into_iter()
        .map(|name| (strsim::osa_distance(given, name), name))
        .filter(|(distance, name)| *distance * 3 <= name.len().max(given.len()) + 2)
        .min();
    match near {
        Some((_, name)) => format!("; did you mean `{name}`?"),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_suggested_and_far_ones_are_not() {
        let known = ["upstream", "hosts", "base_path"];
        assert_eq!(did_you_mean("upsteam", known), "; did you mean `upstream`?");
        assert_eq!(did_you_mean("colour", known), "");
    }

    #[test]
    fn a_flaw_says_where() {
        let mut flaw = Flaw::at("apis/a", "is wrong").inside(Path::new("x.yaml"));
        assert_eq!(flaw.to_string(), "x.yaml: apis/a: is wrong");
        (flaw.line, flaw.column) = (3, 5);
        assert_eq!(flaw.to_string(), "x.yaml:3:5: apis/a: is wrong");
    }
}
