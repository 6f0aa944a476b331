//! The reference made from a document.

use openapi::reference::{self, OperationPage, Place};
use openapi::samples::{self, Credential};
use openapi::{KeyPlace, Marker};
use serde_json::json;

use crate::document;

fn page(name: &str, key: &str) -> OperationPage {
    reference::page(&document(name), key).expect("the operation")
}

#[test]
fn a_page_stands_alone() {
    let page = page("parcels-3.1.yaml", "list-parcels");
    let stored = serde_json::to_string(&page).expect("json");
    assert!(!stored.contains("$ref"), "{stored}");
    let read: OperationPage = serde_json::from_str(&stored).expect("a page");
    assert_eq!(read, page);
    let names: Vec<(&str, Place)> = page
        .parameters
        .iter()
        .map(|p| (p.name.as_str(), p.place))
        .collect();
    assert_eq!(
        names,
        [
            ("state", Place::Query),
            ("limit", Place::Query),
            ("X-Trace", Place::Header)
        ]
    );
    assert_eq!(page.parameters[1].schema.limits, ["1 to 10\u{202f}000"]);
    assert_eq!(page.responses[0].headers[0].name, "X-Total");
}

#[test]
fn bodies_are_merged_and_end() {
    let page = page("parcels-3.1.yaml", "create-parcel");
    let body = page.request_body.expect("a body");
    let schema = body.contents[0].schema.as_ref().expect("a schema");
    let names: Vec<&str> = schema
        .properties
        .iter()
        .map(|property| property.name.as_str())
        .collect();
    assert_eq!(
        names,
        ["id", "created", "weight", "note", "state", "parts", "from"]
    );
    let items = schema.properties[5].schema.items.as_ref().expect("items");
    assert_eq!(items.marker, Some(Marker::SeeAbove("Parcel".to_owned())));
    // What is only read is not in the example that is sent.
    assert_eq!(
        body.contents[0].examples[0].value,
        json!({ "weight": 1, "note": "string", "state": "waiting", "parts": [], "from": { "kind": "shop", "name": "string" } })
    );
    assert_eq!(page.callbacks, ["delivered"]);
}

#[test]
fn converted_documents_have_whole_pages() {
    let list = page("things-2.0.json", "get-things");
    assert!(list.parameters[1].explode);
    let kinds: Vec<(&str, bool)> = list.responses[0]
        .contents
        .iter()
        .map(|c| (c.media_type.as_str(), c.same_as.is_some()))
        .collect();
    assert_eq!(
        kinds,
        [("application/json", false), ("application/xml", true)]
    );
    assert_eq!(
        list.responses[0].contents[0].examples[0].value,
        json!([{ "name": "lamp" }])
    );
    let create = page("things-2.0.json", "post-things");
    let body = create.request_body.expect("a body");
    assert!(
        body.required
            && body.contents[0]
                .schema
                .as_ref()
                .is_some_and(|schema| schema.label == "Thing")
    );
    let photo = page("things-2.0.json", "add-photo");
    let request = samples::request(&photo, "https://e.org", None);
    assert!(matches!(request.body, samples::Body::Multipart(fields) if fields.len() == 2));
}

#[test]
fn circles_end() {
    let document = document("circles-3.0.json");
    for page in reference::pages(&document) {
        assert!(serde_json::to_string(&page).expect("json").len() < 20_000);
    }
}

#[test]
fn pages_stay_small() {
    let fields: serde_json::Map<_, _> = (0..60)
        .map(|n| {
            (
                format!("field{n}"),
                json!({ "$ref": format!("#/components/schemas/S{}", n % 12) }),
            )
        })
        .collect();
    let schemas: serde_json::Map<_, _> = (0..12)
        .map(|n| {
            let description = "Long words. ".repeat(20);
            (
                format!("S{n}"),
                json!({ "type": "object", "description": description, "properties": fields }),
            )
        })
        .collect();
    let text = json!({
        "openapi": "3.1.0",
        "paths": { "/a": { "get": { "responses": { "200": { "content": { "application/json": { "schema": { "$ref": "#/components/schemas/S0" } } } } } } } },
        "components": { "schemas": schemas },
    });
    let document = openapi::parse(text.to_string().as_bytes(), &openapi::Limits::default())
        .expect("a document");
    let page = reference::pages(&document).next().expect("a page");
    let size = serde_json::to_string(&page).expect("json").len();
    assert!(page.shortened && size < 200_000, "{size}");
    assert_eq!(
        page.responses[0].contents[0]
            .schema
            .as_ref()
            .expect("a schema")
            .properties
            .len(),
        60
    );
}

#[test]
fn long_chains_of_schemas_end() {
    let count = 20_000;
    let schemas: serde_json::Map<_, _> = (0..count)
        .map(|n| {
            let next = format!("#/components/schemas/S{}", n + 1);
            (
                format!("S{n}"),
                json!({ "allOf": [{ "$ref": next }, { "properties": { format!("p{n}"): {} } }] }),
            )
        })
        .collect();
    let text = json!({
        "openapi": "3.1.0",
        "paths": { "/a": { "get": { "responses": { "200": { "content": { "application/json": { "schema": { "$ref": "#/components/schemas/S0" } } } } } } } },
        "components": { "schemas": schemas },
    });
    let document = openapi::parse(text.to_string().as_bytes(), &openapi::Limits::default())
        .expect("a document");
    let page = reference::pages(&document).next().expect("a page");
    assert!(page.responses[0].contents[0].schema.is_some());
}

#[test]
fn documents_can_be_written_with_another_server() {
    let document = document("parcels-3.1.yaml");
    let published = openapi::Published {
        server: "https://gateway.example/parcels".to_owned(),
        ..openapi::Published::default()
    };
    for syntax in [openapi::Syntax::Json, openapi::Syntax::Yaml] {
        let text = document.write(syntax, Some(&published)).expect("text");
        assert!(
            !text.contains("localhost") && !text.contains("parcels.example/v3"),
            "{text}"
        );
        let read =
            openapi::parse(text.as_bytes(), &openapi::Limits::default()).expect("a document");
        assert_eq!(
            read.root()["servers"],
            json!([{ "url": "https://gateway.example/parcels" }])
        );
        let paths = |document: &Document| document.root()["paths"].as_object().map(|it| it.len());
        assert_eq!(paths(&read), paths(&document));
    }
}

#[test]
fn the_index_lists_each_operation_once() {
    let index = reference::index(&document("parcels-3.1.yaml"));
    assert_eq!(index.entries().count(), 7);
    assert_eq!(
        index.groups[0].operations[1].about.as_deref(),
        Some("Creates a parcel.")
    );
    assert_eq!(index.groups[2].tag, None);
}

#[test]
fn a_page_is_text_too() {
    let credential = Credential {
        place: KeyPlace::Header,
        name: "X-API-Key".to_owned(),
        prefix: None,
    };
    let page = page("parcels-3.1.yaml", "create-parcel");
    let text = openapi::text::operation(
        &page,
        "https://gateway.example/parcels/v3",
        Some(&credential),
    );
    for part in [
        "# Create parcel\n\n`POST https://gateway.example/parcels/v3/parcels`\n",
        "API key in the header `X-API-Key`.",
        "- `weight` (integer, required): In grams. Limits: more than 0.\n",
        "  - each item (Parcel) See above: Parcel.\n",
        "### 201\n",
        "-H \"X-API-Key: $API_KEY\"",
    ] {
        assert!(text.contains(part), "{part:?} is not in:\n{text}");
    }
}

#[test]
fn llms_txt_lists_the_pages() {
    let document = document("parcels-3.1.yaml");
    let info = openapi::import::info(&document);
    let about = openapi::text::Llms {
        title: &info.title,
        description: info.description.as_deref(),
        base_url: "https://gateway.example/parcels/v3",
        pages_url: "https://portal.example/apis/parcels/v3",
    };
    let text = openapi::text::llms(&reference::index(&document), about);
    assert!(
        text.starts_with("# Parcels API\n\n> Sends parcels from door to door.\n"),
        "{text}"
    );
    assert!(text.contains("- [List parcels](https://portal.example/apis/parcels/v3/list-parcels.md): GET /parcels\n"), "{text}");
}
