//! How things are: a state in a row, a notice in the page, a toast after an act. Always an icon and a word.

use askama::Template;

/// The ink of a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tone {
    /// Neither good nor bad.
    #[default]
    Plain,
    /// As it should be.
    Good,
    /// Waiting, or to be careful with.
    Warn,
    /// Failed, refused, dangerous.
    Bad,
    /// News.
    Info,
}

impl Tone {
    /// The attribute that colours an element, with a space before it; nothing for the plain tone.
    #[must_use]
    pub fn attribute(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Good => " data-tone=\"good\"",
            Self::Warn => " data-tone=\"warn\"",
            Self::Bad => " data-tone=\"bad\"",
            Self::Info => " data-tone=\"info\"",
        }
    }

    fn icon(self) -> &'static str {
        match self {
            Self::Plain | Self::Info => "info",
            Self::Good => "check-circle",
            Self::Warn => "clock",
            Self::Bad => "alert",
        }
    }
}

/// A state: icon and word.
#[derive(Template, Debug, Clone)]
#[template(path = "parts/state.html")]
pub struct State {
    tone: Tone,
    icon: &'static str,
    word: String,
    boxed: bool,
}

impl State {
    /// A state in a row of a table.
    #[must_use]
    pub fn new(tone: Tone, icon: &'static str, word: impl Into<String>) -> Self {
        Self {
            tone,
            icon,
            word: word.into(),
            boxed: false,
        }
    }

    /// The same beside a title.
    #[must_use]
    pub fn boxed(mut self) -> Self {
        self.boxed = true;
        self
    }
}

/// Something to know, within the page. A bad one is announced and takes the focus when the page comes.
#[derive(Template, Debug, Clone)]
#[template(path = "parts/notice.html")]
pub struct Notice {
    tone: Tone,
    title: String,
    text: String,
    details: Vec<String>,
    link: Option<(String, String)>,
}

impl Notice {
    /// A notice with a first sentence.
    #[must_use]
    pub fn new(tone: Tone, title: impl Into<String>) -> Self {
        Self {
            tone,
            title: title.into(),
            text: String::new(),
            details: Vec::new(),
            link: None,
        }
    }

    /// What to do, or why.
    #[must_use]
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.text = text.into();
        self
    }

    /// A list below.
    #[must_use]
    pub fn details(mut self, details: Vec<String>) -> Self {
        self.details = details;
        self
    }

    /// Where to go from here.
    #[must_use]
    pub fn link(mut self, label: impl Into<String>, href: impl Into<String>) -> Self {
        self.link = Some((label.into(), href.into()));
        self
    }
}

/// Takes back what a toast tells of.
#[derive(Debug, Clone)]
pub struct Undo {
    /// Where the form goes.
    pub action: String,
}

/// What was just done.
#[derive(Template, Debug, Clone)]
#[template(path = "parts/toast.html")]
pub struct Toast {
    /// Good, or bad if it failed.
    pub tone: Tone,
    /// What happened: `Approved Kestrel Books for Labels, Free`.
    pub text: String,
    /// How to take it back.
    pub undo: Option<Undo>,
}
