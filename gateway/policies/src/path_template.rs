//! A path with values in it, made so that no value can lead elsewhere.

use std::borrow::Cow;

use domain::refusal::Refusal;
use minijinja::Value;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::policy::Failure;
use crate::templates::{self, Names, RenderError, Text};

/// What stays readable in a segment (RFC 3986, section 3.3: unreserved, sub-delims, `:` and `@`, without `;`).
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'!')
    .remove(b'$')
    .remove(b'&')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b'+')
    .remove(b',')
    .remove(b'=')
    .remove(b':')
    .remove(b'@');

/// A path with values in it.
pub struct PathTemplate {
    text: Text,
}

impl PathTemplate {
    /// Compiles a path; otherwise what is wrong with it.
    pub fn parse(source: &str, known: Names) -> Result<Self, String> {
        let text = Text::parse(source, known).map_err(|error| error.to_string())?;
        let begins = source.starts_with('/') || source.trim_start().starts_with("{{");
        if !begins {
            return Err("does not begin with a slash".to_owned());
        }
        if text.plain().is_some_and(|plain| !is_one_way(plain)) {
            return Err("has two readings: it holds a query, empty or dot segments, or a character that is not written in paths".to_owned());
        }
        Ok(Self { text })
    }

    /// The variables that it reads.
    pub fn names(&self) -> Names {
        self.text.names()
    }

    /// Names with their members: `calls.user.body`.
    pub(crate) fn variables(&self) -> Vec<String> {
        self.text.variables()
    }

    /// The path with its values.
    pub fn render(&self, context: &Value) -> Result<String, Failure> {
        let path = self
            .text
            .render_with(context, |value, names| {
                let is_path = names.iter().all(|name| name == "request.path");
                if is_path {
                    return Ok(Cow::Borrowed(value));
                }
                if value.is_empty() || value.contains(['/', '\\']) {
                    return Err(RenderError::Value(
                        "a value in a path is empty or holds a slash",
                    ));
                }
                Ok(utf8_percent_encode(value, SEGMENT).into())
            })
            .map_err(|error| templates::failed("path", &error))?;
        if !is_one_way(&path) {
            let detail = "the path that was made has two readings";
            return Err(Failure::new(Refusal::PolicyFailed, detail));
        }
        Ok(path)
    }
}

/// Whether every server reads the path in one way.
fn is_one_way(path: &str) -> bool {
    let well_formed = path.starts_with('/')
        && path
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && !b"?#\\;\"<>^`{|}".contains(&byte));
    let mut segments = path.split('/').skip(1).peekable();
    let mut is_clean = well_formed;
    while let Some(segment) = segments.next() {
        let is_last = segments.peek().is_none();
        is_clean &= segment != "." && segment != ".." && (is_last || !segment.is_empty());
    }
    is_clean
}
