//! What was found wrong in a document, where, and what it costs.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Something is left out of the import.
    Error,
    /// Something is imported, but perhaps not as its author meant it.
    Warning,
    /// Worth knowing; nothing is lost.
    Note,
}

impl Severity {
    /// The word for people: `error`, `warning` or `note`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// One flaw in a document. It costs the place it points to, never the document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// How much it matters.
    pub severity: Severity,
    /// JSON pointer into the document as it was written (RFC 6901).
    pub pointer: String,
    /// Line in the document's text, from 1, once located.
    pub line: Option<u32>,
    /// Column in that line, from 1, counted in characters.
    pub column: Option<u32>,
    /// What is wrong, as one sentence.
    pub message: String,
    /// What happens because of it, as one sentence.
    pub consequence: String,
}

impl Finding {
    /// `line 12, column 5`, once located. The column is what finds a place in a document of one line.
    pub fn position(&self) -> Option<String> {
        let line = self.line?;
        Some(match self.column {
            Some(column) => format!("line {line}, column {column}"),
            None => format!("line {line}"),
        })
    }
}

/// Collects findings up to a limit, without repeating one.
#[derive(Debug)]
pub(crate) struct Findings {
    kept: Vec<Finding>,
    seen: HashSet<(String, String)>,
    limit: usize,
    left_out: usize,
}

impl Findings {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            kept: Vec::new(),
            seen: HashSet::new(),
            limit,
            left_out: 0,
        }
    }

    pub(crate) fn error(&mut self, pointer: &str, message: String, consequence: &str) {
        self.add(Severity::Error, pointer, message, consequence);
    }

    pub(crate) fn warning(&mut self, pointer: &str, message: String, consequence: &str) {
        self.add(Severity::Warning, pointer, message, consequence);
    }

    pub(crate) fn note(&mut self, pointer: &str, message: String, consequence: &str) {
        self.add(Severity::Note, pointer, message, consequence);
    }

    fn add(&mut self, severity: Severity, pointer: &str, message: String, consequence: &str) {
        if self.kept.len() >= self.limit {
            self.left_out += 1;
            return;
        }
        if self.seen.insert((pointer.to_owned(), message.clone())) {
            self.kept.push(Finding {
                severity,
                pointer: pointer.to_owned(),
                line: None,
                column: None,
                message,
                consequence: consequence.to_owned(),
            });
        }
    }

    /// The findings kept, and how many more there were.
    pub(crate) fn into_parts(self) -> (Vec<Finding>, usize) {
        (self.kept, self.left_out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_up_to_the_limit_without_repeats() {
        let mut findings = Findings::new(2);
        findings.note("/a", "odd".to_owned(), "nothing");
        findings.note("/a", "odd".to_owned(), "nothing");
        findings.error("/b", "bad".to_owned(), "left out");
        findings.error("/c", "bad".to_owned(), "left out");
        let (kept, left_out) = findings.into_parts();
        assert_eq!((kept.len(), left_out), (2, 1));
    }
}
