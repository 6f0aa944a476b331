//! A quota bar: what is used, what it comes to at this pace, and where the limit is.

use crate::format;
use crate::markup::{escape, px};

/// The axis runs to this many percent of the limit, so that a projection over it is seen.
const AXIS: f64 = 125.0;

/// How much of a quota is used. The words are escaped here.
#[derive(Debug)]
pub struct Quota<'a> {
    /// Unique in the page; a plain word.
    pub id: &'a str,
    /// Calls used in the period.
    pub used: u64,
    /// Calls allowed in the period; never 0 in a valid plan.
    pub limit: u64,
    /// Calls expected by the end of the period at this pace; nothing if it is too early to say.
    pub projected: Option<u64>,
    /// After the numbers: `calls used in November`.
    pub what: &'a str,
    /// When it begins again: `resets 1 December 00:00 UTC`.
    pub resets: &'a str,
    /// The sentence below: when it runs out and what happens then.
    pub note: &'a str,
}

impl Quota<'_> {
    /// The bar with its numbers and its sentence.
    #[must_use]
    pub fn to_html(&self) -> String {
        let id = escape(self.id);
        let used = self.percent(self.used);
        let projected = self
            .projected
            .map_or(used, |number| self.percent(number))
            .max(used);
        let shown = used.min(AXIS);
        let more = projected.min(AXIS) - shown;
        format!(
            "<div class=\"quota\"{tone}><div class=\"spread\"><span><strong>{number}</strong> of {limit} {what}</span><span class=\"muted\">{resets}</span></div>\
             <svg role=\"img\" aria-label=\"{label}\"><defs><pattern id=\"{id}-hatch\" width=\"5\" height=\"5\" patternUnits=\"userSpaceOnUse\" \
             patternTransform=\"rotate(45)\"><rect width=\"2\" height=\"5\" class=\"hatch\"/></pattern></defs>\
             <rect class=\"track\" width=\"80%\" height=\"10\" y=\"5\"/><rect class=\"used\" width=\"{solid}%\" height=\"10\" y=\"5\"/>\
             <rect fill=\"url(#{id}-hatch)\" x=\"{solid}%\" width=\"{hatched}%\" height=\"10\" y=\"5\"/>\
             <line class=\"limit\" x1=\"80%\" x2=\"80%\" y1=\"0\" y2=\"20\"/></svg><p>{note}</p></div>",
            tone = self.tone(),
            number = format::count(self.used),
            limit = format::count(self.limit),
            what = escape(self.what),
            resets = escape(self.resets),
            label = escape(&self.label()),
            solid = px(shown / AXIS * 100.0),
            hatched = px(more / AXIS * 100.0),
            note = escape(self.note),
        )
    }

    fn percent(&self, number: u64) -> f64 {
        if self.limit == 0 {
            AXIS
        } else {
            number as f64 / self.limit as f64 * 100.0
        }
    }

    fn tone(&self) -> &'static str {
        if self.used >= self.limit {
            " data-tone=\"bad\""
        } else if self.percent(self.used) >= 80.0 {
            " data-tone=\"warn\""
        } else {
            ""
        }
    }

    fn label(&self) -> String {
        let used = format::percent(self.used, self.limit);
        match self.projected {
            Some(projected) => format!(
                "Quota: {used} used, {} expected by the end of the period",
                format::percent(projected.max(self.used), self.limit)
            ),
            None => format!("Quota: {used} used"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Quota;

    fn quota(used: u64, limit: u64, projected: Option<u64>) -> String {
        Quota {
            id: "q",
            used,
            limit,
            projected,
            what: "calls used in November",
            resets: "resets 1 December",
            note: "Runs out <soon>.",
        }
        .to_html()
    }

    #[test]
    fn draws_what_is_used_and_what_is_to_come() {
        insta::assert_snapshot!(quota(587_020, 1_000_000, Some(1_030_000)).replace("><", ">\n<"), @r#"
<div class="quota">
<div class="spread">
<span>
<strong>587 020</strong> of 1 000 000 calls used in November</span>
<span class="muted">resets 1 December</span>
</div>
<svg role="img" aria-label="Quota: 58.7 % used, 103 % expected by the end of the period">
<defs>
<pattern id="q-hatch" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
<rect width="2" height="5" class="hatch"/>
</pattern>
</defs>
<rect class="track" width="80%" height="10" y="5"/>
<rect class="used" width="47%" height="10" y="5"/>
<rect fill="url(#q-hatch)" x="47%" width="35.4%" height="10" y="5"/>
<line class="limit" x1="80%" x2="80%" y1="0" y2="20"/>
</svg>
<p>Runs out &lt;soon&gt;.</p>
</div>
"#);
    }

    #[test]
    fn warns_before_it_is_used_up() {
        assert!(!quota(79, 100, None).contains("data-tone"));
        assert!(quota(80, 100, None).contains("data-tone=\"warn\""));
        assert!(quota(100, 100, None).contains("data-tone=\"bad\""));
    }

    #[test]
    fn never_draws_beyond_its_axis() {
        assert!(quota(900, 100, Some(5_000)).contains("class=\"used\" width=\"100%\""));
        assert!(quota(50, 100, Some(5_000)).contains("x=\"40%\" width=\"60%\""));
        assert!(quota(0, 0, None).contains("class=\"used\" width=\"100%\""));
    }
}
