//! The request that somebody typed, in place of the examples.

use serde_json::Value;

use super::body::{content, is_json, original};
use super::request::{Body, Credential, Field, FieldValue, Request, one_line, request};
use crate::reference::{Content, OperationPage, Parameter, Place};

/// What somebody typed for a call.
#[derive(Debug, Clone, Copy)]
pub struct Typed<'t> {
    /// Place, name and text of each parameter; one that is empty is not sent.
    pub parameters: &'t [(Place, &'t str, &'t str)],
    /// The text of the body, as [`typed_body`] writes it; an empty one is not sent.
    pub body: &'t str,
}

impl Typed<'_> {
    /// What was typed for a parameter.
    pub fn of(&self, parameter: &Parameter) -> Option<&str> {
        self.parameters
            .iter()
            .find(|(place, name, text)| {
                *place == parameter.place && *name == parameter.name && !text.is_empty()
            })
            .map(|(_, _, text)| *text)
    }
}

/// The request of an operation with what was typed. Cookies stay as in the examples: pages have no field for them.
pub fn filled(
    page: &OperationPage,
    base_url: &str,
    credential: Option<&Credential>,
    typed: Typed<'_>,
) -> Request {
    let mut page = page.clone();
    page.parameters.retain_mut(|parameter| {
        let text = typed.of(parameter);
        match (text, parameter.place) {
            (Some(text), _) => {
                parameter.sample = value(text, parameter);
                // Whatever was typed is sent.
                parameter.required = true;
                true
            }
            (None, Place::Path) => {
                parameter.sample = Value::Null;
                true
            }
            (None, Place::Cookie) => true,
            (None, _) => false,
        }
    });
    let mut request = request(&page, base_url, credential);
    request.body = body(&page, typed.body);
    request
}

/// The media type and the first text of the field for an operation's body; nothing when it takes none.
///
/// Forms are written as one `name=value` a line.
pub fn typed_body(page: &OperationPage) -> Option<(String, String)> {
    let (chosen, media_type) = chosen(page)?;
    let contents = &page.request_body.as_ref()?.contents;
    let example = chosen
        .examples
        .first()
        .or_else(|| original(chosen, contents)?.examples.first())
        .map(|example| &example.value);
    let text = match example {
        None => String::new(),
        Some(Value::String(text)) if !is_json(&media_type) => text.clone(),
        Some(Value::Object(members)) if is_form(&media_type) => members
            .iter()
            .map(|(name, value)| format!("{name}={}", crate::schema::in_words(value)))
            .collect::<Vec<_>>()
            .join("\n"),
        Some(value) => serde_json::to_string_pretty(value).unwrap_or_default(),
    };
    Some((media_type, text))
}

/// Whether a media type is a form's, whose text is one `name=value` a line.
pub fn is_form(media_type: &str) -> bool {
    is_urlencoded(media_type) || is_multipart(media_type)
}

fn is_urlencoded(media_type: &str) -> bool {
    media_type.starts_with("application/x-www-form")
}

fn is_multipart(media_type: &str) -> bool {
    media_type.starts_with("multipart/")
}

fn chosen(page: &OperationPage) -> Option<(&Content, String)> {
    let content = content(&page.request_body.as_ref()?.contents)?;
    let media_type = one_line(&content.media_type);
    let media_type = match media_type.contains('*') {
        true if is_json(&media_type) => "application/json".to_owned(),
        true => "application/octet-stream".to_owned(),
        false => media_type,
    };
    Some((content, media_type))
}

fn body(page: &OperationPage, text: &str) -> Body {
    if text.trim().is_empty() {
        return Body::Empty;
    }
    let Some((_, media_type)) = chosen(page) else {
        return Body::Empty;
    };
    if is_json(&media_type) {
        return match serde_json::from_str(text) {
            Ok(value) => Body::Json(media_type, value),
            Err(_) => Body::Text(media_type, text.to_owned()),
        };
    }
    let lines = text
        .lines()
        .map(|line| line.trim_end_matches('\r'))
        .filter(|line| !line.trim().is_empty())
        .map(|line| line.split_once('=').unwrap_or((line, "")))
        .map(|(name, value)| (name.trim().to_owned(), value.to_owned()));
    if is_urlencoded(&media_type) {
        Body::Form(lines.collect())
    } else if is_multipart(&media_type) {
        Body::Multipart(
            lines
                .map(|(name, value)| Field {
                    name,
                    value: FieldValue::Text(value),
                })
                .collect(),
        )
    } else {
        Body::Text(media_type, text.to_owned())
    }
}

/// A typed text as the value that its parameter takes: lists are separated by commas or written as JSON.
fn value(text: &str, parameter: &Parameter) -> Value {
    let types = &parameter.schema.types;
    let is = |wanted: &str| types.iter().any(|name| name == wanted);
    let json = || serde_json::from_str::<Value>(text).ok();
    let plain = || Value::String(text.to_owned());
    if parameter.media_type.is_some() {
        return json().unwrap_or_else(plain);
    }
    if is("array") && !is("string") {
        return json().filter(Value::is_array).unwrap_or_else(|| {
            text.split(',')
                .map(|item| Value::String(item.trim().to_owned()))
                .collect()
        });
    }
    if is("object") && !is("string") {
        return json().filter(Value::is_object).unwrap_or_else(plain);
    }
    plain()
}
