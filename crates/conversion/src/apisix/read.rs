//! The lists of a file, whether it is a standalone file or answers of the admin API.

use serde_json::Value;

use crate::report::Report;
use crate::source::{SourceError, text};

/// Lists that are read.
const LISTS: &[&str] = &[
    "routes",
    "services",
    "upstreams",
    "consumers",
    "credentials",
    "plugin_configs",
    "global_rules",
];
/// Lists that are known, and why they are not taken over.
const KNOWN: &[(&str, &str)] = &[
    (
        "ssls",
        "private keys do not belong in this file: give them in `certificates` by `${file:...}`",
    ),
    (
        "ssl",
        "private keys do not belong in this file: give them in `certificates` by `${file:...}`",
    ),
    ("stream_routes", "this gateway carries HTTP only"),
    ("consumer_groups", "make them plans of a product"),
    ("plugin_metadata", "is a matter of the gateway's settings"),
    ("plugins", "every policy of the gateway is there"),
    ("protos", "there is no translation of gRPC"),
    ("secrets", "use `${vault:...}` and `${file:...}` references"),
];

/// One item with its place.
#[derive(Debug, Clone)]
pub(super) struct Item<'v> {
    pub(super) value: &'v Value,
    pub(super) id: String,
    pub(super) place: String,
}

/// A file.
pub(super) struct Dump<'v>(Vec<(&'static str, Item<'v>)>);

impl<'v> Dump<'v> {
    pub(super) fn of(root: &'v Value) -> Result<Self, SourceError> {
        let mut items = Vec::new();
        for list in LISTS {
            if let Some(found) = root.get(*list) {
                collect(list, found, &mut items);
            }
        }
        // one answer of the admin API: `{"total": 2, "list": [{"key": "/apisix/routes/1", "value": {...}}]}`
        if let Some(answers) = root.get("list").and_then(Value::as_array) {
            for answer in answers {
                let key = text(answer, "key").unwrap_or_default();
                let list = LISTS.iter().find(|list| key.contains(&format!("/{list}/")));
                if let (Some(list), Some(value)) = (list, answer.get("value")) {
                    // credentials stand below their consumer
                    let list = if key.contains("/credentials/") {
                        &"credentials"
                    } else {
                        list
                    };
                    items.push((
                        *list,
                        item(value, key.trim_start_matches("/apisix/").to_owned()),
                    ));
                }
            }
        }
        match items.is_empty() {
            true => Err(SourceError::Other {
                what: "file of APISIX",
                why: "it has neither `routes` nor `list`".to_owned(),
            }),
            false => Ok(Self(items)),
        }
    }

    pub(super) fn list(&self, name: &str) -> impl Iterator<Item = Item<'v>> {
        self.0
            .iter()
            .filter(move |(list, _)| *list == name)
            .map(|(_, item)| item.clone())
    }

    /// The item that another one names.
    pub(super) fn referred(&self, value: &Value, key: &str, list: &str) -> Option<Item<'v>> {
        let id = text(value, key)?;
        self.list(list).find(|item| item.id == id)
    }

    pub(super) fn unknown(&self, root: &Value, report: &mut Report) {
        for key in root.as_object().into_iter().flatten().map(|(key, _)| key) {
            if LISTS.contains(&key.as_str()) || matches!(key.as_str(), "list" | "total" | "count") {
                continue;
            }
            let why = KNOWN.iter().find(|(known, _)| known == key);
            report.left_out(key, why.map_or("is not known here", |(_, why)| why));
        }
    }
}

fn collect<'v>(list: &'static str, found: &'v Value, items: &mut Vec<(&'static str, Item<'v>)>) {
    match found {
        Value::Array(values) => {
            for (index, value) in values.iter().enumerate() {
                items.push((list, item(value, format!("{list}[{index}]"))));
            }
        }
        // answers of the admin API, one for each list
        Value::Object(answer) => {
            for answer in answer
                .get("list")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
            {
                let key = text(answer, "key").unwrap_or_default();
                if let Some(value) = answer.get("value") {
                    items.push((
                        list,
                        item(value, key.trim_start_matches("/apisix/").to_owned()),
                    ));
                }
            }
        }
        _ => {}
    }
}

fn item(value: &Value, place: String) -> Item<'_> {
    let name = text(value, "name").or_else(|| text(value, "username"));
    Item {
        value,
        id: text(value, "id").unwrap_or_default(),
        place: name.map_or(place.clone(), |name| format!("{place} ({name})")),
    }
}
