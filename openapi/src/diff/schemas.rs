//! Compares two schemas, each as its page shows it.

use serde_json::Value;

use crate::schema::{Additional, SchemaNode, in_words};

/// Which way a value goes, which decides what breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// Callers write it: what is refused now breaks them.
    Request,
    /// Callers read it: what is missing or new in kind breaks them.
    Response,
}

/// Something that differs.
#[derive(Debug)]
pub(super) struct Difference {
    pub(super) breaking: bool,
    pub(super) sentence: String,
}

impl Difference {
    pub(super) fn new(breaking: bool, sentence: String) -> Self {
        Self { breaking, sentence }
    }

    pub(super) fn breaking(sentence: String) -> Self {
        Self::new(true, sentence)
    }

    pub(super) fn harmless(sentence: String) -> Self {
        Self::new(false, sentence)
    }
}

/// Members named in one sentence's path.
const PATH: usize = 6;

/// Compares what `name` was with what it is.
pub(super) fn compare(
    was: &SchemaNode,
    is: &SchemaNode,
    side: Side,
    name: &str,
    found: &mut Vec<Difference>,
) {
    at(was, is, side, &mut Vec::new(), name, found);
}

fn at(
    was: &SchemaNode,
    is: &SchemaNode,
    side: Side,
    path: &mut Vec<String>,
    name: &str,
    found: &mut Vec<Difference>,
) {
    if was == is || path.len() > PATH {
        return;
    }
    let place = place(name, path);
    let had = found.len();
    types(was, is, side, &place, found);
    values(was, is, side, &place, found);
    // What is of another type has other members: one sentence says it.
    if found.len() > had && was.types != is.types {
        return;
    }
    if side == Side::Response && is.nullable && !was.nullable {
        found.push(Difference::breaking(format!("{place} may be null now.")));
    }
    if side == Side::Request && was.nullable && !is.nullable {
        found.push(Difference::breaking(format!(
            "{place} must not be null any more."
        )));
    }
    members(was, is, side, path, name, found);
    if let (Some(was), Some(is)) = (&was.items, &is.items) {
        path.push("[]".to_owned());
        at(was, is, side, path, name, found);
        path.pop();
    }
    if let (Some(Additional::Schema(was)), Some(Additional::Schema(is))) =
        (&was.additional, &is.additional)
    {
        path.push("*".to_owned());
        at(was, is, side, path, name, found);
        path.pop();
    }
    let options = |node: &SchemaNode| -> Vec<String> {
        node.variants
            .iter()
            .flat_map(|variants| &variants.options)
            .map(|option| option.label.clone())
            .collect()
    };
    let (before, after) = (options(was), options(is));
    for option in before.iter().filter(|option| !after.contains(option)) {
        found.push(Difference::new(
            side == Side::Request,
            format!("{place} has no variant `{option}` any more."),
        ));
    }
    for option in after.iter().filter(|option| !before.contains(option)) {
        found.push(Difference::new(
            side == Side::Response && !before.is_empty(),
            format!("{place} has the new variant `{option}`."),
        ));
    }
}

fn types(was: &SchemaNode, is: &SchemaNode, side: Side, place: &str, found: &mut Vec<Difference>) {
    if was.types.is_empty() && is.types.is_empty() {
        return;
    }
    // A number accepts an integer, and a type that is not said accepts all.
    let accepts = |types: &[String], kind: &String| {
        types.is_empty()
            || types.contains(kind)
            || (kind == "integer" && types.iter().any(|other| other == "number"))
    };
    let (from, to) = match side {
        Side::Request => (&was.types, &is.types),
        Side::Response => (&is.types, &was.types),
    };
    let compatible = if from.is_empty() {
        to.is_empty()
    } else {
        from.iter().all(|kind| accepts(to, kind))
    };
    let text = |types: &[String]| {
        if types.is_empty() {
            "anything".to_owned()
        } else {
            types.join(" or ")
        }
    };
    if was.types != is.types {
        let sentence = format!(
            "{place} is {} now, not {}.",
            text(&is.types),
            text(&was.types)
        );
        found.push(Difference::new(!compatible, sentence));
    } else if was.format != is.format && was.format.is_some() {
        let now = is.format.as_deref().unwrap_or("no format");
        let sentence = format!(
            "{place} has the format {now} now, not {}.",
            was.format.as_deref().unwrap_or_default()
        );
        found.push(Difference::new(
            is.format.is_some() || side == Side::Response,
            sentence,
        ));
    }
}

fn values(was: &SchemaNode, is: &SchemaNode, side: Side, place: &str, found: &mut Vec<Difference>) {
    let all = |node: &SchemaNode| -> Vec<Value> {
        node.values.iter().chain(&node.constant).cloned().collect()
    };
    let (before, after) = (all(was), all(is));
    if was.values_left_out > 0 || is.values_left_out > 0 {
        return;
    }
    match (before.is_empty(), after.is_empty()) {
        (true, true) => {}
        (true, false) => {
            found.push(Difference::new(
                side == Side::Request,
                format!("{place} allows only certain values now."),
            ));
        }
        (false, true) => {
            found.push(Difference::new(
                side == Side::Response,
                format!("{place} allows any value now."),
            ));
        }
        (false, false) => {
            for value in before.iter().filter(|value| !after.contains(value)) {
                let sentence = format!(
                    "{place} does not know the value `{}` any more.",
                    in_words(value)
                );
                found.push(Difference::new(side == Side::Request, sentence));
            }
            for value in after.iter().filter(|value| !before.contains(value)) {
                let sentence = format!("{place} has the new value `{}`.", in_words(value));
                found.push(Difference::harmless(sentence));
            }
        }
    }
}

fn members(
    was: &SchemaNode,
    is: &SchemaNode,
    side: Side,
    path: &mut Vec<String>,
    name: &str,
    found: &mut Vec<Difference>,
) {
    // What was cut off on either side says nothing about what is gone.
    let whole = was.properties_left_out == 0
        && is.properties_left_out == 0
        && was.marker.is_none()
        && is.marker.is_none();
    for before in &was.properties {
        path.push(before.name.clone());
        let place = place(name, path);
        match is
            .properties
            .iter()
            .find(|property| property.name == before.name)
        {
            None if whole => {
                let refused = matches!(is.additional, Some(Additional::Refused));
                let breaking = side == Side::Response || refused;
                found.push(Difference::new(breaking, format!("{place} is gone.")));
            }
            None => {}
            Some(after) => {
                if side == Side::Request && after.required && !before.required {
                    found.push(Difference::breaking(format!("{place} is required now.")));
                }
                if side == Side::Response && before.required && !after.required {
                    found.push(Difference::breaking(format!("{place} may be missing now.")));
                }
                at(&before.schema, &after.schema, side, path, name, found);
            }
        }
        path.pop();
    }
    for after in is.properties.iter().filter(|_| whole) {
        if !was
            .properties
            .iter()
            .any(|property| property.name == after.name)
        {
            path.push(after.name.clone());
            let place = place(name, path);
            path.pop();
            if side == Side::Request && after.required && !after.schema.read_only {
                found.push(Difference::breaking(format!(
                    "{place} is new and required."
                )));
            } else {
                found.push(Difference::harmless(format!("{place} is new.")));
            }
        }
    }
}

/// "`a.b` in the body", or "The body".
fn place(name: &str, path: &[String]) -> String {
    if path.is_empty() {
        return name.to_owned();
    }
    let lower = name
        .strip_prefix("The ")
        .map_or_else(|| name.to_owned(), |rest| format!("the {rest}"));
    format!("`{}` in {lower}", path.join(".").replace(".[]", "[]"))
}
