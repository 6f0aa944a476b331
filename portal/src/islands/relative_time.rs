//! A time as people say it, kept current while the page is open.

use leptos::prelude::*;

/// How often the words are made anew.
const EVERY: std::time::Duration = std::time::Duration::from_secs(15);

/// `3 min ago`, with the exact time at hand.
#[island]
pub fn RelativeTime(
    /// The moment, in milliseconds since 1970 (UTC).
    at: i64,
    /// The server's present when it rendered the page, likewise.
    now: i64,
    /// The moment as `2026-11-20T16:04:12Z`.
    machine: String,
    /// The moment for people: `20 November 2026, 16:04 UTC`.
    exact: String,
) -> impl IntoView {
    let (present, set_present) = signal(now);
    Effect::new(move || {
        let tick = move || set_present.set(js_sys::Date::now() as i64);
        tick();
        // It ends with the page: islands are never taken down before.
        drop(set_interval_with_handle(tick, EVERY));
    });
    view! {
        <time datetime=machine title=exact>{move || in_words(at - present.get())}</time>
    }
}

/// A distance in milliseconds, negative for the past, as people say it.
fn in_words(distance: i64) -> String {
    const MINUTE: u64 = 60;
    const HOUR: u64 = 60 * MINUTE;
    const DAY: u64 = 24 * HOUR;
    let seconds = distance.unsigned_abs() / 1000;
    let amount = match seconds {
        0..45 => {
            return if distance > 0 {
                "in a moment"
            } else {
                "just now"
            }
            .to_owned();
        }
        45..HOUR => format!("{} min", (seconds / MINUTE).max(1)),
        HOUR..DAY => format!("{} h", seconds / HOUR),
        _ if seconds < 2 * DAY => "1 day".to_owned(),
        _ => format!("{} days", seconds / DAY),
    };
    if distance > 0 {
        format!("in {amount}")
    } else {
        format!("{amount} ago")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_read_as_people_say_them() {
        let minute = 60_000;
        assert_eq!(in_words(-20_000), "just now");
        assert_eq!(in_words(20_000), "in a moment");
        assert_eq!(in_words(-50_000), "1 min ago");
        assert_eq!(in_words(-59 * minute), "59 min ago");
        assert_eq!(in_words(90 * minute), "in 1 h");
        assert_eq!(in_words(-25 * 60 * minute), "1 day ago");
        assert_eq!(in_words(-75 * 60 * minute), "3 days ago");
    }
}
