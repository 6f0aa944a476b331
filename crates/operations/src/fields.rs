//! Collecting what is wrong with what was given, so that a form can show all of it at once.

use std::fmt::Display;
use std::str::FromStr;

use crate::error::{Error, FieldError, Result};

/// The complaints so far.
#[derive(Debug, Default)]
pub struct Fields(Vec<FieldError>);

impl Fields {
    /// Nothing is wrong yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Keeps a complaint.
    pub fn refuse(&mut self, field: impl Into<String>, message: impl Display) {
        self.0.push(FieldError {
            field: field.into(),
            message: message.to_string(),
        });
    }

    /// Parses a text, keeping the complaint when it is not one.
    pub fn parse<T>(&mut self, field: impl Into<String>, text: &str) -> Option<T>
    where
        T: FromStr,
        T::Err: Display,
    {
        self.check(field, text.parse())
    }

    /// Takes a value out of a result, keeping the complaint.
    pub fn check<T, E: Display>(
        &mut self,
        field: impl Into<String>,
        result: std::result::Result<T, E>,
    ) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                self.refuse(field, error);
                None
            }
        }
    }

    /// Goes on only when nothing is wrong.
    pub fn finish(self) -> Result<()> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(self.into_error())
        }
    }

    /// The complaints as the error that they are.
    pub fn into_error(self) -> Error {
        Error::Invalid(self.0)
    }
}
