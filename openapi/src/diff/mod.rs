//! What changed between two revisions of a document, as a caller sees it.

mod operations;
mod schemas;
mod touched;

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};

use self::touched::Touched;
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
    let former = pair(&before, &after);
    let touched = Touched::between(old, new);
    let mut changes = Vec::new();
    for (operation, former) in after.iter().zip(&former) {
        match former.map(|index| &before[index]) {
            None => changes.push(change(
                ChangeKind::Added,
                false,
                operation,
                "The operation is new.".to_owned(),
            )),
            Some(former) => {
                let same = former.value == operation.value
                    && former.item.get("parameters") == operation.item.get("parameters")
                    && !touched.reaches(operation);
                if !same {
                    operations::compare(old, former, new, operation, &mut changes);
                }
            }
        }
    }
    let kept: HashSet<usize> = former.into_iter().flatten().collect();
    for (index, operation) in before.iter().enumerate() {
        if !kept.contains(&index) {
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

/// The index of each operation's former self: of the same path, else of a path that matches the same requests.
fn pair(before: &[Operation<'_>], after: &[Operation<'_>]) -> Vec<Option<usize>> {
    let mut former = vec![None; after.len()];
    let mut taken = HashSet::new();
    let exact = |operation: &Operation<'_>| (operation.method.clone(), operation.path.to_owned());
    let alike = |operation: &Operation<'_>| (operation.method.clone(), shape(operation.path));
    for place in [
        &exact as &dyn Fn(&Operation<'_>) -> (String, String),
        &alike,
    ] {
        let mut known: HashMap<(String, String), usize> = HashMap::new();
        for (index, operation) in before
            .iter()
            .enumerate()
            .filter(|(index, _)| !taken.contains(index))
        {
            known.entry(place(operation)).or_insert(index);
        }
        for (found, operation) in former
            .iter_mut()
            .zip(after)
            .filter(|(found, _)| found.is_none())
        {
            *found = known.remove(&place(operation));
            taken.extend(*found);
        }
    }
    former
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
