//! A heat map: how busy each hour of each day was, one hue in six steps.

use crate::format;
use crate::markup::{self, Heading, Plot, Table, escape, width};

const CELL: u32 = 22;
const TOP: u32 = 2;
const STEPS: usize = 6;
const HOURS: usize = 24;

/// One day.
#[derive(Debug, Clone)]
pub struct HeatRow<'a> {
    /// Its name: `Mon`.
    pub name: &'a str,
    /// The calls of each hour in UTC; nothing for hours outside the range.
    pub hours: [Option<u64>; HOURS],
}

/// Days by hours.
#[derive(Debug)]
pub struct Heat<'a> {
    /// What the chart is called.
    pub heading: Heading<'a>,
    /// The days in order.
    pub rows: &'a [HeatRow<'a>],
}

impl Heat<'_> {
    /// The chart, or a sentence that there were no calls.
    #[must_use]
    pub fn to_html(&self) -> String {
        let most = self
            .rows
            .iter()
            .flat_map(|row| row.hours.iter().flatten())
            .copied()
            .max()
            .unwrap_or(0);
        if most == 0 {
            return markup::empty(&self.heading, "No calls in this range.");
        }
        let steps = steps(most);
        let legend: String = std::iter::once("<li>fewer</li>".to_owned())
            .chain(steps.iter().enumerate().map(|(index, step)| {
                let more = if index == STEPS - 1 { "+" } else { "" };
                format!(
                    "<li>{}{}{more}</li>",
                    markup::swatch(&format!("h{index}")),
                    format::short(*step as f64)
                )
            }))
            .collect();
        markup::figure(
            &self.heading,
            &legend,
            &self.plot(&steps),
            None,
            &self.table(),
        )
    }

    fn plot(&self, steps: &[u64; STEPS]) -> Plot {
        let height = TOP + self.rows.len() as u32 * CELL + 24;
        let (mut scale, mut main) = (String::new(), String::new());
        for (index, row) in self.rows.iter().enumerate() {
            let y = TOP + index as u32 * CELL;
            scale.push_str(&format!(
                "<text x=\"36\" y=\"{}\" text-anchor=\"end\">{}</text>",
                y + 15,
                escape(row.name)
            ));
            for (hour, calls) in row.hours.iter().enumerate() {
                let Some(calls) = calls else { continue };
                let step = steps.iter().rposition(|step| calls >= step).unwrap_or(0);
                main.push_str(&format!(
                    "<rect class=\"h{step}\" x=\"{}\" width=\"{}\" y=\"{y}\" height=\"{}\"><title>{} {hour:02}:00: {}</title></rect>",
                    width(hour as f64 / HOURS as f64),
                    width(0.96 / HOURS as f64),
                    CELL - 2,
                    escape(row.name),
                    format::count(*calls),
                ));
            }
        }
        for (turn, hour) in (0..HOURS).step_by(3).enumerate() {
            let minor = if turn % 2 == 1 {
                " class=\"minor\""
            } else {
                ""
            };
            let (place, anchor) = if hour == 0 {
                (0.0, "")
            } else {
                (
                    (hour as f64 + 0.5) / HOURS as f64,
                    " text-anchor=\"middle\"",
                )
            };
            main.push_str(&format!(
                "<text{minor} x=\"{}\" y=\"{}\"{anchor}>{hour:02}:00</text>",
                width(place),
                height - 7
            ));
        }
        Plot {
            height,
            scale,
            main,
            ends: String::new(),
        }
    }

    fn table(&self) -> Table {
        let head = std::iter::once("Day, UTC".to_owned())
            .chain((0..HOURS).map(|hour| format!("{hour:02}:00")))
            .collect();
        let row = |row: &HeatRow<'_>| {
            let cells = row
                .hours
                .iter()
                .map(|calls| calls.map_or_else(|| "no data".to_owned(), format::count));
            std::iter::once(row.name.to_owned()).chain(cells).collect()
        };
        Table {
            head,
            rows: self.rows.iter().map(row).collect(),
        }
    }
}

/// Six steps from nothing up, round to two digits; the busiest hour always reaches the last one.
fn steps(most: u64) -> [u64; STEPS] {
    let raw = (most / (STEPS as u64 - 1)).max(1);
    let round = 10u64.pow(raw.ilog10().saturating_sub(1));
    let step = raw / round * round;
    std::array::from_fn(|index| index as u64 * step)
}

#[cfg(test)]
mod tests {
    use super::{Heading, Heat, HeatRow, steps};

    const HEADING: Heading<'_> = Heading {
        id: "heat",
        title: "When they call",
        description: "Hours by day.",
        level: 3,
    };

    #[test]
    fn steps_are_round() {
        assert_eq!(steps(71_000), [0, 14_000, 28_000, 42_000, 56_000, 70_000]);
        assert_eq!(steps(60_000), [0, 12_000, 24_000, 36_000, 48_000, 60_000]);
        assert_eq!(steps(3), [0, 1, 2, 3, 4, 5]);
    }

    #[test]
    fn the_busiest_hour_has_the_darkest_cell() {
        for most in [1, 2, 5, 7, 49, 1_000, 62_345, 9_999_999] {
            let mut hours = [Some(0); 24];
            hours[9] = Some(most);
            let html = Heat {
                heading: HEADING,
                rows: &[HeatRow { name: "Mon", hours }],
            }
            .to_html();
            let darkest = if most < 5 {
                usize::try_from(most).unwrap()
            } else {
                5
            };
            assert!(
                html.contains(&format!("<rect class=\"h{darkest}\" x=\"37.5%\"")),
                "{most}: {:?}",
                steps(most)
            );
        }
    }

    #[test]
    fn hours_outside_the_range_stay_open() {
        let mut hours = [None; 24];
        hours[0] = Some(3);
        let html = Heat {
            heading: HEADING,
            rows: &[HeatRow {
                name: "<Mon>",
                hours,
            }],
        }
        .to_html();
        assert_eq!(html.matches("<title>").count(), 1);
        assert_eq!(html.matches("no data").count(), 23);
        assert!(html.contains("&lt;Mon&gt; 00:00: 3"));
    }

    #[test]
    fn says_that_there_were_no_calls() {
        assert!(
            Heat {
                heading: HEADING,
                rows: &[]
            }
            .to_html()
            .contains("No calls in this range.")
        );
    }
}
