//! Python with `requests`.

use super::literals::{json_like, python_value};
use super::request::{Body, FILE, FieldValue, Key, Request};

pub(super) fn write(request: &Request) -> String {
    let mut code = String::new();
    if request.key.is_some() {
        code.push_str("import os\n\n");
    }
    code.push_str("import requests\n\n");
    let url = match &request.key {
        Some(Key::Url { before }) => {
            format!(
                "{} + os.environ[\"API_KEY\"]",
                json_like(&format!("{}{before}", request.url))
            )
        }
        _ => json_like(&request.url),
    };
    let usual = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];
    match request.method.as_str() {
        method if usual.contains(&method) => {
            code.push_str(&format!(
                "response = requests.{}(\n    {url},\n",
                method.to_ascii_lowercase()
            ));
        }
        method => code.push_str(&format!(
            "response = requests.request(\n    {},\n    {url},\n",
            json_like(method)
        )),
    }
    let headers = headers(request);
    if !headers.is_empty() {
        code.push_str(&format!("    headers={{\n{headers}    }},\n"));
    }
    code.push_str(&body(&request.body));
    code + ")\nprint(response.status_code, response.text)"
}

fn headers(request: &Request) -> String {
    let mut headers = String::new();
    if let Some(Key::Header { name, before }) = &request.key {
        let value = match before.as_str() {
            "" => "os.environ[\"API_KEY\"]".to_owned(),
            before => format!("{} + os.environ[\"API_KEY\"]", json_like(before)),
        };
        headers.push_str(&format!("        {}: {value},\n", json_like(name)));
    }
    let sets_it = match &request.body {
        Body::Json(kind, _) => kind == "application/json",
        Body::Form(_) => true,
        _ => false,
    };
    let kind = request.media_type().filter(|_| !sets_it);
    let kind = kind.map(|kind| ("Content-Type".to_owned(), kind.to_owned()));
    for (name, value) in request.headers.iter().chain(&kind) {
        headers.push_str(&format!(
            "        {}: {},\n",
            json_like(name),
            json_like(value)
        ));
    }
    headers
}

fn body(body: &Body) -> String {
    match body {
        Body::Empty => String::new(),
        Body::Json(_, value) => format!("    json={},\n", python_value(value, 4)),
        Body::Form(fields) => {
            let fields: Vec<String> = fields
                .iter()
                .map(|(name, value)| {
                    format!("        ({}, {}),\n", json_like(name), json_like(value))
                })
                .collect();
            format!("    data=[\n{}    ],\n", fields.concat())
        }
        Body::Multipart(fields) => {
            let fields: Vec<String> = fields
                .iter()
                .map(|field| {
                    let value = match &field.value {
                        FieldValue::Text(text) => format!("(None, {})", json_like(text)),
                        FieldValue::File(file) => format!("open({}, \"rb\")", json_like(file)),
                    };
                    format!("        ({}, {value}),\n", json_like(&field.name))
                })
                .collect();
            format!("    files=[\n{}    ],\n", fields.concat())
        }
        Body::Text(_, text) => format!("    data={}.encode(),\n", json_like(text)),
        Body::File(_) => format!("    data=open({}, \"rb\"),\n", json_like(FILE)),
    }
}
