//! The reference in `docs/policies/`: a page for each kind, made of its README and its schema, and an index by what people look
//! for.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use crate::KINDS;
use crate::kind::{Composition, Kind};

/// Kinds by the question that they answer. A test holds that every kind stands in exactly one group.
const GROUPS: [(&str, &str, &[&str]); 5] = [
    (
        "Who are you",
        "They find out which application calls.",
        &[
            "key_auth",
            "basic_auth",
            "jwt",
            "oauth2",
            "oauth2_introspection",
            "hmac_auth",
            "mtls_auth",
        ],
    ),
    (
        "May you",
        "They refuse those who may not call, whatever they ask for.",
        &[
            "acl",
            "ip_restriction",
            "geo",
            "opa",
            "forward_auth",
            "bot_detection",
            "cors",
        ],
    ),
    (
        "How much",
        "They share what there is.",
        &[
            "rate_limit",
            "quota",
            "spike_arrest",
            "concurrency_limit",
            "response_rate_limit",
            "request_size_limit",
        ],
    ),
    (
        "Shape",
        "They check and change what passes.",
        &[
            "request_validator",
            "response_validator",
            "json_threat_protection",
            "xml_threat_protection",
            "request_transform",
            "response_transform",
            "xml_json",
            "mask",
            "composite",
            "upstream_auth",
        ],
    ),
    (
        "Answer and steer",
        "They answer themselves, or choose who does.",
        &[
            "cache",
            "mock_response",
            "request_termination",
            "redirect",
            "traffic_split",
            "mirror",
            "fallback",
            "fault_injection",
            "correlation_id",
        ],
    ),
];

/// Where the generated pages come from, for whoever wants to change one.
const NOTE: &str =
    "<!-- Written by `cargo xtask policies` from the policy's README and its schema. -->\n";

/// The page of a kind.
pub fn page(kind: &Kind) -> String {
    let mut out = format!("{NOTE}{}\n", kind.readme.trim_end());
    let schema = (kind.schema)();
    out.push_str("\n## Place\n\n");
    let place = KINDS.iter().position(|one| one.name == kind.name);
    let others = match kind.composition {
        Composition::All => "all of them run, from the widest scope to the narrowest",
        Composition::Narrowest => "only the one of the narrowest scope runs",
    };
    let scopes: Vec<&str> = kind.scopes.iter().map(|scope| scope.as_str()).collect();
    let _ = writeln!(
        out,
        "| | |\n|---|---|\n| stage | {} |\n| run order | {} of {} |\n| can be attached to | {} |\n| several of this kind | {others} |",
        kind.stage.as_str(),
        place.map_or(0, |place| place + 1),
        KINDS.len(),
        scopes.join(", "),
    );
    out.push_str("\n## Every key\n\n");
    let about = text(&schema, "description");
    if !about.is_empty() {
        let _ = writeln!(out, "{about}\n");
    }
    out.push_str(&keys(&schema));
    for (name, part) in parts(&schema) {
        let _ = write!(out, "\n### {}\n\n", title(name));
        let about = text(part, "description");
        if !about.is_empty() {
            let _ = writeln!(out, "{about}\n");
        }
        out.push_str(&keys(part));
    }
    let _ = writeln!(
        out,
        "\nThe JSON Schema is [`openapi/policies/{0}.json`](../../openapi/policies/{0}.json); `gatehouse policies {0}` prints it.",
        kind.name
    );
    out
}

/// The list of all pages.
pub fn index() -> String {
    let mut out = format!(
        "{NOTE}# Policies by what they are for\n\n\
         How policies go together is in [Policies](../policies.md); who comes from Kong finds the names in \
         [Policies from Kong](../policies-from-kong.md). The number is the place in the run order.\n"
    );
    for (name, about, kinds) in GROUPS {
        let _ = write!(
            out,
            "\n## {name}\n\n{about}\n\n| policy | | stage | order |\n|---|---|---|---|\n"
        );
        for name in kinds {
            let found = KINDS
                .iter()
                .enumerate()
                .find(|(_, kind)| kind.name == *name);
            if let Some((place, kind)) = found {
                let _ = writeln!(
                    out,
                    "| [`{name}`]({name}.md) | {} | {} | {} |",
                    kind.summary,
                    kind.stage.as_str(),
                    place + 1
                );
            }
        }
    }
    out
}

/// The objects and words that the schema names, in its order.
fn parts(schema: &Value) -> impl Iterator<Item = (&String, &Value)> {
    let parts = schema.get("$defs").and_then(Value::as_object);
    parts.into_iter().flat_map(Map::iter)
}

/// A table of an object's keys, or of the words that a choice has.
fn keys(schema: &Value) -> String {
    let mut out = String::new();
    if let Some(properties) = schema.get("properties").and_then(Value::as_object) {
        let required = schema.get("required").and_then(Value::as_array);
        out.push_str("| key | type | unless set | what it is |\n|---|---|---|---|\n");
        for (key, property) in properties {
            let is_required = required.is_some_and(|all| all.iter().any(|one| one == key));
            let default = match property.get("default") {
                _ if is_required => "required".to_owned(),
                None | Some(Value::Null) => String::new(),
                Some(Value::String(text)) if text.is_empty() => "empty".to_owned(),
                Some(default) => format!("`{}`", escaped(&default.to_string())),
            };
            let _ = writeln!(
                out,
                "| `{key}` | {} | {default} | {} |",
                type_of(property),
                text(property, "description")
            );
        }
    } else if let Some(words) = schema.get("oneOf").and_then(Value::as_array) {
        out.push_str("| value | what it means |\n|---|---|\n");
        for word in words {
            let value = match word.get("const") {
                Some(value) => format!("`{value}`"),
                None => type_of(word),
            };
            let _ = writeln!(out, "| {value} | {} |", text(word, "description"));
        }
    } else {
        let _ = writeln!(out, "{}", type_of(schema));
    }
    out
}

/// What a value may be, in a few words.
fn type_of(schema: &Value) -> String {
    if let Some(name) = schema.get("$ref").and_then(Value::as_str) {
        let name = title(name.rsplit('/').next().unwrap_or_default());
        return format!("[{name}](#{})", name.to_lowercase().replace(' ', "-"));
    }
    for several in ["anyOf", "oneOf"] {
        if let Some(choices) = schema.get(several).and_then(Value::as_array) {
            let mut names: Vec<String> = choices.iter().map(type_of).collect();
            names.retain(|name| !name.is_empty());
            return names.join(" or ");
        }
    }
    if let Some(words) = schema.get("enum").and_then(Value::as_array) {
        let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
        return words.join(", ");
    }
    if let Some(word) = schema.get("const") {
        return format!("`{word}`");
    }
    let types: Vec<&str> = match schema.get("type") {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(all)) => all.iter().filter_map(Value::as_str).collect(),
        _ => return "any JSON".to_owned(),
    };
    let of = |key: &str| {
        schema
            .get(key)
            .filter(|inner| inner.is_object())
            .map(type_of)
    };
    let named = types
        .into_iter()
        .filter(|one| *one != "null")
        .map(|one| match one {
            "array" => {
                of("items").map_or_else(|| "list".to_owned(), |inner| format!("list of {inner}"))
            }
            "object" => of("additionalProperties")
                .map_or_else(|| "object".to_owned(), |inner| format!("{inner} by name")),
            "integer" => bounds(schema, "whole number"),
            "number" => bounds(schema, "number"),
            "string" => "text".to_owned(),
            "boolean" => "`true`, `false`".to_owned(),
            other => other.to_owned(),
        });
    named.collect::<Vec<_>>().join(" or ")
}

fn bounds(schema: &Value, name: &str) -> String {
    let bound = |key| schema.get(key).map(Value::to_string);
    match (
        bound("minimum").filter(|least| least != "0"),
        bound("maximum"),
    ) {
        (Some(least), Some(most)) => format!("{name}, {least} to {most}"),
        (Some(least), None) => format!("{name}, at least {least}"),
        (None, Some(most)) => format!("{name}, at most {most}"),
        (None, None) => name.to_owned(),
    }
}

fn text(schema: &Value, key: &str) -> String {
    let text = schema.get(key).and_then(Value::as_str).unwrap_or_default();
    escaped(&text.replace('\n', " "))
}

/// A bar would end the cell of a table.
fn escaped(text: &str) -> String {
    text.replace('|', "\\|")
}

/// `CostConfig` as people read it: `Cost config`.
fn title(name: &str) -> String {
    let mut out = String::new();
    for (i, letter) in name.chars().enumerate() {
        let is_new_word = i > 0
            && letter.is_uppercase()
            && name.chars().nth(i - 1).is_some_and(char::is_lowercase);
        if is_new_word {
            out.push(' ');
            out.extend(letter.to_lowercase());
        } else {
            out.push(letter);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_stands_in_one_group() {
        for kind in KINDS {
            let groups = GROUPS.iter().flat_map(|(_, _, kinds)| kinds.iter());
            let count = groups.filter(|name| **name == kind.name).count();
            assert_eq!(count, 1, "{}", kind.name);
        }
    }

    #[test]
    fn types_are_named_in_words() {
        for (schema, expected) in [
            (serde_json::json!({"type": "string"}), "text"),
            (
                serde_json::json!({"type": ["integer", "null"], "minimum": 1, "maximum": 9}),
                "whole number, 1 to 9",
            ),
            (
                serde_json::json!({"type": "array", "items": {"$ref": "#/$defs/LimitConfig"}}),
                "list of [Limit config](#limit-config)",
            ),
            (
                serde_json::json!({"type": "object", "additionalProperties": {"type": "string"}}),
                "text by name",
            ),
            (
                serde_json::json!({"anyOf": [{"$ref": "#/$defs/By"}, {"type": "null"}]}),
                "[By](#by)",
            ),
            (
                serde_json::json!({"enum": ["301", "302"]}),
                "`\"301\"`, `\"302\"`",
            ),
            (serde_json::json!({"description": "x"}), "any JSON"),
        ] {
            assert_eq!(type_of(&schema), expected);
        }
    }

    #[test]
    fn a_page_has_the_words_of_the_readme_and_every_key() {
        for kind in KINDS {
            let page = page(kind);
            let schema = (kind.schema)();
            let properties = schema["properties"].as_object().unwrap();
            for key in properties.keys() {
                assert!(
                    page.contains(&format!("\n| `{key}` |")),
                    "{} {key}",
                    kind.name
                );
            }
            assert!(page.contains(kind.readme.trim_end()));
        }
    }
}
