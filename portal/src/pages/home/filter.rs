//! What of the catalogue is shown: all of it stands in the address.

use domain::api::Lifecycle;
use serde::Deserialize;

use super::model::Entry;

/// The filters; values that mean nothing are like none.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Filter {
    /// Words to look for.
    pub(super) q: String,
    /// A lifecycle's word.
    pub(super) state: String,
    /// `instant` or `reviewed`.
    pub(super) access: String,
}

/// The choices of the access filter: value and words.
pub(super) const ACCESS: &[(&str, &str)] =
    &[("instant", "Starts at once"), ("reviewed", "Reviewed")];

/// The choices of the lifecycle filter.
pub(super) const STATES: &[(Lifecycle, &str)] = &[
    (Lifecycle::Published, "Stable"),
    (Lifecycle::Deprecated, "Deprecated"),
];

impl Filter {
    /// What the catalogue is asked for; access is looked at afterwards, by the plans.
    pub(super) fn wanted(&self) -> operations::catalog::Filter {
        operations::catalog::Filter {
            text: self.words().to_owned(),
            tag: None,
            lifecycle: self.lifecycle().map(|(state, _)| state),
        }
    }

    /// Whether an API gives the access that was chosen.
    pub(super) fn admits(&self, entry: &Entry) -> bool {
        match self.access().map(|(value, _)| value) {
            Some("instant") => entry.starts_at_once(),
            Some(_) => !entry.starts_at_once() && !entry.plans.is_empty(),
            None => true,
        }
    }

    /// The lifecycle that was chosen, with its word.
    pub(super) fn lifecycle(&self) -> Option<(Lifecycle, &'static str)> {
        let wanted: Lifecycle = self.state.parse().ok()?;
        STATES.iter().copied().find(|(state, _)| *state == wanted)
    }

    /// The access that was chosen, with its words.
    pub(super) fn access(&self) -> Option<(&'static str, &'static str)> {
        ACCESS
            .iter()
            .copied()
            .find(|(value, _)| *value == self.access)
    }

    /// The words to look for, without the space around them.
    pub(super) fn words(&self) -> &str {
        self.q.trim()
    }

    /// Each filter that is on: its words, and the address without it.
    pub(super) fn chosen(&self) -> Vec<(String, String)> {
        let mut chosen = Vec::new();
        if !self.words().is_empty() {
            let rest = Self {
                q: String::new(),
                ..self.clone()
            };
            chosen.push((format!("“{}”", self.words()), rest.href()));
        }
        if let Some((_, word)) = self.lifecycle() {
            let rest = Self {
                state: String::new(),
                ..self.clone()
            };
            chosen.push((word.to_owned(), rest.href()));
        }
        if let Some((_, words)) = self.access() {
            let rest = Self {
                access: String::new(),
                ..self.clone()
            };
            chosen.push((words.to_owned(), rest.href()));
        }
        chosen
    }

    /// The address of the catalogue with only the words to look for.
    pub(super) fn words_alone(&self) -> String {
        Self {
            q: self.q.clone(),
            ..Self::default()
        }
        .href()
    }

    fn href(&self) -> String {
        let pairs: Vec<(&str, &str)> = [
            ("q", self.words()),
            ("state", self.state.as_str()),
            ("access", self.access.as_str()),
        ]
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .collect();
        if pairs.is_empty() {
            return "/".to_owned();
        }
        format!(
            "/?{}",
            serde_html_form::to_string(pairs).unwrap_or_default()
        )
    }
}

#[cfg(test)]
mod tests {
    use domain::api::Approval;

    use super::super::model::tests::{entry, offer};
    use super::*;

    fn filter(q: &str, state: &str, access: &str) -> Filter {
        Filter {
            q: q.to_owned(),
            state: state.to_owned(),
            access: access.to_owned(),
        }
    }

    #[test]
    fn access_narrows() {
        let open = entry(
            "Labels",
            "",
            vec![offer("Sandbox", "free", Approval::Instant)],
        );
        let closed = entry("Tracking", "", vec![]);
        assert!(filter("", "", "instant").admits(&open));
        assert!(!filter("", "", "reviewed").admits(&open));
        assert!(!filter("", "", "instant").admits(&closed));
        assert!(!filter("", "", "reviewed").admits(&closed));
        assert!(filter("", "", "nonsense").admits(&closed));
    }

    #[test]
    fn the_catalogue_is_asked_for_words_and_state() {
        let wanted = filter("  ship label ", "deprecated", "instant").wanted();
        assert_eq!(wanted.text, "ship label");
        assert_eq!(wanted.lifecycle, Some(Lifecycle::Deprecated));
        assert_eq!(filter("", "draft", "").wanted().lifecycle, None);
    }

    #[test]
    fn each_filter_can_be_taken_away() {
        let chosen = filter("a&b", "published", "instant").chosen();
        let addresses: Vec<&str> = chosen.iter().map(|(_, href)| href.as_str()).collect();
        assert_eq!(
            addresses,
            [
                "/?state=published&access=instant",
                "/?q=a%26b&access=instant",
                "/?q=a%26b&state=published"
            ]
        );
    }
}
