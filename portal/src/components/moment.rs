//! A point in time, as people say it and exactly.

use domain::Timestamp;
use leptos::prelude::*;

/// Units from the largest that is still said, in seconds.
const UNITS: [(u64, &str, &str); 3] = [
    (86_400, "day", "days"),
    (3_600, "h", "h"),
    (60, "min", "min"),
];

/// `3 min ago`, with the exact time (UTC) as its title; it stays current where scripts run.
#[must_use]
pub fn moment(at: Timestamp, now: Timestamp) -> AnyView {
    let words = in_words((at.micros() - now.micros()) / 1_000_000);
    view! { <time datetime=machine(at) title=exact(at) data-relative="">{words}</time> }.into_any()
}

/// `2026-11-20T16:04:12Z`
#[must_use]
pub fn machine(at: Timestamp) -> String {
    written(at, "%Y-%m-%dT%H:%M:%SZ")
}

/// `20 November 2026, 16:04 UTC`
#[must_use]
pub fn exact(at: Timestamp) -> String {
    written(at, "%-d %B %Y, %H:%M UTC")
}

fn written(at: Timestamp, format: &str) -> String {
    jiff::Timestamp::from_microsecond(at.micros())
        .map(|time| time.strftime(format).to_string())
        .unwrap_or_default()
}

/// A distance in seconds, negative for the past, as people say it; `enhance.js` says it the same way.
fn in_words(distance: i64) -> String {
    let seconds = distance.unsigned_abs();
    if seconds < 45 {
        return if distance > 0 {
            "in a moment"
        } else {
            "just now"
        }
        .to_owned();
    }
    let (unit, one, many) = UNITS
        .into_iter()
        .find(|(unit, ..)| seconds >= *unit)
        .unwrap_or(UNITS[2]);
    let amount = (seconds / unit).max(1);
    let name = if amount == 1 { one } else { many };
    if distance > 0 {
        format!("in {amount} {name}")
    } else {
        format!("{amount} {name} ago")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_read_as_people_say_them() {
        let minute = 60;
        assert_eq!(in_words(-20), "just now");
        assert_eq!(in_words(20), "in a moment");
        assert_eq!(in_words(-50), "1 min ago");
        assert_eq!(in_words(-59 * minute), "59 min ago");
        assert_eq!(in_words(90 * minute), "in 1 h");
        assert_eq!(in_words(-25 * 60 * minute), "1 day ago");
        assert_eq!(in_words(-75 * 60 * minute), "3 days ago");
    }
}
