//! What an import would make.

use openapi::import::{Preview, Suggestion, preview};
use openapi::{Finding, KeyPlace, Severity};

use crate::document;

fn finding<'p>(preview: &'p Preview, part: &str) -> &'p Finding {
    let found = preview
        .findings
        .iter()
        .find(|finding| finding.message.contains(part));
    found.unwrap_or_else(|| panic!("no finding with {part:?} in {:#?}", preview.findings))
}

fn place(finding: &Finding) -> (Severity, &str, Option<u32>) {
    (finding.severity, &finding.pointer, finding.line)
}

#[test]
fn the_whole_is_told() {
    let preview = preview(&document("parcels-3.1.yaml"));
    assert_eq!(
        (preview.slug.as_str(), preview.base_path.as_str()),
        ("parcels", "/parcels/v3")
    );
    assert_eq!(
        preview.upstream.as_deref(),
        Some("https://eu.parcels.example/v3")
    );
    assert_eq!(
        preview.suggested_auth,
        Some(Suggestion::ApiKey {
            place: KeyPlace::Header,
            name: "X-API-Key".to_owned(),
            prefix: None
        })
    );
    let keys: Vec<(&str, bool, bool)> = preview
        .routes
        .iter()
        .map(|route| (route.key.as_str(), route.imported, route.open))
        .collect();
    assert_eq!(
        keys[..3],
        [
            ("list-parcels", true, false),
            ("create-parcel", true, false),
            ("get-parcel", true, false)
        ]
    );
    assert_eq!(keys[3], ("get-parcel-by-code", false, false));
    assert_eq!(keys[4], ("delete-parcels-code", true, false));
    assert!(
        keys[5].0.starts_with("get-parcel-") && keys[5].2,
        "{keys:?}"
    );
    let tags: Vec<(&str, usize)> = preview
        .tags
        .iter()
        .map(|tag| (tag.title.as_str(), tag.operations))
        .collect();
    assert_eq!(tags, [("parcels", 3), ("rates", 1), ("Operations", 3)]);
    let left_out: Vec<(&str, usize)> = preview
        .left_out
        .iter()
        .map(|left| (left.what.as_str(), left.count))
        .collect();
    assert_eq!(left_out, [("webhooks", 1), ("callbacks", 1), ("links", 1)]);
}

#[test]
fn findings_have_lines() {
    let preview = preview(&document("parcels-3.1.yaml"));
    let duplicate = finding(&preview, "matches the same requests");
    assert_eq!(
        place(duplicate),
        (Severity::Error, "/paths/~1parcels~1{code}/get", Some(86))
    );
    assert_eq!(
        duplicate.consequence,
        "It is left out; the one on line 72 counts."
    );
    assert_eq!(
        place(finding(&preview, "leads to another document")).2,
        Some(110)
    );
    assert_eq!(
        place(finding(&preview, "is not an object")),
        (Severity::Error, "/paths/~1broken", Some(113))
    );
    assert_eq!(
        place(finding(&preview, "no answer is described")).2,
        Some(112)
    );
    assert_eq!(
        place(finding(&preview, "opens the operation to everybody")).2,
        Some(102)
    );
    assert_eq!(
        place(finding(&preview, "operation id `getParcel`")).2,
        Some(101)
    );
    assert!(
        preview
            .findings
            .is_sorted_by_key(|finding| finding.severity)
    );
}

#[test]
fn findings_in_converted_documents_point_into_the_text() {
    let preview = preview(&document("things-2.0.json"));
    let missing = finding(&preview, "#/components/schemas/Missing");
    assert_eq!(
        place(missing),
        (
            Severity::Error,
            "/responses/Gone/content/application~1json/schema/$ref",
            Some(19)
        )
    );
    assert_eq!(place(finding(&preview, "unknown type")).2, Some(12));
    assert_eq!(
        preview.upstream.as_deref(),
        Some("https://things.example.org/api")
    );
    assert_eq!(preview.suggested_auth, Some(Suggestion::Basic));
    assert_eq!(preview.routes.len(), 3);
}

#[test]
fn circles_cost_only_their_place() {
    let preview = preview(&document("circles-3.0.json"));
    assert!(
        finding(&preview, "leads only back to itself")
            .line
            .is_some()
    );
    assert_eq!(preview.imported().count(), 1);
}

#[test]
fn operations_over_the_limit_are_left_out() {
    let limits = openapi::Limits {
        operations: 2,
        ..openapi::Limits::default()
    };
    let document = openapi::parse(&crate::bytes("parcels-3.1.yaml"), &limits).expect("a document");
    let preview = preview(&document);
    assert_eq!(preview.routes.len(), 2);
    assert_eq!(
        finding(&preview, "2 operations or more").severity,
        Severity::Error
    );
}

#[test]
fn nothing_at_all_is_a_preview_too() {
    for text in [
        "openapi: 3.1.0",
        "openapi: 3.0.0\ninfo: []\nservers: {}\ntags: 3\nsecurity: x\npaths: []\ncomponents: no",
        "swagger: '2.0'\ninfo: 1\nparameters: []\npaths: {/a: {get: {parameters: 3, responses: [], tags: x}}}\ndefinitions: 1",
        "openapi: 3.0.0\npaths: {/a: {get: {parameters: [1, {name: 1}], responses: {200: 1}, requestBody: 3, security: [1]}}, b: {get: {}}}",
    ] {
        let document =
            openapi::parse(text.as_bytes(), &openapi::Limits::default()).expect("a document");
        let preview = preview(&document);
        assert!(!preview.findings.is_empty() && preview.slug == "untitled");
        openapi::reference::pages(&document).for_each(drop);
    }
}
