//! Go with `net/http`.

use super::literals::{json_like, pretty};
use super::request::{Body, FILE, Field, FieldValue, Key, Request};

const CHECK: &str = "\tif err != nil {\n\t\tpanic(err)\n\t}\n";

pub(super) fn write(request: &Request) -> String {
    let mut main = String::new();
    let mut imports = vec!["fmt", "io", "net/http"];
    if request.key.is_some() {
        imports.push("os");
    }
    let body = match &request.body {
        Body::Empty => "nil".to_owned(),
        Body::Json(_, value) => reader(&raw(&pretty(value)), &mut imports),
        Body::Form(fields) => reader(&json_like(&Request::encoded(fields)), &mut imports),
        Body::Text(_, text) => reader(&json_like(text), &mut imports),
        Body::File(_) => {
            imports.push("os");
            main.push_str(&format!(
                "\tbody, err := os.Open({})\n{CHECK}",
                json_like(FILE)
            ));
            "body".to_owned()
        }
        Body::Multipart(fields) => {
            imports.extend(["bytes", "mime/multipart"]);
            main.push_str(&multipart(fields, &mut imports));
            "&body".to_owned()
        }
    };
    let url = match &request.key {
        Some(Key::Url { before }) => {
            format!(
                "{}+os.Getenv(\"API_KEY\")",
                json_like(&format!("{}{before}", request.url))
            )
        }
        _ => json_like(&request.url),
    };
    main.push_str(&format!(
        "\trequest, err := http.NewRequest({}, {url}, {body})\n{CHECK}",
        json_like(&request.method)
    ));
    main.push_str(&headers(request));
    main.push_str("\tresponse, err := http.DefaultClient.Do(request)\n");
    main.push_str(CHECK);
    main.push_str("\tdefer response.Body.Close()\n\ttext, err := io.ReadAll(response.Body)\n");
    main.push_str(CHECK);
    main.push_str("\tfmt.Println(response.Status, string(text))\n");
    imports.sort_unstable();
    imports.dedup();
    let imports: Vec<String> = imports
        .iter()
        .map(|name| format!("\t\"{name}\"\n"))
        .collect();
    format!(
        "package main\n\nimport (\n{})\n\nfunc main() {{\n{main}}}",
        imports.concat()
    )
}

fn reader(literal: &str, imports: &mut Vec<&str>) -> String {
    imports.push("strings");
    format!("strings.NewReader({literal})")
}

/// A raw string where that is possible.
fn raw(text: &str) -> String {
    if text.contains(['`', '\r', '\u{feff}']) {
        json_like(text)
    } else {
        format!("`{text}`")
    }
}

fn headers(request: &Request) -> String {
    let mut headers = String::new();
    if let Some(Key::Header { name, before }) = &request.key {
        let value = match before.as_str() {
            "" => "os.Getenv(\"API_KEY\")".to_owned(),
            before => format!("{}+os.Getenv(\"API_KEY\")", json_like(before)),
        };
        headers.push_str(&format!(
            "\trequest.Header.Set({}, {value})\n",
            json_like(name)
        ));
    }
    let kind = request
        .media_type()
        .map(|kind| ("Content-Type".to_owned(), kind.to_owned()));
    for (name, value) in request.headers.iter().chain(&kind) {
        headers.push_str(&format!(
            "\trequest.Header.Set({}, {})\n",
            json_like(name),
            json_like(value)
        ));
    }
    if matches!(request.body, Body::Multipart(_)) {
        headers.push_str("\trequest.Header.Set(\"Content-Type\", form.FormDataContentType())\n");
    }
    headers
}

fn multipart(fields: &[Field], imports: &mut Vec<&str>) -> String {
    let mut code = String::from("\tvar body bytes.Buffer\n\tform := multipart.NewWriter(&body)\n");
    for field in fields {
        let name = json_like(&field.name);
        match &field.value {
            FieldValue::Text(text) => {
                code.push_str(&format!("\tform.WriteField({name}, {})\n", json_like(text)))
            }
            FieldValue::File(file) => {
                imports.push("os");
                let file = json_like(file);
                code.push_str(&format!(
                    "\t{{\n\t\tfile, err := os.Open({file})\n\t\tif err != nil {{\n\t\t\tpanic(err)\n\t\t}}\n\
                     \t\tpart, err := form.CreateFormFile({name}, {file})\n\t\tif err != nil {{\n\t\t\tpanic(err)\n\t\t}}\n\
                     \t\tio.Copy(part, file)\n\t}}\n"
                ));
            }
        }
    }
    code + "\tform.Close()\n"
}
