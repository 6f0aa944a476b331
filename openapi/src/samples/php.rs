//! PHP with the curl extension.

use super::literals::{pretty, single};
use super::request::{Body, FILE, FieldValue, Key, Request};

pub(super) fn write(request: &Request) -> String {
    let url = match &request.key {
        Some(Key::Url { before }) => format!(
            "{} . getenv('API_KEY')",
            single(&format!("{}{before}", request.url))
        ),
        _ => single(&request.url),
    };
    let mut code = format!("<?php\n$request = curl_init({url});\ncurl_setopt_array($request, [\n");
    code.push_str(&format!(
        "    CURLOPT_CUSTOMREQUEST => {},\n",
        single(&request.method)
    ));
    if request.method == "HEAD" {
        code.push_str("    CURLOPT_NOBODY => true,\n");
    }
    code.push_str("    CURLOPT_RETURNTRANSFER => true,\n");
    let headers = headers(request);
    if !headers.is_empty() {
        code.push_str(&format!("    CURLOPT_HTTPHEADER => [\n{headers}    ],\n"));
    }
    match &request.body {
        Body::Empty => {}
        Body::Json(_, value) => code.push_str(&field(&nowdoc(&pretty(value)))),
        Body::Form(fields) => code.push_str(&field(&single(&Request::encoded(fields)))),
        Body::Text(_, text) => code.push_str(&field(&single(text))),
        Body::File(_) => code.push_str(&field(&format!("file_get_contents({})", single(FILE)))),
        Body::Multipart(fields) => {
            let fields: Vec<String> = fields
                .iter()
                .map(|field| {
                    let value = match &field.value {
                        FieldValue::Text(text) => single(text),
                        FieldValue::File(file) => format!("new CURLFile({})", single(file)),
                    };
                    format!("        {} => {value},\n", single(&field.name))
                })
                .collect();
            code.push_str(&field(&format!("[\n{}    ]", fields.concat())));
        }
    }
    code + "]);\n$text = curl_exec($request);\necho curl_getinfo($request, CURLINFO_RESPONSE_CODE), ' ', $text;"
}

fn field(value: &str) -> String {
    format!("    CURLOPT_POSTFIELDS => {value},\n")
}

/// Text without any escapes. A line of JSON never begins with the word that ends it.
fn nowdoc(json: &str) -> String {
    format!("<<<'JSON'\n{json}\nJSON")
}

fn headers(request: &Request) -> String {
    let mut headers = String::new();
    if let Some(Key::Header { name, before }) = &request.key {
        headers.push_str(&format!(
            "        {} . getenv('API_KEY'),\n",
            single(&format!("{name}: {before}"))
        ));
    }
    let kind = request
        .media_type()
        .map(|kind| ("Content-Type".to_owned(), kind.to_owned()));
    for (name, value) in request.headers.iter().chain(&kind) {
        headers.push_str(&format!(
            "        {},\n",
            single(&format!("{name}: {value}"))
        ));
    }
    headers
}
