//! The schema that editors get.

const PUBLISHED: &str = "../../openapi/declaration.schema.json";

#[test]
fn the_published_schema_is_current() {
    let made =
        serde_json::to_string_pretty(&declaration::json_schema()).expect("it is JSON") + "\n";
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(PUBLISHED, &made).expect("it can be written");
    }
    let kept = std::fs::read_to_string(PUBLISHED).expect("it is published");
    assert!(
        kept == made,
        "run `UPDATE=1 cargo test -p declaration --test it schema`"
    );
}
