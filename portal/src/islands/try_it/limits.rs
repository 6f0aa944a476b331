//! What an answer's headers say about limits (`RateLimit`, `RateLimit-Policy`, `Retry-After`).

use super::state::Head;

/// What is left of one limit.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Left {
    /// `Left this minute`
    pub(super) label: String,
    /// `59 of 60`
    pub(super) words: String,
}

/// All limits that the answer names.
pub(super) fn left(head: &Head) -> Vec<Left> {
    let policies = head.header("ratelimit-policy").unwrap_or_default();
    let quotas: Vec<_> = items(policies, "q").collect();
    items(head.header("ratelimit").unwrap_or_default(), "r")
        .map(|(name, rest)| {
            let quota = quotas.iter().find(|(policy, _)| *policy == name);
            Left {
                label: label(name),
                words: match quota {
                    Some((_, quota)) => format!("{} of {}", parted(rest), parted(*quota)),
                    None => parted(rest),
                },
            }
        })
        .collect()
}

/// Seconds to wait before the next call, where the answer says so.
pub(super) fn wait(head: &Head) -> u32 {
    if head.status != 429 && head.status != 503 {
        return 0;
    }
    let seconds = head.header("retry-after").map(str::trim);
    seconds.and_then(|text| text.parse().ok()).unwrap_or(0)
}

/// Name and one number of each item: `"minute";r=59;t=60, "day";r=9;t=3600`.
fn items<'h>(header: &'h str, key: &'h str) -> impl Iterator<Item = (&'h str, u64)> {
    header.split(',').filter_map(move |item| {
        let mut parts = item.split(';').map(str::trim);
        let name = parts.next()?.trim_matches('"');
        let value = parts.find_map(|part| part.strip_prefix(key)?.strip_prefix('='))?;
        Some((name, value.parse().ok()?))
    })
}

fn label(name: &str) -> String {
    let period = name.strip_suffix("-quota").unwrap_or(name);
    match period {
        "second" | "minute" | "hour" | "week" | "month" | "year" => format!("Left this {period}"),
        "day" => "Left today".to_owned(),
        other => format!("Left of {other}"),
    }
}

/// `12 345`, with the thin space that parts thousands.
pub(super) fn parted(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(status: u16, headers: &[(&str, &str)]) -> Head {
        Head {
            status,
            reason: String::new(),
            headers: headers
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
        }
    }

    #[test]
    fn every_limit_is_named_with_what_is_left() {
        let head = head(
            200,
            &[
                (
                    "ratelimit-policy",
                    "\"minute\";q=60;w=60, \"month-quota\";q=100000;w=2592000",
                ),
                (
                    "ratelimit",
                    "\"minute\";r=59;t=60, \"month-quota\";r=99999;t=887400",
                ),
            ],
        );
        let words: Vec<_> = left(&head)
            .into_iter()
            .map(|left| format!("{}: {}", left.label, left.words))
            .collect();
        assert_eq!(
            words,
            [
                "Left this minute: 59 of 60",
                "Left this month: 99\u{202f}999 of 100\u{202f}000"
            ]
        );
    }

    #[test]
    fn only_a_refusal_makes_wait() {
        assert_eq!(wait(&head(429, &[("retry-after", "12")])), 12);
        assert_eq!(wait(&head(200, &[("retry-after", "12")])), 0);
        assert_eq!(wait(&head(429, &[("retry-after", "soon")])), 0);
        assert!(left(&head(200, &[("ratelimit", "nonsense")])).is_empty());
    }
}
