//! Structured fields (RFC 9651) that callers send: signatures (RFC 9421) and digests (RFC 9530); and those that they get, which
//! tell of limits. Driven with any bytes, by their fuzz target and, over the kept corpus and seeded mutations of it, by the
//! ordinary tests.

use std::net::{IpAddr, Ipv4Addr};

use gateway_policies::hmac_auth::{digest, signature};
use gateway_policies::readings::{Reading, Readings, is_limit_name};
use gateway_policies::request::Request;
use http::{HeaderName, HeaderValue};
use pingora_http::RequestHeader;
use sfv::{BareItem, ListEntry, Parser, SerializeValue as _};

/// The fields that the first lines of an input stand in.
const FIELDS: [&str; 3] = ["signature-input", "signature", "content-digest"];
/// Signatures that are looked at.
const MOST: usize = 4;

/// What a signature covers stands in its base line by line, and what its base says is read as it was meant.
pub fn structured(input: &[u8]) {
    let lines: Vec<&[u8]> = input.split(|byte| *byte == b'\n').collect();
    limits(&lines);
    let mut head = head();
    for (name, value) in FIELDS.iter().zip(&lines) {
        if !value.is_empty() {
            add(&mut head, name, value);
        }
    }
    for line in lines.iter().skip(FIELDS.len()) {
        let Some(at) = line.iter().position(|byte| *byte == b':') else {
            continue;
        };
        if let Ok(name) = HeaderName::from_bytes(&line[..at]) {
            add(&mut head, name.as_str(), line[at + 1..].trim_ascii());
        }
    }
    let _ = digest::check(&request(&head), b"a body");
    let Ok(found) = signature::of(&request(&head)) else {
        return;
    };
    assert!(found.len() <= MOST, "more signatures than are looked at");
    for one in found {
        if let Ok(base) = one.base(&request(&head)) {
            let parameters = check(&base);
            read_again(&head, parameters, &base);
        }
    }
}

fn head() -> RequestHeader {
    let mut head = RequestHeader::build("POST", b"/a/b?x=1&y=%20z&x=2", None)
        .expect("a head without surprises");
    add(&mut head, "host", b"api.test");
    head
}

fn add(head: &mut RequestHeader, name: &str, value: &[u8]) {
    if let Ok(value) = HeaderValue::from_bytes(value) {
        head.append_header(name.to_owned(), value)
            .expect("a name that was read");
    }
}

fn request(head: &RequestHeader) -> Request<'_> {
    Request::new(head, "api.test", "/a/b", IpAddr::V4(Ipv4Addr::LOCALHOST))
}

/// A line for each component, under the component's name. Gives back what the last line holds.
fn check(base: &str) -> &str {
    let lines: Vec<&str> = base.split('\n').collect();
    let (last, covered) = lines.split_last().expect("a base has a line");
    let parameters = last
        .strip_prefix("\"@signature-params\": ")
        .expect("the last line holds the parameters");
    let list = Parser::parse_list(parameters.as_bytes()).expect("they are a list");
    let [ListEntry::InnerList(inner)] = list.as_slice() else {
        panic!("they are one list of components: {parameters}");
    };
    assert_eq!(inner.items.len(), covered.len(), "{base}");
    for (item, line) in inner.items.iter().zip(covered) {
        let name = vec![ListEntry::Item(item.clone())]
            .serialize_value()
            .expect("what was read can be written");
        assert!(line.starts_with(&format!("{name}: ")), "{line}");
    }
    parameters
}

/// A signature with the same parameters has the same base.
fn read_again(head: &RequestHeader, parameters: &str, base: &str) {
    let mut again = head.clone();
    for name in &FIELDS[..2] {
        again.remove_header(*name);
    }
    // what the signature covers is the request's own, but for its own fields
    if base.contains("\"signature\"") || base.contains("\"signature-input\"") {
        return;
    }
    add(
        &mut again,
        FIELDS[0],
        format!("again={parameters}").as_bytes(),
    );
    add(&mut again, FIELDS[1], b"again=:AAAA:");
    let found = signature::of(&request(&again)).expect("it was read before");
    let [one] = found.as_slice() else {
        panic!("one signature was written, and {} were read", found.len());
    };
    let once_more = one.base(&request(&again)).expect("it had a base before");
    assert_eq!(once_more, base);
}

/// Whatever a limit is called: what is written is a list, and says what was meant.
fn limits(lines: &[&[u8]]) {
    let mut readings = Readings::default();
    let mut names = Vec::new();
    for line in lines {
        let name = String::from_utf8_lossy(line);
        if is_limit_name(&name) {
            let limit = line.len() as u64;
            readings.push(Reading {
                name: name.as_ref().into(),
                limit,
                window: 60,
                remaining: limit / 2,
                reset: 7,
            });
            names.push(name.into_owned());
        }
    }
    for (header, value) in readings.headers().iter().take(2) {
        let list = Parser::parse_list(value.as_bytes()).expect("limits are a list");
        let told: Vec<String> = list
            .iter()
            .map(|entry| match entry {
                ListEntry::Item(item) => item.bare_item.as_str().unwrap_or_default().to_owned(),
                ListEntry::InnerList(_) => panic!("{header} holds a list in a list"),
            })
            .collect();
        assert_eq!(told, names, "{header}");
        for (entry, name) in list.iter().zip(&names) {
            let ListEntry::Item(item) = entry else {
                continue;
            };
            let limit = name.len() as i64;
            let (parameter, expected) = match header.as_str() {
                "ratelimit-policy" => ("q", limit),
                _ => ("r", limit / 2),
            };
            let told = item.params.get(parameter).and_then(BareItem::as_int);
            assert_eq!(told, Some(expected), "{header}");
        }
    }
}
