//! Axes: round numbers up the side, times along the foot.

use crate::format;
use crate::markup::{px, width};

const DAY: i64 = 24 * 3_600_000_000;

/// The vertical scale of a drawing: from value to px.
pub(crate) struct Scale {
    ticks: Vec<f64>,
    top: f64,
    bottom: f64,
}

impl Scale {
    /// A scale from 0 to the round number at or above `max`, between two heights.
    pub(crate) fn new(max: f64, top: f64, bottom: f64) -> Self {
        Self {
            ticks: round_ticks(max),
            top,
            bottom,
        }
    }

    /// A value's height in px.
    pub(crate) fn y(&self, value: f64) -> f64 {
        let max = self.ticks.last().copied().unwrap_or(1.0);
        self.top + (self.bottom - self.top) * (1.0 - value / max)
    }

    /// The numbers, right-aligned in their own column.
    pub(crate) fn labels(&self) -> String {
        let label = |tick: &f64| {
            format!(
                "<text x=\"36\" y=\"{}\" text-anchor=\"end\">{}</text>",
                px(self.y(*tick) + 4.0),
                format::short(*tick)
            )
        };
        self.ticks.iter().map(label).collect()
    }

    /// A line across at each number.
    pub(crate) fn grid(&self) -> String {
        let line = |tick: &f64| {
            let (class, y) = (
                if *tick == 0.0 { "axis" } else { "grid" },
                px(self.y(*tick)),
            );
            format!("<line class=\"{class}\" x1=\"0\" x2=\"100%\" y1=\"{y}\" y2=\"{y}\"/>")
        };
        self.ticks.iter().map(line).collect()
    }
}

/// Times below a drawing: about eight of them, on round hours or days where the buckets allow it; every second one gives way on
/// narrow screens. `at` tells where a bucket's label stands, from 0 to 1.
pub(crate) fn times(starts: &[i64], height: u32, at: impl Fn(usize) -> f64) -> String {
    let labels = labels(starts);
    let every = every(starts);
    let first = first_round(starts, every);
    let mut out = String::new();
    for (turn, index) in (first..starts.len()).step_by(every).enumerate() {
        let minor = if turn % 2 == 1 {
            " class=\"minor\""
        } else {
            ""
        };
        let place = at(index);
        let anchor = if place < 0.03 {
            ""
        } else if place > 0.985 {
            " text-anchor=\"end\""
        } else {
            " text-anchor=\"middle\""
        };
        out.push_str(&format!(
            "<text{minor} x=\"{}\" y=\"{}\"{anchor}>{}</text>",
            width(place),
            height - 7,
            labels[index]
        ));
    }
    out
}

/// The name of each bucket: a time within a day, else a date, else both.
pub(crate) fn labels(starts: &[i64]) -> Vec<String> {
    let step = step(starts);
    let covers = starts.len() as i64 * step;
    let pattern = match step {
        step if step >= DAY => "%-d %b",
        _ if covers > DAY => "%-d %b %H:%M",
        _ => "%H:%M",
    };
    starts
        .iter()
        .map(|start| format::written(*start, pattern))
        .collect()
}

fn step(starts: &[i64]) -> i64 {
    starts
        .windows(2)
        .map(|pair| pair[1] - pair[0])
        .filter(|step| *step > 0)
        .min()
        .unwrap_or(60_000_000)
}

fn every(starts: &[i64]) -> usize {
    let wide = step(starts) < DAY && starts.len() as i64 * step(starts) > DAY;
    let most = if wide { 6 } else { 8 };
    let least = starts.len().div_ceil(most).max(1);
    [1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 24, 30, 48, 60]
        .into_iter()
        .find(|every| *every >= least)
        .unwrap_or(least)
}

/// The first bucket whose start is a multiple of the distance between labels; else the first.
fn first_round(starts: &[i64], every: usize) -> usize {
    let distance = step(starts) * every as i64;
    if step(starts) >= DAY {
        return 0;
    }
    starts
        .iter()
        .take(every)
        .position(|start| start % distance == 0)
        .unwrap_or(0)
}

fn round_ticks(max: f64) -> Vec<f64> {
    let max = if max.is_finite() && max > 0.0 {
        max
    } else {
        1.0
    };
    let raw = max / 4.0;
    let power = 10f64.powf(raw.log10().floor());
    let step = [1.0, 2.0, 2.5, 5.0, 10.0]
        .into_iter()
        .map(|factor| factor * power)
        .find(|step| *step >= raw * 0.999_999)
        .unwrap_or(raw);
    let steps = (max / step - 1e-6).ceil().max(1.0) as u32;
    (0..=steps).map(|index| f64::from(index) * step).collect()
}

#[cfg(test)]
mod tests {
    use super::{every, first_round, labels, round_ticks};

    const MINUTE: i64 = 60_000_000;
    /// 19 November 2026, 16:00 UTC.
    const START: i64 = 1_795_104_000_000_000;

    fn buckets(count: usize, minutes: i64) -> Vec<i64> {
        (0..count as i64)
            .map(|index| START + index * minutes * MINUTE)
            .collect()
    }

    #[test]
    fn ticks_are_round_and_reach_the_top() {
        let check = |max, ticks: &[f64]| assert_eq!(round_ticks(max), ticks, "for {max}");
        check(53_000.0, &[0.0, 20_000.0, 40_000.0, 60_000.0]);
        check(100.0, &[0.0, 25.0, 50.0, 75.0, 100.0]);
        check(3.0, &[0.0, 1.0, 2.0, 3.0]);
        check(0.0, &[0.0, 0.25, 0.5, 0.75, 1.0]);
        check(f64::NAN, &[0.0, 0.25, 0.5, 0.75, 1.0]);
    }

    #[test]
    fn labels_say_as_much_as_the_range_needs() {
        assert_eq!(labels(&buckets(48, 30))[1], "16:30");
        assert_eq!(labels(&buckets(168, 60))[9], "20 Nov 01:00");
        assert_eq!(labels(&buckets(30, 1440))[1], "20 Nov");
        assert_eq!(labels(&[START]), ["16:00"]);
        assert!(labels(&[]).is_empty());
    }

    #[test]
    fn never_more_labels_than_there_is_room_for() {
        for count in 1..200 {
            for minutes in [1, 5, 30, 60, 360, 1440] {
                let starts = buckets(count, minutes);
                let shown = (first_round(&starts, every(&starts))..count)
                    .step_by(every(&starts))
                    .count();
                assert!(
                    (1..=8).contains(&shown),
                    "{shown} labels for {count} buckets of {minutes} min"
                );
            }
        }
    }
}
