use serde_json::{Value, json};

use super::*;
use crate::reference::Place;
use crate::security::KeyPlace;
use crate::{Limits, parse, reference};

fn page(operation: Value, path: &str, method: &str) -> OperationPage {
    let text = json!({ "openapi": "3.1.0", "paths": { path: { method: operation } } }).to_string();
    let document = parse(text.as_bytes(), &Limits::default()).expect("a document");
    reference::pages(&document).next().expect("a page")
}

fn key(place: KeyPlace, name: &str) -> Credential {
    Credential {
        place,
        name: name.to_owned(),
        prefix: None,
    }
}

#[test]
fn parameters_land_in_their_places() {
    let page = page(
        json!({ "parameters": [
            { "name": "id", "in": "path", "schema": { "example": "a/b c" } },
            { "name": "tags", "in": "query", "required": true, "schema": { "type": "array", "items": { "enum": ["x&y"] } } },
            { "name": "filter", "in": "query", "style": "deepObject", "example": { "state": "open" } },
            { "name": "skipped", "in": "query", "schema": { "type": "string" } },
            { "name": "X-Trace", "in": "header", "required": true, "example": "one\r\nX-Evil: two" },
        ] }),
        "/things/{id}/parts",
        "get",
    );
    let made = request(
        &page,
        "https://api.example.org/v1/",
        Some(&key(KeyPlace::Header, "X-API-Key")),
    );
    assert_eq!(
        made.url,
        "https://api.example.org/v1/things/a%2Fb%20c/parts?tags=x%26y&filter%5Bstate%5D=open"
    );
    assert_eq!(
        made.headers,
        [("X-Trace".to_owned(), "one  X-Evil: two".to_owned())]
    );
    let curl = Language::Curl.write(&made);
    assert!(curl.contains("-H \"X-API-Key: $API_KEY\""), "{curl}");
}

#[test]
fn keys_can_be_in_the_query_or_a_cookie() {
    let page = page(json!({}), "/a", "get");
    let in_query = request(
        &page,
        "https://e.org",
        Some(&key(KeyPlace::Query, "api_key")),
    );
    assert!(
        Language::Curl
            .write(&in_query)
            .starts_with("curl 'https://e.org/a?api_key='\"$API_KEY\"")
    );
    let in_cookie = request(&page, "https://e.org", Some(&key(KeyPlace::Cookie, "sid")));
    assert_eq!(
        in_cookie.key,
        Some(Key::Header {
            name: "Cookie".to_owned(),
            before: "sid=".to_owned()
        })
    );
    let bearer = Credential {
        prefix: Some("Bearer".to_owned()),
        ..key(KeyPlace::Header, "Authorization")
    };
    let python = Language::Python.write(&request(&page, "https://e.org", Some(&bearer)));
    assert!(
        python.contains("\"Authorization\": \"Bearer \" + os.environ[\"API_KEY\"]"),
        "{python}"
    );
}

/// Text that ends a literal early in one language or another.
const NASTY: &str = "a'b\"c\\d$e`f\"\"\"g\"#h\nJSON\n\\u0022 #{i} ${j} \u{2028} %k */";

fn nasty() -> Request {
    let page = page(
        json!({ "requestBody": { "content": { "application/json": { "example": { "text": NASTY, "n": [1, null, true] } } } } }),
        "/a",
        "post",
    );
    request(
        &page,
        "https://e.org",
        Some(&key(KeyPlace::Header, "X-Key")),
    )
}

#[test]
fn literals_end_where_they_should() {
    assert_eq!(literals::shell("a'b"), r"'a'\''b'");
    assert_eq!(
        literals::javascript("a'b\"c\\\u{2028}"),
        r#"'a\'b"c\\\u2028'"#
    );
    assert_eq!(literals::java("a\"\\u0022\u{1}"), "\"a\\\"\\\\u0022\\001\"");
    assert_eq!(literals::csharp("a\"\u{85}"), "\"a\\\"\\u0085\"");
    assert_eq!(literals::single("a'\\"), r"'a\'\\'");
    assert_eq!(literals::rust("a\"\u{202e}"), "\"a\\\"\\u{202e}\"");
    let csharp = Language::CSharp.write(&nasty());
    assert!(csharp.contains("\"\"\""), "{csharp}");
    let rust = Language::Rust.write(&nasty());
    assert!(rust.contains("r##\""), "{rust}");
    let go = Language::Go.write(&nasty());
    assert!(go.contains("strings.NewReader(\"{"), "{go}");
}

#[test]
fn a_prototype_stays_a_member() {
    let code = literals::javascript_value(&json!({ "__proto__": 1 }), 0);
    assert_eq!(code, "{\n  ['__proto__']: 1,\n}");
}

#[test]
fn forms_and_files() {
    let form = page(
        json!({ "requestBody": { "content": { "multipart/form-data": { "schema": { "type": "object", "properties": {
            "title": { "type": "string" }, "photo": { "type": "string", "format": "binary" } } } } } } }),
        "/photos",
        "post",
    );
    let made = request(&form, "https://e.org", None);
    let curl = Language::Curl.write(&made);
    assert!(
        curl.contains("--form-string 'title=string'") && curl.contains("-F 'photo=@file.bin'"),
        "{curl}"
    );
    for language in Language::ALL {
        let code = language.write(&made);
        assert!(
            code.contains("file.bin") && code.contains("title"),
            "{code}"
        );
    }
    let binary = page(
        json!({ "requestBody": { "content": { "image/png": { "schema": { "type": "string", "format": "binary" } } } } }),
        "/a",
        "put",
    );
    let made = request(&binary, "https://e.org", None);
    assert_eq!(made.body, Body::File("image/png".to_owned()));
}

#[test]
fn every_language_is_found_by_its_slug() {
    for language in Language::ALL {
        assert_eq!(Language::from_slug(language.slug()), Some(language));
        assert!(!language.write(&nasty()).is_empty());
    }
}

#[test]
fn what_was_typed_takes_the_place_of_examples() {
    let page = page(
        json!({ "parameters": [
            { "name": "id", "in": "path", "required": true, "schema": { "type": "string", "example": "a" } },
            { "name": "tags", "in": "query", "explode": true, "schema": { "type": "array", "items": { "type": "string" } } },
            { "name": "page", "in": "query", "schema": { "type": "integer" }, "example": 3 },
            { "name": "X-Trace", "in": "header", "schema": { "type": "string" } },
        ], "requestBody": { "content": { "application/json": { "example": { "amount": 1 } } } } }),
        "/things/{id}",
        "post",
    );
    let typed = |parameters: &[(Place, &str, &str)], body: &str| {
        filled(&page, "https://e.org", None, Typed { parameters, body })
    };
    let made = typed(
        &[
            (Place::Path, "id", "x/../y"),
            (Place::Query, "tags", "one, two"),
            (Place::Query, "page", ""),
            (Place::Header, "X-Trace", "7"),
        ],
        "{\"amount\": 2}",
    );
    assert_eq!(
        made.url,
        "https://e.org/things/x%2F..%2Fy?tags=one&tags=two"
    );
    assert_eq!(made.headers, [("X-Trace".to_owned(), "7".to_owned())]);
    assert_eq!(
        made.body,
        Body::Json("application/json".to_owned(), json!({"amount": 2}))
    );
    let broken = typed(&[(Place::Path, "id", "7")], "{amount");
    assert_eq!(
        broken.body,
        Body::Text("application/json".to_owned(), "{amount".to_owned())
    );
    assert_eq!(typed(&[], " ").body, Body::Empty);
    let (kind, text) = typed_body(&page).expect("a body");
    assert_eq!(
        (kind.as_str(), text.as_str()),
        ("application/json", "{\n  \"amount\": 1\n}")
    );
}

#[test]
fn forms_are_typed_line_by_line() {
    let form = |kind: &str| {
        page(
            json!({ "requestBody": { "content": { kind: { "example": { "name": "Pier 9", "size": 2 } } } } }),
            "/a",
            "post",
        )
    };
    let page = form("application/x-www-form-urlencoded");
    let (_, text) = typed_body(&page).expect("a body");
    assert_eq!(text, "name=Pier 9\nsize=2");
    let typed = Typed {
        parameters: &[],
        body: "name=A=B\r\n\nempty",
    };
    let fields = [("name", "A=B"), ("empty", "")];
    let fields: Vec<_> = fields
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
    assert_eq!(
        filled(&page, "https://e.org", None, typed).body,
        Body::Form(fields)
    );
    let in_parts = filled(&form("multipart/form-data"), "https://e.org", None, typed);
    assert!(matches!(in_parts.body, Body::Multipart(parts) if parts.len() == 2));
}
