//! References: each must lead somewhere in the document.

use serde_json::{Map, Value};

use crate::document::{Document, Target};
use crate::finding::Findings;
use crate::pointer;

/// Members whose values are data, where `$ref` means nothing.
const DATA: [&str; 6] = ["example", "default", "enum", "const", "value", "examples"];
/// Members whose members are names that somebody chose.
const NAMED: [&str; 17] = [
    "properties",
    "patternProperties",
    "$defs",
    "definitions",
    "dependentSchemas",
    "schemas",
    "responses",
    "parameters",
    "headers",
    "requestBodies",
    "securitySchemes",
    "links",
    "callbacks",
    "paths",
    "pathItems",
    "content",
    "webhooks",
];

pub(super) fn check(document: &Document, findings: &mut Findings) {
    let mut walk = Walk {
        document,
        findings,
        place: Vec::new(),
    };
    walk.value(document.root());
}

struct Walk<'d, 'f> {
    document: &'d Document,
    findings: &'f mut Findings,
    place: Vec<Step<'d>>,
}

#[derive(Clone, Copy)]
enum Step<'d> {
    Name(&'d str),
    Index(usize),
}

impl<'d> Walk<'d, '_> {
    fn value(&mut self, value: &'d Value) {
        match value {
            Value::Object(map) => self.object(map),
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.place.push(Step::Index(index));
                    self.value(item);
                    self.place.pop();
                }
            }
            _ => {}
        }
    }

    fn object(&mut self, map: &'d Map<String, Value>) {
        if let Some(Value::String(reference)) = map.get("$ref") {
            self.reference(reference);
        }
        for (name, value) in map {
            if !(value.is_object() || value.is_array()) || name.starts_with("x-") {
                continue;
            }
            self.place.push(Step::Name(name));
            match value {
                Value::Object(chosen) if NAMED.contains(&name.as_str()) => self.named(chosen),
                // Examples by name may be references; what they hold is data.
                Value::Object(examples) if name == "examples" => {
                    for (name, example) in examples {
                        if let Some(Value::String(reference)) = example.get("$ref") {
                            self.place.push(Step::Name(name));
                            self.reference(reference);
                            self.place.pop();
                        }
                    }
                }
                _ if DATA.contains(&name.as_str()) => {}
                _ => self.value(value),
            }
            self.place.pop();
        }
    }

    fn named(&mut self, map: &'d Map<String, Value>) {
        for (name, value) in map {
            self.place.push(Step::Name(name));
            self.value(value);
            self.place.pop();
        }
    }

    fn reference(&mut self, reference: &str) {
        let (message, consequence) = match self.document.follow(reference) {
            Target::Found(_) => return,
            Target::Missing if leads_in_circles(self.document, reference) => (
                format!("the reference `{reference}` leads only back to itself"),
                "Nothing is shown in its place.",
            ),
            Target::Missing => (
                format!("the reference `{reference}` leads nowhere"),
                "“Not documented” is shown in its place.",
            ),
            Target::External => (
                format!("the reference `{reference}` leads to another document"),
                "It is not fetched; only its address is shown.",
            ),
        };
        let place = self.pointer();
        match self.document.follow(reference) {
            Target::External => self.findings.warning(&place, message, consequence),
            _ => self.findings.error(&place, message, consequence),
        }
    }

    fn pointer(&self) -> String {
        let mut text = String::new();
        for step in &self.place {
            text = match step {
                Step::Name(name) => pointer::join(&text, name),
                Step::Index(index) => format!("{text}/{index}"),
            };
        }
        text + "/$ref"
    }
}

/// Something is there, but it is again only a reference.
fn leads_in_circles(document: &Document, reference: &str) -> bool {
    let target = pointer::of_local_reference(reference)
        .and_then(|pointer| document.root().pointer(&pointer));
    target.is_some_and(|target| target.get("$ref").is_some())
}
