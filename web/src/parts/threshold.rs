//! The head of a page, for the macro `threshold`.

use super::State;

/// Name, place and state of what the page shows.
#[derive(Debug, Clone, Default)]
pub struct Threshold {
    /// The heading.
    pub title: String,
    /// One sentence, if the name is not enough.
    pub lede: String,
    /// The way here: (label, address) of each page above.
    pub crumbs: Vec<(String, String)>,
    /// Beside the title.
    pub state: Option<State>,
}

impl Threshold {
    /// A head with a name.
    #[must_use]
    pub fn new(title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            ..Self::default()
        }
    }

    /// With a sentence.
    #[must_use]
    pub fn lede(mut self, lede: impl Into<String>) -> Self {
        self.lede = lede.into();
        self
    }

    /// Below another page.
    #[must_use]
    pub fn below(mut self, label: impl Into<String>, href: impl Into<String>) -> Self {
        self.crumbs.push((label.into(), href.into()));
        self
    }

    /// With a state beside the name.
    #[must_use]
    pub fn state(mut self, state: State) -> Self {
        self.state = Some(state.boxed());
        self
    }
}
