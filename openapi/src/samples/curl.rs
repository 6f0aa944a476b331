//! curl on a POSIX shell.

use super::literals::{pretty, shell};
use super::request::{Body, FILE, FieldValue, Key, Request};

pub(super) fn write(request: &Request) -> String {
    let mut parts = vec![match &request.key {
        Some(Key::Url { before }) => format!(
            "curl {}\"$API_KEY\"",
            shell(&format!("{}{before}", request.url))
        ),
        _ => format!("curl {}", shell(&request.url)),
    }];
    let by_default = if matches!(request.body, Body::Empty) {
        "GET"
    } else {
        "POST"
    };
    match request.method.as_str() {
        "HEAD" => parts.push("--head".to_owned()),
        method if method != by_default => parts.push(format!("-X {}", shell_word(method))),
        _ => {}
    }
    if let Some(Key::Header { name, before }) = &request.key {
        let text = format!("{name}: {before}");
        let is_plain = !text.contains(['"', '\\', '$', '`', '!']);
        parts.push(match is_plain {
            true => format!("-H \"{text}$API_KEY\""),
            false => format!("-H {}\"$API_KEY\"", shell(&text)),
        });
    }
    for (name, value) in &request.headers {
        parts.push(format!("-H {}", shell(&format!("{name}: {value}"))));
    }
    if let Some(kind) = request
        .media_type()
        .filter(|_| !matches!(request.body, Body::Form(_)))
    {
        parts.push(format!("-H {}", shell(&format!("Content-Type: {kind}"))));
    }
    match &request.body {
        Body::Empty => {}
        Body::Json(_, value) => parts.push(format!("-d {}", shell(&pretty(value)))),
        Body::Form(fields) => parts.push(format!("-d {}", shell(&Request::encoded(fields)))),
        Body::Text(_, text) => parts.push(format!("--data-raw {}", shell(text))),
        Body::File(_) => parts.push(format!("--data-binary @{FILE}")),
        Body::Multipart(fields) => parts.extend(fields.iter().map(|field| match &field.value {
            FieldValue::Text(text) => {
                format!("--form-string {}", shell(&format!("{}={text}", field.name)))
            }
            FieldValue::File(file) => format!("-F {}", shell(&format!("{}=@{file}", field.name))),
        })),
    }
    parts.join(" \\\n  ")
}

fn shell_word(word: &str) -> String {
    if word.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        word.to_owned()
    } else {
        shell(word)
    }
}
