//! A sparkline: the shape of a day in the height of a word.

use crate::markup::{escape, px};

const WIDTH: f64 = 96.0;
const HEIGHT: f64 = 28.0;

/// Whether a rise is news or bad news.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// In the colour of answered calls.
    Plain,
    /// In the colour of failures.
    Bad,
}

/// A line without axes, beside the figure that it explains.
#[derive(Debug)]
pub struct Sparkline<'a> {
    /// What it shows, for those who do not see it: `Requests over 24 hours`.
    pub label: &'a str,
    /// The values in order.
    pub values: &'a [f64],
    /// How it is drawn.
    pub tone: Tone,
}

impl Sparkline<'_> {
    /// The drawing; nothing if there are fewer than two values, since that is no line.
    #[must_use]
    pub fn to_html(&self) -> String {
        if self.values.len() < 2 {
            return String::new();
        }
        let most = self.values.iter().copied().fold(f64::MIN, f64::max);
        // Not from zero: the shape matters here. A little below the least, so that a flat day does not look like none.
        let least = self.values.iter().copied().fold(f64::MAX, f64::min) * 0.8;
        let range = if most > least { most - least } else { 1.0 };
        let steps = (self.values.len() - 1) as f64;
        let y = |value: f64| px(3.0 + (HEIGHT - 6.0) * (1.0 - (value - least) / range));
        let points: Vec<String> = self
            .values
            .iter()
            .enumerate()
            .map(|(index, value)| format!("{} {}", px(index as f64 * WIDTH / steps), y(*value)))
            .collect();
        let path = points.join("L");
        let (line, dot) = match self.tone {
            Tone::Plain => ("l0", "d0"),
            Tone::Bad => ("lbad", "dbad"),
        };
        let last = y(self.values[self.values.len() - 1]);
        format!(
            "<svg class=\"spark\" viewBox=\"0 0 96 28\" role=\"img\" aria-label=\"{}\"><path class=\"area\" d=\"M{path}L96 28L0 28Z\"/>\
             <path class=\"{line}\" d=\"M{path}\"/><circle class=\"{dot}\" cx=\"96\" cy=\"{last}\" r=\"2\"/></svg>",
            escape(self.label)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::{Sparkline, Tone};

    fn spark(values: &[f64]) -> String {
        Sparkline {
            label: "Calls of \"Pier 9\"",
            values,
            tone: Tone::Bad,
        }
        .to_html()
    }

    #[test]
    fn draws_the_shape() {
        insta::assert_snapshot!(spark(&[0.0, 10.0, 5.0]).replace("><", ">\n<"), @r#"
<svg class="spark" viewBox="0 0 96 28" role="img" aria-label="Calls of &quot;Pier 9&quot;">
<path class="area" d="M0 25L48 3L96 14L96 28L0 28Z"/>
<path class="lbad" d="M0 25L48 3L96 14"/>
<circle class="dbad" cx="96" cy="14" r="2"/>
</svg>
"#);
    }

    #[test]
    fn a_flat_line_and_a_single_value_do_not_break() {
        assert!(spark(&[0.0, 0.0]).contains("M0 25L96 25"));
        assert!(!spark(&[7.0, 7.0]).contains("NaN"));
        assert_eq!(spark(&[7.0]), "");
    }
}
