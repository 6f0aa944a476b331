//! Which origins a pattern covers.

use std::str::FromStr;

/// `*`, one origin, or every host below one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Pattern {
    Any,
    Exactly(String),
    /// `https://` and `.example.com` (with a port, if there is one).
    Below {
        scheme: String,
        suffix: String,
    },
}

impl Pattern {
    /// Whether an `Origin` header's value is covered. Browsers send origins in lower case.
    pub(super) fn covers(&self, origin: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Exactly(one) => one == origin,
            Self::Below { scheme, suffix } => origin
                .strip_prefix(scheme.as_str())
                .and_then(|host| host.strip_suffix(suffix.as_str()))
                .is_some_and(|label| {
                    !label.is_empty()
                        && label
                            .bytes()
                            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.')
                }),
        }
    }
}

impl FromStr for Pattern {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "*" {
            return Ok(Self::Any);
        }
        let lower = text.to_ascii_lowercase();
        let Some((scheme, host)) = lower.split_once("://") else {
            return Err("needs a scheme, as in https://app.example.com");
        };
        if !matches!(scheme, "http" | "https") {
            return Err("may have only the schemes http and https");
        }
        if host.contains('/') {
            return Err(
                "is an origin: scheme, host and port, without a path or a slash at the end",
            );
        }
        let (wildcard, rest) = match host.strip_prefix("*.") {
            Some(rest) => (true, rest),
            None => (false, host),
        };
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"-.:[]".contains(&b);
        if rest.is_empty() || !rest.bytes().all(plain) {
            return Err("has a host that is no host name; `*` may stand only as its first label");
        }
        Ok(if wildcard {
            Self::Below {
                scheme: format!("{scheme}://"),
                suffix: format!(".{rest}"),
            }
        } else {
            Self::Exactly(lower)
        })
    }
}
