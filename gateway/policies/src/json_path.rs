//! Paths into JSON: pointers (RFC 6901) in which `*` is every member or item, and `**` any depth.

use serde_json::{Map, Value};
use thiserror::Error;

/// Longest path in steps.
const STEPS: usize = 32;

/// A path into JSON: `/items/*/card/number`, `/**/password`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonPath {
    steps: Vec<Step>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Named(String),
    Each,
    Deep,
}

/// Why a text is no path.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PathError {
    /// It does not begin with a slash.
    #[error("`{0}` does not begin with a slash")]
    NotAbsolute(String),
    /// `~` is followed by 0 or 1.
    #[error("`{0}` has a `~` that is neither `~0` nor `~1`")]
    Escape(String),
    /// `**` leads to something.
    #[error("`{0}` ends with `**`, or has two of them in a row; a name follows")]
    Deep(String),
    /// Too many steps.
    #[error("`{0}` has more than {STEPS} steps")]
    TooLong(String),
}

impl JsonPath {
    /// Reads a path.
    pub fn parse(text: &str) -> Result<Self, PathError> {
        let Some(rest) = text.strip_prefix('/') else {
            return Err(PathError::NotAbsolute(text.to_owned()));
        };
        let mut steps = Vec::new();
        for step in rest.split('/') {
            steps.push(match step {
                "*" => Step::Each,
                "**" => Step::Deep,
                name => Step::Named(unescape(name).ok_or_else(|| PathError::Escape(text.into()))?),
            });
        }
        if steps.len() > STEPS {
            return Err(PathError::TooLong(text.to_owned()));
        }
        let twice = steps
            .windows(2)
            .any(|pair| pair == [Step::Deep, Step::Deep]);
        if twice || steps.last() == Some(&Step::Deep) {
            return Err(PathError::Deep(text.to_owned()));
        }
        Ok(Self { steps })
    }

    /// Whether it leads to one place only.
    pub fn is_plain(&self) -> bool {
        self.steps.iter().all(|step| matches!(step, Step::Named(_)))
    }

    /// Changes every value that it leads to.
    pub fn change(&self, root: &mut Value, change: &mut impl FnMut(&mut Value)) {
        walk(root, &self.steps, &mut |parent, name| match parent {
            Value::Object(members) => members.get_mut(name).into_iter().for_each(&mut *change),
            Value::Array(items) => {
                let item = name
                    .parse()
                    .ok()
                    .and_then(|place: usize| items.get_mut(place));
                item.into_iter().for_each(&mut *change);
            }
            _ => {}
        });
    }

    /// Removes every value that it leads to; whether there was one.
    pub fn remove(&self, root: &mut Value) -> bool {
        let mut found = false;
        walk(root, &self.steps, &mut |parent, name| match parent {
            Value::Object(members) => found |= members.shift_remove(name).is_some(),
            Value::Array(items) => {
                let place = name
                    .parse()
                    .ok()
                    .filter(|place: &usize| *place < items.len());
                if let Some(place) = place {
                    items.remove(place);
                    found = true;
                }
            }
            _ => {}
        });
        found
    }

    /// Puts a value where it leads, making the objects on the way; `-` behind a list adds to it. False where a value that is
    /// no object stands in the way. Only for a path that is plain.
    pub fn set(&self, root: &mut Value, value: Value) -> bool {
        let Some((Step::Named(last), above)) = self.steps.split_last() else {
            return false;
        };
        let mut place = root;
        for step in above {
            let Step::Named(name) = step else {
                return false;
            };
            if place.is_null() {
                *place = Value::Object(Map::new());
            }
            let next = match place {
                Value::Object(members) => members.entry(name.as_str()).or_insert(Value::Null),
                Value::Array(items) => {
                    let item = name
                        .parse()
                        .ok()
                        .and_then(|place: usize| items.get_mut(place));
                    let Some(item) = item else {
                        return false;
                    };
                    item
                }
                _ => return false,
            };
            place = next;
        }
        if place.is_null() {
            *place = Value::Object(Map::new());
        }
        match place {
            Value::Object(members) => {
                members.insert(last.clone(), value);
            }
            Value::Array(items) if last == "-" => items.push(value),
            Value::Array(items) => {
                let item = last
                    .parse()
                    .ok()
                    .and_then(|place: usize| items.get_mut(place));
                let Some(item) = item else {
                    return false;
                };
                *item = value;
            }
            _ => return false,
        }
        true
    }
}

fn unescape(name: &str) -> Option<String> {
    let mut text = String::with_capacity(name.len());
    let mut chars = name.chars();
    while let Some(c) = chars.next() {
        text.push(match c {
            '~' => match chars.next()? {
                '0' => '~',
                '1' => '/',
                _ => return None,
            },
            other => other,
        });
    }
    Some(text)
}

/// Calls `visit` with the parent and the name of each value that the steps lead to. Values are at most as deep as the reader
/// of JSON allows.
fn walk(value: &mut Value, steps: &[Step], visit: &mut impl FnMut(&mut Value, &str)) {
    match steps {
        [] => {}
        [Step::Named(name)] => visit(value, name),
        [Step::Each] => {
            for name in names(value).into_iter().rev() {
                visit(value, &name);
            }
        }
        [Step::Named(name), rest @ ..] => {
            let below = match value {
                Value::Object(members) => members.get_mut(name.as_str()),
                Value::Array(items) => name.parse().ok().and_then(|n: usize| items.get_mut(n)),
                _ => None,
            };
            if let Some(below) = below {
                walk(below, rest, visit);
            }
        }
        [Step::Each, rest @ ..] => each(value, &mut |below| walk(below, rest, visit)),
        [Step::Deep, rest @ ..] => {
            walk(value, rest, visit);
            each(value, &mut |below| walk(below, steps, visit));
        }
    }
}

fn names(value: &Value) -> Vec<String> {
    match value {
        Value::Object(members) => members.keys().cloned().collect(),
        Value::Array(items) => (0..items.len()).map(|place| place.to_string()).collect(),
        _ => Vec::new(),
    }
}

fn each(value: &mut Value, visit: &mut impl FnMut(&mut Value)) {
    match value {
        Value::Object(members) => members.values_mut().for_each(visit),
        Value::Array(items) => items.iter_mut().for_each(visit),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn changed(path: &str, mut value: Value) -> Value {
        let path = JsonPath::parse(path).unwrap();
        path.change(&mut value, &mut |value| *value = json!("#"));
        value
    }

    fn removed(path: &str, mut value: Value) -> Value {
        JsonPath::parse(path).unwrap().remove(&mut value);
        value
    }

    #[test]
    fn paths_lead_to_every_value_that_they_name() {
        let value = json!({"a": [{"b": 1, "c": 2}, {"b": 3}], "b": 4, "x/y": {"~": 5}});
        for (path, expected) in [
            (
                "/a/0/b",
                json!({"a": [{"b": "#", "c": 2}, {"b": 3}], "b": 4, "x/y": {"~": 5}}),
            ),
            (
                "/a/*/b",
                json!({"a": [{"b": "#", "c": 2}, {"b": "#"}], "b": 4, "x/y": {"~": 5}}),
            ),
            (
                "/**/b",
                json!({"a": [{"b": "#", "c": 2}, {"b": "#"}], "b": "#", "x/y": {"~": 5}}),
            ),
            (
                "/x~1y/~0",
                json!({"a": [{"b": 1, "c": 2}, {"b": 3}], "b": 4, "x/y": {"~": "#"}}),
            ),
            ("/a/*", json!({"a": ["#", "#"], "b": 4, "x/y": {"~": 5}})),
            ("/a/9/b", value.clone()),
            ("/b/c", value.clone()),
        ] {
            assert_eq!(changed(path, value.clone()), expected, "{path}");
        }
    }

    #[test]
    fn values_are_removed() {
        let value = json!({"a": [1, 2], "b": {"c": 3}});
        assert_eq!(
            removed("/a/*", value.clone()),
            json!({"a": [], "b": {"c": 3}})
        );
        assert_eq!(
            removed("/a/1", value.clone()),
            json!({"a": [1], "b": {"c": 3}})
        );
        assert_eq!(
            removed("/**/c", value.clone()),
            json!({"a": [1, 2], "b": {}})
        );
    }

    #[test]
    fn values_are_put_in_place() {
        for (path, before, expected) in [
            ("/a/b", json!({}), Some(json!({"a": {"b": 1}}))),
            ("/a", json!({"a": 2}), Some(json!({"a": 1}))),
            ("/a/-", json!({"a": [2]}), Some(json!({"a": [2, 1]}))),
            ("/a/0", json!({"a": [2]}), Some(json!({"a": [1]}))),
            ("/a/0/b", json!({"a": [{}]}), Some(json!({"a": [{"b": 1}]}))),
            ("/a/b", json!({"a": 2}), None),
            ("/a/5", json!({"a": [2]}), None),
        ] {
            let mut value = before.clone();
            let done = JsonPath::parse(path).unwrap().set(&mut value, json!(1));
            assert_eq!(done.then_some(value), expected, "{path} of {before}");
        }
    }

    #[test]
    fn texts_that_are_no_paths_are_refused() {
        for text in ["a", "", "/a~2", "/a/**", "/**/**/a"] {
            assert!(JsonPath::parse(text).is_err(), "{text}");
        }
        assert!(JsonPath::parse(&"/a".repeat(33)).is_err());
    }
}
