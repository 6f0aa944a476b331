//! The list of APIs: cards, with the words and states to filter by.

use std::collections::HashMap;

use domain::Timestamp;
use domain::actor::Actor;
use domain::api::Lifecycle;
use domain::id::{ApiId, ApiVersionId};
use store::api_versions::{self, ApiVersion};
use store::{api_operations, apis};

use super::sight;
use crate::error::Result;
use crate::platform::Platform;

/// The most APIs that one catalogue shows.
const MOST: i64 = 2_000;

/// What is looked for. Empty: everything.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Words that name, summary or tags contain, all of them.
    pub text: String,
    /// A tag, whatever its case.
    pub tag: Option<String>,
    /// Where the current version stands.
    pub lifecycle: Option<Lifecycle>,
}

/// The catalogue as one visitor sees it.
#[derive(Debug, Clone, Default)]
pub struct Listing {
    /// What was found, by name.
    pub entries: Vec<Entry>,
    /// How many there are without a filter.
    pub total: usize,
    /// All tags of what is seen without a filter, with how many of `entries` would be left by each.
    pub tags: Vec<Facet<String>>,
    /// The states of what is seen without a filter, likewise.
    pub lifecycles: Vec<Facet<Lifecycle>>,
}

/// Something to filter by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facet<T> {
    /// What.
    pub value: T,
    /// How many APIs have it among those that the other filters leave.
    pub count: usize,
}

/// One card.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The API.
    pub api_id: ApiId,
    /// Its name in URLs.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// One sentence.
    pub summary: String,
    /// Words to filter by; the first is its shelf.
    pub tags: Vec<String>,
    /// The current version.
    pub version_id: ApiVersionId,
    /// Its label.
    pub label: String,
    /// Where it stands.
    pub lifecycle: Lifecycle,
    /// How many operations it has.
    pub operations: i64,
    /// When it was published.
    pub published_at: Option<Timestamp>,
}

/// The APIs that an actor sees, each with its current version. Those that only have drafts, or are all retired, are not
/// shown.
pub async fn list(platform: &Platform, actor: &Actor, filter: &Filter) -> Result<Listing> {
    let mut conn = platform.db.read().await?;
    let cards = apis::cards(&mut conn, actor.workspace, MOST).await?;
    let versions = api_versions::of_workspace(&mut conn, actor.workspace).await?;
    let counts = api_operations::counts(&mut conn, actor.workspace).await?;
    drop(conn);
    let counts: HashMap<ApiVersionId, i64> = counts
        .iter()
        .map(|count| (count.api_version_id, count.operations))
        .collect();
    let mut by_api: HashMap<ApiId, Vec<ApiVersion>> = HashMap::new();
    for version in versions {
        by_api.entry(version.api_id).or_default().push(version);
    }
    let sight = sight(actor);
    let seen: Vec<Entry> = cards
        .into_iter()
        .filter(|card| sight.sees(card.visibility))
        .filter_map(|card| {
            let version = current(by_api.get(&card.id)?)?;
            (version.lifecycle != Lifecycle::Retired).then(|| entry(card, version, &counts))
        })
        .collect();
    Ok(filtered(seen, filter))
}

/// The version that an API is shown with: the one published last, else deprecated last, else retired last. `None` when all
/// are drafts.
pub(super) fn current(versions: &[ApiVersion]) -> Option<&ApiVersion> {
    let rank = |version: &ApiVersion| match version.lifecycle {
        Lifecycle::Published => 3,
        Lifecycle::Deprecated => 2,
        Lifecycle::Retired => 1,
        Lifecycle::Draft => 0,
    };
    versions
        .iter()
        .filter(|version| version.lifecycle.is_routed())
        .max_by_key(|version| (rank(version), version.published_at, version.id))
}

fn entry(card: apis::Card, version: &ApiVersion, counts: &HashMap<ApiVersionId, i64>) -> Entry {
    Entry {
        api_id: card.id,
        slug: card.slug,
        name: card.name,
        summary: card.summary,
        tags: card.tags.0,
        version_id: version.id,
        label: version.label.clone(),
        lifecycle: version.lifecycle,
        operations: counts.get(&version.id).copied().unwrap_or_default(),
        published_at: version.published_at,
    }
}

fn filtered(seen: Vec<Entry>, filter: &Filter) -> Listing {
    let words: Vec<String> = filter
        .text
        .split_whitespace()
        .take(8)
        .map(str::to_lowercase)
        .collect();
    let has_text = |entry: &Entry| {
        let text = format!(
            "{} {} {} {}",
            entry.name,
            entry.slug,
            entry.summary,
            entry.tags.join(" ")
        )
        .to_lowercase();
        words.iter().all(|word| text.contains(word))
    };
    let has_tag = |entry: &Entry, tag: &str| {
        entry
            .tags
            .iter()
            .any(|own| own.to_lowercase() == tag.to_lowercase())
    };
    let tag_fits = |entry: &Entry| filter.tag.as_deref().is_none_or(|tag| has_tag(entry, tag));
    let lifecycle_fits = |entry: &Entry| {
        filter
            .lifecycle
            .is_none_or(|wanted| entry.lifecycle == wanted)
    };

    let mut tags: Vec<Facet<String>> = Vec::new();
    let mut lifecycles: Vec<Facet<Lifecycle>> = Vec::new();
    for entry in &seen {
        let text = has_text(entry);
        for tag in &entry.tags {
            let known = tags
                .iter()
                .position(|facet| facet.value.to_lowercase() == tag.to_lowercase());
            let at = known.unwrap_or_else(|| {
                tags.push(Facet {
                    value: tag.clone(),
                    count: 0,
                });
                tags.len() - 1
            });
            tags[at].count += usize::from(text && lifecycle_fits(entry));
        }
        let known = lifecycles
            .iter()
            .position(|facet| facet.value == entry.lifecycle);
        let at = known.unwrap_or_else(|| {
            lifecycles.push(Facet {
                value: entry.lifecycle,
                count: 0,
            });
            lifecycles.len() - 1
        });
        lifecycles[at].count += usize::from(text && tag_fits(entry));
    }
    tags.sort_by_key(|facet| facet.value.to_lowercase());
    lifecycles.sort_by_key(|facet| facet.value);
    Listing {
        total: seen.len(),
        tags,
        lifecycles,
        entries: seen
            .into_iter()
            .filter(|entry| has_text(entry) && tag_fits(entry) && lifecycle_fits(entry))
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(name: &str, tags: &[&str], lifecycle: Lifecycle) -> Entry {
        Entry {
            api_id: ApiId::NIL,
            slug: name.to_lowercase(),
            name: name.to_owned(),
            summary: format!("All about {name}."),
            tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
            version_id: ApiVersionId::NIL,
            label: "v1".to_owned(),
            lifecycle,
            operations: 1,
            published_at: None,
        }
    }

    fn check(filter: &Filter, names: &[&str], tags: &[(&str, usize)]) {
        let seen = vec![
            entry("Labels", &["Shipping"], Lifecycle::Published),
            entry("Rates", &["Shipping", "Money"], Lifecycle::Deprecated),
            entry("Über", &["money"], Lifecycle::Published),
        ];
        let listing = filtered(seen, filter);
        let found: Vec<&str> = listing
            .entries
            .iter()
            .map(|entry| entry.name.as_str())
            .collect();
        assert_eq!(found, names);
        let facets: Vec<(&str, usize)> = listing
            .tags
            .iter()
            .map(|facet| (facet.value.as_str(), facet.count))
            .collect();
        assert_eq!(facets, tags);
        assert_eq!(listing.total, 3);
    }

    #[test]
    fn text_is_searched_whatever_its_case() {
        let filter = |text: &str| Filter {
            text: text.to_owned(),
            ..Filter::default()
        };
        check(
            &filter(""),
            &["Labels", "Rates", "Über"],
            &[("Money", 2), ("Shipping", 2)],
        );
        check(
            &filter("ÜBER about"),
            &["Über"],
            &[("Money", 1), ("Shipping", 0)],
        );
        check(&filter("100%"), &[], &[("Money", 0), ("Shipping", 0)]);
    }

    #[test]
    fn a_tag_does_not_hide_the_other_tags() {
        let filter = Filter {
            tag: Some("MONEY".to_owned()),
            ..Filter::default()
        };
        check(
            &filter,
            &["Rates", "Über"],
            &[("Money", 2), ("Shipping", 2)],
        );
        let filter = Filter {
            lifecycle: Some(Lifecycle::Published),
            ..filter
        };
        check(&filter, &["Über"], &[("Money", 1), ("Shipping", 1)]);
    }
}
