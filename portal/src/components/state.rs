//! Where something stands: an icon, a word, a tone.

use leptos::prelude::*;

use super::icon::icon;

/// What a state means for the reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// As it should be.
    Good,
    /// Waiting, or to be careful with.
    Warn,
    /// Failed or refused.
    Bad,
    /// News.
    Info,
    /// Neither.
    Plain,
}

impl Tone {
    /// The word in the style sheet.
    #[must_use]
    pub fn word(self) -> Option<&'static str> {
        match self {
            Self::Good => Some("good"),
            Self::Warn => Some("warn"),
            Self::Bad => Some("bad"),
            Self::Info => Some("info"),
            Self::Plain => None,
        }
    }
}

/// A state as icon and word; the colour is only the third sign.
#[must_use]
pub fn state(tone: Tone, name: &str, word: &str) -> AnyView {
    let icon = icon(name);
    let word = word.to_owned();
    view! { <span class="state" data-tone=tone.word()>{icon}{word}</span> }.into_any()
}
