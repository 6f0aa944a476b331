//! Limits of a schema, said in words.

use serde_json::{Map, Value};

/// Longest pattern that is shown.
const PATTERN: usize = 200;

/// The limits that one schema sets.
pub(super) fn limits(map: &Map<String, Value>) -> Vec<String> {
    let mut words = Vec::new();
    words.extend(range(map));
    words.extend(count(
        map,
        "minLength",
        "maxLength",
        "character",
        "characters",
    ));
    words.extend(count(map, "minItems", "maxItems", "item", "items"));
    words.extend(count(
        map,
        "minProperties",
        "maxProperties",
        "property",
        "properties",
    ));
    if map.get("uniqueItems") == Some(&Value::Bool(true)) {
        words.push("no two items alike".to_owned());
    }
    if let Some(step) = map.get("multipleOf").filter(|step| step.is_number()) {
        words.push(format!("a multiple of {}", number(step)));
    }
    if let Some(pattern) = map
        .get("pattern")
        .and_then(Value::as_str)
        .filter(|text| text.len() <= PATTERN)
    {
        words.push(format!("matches {}", code(pattern)));
    }
    if let Some(encoding) = map.get("contentEncoding").and_then(Value::as_str) {
        words.push(format!("{encoding} encoded"));
    }
    if let Some(kind) = map.get("contentMediaType").and_then(Value::as_str) {
        words.push(format!("holds {kind}"));
    }
    words
}

/// Alternatives that only demand members: `needs one of a; b and c`.
pub(super) fn demands(options: &[&Value]) -> Option<String> {
    let demands: Vec<String> = options
        .iter()
        .map(|option| {
            let map = option.as_object()?;
            let names = map.get("required")?.as_array()?;
            let names: Vec<String> = names.iter().filter_map(Value::as_str).map(code).collect();
            (map.len() == 1 && !names.is_empty()).then(|| names.join(" and "))
        })
        .collect::<Option<_>>()?;
    Some(format!("needs {}", demands.join(", or ")))
}

/// A value in a few words, for a sentence.
pub(crate) fn value(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn range(map: &Map<String, Value>) -> Option<String> {
    let exclusive = |name: &str| map.get(name) == Some(&Value::Bool(true));
    let limit = |name: &str| map.get(name).filter(|limit| limit.is_number());
    // In 3.1 the exclusive limits are numbers of their own; before, they changed the other ones.
    let (low, above) = match limit("exclusiveMinimum") {
        Some(low) => (Some(low), true),
        None => (limit("minimum"), exclusive("exclusiveMinimum")),
    };
    let (high, below) = match limit("exclusiveMaximum") {
        Some(high) => (Some(high), true),
        None => (limit("maximum"), exclusive("exclusiveMaximum")),
    };
    match (low.map(number), high.map(number)) {
        (Some(low), Some(high)) if !above && !below => Some(format!("{low} to {high}")),
        (Some(low), Some(high)) => {
            let low = if above {
                format!("more than {low}")
            } else {
                format!("at least {low}")
            };
            let high = if below {
                format!("less than {high}")
            } else {
                format!("at most {high}")
            };
            Some(format!("{low} and {high}"))
        }
        (Some(low), None) if above => Some(format!("more than {low}")),
        (Some(low), None) => Some(format!("at least {low}")),
        (None, Some(high)) if below => Some(format!("less than {high}")),
        (None, Some(high)) => Some(format!("at most {high}")),
        (None, None) => None,
    }
}

fn count(map: &Map<String, Value>, low: &str, high: &str, one: &str, many: &str) -> Option<String> {
    let limit = |name: &str| map.get(name).filter(|limit| limit.is_number());
    let unit = |limit: &Value| {
        if limit.as_f64() == Some(1.0) {
            one.to_owned()
        } else {
            many.to_owned()
        }
    };
    match (
        limit(low).filter(|low| low.as_f64() != Some(0.0)),
        limit(high),
    ) {
        (Some(low), Some(high)) if low.as_f64() == high.as_f64() => {
            Some(format!("exactly {} {}", number(low), unit(low)))
        }
        (Some(low), Some(high)) => Some(format!("{} to {} {many}", number(low), number(high))),
        (Some(low), None) => Some(format!("at least {} {}", number(low), unit(low))),
        (None, Some(high)) => Some(format!("at most {} {}", number(high), unit(high))),
        (None, None) => None,
    }
}

/// A number with its digits in threes, from five digits on.
fn number(value: &Value) -> String {
    let text = value.to_string();
    let (sign, digits) = text
        .strip_prefix('-')
        .map_or(("", text.as_str()), |digits| ("-", digits));
    let whole = digits.bytes().all(|byte| byte.is_ascii_digit());
    if digits.len() < 5 || !whole {
        return text;
    }
    let mut grouped = String::from(sign);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push('\u{202f}');
        }
        grouped.push(digit);
    }
    grouped
}

/// As Markdown code, whatever backticks it holds.
fn code(text: &str) -> String {
    if text.contains('`') {
        format!("`` {text} ``")
    } else {
        format!("`{text}`")
    }
}
