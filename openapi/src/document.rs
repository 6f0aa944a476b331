//! A document that was read: tolerant, in the 3.x form, with its text kept to find lines in.

use serde_json::{Map, Value};

use crate::convert;
use crate::finding::{Finding, Findings};
use crate::limits::Limits;
use crate::parse::Syntax;
use crate::pointer;
use crate::version::Version;

/// An OpenAPI document in the 3.x form, whatever version it was written in.
#[derive(Debug, Clone)]
pub struct Document {
    version: Version,
    syntax: Syntax,
    text: String,
    root: Value,
    findings: Vec<Finding>,
    findings_left_out: usize,
    limits: Limits,
}

/// References that are followed one after the other before giving up.
const HOPS: usize = 32;

/// Where a reference leads.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Target<'d> {
    Found(&'d Value),
    /// Nothing is there, or the references only lead to each other.
    Missing,
    /// Outside of this document.
    External,
}

impl Document {
    pub(crate) fn new(
        version: Version,
        syntax: Syntax,
        text: String,
        root: Value,
        findings: Findings,
        limits: Limits,
    ) -> Self {
        let (findings, findings_left_out) = findings.into_parts();
        Self {
            version,
            syntax,
            text,
            root,
            findings,
            findings_left_out,
            limits,
        }
    }

    /// The specification it was written for.
    pub fn version(&self) -> Version {
        self.version
    }

    /// How it is written.
    pub fn syntax(&self) -> Syntax {
        self.syntax
    }

    /// Its text as it came.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The whole document in the 3.x form.
    pub fn root(&self) -> &Value {
        &self.root
    }

    /// What was found while reading and converting it. [`preview`](crate::import::preview) finds more.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    pub(crate) fn findings_left_out(&self) -> usize {
        self.findings_left_out
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The pointer in the text for a pointer in the 3.x form.
    pub fn source_pointer(&self, pointer: &str) -> String {
        match self.version {
            Version::Swagger20 => convert::source_pointer(pointer),
            _ => pointer.to_owned(),
        }
    }

    /// A member at the top, if it is an object.
    pub(crate) fn top(&self, name: &str) -> Option<&Map<String, Value>> {
        self.root.get(name)?.as_object()
    }

    /// The members of one kind of components.
    pub(crate) fn components(&self, kind: &str) -> Option<&Map<String, Value>> {
        self.root.get("components")?.get(kind)?.as_object()
    }

    /// Follows one reference to its end.
    pub(crate) fn follow(&self, reference: &str) -> Target<'_> {
        let mut reference = reference;
        for _ in 0..HOPS {
            if !reference.starts_with('#') {
                return Target::External;
            }
            let Some(value) = pointer::of_local_reference(reference)
                .and_then(|pointer| self.root.pointer(&pointer))
            else {
                return Target::Missing;
            };
            match reference_of(value) {
                // A reference with more beside it is a place of its own.
                Some(next) if value.as_object().is_some_and(|map| map.len() == 1) => {
                    reference = next
                }
                _ => return Target::Found(value),
            }
        }
        Target::Missing
    }

    /// The value itself, or what it refers to. `None` when that is missing or elsewhere.
    pub(crate) fn resolve<'d>(&'d self, value: &'d Value) -> Option<&'d Value> {
        let mut value = value;
        for _ in 0..HOPS {
            match reference_of(value) {
                None => return Some(value),
                Some(reference) => match self.follow(reference) {
                    Target::Found(found) => value = found,
                    Target::Missing | Target::External => return None,
                },
            }
        }
        None
    }
}

/// The reference that a value is, if it is one.
pub(crate) fn reference_of(value: &Value) -> Option<&str> {
    value.get("$ref")?.as_str()
}

/// A text member that is not empty.
pub(crate) fn text<'v>(value: &'v Value, name: &str) -> Option<&'v str> {
    value
        .get(name)?
        .as_str()
        .filter(|text| !text.trim().is_empty())
}

/// A text member, also where it was written as a number or truth value.
pub(crate) fn loose_text(value: &Value, name: &str) -> Option<String> {
    match value.get(name)? {
        Value::String(text) if !text.trim().is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

/// A truth value, also where it was written as text.
pub(crate) fn flag(value: &Value, name: &str) -> bool {
    match value.get(name) {
        Some(Value::Bool(flag)) => *flag,
        Some(Value::String(text)) => text == "true",
        _ => false,
    }
}

/// The members of a list, or nothing.
pub(crate) fn list<'v>(value: &'v Value, name: &str) -> &'v [Value] {
    value
        .get(name)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}
