//! Signature bases against appendix B of RFC 9421: those of the keys that applications cannot have here are checked with their
//! published signature or text, so that no line of ours can be wrong without being seen.

use bytes::Bytes;
use data_encoding::BASE64;
use domain::refusal::Refusal;
use pingora_http::RequestHeader;
use ring::{hmac, signature as keys};
use serde_json::json;

use super::signature;
use super::tests::{BODY, CREATED, DIGEST, SECRET, ask_at, head, over_tls};
use crate::trial::compile;

fn base(head: &RequestHeader) -> String {
    let body = Bytes::from_static(BODY);
    let request = over_tls(head, &body);
    signature::of(&request)
        .unwrap()
        .remove(0)
        .base(&request)
        .unwrap()
}

fn base_of(input: &str) -> String {
    base(&head(&[
        ("Signature-Input", input),
        ("Signature", "s=:AA==:"),
    ]))
}

#[test]
fn the_base_is_what_the_rfc_s_ed25519_key_signed() {
    // B.1.4 and B.2.6
    let key = "JrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=";
    let signed =
        "wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==";
    let decode = |text: &str| BASE64.decode(text.as_bytes()).unwrap();
    let input = "s=(\"date\" \"@method\" \"@path\" \"@authority\" \"content-type\" \"content-length\");created=1618884473;keyid=\"test-key-ed25519\"";
    let check = |base: &str| {
        keys::UnparsedPublicKey::new(&keys::ED25519, decode(key))
            .verify(base.as_bytes(), &decode(signed))
            .is_ok()
    };
    let base = base_of(input);
    assert!(check(&base), "{base}");
    assert!(!check(&base.replace("POST", "PUT")));
}

#[test]
fn bases_of_the_other_keys_are_those_of_the_rfc() {
    // B.2.1: nothing is covered
    let parameters =
        "();created=1618884473;keyid=\"test-key-rsa-pss\";nonce=\"b3k2pp5k7z-50gnwp.yemd\"";
    assert_eq!(
        base_of(&format!("s={parameters}")),
        format!("\"@signature-params\": {parameters}")
    );
    // B.2.2: some parts
    let parameters = "(\"@authority\" \"content-digest\" \"@query-param\";name=\"Pet\");created=1618884473;keyid=\"test-key-rsa-pss\";tag=\"header-example\"";
    assert_eq!(
        base_of(&format!("s={parameters}")),
        format!(
            "\"@authority\": example.com\n\"content-digest\": {DIGEST}\n\"@query-param\";name=\"Pet\": dog\n\"@signature-params\": {parameters}"
        )
    );
    // B.2.3: everything
    let parameters = "(\"date\" \"@method\" \"@path\" \"@query\" \"@authority\" \"content-type\" \"content-digest\" \"content-length\");created=1618884473;keyid=\"test-key-rsa-pss\"";
    assert_eq!(
        base_of(&format!("s={parameters}")),
        format!(
            "\"date\": Tue, 20 Apr 2021 02:07:55 GMT\n\"@method\": POST\n\"@path\": /foo\n\"@query\": ?param=Value&Pet=dog\n\
             \"@authority\": example.com\n\"content-type\": application/json\n\"content-digest\": {DIGEST}\n\
             \"content-length\": 18\n\"@signature-params\": {parameters}"
        )
    );
}

/// The request of B.4, as its parts are given.
fn demo(line: (&str, &str), headers: &[(&str, &str)]) -> RequestHeader {
    let mut head = RequestHeader::build(line.0, line.1.as_bytes(), None).unwrap();
    for (name, value) in headers {
        head.append_header((*name).to_owned(), *value).unwrap();
    }
    head
}

const LINE: (&str, &str) = ("GET", "/demo?name1=Value1&Name2=value2");
const HOST: (&str, &str) = ("Host", "example.org");
const JSON: (&str, &str) = ("Accept", "application/json");
const ANY: (&str, &str) = ("Accept", "*/*");

#[test]
fn changes_on_the_way_that_mean_nothing_do_no_harm_and_others_do() {
    // B.4, with the shared secret in place of the key pair
    let parameters = "(\"@path\" \"@method\" \"@authority\" \"accept\");created=1618884473;keyid=\"test-shared-secret\"";
    let input = format!("transform={parameters}");
    let base = format!(
        "\"@path\": /demo\n\"@method\": GET\n\"@authority\": example.org\n\"accept\": application/json, */*\n\"@signature-params\": {parameters}"
    );
    let secret = BASE64.decode(SECRET.as_bytes()).unwrap();
    let mac = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &secret), base.as_bytes());
    let mac = format!("transform=:{}:", BASE64.encode(mac.as_ref()));
    let signature = [
        ("Signature-Input", input.as_str()),
        ("Signature", mac.as_str()),
    ];
    let policy = compile(
        "hmac_auth",
        json!({"required_components": ["@method", "@path"]}),
    );
    let ask = |line, headers: &[(&str, &str)]| {
        let head = demo(line, &[headers, &signature[..]].concat());
        ask_at(policy.as_ref(), &head, b"", CREATED)
    };
    let original = [HOST, JSON, ANY];
    assert_eq!(ask(LINE, &original), None);
    for (what, line, headers) in [
        (
            "headers and a parameter of the query are added",
            ("GET", "/demo?name1=Value1&Name2=value2&param=added"),
            vec![HOST, JSON, ANY, ("Accept-Language", "en-US,en;q=0.5")],
        ),
        (
            "the query is not covered, and lines of one header are joined",
            ("GET", "/demo"),
            vec![
                ("Referer", "https://developer.example.org/demo"),
                HOST,
                ("Accept", "application/json, */*"),
            ],
        ),
        (
            "other headers stand between, and blanks around values",
            LINE,
            vec![
                JSON,
                ("X-Between", "1"),
                ("Accept", "  */*  "),
                ("Host", "EXAMPLE.org:443"),
            ],
        ),
    ] {
        assert_eq!(ask(line, &headers), None, "{what}");
    }
    let invalid = Some(Refusal::SignatureInvalid);
    for (what, line, headers) in [
        (
            "another method and another host",
            ("POST", LINE.1),
            vec![("Host", "example.com"), JSON, ANY],
        ),
        ("another method", ("POST", LINE.1), original.to_vec()),
        ("another path", ("GET", "/Demo"), original.to_vec()),
        ("the order of values", LINE, vec![HOST, ANY, JSON]),
        ("a value less", LINE, vec![HOST, JSON]),
        (
            "a value more",
            LINE,
            vec![HOST, JSON, ANY, ("Accept", "text/html")],
        ),
    ] {
        assert_eq!(ask(line, &headers), invalid, "{what}");
    }
}

#[test]
fn the_digest_is_of_the_content_and_every_algorithm_counts() {
    // RFC 9530, appendix B: of {"hello": "world"} and a line break, and of nothing
    let with_break = b"{\"hello\": \"world\"}\n";
    let sha256 = "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:";
    let sha512 = "sha-512=:YMAam51Jz/jOATT6/zvHrLVgOYTGFy1d6GJiOHTohq4yP+pgk4vf2aCsyRZOtw8MjkM7iw7yZ/WkppmM44T3qg==:";
    let empty = "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:";
    let check = |digest: &str, content: &'static [u8]| {
        let mut head = head(&[]);
        head.insert_header("Content-Digest", digest).unwrap();
        let body = Bytes::from_static(content);
        super::digest::check(&over_tls(&head, &body), &body).is_ok()
    };
    assert!(check(sha256, with_break) && check(sha512, with_break) && check(empty, b""));
    assert!(check(&format!("{sha256}, {sha512}"), with_break));
    for (digest, content) in [
        (sha256, BODY),
        (sha512, BODY),
        (empty, BODY),
        (sha256, b""),
        // one that does not fit spoils the other
        (&*format!("{sha256}, {DIGEST}"), with_break),
        // only algorithms that nobody should use any more
        ("unixsum=:AAA=:, md5=:cQZI8GYmgAs5l2fK9fAxHw==:", with_break),
    ] {
        assert!(!check(digest, content), "{digest}");
    }
}
