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
    /// Forward a request that came over TLS 1.3; a small answer.
    Tls,
    /// Find the key among thousands, check the subscription, limit, count, and forward over a hundred routes.
    Full,
    /// Refuse an unknown key.
    Refuse,
    /// Refuse a known key whose limit is used up.
    Limited,
}

impl Work {
    /// Every kind, in the order of the report.
    pub(crate) const ALL: [Self; 6] = [
        Self::Plain,
        Self::Large,
        Self::Tls,
        Self::Full,
        Self::Refuse,
        Self::Limited,
    ];

    /// Whether callers show a key.
    pub(crate) const fn has_keys(self) -> bool {
        matches!(self, Self::Full | Self::Refuse | Self::Limited)
    }

    /// Requests that a caller may make in a minute.
    pub(crate) const fn limit(self) -> u32 {
        match self {
            Self::Limited => 1,
            _ => 600_000,
        }
    }

    /// For headings.
    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::Plain => "Plain proxy, 128-byte answers",
            Self::Large => "Plain proxy, 64 KB answers",
            Self::Tls => "Plain proxy behind TLS 1.3, 128-byte answers",
            Self::Full => "Key, subscription, rate limit, quota, metering",
            Self::Refuse => "Refusals of unknown keys (401)",
            Self::Limited => "Refusals of callers past their limit (429)",
        }
    }

    /// The status that every answer must have.
    pub(crate) const fn status(self) -> u16 {
        match self {
            Self::Refuse => 401,
            Self::Limited => 429,
            _ => 200,
        }
    }

    /// One path of it, to try whether a peer works.
    pub(crate) const fn path(self) -> &'static str {
        match self {
            Self::Plain | Self::Tls => "/plain/small",
            Self::Large => "/plain/large",
            Self::Full | Self::Refuse | Self::Limited => "/api/7/small",
        }
    }
}
