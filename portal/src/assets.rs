//! Styles, scripts and pictures, under names that carry a hash of their content.

use axum::body::Bytes;
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::client;

/// A name never gets other content, so nobody needs to ask twice.
const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// `GET /assets/{name}`
pub(crate) async fn serve(Path(name): Path<String>, request: HeaderMap) -> Response {
    if let Some(asset) = design::asset(&name) {
        let body = match &asset.bytes {
            std::borrow::Cow::Borrowed(bytes) => Bytes::from_static(bytes),
            std::borrow::Cow::Owned(bytes) => Bytes::from_static(bytes),
        };
        return answer(HeaderValue::from_static(asset.mime), body);
    }
    let Some(file) = client::file(&name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let mime = HeaderValue::from_static(if file.name.ends_with(".wasm") {
        "application/wasm"
    } else {
        "text/javascript; charset=utf-8"
    });
    if !accepts_brotli(&request) {
        return answer(mime, Bytes::from_static(file.bytes));
    }
    let mut response = answer(mime, Bytes::from_static(file.brotli));
    let brotli = HeaderValue::from_static("br");
    response
        .headers_mut()
        .insert(header::CONTENT_ENCODING, brotli);
    response
}

fn answer(mime: HeaderValue, body: Bytes) -> Response {
    let headers = [
        (header::CONTENT_TYPE, mime),
        (header::CACHE_CONTROL, FOR_EVER),
        (header::VARY, HeaderValue::from_static("accept-encoding")),
    ];
    (headers, body).into_response()
}

fn accepts_brotli(request: &HeaderMap) -> bool {
    request
        .get_all(header::ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|coding| {
            let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
            name.trim().eq_ignore_ascii_case("br") && !is_zero(weight)
        })
}

/// Whether a weight such as `q=0.0` refuses the coding (RFC 9110, section 12.4.2).
fn is_zero(weight: &str) -> bool {
    let number = weight.trim().strip_prefix("q=").map(str::parse::<f32>);
    matches!(number, Some(Ok(number)) if number <= 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(accepted: &'static str, expected: bool) {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(accepted));
        assert_eq!(accepts_brotli(&headers), expected, "{accepted}");
    }

    #[test]
    fn brotli_is_sent_only_to_who_takes_it() {
        check("gzip, deflate, br, zstd", true);
        check("gzip, BR;q=0.5", true);
        check("br;q=0", false);
        check("gzip", false);
        check("", false);
    }
}
