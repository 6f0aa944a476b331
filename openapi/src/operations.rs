//! The operations of a document, in its order, each with its key.

use std::collections::HashSet;

use serde_json::Value;

use crate::document::{self, Document};
use crate::names;
use crate::pointer;

/// Methods that a path item may have.
pub(crate) const METHODS: [&str; 9] = [
    "get", "put", "post", "delete", "options", "head", "patch", "trace", "query",
];

/// Tags, and parameters, that are read of one operation.
const MEMBERS: usize = 200;

/// One method on one path.
#[derive(Debug, Clone)]
pub(crate) struct Operation<'d> {
    /// In capitals.
    pub(crate) method: String,
    /// As written.
    pub(crate) path: &'d str,
    /// The path item, with its reference followed.
    pub(crate) item: &'d Value,
    pub(crate) value: &'d Value,
    /// In the 3.x form.
    pub(crate) pointer: String,
    /// Unique in the document, and the same for the same operation in its next revision.
    pub(crate) key: String,
}

impl<'d> Operation<'d> {
    pub(crate) fn id(&self) -> Option<&'d str> {
        document::text(self.value, "operationId")
    }

    pub(crate) fn summary(&self) -> Option<&'d str> {
        document::text(self.value, "summary").or_else(|| document::text(self.item, "summary"))
    }

    /// The heading for people.
    pub(crate) fn title(&self) -> String {
        match (self.summary(), self.id()) {
            (Some(summary), _) => summary.trim().trim_end_matches('.').to_owned(),
            (None, Some(id)) => names::sentence(id),
            (None, None) => format!("{} {}", self.method, self.path),
        }
    }

    pub(crate) fn tags(&self) -> Vec<String> {
        let mut tags: Vec<String> = Vec::new();
        for tag in document::list(self.value, "tags")
            .iter()
            .filter_map(Value::as_str)
            .take(MEMBERS)
        {
            if !tag.trim().is_empty() && !tags.iter().any(|known| known == tag) {
                tags.push(tag.to_owned());
            }
        }
        tags
    }

    pub(crate) fn deprecated(&self) -> bool {
        document::flag(self.value, "deprecated")
    }

    /// Its parameters and those of its path item, references followed, its own first of the same name and place.
    pub(crate) fn parameters(&self, document: &'d Document) -> Vec<(&'d Value, String)> {
        let mut found: Vec<(&Value, String)> = Vec::new();
        let item_pointer = self.pointer.rsplit_once('/').map_or("", |(item, _)| item);
        let places = [
            (self.value, self.pointer.as_str()),
            (self.item, item_pointer),
        ];
        for (owner, place) in places {
            let parameters = document::list(owner, "parameters").iter().take(MEMBERS);
            for (index, written) in parameters.enumerate() {
                let Some(parameter) = document.resolve(written) else {
                    continue;
                };
                let same = |other: &Value| {
                    other.get("name") == parameter.get("name")
                        && other.get("in") == parameter.get("in")
                };
                if parameter.is_object() && !found.iter().any(|(other, _)| same(other)) {
                    found.push((parameter, format!("{place}/parameters/{index}")));
                }
            }
        }
        found
    }
}

/// All operations, in the order of the document, up to [`Limits::operations`](crate::Limits::operations). What is no
/// object is passed over.
pub(crate) fn all(document: &Document) -> Vec<Operation<'_>> {
    let mut found = Vec::new();
    let limit = document.limits().operations;
    for (path, written) in document.top("paths").into_iter().flatten() {
        if path.starts_with("x-") || found.len() >= limit {
            continue;
        }
        let Some(item) = document.resolve(written) else {
            continue;
        };
        let place = pointer::join("/paths", path);
        for (method, value) in item.as_object().into_iter().flatten() {
            if METHODS.contains(&method.as_str()) && value.is_object() {
                let pointer = format!("{place}/{method}");
                found.push(make(
                    method.to_ascii_uppercase(),
                    path,
                    item,
                    value,
                    pointer,
                ));
            }
        }
        // From 3.2 on, methods of one's own have a place.
        for (method, value) in item
            .get("additionalOperations")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
        {
            if value.is_object() && names::is_method(method) {
                let pointer = pointer::join(&format!("{place}/additionalOperations"), method);
                found.push(make(method.clone(), path, item, value, pointer));
            }
        }
    }
    found.truncate(limit);
    assign_keys(&mut found);
    found
}

fn make<'d>(
    method: String,
    path: &'d str,
    item: &'d Value,
    value: &'d Value,
    pointer: String,
) -> Operation<'d> {
    Operation {
        method,
        path,
        item,
        value,
        pointer,
        key: String::new(),
    }
}

fn assign_keys(operations: &mut [Operation<'_>]) {
    let mut taken = HashSet::new();
    for operation in operations {
        let place = format!("{} {}", operation.method, operation.path);
        let mut key = names::operation_key(operation.id(), &operation.method, operation.path);
        if !taken.insert(key.clone()) {
            key = names::with_mark(&key, &place);
            while !taken.insert(key.clone()) {
                key = names::with_mark(&key, &key);
            }
        }
        operation.key = key;
    }
}
