//! The request that a sample sends, before it is written in any language.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use super::body;
use crate::reference::{OperationPage, Parameter, Place};
use crate::schema::in_words;
use crate::security::KeyPlace;

/// A request ready to be written.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// In capitals.
    pub method: String,
    /// Percent-encoded, without the key.
    pub url: String,
    /// Without the key and without the body's type.
    pub headers: Vec<(String, String)>,
    /// How the key is sent.
    pub key: Option<Key>,
    /// What is sent.
    pub body: Body,
}

/// What a caller sends to be known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    /// Where it goes.
    pub place: KeyPlace,
    /// The name of the header, query parameter or cookie.
    pub name: String,
    /// A word before it in a header: `Bearer`.
    pub prefix: Option<String>,
}

/// Where the key is written into a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Key {
    /// In a header, after some text.
    Header {
        /// The header's name.
        name: String,
        /// What stands before the key, with its space or sign.
        before: String,
    },
    /// At the end of the URL, after this text: `?api_key=`.
    Url {
        /// What stands before the key.
        before: String,
    },
}

/// What a request sends.
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    /// Nothing.
    Empty,
    /// JSON, with its media type.
    Json(String, Value),
    /// Fields of a form, URL-encoded.
    Form(Vec<(String, String)>),
    /// Fields of a form in parts.
    Multipart(Vec<Field>),
    /// Text, with its media type.
    Text(String, String),
    /// The contents of a file, with their media type.
    File(String),
}

/// A field of a form in parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub value: FieldValue,
}

/// What a field holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldValue {
    /// Text.
    Text(String),
    /// The contents of the file of this name.
    File(String),
}

/// The file that samples upload.
pub(super) const FILE: &str = "file.bin";
/// Optional parameters that are sent.
const OPTIONAL: usize = 6;
/// What stays as it is in a URL.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');
/// What stays as it is in the fixed parts of a path.
const PATH: &AsciiSet = &PLAIN
    .remove(b'/')
    .remove(b':')
    .remove(b'@')
    .remove(b'$')
    .remove(b'&')
    .remove(b'+')
    .remove(b',')
    .remove(b';')
    .remove(b'=')
    .remove(b'%')
    .remove(b'!')
    .remove(b'*')
    .remove(b'(')
    .remove(b')');
/// Headers that clients set themselves, or that other parts of the document describe.
const NOT_SENT: [&str; 7] = [
    "accept",
    "authorization",
    "connection",
    "content-length",
    "content-type",
    "cookie",
    "host",
];

/// The request of an operation: its required parameters, and those that have an example.
pub fn request(page: &OperationPage, base_url: &str, credential: Option<&Credential>) -> Request {
    let mut query: Vec<String> = Vec::new();
    let mut headers: Vec<(String, String)> = Vec::new();
    let mut cookies: Vec<String> = Vec::new();
    let is_key = |parameter: &Parameter| {
        credential.is_some_and(|key| {
            key.name.eq_ignore_ascii_case(&parameter.name) && same_place(key.place, parameter.place)
        })
    };
    let mut optional = 0;
    for parameter in page
        .parameters
        .iter()
        .filter(|parameter| !is_key(parameter))
    {
        if !parameter.required {
            optional += usize::from(parameter.sample_given && !parameter.deprecated);
            if !parameter.sample_given || parameter.deprecated || optional > OPTIONAL {
                continue;
            }
        }
        match parameter.place {
            Place::Path => {}
            Place::Query => query.extend(pairs(parameter)),
            Place::QueryString => query.push(encode(&in_words(&parameter.sample))),
            Place::Header if !NOT_SENT.contains(&parameter.name.to_ascii_lowercase().as_str()) => {
                headers.push((
                    one_line(&parameter.name),
                    one_line(&joined(&parameter.sample)),
                ));
            }
            Place::Header => {}
            Place::Cookie if parameter.required => {
                cookies.push(format!(
                    "{}={}",
                    parameter.name,
                    encode(&joined(&parameter.sample))
                ));
            }
            Place::Cookie => {}
        }
    }
    if !cookies.is_empty() {
        headers.push(("Cookie".to_owned(), one_line(&cookies.join("; "))));
    }
    let mut url = format!("{}{}", one_line(base_url.trim_end_matches('/')), path(page));
    if !query.is_empty() {
        url.push('?');
        url.push_str(&query.join("&"));
    }
    let key = credential.map(|credential| key(credential, &url));
    Request {
        method: page.method.clone(),
        url,
        headers,
        key,
        body: body::of(page),
    }
}

fn same_place(key: KeyPlace, place: Place) -> bool {
    matches!(
        (key, place),
        (KeyPlace::Header, Place::Header)
            | (KeyPlace::Query, Place::Query)
            | (KeyPlace::Cookie, Place::Cookie)
    )
}

fn key(credential: &Credential, url: &str) -> Key {
    let name = one_line(&credential.name);
    match credential.place {
        KeyPlace::Header => {
            let before = credential
                .prefix
                .as_ref()
                .map(|word| format!("{} ", one_line(word)));
            Key::Header {
                name,
                before: before.unwrap_or_default(),
            }
        }
        KeyPlace::Cookie => Key::Header {
            name: "Cookie".to_owned(),
            before: format!("{name}="),
        },
        KeyPlace::Query => {
            let mark = if url.contains('?') { '&' } else { '?' };
            Key::Url {
                before: format!("{mark}{}=", encode(&name)),
            }
        }
    }
}

/// The path with an example in place of each parameter.
fn path(page: &OperationPage) -> String {
    let mut path = String::new();
    let mut rest = page.path.as_str();
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, after)) = after.split_once('}') else {
            break;
        };
        path.extend(utf8_percent_encode(before, PATH));
        let found = page
            .parameters
            .iter()
            .find(|parameter| parameter.place == Place::Path && parameter.name == name);
        match found
            .map(|parameter| joined(&parameter.sample))
            .filter(|text| !text.is_empty())
        {
            Some(value) => path.push_str(&encode(&value)),
            None => path.push_str(&encode(name)),
        }
        rest = after;
    }
    path.extend(utf8_percent_encode(rest, PATH));
    path
}

/// A query parameter as `name=value` pairs.
fn pairs(parameter: &Parameter) -> Vec<String> {
    let pair = |name: &str, value: &str| format!("{}={}", encode(name), encode(value));
    if parameter.media_type.is_some() {
        return vec![pair(&parameter.name, &parameter.sample.to_string())];
    }
    match (&parameter.sample, parameter.style.as_deref()) {
        (Value::Array(items), _) if parameter.explode => items
            .iter()
            .map(|item| pair(&parameter.name, &in_words(item)))
            .collect(),
        (Value::Object(map), Some("deepObject")) => map
            .iter()
            .map(|(key, value)| pair(&format!("{}[{key}]", parameter.name), &in_words(value)))
            .collect(),
        (Value::Object(map), _) if parameter.explode => map
            .iter()
            .map(|(key, value)| pair(key, &in_words(value)))
            .collect(),
        (sample, _) => vec![pair(&parameter.name, &joined(sample))],
    }
}

/// A value in the simple style: lists and members joined by commas.
fn joined(value: &Value) -> String {
    match value {
        Value::Array(items) => items.iter().map(in_words).collect::<Vec<_>>().join(","),
        Value::Object(map) => map
            .iter()
            .map(|(key, value)| format!("{key},{}", in_words(value)))
            .collect::<Vec<_>>()
            .join(","),
        Value::Null => String::new(),
        other => in_words(other),
    }
}

pub(super) fn encode(text: &str) -> String {
    utf8_percent_encode(text, PLAIN).to_string()
}

/// Without line breaks and other control characters, which have no place in a header or URL.
pub(super) fn one_line(text: &str) -> String {
    text.chars()
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .collect::<String>()
        .trim()
        .to_owned()
}

impl Request {
    /// The media type that must be written as a header, where the language does not set it by itself.
    pub(super) fn media_type(&self) -> Option<&str> {
        match &self.body {
            Body::Json(kind, _) | Body::Text(kind, _) | Body::File(kind) => Some(kind),
            Body::Form(_) => Some("application/x-www-form-urlencoded"),
            Body::Empty | Body::Multipart(_) => None,
        }
    }

    /// The form's fields in one text (`application/x-www-form-urlencoded`).
    pub fn encoded(fields: &[(String, String)]) -> String {
        let pairs = fields
            .iter()
            .map(|(name, value)| format!("{}={}", encode(name), encode(value)));
        pairs.collect::<Vec<_>>().join("&")
    }
}
