//! Tests of `mtls_auth`.

use bytes::Bytes;
use domain::credential::CredentialKind;
use domain::refusal::Refusal;
use serde_json::{Value, json};

use crate::request::{ClientCertificate, Scheme};
use crate::trial::{Table, anonymous, caller, compile, errors, header, ready, services, view};
use crate::upstream::UpstreamRequest;

fn certificate(n: u8) -> ClientCertificate {
    ClientCertificate {
        fingerprint: [n; 32],
        der: Bytes::from_static(b"der"),
        subject: "CN=crane,O=Harbor Ltd".into(),
    }
}

fn refusal(config: Value, shown: Option<u8>) -> Option<Refusal> {
    let mut table = Table::default();
    table.put_hash(CredentialKind::Mtls, [1; 32], Ok(caller()));
    table.put_hash(
        CredentialKind::Mtls,
        [2; 32],
        Err(Refusal::CredentialRevoked),
    );
    table.put_hash(CredentialKind::ApiKey, [3; 32], Ok(caller()));
    let policy = compile("mtls_auth", config);
    let shown = shown.map(certificate);
    let header = header("GET", "/", &[]);
    let request = view(&header).over(Scheme::Https, shown.as_ref());
    let mut exchange = anonymous();
    let verdict = ready(policy.request(&request, &mut exchange, &services(table)));
    assert_eq!(exchange.caller.is_some(), verdict.is_ok());
    verdict.err().map(|failure| failure.refusal)
}

#[test]
fn only_a_certificate_of_an_application_passes() {
    assert_eq!(refusal(json!({}), Some(1)), None);
    assert_eq!(refusal(json!({}), None), Some(Refusal::CredentialMissing));
    assert_eq!(
        refusal(json!({}), Some(2)),
        Some(Refusal::CredentialRevoked)
    );
    assert_eq!(
        refusal(json!({}), Some(3)),
        Some(Refusal::CredentialUnknown)
    );
    assert_eq!(
        refusal(json!({}), Some(4)),
        Some(Refusal::CredentialUnknown)
    );
    assert_eq!(
        refusal(json!({"subjects": ["O=Harbor Ltd"]}), Some(1)),
        None
    );
    assert_eq!(
        refusal(json!({"subjects": ["CN=crane,O=Harbor Ltd"]}), Some(1)),
        None
    );
    for other in ["O=Pirates", "O=Harbor", "Harbor Ltd", "crane"] {
        let found = refusal(json!({"subjects": [other]}), Some(1));
        assert_eq!(found, Some(Refusal::CallerNotAllowed), "{other}");
    }
}

#[test]
fn the_upstream_gets_the_real_subject_and_never_the_callers_word() {
    let config = json!({"subject_header": "X-Subject", "fingerprint_header": "X-Fingerprint"});
    let policy = compile("mtls_auth", config);
    let header = header(
        "GET",
        "/",
        &[("X-Subject", "CN=king"), ("X-Fingerprint", "00")],
    );
    let services = services(Table::default());
    let check = |shown: Option<ClientCertificate>, expected: Option<&str>| {
        let mut copy = header.clone();
        let request = view(&header).over(Scheme::Https, shown.as_ref());
        let mut upstream = UpstreamRequest::new(&mut copy);
        let mut exchange = anonymous();
        ready(policy.upstream_request(&request, &mut upstream, &mut exchange, &services)).unwrap();
        let found = copy
            .headers
            .get("x-subject")
            .map(|v| v.to_str().unwrap().to_owned());
        assert_eq!(found.as_deref(), expected);
        assert_eq!(
            copy.headers.contains_key("x-fingerprint"),
            expected.is_some()
        );
    };
    check(Some(certificate(1)), Some("CN=crane,O=Harbor Ltd"));
    check(None, None);
}

#[test]
fn names_of_headers_are_checked() {
    let found = errors(
        "mtls_auth",
        &json!({"subject_header": "Host", "fingerprint_header": "a b", "subjects": [" "]}),
    );
    assert_eq!(found.lines().count(), 3, "{found}");
}
