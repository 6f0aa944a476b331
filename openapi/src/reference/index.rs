//! The list that leads to the pages: tags, and the operations under each.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::page::external_docs;
use super::types::ExternalDocs;
use crate::document::{Document, text};
use crate::operations;
use crate::schema::is_false;

/// The side navigation of a reference.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Index {
    /// Tags in the order of the document, then those that it does not declare, then what has no tag.
    pub groups: Vec<Group>,
}

/// The operations under one tag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// The tag; nothing for operations without one.
    pub tag: Option<String>,
    /// The heading: the tag, or "Operations".
    pub title: String,
    /// Fit for a URL and unique in the index.
    pub slug: String,
    /// Markdown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Documentation elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_docs: Option<ExternalDocs>,
    /// Its operations, in the order of the document.
    pub operations: Vec<Entry>,
}

/// One operation in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The key of its page.
    pub key: String,
    /// In capitals.
    pub method: String,
    /// The path template.
    pub path: String,
    /// What it is called.
    pub title: String,
    /// One sentence on it, without markup.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
    /// Should not be used any more.
    #[serde(default, skip_serializing_if = "is_false")]
    pub deprecated: bool,
}

impl Index {
    /// All entries, in order.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.groups.iter().flat_map(|group| &group.operations)
    }
}

/// The list of a document's operations. Each is listed once, under its first tag.
pub fn index(document: &Document) -> Index {
    let mut groups: Vec<Group> = declared(document);
    let mut places: HashMap<Option<String>, usize> = HashMap::new();
    for (at, group) in groups.iter().enumerate() {
        places.entry(group.tag.clone()).or_insert(at);
    }
    for operation in operations::all(document) {
        let tag = operation.tags().into_iter().next();
        let at = *places.entry(tag.clone()).or_insert_with(|| {
            groups.push(group(tag, &Value::Null));
            groups.len() - 1
        });
        let description = text(operation.value, "description");
        groups[at].operations.push(Entry {
            key: operation.key.clone(),
            method: operation.method.clone(),
            path: operation.path.to_owned(),
            title: crate::schema::shorten(&operation.title(), 300),
            about: description
                .map(|text| crate::markdown::summary(text, 200))
                .filter(|text| !text.is_empty()),
            deprecated: operation.deprecated(),
        });
    }
    groups.retain(|group| !group.operations.is_empty());
    // What has no tag comes last; the others stay in order.
    groups.sort_by_key(|group| group.tag.is_none());
    make_unique(&mut groups);
    Index { groups }
}

fn declared(document: &Document) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut known = HashSet::new();
    for tag in crate::document::list(document.root(), "tags") {
        if let Some(name) = text(tag, "name")
            && known.insert(name)
        {
            groups.push(group(Some(name.to_owned()), tag));
        }
    }
    groups
}

fn group(tag: Option<String>, value: &Value) -> Group {
    let title = text(value, "x-displayName")
        .or(text(value, "summary"))
        .map(str::to_owned);
    let title = title
        .or_else(|| tag.clone())
        .unwrap_or_else(|| "Operations".to_owned());
    Group {
        slug: crate::names::slug(&title),
        title,
        tag,
        description: text(value, "description").map(str::to_owned),
        external_docs: external_docs(value),
        operations: Vec::new(),
    }
}

fn make_unique(groups: &mut [Group]) {
    let mut taken = HashSet::new();
    for group in groups {
        if group.slug.is_empty() || !taken.insert(group.slug.clone()) {
            let base = if group.slug.is_empty() {
                "tag"
            } else {
                group.slug.as_str()
            };
            group.slug = crate::names::with_mark(base, group.tag.as_deref().unwrap_or_default());
            taken.insert(group.slug.clone());
        }
    }
}
