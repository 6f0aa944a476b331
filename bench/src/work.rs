//! The kinds of work that every peer does.

use clap::ValueEnum;

/// Published routes: `/api/0` to `/api/99`.
pub(crate) const ROUTES: usize = 100;
/// Bytes of a small answer.
pub(crate) const SMALL: usize = 128;
/// Bytes of a large answer.
pub(crate) const LARGE: usize = 64 * 1024;

/// A kind of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, ValueEnum)]
pub(crate) enum Work {
    /// Forward a request; a small answer.
    Plain,
    /// Forward a request; an answer of 64 KB.
    Large,
    /// Find the key among thousands, check the subscription, limit, count, and forward over a hundred routes.
    Full,
    /// Refuse an unknown key.
    Refuse,
}

impl Work {
    /// Every kind, in the order of the report.
    pub(crate) const ALL: [Self; 4] = [Self::Plain, Self::Large, Self::Full, Self::Refuse];

    /// For headings.
    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::Plain => "Plain proxy, 128-byte answers",
            Self::Large => "Plain proxy, 64 KB answers",
            Self::Full => "Key, subscription, rate limit, quota, metering",
            Self::Refuse => "Refusals of unknown keys (401)",
        }
    }

    /// The status that every answer must have.
    pub(crate) const fn status(self) -> u16 {
        match self {
            Self::Refuse => 401,
            _ => 200,
        }
    }

    /// One path of it, to try whether a peer works.
    pub(crate) const fn path(self) -> &'static str {
        match self {
            Self::Plain => "/plain/small",
            Self::Large => "/plain/large",
            Self::Full | Self::Refuse => "/api/7/small",
        }
    }
}
