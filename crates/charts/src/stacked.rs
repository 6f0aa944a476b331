//! Stacked bars: calls by the class of their answer, over time.

use crate::axis::{self, Scale};
use crate::format;
use crate::markup::{self, Heading, Plot, Table, escape, px, width};

const HEIGHT: u32 = 240;
const FOOT: f64 = 26.0;

/// The calls of one span of time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Bucket {
    /// Where the span begins, in microseconds of the Unix epoch.
    pub start: i64,
    /// How many were answered with 2xx, 3xx, 4xx and 5xx.
    pub by_class: [u64; 4],
}

/// Something that happened within the range, drawn as a line with a word.
#[derive(Debug, Clone, Copy)]
pub struct Marker<'a> {
    /// When, in microseconds of the Unix epoch.
    pub at: i64,
    /// What: `r1479 published`.
    pub text: &'a str,
}

/// Stacked bars by status class.
#[derive(Debug)]
pub struct Stacked<'a> {
    /// What the chart is called.
    pub heading: Heading<'a>,
    /// The spans in order, all of the same length, without gaps.
    pub buckets: &'a [Bucket],
    /// What happened meanwhile.
    pub marker: Option<Marker<'a>>,
    /// A sentence below the drawing.
    pub note: Option<&'a str>,
}

const CLASSES: [(&str, &str, &str); 4] = [
    ("f2", "2xx", "2xx answered"),
    ("f3", "3xx", "3xx redirected"),
    ("f4", "4xx", "4xx refused"),
    ("f5", "5xx", "5xx failed"),
];

impl Bucket {
    fn total(&self) -> u64 {
        self.by_class.iter().sum()
    }
}

impl Stacked<'_> {
    /// The chart, or a sentence that there were no calls.
    #[must_use]
    pub fn to_html(&self) -> String {
        let sums: [u64; 4] = std::array::from_fn(|class| {
            self.buckets
                .iter()
                .map(|bucket| bucket.by_class[class])
                .sum()
        });
        if sums.iter().all(|sum| *sum == 0) {
            return markup::empty(&self.heading, "No calls in this range.");
        }
        // A class that never came takes no place, except the one that people look for.
        let shown: Vec<usize> = (0..4)
            .filter(|class| sums[*class] > 0 || *class == 0)
            .collect();
        let legend: String = shown
            .iter()
            .map(|&class| {
                let (fill, _, name) = CLASSES[class];
                format!(
                    "<li>{}{name} <b>{}</b></li>",
                    markup::swatch(fill),
                    format::short(sums[class] as f64)
                )
            })
            .collect();
        let labels = axis::labels(&starts(self.buckets));
        markup::figure(
            &self.heading,
            &legend,
            &self.plot(&shown, &labels),
            self.note,
            &self.table(&shown, &labels),
        )
    }

    fn plot(&self, shown: &[usize], labels: &[String]) -> Plot {
        let top = if self.marker.is_some() { 26.0 } else { 10.0 };
        let most = self.buckets.iter().map(Bucket::total).max().unwrap_or(0);
        let scale = Scale::new(most as f64, top, f64::from(HEIGHT) - FOOT);
        let many = self.buckets.len() as f64;
        let mut main = scale.grid();
        for (index, (bucket, label)) in self.buckets.iter().zip(labels).enumerate() {
            main.push_str(&bar(
                bucket,
                label,
                shown,
                &scale,
                index as f64 / many,
                many,
            ));
        }
        main.push_str(&axis::times(&starts(self.buckets), HEIGHT, |index| {
            (index as f64 + 0.5) / many
        }));
        main.push_str(&self.marker_line());
        Plot {
            height: HEIGHT,
            scale: scale.labels(),
            main,
            ends: String::new(),
        }
    }

    fn marker_line(&self) -> String {
        let (Some(marker), Some(first), Some(last)) =
            (self.marker, self.buckets.first(), self.buckets.last())
        else {
            return String::new();
        };
        let covers = (last.start - first.start) as f64 * self.buckets.len() as f64
            / (self.buckets.len() - 1).max(1) as f64;
        let place = (marker.at - first.start) as f64 / covers;
        if !(0.0..=1.0).contains(&place) {
            return String::new();
        }
        let (x, text) = (width(place), escape(marker.text));
        let (shift, anchor) = if place > 0.5 {
            (-6, " text-anchor=\"end\"")
        } else {
            (6, "")
        };
        format!(
            "<line class=\"marker\" x1=\"{x}\" x2=\"{x}\" y1=\"4\" y2=\"{}\"/><text class=\"strong\" x=\"{x}\" dx=\"{shift}\" y=\"13\"{anchor}>{text}</text>",
            px(f64::from(HEIGHT) - FOOT)
        )
    }

    fn table(&self, shown: &[usize], labels: &[String]) -> Table {
        let names = shown.iter().map(|&class| CLASSES[class].1.to_owned());
        let head = std::iter::once("Time, UTC".to_owned())
            .chain(names)
            .chain(std::iter::once("All".to_owned()))
            .collect();
        let row = |(bucket, label): (&Bucket, &String)| {
            let counts = shown
                .iter()
                .map(|&class| format::count(bucket.by_class[class]));
            std::iter::once(label.clone())
                .chain(counts)
                .chain(std::iter::once(format::count(bucket.total())))
                .collect()
        };
        Table {
            head,
            rows: self.buckets.iter().zip(labels).map(row).collect(),
        }
    }
}

fn starts(buckets: &[Bucket]) -> Vec<i64> {
    buckets.iter().map(|bucket| bucket.start).collect()
}

/// One bar with the words that appear over it.
fn bar(
    bucket: &Bucket,
    label: &str,
    shown: &[usize],
    scale: &Scale,
    left: f64,
    many: f64,
) -> String {
    if bucket.total() == 0 {
        return String::new();
    }
    let counts: Vec<String> = shown
        .iter()
        .map(|&class| {
            format!(
                "{} {}",
                CLASSES[class].1,
                format::count(bucket.by_class[class])
            )
        })
        .collect();
    let mut out = format!("<g><title>{}: {}</title>", escape(label), counts.join(", "));
    let mut below = 0;
    for &class in shown {
        let number = bucket.by_class[class];
        if number == 0 {
            continue;
        }
        let (foot, head) = (scale.y(below as f64), scale.y((below + number) as f64));
        // A hair of paper between the parts; and what happened at all stays visible.
        let gap = if below == 0 { 0.0 } else { 0.75 };
        out.push_str(&format!(
            "<rect class=\"{}\" x=\"{}\" width=\"{}\" y=\"{}\" height=\"{}\"/>",
            CLASSES[class].0,
            width(left + 0.09 / many),
            width(0.82 / many),
            px(head),
            px((foot - head - gap).max(0.75)),
        ));
        below += number;
    }
    out.push_str("</g>");
    out
}

#[cfg(test)]
mod tests {
    use super::{Bucket, Heading, Marker, Stacked};

    const HOUR: i64 = 3_600_000_000;
    /// 20 November 2026, 00:00 UTC.
    const START: i64 = 1_795_132_800_000_000;

    fn chart(buckets: &[Bucket], marker: Option<Marker<'_>>) -> String {
        let heading = Heading {
            id: "calls",
            title: "Calls & answers",
            description: "Bars for each hour.",
            level: 3,
        };
        Stacked {
            heading,
            buckets,
            marker,
            note: None,
        }
        .to_html()
        .replace("><", ">\n<")
    }

    #[test]
    fn draws_bars_with_their_table() {
        let buckets = [
            Bucket {
                start: START,
                by_class: [1_200, 0, 100, 0],
            },
            Bucket {
                start: START + HOUR,
                by_class: [900, 0, 0, 1],
            },
        ];
        insta::assert_snapshot!(chart(&buckets, None), @r#"
<figure class="chart">
<figcaption>
<h3 id="calls-t">Calls &amp; answers</h3>
<ul class="legend">
<li>
<svg viewBox="0 0 16 12" aria-hidden="true">
<rect class="f2" width="16" height="12" rx="1"/>
</svg>2xx answered <b>2.1k</b>
</li>
<li>
<svg viewBox="0 0 16 12" aria-hidden="true">
<rect class="f4" width="16" height="12" rx="1"/>
</svg>4xx refused <b>100</b>
</li>
<li>
<svg viewBox="0 0 16 12" aria-hidden="true">
<rect class="f5" width="16" height="12" rx="1"/>
</svg>5xx failed <b>1</b>
</li>
</ul>
</figcaption>
<div class="plot" role="img" aria-labelledby="calls-t calls-d">
<span class="visually-hidden" id="calls-d">Bars for each hour.</span>
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
<g>
<title>00:00: 2xx 1 200, 4xx 100, 5xx 0</title>
<rect class="f2" x="4.5%" width="41%" y="50.8" height="163.2"/>
<rect class="f4" x="4.5%" width="41%" y="37.2" height="12.8"/>
</g>
<g>
<title>01:00: 2xx 900, 4xx 0, 5xx 1</title>
<rect class="f2" x="54.5%" width="41%" y="91.6" height="122.4"/>
<rect class="f5" x="54.5%" width="41%" y="91.5" height="0.8"/>
</g>
<text x="25%" y="233" text-anchor="middle">00:00</text>
<text class="minor" x="75%" y="233" text-anchor="middle">01:00</text>
</svg>
</div>
<details>
<summary>
<svg class="icon" viewBox="0 0 20 20" aria-hidden="true">
<path d="m7.5 4.5 5.5 5.5-5.5 5.5"/>
</svg>Show as a table</summary>
<div class="table-frame" data-tall tabindex="0" role="region" aria-label="Calls &amp; answers">
<table class="table">
<thead>
<tr>
<th scope="col">Time, UTC</th>
<th scope="col" class="number">2xx</th>
<th scope="col" class="number">4xx</th>
<th scope="col" class="number">5xx</th>
<th scope="col" class="number">All</th>
</tr>
</thead>
<tbody>
<tr>
<th scope="row">00:00</th>
<td class="number">1 200</td>
<td class="number">100</td>
<td class="number">0</td>
<td class="number">1 300</td>
</tr>
<tr>
<th scope="row">01:00</th>
<td class="number">900</td>
<td class="number">0</td>
<td class="number">1</td>
<td class="number">901</td>
</tr>
</tbody>
</table>
</div>
</details>
</figure>
"#);
    }

    #[test]
    fn says_that_there_were_no_calls() {
        insta::assert_snapshot!(chart(&[Bucket { start: START, by_class: [0; 4] }], None), @r#"
<figure class="chart">
<figcaption>
<h3 id="calls-t">Calls &amp; answers</h3>
</figcaption>
<div class="empty">
<p>No calls in this range.</p>
</div>
</figure>
"#);
    }

    #[test]
    fn a_marker_outside_the_range_is_not_drawn() {
        let buckets = [
            Bucket {
                start: START,
                by_class: [1, 0, 0, 0],
            },
            Bucket {
                start: START + HOUR,
                by_class: [1, 0, 0, 0],
            },
        ];
        let at = |at| {
            chart(
                &buckets,
                Some(Marker {
                    at,
                    text: "r7 <published>",
                }),
            )
        };
        assert!(at(START + HOUR / 2).contains("x1=\"25%\""));
        assert!(at(START + HOUR / 2).contains("r7 &lt;published&gt;"));
        assert!(!at(START - HOUR).contains("marker"));
        assert!(!at(START + 3 * HOUR).contains("marker"));
    }

    #[test]
    fn uses_no_style_attribute() {
        let buckets = [Bucket {
            start: START,
            by_class: [1, 2, 3, u64::from(u32::MAX)],
        }];
        assert!(!chart(&buckets, None).contains("style"));
    }
}
