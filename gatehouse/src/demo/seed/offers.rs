//! The plans of the demo's products.

use domain::api::Approval;
use domain::limit::{Period, Quota, RateLimit, Window};
use operations::plans::{self, QuestionInput};
use store::plans::QuestionKind;

fn per_minute(requests: u64) -> Vec<RateLimit> {
    vec![RateLimit {
        requests,
        window: Window::Minute,
    }]
}

/// At once, for trying.
pub(super) fn sandbox() -> plans::Input {
    plans::Input {
        name: "Sandbox".to_owned(),
        summary: "To build against, at once.".to_owned(),
        rate_limits: per_minute(60),
        ..plans::Input::default()
    }
}

/// For most, after a review.
pub(super) fn standard() -> plans::Input {
    plans::Input {
        name: "Standard".to_owned(),
        summary: "For shops and small warehouses.".to_owned(),
        approval: Approval::Reviewed,
        price: "€49 a month".to_owned(),
        rate_limits: per_minute(600),
        quota: Some(Quota {
            requests: 100_000,
            period: Period::Month,
        }),
        ..plans::Input::default()
    }
}

/// With questions and terms.
pub(super) fn partner() -> plans::Input {
    let question = |name: &str, label: &str, kind| QuestionInput {
        name: name.to_owned(),
        label: label.to_owned(),
        kind,
        required: true,
    };
    plans::Input {
        name: "Partner".to_owned(),
        summary: "For carriers and marketplaces, by agreement.".to_owned(),
        approval: Approval::Reviewed,
        review_hours: 48,
        price: "By agreement".to_owned(),
        rate_limits: per_minute(6_000),
        questions: vec![
            question(
                "send",
                "What will you send?",
                QuestionKind::LongText { max_length: 2_000 },
            ),
            question(
                "parcels",
                "How many parcels in a month?",
                QuestionKind::Text { max_length: 60 },
            ),
        ],
        terms: "Labels may only be printed for parcels that are handed over within **seven days**."
            .to_owned(),
        ..plans::Input::default()
    }
}

/// Of the second API.
pub(super) fn business() -> plans::Input {
    plans::Input {
        name: "Business".to_owned(),
        summary: "Invoices as data.".to_owned(),
        approval: Approval::Reviewed,
        rate_limits: per_minute(120),
        questions: vec![QuestionInput {
            name: "use".to_owned(),
            label: "What will you use the invoices for?".to_owned(),
            kind: QuestionKind::LongText { max_length: 2_000 },
            required: true,
        }],
        ..plans::Input::default()
    }
}
