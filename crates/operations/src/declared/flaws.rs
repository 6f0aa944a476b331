//! Flaws of a declaration as refusals.

use declaration::{Flaw, Flaws, Key};

use crate::error::{Error, FieldError};

/// Flaws as the fields of a refusal, each with its line where that is known.
pub fn refused(flaws: Flaws) -> Error {
    let fields = flaws.0.into_iter().map(|flaw| FieldError {
        message: message(&flaw),
        field: match (flaw.place.is_empty(), flaw.line) {
            (true, 0) => "declaration".to_owned(),
            (true, line) => format!("line {line}"),
            _ => flaw.place,
        },
    });
    Error::Invalid(fields.collect())
}

fn message(flaw: &Flaw) -> String {
    if flaw.line == 0 {
        return flaw.message.clone();
    }
    let Flaw {
        line,
        column,
        message,
        ..
    } = flaw;
    format!("{message} (line {line}, column {column})")
}

/// Which step an error belongs to.
pub(super) fn at(key: &Key, error: Error) -> Error {
    match error {
        Error::Invalid(fields) => Error::Invalid(
            fields
                .into_iter()
                .map(|field| FieldError {
                    field: format!("{key}: {}", field.field),
                    message: field.message,
                })
                .collect(),
        ),
        Error::WrongState(message) => Error::WrongState(format!("{key}: {message}")),
        Error::InUse(message) => Error::InUse(format!("{key}: {message}")),
        other => other,
    }
}
