//! What a client says of itself: in `Authorization: Basic`, or among the parameters (RFC 6749, section 2.3.1).

use axum::http::{HeaderMap, header};
use data_encoding::BASE64;
use operations::oauth::client::Presented;
use operations::oauth::{Code, OauthError};
use operations::secrets::Secret;
use percent_encoding::percent_decode_str;

use crate::form::Parameters;

/// What a client says of itself. Both ways at once are refused.
pub(crate) fn of(headers: &HeaderMap, parameters: &Parameters) -> Result<Presented, OauthError> {
    let by_form = parameters.get("client_id");
    let secret_by_form = parameters.get("client_secret");
    let Some(authorization) = headers.get(header::AUTHORIZATION) else {
        let client_id = by_form.ok_or_else(|| {
            OauthError::refused(Code::InvalidClient, "the request names no client")
        })?;
        return Ok(Presented {
            client_id: client_id.to_owned(),
            secret: secret_by_form.map(Secret::new),
        });
    };
    let basic = authorization.to_str().ok().and_then(read_basic);
    let Some((client_id, secret)) = basic else {
        let description = "the Authorization header is not Basic with an id and a secret";
        return Err(OauthError::refused(Code::InvalidClient, description));
    };
    if secret_by_form.is_some() {
        let description = "the client sent its secret twice: in the header and as a parameter";
        return Err(OauthError::refused(Code::InvalidRequest, description));
    }
    if by_form.is_some_and(|id| id != client_id) {
        let description = "`client_id` is another one than that of the header";
        return Err(OauthError::refused(Code::InvalidRequest, description));
    }
    Ok(Presented {
        client_id,
        secret: Some(Secret::new(secret)),
    })
}

/// Id and secret, each encoded like a form's value.
fn read_basic(text: &str) -> Option<(String, String)> {
    let (scheme, rest) = text.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let plain = BASE64.decode(rest.trim().as_bytes()).ok()?;
    let plain = String::from_utf8(plain).ok()?;
    let (id, secret) = plain.split_once(':')?;
    let decode = |text: &str| {
        let spaced = text.replace('+', " ");
        let decoded = percent_decode_str(&spaced).decode_utf8().ok()?;
        Some(decoded.into_owned())
    };
    Some((decode(id)?, decode(secret)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn basic_is_decoded_like_a_form() {
        let header = |text: &str| format!("Basic {}", BASE64.encode(text.as_bytes()));
        let read = |text: &str| read_basic(&header(text));
        let pair = |id: &str, secret: &str| Some((id.to_owned(), secret.to_owned()));
        assert_eq!(read("a:b"), pair("a", "b"));
        assert_eq!(read("a%3Ab:c%2Bd+e"), pair("a:b", "c+d e"));
        assert_eq!(read("a"), None);
        assert_eq!(read_basic("Bearer YTpi"), None);
    }
}
