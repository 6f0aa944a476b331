//! Rust with `reqwest`.

use super::literals::{longest_run, pretty, rust};
use super::request::{Body, FILE, FieldValue, Key, Request};

pub(super) fn write(request: &Request) -> String {
    let mut main = String::new();
    if request.key.is_some() {
        main.push_str("    let key = std::env::var(\"API_KEY\")?;\n");
    }
    if let Body::Multipart(fields) = &request.body {
        main.push_str("    let form = reqwest::multipart::Form::new()");
        for field in fields {
            let name = rust(&field.name);
            main.push_str(&match &field.value {
                FieldValue::Text(text) => format!("\n        .text({name}, {})", rust(text)),
                FieldValue::File(file) => format!("\n        .file({name}, {}).await?", rust(file)),
            });
        }
        main.push_str(";\n");
    }
    let url = match &request.key {
        Some(Key::Url { before }) => format!(
            "{}.to_owned() + &key",
            rust(&format!("{}{before}", request.url))
        ),
        _ => rust(&request.url),
    };
    let method = match request.method.as_str() {
        "GET" | "POST" | "PUT" | "PATCH" | "DELETE" | "HEAD" | "OPTIONS" | "TRACE" => {
            format!("reqwest::Method::{}", request.method)
        }
        other => format!("reqwest::Method::from_bytes({}.as_bytes())?", rust(other)),
    };
    main.push_str(&format!(
        "    let response = reqwest::Client::new()\n        .request({method}, {url})\n"
    ));
    if let Some(Key::Header { name, before }) = &request.key {
        let value = match before.as_str() {
            "" => "key".to_owned(),
            before => format!("{}.to_owned() + &key", rust(before)),
        };
        main.push_str(&format!("        .header({}, {value})\n", rust(name)));
    }
    let kind = request
        .media_type()
        .map(|kind| ("Content-Type".to_owned(), kind.to_owned()));
    for (name, value) in request.headers.iter().chain(&kind) {
        main.push_str(&format!(
            "        .header({}, {})\n",
            rust(name),
            rust(value)
        ));
    }
    match &request.body {
        Body::Empty => {}
        Body::Json(_, value) => main.push_str(&format!("        .body({})\n", raw(&pretty(value)))),
        Body::Form(fields) => main.push_str(&format!(
            "        .body({})\n",
            rust(&Request::encoded(fields))
        )),
        Body::Text(_, text) => main.push_str(&format!("        .body({})\n", rust(text))),
        Body::File(_) => main.push_str(&format!("        .body(std::fs::read({})?)\n", rust(FILE))),
        Body::Multipart(_) => main.push_str("        .multipart(form)\n"),
    }
    main.push_str("        .send()\n        .await?;\n    println!(\"{} {}\", response.status(), response.text().await?);\n    Ok(())\n");
    format!(
        "#[tokio::main]\nasync fn main() -> Result<(), Box<dyn std::error::Error>> {{\n{main}}}"
    )
}

/// A raw string with enough signs around it.
fn raw(text: &str) -> String {
    if text.contains('\r') {
        return rust(text);
    }
    let signs = "#".repeat(longest_run(text, '#') + 1);
    format!("r{signs}\"{text}\"{signs}")
}
