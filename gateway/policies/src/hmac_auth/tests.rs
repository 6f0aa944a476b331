//! Tests of `hmac_auth`, with the vectors of RFC 9421 (appendix B) and RFC 9530 (appendix A).

use bytes::Bytes;
use data_encoding::BASE64;
use domain::credential::{CredentialKind, hmac_holder};
use domain::refusal::Refusal;
use pingora_http::RequestHeader;
use ring::hmac;
use serde_json::{Value, json};

use super::signature;
use crate::holder;
use crate::policy::{Bodies, Body, Policy};
use crate::request::{Request, Scheme};
use crate::trial::{Table, anonymous, caller, compile, errors, ready, sent, services};

/// The request of appendix B.2, over TLS.
pub(super) const CREATED: i64 = 1_618_884_473;
pub(super) const BODY: &[u8] = b"{\"hello\": \"world\"}";
pub(super) const DIGEST: &str = "sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:";
pub(super) const SECRET: &str =
    "uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtbmHhIDi6pcl8jsasjlTMtDQ==";

pub(super) fn head(extra: &[(&str, &str)]) -> RequestHeader {
    let mut header = RequestHeader::build("POST", b"/foo?param=Value&Pet=dog", None).unwrap();
    for (name, value) in [
        ("Host", "example.com"),
        ("Date", "Tue, 20 Apr 2021 02:07:55 GMT"),
        ("Content-Type", "application/json"),
        ("Content-Digest", DIGEST),
        ("Content-Length", "18"),
    ]
    .iter()
    .chain(extra)
    {
        header.append_header((*name).to_owned(), *value).unwrap();
    }
    header
}

pub(super) fn over_tls<'a>(header: &'a RequestHeader, body: &'a Bytes) -> Request<'a> {
    let address = "192.0.2.7".parse().unwrap();
    Request::new(header, "example.com", header.uri.path(), address)
        .over(Scheme::Https, None)
        .with_body(Some(body))
}

fn base(input: &str) -> Result<String, String> {
    let head = head(&[("Signature-Input", input), ("Signature", "s=:AA==:")]);
    let body = Bytes::from_static(BODY);
    let request = over_tls(&head, &body);
    signature::of(&request)?.remove(0).base(&request)
}

#[test]
fn bases_are_those_of_the_rfc() {
    // B.2.5
    assert_eq!(
        base("s=(\"date\" \"@authority\" \"content-type\");created=1618884473;keyid=\"test-shared-secret\"").unwrap(),
        "\"date\": Tue, 20 Apr 2021 02:07:55 GMT\n\"@authority\": example.com\n\"content-type\": application/json\n\
         \"@signature-params\": (\"date\" \"@authority\" \"content-type\");created=1618884473;keyid=\"test-shared-secret\""
    );
    // B.2.2, with a parameter of the query
    assert_eq!(
        base("s=(\"@authority\" \"content-digest\" \"@query-param\";name=\"Pet\");created=1618884473;keyid=\"k\";tag=\"header-example\"").unwrap(),
        format!(
            "\"@authority\": example.com\n\"content-digest\": {DIGEST}\n\"@query-param\";name=\"Pet\": dog\n\
             \"@signature-params\": (\"@authority\" \"content-digest\" \"@query-param\";name=\"Pet\");created=1618884473;keyid=\"k\";tag=\"header-example\""
        )
    );
    // B.2.3, and the derived components of section 2.2
    assert_eq!(
        base("s=(\"@method\" \"@path\" \"@query\" \"@target-uri\" \"@scheme\" \"@request-target\" \"content-length\");keyid=\"k\"").unwrap(),
        "\"@method\": POST\n\"@path\": /foo\n\"@query\": ?param=Value&Pet=dog\n\
         \"@target-uri\": https://example.com/foo?param=Value&Pet=dog\n\"@scheme\": https\n\
         \"@request-target\": /foo?param=Value&Pet=dog\n\"content-length\": 18\n\
         \"@signature-params\": (\"@method\" \"@path\" \"@query\" \"@target-uri\" \"@scheme\" \"@request-target\" \"content-length\");keyid=\"k\""
    );
}

#[test]
fn what_cannot_be_covered_has_no_base() {
    for components in [
        "\"date\" \"date\"",
        "\"@signature-params\"",
        "\"@status\"",
        "\"x-missing\"",
        "\"Date\"",
        "\"date\";sf",
        "\"date\";bs",
        "\"@method\";req",
        "\"@query-param\"",
        "\"@query-param\";name=\"none\"",
        "date",
        "1",
    ] {
        assert!(
            base(&format!("s=({components});keyid=\"k\"")).is_err(),
            "{components}"
        );
    }
}

fn table() -> Table {
    let mut table = Table::default();
    for (key_id, answer) in [
        ("test-shared-secret", Ok(caller())),
        ("revoked", Err(Refusal::CredentialRevoked)),
    ] {
        table.put(CredentialKind::Hmac, &hmac_holder(key_id), answer);
        let hash = holder::hash(&hmac_holder(key_id));
        table
            .secrets
            .insert(hash, BASE64.decode(SECRET.as_bytes()).unwrap());
    }
    table
}

pub(super) fn ask_at(
    policy: &dyn Policy,
    head: &RequestHeader,
    body: &[u8],
    now: i64,
) -> Option<Refusal> {
    let body = Bytes::copy_from_slice(body);
    let request = over_tls(head, &body);
    let mut exchange = anonymous();
    exchange.now = domain::Timestamp::from_seconds(now);
    let verdict = ready(policy.request(&request, &mut exchange, &services(table())));
    assert_eq!(exchange.caller.is_some(), verdict.is_ok());
    verdict.err().map(|failure| failure.refusal)
}

/// A request with a signature over these components.
fn signed(components: &str, parameters: &str, extra: &[(&str, &str)]) -> RequestHeader {
    let input = format!("s=({components}){parameters}");
    let unsigned = head(
        &[
            extra,
            &[("Signature-Input", &*input), ("Signature", "s=:AA==:")],
        ]
        .concat(),
    );
    let body = Bytes::from_static(BODY);
    let request = over_tls(&unsigned, &body);
    let base = signature::of(&request)
        .unwrap()
        .remove(0)
        .base(&request)
        .unwrap();
    let key = hmac::Key::new(
        hmac::HMAC_SHA256,
        &BASE64.decode(SECRET.as_bytes()).unwrap(),
    );
    let mac = BASE64.encode(hmac::sign(&key, base.as_bytes()).as_ref());
    let signature = format!("s=:{mac}:");
    head(
        &[
            extra,
            &[("Signature-Input", &*input), ("Signature", &*signature)],
        ]
        .concat(),
    )
}

#[test]
fn the_signature_of_the_rfc_is_taken_and_nothing_like_it() {
    let policy = compile(
        "hmac_auth",
        json!({"required_components": ["date", "@authority"], "require_digest": false}),
    );
    let input = "sig-b25=(\"date\" \"@authority\" \"content-type\");created=1618884473;keyid=\"test-shared-secret\"";
    let mac = "sig-b25=:pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8=:";
    let ask = |input: &str, mac: &str| {
        let head = head(&[("Signature-Input", input), ("Signature", mac)]);
        ask_at(policy.as_ref(), &head, BODY, CREATED + 5)
    };
    assert_eq!(ask(input, mac), None);
    let invalid = Some(Refusal::SignatureInvalid);
    for (input, mac, expected) in [
        (input.to_owned(), mac.replace("pxcQ", "qxcQ"), invalid),
        (input.to_owned(), "sig-b25=::".into(), invalid),
        (input.to_owned(), "other=:AA==:".into(), invalid),
        (input.to_owned(), "garbage (".into(), invalid),
        (
            input.replace("\"content-type\"", "\"content-length\""),
            mac.into(),
            invalid,
        ),
        (
            input.replace("1618884473", "1618884474"),
            mac.into(),
            invalid,
        ),
        (
            format!("{input};alg=\"rsa-pss-sha512\""),
            mac.into(),
            invalid,
        ),
        (
            input.replace(";created=1618884473", ""),
            mac.into(),
            invalid,
        ),
        (
            input.replace("1618884473", "\"1618884473\""),
            mac.into(),
            invalid,
        ),
        (
            input.replace("test-shared-secret", "unknown"),
            mac.into(),
            Some(Refusal::CredentialUnknown),
        ),
        (
            input.replace("test-shared-secret", "revoked"),
            mac.into(),
            Some(Refusal::CredentialRevoked),
        ),
        (
            input.replace(";keyid=\"test-shared-secret\"", ""),
            mac.into(),
            Some(Refusal::CredentialMissing),
        ),
    ] {
        assert_eq!(ask(&input, &mac), expected, "{input} {mac}");
    }
    let unsigned = head(&[]);
    assert_eq!(
        ask_at(policy.as_ref(), &unsigned, BODY, CREATED),
        Some(Refusal::CredentialMissing)
    );
    let half = head(&[("Signature", mac)]);
    assert_eq!(ask_at(policy.as_ref(), &half, BODY, CREATED), invalid);
}

const FULL: &str = "\"@method\" \"@authority\" \"@path\" \"@query\" \"content-digest\"";
const PARAMETERS: &str = ";created=1618884473;keyid=\"test-shared-secret\"";

#[test]
fn a_signature_covers_what_it_must_and_is_young() {
    let policy = compile("hmac_auth", json!({}));
    let ask = |head: &RequestHeader, now| ask_at(policy.as_ref(), head, BODY, now);
    let full = signed(FULL, PARAMETERS, &[]);
    let invalid = Some(Refusal::SignatureInvalid);
    for (now, expected) in [
        (CREATED, None),
        (CREATED - 30, None),
        (CREATED - 31, invalid),
        (CREATED + 300, None),
        (CREATED + 301, invalid),
    ] {
        assert_eq!(ask(&full, now), expected, "{now}");
    }
    let larger = signed(
        "\"@method\" \"@target-uri\" \"content-digest\"",
        PARAMETERS,
        &[],
    );
    assert_eq!(ask(&larger, CREATED), None);
    for components in [
        "\"@authority\" \"@path\" \"@query\" \"content-digest\"",
        "\"@method\" \"@authority\" \"@path\" \"content-digest\"",
        "\"@method\" \"@authority\" \"@path\" \"@query-param\";name=\"Pet\" \"content-digest\"",
        "\"@method\" \"@authority\" \"@path\" \"@query\"",
    ] {
        assert_eq!(
            ask(&signed(components, PARAMETERS, &[]), CREATED),
            invalid,
            "{components}"
        );
    }
    let ended = signed(FULL, &format!("{PARAMETERS};expires=1618884480"), &[]);
    assert_eq!(ask(&ended, CREATED + 6), None);
    assert_eq!(ask(&ended, CREATED + 7), invalid);
}

#[test]
fn another_request_is_not_the_one_that_was_signed() {
    let policy = compile("hmac_auth", json!({}));
    let good = signed(FULL, PARAMETERS, &[]);
    let ask = |head: &RequestHeader, body: &[u8]| ask_at(policy.as_ref(), head, body, CREATED);
    let invalid = Some(Refusal::SignatureInvalid);
    assert_eq!(ask(&good, BODY), None);
    assert_eq!(ask(&good, b"{\"hello\": \"World\"}"), invalid);
    assert_eq!(ask(&good, b""), invalid);
    let mut other = good.clone();
    other.set_method(http::Method::PUT);
    assert_eq!(ask(&other, BODY), invalid);
    let mut other = good.clone();
    other.set_uri("/foo?param=Value&Pet=cat".parse().unwrap());
    assert_eq!(ask(&other, BODY), invalid);
    let mut other = good.clone();
    other.insert_header("Host", "example.org").unwrap();
    assert_eq!(ask(&other, BODY), invalid);
    let mut other = good.clone();
    other.remove_header("Content-Digest");
    assert_eq!(ask(&other, BODY), invalid);
    let mut other = good;
    other.insert_header("Content-Digest", "md5=:AA==:").unwrap();
    assert_eq!(ask(&other, BODY), invalid);
}

#[test]
fn digests_are_those_of_the_rfc() {
    // RFC 9530, appendix A.1 and B.1: sha-256 of {"hello": "world"} and a line break
    let policy = compile("hmac_auth", json!({"required_components": ["@method"]}));
    let check = |digest: &str, body: &[u8]| {
        let mut head = head(&[]);
        head.insert_header("Content-Digest", digest).unwrap();
        let body = Bytes::copy_from_slice(body);
        super::digest::check(&over_tls(&head, &body), &body)
    };
    let with_break = b"{\"hello\": \"world\"}\n";
    let sha256 = "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:";
    assert_eq!(check(sha256, with_break), Ok(()));
    assert!(check(sha256, BODY).is_err());
    assert_eq!(check(DIGEST, BODY), Ok(()));
    assert!(
        check(&format!("{DIGEST}, {sha256}"), BODY).is_err(),
        "each one must fit"
    );
    assert!(check("sha-256=RK", BODY).is_err() && check("", BODY).is_err());
    let bodies = Bodies {
        request: Body::Buffer(1 << 20),
        response: Body::None,
    };
    assert_eq!(policy.bodies(), bodies);
}

#[test]
fn a_nonce_is_taken_once() {
    let policy = compile("hmac_auth", json!({"require_nonce": true}));
    let ask = |nonce: &str, now| {
        let parameters = format!("{PARAMETERS}{nonce}");
        ask_at(policy.as_ref(), &signed(FULL, &parameters, &[]), BODY, now)
    };
    assert_eq!(ask(";nonce=\"0123456789\"", CREATED), None);
    assert_eq!(
        ask(";nonce=\"0123456789\"", CREATED + 100),
        Some(Refusal::SignatureInvalid)
    );
    assert_eq!(ask(";nonce=\"9876543210\"", CREATED + 100), None);
    assert_eq!(
        ask(";nonce=\"short\"", CREATED),
        Some(Refusal::SignatureInvalid)
    );
    assert_eq!(ask("", CREATED), Some(Refusal::SignatureInvalid));
}

#[test]
fn the_signature_does_not_reach_the_upstream() {
    let head = signed(FULL, PARAMETERS, &[]);
    let policy = compile("hmac_auth", json!({}));
    let text = sent(policy.as_ref(), &head, &mut anonymous());
    assert!(
        !text.contains("signature") && text.contains("content-digest"),
        "{text}"
    );
}

#[test]
fn configurations_are_checked() {
    let check = |config: Value, words: &str| {
        let found = errors("hmac_auth", &config);
        assert!(found.contains(words), "{config}: {found}");
    };
    check(json!({"required_components": []}), "says nothing");
    check(
        json!({"required_components": ["@status"]}),
        "required_components[0]",
    );
    check(
        json!({"required_components": ["Date"]}),
        "required_components[0]",
    );
    check(json!({"max_age_seconds": 0}), "max_age_seconds");
    check(json!({"body_bytes": 0}), "body_bytes");
}
