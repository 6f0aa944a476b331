//! What a document has that does not become part of the gateway.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::document::{Document, list};
use crate::operations;

/// One kind of thing that is not imported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// What it is, as it is spelled in the document.
    pub what: String,
    /// How many there are.
    pub count: usize,
    /// What becomes of it, as a sentence.
    pub reason: String,
}

/// Extensions that are told one by one; the others are only counted.
const EXTENSIONS: usize = 8;

pub(super) fn read(document: &Document, unusable_servers: usize) -> Vec<LeftOut> {
    let operations = operations::all(document);
    let members = |value: &Value, name: &str| {
        value
            .get(name)
            .and_then(Value::as_object)
            .map_or(0, |map| map.len())
    };
    let callbacks = operations
        .iter()
        .map(|operation| members(operation.value, "callbacks"))
        .sum();
    let links = operations
        .iter()
        .flat_map(|operation| {
            operation
                .value
                .get("responses")
                .and_then(Value::as_object)
                .into_iter()
                .flatten()
        })
        .filter_map(|(_, response)| document.resolve(response))
        .map(|response| members(response, "links"))
        .sum();
    let own_servers = operations
        .iter()
        .filter(|operation| {
            !list(operation.value, "servers").is_empty()
                || !list(operation.item, "servers").is_empty()
        })
        .count();
    let mut all = vec![
        left_out(
            "webhooks",
            members(document.root(), "webhooks"),
            "The API calls these itself; they are not routed.",
        ),
        left_out(
            "callbacks",
            callbacks,
            "Named in the reference; the upstream makes these calls past the gateway.",
        ),
        left_out("links", links, "Named in the reference only."),
        left_out(
            "servers",
            unusable_servers,
            "Their address is not of HTTP, or has a variable without a value.",
        ),
        left_out(
            "servers of single operations",
            own_servers,
            "Shown in the reference; all routes go to one upstream.",
        ),
    ];
    all.extend(extensions(document, &operations));
    all.retain(|entry| entry.count > 0);
    all
}

fn left_out(what: &str, count: usize, reason: &str) -> LeftOut {
    LeftOut {
        what: what.to_owned(),
        count,
        reason: reason.to_owned(),
    }
}

/// Extensions at the top and at operations, the most frequent first.
fn extensions(document: &Document, operations: &[operations::Operation<'_>]) -> Vec<LeftOut> {
    let owners = operations
        .iter()
        .map(|operation| operation.value)
        .chain([document.root()]);
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for (name, _) in owners.filter_map(Value::as_object).flatten() {
        if name.starts_with("x-") {
            *counts.entry(name).or_default() += 1;
        }
    }
    let mut counts: Vec<(&str, usize)> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let more: usize = counts.iter().skip(EXTENSIONS).map(|(_, count)| count).sum();
    let told = counts.into_iter().take(EXTENSIONS);
    let mut all: Vec<LeftOut> = told
        .map(|(name, count)| left_out(name, count, "An extension; ignored."))
        .collect();
    all.push(left_out("other extensions", more, "Ignored."));
    all
}
