//! Templates in configurations: compiled with the snapshot, run with bounds on steps, sizes and words.
//!
//! An expression stands between `{{` and `}}` and is a subset of Jinja: values, filters, comparisons, `if ... else ...`.
//! Nothing can be included, defined or called besides the filters of [`words`].

mod document;
mod facts;
mod structure;
#[cfg(test)]
mod tests;
mod text;
mod words;

pub use document::Document;
pub use facts::{Known, Names, VARIABLES, json};
pub use structure::Structure;
pub use text::Text;

use std::io;

use domain::refusal::Refusal;
use minijinja::{Error, ErrorKind, Value};
use thiserror::Error as ThisError;

use crate::policy::Failure;

/// Steps that one expression or document may take.
pub const FUEL: u64 = 100_000;
/// Longest template in bytes.
pub const SOURCE: usize = 16 * 1024;
/// Longest text that a template in a header, a query or a path may make, in bytes.
pub const TEXT: usize = 16 * 1024;
/// Largest body that a template may make, in bytes.
pub const BODY: usize = 8 * 1024 * 1024;

/// Why a template cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, ThisError)]
pub enum ParseError {
    /// It is too long.
    #[error("the template is longer than {SOURCE} bytes")]
    TooLong,
    /// An expression without its end.
    #[error("an expression is not closed: `{{{{` without `}}}}`")]
    Open,
    /// The engine does not understand it.
    #[error("{0}")]
    Syntax(String),
    /// A variable that no template has here.
    #[error("`{name}` is not known here; one of {known}")]
    Unknown {
        /// The name.
        name: String,
        /// Those that are.
        known: String,
    },
    /// A statement that templates do not have.
    #[error("`{0}` is not a statement of templates; one of if, elif, else, endif, for, endfor")]
    Statement(String),
    /// Loops too deep inside each other.
    #[error("loops may stand at most {} deep", document::LOOPS)]
    Loops,
}

/// Why a template failed on this request.
#[derive(Debug, Clone, PartialEq, Eq, ThisError)]
pub enum RenderError {
    /// It took more steps than it may.
    #[error("it took more than {FUEL} steps")]
    OutOfFuel,
    /// It made more than it may.
    #[error("it made more than {0} bytes")]
    TooLarge(usize),
    /// A value is not there.
    #[error("a value is not there")]
    Undefined,
    /// A value cannot stand where it should.
    #[error("{0}")]
    Value(&'static str),
    /// An operation that its values do not allow.
    #[error("{0}")]
    Failed(String),
}

impl From<&Error> for RenderError {
    /// The kind alone: the engine's own words may hold values of the request.
    fn from(error: &Error) -> Self {
        match error.kind() {
            ErrorKind::OutOfFuel => Self::OutOfFuel,
            ErrorKind::UndefinedError => Self::Undefined,
            ErrorKind::WriteFailure => Self::TooLarge(BODY),
            kind => Self::Failed(kind.to_string()),
        }
    }
}

/// An expression that was compiled.
pub(crate) struct Expression {
    compiled: minijinja::Expression<'static, 'static>,
}

impl Expression {
    pub(crate) fn parse(source: &str, known: Names) -> Result<Self, ParseError> {
        if source.len() > SOURCE {
            return Err(ParseError::TooLong);
        }
        let compiled = words::engine()
            .compile_expression_owned(source.trim().to_owned())
            .map_err(|error| syntax(&error))?;
        let expression = Self { compiled };
        known.check(expression.variables())?;
        Ok(expression)
    }

    /// Names with their members: `request.headers`.
    pub(crate) fn variables(&self) -> impl Iterator<Item = String> {
        self.compiled.undeclared_variables(true).into_iter()
    }

    pub(crate) fn names(&self) -> Names {
        Names::of(self.variables())
    }

    pub(crate) fn evaluate(&self, context: &Value) -> Result<Value, RenderError> {
        let value = self
            .compiled
            .eval(context.clone())
            .map_err(|error| RenderError::from(&error))?;
        if value.is_undefined() {
            return Err(RenderError::Undefined);
        }
        Ok(value)
    }
}

fn syntax(error: &Error) -> ParseError {
    let detail = error.detail().map_or_else(
        || error.kind().to_string(),
        |detail| format!("{}: {detail}", error.kind()),
    );
    ParseError::Syntax(detail)
}

/// A writer that stops at a bound.
struct Bounded {
    text: Vec<u8>,
    most: usize,
}

impl io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.text.len() + bytes.len() > self.most {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.text.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A template of a configuration that failed on this request: it is refused with `policy_failed`. `key` is its place.
pub fn failed(key: &str, error: &RenderError) -> Failure {
    Failure::new(
        Refusal::PolicyFailed,
        format!("template `{key}` could not be used on this request: {error}"),
    )
}
