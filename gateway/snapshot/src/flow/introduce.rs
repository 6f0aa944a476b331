//! What the upstream is told about who calls.

use gateway_policies::exchange::Exchange;
use gateway_policies::upstream::UpstreamRequest;
use http::{HeaderName, HeaderValue};
use uuid::Uuid;

use crate::live::Grant;

const APPLICATION_ID: HeaderName = HeaderName::from_static("x-application-id");
const SUBSCRIPTION_ID: HeaderName = HeaderName::from_static("x-subscription-id");
const PLAN: HeaderName = HeaderName::from_static("x-plan");
const CREDENTIAL_ID: HeaderName = HeaderName::from_static("x-credential-id");

/// `X-Application-Id`, `X-Subscription-Id`, `X-Plan` and `X-Credential-Id`.
pub(super) fn introduce(
    exchange: &Exchange,
    grant: Option<&Grant>,
    upstream: &mut UpstreamRequest<'_>,
) {
    if let Some(caller) = &exchange.caller {
        upstream.set(&APPLICATION_ID, id_value(caller.application.uuid()));
        if let Some(credential) = caller.credential() {
            upstream.set(&CREDENTIAL_ID, id_value(credential.uuid()));
        }
    }
    if let Some(grant) = grant {
        upstream.set(&SUBSCRIPTION_ID, id_value(grant.subscription.id.uuid()));
        upstream.set(&PLAN, grant.plan.slug.clone());
    }
}

fn id_value(id: Uuid) -> HeaderValue {
    let mut text = [0; uuid::fmt::Hyphenated::LENGTH];
    let text = id.as_hyphenated().encode_lower(&mut text);
    HeaderValue::from_str(text).expect("an id is hexadecimal and hyphens")
}
