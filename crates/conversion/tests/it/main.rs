//! Files of other gateways, in many shapes.

mod apisix;
mod kong;
mod kong_shapes;
mod postman;
mod tyk;

use conversion::{Converted, Verdict};

/// What could not be taken over, one line each.
fn left_out(converted: &Converted) -> Vec<String> {
    of(converted, Verdict::LeftOut)
}

/// What is a little different, one line each.
fn approximated(converted: &Converted) -> Vec<String> {
    of(converted, Verdict::Approximated)
}

fn of(converted: &Converted, verdict: Verdict) -> Vec<String> {
    converted
        .report
        .of(verdict)
        .map(|entry| format!("{}: {}", entry.place, entry.note))
        .collect()
}
