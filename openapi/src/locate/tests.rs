use super::*;

const YAML: &str = r#"openapi: 3.1.0   # comment: with colon
info: {title: "A: b", 'x-y': [1, {z: 2}]}
tags:
- name: one
  description: |
    paths:
      /not: here
- name: two
servers:
  -   url: https://example.org
      description: "over
        paths: two"
paths:
  # /a: comment
  "/a/{b}":
    get: &shared
      summary: plain text
        - goes on
      responses:
        200:
          description: >-
            folded

            text
        'default': {description: d}
    post: *shared
  /c: {}
  ? "/long/{key}"
  : get:
      summary: x
"#;

fn yaml(pointer: &str) -> (u32, u32) {
    places(YAML, Syntax::Yaml, &[pointer])[0]
}

#[test]
fn finds_yaml_pointers() {
    assert_eq!(yaml("/info"), (2, 1));
    assert_eq!(yaml("/info/x-y/1/z"), (2, 35));
    assert_eq!(yaml("/tags/1"), (8, 1));
    assert_eq!(yaml("/tags/1/name"), (8, 3));
    assert_eq!(yaml("/servers/0/description"), (11, 7));
    assert_eq!(yaml("/paths"), (13, 1));
    assert_eq!(
        yaml("/paths/~1a~1{b}/get/responses/200/description"),
        (21, 11)
    );
    assert_eq!(
        yaml("/paths/~1a~1{b}/get/responses/default/description"),
        (25, 21)
    );
    assert_eq!(yaml("/paths/~1c"), (27, 3));
    assert_eq!(yaml("/paths/~1long~1{key}/get/summary"), (30, 7));
}

#[test]
fn a_missing_place_has_the_line_of_the_nearest_above() {
    assert_eq!(yaml("/paths/~1a~1{b}/post/responses/200"), (26, 5));
    assert_eq!(yaml("/nothing/here"), (1, 1));
}

#[test]
fn finds_json_pointers() {
    let text = "{\n  \"a\": [1, {\"b\": \"}\\\"\"}, [\n 3]],\n  \"c\\u0064\": {\"é\": 1, \"f\": 2}, \"a\": [0]\n}";
    let found = places(text, Syntax::Json, &["/a/0", "/cd/f", "/a/1/b"]);
    assert_eq!(found[1], (4, 23));
    // Written twice: the last one counts.
    assert_eq!(found[0], (4, 38));
}

#[test]
fn excerpts_are_numbered() {
    assert_eq!(excerpt("a\nb\nc\nd", 2, 1), [(1, "a"), (2, "b"), (3, "c")]);
}
