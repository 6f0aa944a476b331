//! What changed between two revisions of a document, as a caller sees it.

mod operations;
mod schemas;

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::document::Document;
use crate::import::shape;
use crate::operations::{Operation, all};

/// What kind of change it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// An operation that is new.
    Added,
    /// An operation that is gone.
    Removed,
    /// An operation that is another than before.
    Changed,
    /// An operation that should not be used any more.
    Deprecated,
}

/// One change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// What kind of change it is.
    pub kind: ChangeKind,
    /// Callers written for the old revision may fail.
    pub breaking: bool,
    /// The operation's method, in capitals.
    pub method: String,
    /// The operation's path: the new one, unless it is gone.
    pub path: String,
    /// The operation's key: the new one, unless it is gone.
    pub key: String,
    /// What changed, as a sentence.
    pub sentence: String,
}

/// All changes from `old` to `new`, the breaking ones first, then in the order of the documents.
pub fn between(old: &Document, new: &Document) -> Vec<Change> {
    let (before, after) = (all(old), all(new));
    let mut remaining: HashMap<(String, String), &Operation<'_>> = HashMap::new();
    for operation in &before {
        remaining.entry(place(operation)).or_insert(operation);
    }
    let same_components = old.root().get("components") == new.root().get("components")
        && old.root().get("security") == new.root().get("security");
    let mut changes = Vec::new();
    for operation in &after {
        match remaining.remove(&place(operation)) {
            None => changes.push(change(
                ChangeKind::Added,
                false,
                operation,
                "The operation is new.".to_owned(),
            )),
            Some(former) => {
                let same = same_components
                    && former.value == operation.value
                    && former.item == operation.item;
                if !same {
                    operations::compare(old, former, new, operation, &mut changes);
                }
            }
        }
    }
    for operation in &before {
        if remaining
            .get(&place(operation))
            .is_some_and(|gone| gone.pointer == operation.pointer)
        {
            changes.push(change(
                ChangeKind::Removed,
                true,
                operation,
                "The operation is gone.".to_owned(),
            ));
        }
    }
    changes.sort_by_key(|change| !change.breaking);
    changes
}

fn place(operation: &Operation<'_>) -> (String, String) {
    (operation.method.clone(), shape(operation.path))
}

fn change(kind: ChangeKind, breaking: bool, operation: &Operation<'_>, sentence: String) -> Change {
    Change {
        kind,
        breaking,
        method: operation.method.clone(),
        path: operation.path.to_owned(),
        key: operation.key.clone(),
        sentence,
    }
}

#[cfg(test)]
mod tests;
