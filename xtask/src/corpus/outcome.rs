//! What came of one document.

use serde_json::Value;

/// What came of one document.
pub(super) struct Outcome {
    /// Its path below the corpus.
    pub(super) name: String,
    pub(super) bytes: u64,
    pub(super) seconds: f64,
    /// The most memory its process had.
    pub(super) peak_kib: u64,
    pub(super) operations: u64,
    pub(super) routes: u64,
    pub(super) page_bytes: u64,
    /// What the first error in it says, with its line.
    pub(super) first: String,
    pub(super) verdict: Verdict,
}

/// How it ended.
#[derive(Debug, PartialEq)]
pub(super) enum Verdict {
    /// Every operation becomes a route.
    Imported,
    /// Some operations become no route, and a finding with a line says so for each.
    InPart,
    /// No operation can become a route, and a finding with a line says so for each.
    Nothing,
    /// It has no operations to import.
    Empty,
    /// Operations are left out and nothing says where.
    Silent,
    /// Refused as a whole.
    Refused { message: String, located: bool },
    /// The reader panicked, was killed or took too long.
    Crashed { message: String },
}

impl Verdict {
    pub(super) fn is_good(&self) -> bool {
        match self {
            Self::Imported | Self::InPart | Self::Nothing | Self::Empty => true,
            Self::Refused { located, .. } => *located,
            Self::Silent | Self::Crashed { .. } => false,
        }
    }

    /// From what the reader printed.
    pub(super) fn of(told: &Value) -> Self {
        if let Some(message) = told["refused"].as_str() {
            return Self::Refused {
                message: message.to_owned(),
                located: told["located"] == true,
            };
        }
        let number = |name: &str| told[name].as_u64();
        match (number("operations"), number("routes")) {
            (Some(0), _) => Self::Empty,
            (operations, routes) if operations == routes => Self::Imported,
            _ if number("left_out_silently") != Some(0) => Self::Silent,
            (_, Some(0)) => Self::Nothing,
            _ => Self::InPart,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn verdicts_follow_what_was_told() {
        let of = |routes: u64, silent: u64| {
            Verdict::of(&json!({"operations": 3, "routes": routes, "left_out_silently": silent}))
        };
        assert_eq!(
            (of(3, 0), of(2, 0), of(2, 1)),
            (Verdict::Imported, Verdict::InPart, Verdict::Silent)
        );
        assert_eq!(of(0, 0), Verdict::Nothing);
        let refused = Verdict::of(&json!({"refused": "the document is empty", "located": true}));
        assert!(refused.is_good());
        let vague = Verdict::of(&json!({"refused": "too many", "located": false}));
        assert!(!vague.is_good() && !Verdict::Silent.is_good());
    }
}
