//! What every chart is wrapped in: figure, heading, legend, plot with its description, and the table.

use std::fmt::Write;

/// The chevron of the sprite, drawn here because charts do not know where the sprite is served.
const CHEVRON: &str = "<svg class=\"icon\" viewBox=\"0 0 20 20\" aria-hidden=\"true\"><path d=\"m7.5 4.5 5.5 5.5-5.5 5.5\"/></svg>";

/// What a chart is called. All text is escaped.
#[derive(Debug, Clone, Copy)]
pub struct Heading<'a> {
    /// Unique in the page; a plain word.
    pub id: &'a str,
    /// The heading.
    pub title: &'a str,
    /// What the chart shows, in a sentence or two, for those who do not see it.
    pub description: &'a str,
    /// The level of the heading: 2 or 3.
    pub level: u8,
}

/// The two drawings of a plot and what may stand right of it.
pub(crate) struct Plot {
    pub(crate) height: u32,
    pub(crate) scale: String,
    pub(crate) main: String,
    pub(crate) ends: String,
}

/// The numbers behind a chart. The cells are escaped here.
pub(crate) struct Table {
    pub(crate) head: Vec<String>,
    pub(crate) rows: Vec<Vec<String>>,
}

pub(crate) fn figure(
    heading: &Heading<'_>,
    legend: &str,
    plot: &Plot,
    note: Option<&str>,
    table: &Table,
) -> String {
    let id = escape(heading.id);
    let height = plot.height;
    let mut out = opening(heading, legend);
    write!(
        out,
        "<div class=\"plot\" role=\"img\" aria-labelledby=\"{id}-t {id}-d\"><span class=\"visually-hidden\" id=\"{id}-d\">{}</span>\
         <svg class=\"drawing scale\" width=\"44\" height=\"{height}\" aria-hidden=\"true\">{}</svg>\
         <svg class=\"drawing\" width=\"100%\" height=\"{height}\" aria-hidden=\"true\">{}</svg>",
        escape(heading.description),
        plot.scale,
        plot.main,
    )
    .expect("writing into a String cannot fail");
    if !plot.ends.is_empty() {
        push(
            &mut out,
            &format!(
                "<svg class=\"drawing ends\" width=\"62\" height=\"{height}\" aria-hidden=\"true\">{}</svg>",
                plot.ends
            ),
        );
    }
    out.push_str("</div>");
    if let Some(note) = note {
        push(
            &mut out,
            &format!("<p class=\"muted note\">{}</p>", escape(note)),
        );
    }
    push(&mut out, &details(heading.title, table));
    out.push_str("</figure>");
    out
}

/// A chart without anything to draw says so.
pub(crate) fn empty(heading: &Heading<'_>, words: &str) -> String {
    format!(
        "{}<div class=\"empty\"><p>{}</p></div></figure>",
        opening(heading, ""),
        escape(words)
    )
}

pub(crate) fn swatch(class: &str) -> String {
    format!(
        "<svg viewBox=\"0 0 16 12\" aria-hidden=\"true\"><rect class=\"{class}\" width=\"16\" height=\"12\" rx=\"1\"/></svg>"
    )
}

pub(crate) fn details(title: &str, table: &Table) -> String {
    let mut out = format!(
        "<details><summary>{CHEVRON}Show as a table</summary><div class=\"table-frame\" data-tall tabindex=\"0\" role=\"region\" \
         aria-label=\"{}\"><table class=\"table\"><thead><tr>",
        escape(title)
    );
    for (index, cell) in table.head.iter().enumerate() {
        let class = if index == 0 { "" } else { " class=\"number\"" };
        push(
            &mut out,
            &format!("<th scope=\"col\"{class}>{}</th>", escape(cell)),
        );
    }
    out.push_str("</tr></thead><tbody>");
    for row in &table.rows {
        out.push_str("<tr>");
        for (index, cell) in row.iter().enumerate() {
            let cell = escape(cell);
            push(
                &mut out,
                &if index == 0 {
                    format!("<th scope=\"row\">{cell}</th>")
                } else {
                    format!("<td class=\"number\">{cell}</td>")
                },
            );
        }
        out.push_str("</tr>");
    }
    out.push_str("</tbody></table></div></details>");
    out
}

/// Text as it may stand between tags and inside quoted attributes.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

/// A coordinate in px with at most one decimal.
pub(crate) fn px(value: f64) -> String {
    trimmed(value, 1)
}

/// A part of the width, from 0 to 1, in percent.
pub(crate) fn width(part: f64) -> String {
    format!("{}%", trimmed(part * 100.0, 2))
}

fn trimmed(value: f64, places: usize) -> String {
    let text = format!("{value:.places$}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" {
        "0".to_owned()
    } else {
        text.to_owned()
    }
}

fn opening(heading: &Heading<'_>, legend: &str) -> String {
    let level = heading.level.clamp(2, 6);
    let (id, title) = (escape(heading.id), escape(heading.title));
    let legend = if legend.is_empty() {
        String::new()
    } else {
        format!("<ul class=\"legend\">{legend}</ul>")
    };
    format!(
        "<figure class=\"chart\"><figcaption><h{level} id=\"{id}-t\">{title}</h{level}>{legend}</figcaption>"
    )
}

fn push(out: &mut String, text: &str) {
    out.push_str(text);
}

#[cfg(test)]
mod tests {
    use super::{escape, px, width};

    #[test]
    fn escapes_what_could_leave_its_place() {
        assert_eq!(
            escape("<b a=\"1\" c='2'> &"),
            "&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt; &amp;"
        );
    }

    #[test]
    fn coordinates_are_short() {
        assert_eq!(px(12.04), "12");
        assert_eq!(px(-0.01), "0");
        assert_eq!(width(1.0 / 3.0), "33.33%");
        assert_eq!(width(1.0), "100%");
    }
}
