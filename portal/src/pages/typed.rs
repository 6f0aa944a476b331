//! What was typed into a form, and what is wrong with it: a page that comes back shows both.

use operations::Error;
use operations::error::FieldError;
use serde::Deserialize;

use crate::failure::PageError;

/// The fields of a form, or of a query, as they came.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(transparent)]
pub(crate) struct Typed {
    fields: Vec<(String, String)>,
    #[serde(skip)]
    errors: Vec<FieldError>,
}

impl Typed {
    /// What was typed into a field; nothing where it is not there.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.fields
            .iter()
            .find(|(field, _)| field == name)
            .map_or("", |(_, value)| value.as_str())
    }

    /// The same without spaces around it.
    pub(crate) fn text(&self, name: &str) -> String {
        self.get(name).trim().to_owned()
    }

    /// Whether a box is ticked.
    pub(crate) fn is_on(&self, name: &str) -> bool {
        !self.get(name).is_empty()
    }

    /// Fields whose name begins like this, without that beginning.
    pub(crate) fn below<'a>(
        &'a self,
        prefix: &'a str,
    ) -> impl Iterator<Item = (&'a str, &'a str)> + 'a {
        self.fields
            .iter()
            .filter_map(move |(name, value)| Some((name.strip_prefix(prefix)?, value.as_str())))
    }

    /// A version that a form carries along.
    pub(crate) fn version(&self) -> Result<i64, PageError> {
        self.get("version")
            .parse()
            .map_err(|_| PageError::Unreadable("the form has no version".to_owned()))
    }

    /// Sets a field, for a form that begins with something in it.
    #[must_use]
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.fields.retain(|(field, _)| field != name);
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The form with what was wrong; whatever cannot be mended in it goes on as a failure.
    pub(crate) fn refused(mut self, error: Error) -> Result<Self, PageError> {
        match error {
            Error::Invalid(errors) => self.errors.extend(errors),
            Error::WrongState(text) | Error::InUse(text) => self.wrong("", &text),
            error @ Error::Conflict { .. } => {
                let text = format!("{error}; look at it again");
                self.wrong("", &text);
            }
            other => return Err(other.into()),
        }
        Ok(self)
    }

    /// Notes that a field is wrong; without a name, the whole form.
    pub(crate) fn wrong(&mut self, field: &str, message: &str) {
        self.errors.push(FieldError {
            field: field.to_owned(),
            message: message.to_owned(),
        });
    }

    /// What is wrong with a field, as a sentence about it.
    pub(crate) fn error(&self, field: &str) -> Option<String> {
        self.errors
            .iter()
            .find(|error| error.field == field)
            .map(|error| sentence(&format!("this {}", error.message)))
    }

    /// What is wrong that no field of the page shows.
    pub(crate) fn beside(&self, shown: &[&str]) -> Vec<String> {
        self.errors
            .iter()
            .filter(|error| !shown.contains(&error.field.as_str()))
            .map(|error| sentence(format!("{} {}", error.field, error.message).trim()))
            .collect()
    }

    /// What is wrong, for the list above the form: field and sentence.
    pub(crate) fn list(&self, labels: &[(&'static str, &str)]) -> Vec<(&'static str, String)> {
        labels
            .iter()
            .filter_map(|&(name, label)| {
                let error = self.errors.iter().find(|error| error.field == name)?;
                Some((name, format!("{label}: {}", error.message)))
            })
            .collect()
    }
}

/// A text with a capital letter first.
pub(crate) fn sentence(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(characters).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_keeps_what_was_typed_and_what_is_wrong() {
        let typed: Typed = serde_html_form::from_str("name=+Shop+&q.size=few").unwrap();
        let typed = typed.refused(Error::invalid("name", "is taken")).unwrap();
        assert_eq!(typed.text("name"), "Shop");
        assert_eq!(typed.below("q.").next(), Some(("size", "few")));
        assert_eq!(typed.error("name").as_deref(), Some("This is taken"));
        assert_eq!(typed.beside(&[]), ["Name is taken"]);
        assert!(typed.beside(&["name"]).is_empty());
        assert!(typed.refused(Error::SignInNeeded).is_err());
    }
}
