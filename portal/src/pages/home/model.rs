//! What the catalogue knows about each API.

use domain::Timestamp;
use domain::api::{Approval, Lifecycle};
use operations::catalog;

use super::filter::Filter;
use crate::failure::PageError;
use crate::page::Page;

/// What this visitor may see of it, and asked for.
#[derive(Clone, Debug, Default)]
pub(super) struct Catalogue {
    /// What passed the filters, shelf by shelf; APIs without a shelf come last.
    pub(super) entries: Vec<Entry>,
    /// How many there are without a filter.
    pub(super) total: usize,
    /// When the page was made.
    pub(super) now: Timestamp,
}

/// One API, by the version that new applications should call.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) slug: String,
    pub(super) name: String,
    pub(super) summary: String,
    /// Where it stands in the catalogue; empty for APIs without a tag.
    pub(super) shelf: String,
    /// The version's label: `2.14`.
    pub(super) version: String,
    pub(super) lifecycle: Lifecycle,
    pub(super) operations: u64,
    pub(super) published_at: Option<Timestamp>,
    /// Plans that can be subscribed to, the first one first.
    pub(super) plans: Vec<Offer>,
}

/// A plan, as far as the catalogue tells of it.
#[derive(Clone, Debug)]
pub(super) struct Offer {
    pub(super) name: String,
    /// As the publisher wrote it: `€49 a month`; empty for free.
    pub(super) price: String,
    pub(super) approval: Approval,
    /// How long a decision usually takes.
    pub(super) review_hours: u64,
}

impl Catalogue {
    /// Reads what the visitor asked for.
    pub(super) async fn read(page: &Page, filter: &Filter) -> Result<Self, PageError> {
        let platform = &page.portal.platform;
        let listing = catalog::list(platform, &page.actor, &filter.wanted()).await?;
        let mut offers = catalog::offers(platform, &page.actor).await?;
        let mut entries: Vec<Entry> = listing
            .entries
            .into_iter()
            .map(|entry| {
                let plans = offers.remove(&entry.version_id).unwrap_or_default();
                Entry::new(entry, plans.into_iter().map(Offer::from).collect())
            })
            .filter(|entry| filter.admits(entry))
            .collect();
        entries.sort_by_key(|entry| (entry.shelf.is_empty(), entry.shelf.to_lowercase()));
        Ok(Self {
            entries,
            total: listing.total,
            now: platform.now(),
        })
    }

    /// Operations of all APIs together.
    pub(super) fn operations(&self) -> u64 {
        self.entries.iter().map(|entry| entry.operations).sum()
    }

    /// The API that changed last.
    pub(super) fn newest(&self) -> Option<(&Entry, Timestamp)> {
        self.entries
            .iter()
            .filter_map(|entry| Some((entry, entry.published_at?)))
            .max_by_key(|(_, at)| *at)
    }
}

impl From<store::plans::Offer> for Offer {
    fn from(plan: store::plans::Offer) -> Self {
        Self {
            name: plan.name.to_string(),
            price: plan.price,
            approval: plan.approval,
            review_hours: u64::try_from(plan.review_hours).unwrap_or_default(),
        }
    }
}

impl Entry {
    fn new(entry: catalog::Entry, plans: Vec<Offer>) -> Self {
        Self {
            slug: entry.slug,
            name: entry.name,
            summary: entry.summary,
            shelf: entry.tags.into_iter().next().unwrap_or_default(),
            version: entry.label,
            lifecycle: entry.lifecycle,
            operations: u64::try_from(entry.operations).unwrap_or_default(),
            published_at: entry.published_at,
            plans,
        }
    }

    /// The page about it.
    pub(super) fn href(&self) -> String {
        format!("/apis/{}", self.slug)
    }

    /// Whether a key can be had without anybody's decision.
    pub(super) fn starts_at_once(&self) -> bool {
        self.plans
            .iter()
            .any(|plan| plan.approval == Approval::Instant)
    }

    /// What access costs and how it begins, in two short lines.
    pub(super) fn terms(&self) -> (String, String) {
        let Some(first) = self.plans.first() else {
            return ("Closed".to_owned(), "to new applications".to_owned());
        };
        let price = match first.price.as_str() {
            "" => "From free".to_owned(),
            price => format!("From {price}"),
        };
        let instant = self
            .plans
            .iter()
            .find(|plan| plan.approval == Approval::Instant);
        let start = match instant {
            Some(plan) if self.plans.len() > 1 => {
                format!("{} starts at once", plan.name.to_lowercase())
            }
            Some(_) => "starts at once".to_owned(),
            None => reviewed(first.review_hours),
        };
        (price, start)
    }
}

fn reviewed(hours: u64) -> String {
    match hours {
        0 => "reviewed by a person".to_owned(),
        1..=48 => format!("reviewed, usually within {hours} h"),
        _ => format!("reviewed, usually within {} days", hours.div_ceil(24)),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(crate) fn offer(name: &str, price: &str, approval: Approval) -> Offer {
        Offer {
            name: name.to_owned(),
            price: price.to_owned(),
            approval,
            review_hours: 24,
        }
    }

    pub(crate) fn entry(name: &str, shelf: &str, plans: Vec<Offer>) -> Entry {
        Entry {
            slug: name.to_lowercase(),
            name: name.to_owned(),
            summary: format!("What {name} is for."),
            shelf: shelf.to_owned(),
            version: "2.1".to_owned(),
            lifecycle: Lifecycle::Published,
            operations: 12,
            published_at: Some(Timestamp::from_seconds(1_763_000_000)),
            plans,
        }
    }

    fn check(plans: Vec<Offer>, price: &str, start: &str) {
        let expected = (price.to_owned(), start.to_owned());
        assert_eq!(entry("Labels", "", plans).terms(), expected);
    }

    #[test]
    fn terms_name_the_price_and_the_start() {
        let sandbox = offer("Sandbox", "", Approval::Instant);
        let standard = offer("Standard", "€49 a month", Approval::Reviewed);
        check(vec![], "Closed", "to new applications");
        check(vec![sandbox.clone()], "From free", "starts at once");
        check(
            vec![sandbox, standard.clone()],
            "From free",
            "sandbox starts at once",
        );
        check(
            vec![standard],
            "From €49 a month",
            "reviewed, usually within 24 h",
        );
    }

    #[test]
    fn long_reviews_are_told_in_days() {
        assert_eq!(reviewed(72), "reviewed, usually within 3 days");
        assert_eq!(reviewed(0), "reviewed by a person");
    }
}
