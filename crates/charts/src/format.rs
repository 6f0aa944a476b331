//! How numbers, units and times are written: thousands parted by a narrow space, a space before units, times in UTC.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Between a number and its unit, and between thousands: narrow and not broken.
const NARROW: char = '\u{202f}';
const SECOND: i64 = 1_000_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
const THIRTY_DAYS: u64 = 30 * DAY.unsigned_abs();

/// A whole number with its thousands parted: `587 020`.
#[must_use]
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3 * NARROW.len_utf8());
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(NARROW);
        }
        out.push(digit);
    }
    out
}

/// A number of things: `1 call`, `1 240 calls`.
#[must_use]
pub fn counted(number: u64, noun: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{} {noun}{ending}", count(number))
}

/// A number cut short for axes and legends: `950`, `38.9k`, `1.3M`, `2G`.
#[must_use]
pub fn short(number: f64) -> String {
    for (size, unit) in [(1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")] {
        if number >= size * 0.999_95 {
            return format!("{}{unit}", decimals(number / size, 1));
        }
    }
    decimals(number, if number < 10.0 { 2 } else { 1 })
}

/// A part of a whole: `4.9 %`, `0.34 %`, `100 %`. Nothing of nothing is `0 %`.
#[must_use]
pub fn percent(part: u64, whole: u64) -> String {
    if whole == 0 {
        return "0 %".to_owned();
    }
    let share = part as f64 / whole as f64 * 100.0;
    let text = match share {
        0.0 => "0".to_owned(),
        share if share < 0.01 => "< 0.01".to_owned(),
        share if share < 1.0 => decimals(share, 2),
        // What is not all must not read as all.
        share if part < whole && share > 99.9 => "> 99.9".to_owned(),
        share => decimals(share, 1),
    };
    format!("{text} %")
}

/// A duration in microseconds as milliseconds, or seconds when long: `0.4 ms`, `231 ms`, `1 240 ms`, `12.5 s`.
#[must_use]
pub fn milliseconds(micros: u64) -> String {
    match micros {
        0..100_000 if micros < 10_000 => format!("{} ms", decimals(micros as f64 / 1e3, 1)),
        0..10_000_000 => format!("{} ms", count((micros + 500) / 1000)),
        _ => format!("{} s", decimals(micros as f64 / 1e6, 1)),
    }
}

/// A size in bytes: `812 B`, `14.2 kB`, `1.3 MB` (powers of a thousand).
#[must_use]
pub fn bytes(size: u64) -> String {
    for (unit_size, unit) in [(1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB")] {
        if size as f64 >= unit_size * 0.999_95 {
            return format!("{} {unit}", decimals(size as f64 / unit_size, 1));
        }
    }
    format!("{size} B")
}

/// A span of time in its two largest units: `40 s`, `21 h 14 min`, `13 d`. Negative spans count as nothing.
#[must_use]
pub fn span(micros: i64) -> String {
    let micros = micros.max(0);
    let two = |large: i64, large_unit: &str, small: i64, small_unit: &str| {
        let (whole, rest) = (micros / large, micros % large / small);
        if rest == 0 {
            format!("{whole} {large_unit}")
        } else {
            format!("{whole} {large_unit} {rest} {small_unit}")
        }
    };
    match micros {
        ..MINUTE => format!("{} s", micros / SECOND),
        MINUTE..HOUR => format!("{} min", micros / MINUTE),
        HOUR..DAY => two(HOUR, "h", MINUTE, "min"),
        DAY.. if micros < 10 * DAY => two(DAY, "d", HOUR, "h"),
        _ => format!("{} d", micros / DAY),
    }
}

/// When something was or will be, seen from `now` (microseconds of the Unix epoch): `40 s ago`, `in 21 h 14 min`, `now`.
///
/// What is more than thirty days away is a date.
#[must_use]
pub fn relative(at: i64, now: i64) -> String {
    let away = at.saturating_sub(now);
    if away.unsigned_abs() > THIRTY_DAYS {
        return date(at);
    }
    match away {
        away if away.abs() < SECOND => "now".to_owned(),
        away if away < 0 => format!("{} ago", largest_unit(-away)),
        away => format!("in {}", span(away)),
    }
}

/// A day in UTC: `20 November 2026`.
#[must_use]
pub fn date(at: i64) -> String {
    written(at, "%-d %B %Y")
}

/// A short day in UTC: `20 Nov`.
#[must_use]
pub fn short_date(at: i64) -> String {
    written(at, "%-d %b")
}

/// A time of day in UTC: `16:04`.
#[must_use]
pub fn time(at: i64) -> String {
    written(at, "%H:%M")
}

/// A day and a time: `20 November 2026, 16:04 UTC`.
#[must_use]
pub fn date_time(at: i64) -> String {
    written(at, "%-d %B %Y, %H:%M UTC")
}

/// To the second, for logs: `20 November 2026, 16:04:12 UTC`.
#[must_use]
pub fn exact(at: i64) -> String {
    written(at, "%-d %B %Y, %H:%M:%S UTC")
}

/// For the `datetime` attribute: `2026-11-20T16:04:12Z`.
#[must_use]
pub fn iso(at: i64) -> String {
    written(at, "%Y-%m-%dT%H:%M:%SZ")
}

pub(crate) fn written(at: i64, pattern: &str) -> String {
    match Timestamp::from_microsecond(at) {
        Ok(instant) => instant
            .to_zoned(TimeZone::UTC)
            .strftime(pattern)
            .to_string(),
        // Outside the calendar: nobody stores such a time, but a page must not fall over it.
        Err(_) => "unknown time".to_owned(),
    }
}

/// What is over needs one unit only: `2 h ago`.
fn largest_unit(micros: i64) -> String {
    match micros {
        ..HOUR => span(micros),
        HOUR..DAY => format!("{} h", micros / HOUR),
        _ => format!("{} d", micros / DAY),
    }
}

/// At most `places` decimals, no zeros at the end, thousands parted.
fn decimals(number: f64, places: usize) -> String {
    let text = format!("{number:.places$}");
    let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
    let part = part.trim_end_matches('0');
    let whole = whole
        .parse::<u64>()
        .map_or_else(|_| whole.to_owned(), count);
    if part.is_empty() {
        whole
    } else {
        format!("{whole}.{part}")
    }
}

#[cfg(test)]
mod tests {
    use super::{DAY, HOUR, MINUTE, SECOND};

    /// 20 November 2026, 16:04:12 UTC.
    const NOW: i64 = 1_795_190_652 * SECOND;

    #[test]
    fn one_thing_is_not_several() {
        assert_eq!(super::counted(1, "call"), "1 call");
        assert_eq!(super::counted(0, "call"), "0 calls");
        assert_eq!(super::counted(1_240, "call"), "1\u{202f}240 calls");
    }

    #[test]
    fn parts_thousands() {
        let check = |number, text: &str| assert_eq!(super::count(number), text);
        check(0, "0");
        check(999, "999");
        check(1_000, "1\u{202f}000");
        check(587_020, "587\u{202f}020");
        check(
            u64::MAX,
            "18\u{202f}446\u{202f}744\u{202f}073\u{202f}709\u{202f}551\u{202f}615",
        );
    }

    #[test]
    fn cuts_short() {
        let check = |number, text: &str| assert_eq!(super::short(number), text);
        check(0.0, "0");
        check(0.25, "0.25");
        check(950.0, "950");
        check(999.96, "1k");
        check(38_900.0, "38.9k");
        check(999_960.0, "1M");
        check(1_300_000.0, "1.3M");
    }

    #[test]
    fn writes_parts_of_a_whole() {
        let check = |part, whole, text: &str| assert_eq!(super::percent(part, whole), text);
        check(0, 0, "0 %");
        check(0, 10, "0 %");
        check(34, 10_000, "0.34 %");
        check(1, 100_000, "< 0.01 %");
        check(49, 1_000, "4.9 %");
        check(99_999, 100_000, "> 99.9 %");
        check(10, 10, "100 %");
        check(15, 10, "150 %");
    }

    #[test]
    fn writes_durations_and_sizes() {
        let check = |micros, text: &str| assert_eq!(super::milliseconds(micros), text);
        check(420, "0.4 ms");
        check(231_400, "231 ms");
        check(1_240_000, "1\u{202f}240 ms");
        check(12_500_000, "12.5 s");
        assert_eq!(super::bytes(812), "812 B");
        assert_eq!(super::bytes(14_200), "14.2 kB");
        assert_eq!(super::bytes(999_999), "1 MB");
    }

    #[test]
    fn says_how_far_away() {
        let check = |away, text: &str| assert_eq!(super::relative(NOW + away, NOW), text);
        check(0, "now");
        check(-40 * SECOND, "40 s ago");
        check(-(41 * MINUTE + 30 * SECOND), "41 min ago");
        check(-(2 * HOUR + 5 * MINUTE), "2 h ago");
        check(-(3 * DAY), "3 d ago");
        check(21 * HOUR + 14 * MINUTE, "in 21 h 14 min");
        check(2 * DAY + 3 * HOUR, "in 2 d 3 h");
        check(13 * DAY, "in 13 d");
        check(-(100 * DAY), "12 August 2026");
        assert_eq!(super::relative(i64::MIN, NOW), "unknown time");
    }

    #[test]
    fn writes_times_in_utc() {
        assert_eq!(super::date_time(NOW), "20 November 2026, 16:04 UTC");
        assert_eq!(super::exact(NOW), "20 November 2026, 16:04:12 UTC");
        assert_eq!(super::iso(NOW), "2026-11-20T16:04:12Z");
        assert_eq!(super::short_date(NOW), "20 Nov");
        assert_eq!(super::time(NOW), "16:04");
        assert_eq!(super::time(i64::MAX), "unknown time");
    }
}
