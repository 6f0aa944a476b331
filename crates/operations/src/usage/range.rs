//! Ranges of time: which table answers for one, and how wide a bar of its chart is.

use std::time::Duration;

use domain::Timestamp;
use serde::{Deserialize, Serialize};
use store::analytics::{Grain, Span};

use super::retention::{HOURS_KEPT, MINUTES_KEPT};
use crate::error::{Error, Result};

/// The bars that a chart has at most.
const BARS_MOST: i64 = 100;
/// The widths of a bar in seconds, from a minute to four weeks.
const WIDTHS: [i64; 14] = [
    60, 300, 600, 1_800, 3_600, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800, 1_209_600,
    2_419_200, 4_838_400,
];

/// A range that ends now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Preset {
    /// 60 bars of a minute.
    #[serde(rename = "1h")]
    Hour,
    /// 24 bars of an hour.
    #[serde(rename = "24h")]
    Day,
    /// 56 bars of three hours.
    #[serde(rename = "7d")]
    Week,
    /// 30 bars of a day.
    #[serde(rename = "30d")]
    Month,
}

/// A range as it is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Range {
    /// One that ends now.
    Last(Preset),
    /// From then up to and without then. Widened to whole bars.
    Between(Timestamp, Timestamp),
}

/// A range as it is answered: whole bars, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Where the first bar begins.
    pub from: Timestamp,
    /// Where the last bar ends.
    pub to: Timestamp,
    /// How wide a bar is, in seconds.
    pub step: i64,
    /// The end of what can have happened: `to`, or the end of the running unit.
    until: i64,
    grain: Grain,
}

impl Preset {
    /// The word in URLs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hour => "1h",
            Self::Day => "24h",
            Self::Week => "7d",
            Self::Month => "30d",
        }
    }

    /// The preset of a word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Hour, Self::Day, Self::Week, Self::Month]
            .into_iter()
            .find(|preset| preset.as_str() == word)
    }

    const fn shape(self) -> (Grain, i64, i64) {
        match self {
            Self::Hour => (Grain::Minute, 60, 60),
            Self::Day => (Grain::Hour, 3_600, 24),
            Self::Week => (Grain::Hour, 10_800, 56),
            Self::Month => (Grain::Day, 86_400, 30),
        }
    }
}

impl Range {
    /// The window for this range at this moment.
    pub fn window(self, now: Timestamp) -> Result<Window> {
        match self {
            Self::Last(preset) => {
                let (grain, step, bars) = preset.shape();
                let to = up(now.seconds() + 1, step);
                Ok(Window::new(to - step * bars, to, step, grain, now))
            }
            Self::Between(from, to) => between(from, to, now),
        }
    }
}

impl Window {
    fn new(from: i64, to: i64, step: i64, grain: Grain, now: Timestamp) -> Self {
        Self {
            from: Timestamp::from_seconds(from),
            to: Timestamp::from_seconds(to),
            step,
            until: to.min(up(now.seconds() + 1, grain.seconds())).max(from),
            grain,
        }
    }

    /// The units of the table that hold it.
    pub(super) const fn span(&self) -> Span {
        Span {
            grain: self.grain,
            from: self.from.seconds() / self.grain.seconds(),
            to: self.to.seconds() / self.grain.seconds(),
        }
    }

    /// The range before, as far into it as this one has come: what it is compared with.
    pub(super) const fn span_before(&self) -> Span {
        let length = self.to.seconds() - self.from.seconds();
        Span {
            grain: self.grain,
            from: (self.from.seconds() - length) / self.grain.seconds(),
            to: (self.until - length) / self.grain.seconds(),
        }
    }

    /// The units of the hours' table that hold it: for questions about hours of the day.
    pub(super) const fn hours(&self) -> Span {
        Span {
            grain: Grain::Hour,
            from: self.from.seconds() / 3_600,
            to: (self.to.seconds() + 3_599) / 3_600,
        }
    }

    /// How many units of the table a bar is wide.
    pub(super) const fn units(&self) -> i64 {
        self.step / self.grain.seconds()
    }

    /// How many bars there are.
    pub const fn bars(&self) -> i64 {
        (self.to.seconds() - self.from.seconds()) / self.step
    }
}

fn between(from: Timestamp, to: Timestamp, now: Timestamp) -> Result<Window> {
    if to <= from {
        return Err(Error::invalid("to", "must be later than `from`"));
    }
    if from > now {
        return Err(Error::invalid("from", "lies in the future"));
    }
    let length = to.since(from).as_secs().cast_signed();
    let grain = finest(from, to.since(from), now);
    let wide_enough = |width: &i64| *width >= grain.seconds() && length / *width < BARS_MOST;
    let Some(step) = WIDTHS.into_iter().find(wide_enough) else {
        return Err(Error::invalid(
            "from",
            "lies more than ten years before `to`",
        ));
    };
    // Whole bars begin at multiples of their width: of the table's units for all but the longest.
    let from = from.seconds().div_euclid(step) * step;
    Ok(Window::new(from, up(to.seconds(), step), step, grain, now))
}

/// The table for a range: one that holds it and the range before, which it is compared with, and that is quickly summed up.
fn finest(from: Timestamp, length: Duration, now: Timestamp) -> Grain {
    let hour = Duration::from_secs(3_600);
    // Ranges are widened to whole bars, so that they reach back a little further than was asked for.
    let reach = now.since(from) + length + hour;
    if length <= 4 * hour && reach <= MINUTES_KEPT {
        Grain::Minute
    } else if length <= 8 * 24 * hour && reach + 24 * hour <= HOURS_KEPT {
        Grain::Hour
    } else {
        Grain::Day
    }
}

/// The next multiple of `step`, or `seconds` itself.
const fn up(seconds: i64, step: i64) -> i64 {
    (seconds + step - 1).div_euclid(step) * step
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: &str = "2026-11-20T15:47:12Z";

    fn window(range: Range) -> (String, String, i64, i64) {
        let window = range.window(NOW.parse().unwrap()).unwrap();
        (
            window.from.to_string(),
            window.to.to_string(),
            window.step,
            window.bars(),
        )
    }

    fn text(from: &str, to: &str, step: i64, bars: i64) -> (String, String, i64, i64) {
        (from.to_owned(), to.to_owned(), step, bars)
    }

    #[test]
    fn presets_end_with_the_running_bar() {
        assert_eq!(
            window(Range::Last(Preset::Hour)),
            text("2026-11-20T14:48:00Z", "2026-11-20T15:48:00Z", 60, 60)
        );
        assert_eq!(
            window(Range::Last(Preset::Day)),
            text("2026-11-19T16:00:00Z", "2026-11-20T16:00:00Z", 3_600, 24)
        );
        assert_eq!(
            window(Range::Last(Preset::Month)),
            text("2026-10-22T00:00:00Z", "2026-11-21T00:00:00Z", 86_400, 30)
        );
    }

    #[test]
    fn custom_ranges_widen_to_whole_bars() {
        let range = Range::Between(
            "2026-11-01T10:30:00Z".parse().unwrap(),
            "2026-11-03T09:10:00Z".parse().unwrap(),
        );
        assert_eq!(
            window(range),
            text("2026-11-01T10:00:00Z", "2026-11-03T10:00:00Z", 3_600, 48)
        );
    }

    #[test]
    fn what_is_compared_has_come_as_far() {
        let now: Timestamp = NOW.parse().unwrap();
        let window = Range::Last(Preset::Day).window(now).unwrap();
        let (span, before) = (window.span(), window.span_before());
        assert_eq!((before.from, before.to), (span.from - 24, span.to - 24));
        let window = Range::Last(Preset::Week).window(now).unwrap();
        let (span, before) = (window.span(), window.span_before());
        assert_eq!(before.from, span.from - 168);
        assert_eq!(before.to, now.minute() / 60 + 1 - 168);
        assert!(before.to < span.from);
    }

    #[test]
    fn backward_ranges_are_refused() {
        let now: Timestamp = NOW.parse().unwrap();
        assert!(Range::Between(now, now).window(now).is_err());
    }
}
