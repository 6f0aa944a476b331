//! Calling the gateway: the head of its answer, then the body piece by piece.

use leptos::wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AbortSignal, Headers, ReadableStreamDefaultReader, RequestCredentials, RequestInit,
    RequestMode, RequestRedirect, Response, ResponseType,
};

use super::failure::Failure;
use super::portal::{Prepared, member, window};
use super::state::Head;

/// The pieces of a body.
pub(super) struct Pieces(Option<ReadableStreamDefaultReader>);

/// Sends the call. Cookies never go along.
pub(super) async fn send(
    prepared: &Prepared,
    signal: &AbortSignal,
    gateway: &str,
) -> Result<(Head, Pieces), Failure> {
    let request = request(prepared, signal).map_err(|_| Failure::NotSendable)?;
    let window = window().map_err(|_| Failure::NotSendable)?;
    let sent = window.fetch_with_str_and_init(&prepared.url, &request);
    let response = match JsFuture::from(sent).await {
        Ok(response) => response.unchecked_into::<Response>(),
        Err(_) if signal.aborted() => return Err(Failure::Cancelled),
        Err(_) => return Err(why(gateway).await),
    };
    if response.type_() == ResponseType::Opaqueredirect {
        return Err(Failure::Redirected);
    }
    let head = Head {
        status: response.status(),
        reason: reason(&response),
        headers: headers(&response.headers()),
    };
    let reader = response
        .body()
        .map(|stream| stream.get_reader().unchecked_into());
    Ok((head, Pieces(reader)))
}

fn request(prepared: &Prepared, signal: &AbortSignal) -> Result<RequestInit, JsValue> {
    let headers = Headers::new()?;
    for (name, value) in &prepared.headers {
        headers.append(name, value)?;
    }
    let request = RequestInit::new();
    request.set_method(&prepared.method);
    request.set_headers(&headers);
    request.set_mode(RequestMode::Cors);
    request.set_credentials(RequestCredentials::Omit);
    request.set_cache(web_sys::RequestCache::NoStore);
    request.set_redirect(RequestRedirect::Manual);
    request.set_signal(Some(signal));
    let takes_body = !matches!(prepared.method.as_str(), "GET" | "HEAD");
    if let Some(body) = prepared.body.as_deref().filter(|_| takes_body) {
        request.set_body(&JsValue::from_str(body));
    }
    Ok(request)
}

/// A browser does not tell a page why a call failed; whether anything is at that address it does tell.
async fn why(gateway: &str) -> Failure {
    let request = RequestInit::new();
    request.set_method("HEAD");
    request.set_mode(RequestMode::NoCors);
    request.set_credentials(RequestCredentials::Omit);
    let Ok(window) = window() else {
        return Failure::GatewayAway(gateway.to_owned());
    };
    let address = format!("{gateway}/");
    let asked = window.fetch_with_str_and_init(&address, &request);
    match JsFuture::from(asked).await {
        Ok(_) => Failure::NotReadable(gateway.to_owned()),
        Err(_) => Failure::GatewayAway(gateway.to_owned()),
    }
}

/// HTTP/2 has no words for a status, so the usual ones stand in.
fn reason(response: &Response) -> String {
    let given = response.status_text();
    if !given.is_empty() {
        return given;
    }
    match response.status() {
        200 => "OK",
        201 => "Created",
        202 => "Accepted",
        204 => "No Content",
        304 => "Not Modified",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        409 => "Conflict",
        410 => "Gone",
        413 => "Content Too Large",
        415 => "Unsupported Media Type",
        422 => "Unprocessable Content",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "",
    }
    .to_owned()
}

fn headers(headers: &Headers) -> Vec<(String, String)> {
    let Ok(Some(entries)) = js_sys::try_iter(headers) else {
        return Vec::new();
    };
    entries
        .flatten()
        .map(|pair| {
            let pair = js_sys::Array::from(&pair);
            let part = |index| pair.get(index).as_string().unwrap_or_default();
            (part(0), part(1))
        })
        .collect()
}

impl Pieces {
    /// Reads no further; the browser ends the transfer.
    pub(super) fn stop(&self) {
        if let Some(reader) = &self.0 {
            // It settles by itself, and nobody waits for it.
            drop(reader.cancel());
        }
    }

    /// The next piece; nothing at the end.
    pub(super) async fn next(&self) -> Result<Option<Vec<u8>>, ()> {
        let Some(reader) = &self.0 else {
            return Ok(None);
        };
        let read = JsFuture::from(reader.read()).await.map_err(|_| ())?;
        if member(&read, "done").is_truthy() {
            return Ok(None);
        }
        let piece = js_sys::Uint8Array::from(member(&read, "value"));
        Ok(Some(piece.to_vec()))
    }
}
