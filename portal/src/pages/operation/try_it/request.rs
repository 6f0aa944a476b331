//! The request that the form's fields make, with a playground token in it.

use std::str::FromStr as _;

use axum::body::Bytes;
use domain::id::SubscriptionId;
use http::header::{CONTENT_TYPE, COOKIE};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use openapi::reference::{OperationPage, Parameter, Place};
use openapi::samples::{self, Body, FieldValue, Key, Request, Typed};
use operations::catalog::OperationView;
use operations::playground;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

use crate::failure::PageError;
use crate::page::Page;

/// The fields of the form, as they came.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(transparent)]
pub(crate) struct Fields(Vec<(String, String)>);

impl Fields {
    /// What was typed into a field; nothing where it is empty.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.raw(name).filter(|value| !value.is_empty())
    }

    /// The same, empty or not.
    pub(super) fn raw(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(field, _)| field == name)
            .map(|(_, value)| value.as_str())
    }

    /// The request of an operation with what was typed, as samples write it: without a key.
    pub(crate) fn request(&self, found: &OperationView) -> Request {
        let parameters: Vec<_> = found
            .page
            .parameters
            .iter()
            .filter_map(|parameter| {
                let text = self.raw(&input_name(parameter))?;
                Some((parameter.place, parameter.name.as_str(), text))
            })
            .collect();
        let typed = Typed {
            parameters: &parameters,
            body: self.raw("body").unwrap_or_default(),
        };
        let credential = Some(&found.api.credential);
        samples::filled(&found.page, &found.api.base_url, credential, typed)
    }
}

/// A field that cannot be sent as it is: its name (empty for the whole form) and what is wrong with it.
#[derive(Debug, Clone, serde::Serialize)]
pub(super) struct Wrong {
    pub(super) field: String,
    pub(super) message: String,
}

impl Wrong {
    fn form(message: impl Into<String>) -> Self {
        Self {
            field: String::new(),
            message: message.into(),
        }
    }
}

/// A call that is ready to be sent.
pub(super) struct Prepared {
    pub(super) method: Method,
    pub(super) url: url::Url,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

/// Form fields of parameters have a prefix of their own, so that none is taken for the form's.
pub(super) fn input_name(parameter: &Parameter) -> String {
    let place = match parameter.place {
        Place::Path => "path",
        Place::Query | Place::QueryString => "query",
        Place::Header => "header",
        Place::Cookie => "cookie",
    };
    format!("{place}.{}", parameter.name)
}

/// The parameters that have a field: cookies are the browser's, and the key is the token's.
pub(super) fn shown(found: &OperationView) -> impl Iterator<Item = &Parameter> {
    let key = &found.api.credential.name;
    found.page.parameters.iter().filter(move |parameter| {
        parameter.place != Place::Cookie && !parameter.name.eq_ignore_ascii_case(key)
    })
}

/// Makes the request, or says what is missing. The token is good for the chosen subscription alone.
pub(super) async fn prepare(
    page: &Page,
    found: &OperationView,
    fields: &Fields,
) -> Result<Result<Prepared, Vec<Wrong>>, PageError> {
    let wrong = missing(found, fields);
    if !wrong.is_empty() {
        return Ok(Err(wrong));
    }
    let chosen = fields.get("subscription").unwrap_or_default();
    let Ok(subscription) = SubscriptionId::from_str(chosen) else {
        let message = "choose an application with an active subscription";
        return Ok(Err(vec![Wrong {
            field: "subscription".to_owned(),
            message: message.to_owned(),
        }]));
    };
    let platform = &page.portal.platform;
    let version = found.api.version.id;
    let issued = playground::issue_under(platform, &page.actor, subscription, version).await;
    let issued = match issued {
        Ok(issued) => issued,
        Err(operations::Error::WrongState(text)) => {
            return Ok(Err(vec![Wrong {
                field: "subscription".to_owned(),
                message: text,
            }]));
        }
        Err(error) => return Err(error.into()),
    };
    let request = fields.request(found);
    let text = fields.raw("body").unwrap_or_default();
    let base = &found.api.base_url;
    Ok(with_token(&request, base, text, issued.token.reveal()).map_err(|wrong| vec![wrong]))
}

/// What must be there and is not.
fn missing(found: &OperationView, fields: &Fields) -> Vec<Wrong> {
    let needed = |field: String, message: &str| Wrong {
        field,
        message: message.to_owned(),
    };
    let mut wrong: Vec<_> = shown(found)
        .filter(|parameter| parameter.required || parameter.place == Place::Path)
        .map(input_name)
        .filter(|name| fields.get(name).is_none())
        .map(|name| needed(name, "is needed"))
        .collect();
    let OperationPage { request_body, .. } = &found.page;
    let is_needed = request_body.as_ref().is_some_and(|body| body.required);
    if is_needed && fields.get("body").is_none_or(|text| text.trim().is_empty()) {
        wrong.push(needed("body".to_owned(), "is needed"));
    }
    wrong
}

/// The request with its key; only ever below the API's own address at the gateway.
fn with_token(request: &Request, base: &str, text: &str, token: &str) -> Result<Prepared, Wrong> {
    let mut headers = HeaderMap::new();
    let mut address = request.url.clone();
    for (name, value) in &request.headers {
        insert(&mut headers, name, value)?;
    }
    match &request.key {
        Some(Key::Header { name, before }) => {
            let value = format!("{before}{token}");
            let cookies = headers
                .get(COOKIE)
                .and_then(|cookies| cookies.to_str().ok());
            let value = match cookies.filter(|_| name.eq_ignore_ascii_case("cookie")) {
                Some(cookies) => format!("{cookies}; {value}"),
                None => value,
            };
            insert(&mut headers, name, &value)?;
        }
        Some(Key::Url { before }) => {
            address.push_str(before);
            address.extend(utf8_percent_encode(token, NON_ALPHANUMERIC));
        }
        None => {}
    }
    let (media_type, body) = content(&request.body, text);
    if let Some(media_type) = media_type {
        insert(&mut headers, CONTENT_TYPE.as_str(), &media_type)?;
    }
    let url: url::Url = address
        .parse()
        .map_err(|_| Wrong::form(format!("`{}` is not an address", request.url)))?;
    // A dot segment would leave the operation's own path.
    let path = address.split(['?', '#']).next().unwrap_or_default();
    let is_dotted = path.split('/').any(|part| part == "." || part == "..");
    let is_below = base.parse::<url::Url>().is_ok_and(|base| {
        url.origin() == base.origin() && url.path().starts_with(base.path().trim_end_matches('/'))
    });
    if is_dotted || !is_below {
        return Err(Wrong::form("the path leads away from the operation"));
    }
    let method = Method::from_str(&request.method)
        .map_err(|_| Wrong::form(format!("`{}` is no method", request.method)))?;
    Ok(Prepared {
        method,
        url,
        headers,
        body: Bytes::from(body),
    })
}

/// What is sent, with its media type. JSON and other texts go as they were typed.
fn content(body: &Body, text: &str) -> (Option<String>, String) {
    match body {
        Body::Empty => (None, String::new()),
        Body::Json(kind, _) | Body::Text(kind, _) | Body::File(kind) => {
            (Some(kind.clone()), text.to_owned())
        }
        Body::Form(fields) => (
            Some("application/x-www-form-urlencoded".to_owned()),
            Request::encoded(fields),
        ),
        Body::Multipart(fields) => in_parts(fields),
    }
}

/// A form in parts (RFC 7578), with a boundary that is in none of them.
fn in_parts(fields: &[samples::Field]) -> (Option<String>, String) {
    let texts = || {
        fields.iter().map(|field| match &field.value {
            FieldValue::Text(text) | FieldValue::File(text) => text.as_str(),
        })
    };
    let mut boundary = "gatehouse".to_owned();
    while texts().any(|text| text.contains(&boundary)) {
        boundary.push('-');
    }
    let mut body = String::new();
    for (field, text) in fields.iter().zip(texts()) {
        let name = field.name.replace('"', "%22");
        body.push_str(&format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n"
        ));
    }
    body.push_str(&format!("--{boundary}--\r\n"));
    let kind = format!("multipart/form-data; boundary={boundary}");
    (Some(kind), body)
}

fn insert(headers: &mut HeaderMap, name: &str, value: &str) -> Result<(), Wrong> {
    let refused = || {
        Wrong::form(format!(
            "the header `{name}` cannot be sent with this value"
        ))
    };
    let parsed = HeaderName::from_str(name).map_err(|_| refused())?;
    let value = HeaderValue::from_str(value).map_err(|_| refused())?;
    headers.insert(parsed, value);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(url: &str, body: Body) -> Request {
        Request {
            method: "POST".to_owned(),
            url: url.to_owned(),
            headers: Vec::new(),
            key: Some(Key::Header {
                name: "Authorization".to_owned(),
                before: "Bearer ".to_owned(),
            }),
            body,
        }
    }

    #[test]
    fn a_call_stays_below_its_api() {
        let base = "http://127.0.0.1:8000/tides/v1";
        let with = |url: &str| with_token(&request(url, Body::Empty), base, "", "ghp_x");
        let good = with("http://127.0.0.1:8000/tides/v1/ports").ok().unwrap();
        assert_eq!(good.headers["authorization"], "Bearer ghp_x");
        assert!(good.body.is_empty());
        for foreign in [
            "http://127.0.0.1:8000/tides/v1/../../other",
            "http://127.0.0.1:8000/tides/v1/ports/../x",
            "http://elsewhere.example/tides/v1/ports",
            "no address",
        ] {
            assert!(with(foreign).is_err(), "{foreign}");
        }
    }

    #[test]
    fn json_is_sent_as_typed_and_forms_as_forms() {
        let kind = "application/json".to_owned();
        let value = serde_json::json!({"a": 1});
        let typed = "{\"a\":   1}";
        let (sent, body) = content(&Body::Json(kind, value), typed);
        assert_eq!(
            (sent.as_deref(), body.as_str()),
            (Some("application/json"), typed)
        );
        let field = samples::Field {
            name: "note".to_owned(),
            value: FieldValue::Text("gatehouse".to_owned()),
        };
        let (kind, body) = content(&Body::Multipart(vec![field]), "");
        assert_eq!(
            kind.as_deref(),
            Some("multipart/form-data; boundary=gatehouse-")
        );
        assert!(body.starts_with("--gatehouse-\r\n") && body.ends_with("--gatehouse---\r\n"));
    }
}
