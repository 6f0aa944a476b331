//! Claims of tokens: finding them by path, and comparing them with what is wanted.

use std::collections::BTreeMap;

use serde_json::Value;

/// A claim by its path: the whole text as one name first (`https://example.com/roles`), then with dots as steps
/// (`realm_access.roles`).
pub fn find<'a>(claims: &'a Value, path: &str) -> Option<&'a Value> {
    if let Some(value) = claims.get(path) {
        return Some(value);
    }
    path.split('.')
        .try_fold(claims, |value, step| value.get(step))
        .filter(|_| path.contains('.'))
}

/// A claim as the text of a header: texts as they are, numbers and booleans, lists of these with commas. Nothing for what
/// cannot be one line.
pub fn to_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(yes) => Some(yes.to_string()),
        Value::Array(items) if !items.is_empty() => {
            let texts: Option<Vec<String>> = items
                .iter()
                .map(|item| match item {
                    Value::Array(_) | Value::Object(_) => None,
                    other => to_text(other),
                })
                .collect();
            Some(texts?.join(","))
        }
        _ => None,
    }
}

/// Whether a claim has a wanted value: equal to it, or a list with it; of a list of wanted values any one will do.
pub fn matches(have: &Value, wanted: &Value) -> bool {
    match (have, wanted) {
        (_, Value::Array(wanted)) => wanted.iter().any(|one| matches(have, one)),
        (Value::Array(have), wanted) => have.contains(wanted),
        (have, wanted) => have == wanted,
    }
}

/// The first of the wanted claims that does not hold.
pub fn first_missing<'a>(claims: &Value, wanted: &'a BTreeMap<String, Value>) -> Option<&'a str> {
    wanted
        .iter()
        .find(|(path, wanted)| !find(claims, path).is_some_and(|have| matches(have, wanted)))
        .map(|(path, _)| path.as_str())
}

/// Whether a token was given a scope: `scope` as a text with blanks (RFC 8693, section 4.2), or a list in `scope`, `scp`
/// or `scopes`.
pub fn has_scope(claims: &Value, scope: &str) -> bool {
    ["scope", "scp", "scopes"]
        .iter()
        .any(|name| match claims.get(name) {
            Some(Value::String(text)) => text.split(' ').any(|one| one == scope),
            Some(Value::Array(list)) => list.iter().any(|one| one == scope),
            _ => false,
        })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn paths_are_names_before_they_are_steps() {
        let claims = json!({"a.b": 1, "a": {"b": 2, "c": {"d": 3}}, "": 4});
        assert_eq!(find(&claims, "a.b"), Some(&json!(1)));
        assert_eq!(find(&claims, "a.c.d"), Some(&json!(3)));
        assert_eq!(find(&claims, "a.x"), None);
        assert_eq!(find(&claims, "a..b"), None);
    }

    #[test]
    fn values_match_lists_on_either_side() {
        for (have, wanted, expected) in [
            (json!("a"), json!("a"), true),
            (json!("a"), json!(["b", "a"]), true),
            (json!(["a", "b"]), json!("b"), true),
            (json!(["a"]), json!(["c", "d"]), false),
            (json!("1"), json!(1), false),
            (json!(true), json!(true), true),
            (json!(null), json!(""), false),
            (json!({"a": 1}), json!("a"), false),
            (json!("a"), json!([]), false),
        ] {
            assert_eq!(matches(&have, &wanted), expected, "{have} {wanted}");
        }
    }

    #[test]
    fn scopes_stand_in_texts_and_lists() {
        assert!(has_scope(&json!({"scope": "read write"}), "write"));
        assert!(!has_scope(&json!({"scope": "readwrite"}), "read"));
        assert!(has_scope(&json!({"scp": ["read"]}), "read"));
        assert!(!has_scope(&json!({"scp": [["read"]]}), "read"));
        assert!(!has_scope(&json!({}), "read"));
    }

    #[test]
    fn only_what_is_one_line_becomes_a_header() {
        assert_eq!(to_text(&json!(["a", 1, true])).as_deref(), Some("a,1,true"));
        assert_eq!(to_text(&json!({"a": 1})), None);
        assert_eq!(to_text(&json!([["a"]])), None);
        assert_eq!(to_text(&json!([])), None);
        assert_eq!(to_text(&json!(null)), None);
    }
}
