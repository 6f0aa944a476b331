//! What is meant when something is left out, and what editors are told of words.

use domain::api::{Approval, Lifecycle, PathKind, PlanState, ProductState, Visibility};
use domain::certificate::{CertificateUse, ClientAuth};
use domain::credential::{CredentialKind, CredentialState};
use domain::limit::{MOST, Period, Window};
use domain::subscription::{ApplicationState, SubscriptionState};
use schemars::{Schema, SchemaGenerator, json_schema};

pub(crate) const fn yes() -> bool {
    true
}

pub(crate) const fn is_yes(value: &bool) -> bool {
    *value
}

pub(crate) const fn is_no(value: &bool) -> bool {
    !*value
}

pub(crate) const fn hundred() -> i64 {
    100
}

pub(crate) const fn is_hundred(value: &i64) -> bool {
    *value == 100
}

pub(crate) const fn is_zero(value: &i64) -> bool {
    *value == 0
}

pub(crate) fn root() -> String {
    "/".to_owned()
}

pub(crate) fn is_root(value: &str) -> bool {
    value == "/"
}

pub(crate) const fn server() -> CertificateUse {
    CertificateUse::Server
}

pub(crate) fn is_server(value: &CertificateUse) -> bool {
    *value == server()
}

pub(crate) const fn unasked() -> ClientAuth {
    ClientAuth::None
}

pub(crate) fn is_unasked(value: &ClientAuth) -> bool {
    *value == unasked()
}

pub(crate) const fn public() -> Visibility {
    Visibility::Public
}

pub(crate) fn is_public(value: &Visibility) -> bool {
    *value == public()
}

pub(crate) const fn published() -> Lifecycle {
    Lifecycle::Published
}

pub(crate) fn is_published(value: &Lifecycle) -> bool {
    *value == published()
}

pub(crate) const fn template() -> PathKind {
    PathKind::Template
}

pub(crate) fn is_template(value: &PathKind) -> bool {
    *value == template()
}

pub(crate) const fn on_offer() -> ProductState {
    ProductState::Published
}

pub(crate) fn is_on_offer(value: &ProductState) -> bool {
    *value == on_offer()
}

pub(crate) const fn active_plan() -> PlanState {
    PlanState::Active
}

pub(crate) fn is_active_plan(value: &PlanState) -> bool {
    *value == active_plan()
}

pub(crate) const fn instant() -> Approval {
    Approval::Instant
}

pub(crate) fn is_instant(value: &Approval) -> bool {
    *value == instant()
}

pub(crate) const fn active_application() -> ApplicationState {
    ApplicationState::Active
}

pub(crate) fn is_active_application(value: &ApplicationState) -> bool {
    *value == active_application()
}

pub(crate) const fn in_force() -> SubscriptionState {
    SubscriptionState::Active
}

pub(crate) fn is_in_force(value: &SubscriptionState) -> bool {
    *value == in_force()
}

pub(crate) const fn api_key() -> CredentialKind {
    CredentialKind::ApiKey
}

pub(crate) fn is_api_key(value: &CredentialKind) -> bool {
    *value == api_key()
}

pub(crate) const fn taken() -> CredentialState {
    CredentialState::Active
}

pub(crate) fn is_taken(value: &CredentialState) -> bool {
    *value == taken()
}

pub(crate) fn certificate_use(_: &mut SchemaGenerator) -> Schema {
    words(CertificateUse::ALL, CertificateUse::as_str)
}

pub(crate) fn client_auth(_: &mut SchemaGenerator) -> Schema {
    words(ClientAuth::ALL, ClientAuth::as_str)
}

pub(crate) fn visibility(_: &mut SchemaGenerator) -> Schema {
    words(Visibility::ALL, Visibility::as_str)
}

pub(crate) fn lifecycle(_: &mut SchemaGenerator) -> Schema {
    words(Lifecycle::ALL, Lifecycle::as_str)
}

pub(crate) fn path_kind(_: &mut SchemaGenerator) -> Schema {
    words(PathKind::ALL, PathKind::as_str)
}

pub(crate) fn product_state(_: &mut SchemaGenerator) -> Schema {
    words(ProductState::ALL, ProductState::as_str)
}

pub(crate) fn plan_state(_: &mut SchemaGenerator) -> Schema {
    words(PlanState::ALL, PlanState::as_str)
}

pub(crate) fn approval(_: &mut SchemaGenerator) -> Schema {
    words(Approval::ALL, Approval::as_str)
}

pub(crate) fn application_state(_: &mut SchemaGenerator) -> Schema {
    words(ApplicationState::ALL, ApplicationState::as_str)
}

pub(crate) fn subscription_state(_: &mut SchemaGenerator) -> Schema {
    words(SubscriptionState::ALL, SubscriptionState::as_str)
}

pub(crate) fn credential_kind(_: &mut SchemaGenerator) -> Schema {
    words(CredentialKind::ALL, CredentialKind::as_str)
}

pub(crate) fn credential_state(_: &mut SchemaGenerator) -> Schema {
    words(CredentialState::ALL, CredentialState::as_str)
}

fn words<T: Copy>(all: &[T], word: fn(T) -> &'static str) -> Schema {
    let words: Vec<&str> = all.iter().map(|one| word(*one)).collect();
    json_schema!({ "type": "string", "enum": words })
}

pub(crate) fn rate_limits(_: &mut SchemaGenerator) -> Schema {
    let windows: Vec<&str> = Window::ALL.iter().map(|one| one.as_str()).collect();
    json_schema!({
        "type": "array",
        "items": {
            "type": "object",
            "properties": {
                "requests": { "type": "integer", "minimum": 1, "maximum": MOST },
                "window": { "type": "string", "enum": windows }
            },
            "required": ["requests", "window"],
            "additionalProperties": false
        }
    })
}

pub(crate) fn quota(_: &mut SchemaGenerator) -> Schema {
    let periods: Vec<&str> = Period::ALL.iter().map(|one| one.as_str()).collect();
    json_schema!({
        "type": ["object", "null"],
        "properties": {
            "requests": { "type": "integer", "minimum": 1, "maximum": MOST },
            "period": { "type": "string", "enum": periods }
        },
        "required": ["requests", "period"],
        "additionalProperties": false
    })
}
