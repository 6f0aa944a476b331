//! How large a document may be.

/// Limits under which a document is read. Beyond them it is refused with a clear error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of text.
    pub bytes: usize,
    /// Objects and lists inside each other. At most [`Limits::MAX_DEPTH`].
    pub depth: usize,
    /// Values in all, counted after YAML aliases are expanded.
    pub values: usize,
    /// Operations that are read; the others are left out.
    pub operations: usize,
    /// Findings that are kept; more are only counted.
    pub findings: usize,
}

impl Limits {
    /// The parsers below refuse more than this themselves.
    pub const MAX_DEPTH: usize = 120;
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 64 << 20,
            depth: 100,
            values: 3_000_000,
            operations: 30_000,
            findings: 500,
        }
    }
}
