//! What holds for every policy of the registry: its schema file, its page, its examples, its order.
#![expect(
    clippy::unwrap_used,
    reason = "a helper that fails fails the test that called it"
)]

mod corpus;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use gateway_policies::{reference, registry};
use serde_json::{Value, json};

fn folder(name: &str) -> PathBuf {
    // where cargo runs tests, in whichever clone; a path that was compiled in may be another clone's
    Path::new("../..").join(name)
}

/// Compares a generated folder with what the code says now.
fn check(folder: &Path, expected: &BTreeMap<String, String>) {
    let files: BTreeMap<String, String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| {
            let file = file.unwrap();
            let name = file.file_name().into_string().unwrap();
            (name, std::fs::read_to_string(file.path()).unwrap())
        })
        .collect();
    for name in files.keys().chain(expected.keys()) {
        assert!(
            files.get(name) == expected.get(name),
            "{}/{name} is out of date: run `cargo xtask policies`",
            folder.display()
        );
    }
}

#[test]
fn schema_files_are_current() {
    let kinds = registry::kinds().iter();
    let expected = kinds.map(|kind| (format!("{}.json", kind.name), registry::schema_file(kind)));
    check(&folder("openapi/policies"), &expected.collect());
}

#[test]
fn pages_of_the_reference_are_current() {
    let kinds = registry::kinds().iter();
    let pages = kinds.map(|kind| (format!("{}.md", kind.name), reference::page(kind)));
    let mut expected: BTreeMap<String, String> = pages.collect();
    expected.insert("README.md".to_owned(), reference::index());
    check(&folder("docs/policies"), &expected);
}

#[test]
fn every_page_has_an_example_that_compiles() {
    for kind in registry::kinds() {
        assert!(
            kind.readme.starts_with(&format!("# {}\n", kind.name)),
            "{}",
            kind.name
        );
        let examples: Vec<&str> = kind
            .readme
            .split("```json\n")
            .skip(1)
            .filter_map(|rest| rest.split("```").next())
            .collect();
        assert!(!examples.is_empty(), "{} has no example", kind.name);
        for example in examples {
            let config: Value = serde_json::from_str(example).unwrap();
            assert_eq!(
                registry::validate(kind.name, &config),
                Ok(()),
                "{}",
                kind.name
            );
        }
    }
}

#[test]
fn stages_follow_the_order_of_the_registry() {
    let stages: Vec<_> = registry::kinds().iter().map(|kind| kind.stage).collect();
    assert!(stages.is_sorted(), "{stages:?}");
}

#[test]
fn schemas_refuse_unknown_keys_and_explain_the_known() {
    for kind in registry::kinds() {
        let schema = (kind.schema)();
        assert_eq!(
            schema["additionalProperties"],
            Value::Bool(false),
            "{}",
            kind.name
        );
        assert_eq!(schema["title"], kind.name);
        for (key, property) in schema["properties"].as_object().unwrap() {
            assert!(
                property["description"].is_string(),
                "{}.{key} has no description",
                kind.name
            );
        }
    }
}

#[test]
fn an_unknown_kind_names_the_known_ones() {
    let errors = registry::validate("key_oath", &Value::Null).unwrap_err();
    assert_eq!(errors[0].path, "kind");
    assert!(
        errors[0].problem.ends_with("did you mean `key_auth`?"),
        "{}",
        errors[0]
    );
}

#[test]
fn a_key_that_is_not_there_is_named_with_its_place_and_the_one_that_was_meant() {
    let limits = |limit: Value| json!({ "limits": [{ "requests": 1, "window": "minute" }, limit] });
    for (kind, config, expected) in [
        (
            "rate_limit",
            limits(json!({ "request": 1, "window": "day" })),
            "limits[1].request: unknown field `request`, expected one of `requests`, `window`, `name`; did you mean `requests`?",
        ),
        (
            "rate_limit",
            limits(json!({ "requests": "1", "window": "day" })),
            "limits[1].requests: invalid type: string \"1\", expected u64",
        ),
        (
            "rate_limit",
            limits(json!({ "requests": 1, "window": "dai" })),
            "limits[1].window: unknown variant `dai`, expected one of `second`, `minute`, `hour`, `day`; did you mean `day`?",
        ),
        (
            "cache",
            json!({ "default_ttl": 1 }),
            "did you mean `default_ttl_s`?",
        ),
        (
            "composite",
            json!({ "calls": [{ "name": "a", "upstream": "b", "path": "/", "optinal": true }], "answer": { "json": {} } }),
            "calls[0].optinal: unknown field `optinal`",
        ),
    ] {
        let errors = registry::validate(kind, &config).unwrap_err();
        let said = errors[0].to_string();
        assert!(said.contains(expected), "{kind}: {said}");
    }
}

#[test]
fn every_kind_refuses_a_key_that_it_does_not_have() {
    for kind in registry::kinds() {
        let mut config = first_example(kind.readme);
        let members = config.as_object_mut().unwrap();
        members.insert("no_such_key".to_owned(), json!(1));
        let errors = registry::validate(kind.name, &config).unwrap_err();
        let said = errors[0].to_string();
        assert!(
            said.starts_with("no_such_key: unknown field"),
            "{}: {said}",
            kind.name
        );
    }
}

fn first_example(readme: &str) -> Value {
    let example = readme.split("```json\n").nth(1).unwrap();
    serde_json::from_str(example.split("```").next().unwrap()).unwrap()
}
