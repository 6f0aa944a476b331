//! Horizontal bars: the few largest of something, with their share of the largest.

use crate::format;
use crate::markup::{escape, px};

/// One of the largest.
#[derive(Debug, Clone, Copy)]
pub struct Bar<'a> {
    /// Its name.
    pub name: &'a str,
    /// Where it leads, if anywhere.
    pub href: Option<&'a str>,
    /// How many.
    pub number: u64,
    /// What stands beside the number: `7.4 %`, `268 ms`.
    pub beside: &'a str,
}

/// A table whose first column carries bars.
#[derive(Debug)]
pub struct Bars<'a> {
    /// What it lists, for those who do not see it: `Applications by requests`.
    pub label: &'a str,
    /// The three columns: `Application`, `Requests`, `Refused`.
    pub columns: [&'a str; 3],
    /// The rows, the largest first.
    pub bars: &'a [Bar<'a>],
}

impl Bars<'_> {
    /// The table, or a sentence that there were no calls.
    #[must_use]
    pub fn to_html(&self) -> String {
        if self.bars.is_empty() {
            return "<div class=\"empty\"><p>No calls in this range.</p></div>".to_owned();
        }
        let most = self.bars.iter().map(|bar| bar.number).max().unwrap_or(0);
        let [first, second, third] = self.columns.map(escape);
        let rows: String = self
            .bars
            .iter()
            .map(|bar| row(bar, most, [&second, &third]))
            .collect();
        format!(
            "<div class=\"table-frame\"><table class=\"table\" data-hover><caption class=\"visually-hidden\">{}</caption><thead><tr>\
             <th scope=\"col\">{first}</th><th scope=\"col\" class=\"number\">{second}</th><th scope=\"col\" class=\"number\">{third}</th>\
             </tr></thead><tbody>{rows}</tbody></table></div>",
            escape(self.label)
        )
    }
}

/// A bar alone: so many percent, with words for those who do not see it.
#[must_use]
pub fn share(part: u64, whole: u64, label: &str) -> String {
    let percent = if whole == 0 {
        0.0
    } else {
        (part as f64 / whole as f64 * 100.0).min(100.0)
    };
    format!(
        "<svg class=\"bar\" role=\"img\" aria-label=\"{}\"><rect class=\"track\" width=\"100%\" height=\"100%\"/>\
         <rect class=\"used\" width=\"{}%\" height=\"100%\"/></svg>",
        escape(label),
        px(percent)
    )
}

fn row(bar: &Bar<'_>, most: u64, [second, third]: [&str; 2]) -> String {
    let name = escape(bar.name);
    let name = bar.href.map_or_else(
        || name.clone(),
        |href| format!("<a class=\"row-link\" href=\"{}\">{name}</a>", escape(href)),
    );
    let label = format!("{} of the largest", format::percent(bar.number, most));
    format!(
        "<tr><th scope=\"row\">{name}{}</th><td class=\"number\" data-label=\"{second}\">{}</td><td class=\"number\" data-label=\"{third}\">{}</td></tr>",
        share(bar.number, most, &label),
        format::count(bar.number),
        escape(bar.beside)
    )
}

#[cfg(test)]
mod tests {
    use super::{Bar, Bars, share};

    #[test]
    fn the_largest_fills_the_width() {
        let bars = [
            Bar {
                name: "Pier 9 <b>",
                href: Some("/applications/1?a=\"b\""),
                number: 1_200,
                beside: "7.4 %",
            },
            Bar {
                name: "Orchard",
                href: None,
                number: 300,
                beside: "0 %",
            },
        ];
        let html = Bars {
            label: "Applications by requests",
            columns: ["Application", "Requests", "Refused"],
            bars: &bars,
        }
        .to_html();
        insta::assert_snapshot!(html.replace("><", ">\n<"), @r#"
<div class="table-frame">
<table class="table" data-hover>
<caption class="visually-hidden">Applications by requests</caption>
<thead>
<tr>
<th scope="col">Application</th>
<th scope="col" class="number">Requests</th>
<th scope="col" class="number">Refused</th>
</tr>
</thead>
<tbody>
<tr>
<th scope="row">
<a class="row-link" href="/applications/1?a=&quot;b&quot;">Pier 9 &lt;b&gt;</a>
<svg class="bar" role="img" aria-label="100 % of the largest">
<rect class="track" width="100%" height="100%"/>
<rect class="used" width="100%" height="100%"/>
</svg>
</th>
<td class="number" data-label="Requests">1 200</td>
<td class="number" data-label="Refused">7.4 %</td>
</tr>
<tr>
<th scope="row">Orchard<svg class="bar" role="img" aria-label="25 % of the largest">
<rect class="track" width="100%" height="100%"/>
<rect class="used" width="25%" height="100%"/>
</svg>
</th>
<td class="number" data-label="Requests">300</td>
<td class="number" data-label="Refused">0 %</td>
</tr>
</tbody>
</table>
</div>
"#);
    }

    #[test]
    fn says_that_there_were_no_calls() {
        assert!(
            Bars {
                label: "x",
                columns: ["a", "b", "c"],
                bars: &[]
            }
            .to_html()
            .contains("No calls in this range.")
        );
    }

    #[test]
    fn a_share_stays_in_its_box() {
        assert!(share(3, 0, "x").contains("class=\"used\" width=\"0%\""));
        assert!(share(9, 3, "x").contains("class=\"used\" width=\"100%\""));
    }
}
