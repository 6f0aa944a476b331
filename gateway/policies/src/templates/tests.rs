//! Tests of templates.

use minijinja::Value;
use minijinja::value::Serde;
use serde_json::json;

use super::{Document, Known, Names, ParseError, RenderError, Structure, Text};
use crate::trial::{exchange, header, view};

fn context() -> Value {
    let header = header(
        "POST",
        "/orders/7?page=2&page=3&q=a%20b",
        &[("x-a", "1"), ("x-a", "2")],
    );
    let mut exchange = exchange();
    exchange.claims = Some(std::sync::Arc::new(
        json!({"sub": "ada", "roles": ["a", "b"]}),
    ));
    exchange.set_value("region", "north");
    let mut known = Known::of_request(Names::BODY, &view(&header), &exchange);
    known.set_body(&json!({
        "name": "Ada \"L\"", "age": 36, "tags": ["x", "y"], "big": 18_446_744_073_709_551_615_u64, "half": 0.5, "none": null
    }));
    known.context()
}

fn text(source: &str) -> Result<String, RenderError> {
    Text::parse(source, Names::BODY).unwrap().render(&context())
}

#[test]
fn texts_read_what_is_known() {
    for (source, expected) in [
        ("plain", "plain"),
        ("", ""),
        ("{{ request.method }} {{ request.path }}", "POST /orders/7"),
        ("{{ request.query.page }}|{{ request.query.q }}", "2|a b"),
        ("{{ request.headers['x-a'] }}", "1, 2"),
        ("{{ request.headers['x-b'] | default('none') }}", "none"),
        ("{{ claims.sub }}@{{ values.region }}", "ada@north"),
        ("{{ claims.roles | join(',') }}", "a,b"),
        ("{{ body.age + 1 }}{{ body.none }}", "37"),
        (
            "{{ caller.application }}",
            "00000000-0000-0000-0000-000000000001",
        ),
        ("{{ plan.id }}", "00000000-0000-0000-0000-000000000004"),
        ("{{ now }}", "1790000000"),
        ("{{ 'b' if body.age > 40 else 'a' }}", "a"),
        ("{{ '}}' }}{{ {'a': {'b': 1}}['a']['b'] }}", "}}1"),
        ("{{ body.tags | tojson }}", "[\"x\", \"y\"]"),
        ("{{ 'a' | base64 }}{{ 'YQ==' | from_base64 }}", "YQ==a"),
        (
            "{{ '' | sha256 }}",
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        ),
    ] {
        assert_eq!(text(source).as_deref(), Ok(expected), "{source}");
    }
}

#[test]
fn what_is_missing_or_too_much_fails() {
    for (source, expected) in [
        ("{{ body.nothing }}", RenderError::Undefined),
        ("{{ body.nothing.more }}", RenderError::Undefined),
        ("{{ request.headers['x-b'] }}", RenderError::Undefined),
        (
            "{{ body.tags }}",
            RenderError::Value("a list or an object is no text; `tojson` makes one of it"),
        ),
        (
            "{{ 'aaaaaaaaaaaaaaaa' * 5000 }}",
            RenderError::TooLarge(super::TEXT),
        ),
    ] {
        assert_eq!(text(source), Err(expected), "{source}");
    }
    for source in [
        "{{ body.name + 1 }}",
        "{{ body.age() }}",
        "{{ 'a' * 10000000000 }}",
        "{{ 'ä' | from_base64 }}",
    ] {
        assert!(
            matches!(text(source), Err(RenderError::Failed(_))),
            "{source}"
        );
    }
}

#[test]
fn no_message_repeats_a_value() {
    let error = text("{{ body.name | int }}").unwrap_err().to_string();
    assert!(!error.contains("Ada"), "{error}");
}

#[test]
fn a_structure_keeps_types_and_holds_values_in_their_place() {
    let template = json!({
        "who": "{{ body.name }}", "greeting": "Hello {{ body.name }}!", "age": "{{ body.age }}", "big": "{{ body.big }}",
        "half": "{{ body.half }}", "tags": "{{ body.tags | reverse }}", "none": "{{ body.none }}", "list": [1, "{{ now }}"],
        "whole": "{{ claims }}", "is": "{{ body.age > 3 }}"
    });
    let made = Structure::parse(&template, Names::BODY)
        .ok()
        .unwrap()
        .render(&context())
        .unwrap();
    assert_eq!(
        made,
        json!({
            "who": "Ada \"L\"", "greeting": "Hello Ada \"L\"!", "age": 36, "big": 18_446_744_073_709_551_615_u64,
            "half": 0.5, "tags": ["y", "x"], "none": null, "list": [1, 1_790_000_000],
            "whole": {"sub": "ada", "roles": ["a", "b"]}, "is": true
        })
    );
}

#[test]
fn a_structure_says_where_it_fails() {
    let parse = |value| Structure::parse(&value, Names::BODY).err().unwrap();
    let (pointer, error) = parse(json!({"a": [{"b/c": "{{ body. }}"}]}));
    assert_eq!(pointer, "/a/0/b~1c");
    assert!(matches!(error, ParseError::Syntax(_)));
    let structure = Structure::parse(&json!({"a": ["x", "{{ body.gone }}"]}), Names::BODY)
        .ok()
        .unwrap();
    assert_eq!(
        structure.render(&context()),
        Err(("/a/1".into(), RenderError::Undefined))
    );
}

#[test]
fn templates_that_cannot_work_are_refused() {
    let parse = |source: &str| Text::parse(source, Names::REQUEST).err().unwrap();
    assert_eq!(parse("{{ request.path"), ParseError::Open);
    assert_eq!(parse(&"a".repeat(super::SOURCE + 1)), ParseError::TooLong);
    let said = parse("{{ body.name }}").to_string();
    assert_eq!(
        said,
        "`body` is not known here; one of request, caller, plan, claims, values, now"
    );
    for source in [
        "{{ range(9) }}",
        "{{ debug() }}",
        "{{ 'x' | safe }}",
        "{{ 'x' | indent(9) }}",
    ] {
        let parsed = Text::parse(source, Names::REQUEST);
        assert!(
            parsed.is_err() || parsed.ok().unwrap().render(&context()).is_err(),
            "{source}"
        );
    }
}

#[test]
fn documents_loop_and_write_json() {
    let source = "[{% for tag in body.tags %}{\"tag\": {{ tag }}, \"of\": {{ body.name }}}{% if not loop.last %},{% endif %}{% endfor %}]";
    let document = Document::json(source, Names::BODY).unwrap();
    let made: serde_json::Value =
        serde_json::from_slice(&document.render(&context()).unwrap()).unwrap();
    assert_eq!(
        made,
        json!([{"tag": "x", "of": "Ada \"L\""}, {"tag": "y", "of": "Ada \"L\""}])
    );
    assert_eq!(
        document.names(),
        Names::of(std::iter::once("body".to_owned()))
    );
}

#[test]
fn documents_define_and_include_nothing() {
    for (source, word) in [
        ("{% set a = 1 %}", "set"),
        ("{%- include 'x' %}", "include"),
        ("{% with a = 1 %}{% endwith %}", "with"),
        ("{% macro a() %}{% endmacro %}", "macro"),
        ("{% extends 'x' %}", "extends"),
    ] {
        let refused = Document::json(source, Names::BODY).err().unwrap();
        assert_eq!(refused, ParseError::Statement(word.into()));
    }
    let deep = "{% for a in body %}".repeat(4) + &"{% endfor %}".repeat(4);
    assert_eq!(
        Document::json(&deep, Names::BODY).err(),
        Some(ParseError::Loops)
    );
}

#[test]
fn documents_that_run_away_are_stopped() {
    let many: Vec<u32> = (0..2_000).collect();
    let context = Value::from(Serde(json!({"body": many})));
    let source = "{% for a in body %}{% for b in body %}{{ b }}{% endfor %}{% endfor %}";
    let document = Document::plain(source, Names::BODY).unwrap();
    assert_eq!(document.render(&context), Err(RenderError::OutOfFuel));
    let long = Value::from(Serde(json!({"body": "a".repeat(1_000_000)})));
    let source = "{{ body }}".repeat(9);
    let document = Document::plain(&source, Names::BODY).unwrap();
    assert_eq!(
        document.render(&long),
        Err(RenderError::TooLarge(super::BODY))
    );
}
