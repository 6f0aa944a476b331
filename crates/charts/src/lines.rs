//! Lines over time: percentiles of latency, or any few series of the same unit.

use crate::axis::{self, Scale};
use crate::format;
use crate::markup::{self, Heading, Plot, Table, escape, px, width};

const HEIGHT: u32 = 240;
const TOP: f64 = 10.0;
const FOOT: f64 = 26.0;
/// Between two labels at the right end.
const LABEL_HEIGHT: f64 = 15.0;

/// What a line is drawn in. Percentiles are one hue in three depths; p99 is dashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ink {
    /// The median.
    P50,
    /// The 95th percentile.
    P95,
    /// The 99th percentile, dashed.
    P99,
    /// A former period or a comparison, grey and dotted; it has no label at its end.
    Before,
    /// A single series.
    Plain,
}

impl Ink {
    fn line(self) -> &'static str {
        match self {
            Self::P50 => "l50",
            Self::P95 => "l95",
            Self::P99 => "l99",
            Self::Before => "lb",
            Self::Plain => "l0",
        }
    }

    fn dot(self) -> &'static str {
        match self {
            Self::P50 => "d50",
            Self::P95 => "d95",
            Self::P99 => "d99",
            Self::Before | Self::Plain => "d0",
        }
    }
}

/// One series.
#[derive(Debug)]
pub struct Line<'a> {
    /// Short, for the label at its end: `p95`.
    pub name: &'a str,
    /// For the legend and the table, where it says more than the name.
    pub long_name: &'a str,
    /// How it is drawn.
    pub ink: Ink,
    /// A value for each start; nothing where nothing was measured, which breaks the line.
    pub values: &'a [Option<f64>],
}

/// Lines over time.
#[derive(Debug)]
pub struct Lines<'a> {
    /// What the chart is called; name the unit in the title.
    pub heading: Heading<'a>,
    /// Where each span begins, in microseconds of the Unix epoch.
    pub starts: &'a [i64],
    /// The series, each as long as `starts`.
    pub lines: &'a [Line<'a>],
    /// The unit, for the table: `ms`.
    pub unit: &'a str,
    /// A sentence below the drawing.
    pub note: Option<&'a str>,
}

impl Lines<'_> {
    /// The chart, or a sentence that nothing was measured.
    #[must_use]
    pub fn to_html(&self) -> String {
        let most = self
            .lines
            .iter()
            .flat_map(|line| line.values.iter().flatten())
            .copied()
            .fold(f64::NAN, f64::max);
        if most.is_nan() {
            return markup::empty(&self.heading, "Nothing was measured in this range.");
        }
        let legend: String = self
            .lines
            .iter()
            .map(|line| {
                let class = line.ink.line();
                format!("<li><svg viewBox=\"0 0 16 12\" aria-hidden=\"true\"><path class=\"{class}\" d=\"M0 6h16\"/></svg>{}</li>", escape(line.long_name))
            })
            .collect();
        markup::figure(
            &self.heading,
            &legend,
            &self.plot(most),
            self.note,
            &self.table(),
        )
    }

    fn plot(&self, most: f64) -> Plot {
        let scale = Scale::new(most, TOP, f64::from(HEIGHT) - FOOT);
        let steps = (self.starts.len().max(2) - 1) as f64;
        let mut paths = String::new();
        let mut dots = String::new();
        let mut ends = Vec::new();
        for line in self.lines {
            paths.push_str(&format!(
                "<path class=\"{}\" vector-effect=\"non-scaling-stroke\" d=\"{}\"/>",
                line.ink.line(),
                path(line.values, steps, &scale)
            ));
            let last = line
                .values
                .iter()
                .enumerate()
                .rev()
                .find_map(|(index, value)| value.map(|value| (index, value)));
            if let (Some((index, value)), true) = (last, line.ink != Ink::Before) {
                let y = scale.y(value);
                dots.push_str(&format!(
                    "<circle class=\"{}\" cx=\"{}\" cy=\"{}\" r=\"2.5\"/>",
                    line.ink.dot(),
                    width(index as f64 / steps),
                    px(y)
                ));
                ends.push((y, format!("{} {}", escape(line.name), short_value(value))));
            }
        }
        let main = format!(
            "{}<svg width=\"100%\" height=\"{HEIGHT}\" viewBox=\"0 0 1000 {HEIGHT}\" preserveAspectRatio=\"none\">{paths}</svg>{dots}{}",
            scale.grid(),
            axis::times(self.starts, HEIGHT, |index| index as f64 / steps)
        );
        Plot {
            height: HEIGHT,
            scale: scale.labels(),
            main,
            ends: end_labels(ends),
        }
    }

    fn table(&self) -> Table {
        let names = self
            .lines
            .iter()
            .map(|line| format!("{}, {}", line.long_name, self.unit));
        let head = std::iter::once("Time, UTC".to_owned())
            .chain(names)
            .collect();
        let row = |(index, label): (usize, String)| {
            let cells = self.lines.iter().map(|line| match line.values.get(index) {
                Some(Some(value)) => short_value(*value),
                _ => "no data".to_owned(),
            });
            std::iter::once(label).chain(cells).collect()
        };
        Table {
            head,
            rows: axis::labels(self.starts)
                .into_iter()
                .enumerate()
                .map(row)
                .collect(),
        }
    }
}

/// Whole numbers with thousands parted; below ten one decimal.
fn short_value(value: f64) -> String {
    if value < 10.0 {
        px(value)
    } else {
        format::count(value.round() as u64)
    }
}

/// A path in a box a thousand wide; a gap in the values is a gap in the line, and a value alone is a short stroke.
fn path(values: &[Option<f64>], steps: f64, scale: &Scale) -> String {
    let mut out = String::new();
    let mut drawing = false;
    for (index, value) in values.iter().enumerate() {
        let Some(value) = value else {
            drawing = false;
            continue;
        };
        let (x, y) = (px(index as f64 * 1000.0 / steps), px(scale.y(*value)));
        out.push_str(&format!("{}{x} {y}", if drawing { 'L' } else { 'M' }));
        let alone = !drawing && !matches!(values.get(index + 1), Some(Some(_)));
        if alone {
            out.push_str("h2");
        }
        drawing = true;
    }
    out
}

/// The last values beside the drawing, pushed apart where they would cover each other.
fn end_labels(mut ends: Vec<(f64, String)>) -> String {
    ends.sort_by(|left, right| left.0.total_cmp(&right.0));
    let mut out = String::new();
    let mut lowest = f64::NEG_INFINITY;
    for (y, text) in ends {
        lowest = y.max(lowest + LABEL_HEIGHT);
        out.push_str(&format!(
            "<text class=\"strong\" x=\"8\" y=\"{}\">{text}</text>",
            px(lowest + 4.0)
        ));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Heading, Ink, Line, Lines, end_labels};

    const HOUR: i64 = 3_600_000_000;
    const START: i64 = 1_795_132_800_000_000;
    const HEADING: Heading<'_> = Heading {
        id: "latency",
        title: "Latency, ms",
        description: "Three lines.",
        level: 2,
    };

    fn chart(p50: &[Option<f64>], p99: &[Option<f64>]) -> String {
        let starts: Vec<i64> = (0..p50.len() as i64)
            .map(|index| START + index * HOUR)
            .collect();
        let lines = [
            Line {
                name: "p50",
                long_name: "p50",
                ink: Ink::P50,
                values: p50,
            },
            Line {
                name: "p99",
                long_name: "p99",
                ink: Ink::P99,
                values: p99,
            },
        ];
        Lines {
            heading: HEADING,
            starts: &starts,
            lines: &lines,
            unit: "ms",
            note: None,
        }
        .to_html()
        .replace("><", ">\n<")
    }

    #[test]
    fn draws_lines_with_gaps_and_ends() {
        let html = chart(
            &[Some(70.0), None, Some(80.0), Some(90.0)],
            &[Some(300.0), Some(1_250.0), None, None],
        );
        insta::assert_snapshot!(html, @r#"
<figure class="chart">
<figcaption>
<h2 id="latency-t">Latency, ms</h2>
<ul class="legend">
<li>
<svg viewBox="0 0 16 12" aria-hidden="true">
<path class="l50" d="M0 6h16"/>
</svg>p50</li>
<li>
<svg viewBox="0 0 16 12" aria-hidden="true">
<path class="l99" d="M0 6h16"/>
</svg>p99</li>
</ul>
</figcaption>
<div class="plot" role="img" aria-labelledby="latency-t latency-d">
<span class="visually-hidden" id="latency-d">Three lines.</span>
<svg class="drawing scale" width="44" height="240" aria-hidden="true">
<text x="36" y="218" text-anchor="end">0</text>
<text x="36" y="150" text-anchor="end">500</text>
<text x="36" y="82" text-anchor="end">1k</text>
<text x="36" y="14" text-anchor="end">1.5k</text>
</svg>
<svg class="drawing" width="100%" height="240" aria-hidden="true">
<line class="axis" x1="0" x2="100%" y1="214" y2="214"/>
<line class="grid" x1="0" x2="100%" y1="146" y2="146"/>
<line class="grid" x1="0" x2="100%" y1="78" y2="78"/>
<line class="grid" x1="0" x2="100%" y1="10" y2="10"/>
<svg width="100%" height="240" viewBox="0 0 1000 240" preserveAspectRatio="none">
<path class="l50" vector-effect="non-scaling-stroke" d="M0 204.5h2M666.7 203.1L1000 201.8"/>
<path class="l99" vector-effect="non-scaling-stroke" d="M0 173.2L333.3 44"/>
</svg>
<circle class="d50" cx="100%" cy="201.8" r="2.5"/>
<circle class="d99" cx="33.33%" cy="44" r="2.5"/>
<text x="0%" y="233">00:00</text>
<text class="minor" x="33.33%" y="233" text-anchor="middle">01:00</text>
<text x="66.67%" y="233" text-anchor="middle">02:00</text>
<text class="minor" x="100%" y="233" text-anchor="end">03:00</text>
</svg>
<svg class="drawing ends" width="62" height="240" aria-hidden="true">
<text class="strong" x="8" y="48">p99 1 250</text>
<text class="strong" x="8" y="205.8">p50 90</text>
</svg>
</div>
<details>
<summary>
<svg class="icon" viewBox="0 0 20 20" aria-hidden="true">
<path d="m7.5 4.5 5.5 5.5-5.5 5.5"/>
</svg>Show as a table</summary>
<div class="table-frame" data-tall tabindex="0" role="region" aria-label="Latency, ms">
<table class="table">
<thead>
<tr>
<th scope="col">Time, UTC</th>
<th scope="col" class="number">p50, ms</th>
<th scope="col" class="number">p99, ms</th>
</tr>
</thead>
<tbody>
<tr>
<th scope="row">00:00</th>
<td class="number">70</td>
<td class="number">300</td>
</tr>
<tr>
<th scope="row">01:00</th>
<td class="number">no data</td>
<td class="number">1 250</td>
</tr>
<tr>
<th scope="row">02:00</th>
<td class="number">80</td>
<td class="number">no data</td>
</tr>
<tr>
<th scope="row">03:00</th>
<td class="number">90</td>
<td class="number">no data</td>
</tr>
</tbody>
</table>
</div>
</details>
</figure>
"#);
    }

    #[test]
    fn says_that_nothing_was_measured() {
        assert!(
            chart(&[None, None], &[None, None]).contains("Nothing was measured in this range.")
        );
        assert!(chart(&[], &[]).contains("Nothing was measured in this range."));
    }

    #[test]
    fn labels_at_the_end_do_not_cover_each_other() {
        let html = end_labels(vec![
            (100.0, "b".to_owned()),
            (98.0, "a".to_owned()),
            (101.0, "c".to_owned()),
        ]);
        assert_eq!(
            html,
            "<text class=\"strong\" x=\"8\" y=\"102\">a</text><text class=\"strong\" x=\"8\" y=\"117\">b</text><text class=\"strong\" x=\"8\" y=\"132\">c</text>"
        );
    }
}
