//! Tests of `xml_json`.

use bytes::Bytes;
use domain::refusal::Refusal;
use serde_json::{Value, json};

use super::config::Config;
use super::convert::{ConvertError, to_json, to_xml};
use crate::kind::read;
use crate::trial::{Table, compile, errors, exchange, header, ready, services, view};
use crate::xml::XmlOffence;

fn config(more: Value) -> Config {
    let mut config = json!({"request": "xml_to_json"});
    config
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    read(&config).unwrap()
}

#[test]
fn xml_becomes_json() {
    let plain = || json!({});
    for (more, xml, expected) in [
        (plain(), "<a/>", json!({"a": null})),
        (plain(), "<a>x</a>", json!({"a": "x"})),
        (
            plain(),
            "<a> x &amp; <![CDATA[<y>]]> </a>",
            json!({"a": "x & <y>"}),
        ),
        (
            plain(),
            "<a b='1'>x</a>",
            json!({"a": {"@b": "1", "#text": "x"}}),
        ),
        (
            plain(),
            "<a><b>1</b><b>2</b><c/></a>",
            json!({"a": {"b": ["1", "2"], "c": null}}),
        ),
        (
            plain(),
            "<a><b><c>1</c></b>\n</a>",
            json!({"a": {"b": {"c": "1"}}}),
        ),
        (
            json!({"lists": ["b"]}),
            "<a><b>1</b></a>",
            json!({"a": {"b": ["1"]}}),
        ),
        (
            json!({"infer_types": true}),
            "<a><b>1</b><b>1.5</b><b>true</b><b>007</b><b>-3</b><b>1e5</b><b>1-2</b></a>",
            json!({"a": {"b": [1, 1.5, true, "007", -3, "1e5", "1-2"]}}),
        ),
        (
            json!({"attribute_prefix": "$", "text_member": "value"}),
            "<a b='1'>x</a>",
            json!({"a": {"$b": "1", "value": "x"}}),
        ),
        (
            plain(),
            "<s:Envelope xmlns:s='urn:x'><s:Body/></s:Envelope>",
            json!({"s:Envelope": {"@xmlns:s": "urn:x", "s:Body": null}}),
        ),
    ] {
        assert_eq!(
            to_json(xml.as_bytes(), &config(more)),
            Ok(expected),
            "{xml}"
        );
    }
}

fn written(value: Value) -> String {
    let xml = String::from_utf8(to_xml(&value, &config(json!({}))).unwrap()).unwrap();
    let head = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
    xml.strip_prefix(head).unwrap().to_owned()
}

#[test]
fn json_becomes_xml() {
    for (value, expected) in [
        (json!({"a": null}), "<a/>"),
        (json!({"a": "x<y&\"z"}), "<a>x&lt;y&amp;&quot;z</a>"),
        (
            json!({"a": {"@b": 1, "#text": true}}),
            "<a b=\"1\">true</a>",
        ),
        (
            json!({"a": {"b": [1, 2], "c": {}}}),
            "<a><b>1</b><b>2</b><c></c></a>",
        ),
        (json!({"a": 1, "b": 2}), "<root><a>1</a><b>2</b></root>"),
        (json!({"a": [1, 2]}), "<root><a>1</a><a>2</a></root>"),
        (
            json!([1, {"b": 2}]),
            "<root><item>1</item><item><b>2</b></item></root>",
        ),
        (
            json!([[1, 2], [3]]),
            "<root><item><item>1</item><item>2</item></item><item><item>3</item></item></root>",
        ),
        (json!("x"), "<root>x</root>"),
    ] {
        assert_eq!(written(value.clone()), expected, "{value}");
    }
}

#[test]
fn what_was_xml_is_the_same_xml_again() {
    for xml in [
        "<a b=\"1\"><c>x</c><c>y</c><d/></a>",
        "<a>&lt;b&gt; &amp; ä</a>",
    ] {
        let value = to_json(xml.as_bytes(), &config(json!({}))).unwrap();
        assert_eq!(written(value), xml);
    }
}

#[test]
fn what_cannot_be_turned_is_said() {
    let laughs = "<!DOCTYPE l [<!ENTITY a \"a\">]><l>&a;</l>";
    let small = config(json!({"max_depth": 2, "max_elements": 3, "max_body_bytes": 100}));
    assert_eq!(
        to_json(laughs.as_bytes(), &small),
        Err(XmlOffence::DocumentType.into())
    );
    assert_eq!(
        to_json(b"<a><b><c/></b></a>", &small),
        Err(XmlOffence::Depth(2).into())
    );
    assert_eq!(
        to_json(b"<a><b/><b/><b/></a>", &small),
        Err(XmlOffence::Elements(3).into())
    );
    for (value, expected) in [
        (json!({"a": {"b": {"c": 1}}}), ConvertError::Depth(2)),
        (json!({"a": [1, 2, 3, 4]}), ConvertError::Elements(3)),
        (json!({"a": "x".repeat(100)}), ConvertError::Size(100)),
        (json!({"a": {"b c": 1}}), ConvertError::Name("b c".into())),
        (json!({"a": {"b><c": 1}}), ConvertError::Name("b><c".into())),
        (
            json!({"a": {"@b": [1]}}),
            ConvertError::Attribute("b".into()),
        ),
        (json!({"a": "\u{1}"}), ConvertError::Character),
    ] {
        assert_eq!(to_xml(&value, &small), Err(expected), "{value}");
    }
}

/// What the upstream would get of a body, or a code.
fn sent(direction: &str, content_type: &str, body: &'static str) -> Result<String, Refusal> {
    let policy = compile("xml_json", json!({"request": direction}));
    let header = header("POST", "/", &[("content-type", content_type)]);
    let body = Bytes::from_static(body.as_bytes());
    let mut exchange = exchange();
    let services = services(Table::default());
    let request = view(&header).with_body(Some(&body));
    let verdict = ready(policy.request(&request, &mut exchange, &services));
    verdict.map_err(|failure| failure.refusal)?;
    let changed = policy.request_body(&mut exchange, &body, true);
    let changed = changed.map_err(|failure| failure.refusal)?;
    Ok(String::from_utf8(changed.unwrap_or(body).to_vec()).unwrap())
}

#[test]
fn requests_are_turned_or_refused() {
    for (direction, content_type, body, expected) in [
        ("xml_to_json", "text/xml", "<a>1</a>", Ok("{\"a\":\"1\"}")),
        ("xml_to_json", "text/xml", "", Ok("")),
        (
            "xml_to_json",
            "application/json",
            "{}",
            Err(Refusal::UnsupportedMediaType),
        ),
        ("xml_to_json", "text/xml", "<a>", Err(Refusal::InvalidBody)),
        (
            "xml_to_json",
            "text/xml",
            "<!DOCTYPE a><a/>",
            Err(Refusal::BodyRefused),
        ),
        (
            "xml_to_json",
            "text/xml",
            "<a>&b;</a>",
            Err(Refusal::BodyRefused),
        ),
        (
            "json_to_xml",
            "application/json",
            "{\"a\"",
            Err(Refusal::InvalidBody),
        ),
        // a name that is none must not become a tag
        (
            "json_to_xml",
            "application/json",
            "{\"a b\":{\"c\":1}}",
            Err(Refusal::InvalidBody),
        ),
    ] {
        let found = sent(direction, content_type, body);
        assert_eq!(found, expected.map(str::to_owned), "{direction} {body}");
    }
}

#[test]
fn configurations_are_checked() {
    for (config, expected) in [
        (json!({}), "turns nothing"),
        (json!({"request": "both"}), "unknown variant `both`"),
        (
            json!({"request": "xml_to_json", "root": "a b"}),
            "root: is not the name",
        ),
        (
            json!({"request": "xml_to_json", "attribute_prefix": ""}),
            "attribute_prefix: is empty",
        ),
        (
            json!({"request": "xml_to_json", "text_member": "@x"}),
            "text_member: is empty, or looks",
        ),
    ] {
        let said = errors("xml_json", &config);
        assert!(said.contains(expected), "{config}: {said}");
    }
}
