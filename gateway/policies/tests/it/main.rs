//! What holds for every policy of the registry: its schema file, its page, its examples, its order.

use std::path::PathBuf;

use gateway_policies::registry;
use serde_json::Value;

fn schema_folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../openapi/policies")
}

#[test]
fn schema_files_are_current() {
    for kind in registry::kinds() {
        let path = schema_folder().join(format!("{}.json", kind.name));
        let file = std::fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(
            file,
            registry::schema_file(kind),
            "{} is out of date: run `cargo run -p gateway-policies --example write_schemas`",
            path.display()
        );
    }
    let files = std::fs::read_dir(schema_folder()).unwrap().flatten();
    let json = files.filter(|f| f.path().extension().is_some_and(|e| e == "json"));
    assert_eq!(
        json.count(),
        registry::kinds().len(),
        "a schema file without a policy"
    );
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
    assert!(errors[0].problem.contains("key_auth"), "{}", errors[0]);
}
