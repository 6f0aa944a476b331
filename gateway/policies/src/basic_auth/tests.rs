//! Tests of `basic_auth`.

use data_encoding::BASE64;
use domain::credential::{CredentialKind, basic_holder};
use domain::refusal::Refusal;
use serde_json::json;

use crate::trial::{Table, anonymous, caller, compile, errors, header, run, sent, services};

fn table() -> Table {
    let mut table = Table::default();
    table.put(
        CredentialKind::Basic,
        &basic_holder("app", "secret"),
        Ok(caller()),
    );
    table.put(
        CredentialKind::Basic,
        &basic_holder("old", "secret"),
        Err(Refusal::CredentialRevoked),
    );
    table.put(
        CredentialKind::ApiKey,
        &basic_holder("key", "secret"),
        Ok(caller()),
    );
    table
}

fn refusal(value: &str) -> Option<Refusal> {
    let policy = compile("basic_auth", json!({}));
    let headers: Vec<(&str, &str)> = if value.is_empty() {
        vec![]
    } else {
        vec![("Authorization", value)]
    };
    let request = header("GET", "/", &headers);
    let mut exchange = anonymous();
    let verdict = run(policy.as_ref(), &request, &mut exchange, &services(table()));
    assert_eq!(exchange.caller.is_some(), verdict.is_ok());
    verdict.err().map(|failure| {
        let challenged = failure
            .headers
            .iter()
            .any(|(name, _)| name == "www-authenticate");
        assert_eq!(challenged, failure.refusal.status() == 401);
        failure.refusal
    })
}

#[test]
fn only_the_right_pair_of_the_right_kind_passes() {
    let basic = |text: &str| format!("Basic {}", BASE64.encode(text.as_bytes()));
    assert_eq!(refusal(&basic("app:secret")), None);
    assert_eq!(
        refusal(&basic("app:secret").replace("Basic", "bAsIc")),
        None
    );
    let (missing, unknown) = (
        Some(Refusal::CredentialMissing),
        Some(Refusal::CredentialUnknown),
    );
    for (value, expected) in [
        (String::new(), missing),
        ("Bearer abc".into(), missing),
        ("Basic".into(), missing),
        ("Basic ".into(), missing),
        (basic("app:wrong"), unknown),
        (basic("app:secret "), unknown),
        (basic("app:"), unknown),
        (basic("appsecret"), unknown),
        (basic(":secret"), unknown),
        (basic("key:secret"), unknown),
        ("Basic !!!".into(), unknown),
        (basic(&"a".repeat(2_000)), unknown),
        (basic("old:secret"), Some(Refusal::CredentialRevoked)),
    ] {
        assert_eq!(refusal(&value), expected, "{value}");
    }
}

#[test]
fn the_password_does_not_reach_the_upstream() {
    let request = header("GET", "/", &[("Authorization", "Basic YXBwOnNlY3JldA==")]);
    let hidden = compile("basic_auth", json!({}));
    assert!(!sent(hidden.as_ref(), &request, &mut anonymous()).contains("YXBw"));
    let shown = compile("basic_auth", json!({"hide_credential": false}));
    assert!(sent(shown.as_ref(), &request, &mut anonymous()).contains("YXBw"));
}

#[test]
fn a_realm_cannot_leave_its_quotes() {
    assert!(errors("basic_auth", &json!({"realm": "a\"b"})).starts_with("realm: "));
}
