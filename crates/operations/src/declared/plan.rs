//! The difference between two declarations: what would be made, changed and taken away, and what of it is told.

use std::collections::{HashMap, HashSet};

use declaration::{Item, ItemKind, Key};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// What happens to a thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// It is not there yet.
    Create,
    /// It is there and says something else.
    Update,
    /// It is there, carries the tag, and is not declared any more.
    Delete,
    /// It is there and not declared; nothing happens to it.
    Keep,
}

/// One line of a difference.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Line {
    /// What happens.
    pub action: Action,
    /// To what kind of thing.
    pub kind: ItemKind,
    /// To which one: `shipping/v2/GET /rates`.
    pub name: String,
    /// Which of its members differ, from what to what.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub changes: Map<String, Value>,
}

/// A step: a line with what is needed to take it.
#[derive(Debug, Clone)]
pub(super) struct Step {
    pub(super) action: Action,
    /// As it is; for everything but a creation.
    pub(super) before: Option<Item>,
    /// As it is to be; for creations and changes.
    pub(super) after: Option<Item>,
}

impl Step {
    pub(super) fn key(&self) -> &Key {
        match (&self.after, &self.before) {
            (Some(item), _) | (None, Some(item)) => &item.key,
            (None, None) => unreachable!("a step is about an item"),
        }
    }

    pub(super) fn line(&self) -> Line {
        let key = self.key();
        let changes = match (&self.before, &self.after) {
            (Some(before), Some(after)) => changes(before, after),
            _ => Map::new(),
        };
        Line {
            action: self.action,
            kind: key.kind,
            name: key.path.clone(),
            changes,
        }
    }
}

/// Which things are looked at.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Choice {
    /// Whether what carries the tag and is not declared any more is taken away.
    pub prune: bool,
    /// Only things whose `kind name` fits one of these, with `*` for anything; all of them when there is none.
    pub select: Vec<String>,
}

impl Choice {
    fn has(&self, key: &Key) -> bool {
        let name = key.to_string();
        self.select.is_empty() || self.select.iter().any(|pattern| fits(pattern, &name))
    }
}

/// Whether a text fits a pattern in which `*` stands for anything.
fn fits(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else {
        return false;
    };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else {
        return rest.is_empty();
    };
    for part in middle {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// The steps from what is there to what is declared, in the order in which they are taken. `owned` tells whether a thing
/// may be taken away.
pub(super) fn steps(
    current: Vec<Item>,
    wanted: Vec<Item>,
    choice: &Choice,
    owned: impl Fn(&Item) -> bool,
) -> Vec<Step> {
    let wanted_keys: HashSet<&Key> = wanted.iter().map(|item| &item.key).collect();
    let (ranks, gone) = (ranks(&current, &wanted), gone(&current, &wanted_keys));
    let mut present: HashMap<Key, Item> = HashMap::new();
    let mut ends = Vec::new();
    for item in current {
        if wanted_keys.contains(&item.key) {
            present.insert(item.key.clone(), item);
        } else if gone.contains(&item.key) && choice.has(&item.key) {
            ends.push(item);
        }
    }
    let mut steps = Vec::new();
    for item in wanted {
        if !choice.has(&item.key) {
            continue;
        }
        match present.remove(&item.key) {
            None => steps.push(Step {
                action: Action::Create,
                before: None,
                after: Some(item),
            }),
            Some(before) => {
                let moved = ranks.contains(&item.key);
                if before.body != item.body || moved {
                    steps.push(Step {
                        action: Action::Update,
                        before: Some(before),
                        after: Some(item),
                    });
                }
            }
        }
    }
    steps.sort_by_key(|step| step.key().kind);
    ends.sort_by_key(|item| std::cmp::Reverse(item.key.kind));
    for item in ends {
        let action = if choice.prune && owned(&item) {
            Action::Delete
        } else {
            Action::Keep
        };
        steps.push(Step {
            action,
            before: Some(item),
            after: None,
        });
    }
    steps
}

/// What is there and not declared. What stands in an application is left out where no application is declared.
fn gone(current: &[Item], wanted: &HashSet<&Key>) -> HashSet<Key> {
    let missing = current.iter().filter(|item| !wanted.contains(&item.key));
    missing.map(|item| item.key.clone()).collect()
}

/// Plans and policies that stand in another order among those that are declared.
fn ranks(current: &[Item], wanted: &[Item]) -> HashSet<Key> {
    let orders = |items: &[Item], among: &HashSet<&Key>| {
        let mut counts: HashMap<(Option<Key>, ItemKind), usize> = HashMap::new();
        let mut found: HashMap<Key, usize> = HashMap::new();
        for item in items {
            if matches!(item.key.kind, ItemKind::Plan | ItemKind::Policy)
                && among.contains(&item.key)
            {
                let count = counts
                    .entry((item.parent.clone(), item.key.kind))
                    .or_default();
                found.insert(item.key.clone(), *count);
                *count += 1;
            }
        }
        found
    };
    let here: HashSet<&Key> = current.iter().map(|item| &item.key).collect();
    let there: HashSet<&Key> = wanted.iter().map(|item| &item.key).collect();
    let both: HashSet<&Key> = here.intersection(&there).copied().collect();
    let (is, shall) = (orders(current, &both), orders(wanted, &both));
    shall
        .into_iter()
        .filter(|(key, rank)| is.get(key) != Some(rank))
        .map(|(key, _)| key)
        .collect()
}

/// The longest text of a change that is told whole.
const TOLD: usize = 200;

/// Which members differ. Secrets are told as having changed, long texts by their length.
fn changes(before: &Item, after: &Item) -> Map<String, Value> {
    let (Value::Object(was), Value::Object(is)) = (before.body.shown(), after.body.shown()) else {
        return Map::new();
    };
    let mut found = Map::new();
    let keys: Vec<&String> = was
        .keys()
        .chain(is.keys().filter(|key| !was.contains_key(*key)))
        .collect();
    for key in keys {
        if was.get(key) != is.get(key) {
            let (from, to) = (was.get(key).map(short), is.get(key).map(short));
            found.insert(key.clone(), json!({ "from": from, "to": to }));
        }
    }
    if found.is_empty() && before.body != after.body {
        found.insert(
            "secret".to_owned(),
            json!({ "from": "(secret)", "to": "(another secret)" }),
        );
    }
    if found.is_empty() {
        found.insert("order".to_owned(), json!({ "to": after.position }));
    }
    found
}

fn short(value: &Value) -> Value {
    match value {
        Value::String(text) if text.starts_with(gateway_policies::secret::SEALED) => {
            json!("(secret)")
        }
        Value::String(text) if text.len() > TOLD => json!(format!("({} bytes)", text.len())),
        Value::Array(items) => items.iter().map(short).collect(),
        Value::Object(members) => members
            .iter()
            .map(|(key, value)| (key.clone(), short(value)))
            .collect(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_fit_whole_names() {
        for (pattern, text, expected) in [
            ("api *", "api shipping", true),
            ("*shipping*", "route shipping/v1/GET /a", true),
            ("api ship", "api shipping", false),
            ("api shipping", "api shipping", true),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c", false),
        ] {
            assert_eq!(fits(pattern, text), expected, "{pattern} {text}");
        }
    }
}
