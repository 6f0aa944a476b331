//! Why a document could not be read at all.

use crate::parse::Syntax;

/// Why a document was refused as a whole. Lesser flaws are findings.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// Over [`Limits::bytes`](crate::Limits::bytes).
    #[error("the document is {} large; at most {} are accepted", megabytes(*size), megabytes(*limit))]
    TooLarge {
        /// Its size in bytes.
        size: usize,
        /// The most that is accepted, in bytes.
        limit: usize,
    },
    /// Nothing but white space.
    #[error("the document is empty")]
    Empty,
    /// Not UTF-8.
    #[error("line {line}, column {column}: the document is not UTF-8 text")]
    NotText {
        /// Line of the first wrong byte, from 1.
        line: u32,
        /// Column of the first wrong byte, from 1.
        column: u32,
    },
    /// The text is not well-formed.
    #[error("line {line}, column {column}: not valid {}: {message}", syntax.name())]
    Malformed {
        /// What the text was read as.
        syntax: Syntax,
        /// Line of the flaw, from 1.
        line: u32,
        /// Column of the flaw, from 1.
        column: u32,
        /// What the parser says.
        message: String,
    },
    /// Over [`Limits::depth`](crate::Limits::depth).
    #[error("line {line}, column {column}: more than {limit} levels of nesting")]
    TooDeep {
        /// Line where the limit was passed, from 1.
        line: u32,
        /// Column where the limit was passed, from 1.
        column: u32,
        /// The most that is accepted.
        limit: usize,
    },
    /// Over [`Limits::values`](crate::Limits::values), perhaps through YAML aliases.
    #[error("the document has more than {limit} values{}", if *aliases { " once its YAML aliases are expanded" } else { "" })]
    TooManyValues {
        /// The most that is accepted.
        limit: usize,
        /// The document uses YAML aliases.
        aliases: bool,
    },
    /// The top of the document is a list, a text or a number.
    #[error("the document is not an object but {found}")]
    NotAnObject {
        /// What it is instead.
        found: &'static str,
    },
    /// Neither `openapi` nor `swagger` at the top.
    #[error(
        "the document has neither `openapi` nor `swagger` at its top, so it is no OpenAPI document"
    )]
    NoVersion,
    /// A version that is not understood.
    #[error("version `{found}` is not supported; 2.0, 3.0, 3.1 and 3.2 are")]
    UnknownVersion {
        /// The version as written.
        found: String,
    },
}

impl ParseError {
    /// Whether it tells where the flaw is: a line, or that it is the document as a whole or its very top.
    pub fn is_located(&self) -> bool {
        !matches!(self, Self::TooManyValues { .. })
    }

    /// Line and column of the flaw, from 1, where there is one.
    pub fn position(&self) -> Option<(u32, u32)> {
        match self {
            Self::NotText { line, column }
            | Self::Malformed { line, column, .. }
            | Self::TooDeep { line, column, .. } => Some((*line, *column)),
            _ => None,
        }
    }
}

fn megabytes(bytes: usize) -> String {
    let tenths = bytes.div_ceil(104_858);
    if bytes < 1 << 20 {
        format!("{bytes} bytes")
    } else {
        format!("{}.{} MiB", tenths / 10, tenths % 10)
    }
}
