//! C# with `System.Net.Http` (C# 11 and later).

use super::literals::{csharp, indented, longest_run, pretty};
use super::request::{Body, FILE, FieldValue, Key, Request};

pub(super) fn write(request: &Request) -> String {
    let url = match &request.key {
        Some(Key::Url { before }) => format!(
            "{} + Environment.GetEnvironmentVariable(\"API_KEY\")",
            csharp(&format!("{}{before}", request.url))
        ),
        _ => csharp(&request.url),
    };
    let mut code =
        String::from("using System.Net.Http.Headers;\n\nusing var client = new HttpClient();\n");
    code.push_str(&format!(
        "var request = new HttpRequestMessage(new HttpMethod({}), {url});\n",
        csharp(&request.method)
    ));
    if let Some(Key::Header { name, before }) = &request.key {
        let value = match before.as_str() {
            "" => "Environment.GetEnvironmentVariable(\"API_KEY\")".to_owned(),
            before => format!(
                "{} + Environment.GetEnvironmentVariable(\"API_KEY\")",
                csharp(before)
            ),
        };
        code.push_str(&format!(
            "request.Headers.TryAddWithoutValidation({}, {value});\n",
            csharp(name)
        ));
    }
    for (name, value) in &request.headers {
        code.push_str(&format!(
            "request.Headers.TryAddWithoutValidation({}, {});\n",
            csharp(name),
            csharp(value)
        ));
    }
    code.push_str(&body(&request.body));
    code + "var response = await client.SendAsync(request);\n\
            Console.WriteLine($\"{(int)response.StatusCode} {await response.Content.ReadAsStringAsync()}\");"
}

fn body(body: &Body) -> String {
    let typed = |content: String, kind: &str| {
        format!(
            "request.Content = {content};\nrequest.Content.Headers.ContentType = MediaTypeHeaderValue.Parse({});\n",
            csharp(kind)
        )
    };
    match body {
        Body::Empty => String::new(),
        Body::Json(kind, value) => {
            typed(format!("new StringContent({})", raw(&pretty(value))), kind)
        }
        Body::Text(kind, text) => typed(format!("new StringContent({})", csharp(text)), kind),
        Body::File(kind) => typed(
            format!("new StreamContent(File.OpenRead({}))", csharp(FILE)),
            kind,
        ),
        Body::Form(fields) => typed(
            format!("new StringContent({})", csharp(&Request::encoded(fields))),
            "application/x-www-form-urlencoded",
        ),
        Body::Multipart(fields) => {
            let mut code = String::from("var form = new MultipartFormDataContent();\n");
            for field in fields {
                let name = csharp(&field.name);
                code.push_str(&match &field.value {
                    FieldValue::Text(text) => {
                        format!("form.Add(new StringContent({}), {name});\n", csharp(text))
                    }
                    FieldValue::File(file) => {
                        let file = csharp(file);
                        format!(
                            "form.Add(new StreamContent(File.OpenRead({file})), {name}, {file});\n"
                        )
                    }
                });
            }
            code + "request.Content = form;\n"
        }
    }
}

/// A raw string with more quotes around it than there are inside.
fn raw(text: &str) -> String {
    let quotes = "\"".repeat(3.max(longest_run(text, '"') + 1));
    format!("{quotes}\n    {}\n    {quotes}", indented(text, "    "))
}
