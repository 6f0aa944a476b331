//! XML to JSON and back: attributes are members with a prefix, equal elements beside each other a list.

use quick_xml::escape::escape;
use serde_json::{Map, Number, Value};
use thiserror::Error;

use super::config::Config;
use crate::xml::{self, Visitor, XmlOffence};

/// Why a body cannot be turned.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(super) enum ConvertError {
    #[error("the XML is refused: {0}")]
    Xml(#[from] XmlOffence),
    #[error("values are more than {0} deep")]
    Depth(usize),
    #[error("there are more than {0} values")]
    Elements(u64),
    #[error("the turned body is larger than {0} bytes")]
    Size(usize),
    #[error("`{0}` cannot be the name of an element or attribute")]
    Name(String),
    #[error("attribute `{0}` is a list or an object")]
    Attribute(String),
    #[error("a text holds a character that XML cannot hold")]
    Character,
}

/// The JSON of an XML document.
pub(super) fn to_json(body: &[u8], config: &Config) -> Result<Value, ConvertError> {
    let mut builder = Builder {
        config,
        open: vec![Open::default()],
    };
    xml::read(body, &config.bounds(), &mut builder)?;
    let top = builder.open.pop().unwrap_or_default();
    Ok(Value::Object(top.members))
}

#[derive(Default)]
struct Open {
    name: String,
    members: Map<String, Value>,
    text: String,
}

struct Builder<'c> {
    config: &'c Config,
    /// The first holds the root element.
    open: Vec<Open>,
}

impl Builder<'_> {
    fn value_of(&self, text: &str) -> Value {
        if self.config.infer_types {
            inferred(text)
        } else {
            Value::String(text.to_owned())
        }
    }
}

impl Visitor for Builder<'_> {
    fn begin(&mut self, name: &str, attributes: Vec<(String, String)>) {
        let mut members = Map::new();
        for (attribute, value) in attributes {
            let member = format!("{}{attribute}", self.config.attribute_prefix);
            members.insert(member, self.value_of(&value));
        }
        self.open.push(Open {
            name: name.to_owned(),
            members,
            text: String::new(),
        });
    }

    fn text(&mut self, text: &str) {
        if let Some(open) = self.open.last_mut() {
            open.text.push_str(text);
        }
    }

    fn end(&mut self) {
        let Some(element) = self.open.pop() else {
            return;
        };
        let text = element.text.trim();
        let value = match (element.members.is_empty(), text.is_empty()) {
            (true, true) => Value::Null,
            (true, false) => self.value_of(text),
            (false, true) => Value::Object(element.members),
            (false, false) => {
                let mut members = element.members;
                members.insert(self.config.text_member.clone(), self.value_of(text));
                Value::Object(members)
            }
        };
        let is_list = self.config.lists.contains(&element.name);
        let Some(above) = self.open.last_mut() else {
            return;
        };
        match above.members.get_mut(&element.name) {
            Some(Value::Array(items)) => items.push(value),
            Some(first) => *first = Value::Array(vec![first.take(), value]),
            None if is_list => {
                above
                    .members
                    .insert(element.name, Value::Array(vec![value]));
            }
            None => {
                above.members.insert(element.name, value);
            }
        }
    }
}

/// A text as the value that it spells. Only numbers that are written as JSON writes them: `007` and `1e5` stay texts.
fn inferred(text: &str) -> Value {
    match text {
        "true" => return Value::Bool(true),
        "false" => return Value::Bool(false),
        _ => {}
    }
    let is_plain = text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b'.'));
    let number = is_plain
        .then(|| serde_json::from_str::<Number>(text).ok())
        .flatten();
    match number.filter(|number| number.to_string() == text) {
        Some(number) => Value::Number(number),
        None => Value::String(text.to_owned()),
    }
}

/// The XML of a JSON value.
pub(super) fn to_xml(value: &Value, config: &Config) -> Result<Vec<u8>, ConvertError> {
    let mut writer = Writer {
        config,
        out: String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"),
        elements: 0,
    };
    match value {
        Value::Object(members) if members.len() == 1 => match members.iter().next() {
            Some((name, value)) if is_element(value) && xml::is_name(name) => {
                writer.element(name, value, 1)?;
            }
            _ => writer.element(&config.root, value, 1)?,
        },
        Value::Array(_) => writer.list(value)?,
        value => writer.element(&config.root, value, 1)?,
    }
    Ok(writer.out.into_bytes())
}

/// Whether a member's value can be one element, rather than several.
fn is_element(value: &Value) -> bool {
    !value.is_array()
}

struct Writer<'c> {
    config: &'c Config,
    out: String,
    elements: u64,
}

impl Writer<'_> {
    /// A list at the top: its items are elements called `item`.
    fn list(&mut self, value: &Value) -> Result<(), ConvertError> {
        let mut members = Map::new();
        members.insert("item".to_owned(), value.clone());
        self.element(&self.config.root.clone(), &Value::Object(members), 1)
    }

    fn element(&mut self, name: &str, value: &Value, depth: usize) -> Result<(), ConvertError> {
        self.count(depth)?;
        if !xml::is_name(name) {
            return Err(ConvertError::Name(name.to_owned()));
        }
        self.put(&format!("<{name}"))?;
        let Value::Object(members) = value else {
            if value.is_null() {
                return self.put("/>");
            }
            self.put(">")?;
            self.value(value, depth)?;
            return self.put(&format!("</{name}>"));
        };
        let prefix = &self.config.attribute_prefix;
        for (member, value) in members {
            let Some(attribute) = member.strip_prefix(prefix.as_str()) else {
                continue;
            };
            if !xml::is_name(attribute) {
                return Err(ConvertError::Name(attribute.to_owned()));
            }
            let text =
                scalar(value).ok_or_else(|| ConvertError::Attribute(attribute.to_owned()))?;
            self.put(&format!(" {attribute}=\"{}\"", escaped(&text)?))?;
        }
        self.put(">")?;
        for (member, value) in members {
            if *member == self.config.text_member {
                self.value(value, depth)?;
            } else if !member.starts_with(prefix.as_str()) {
                match value {
                    Value::Array(items) => {
                        for item in items {
                            self.element(member, item, depth + 1)?;
                        }
                    }
                    value => self.element(member, value, depth + 1)?,
                }
            }
        }
        self.put(&format!("</{name}>"))
    }

    /// What stands between the tags of an element that is no object.
    fn value(&mut self, value: &Value, depth: usize) -> Result<(), ConvertError> {
        match value {
            Value::Array(items) => {
                for item in items {
                    self.element("item", item, depth + 1)?;
                }
                Ok(())
            }
            Value::Object(_) => self.element("item", value, depth + 1),
            value => {
                let text = scalar(value).unwrap_or_default();
                self.put(&escaped(&text)?)
            }
        }
    }

    fn count(&mut self, depth: usize) -> Result<(), ConvertError> {
        let (deepest, most) = (
            self.config.max_depth.into(),
            self.config.max_elements.into(),
        );
        self.elements += 1;
        if depth > deepest {
            return Err(ConvertError::Depth(deepest));
        }
        if self.elements > most {
            return Err(ConvertError::Elements(most));
        }
        Ok(())
    }

    fn put(&mut self, text: &str) -> Result<(), ConvertError> {
        let most = self.config.max_body_bytes;
        if self.out.len() + text.len() > most {
            return Err(ConvertError::Size(most));
        }
        self.out.push_str(text);
        Ok(())
    }
}

/// A value as text; lists and objects have none.
fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::Null => Some(String::new()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) => Some(text.clone()),
        Value::Array(_) | Value::Object(_) => None,
    }
}

fn escaped(text: &str) -> Result<String, ConvertError> {
    if text.chars().all(xml::is_character) {
        Ok(escape(text).into_owned())
    } else {
        Err(ConvertError::Character)
    }
}
