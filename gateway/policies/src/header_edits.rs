//! Changes to headers, as both transformation policies take them.

use std::collections::BTreeMap;

use domain::refusal::Refusal;
use http::{HeaderMap, HeaderName, HeaderValue};
use minijinja::Value;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config_error::ConfigError;
use crate::policy::Failure;
use crate::response::Response;
use crate::templates::{self, Names, Text};
use crate::upstream::{UpstreamRequest, is_framing};

/// Changes to headers, made in this order: remove, rename, set, add. Values may hold templates: `{{ claims.sub }}`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct HeaderEdits {
    /// Names of headers to remove.
    pub remove: Vec<String>,
    /// Headers that get another name, with all their values: from old to new.
    pub rename: BTreeMap<String, String>,
    /// Headers that have this one value afterwards, whatever they had before.
    pub set: BTreeMap<String, String>,
    /// Headers that get this value besides those they have.
    pub add: BTreeMap<String, String>,
}

impl HeaderEdits {
    /// Whether there is nothing to change.
    pub fn is_empty(&self) -> bool {
        self.remove.is_empty()
            && self.rename.is_empty()
            && self.set.is_empty()
            && self.add.is_empty()
    }

    /// What is wrong with the names and values, below the key `at`. Templates may read the variables that are `known`.
    pub fn check(&self, at: &str, known: Names) -> Vec<ConfigError> {
        let mut errors = Vec::new();
        let mut name = |path: String, text: &str| match text.parse::<HeaderName>() {
            Err(_) => errors.push(ConfigError::new(
                path,
                format!("`{text}` is not a header name"),
            )),
            Ok(name) if is_framing(&name) => {
                let problem = format!(
                    "`{text}` decides where a message ends or goes; no policy may change it"
                );
                errors.push(ConfigError::new(path, problem));
            }
            Ok(_) => {}
        };
        for (i, text) in self.remove.iter().enumerate() {
            name(format!("{at}.remove[{i}]"), text);
        }
        for (old, new) in &self.rename {
            name(format!("{at}.rename.{old}"), old);
            name(format!("{at}.rename.{old}"), new);
        }
        for (key, map) in [("set", &self.set), ("add", &self.add)] {
            for text in map.keys() {
                name(format!("{at}.{key}.{text}"), text);
            }
        }
        for (key, map) in [("set", &self.set), ("add", &self.add)] {
            for (header, value) in map {
                let problem = match Text::parse(value, known) {
                    Err(error) => error.to_string(),
                    Ok(text) => match text.plain().map(HeaderValue::try_from) {
                        Some(Err(_)) => "holds a character that no header may hold".to_owned(),
                        Some(Ok(_)) | None => continue,
                    },
                };
                errors.push(ConfigError::new(format!("{at}.{key}.{header}"), problem));
            }
        }
        errors
    }

    /// Ready to be made. Names and values that [`HeaderEdits::check`] refuses are left out.
    pub fn compile(&self, known: Names) -> CompiledHeaderEdits {
        let pairs = |map: &BTreeMap<String, String>| -> Vec<(HeaderName, Content)> {
            map.iter()
                .filter_map(|(name, value)| {
                    let text = Text::parse(value, known).ok()?;
                    let content = match text.plain() {
                        Some(plain) => Content::Ready(HeaderValue::try_from(plain).ok()?),
                        None => Content::Template(text),
                    };
                    Some((parse(name)?, content))
                })
                .collect()
        };
        CompiledHeaderEdits {
            remove: self.remove.iter().filter_map(|name| parse(name)).collect(),
            rename: self
                .rename
                .iter()
                .filter_map(|(old, new)| Some((parse(old)?, parse(new)?)))
                .collect(),
            set: pairs(&self.set),
            add: pairs(&self.add),
        }
    }
}

fn parse(name: &str) -> Option<HeaderName> {
    name.parse().ok()
}

/// Changes with ready-made names and values.
pub struct CompiledHeaderEdits {
    remove: Vec<HeaderName>,
    rename: Vec<(HeaderName, HeaderName)>,
    set: Vec<(HeaderName, Content)>,
    add: Vec<(HeaderName, Content)>,
}

enum Content {
    Ready(HeaderValue),
    Template(Text),
}

impl Content {
    fn value(&self, name: &HeaderName, context: &Value) -> Result<HeaderValue, Failure> {
        match self {
            Self::Ready(value) => Ok(value.clone()),
            Self::Template(text) => {
                let rendered = text.render(context);
                let text = rendered.map_err(|error| templates::failed(name.as_str(), &error))?;
                HeaderValue::try_from(text).map_err(|_| {
                    let detail = format!(
                        "the value made for header `{name}` holds a character that no header may hold"
                    );
                    Failure::new(Refusal::PolicyFailed, detail)
                })
            }
        }
    }
}

/// A head whose headers can be changed.
pub trait Head {
    /// All headers.
    fn headers(&self) -> &HeaderMap;
    /// Replaces every header of the name.
    fn set(&mut self, name: &HeaderName, value: HeaderValue);
    /// Adds one more header of the name.
    fn append(&mut self, name: &HeaderName, value: HeaderValue);
    /// Removes every header of the name.
    fn remove(&mut self, name: &HeaderName);
}

impl CompiledHeaderEdits {
    /// The variables that its templates read.
    pub fn names(&self) -> Names {
        let contents = self.set.iter().chain(&self.add);
        contents.fold(Names::NONE, |names, (_, content)| match content {
            Content::Ready(_) => names,
            Content::Template(text) => names.and(text.names()),
        })
    }

    /// Makes the changes. All values are made before the first header is touched; a template that fails changes nothing.
    pub fn apply(&self, head: &mut impl Head, context: &Value) -> Result<(), Failure> {
        let made = |list: &[(HeaderName, Content)]| -> Result<Vec<HeaderValue>, Failure> {
            list.iter()
                .map(|(name, content)| content.value(name, context))
                .collect()
        };
        let (set, add) = (made(&self.set)?, made(&self.add)?);
        for name in &self.remove {
            head.remove(name);
        }
        for (old, new) in &self.rename {
            let values: Vec<HeaderValue> = head.headers().get_all(old).iter().cloned().collect();
            if values.is_empty() {
                continue;
            }
            head.remove(old);
            for value in values {
                head.append(new, value);
            }
        }
        for ((name, _), value) in self.set.iter().zip(set) {
            head.set(name, value);
        }
        for ((name, _), value) in self.add.iter().zip(add) {
            head.append(name, value);
        }
        Ok(())
    }
}

macro_rules! head {
    ($view:ident) => {
        impl Head for $view<'_> {
            fn headers(&self) -> &HeaderMap {
                $view::headers(self)
            }
            fn set(&mut self, name: &HeaderName, value: HeaderValue) {
                $view::set(self, name, value);
            }
            fn append(&mut self, name: &HeaderName, value: HeaderValue) {
                $view::append(self, name, value);
            }
            fn remove(&mut self, name: &HeaderName) {
                $view::remove(self, name);
            }
        }
    };
}
head!(UpstreamRequest);
head!(Response);
