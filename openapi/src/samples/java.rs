//! Java with `java.net.http` (Java 16 and later).

use super::literals::{indented, java, pretty};
use super::request::{Body, FILE, Field, FieldValue, Key, Request};

const BOUNDARY: &str = "----sample-boundary";

pub(super) fn write(request: &Request) -> String {
    let mut code = String::from(
        "import java.net.URI;\nimport java.net.http.*;\nimport java.net.http.HttpRequest.BodyPublishers;\nimport java.nio.file.Path;\n\n",
    );
    let url = match &request.key {
        Some(Key::Url { before }) => {
            format!(
                "{} + System.getenv(\"API_KEY\")",
                java(&format!("{}{before}", request.url))
            )
        }
        _ => java(&request.url),
    };
    code.push_str(&format!(
        "var request = HttpRequest.newBuilder(URI.create({url}))\n"
    ));
    if let Some(Key::Header { name, before }) = &request.key {
        let value = match before.as_str() {
            "" => "System.getenv(\"API_KEY\")".to_owned(),
            before => format!("{} + System.getenv(\"API_KEY\")", java(before)),
        };
        code.push_str(&format!("    .header({}, {value})\n", java(name)));
    }
    let multipart = format!("multipart/form-data; boundary={BOUNDARY}");
    let kind = match &request.body {
        Body::Multipart(_) => Some(multipart.as_str()),
        _ => request.media_type(),
    };
    let kind = kind.map(|kind| ("Content-Type".to_owned(), kind.to_owned()));
    for (name, value) in request.headers.iter().chain(&kind) {
        code.push_str(&format!("    .header({}, {})\n", java(name), java(value)));
    }
    code.push_str(&format!(
        "    .method({}, {})\n    .build();\n",
        java(&request.method),
        body(&request.body)
    ));
    code + "var response = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());\n\
            System.out.println(response.statusCode() + \" \" + response.body());"
}

fn body(body: &Body) -> String {
    match body {
        Body::Empty => "BodyPublishers.noBody()".to_owned(),
        Body::Json(_, value) => format!("BodyPublishers.ofString({})", block(&pretty(value))),
        Body::Form(fields) => format!(
            "BodyPublishers.ofString({})",
            java(&Request::encoded(fields))
        ),
        Body::Text(_, text) => format!("BodyPublishers.ofString({})", java(text)),
        Body::File(_) => format!("BodyPublishers.ofFile(Path.of({}))", java(FILE)),
        Body::Multipart(fields) => {
            let mut parts: Vec<String> = fields.iter().flat_map(part).collect();
            parts.push(format!(
                "        BodyPublishers.ofString({})",
                java(&format!("--{BOUNDARY}--\r\n"))
            ));
            format!("BodyPublishers.concat(\n{})", parts.join(",\n"))
        }
    }
}

fn part(field: &Field) -> Vec<String> {
    let name = field.name.replace(['"', '\r', '\n'], "_");
    let head = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"");
    let text = |text: &str| format!("        BodyPublishers.ofString({})", java(text));
    match &field.value {
        FieldValue::Text(value) => vec![text(&format!("{head}\r\n\r\n{value}\r\n"))],
        FieldValue::File(file) => vec![
            text(&format!("{head}; filename=\"{file}\"\r\n\r\n")),
            format!("        BodyPublishers.ofFile(Path.of({}))", java(file)),
            text("\r\n"),
        ],
    }
}

/// A text block. JSON has no control characters of its own, and its lines do not end in white space.
fn block(json: &str) -> String {
    let text = json.replace('\\', "\\\\").replace("\"\"\"", "\\\"\"\"");
    format!("\"\"\"\n        {}\"\"\"", indented(&text, "        "))
}
