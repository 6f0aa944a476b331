//! Changes to JSON bodies, as both transformation policies take them.

use std::collections::BTreeMap;

use bytes::Bytes;
use domain::refusal::Refusal;
use http::HeaderValue;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::config_error::ConfigError;
use crate::json_path::JsonPath;
use crate::policy::Failure;
use crate::templates::{self, Document, Known, Names, Structure};

/// Changes to a body: members removed and set, or another body in its place.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BodyEdits {
    /// Members of the JSON body to remove: pointers in which `*` is every member or item and `**` any depth.
    pub remove: Vec<String>,
    /// Members of the JSON body that have this value afterwards, by pointer. Strings in it may hold templates.
    pub set: BTreeMap<String, Value>,
    /// The whole new body as JSON, its strings as templates; a string that is one expression alone keeps the value's type.
    pub json: Option<Value>,
    /// The whole new body as one template, with `if` and `for`. Values are written as JSON.
    pub template: Option<String>,
    /// The `Content-Type` of a body made by `template`. Unless it is JSON, values are written as plain text.
    pub content_type: Option<String>,
}

impl BodyEdits {
    /// What is wrong with it, below the key `at`.
    pub fn check(&self, at: &str, known: Names) -> Vec<ConfigError> {
        let ways = [
            !self.remove.is_empty() || !self.set.is_empty(),
            self.json.is_some(),
            self.template.is_some(),
        ];
        if ways.iter().filter(|way| **way).count() != 1 {
            let problem = "takes either `remove` and `set`, or `json`, or `template`";
            return vec![ConfigError::new(at, problem)];
        }
        if self.content_type.is_some() && self.template.is_none() {
            let problem = "goes with `template` only";
            return vec![ConfigError::new(format!("{at}.content_type"), problem)];
        }
        self.compile(at, known).err().unwrap_or_default()
    }

    /// Ready to be made.
    pub fn compile(&self, at: &str, known: Names) -> Result<CompiledBodyEdits, Vec<ConfigError>> {
        let mut errors = Vec::new();
        let content_type = self.content_type.as_deref().unwrap_or("application/json");
        let header = HeaderValue::try_from(content_type).unwrap_or_else(|_| {
            let path = format!("{at}.content_type");
            errors.push(ConfigError::new(path, "is not a media type"));
            HeaderValue::from_static("application/json")
        });
        let essence = content_type.split(';').next().unwrap_or_default().trim();
        let way = if let Some(json) = &self.json {
            match Structure::parse(json, known) {
                Ok(structure) => Way::Json(structure),
                Err((pointer, error)) => {
                    return Err(vec![ConfigError::new(
                        format!("{at}.json{pointer}"),
                        error.to_string(),
                    )]);
                }
            }
        } else if let Some(source) = &self.template {
            let parsed = match crate::body_kinds::kind_of(&essence.to_ascii_lowercase()) {
                crate::body_kinds::Kind::Json => Document::json(source, known),
                _ => Document::plain(source, known),
            };
            match parsed {
                Ok(document) => Way::Template(Box::new(document)),
                Err(error) => {
                    let path = format!("{at}.template");
                    return Err(vec![ConfigError::new(path, error.to_string())]);
                }
            }
        } else {
            Way::Members(self.members(at, known, &mut errors))
        };
        if errors.is_empty() {
            Ok(CompiledBodyEdits {
                way,
                content_type: header,
            })
        } else {
            Err(errors)
        }
    }

    fn members(&self, at: &str, known: Names, errors: &mut Vec<ConfigError>) -> Members {
        let mut members = Members {
            remove: Vec::new(),
            set: Vec::new(),
        };
        for (place, text) in self.remove.iter().enumerate() {
            match JsonPath::parse(text) {
                Ok(path) => members.remove.push(path),
                Err(error) => {
                    let path = format!("{at}.remove[{place}]");
                    errors.push(ConfigError::new(path, error.to_string()));
                }
            }
        }
        for (text, value) in &self.set {
            let mut wrong = |below: &str, problem: String| {
                errors.push(ConfigError::new(format!("{at}.set.{text}{below}"), problem));
            };
            let path = match JsonPath::parse(text) {
                Ok(path) if path.is_plain() => path,
                Ok(_) => {
                    wrong("", "leads to more than one place".to_owned());
                    continue;
                }
                Err(error) => {
                    wrong("", error.to_string());
                    continue;
                }
            };
            match Structure::parse(value, known) {
                Ok(structure) => members.set.push((text.clone(), path, structure)),
                Err((pointer, error)) => wrong(&pointer, error.to_string()),
            }
        }
        members
    }
}

/// Changes with ready-made paths and templates.
pub struct CompiledBodyEdits {
    way: Way,
    content_type: HeaderValue,
}

enum Way {
    Members(Members),
    Json(Structure),
    Template(Box<Document>),
}

struct Members {
    remove: Vec<JsonPath>,
    set: Vec<(String, JsonPath, Structure)>,
}

impl CompiledBodyEdits {
    /// The variables that its templates read.
    pub fn names(&self) -> Names {
        match &self.way {
            Way::Members(members) => members
                .set
                .iter()
                .fold(Names::NONE, |names, (_, _, s)| names.and(s.names())),
            Way::Json(structure) => structure.names(),
            Way::Template(document) => document.names(),
        }
    }

    /// Whether it reads the body that it changes, which must be JSON then.
    pub fn reads_body(&self) -> bool {
        matches!(self.way, Way::Members(_)) || self.names().has("body")
    }

    /// What the body is afterwards; `None` when its type stays.
    pub fn content_type(&self) -> Option<&HeaderValue> {
        (!matches!(self.way, Way::Members(_))).then_some(&self.content_type)
    }

    /// The new body. `body` is the one before, when it was read.
    pub fn apply(&self, mut known: Known, body: Option<Value>) -> Result<Bytes, Failure> {
        if let Some(body) = &body
            && self.names().has("body")
        {
            known.set_body(body);
        }
        let context = known.context();
        let at = |pointer: &str, error| templates::failed(&format!("body{pointer}"), &error);
        let made = match &self.way {
            Way::Members(members) => {
                let mut body = body.unwrap_or(Value::Null);
                for path in &members.remove {
                    path.remove(&mut body);
                }
                for (text, path, structure) in &members.set {
                    let value = structure.render(&context);
                    let value =
                        value.map_err(|(below, error)| at(&format!("{text}{below}"), error))?;
                    if !path.set(&mut body, value) {
                        let detail = format!("`{text}` leads through a value that is no object");
                        return Err(Failure::new(Refusal::PolicyFailed, detail));
                    }
                }
                serde_json::to_vec(&body)
            }
            Way::Json(structure) => {
                let value = structure.render(&context);
                let value = value.map_err(|(pointer, error)| at(&pointer, error))?;
                serde_json::to_vec(&value)
            }
            Way::Template(document) => {
                let made = document.render(&context).map_err(|error| at("", error))?;
                let is_json = serde_json::from_slice::<serde::de::IgnoredAny>(&made).is_ok();
                if document.is_json() && !is_json {
                    let detail = "template `body` made something that is not JSON";
                    return Err(Failure::new(Refusal::PolicyFailed, detail));
                }
                Ok(made)
            }
        };
        made.map(Bytes::from)
            .map_err(|_| Failure::new(Refusal::PolicyFailed, "the new body cannot be written"))
    }
}
