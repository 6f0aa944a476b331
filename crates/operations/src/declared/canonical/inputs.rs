//! What things say, as the operations take it.

use declaration::{Certificate, Plan, Route};
use domain::api::Approval;
use gateway_snapshot::settings::RouteSettings;

use super::super::seal;
use super::form::Means;
use crate::certificates::paper;
use crate::error::Error;
use crate::{plans, routes};

/// A key as the PEM texts that it may be: what was sealed lost its heading.
pub(super) fn key_pem(key: &[u8], is_der: bool) -> Vec<String> {
    if !is_der {
        return vec![String::from_utf8_lossy(key).into_owned()];
    }
    ["PRIVATE KEY", "EC PRIVATE KEY", "RSA PRIVATE KEY"]
        .iter()
        .map(|what| {
            let text = data_encoding::BASE64.encode(key);
            format!("-----BEGIN {what}-----\n{text}\n-----END {what}-----\n")
        })
        .collect()
}

/// The PEM text of a canonical key, for who takes PEM.
pub(in crate::declared) fn certificate_input(
    means: &Means,
    one: &Certificate,
) -> Result<crate::certificates::Input, Error> {
    let key =
        seal::reveal(&means.sealer, &one.key).map_err(|message| Error::invalid("key", message))?;
    let pem = key_pem(&key, true)
        .into_iter()
        .find(|pem| paper::pair(&one.chain, pem, one.used_for, means.now).is_ok());
    Ok(crate::certificates::Input {
        name: one.name.clone(),
        chain: Some(one.chain.clone()),
        key: pem,
        client_auth: Some(one.client_auth),
        client_ca: None,
    })
}

/// What a route says, as an operation takes it.
pub(in crate::declared) fn route_input(one: &Route, settings: RouteSettings) -> routes::Input {
    routes::Input {
        name: one.name.clone(),
        methods: one.methods.clone(),
        path: one.path.clone(),
        path_kind: one.path_kind,
        priority: one.priority,
        settings,
        operation: None,
        enabled: one.enabled,
    }
}

/// What a plan says, as an operation takes it.
pub(in crate::declared) fn plan_input(one: &Plan) -> Result<plans::Input, String> {
    let questions = one.questions.iter().map(|question| {
        let max_length = question.max_length.unwrap_or(200);
        let kind = match question.answer.as_str() {
            "text" => store::plans::QuestionKind::Text { max_length },
            "long_text" => store::plans::QuestionKind::LongText { max_length },
            "choice" => store::plans::QuestionKind::Choice {
                options: question.options.clone(),
            },
            other => return Err(format!("`{other}` is none of text, long_text, choice")),
        };
        Ok(plans::QuestionInput {
            name: question.name.clone().unwrap_or_default(),
            label: question.label.clone(),
            kind,
            required: question.required,
        })
    });
    Ok(plans::Input {
        name: one.name.clone().unwrap_or_else(|| one.slug.clone()),
        slug: one.slug.clone(),
        summary: one.summary.clone(),
        approval: one.approval,
        review_hours: match one.approval {
            Approval::Instant => 0,
            Approval::Reviewed => one.review_hours.unwrap_or(24),
        },
        price: one.price.clone(),
        rate_limits: one.rate_limits.clone(),
        quota: one.quota,
        scopes: one.scopes.clone(),
        questions: questions.collect::<Result<_, _>>()?,
        terms: one.terms.clone(),
    })
}
