//! Reading a foreign file: JSON or YAML, within bounds, with its texts made safe for a declaration.

use serde_json::{Map, Value};

/// The largest file that is read, in bytes.
const MOST: usize = 64 << 20;

/// Why a file was not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// Too large.
    #[error("the file is larger than {} MiB", MOST >> 20)]
    TooLarge,
    /// Not text.
    #[error("the file is not UTF-8 text")]
    NotText,
    /// Neither JSON nor YAML.
    #[error("the file is neither JSON nor YAML: {0}")]
    Malformed(String),
    /// Something else than was said.
    #[error("the file is no {what}: {why}")]
    Other {
        /// What was expected: "decK file".
        what: &'static str,
        /// What gives it away.
        why: String,
    },
}

/// The value in a file. References of ours (`${...}`) that stand in it by chance are escaped; decK's
/// `${{ env "NAME" }}` becomes a reference.
pub(crate) fn read(bytes: &[u8]) -> Result<Value, SourceError> {
    if bytes.len() > MOST {
        return Err(SourceError::TooLarge);
    }
    let text = std::str::from_utf8(bytes).map_err(|_| SourceError::NotText)?;
    let text = text.trim_start_matches('\u{feff}');
    let json = matches!(text.trim_start().as_bytes().first(), Some(b'{' | b'['));
    let mut value: Value = if json {
        serde_json::from_str(text).map_err(|error| SourceError::Malformed(error.to_string()))?
    } else {
        yaml_serde::from_str(text).map_err(|error| SourceError::Malformed(error.to_string()))?
    };
    safe(&mut value);
    Ok(value)
}

fn safe(value: &mut Value) {
    match value {
        Value::String(text) if text.contains("${") => *text = referenced(text),
        Value::Array(items) => items.iter_mut().for_each(safe),
        Value::Object(members) => members.iter_mut().for_each(|(_, member)| safe(member)),
        _ => {}
    }
}

fn referenced(text: &str) -> String {
    let mut result = String::with_capacity(text.len() + 8);
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        result.push_str(before);
        let variable = after.strip_prefix('{').and_then(|inner| {
            let (inner, after) = inner.split_once("}}")?;
            let name = inner.trim().strip_prefix("env")?.trim();
            let name = name.trim_matches(['"', '\'', '`']);
            is_variable(name).then_some((name, after))
        });
        rest = match variable {
            Some((name, after)) => {
                result.push_str(&format!("${{{name}}}"));
                after
            }
            None => {
                result.push_str("$${");
                after
            }
        };
    }
    result + rest
}

fn is_variable(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// Whether a text that was read holds a reference to a variable.
pub(crate) fn has_reference(text: &str) -> bool {
    text.replace("$${", "").contains("${")
}

/// A text as it stood in the source: for what is hashed.
pub(crate) fn plain(text: &str) -> String {
    text.replace("$${", "${")
}

/// A text member that is not empty; numbers and truth values as text.
pub(crate) fn text(value: &Value, name: &str) -> Option<String> {
    match value.get(name)? {
        Value::String(text) if !text.trim().is_empty() => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

/// A whole number, also where it is written as text.
pub(crate) fn number(value: &Value, name: &str) -> Option<i64> {
    match value.get(name)? {
        Value::Number(number) => number
            .as_i64()
            .or_else(|| number.as_f64().map(|float| float as i64)),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// A truth value.
pub(crate) fn flag(value: &Value, name: &str) -> Option<bool> {
    match value.get(name)? {
        Value::Bool(flag) => Some(*flag),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// A list of texts; a single text is a list of one.
pub(crate) fn texts(value: &Value, name: &str) -> Vec<String> {
    match value.get(name) {
        Some(Value::String(text)) => vec![text.clone()],
        Some(Value::Array(items)) => items
            .iter()
            .filter_map(|item| match item {
                Value::String(text) => Some(text.clone()),
                Value::Number(number) => Some(number.to_string()),
                _ => None,
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// The objects of a list, with their places in it.
pub(crate) fn objects<'v>(
    value: &'v Value,
    name: &str,
) -> impl Iterator<Item = (usize, &'v Value)> {
    value
        .get(name)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .enumerate()
        .filter(|(_, item)| item.is_object())
}

/// The members of an object.
pub(crate) fn members<'v>(value: &'v Value, name: &str) -> Option<&'v Map<String, Value>> {
    value.get(name)?.as_object()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_of_deck_become_ours_and_others_are_escaped() {
        assert_eq!(referenced("${{ env \"DECK_KEY\" }}"), "${DECK_KEY}");
        assert_eq!(referenced("a ${b} c"), "a $${b} c");
        assert_eq!(referenced("${{ vault \"x\" }}"), "$${{ vault \"x\" }}");
        assert!(has_reference("${A}") && !has_reference("$${A}"));
        assert_eq!(plain(&referenced("a ${b}")), "a ${b}");
    }

    #[test]
    fn json_and_yaml_are_read() {
        assert_eq!(read(b"{\"a\": 1}").map(|v| v["a"] == 1), Ok(true));
        assert_eq!(read(b"a: 1").map(|v| v["a"] == 1), Ok(true));
        assert!(matches!(read(b"a: [1"), Err(SourceError::Malformed(_))));
        assert_eq!(read(b"\xff"), Err(SourceError::NotText));
    }
}
