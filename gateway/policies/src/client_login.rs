//! How the gateway logs in at other services: HTTP Basic as OAuth asks for it.

use data_encoding::BASE64;
use http::HeaderValue;
use zeroize::Zeroizing;

/// `Authorization` of an OAuth client (RFC 6749, section 2.3.1): both parts form-encoded first.
pub(crate) fn basic_header(client_id: &str, secret: &str) -> HeaderValue {
    let encode =
        |text: &str| -> String { url::form_urlencoded::byte_serialize(text.as_bytes()).collect() };
    plain_basic_header(&encode(client_id), &encode(secret))
}

/// `Authorization` of RFC 7617, as it is.
pub(crate) fn plain_basic_header(name: &str, password: &str) -> HeaderValue {
    let pair = Zeroizing::new(format!("{name}:{password}"));
    let text = format!("Basic {}", BASE64.encode(pair.as_bytes()));
    let mut value = HeaderValue::try_from(text).expect("base64 is header text");
    value.set_sensitive(true);
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_passwords_are_encoded_as_the_rfcs_say() {
        // the example of RFC 7617, section 2
        let value = plain_basic_header("Aladdin", "open sesame");
        assert_eq!(
            value.to_str().unwrap(),
            "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="
        );
        let value = basic_header("a:b", "c d");
        let decoded = BASE64.decode(&value.as_bytes()[6..]).unwrap();
        assert_eq!(decoded, b"a%3Ab:c+d");
    }
}
