//! Reads bytes, JSON or YAML, into a [`Document`].

mod error;
mod value;

use serde::de::DeserializeSeed;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use self::error::ParseError;
use self::value::{CountedValue, Refusal, Tally};
use crate::convert;
use crate::document::Document;
use crate::finding::Findings;
use crate::limits::Limits;
use crate::version::{self, Version};

/// How a document is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Syntax {
    /// JSON (RFC 8259).
    Json,
    /// YAML.
    Yaml,
}

impl Syntax {
    /// The name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Json => "JSON",
            Self::Yaml => "YAML",
        }
    }

    fn of(text: &str) -> Self {
        match text.trim_start().as_bytes().first() {
            Some(b'{' | b'[') => Self::Json,
            _ => Self::Yaml,
        }
    }
}

/// Reads a document: Swagger 2.0 (converted) or OpenAPI 3.0, 3.1 or 3.2, in JSON or YAML.
///
/// # Errors
/// When it is too large or too deep, not well-formed, or no OpenAPI document. All else that is wrong with it becomes a
/// [`Finding`](crate::Finding).
pub fn parse(bytes: &[u8], limits: &Limits) -> Result<Document, ParseError> {
    if bytes.len() > limits.bytes {
        return Err(ParseError::TooLarge {
            size: bytes.len(),
            limit: limits.bytes,
        });
    }
    let text = text_of(bytes)?;
    if text.trim().is_empty() {
        return Err(ParseError::Empty);
    }
    let syntax = Syntax::of(text);
    let mut tally = Tally::new(
        limits.values,
        limits.bytes.saturating_mul(2),
        limits.depth.min(Limits::MAX_DEPTH),
    );
    let root = match syntax {
        Syntax::Json => json(text, &mut tally, limits)?,
        Syntax::Yaml => yaml(text, &mut tally, limits)?,
    };
    if !root.is_object() {
        return Err(ParseError::NotAnObject { found: kind(&root) });
    }
    let written = version::written(&root).ok_or(ParseError::NoVersion)?;
    let version =
        Version::from_text(&written).ok_or(ParseError::UnknownVersion { found: written })?;

    let mut findings = Findings::new(limits.findings);
    for pointer in &tally.repeated {
        findings.warning(
            pointer,
            format!(
                "`{}` is written twice in the same place",
                crate::pointer::last_name(pointer)
            ),
            "The last one counts.",
        );
    }
    let root = match version {
        Version::Swagger20 => convert::from_swagger(root, &mut findings),
        _ => root,
    };
    Ok(Document::new(
        version,
        syntax,
        text.to_owned(),
        root,
        findings,
        *limits,
    ))
}

fn text_of(bytes: &[u8]) -> Result<&str, ParseError> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let (line, column) = position(&bytes[..error.valid_up_to()]);
        ParseError::NotText { line, column }
    })?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

fn position(before: &[u8]) -> (u32, u32) {
    let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
    let column = before
        .iter()
        .rev()
        .take_while(|byte| **byte != b'\n')
        .count()
        + 1;
    (clamp(line), clamp(column))
}

fn json(text: &str, tally: &mut Tally, limits: &Limits) -> Result<Value, ParseError> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = CountedValue(tally)
        .deserialize(&mut reader)
        .and_then(|value| reader.end().map(|()| value));
    value.map_err(|error| {
        let (line, column) = (clamp(error.line()), clamp(error.column()));
        refused(tally, limits, false, line, column).unwrap_or_else(|| ParseError::Malformed {
            syntax: Syntax::Json,
            line,
            column,
            message: without_position(&error.to_string()),
        })
    })
}

fn yaml(text: &str, tally: &mut Tally, limits: &Limits) -> Result<Value, ParseError> {
    let aliases = text.contains('*');
    if dense(text) > limits.values {
        return Err(ParseError::TooManyValues {
            limit: limits.values,
            aliases: false,
        });
    }
    let value = CountedValue(tally).deserialize(yaml_serde::Deserializer::from_str(text));
    value.map_err(|error| {
        let place = error.location();
        let line = place.as_ref().map_or(1, |place| clamp(place.line()));
        let column = place.as_ref().map_or(1, |place| clamp(place.column()));
        let message = without_position(&error.to_string());
        if message.contains("repetition limit") {
            return ParseError::TooManyValues {
                limit: limits.values,
                aliases: true,
            };
        }
        refused(tally, limits, aliases, line, column).unwrap_or(ParseError::Malformed {
            syntax: Syntax::Yaml,
            line,
            column,
            message,
        })
    })
}

/// The most values that a YAML text can have without aliases: the parser holds them all as events before the first is
/// seen, so they are estimated before it runs.
fn dense(text: &str) -> usize {
    text.bytes()
        .filter(|byte| matches!(byte, b',' | b':' | b'\n' | b'[' | b'{' | b'-'))
        .count()
}

fn refused(
    tally: &Tally,
    limits: &Limits,
    aliases: bool,
    line: u32,
    column: u32,
) -> Option<ParseError> {
    tally.refusal.map(|refusal| match refusal {
        Refusal::TooDeep => ParseError::TooDeep {
            line,
            column,
            limit: tally.depth_limit,
        },
        Refusal::TooMany => ParseError::TooManyValues {
            limit: limits.values,
            aliases,
        },
    })
}

/// The parsers end their messages with the position, which is said elsewhere.
fn without_position(message: &str) -> String {
    let end = message.find(" at line ").unwrap_or(message.len());
    let start = if message.starts_with("line ") {
        message.find(": ").map_or(0, |at| at + 2)
    } else {
        0
    };
    message
        .get(start..end)
        .filter(|text| !text.is_empty())
        .unwrap_or(message)
        .to_owned()
}

fn clamp(number: usize) -> u32 {
    u32::try_from(number.max(1)).unwrap_or(u32::MAX)
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "empty",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "plain text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
