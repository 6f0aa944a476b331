//! Ruby with `net/http`.

use super::literals::{pretty, single};
use super::request::{Body, FILE, FieldValue, Key, Request};

pub(super) fn write(request: &Request) -> String {
    let url = match &request.key {
        Some(Key::Url { before }) => format!(
            "{} + ENV.fetch('API_KEY')",
            single(&format!("{}{before}", request.url))
        ),
        _ => single(&request.url),
    };
    let mut code = format!("require 'net/http'\n\nuri = URI({url})\n");
    let has_body = !matches!(request.body, Body::Empty);
    code.push_str(&format!(
        "request = Net::HTTPGenericRequest.new({}, {has_body}, {}, uri)\n",
        single(&request.method),
        request.method != "HEAD"
    ));
    if let Some(Key::Header { name, before }) = &request.key {
        let value = match before.as_str() {
            "" => "ENV.fetch('API_KEY')".to_owned(),
            before => format!("{} + ENV.fetch('API_KEY')", single(before)),
        };
        code.push_str(&format!("request[{}] = {value}\n", single(name)));
    }
    let kind = request
        .media_type()
        .map(|kind| ("Content-Type".to_owned(), kind.to_owned()));
    for (name, value) in request.headers.iter().chain(&kind) {
        code.push_str(&format!("request[{}] = {}\n", single(name), single(value)));
    }
    match &request.body {
        Body::Empty => {}
        Body::Json(_, value) => code.push_str(&format!(
            "request.body = <<~'JSON'\n{}\nJSON\n",
            pretty(value)
        )),
        Body::Form(fields) => code.push_str(&format!(
            "request.body = {}\n",
            single(&Request::encoded(fields))
        )),
        Body::Text(_, text) => code.push_str(&format!("request.body = {}\n", single(text))),
        Body::File(_) => code.push_str(&format!("request.body = File.binread({})\n", single(FILE))),
        Body::Multipart(fields) => {
            let fields: Vec<String> = fields
                .iter()
                .map(|field| {
                    let value = match &field.value {
                        FieldValue::Text(text) => single(text),
                        FieldValue::File(file) => format!("File.open({})", single(file)),
                    };
                    format!("  [{}, {value}],\n", single(&field.name))
                })
                .collect();
            code.push_str(&format!(
                "request.set_form([\n{}], 'multipart/form-data')\n",
                fields.concat()
            ));
        }
    }
    code + "response = Net::HTTP.start(uri.host, uri.port, use_ssl: uri.scheme == 'https') { |http| http.request(request) }\n\
            puts response.code, response.body"
}
