//! The strip of figures: the range beside the range before.

use charts::format;
use leptos::prelude::*;
use operations::usage::{QuotaState, Report, RunsOut, Totals};

use crate::components::icon::icon;
use crate::components::state::Tone;

/// A number and how it changed.
struct Figure {
    name: &'static str,
    value: String,
    tone: Tone,
    icon: Option<&'static str>,
    change: String,
}

pub(super) fn figures(report: &Report, quotas: &[QuotaState], before: &'static str) -> AnyView {
    let (now, then) = (&report.totals, &report.before);
    let mut figures = vec![calls(now, then, before), unsuccessful(now, then)];
    figures.push(latency(now, then));
    figures.extend(fullest(quotas));
    let figures: Vec<_> = figures.into_iter().map(drawn).collect();
    view! { <dl class="figures">{figures}</dl> }.into_any()
}

fn drawn(figure: Figure) -> AnyView {
    let arrow = figure.icon.map(icon);
    view! {
        <div class="figure">
            <dt>{figure.name}</dt>
            <dd class="value">{figure.value}</dd>
            <dd class="change" data-tone=figure.tone.word()>{arrow}" "{figure.change}</dd>
        </div>
    }
    .into_any()
}

fn calls(now: &Totals, then: &Totals, before: &str) -> Figure {
    let (requests, earlier) = (now.requests.unsigned_abs(), then.requests.unsigned_abs());
    let change = if earlier == 0 {
        format!("none in {before}")
    } else {
        let difference = requests.abs_diff(earlier);
        format!("{} on {before}", format::percent(difference, earlier))
    };
    Figure {
        name: "Calls",
        value: format::count(requests),
        tone: Tone::Plain,
        icon: (earlier > 0).then(|| arrow(requests, earlier)).flatten(),
        change,
    }
}

fn unsuccessful(now: &Totals, then: &Totals) -> Figure {
    let bad = |totals: &Totals| (totals.classes[4] + totals.classes[5]).unsigned_abs();
    let (share, earlier) = (now.unsuccessful_rate(), then.unsuccessful_rate());
    let change = if then.requests == 0 {
        "nothing to compare with".to_owned()
    } else {
        let was = format::percent(bad(then), then.requests.unsigned_abs());
        format!("was {was}")
    };
    let is_worse = then.requests > 0 && share > earlier;
    Figure {
        name: "Refused or failed",
        value: format::percent(bad(now), now.requests.unsigned_abs()),
        tone: if is_worse { Tone::Bad } else { Tone::Plain },
        icon: is_worse.then_some("arrow-up"),
        change,
    }
}

fn latency(now: &Totals, then: &Totals) -> Figure {
    let (p95, earlier) = (now.percentile(0.95), then.percentile(0.95));
    Figure {
        name: "p95 latency",
        value: p95.map_or_else(|| "–".to_owned(), format::milliseconds),
        tone: Tone::Plain,
        icon: p95.zip(earlier).and_then(|(now, then)| arrow(now, then)),
        change: earlier.map_or_else(
            || "nothing to compare with".to_owned(),
            |micros| format!("was {}", format::milliseconds(micros)),
        ),
    }
}

/// The quota of which most is used.
fn fullest(quotas: &[QuotaState]) -> Option<Figure> {
    let state = quotas.iter().max_by(|a, b| {
        let left = u128::from(a.used) * u128::from(b.quota.requests);
        left.cmp(&(u128::from(b.used) * u128::from(a.quota.requests)))
    })?;
    let (tone, icon, change) = match state.runs_out {
        RunsOut::Already => (Tone::Bad, "alert", "used up".to_owned()),
        RunsOut::At(at) => {
            let day = format::short_date(at.micros());
            let change = format!("runs out about {day}, {}", format::time(at.micros()));
            (Tone::Warn, "clock", change)
        }
        RunsOut::No => (Tone::Plain, "check", "lasts until it resets".to_owned()),
    };
    Some(Figure {
        name: if quotas.len() > 1 {
            "Fullest quota"
        } else {
            "Quota"
        },
        value: format::percent(state.used, state.quota.requests),
        tone,
        icon: Some(icon),
        change,
    })
}

fn arrow(now: u64, then: u64) -> Option<&'static str> {
    match now.cmp(&then) {
        std::cmp::Ordering::Greater => Some("arrow-up"),
        std::cmp::Ordering::Less => Some("arrow-down"),
        std::cmp::Ordering::Equal => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn totals(requests: i64, refused: i64) -> Totals {
        let mut totals = Totals::default();
        totals.requests = requests;
        totals.classes[2] = requests - refused;
        totals.classes[4] = refused;
        totals
    }

    #[test]
    fn calls_are_compared_with_the_range_before() {
        let figure = calls(&totals(150, 0), &totals(100, 0), "the day before");
        assert_eq!(figure.change, "50 % on the day before");
        assert_eq!(figure.icon, Some("arrow-up"));
        let figure = calls(&totals(150, 0), &totals(0, 0), "the day before");
        assert_eq!(figure.change, "none in the day before");
        assert_eq!(figure.icon, None);
    }

    #[test]
    fn more_refusals_are_bad_news() {
        let figure = unsuccessful(&totals(100, 10), &totals(100, 5));
        assert_eq!(figure.tone, Tone::Bad);
        assert_eq!(figure.change, "was 5 %");
        assert_eq!(
            unsuccessful(&totals(100, 1), &totals(100, 5)).tone,
            Tone::Plain
        );
    }
}
