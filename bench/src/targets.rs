//! What the project wants to reach (P1, P2, P2r, P4), beside what was measured.

use std::collections::HashMap;

use crate::measure::{AtHalf, Results};
use crate::report::{cpu, rate};
use crate::work::Work;

/// Everything that was measured, by work and peer.
pub(crate) type Measured = HashMap<Work, HashMap<&'static str, Results>>;

/// The lanes of a request through the gateway.
const LANES: [&str; 2] = ["Gatehouse", "Gatehouse, direct"];

/// A number that shall not be exceeded.
struct Target {
    name: &'static str,
    what: &'static str,
    most: f64,
    /// In each of the lanes.
    measured: [Option<f64>; 2],
}

/// The table; empty when nothing of it was measured.
pub(crate) fn table(all: &Measured, direct: &AtHalf) -> String {
    let lines: String = targets(all, direct).iter().filter_map(line).collect();
    if lines.is_empty() {
        return lines;
    }
    let [one, other] = LANES;
    format!(
        "\n## Targets\n\nRatios of processor time for a request, unless they say otherwise; of the medians. What is not met is **bold**.\n\n\
         | | what | at most | {one} | {other} |\n|---|---|---|---|---|\n{lines}"
    )
}

fn line(target: &Target) -> Option<String> {
    if target.measured.iter().all(Option::is_none) {
        return None;
    }
    let cells = target.measured.map(|measured| match measured {
        None => "-".to_owned(),
        Some(value) if value <= target.most => number(target.name, value),
        Some(value) => format!("**{}**", number(target.name, value)),
    });
    Some(format!(
        "| {} | {} | {} | {} |\n",
        target.name,
        target.what,
        number(target.name, target.most),
        cells.join(" | ")
    ))
}

/// Ratios have two digits, microseconds none.
fn number(name: &str, value: f64) -> String {
    if name == "P4" {
        format!("{value:.0} us")
    } else {
        format!("{value:.2}")
    }
}

fn targets(all: &Measured, direct: &AtHalf) -> Vec<Target> {
    let found = |work: Work, peer: &str| all.get(&work)?.get(peer);
    let by = |work: Work, other_work: Work, other: &'static str| {
        LANES.map(|lane| Some(cpu(found(work, lane)?) / cpu(found(other_work, other)?)))
    };
    let against = |work: Work, other: &'static str| by(work, work, other);
    let kept =
        LANES.map(|lane| Some(rate(found(Work::Plain, lane)?) / rate(found(Work::Full, lane)?)));
    #[expect(
        clippy::cast_precision_loss,
        reason = "microseconds are far below 2^52"
    )]
    let added = |of: fn(&AtHalf) -> u64| {
        LANES.map(|lane| {
            let late = found(Work::Plain, lane)?.latencies.as_ref()?;
            Some(of(late).saturating_sub(of(direct)) as f64)
        })
    };
    let target = |name, what, most, measured| Target {
        name,
        what,
        most,
        measured,
    };
    vec![
        target(
            "P1",
            "plain proxy, by nginx",
            1.25,
            against(Work::Plain, "nginx"),
        ),
        target(
            "P1",
            "plain proxy, by Envoy",
            0.35,
            against(Work::Plain, "Envoy"),
        ),
        target(
            "P2",
            "key to metering, by HAProxy",
            1.0,
            against(Work::Full, "HAProxy"),
        ),
        target(
            "P2",
            "key to metering, by nginx + Lua",
            0.8,
            against(Work::Full, "nginx + Lua"),
        ),
        target(
            "P2",
            "key to metering, by Envoy",
            0.35,
            against(Work::Full, "Envoy"),
        ),
        target(
            "P2",
            "requests/s of the plain proxy, by those with key to metering",
            1.0 / 0.9,
            kept,
        ),
        target(
            "P2, beyond",
            "key to metering, by plain nginx",
            1.0,
            by(Work::Full, Work::Plain, "nginx"),
        ),
        target(
            "P2r",
            "401, by nginx + Lua",
            1.0,
            against(Work::Refuse, "nginx + Lua"),
        ),
        target(
            "P2r",
            "429, by nginx + Lua",
            1.0,
            against(Work::Limited, "nginx + Lua"),
        ),
        target(
            "P4",
            "added latency at half load, p50",
            100.0,
            added(|late| late.p50),
        ),
        target(
            "P4",
            "added latency at half load, p99",
            500.0,
            added(|late| late.p99),
        ),
        target(
            "P4",
            "added latency at half load, p99.9",
            2_000.0,
            added(|late| late.p999),
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::Turn;

    fn results(cpu: f64) -> Results {
        let turn = Turn {
            cpu,
            user: cpu,
            rate: 1e6 / cpu,
            memory: 1,
        };
        Results {
            turns: vec![turn],
            latencies: Some(AtHalf {
                rate: 1,
                p50: 150,
                p99: 300,
                p999: 9_000,
            }),
        }
    }

    const DIRECT: AtHalf = AtHalf {
        rate: 1,
        p50: 100,
        p99: 200,
        p999: 300,
    };

    #[test]
    fn what_was_measured_is_compared_and_the_rest_is_left_out() {
        let plain = HashMap::from([
            ("nginx", results(10.0)),
            ("Gatehouse", results(13.0)),
            ("Gatehouse, direct", results(12.0)),
        ]);
        let text = table(&HashMap::from([(Work::Plain, plain)]), &DIRECT);
        assert!(
            text.contains("| P1 | plain proxy, by nginx | 1.25 | **1.30** | 1.20 |"),
            "{text}"
        );
        assert!(text.contains("p50 | 100 us | 50 us | 50 us |"), "{text}");
        assert!(
            text.contains("p99.9 | 2000 us | **8700 us** | **8700 us** |"),
            "{text}"
        );
        assert!(!text.contains("P2"), "{text}");
    }

    #[test]
    fn one_lane_alone_has_its_column() {
        let plain = HashMap::from([("nginx", results(10.0)), ("Gatehouse", results(12.0))]);
        let text = table(&HashMap::from([(Work::Plain, plain)]), &DIRECT);
        assert!(text.contains("by nginx | 1.25 | 1.20 | - |"), "{text}");
    }

    #[test]
    fn nothing_measured_has_no_table() {
        assert_eq!(table(&Measured::new(), &DIRECT), "");
    }
}
