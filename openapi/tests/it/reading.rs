//! What is read, and what is refused.

use std::time::{Duration, Instant};

use openapi::{Document, Limits, ParseError, Syntax, Version, parse};

use crate::{bytes, document};

fn refusal(text: &str) -> ParseError {
    read(text).expect_err("a refusal")
}

fn read(text: &str) -> Result<Document, ParseError> {
    parse(text.as_bytes(), &Limits::default())
}

#[test]
fn versions_and_syntaxes_are_told_apart() {
    let check = |name, version, syntax| {
        let document = document(name);
        assert_eq!(
            (document.version(), document.syntax()),
            (version, syntax),
            "{name}"
        );
    };
    check("parcels-3.1.yaml", Version::OpenApi31, Syntax::Yaml);
    check("things-2.0.json", Version::Swagger20, Syntax::Json);
    check("circles-3.0.json", Version::OpenApi30, Syntax::Json);
    assert_eq!(
        read("swagger: 2.0").map(|d| d.version()),
        Ok(Version::Swagger20)
    );
    assert_eq!(
        read("\u{feff}openapi: 3.2.0").map(|d| d.version()),
        Ok(Version::OpenApi32)
    );
}

#[test]
fn syntax_errors_have_a_place() {
    let error = read("{\n  \"openapi\": \"3.0.0\",\n  \"info\": {,}\n}").expect_err("malformed");
    assert_eq!(error.position(), Some((3, 12)), "{error}");
    assert!(
        error
            .to_string()
            .starts_with("line 3, column 12: not valid JSON: "),
        "{error}"
    );
    let error = read("openapi: 3.0.0\ninfo:\n  title: a: b\n").expect_err("malformed");
    assert_eq!(error.position().map(|(line, _)| line), Some(3), "{error}");
    let error = parse(b"openapi: 3.0.0\ninfo: \xff\n", &Limits::default()).expect_err("not text");
    assert_eq!(error, ParseError::NotText { line: 2, column: 7 });
}

#[test]
fn what_is_no_document_is_refused() {
    assert_eq!(refusal(" \n"), ParseError::Empty);
    assert_eq!(
        refusal("just words"),
        ParseError::NotAnObject {
            found: "plain text"
        }
    );
    assert_eq!(refusal("[1]"), ParseError::NotAnObject { found: "a list" });
    assert_eq!(refusal("{\"a\": 1}"), ParseError::NoVersion);
    assert_eq!(
        refusal("openapi: 4.0.0"),
        ParseError::UnknownVersion {
            found: "4.0.0".to_owned()
        }
    );
    assert!(matches!(
        read("openapi: 3.0.0\n---\nopenapi: 3.0.0\n"),
        Err(ParseError::Malformed { .. })
    ));
}

#[test]
fn large_documents_are_refused_at_once() {
    let start = Instant::now();
    let error = parse(&vec![b' '; 70 << 20], &Limits::default()).expect_err("too large");
    assert_eq!(
        error.to_string(),
        "the document is 70.0 MiB large; at most 64.0 MiB are accepted"
    );
    assert!(start.elapsed() < Duration::from_secs(2));
}

#[test]
fn deep_documents_are_refused() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let text = format!(
            "{{\"openapi\":\"3.0.0\",\"x\":{}1{}}}",
            open.repeat(50_000),
            close.repeat(50_000)
        );
        assert!(matches!(
            read(&text),
            Err(ParseError::TooDeep {
                line: 1,
                limit: 100,
                ..
            })
        ));
        let yaml = format!(
            "openapi: 3.0.0\nx: {}1{}",
            open.repeat(5_000),
            close.repeat(5_000)
        );
        let error = read(&yaml).expect_err("too deep");
        assert!(error.position().is_some(), "{error}");
    }
}

#[test]
fn yaml_bombs_are_refused() {
    let start = Instant::now();
    let error = parse(&bytes("bomb.yaml"), &Limits::default()).expect_err("a bomb");
    assert!(
        matches!(error, ParseError::TooManyValues { aliases: true, .. }),
        "{error}"
    );
    // A few aliases of something large multiply too, and so do references to oneself.
    let wide = format!(
        "openapi: 3.0.0\nx: &x [{}]\ny: [{}]",
        "a,".repeat(20_000),
        "*x,".repeat(20_000)
    );
    assert!(matches!(read(&wide), Err(ParseError::TooManyValues { .. })));
    let long = format!(
        "openapi: 3.0.0\nx: &x {}\ny: [{}]",
        "a".repeat(1 << 20),
        "*x,".repeat(1_000)
    );
    assert!(matches!(read(&long), Err(ParseError::TooManyValues { .. })));
    assert!(read("openapi: 3.0.0\nx: &x [*x]").is_err());
    assert!(start.elapsed() < Duration::from_secs(20));
}

#[test]
fn yaml_aliases_and_merge_keys_are_followed() {
    let document =
        read("openapi: 3.0.0\nx: &x {a: 1, b: 2}\ny: {<<: *x, b: 3}\nz: *x\n200: !tag {c: yes}")
            .expect("a document");
    assert_eq!(document.root()["y"], serde_json::json!({ "b": 3, "a": 1 }));
    assert_eq!(document.root()["z"], document.root()["x"]);
    assert_eq!(document.root()["200"], serde_json::json!({ "c": "yes" }));
}

#[test]
fn repeated_keys_are_found() {
    let document =
        read("{\"openapi\": \"3.0.0\", \"paths\": {\"/a\": {\"get\": {}, \"get\": {}}}}")
            .expect("a document");
    let finding = &document.findings()[0];
    assert_eq!(finding.pointer, "/paths/~1a/get");
}
