//! Lists of `name:value` texts as changes of headers, queries and bodies.

use serde_json::{Map, Value, json};

/// What a template of another gateway looks like: it cannot be read here.
fn is_template(value: &str) -> bool {
    value.contains("$(") || value.contains("{{") || value.contains("{%")
}

/// `name:value` texts as an object; those that cannot be taken over are told.
pub(crate) fn pairs(texts: &[String], refused: &mut Vec<String>) -> Map<String, Value> {
    let mut found = Map::new();
    for text in texts {
        let (name, value) = text.split_once(':').unwrap_or((text, ""));
        let (name, value) = (name.trim(), value.trim());
        if name.is_empty() || is_template(value) {
            refused.push(format!("`{text}` holds a template of the other gateway"));
        } else {
            found.insert(name.to_owned(), json!(value));
        }
    }
    found
}

/// `name` texts (also `name:whatever`).
pub(crate) fn names(texts: &[String]) -> Vec<&str> {
    texts
        .iter()
        .map(|text| text.split(':').next().unwrap_or(text).trim())
        .filter(|name| !name.is_empty())
        .collect()
}

/// `a.b` texts as pointers.
pub(crate) fn pointer(name: &str) -> String {
    format!("/{}", name.trim().replace('.', "/"))
}

/// Members to set in a body, by pointer.
pub(crate) fn members(
    texts: &[String],
    types: &[String],
    refused: &mut Vec<String>,
) -> Map<String, Value> {
    let mut found = Map::new();
    for (index, text) in texts.iter().enumerate() {
        let (name, value) = text.split_once(':').unwrap_or((text, ""));
        if is_template(value) {
            refused.push(format!("`{text}` holds a template of the other gateway"));
            continue;
        }
        let value = match types.get(index).map(String::as_str) {
            Some("number" | "boolean") => {
                serde_json::from_str(value.trim()).unwrap_or(json!(value))
            }
            _ => json!(value),
        };
        found.insert(pointer(name), value);
    }
    found
}

/// Whether there is nothing in any of them.
pub(crate) fn all_empty(value: &Value) -> bool {
    match value {
        Value::Object(members) => members.values().all(all_empty),
        Value::Array(items) => items.is_empty(),
        Value::Null => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_split_at_the_first_colon() {
        let mut refused = Vec::new();
        let texts = ["X-A:b:c".to_owned(), "X-B:$(headers.x)".to_owned()];
        let found = pairs(&texts, &mut refused);
        assert_eq!(Value::Object(found), json!({ "X-A": "b:c" }));
        assert_eq!(refused.len(), 1);
        assert_eq!(names(&["a:1".to_owned(), "b".to_owned()]), ["a", "b"]);
        assert_eq!(pointer("a.b"), "/a/b");
    }
}
