//! JavaScript with `fetch`, as Node runs it.

use super::literals::{javascript, javascript_value};
use super::request::{Body, FILE, FieldValue, Key, Request};

pub(super) fn write(request: &Request) -> String {
    let mut code = String::new();
    let has_file = match &request.body {
        Body::File(_) => true,
        Body::Multipart(fields) => fields
            .iter()
            .any(|field| matches!(field.value, FieldValue::File(_))),
        _ => false,
    };
    if has_file {
        code.push_str("import { readFile } from 'node:fs/promises';\n\n");
    }
    if let Body::Multipart(fields) = &request.body {
        code.push_str("const form = new FormData();\n");
        for field in fields {
            let name = javascript(&field.name);
            match &field.value {
                FieldValue::Text(text) => {
                    code.push_str(&format!("form.append({name}, {});\n", javascript(text)))
                }
                FieldValue::File(file) => {
                    let file = javascript(file);
                    code.push_str(&format!(
                        "form.append({name}, new Blob([await readFile({file})]), {file});\n"
                    ));
                }
            }
        }
        code.push('\n');
    }
    let url = match &request.key {
        Some(Key::Url { before }) => {
            format!(
                "{} + process.env.API_KEY",
                javascript(&format!("{}{before}", request.url))
            )
        }
        _ => javascript(&request.url),
    };
    let options = options(request);
    if options.is_empty() {
        code.push_str(&format!("const response = await fetch({url});\n"));
    } else {
        code.push_str(&format!(
            "const response = await fetch({url}, {{\n{options}}});\n"
        ));
    }
    code + "console.log(response.status, await response.text());"
}

fn options(request: &Request) -> String {
    let mut options = String::new();
    if request.method != "GET" {
        options.push_str(&format!("  method: {},\n", javascript(&request.method)));
    }
    let headers = headers(request);
    if !headers.is_empty() {
        options.push_str(&format!("  headers: {{\n{headers}  }},\n"));
    }
    let body = match &request.body {
        Body::Empty => return options,
        Body::Json(_, value) => format!("JSON.stringify({})", javascript_value(value, 2)),
        Body::Form(fields) => {
            let pairs: Vec<String> = fields
                .iter()
                .map(|(name, value)| {
                    format!("    [{}, {}],\n", javascript(name), javascript(value))
                })
                .collect();
            format!("new URLSearchParams([\n{}  ])", pairs.concat())
        }
        Body::Multipart(_) => "form".to_owned(),
        Body::Text(_, text) => javascript(text),
        Body::File(_) => format!("await readFile({})", javascript(FILE)),
    };
    if matches!(request.method.as_str(), "GET" | "HEAD") {
        options.push_str("  // fetch sends no body with this method\n");
    } else {
        options.push_str(&format!("  body: {body},\n"));
    }
    options
}

fn headers(request: &Request) -> String {
    let mut headers = String::new();
    if let Some(Key::Header { name, before }) = &request.key {
        let value = match before.as_str() {
            "" => "process.env.API_KEY".to_owned(),
            before => format!("{} + process.env.API_KEY", javascript(before)),
        };
        headers.push_str(&format!("    {}: {value},\n", javascript(name)));
    }
    let kind = request
        .media_type()
        .filter(|_| !matches!(request.body, Body::Form(_)));
    let kind = kind.map(|kind| ("Content-Type".to_owned(), kind.to_owned()));
    for (name, value) in request.headers.iter().chain(&kind) {
        headers.push_str(&format!(
            "    {}: {},\n",
            javascript(name),
            javascript(value)
        ));
    }
    headers
}
