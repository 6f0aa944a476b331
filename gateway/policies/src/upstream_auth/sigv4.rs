//! AWS Signature Version 4: the canonical request, the string to sign, the signature.

use data_encoding::HEXLOWER;
use domain::Timestamp;
use domain::refusal::Refusal;
use http::header::AUTHORIZATION;
use http::{HeaderName, HeaderValue};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use ring::hmac;
use sha2::{Digest, Sha256};

use super::config::AwsSigV4;
use crate::policy::Failure;
use crate::request::Request;
use crate::services::Services;
use crate::upstream::UpstreamRequest;

const DATE: HeaderName = HeaderName::from_static("x-amz-date");
const CONTENT: HeaderName = HeaderName::from_static("x-amz-content-sha256");
const TOKEN: HeaderName = HeaderName::from_static("x-amz-security-token");
const UNSIGNED: &str = "UNSIGNED-PAYLOAD";

/// What stays as it is in a canonical query (RFC 3986's unreserved characters).
const KEPT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// Signs requests with one key.
pub(super) struct Signer(AwsSigV4);

impl Signer {
    pub(super) const fn new(config: AwsSigV4) -> Self {
        Self(config)
    }

    pub(super) const fn body_bytes(&self) -> usize {
        self.0.body_bytes
    }

    /// Puts date, content hash and signature on a request.
    pub(super) fn sign(
        &self,
        request: &Request<'_>,
        upstream: &mut UpstreamRequest<'_>,
        now: Timestamp,
        services: &Services,
    ) -> Result<(), Failure> {
        let failed = |detail: &str| Failure::new(Refusal::PolicyFailed, detail);
        let secret = self.0.secret_access_key.open(services)?;
        let stamp = stamp(now);
        let payload = match request.body() {
            Some(body) if self.0.body_bytes > 0 => HEXLOWER.encode(&Sha256::digest(body)),
            _ if self.0.body_bytes == 0 => UNSIGNED.to_owned(),
            _ => return Err(failed("the body of the request is not there to be signed")),
        };
        let text = |text: &str| {
            HeaderValue::from_str(text).map_err(|_| failed("a value is no header text"))
        };
        upstream.remove(&AUTHORIZATION);
        upstream.set(&DATE, text(&stamp)?);
        upstream.set(&CONTENT, text(&payload)?);
        upstream.remove(&TOKEN);
        if let Some(token) = &self.0.session_token {
            let mut value = text(&token.open(services)?)?;
            value.set_sensitive(true);
            upstream.set(&TOKEN, value);
        }
        let mut headers = Vec::new();
        for name in [
            "host",
            "x-amz-content-sha256",
            "x-amz-date",
            "x-amz-security-token",
        ] {
            if let Some(value) = upstream.headers().get(name) {
                let value = value.to_str().map_err(|_| failed("a header is not text"))?;
                headers.push((name, value.trim()));
            }
        }
        let facts = Facts {
            method: upstream.method().as_str(),
            path: upstream.path(),
            query: upstream.query().unwrap_or_default(),
            headers: &headers,
            payload: &payload,
            encode_twice: self.0.service != "s3",
        };
        let value = self.authorization(&facts, &stamp, &secret);
        let mut value = text(&value)?;
        value.set_sensitive(true);
        upstream.set(&AUTHORIZATION, value);
        Ok(())
    }

    fn authorization(&self, facts: &Facts<'_>, stamp: &str, secret: &str) -> String {
        let AwsSigV4 {
            region,
            service,
            access_key_id,
            ..
        } = &self.0;
        let day = &stamp[..8];
        let scope = format!("{day}/{region}/{service}/aws4_request");
        let canonical = HEXLOWER.encode(&Sha256::digest(facts.canonical().as_bytes()));
        let to_sign = format!("AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{canonical}");
        let mac = |key: &[u8], message: &str| {
            hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), message.as_bytes())
        };
        let mut key = mac(format!("AWS4{secret}").as_bytes(), day);
        for part in [region.as_str(), service.as_str(), "aws4_request"] {
            key = mac(key.as_ref(), part);
        }
        let signature = HEXLOWER.encode(mac(key.as_ref(), &to_sign).as_ref());
        format!(
            "AWS4-HMAC-SHA256 Credential={access_key_id}/{scope}, SignedHeaders={}, Signature={signature}",
            facts.signed_headers()
        )
    }
}

/// What is signed of a request.
struct Facts<'a> {
    method: &'a str,
    path: &'a str,
    query: &'a str,
    /// Names in lower case, sorted.
    headers: &'a [(&'a str, &'a str)],
    payload: &'a str,
    /// Every service but S3 has the path encoded once more.
    encode_twice: bool,
}

impl Facts<'_> {
    fn signed_headers(&self) -> String {
        let names: Vec<&str> = self.headers.iter().map(|(name, _)| *name).collect();
        names.join(";")
    }

    fn canonical(&self) -> String {
        let path = if self.path.is_empty() { "/" } else { self.path };
        let path = if self.encode_twice {
            let segments: Vec<String> = path
                .split('/')
                .map(|segment| utf8_percent_encode(segment, KEPT).to_string())
                .collect();
            segments.join("/")
        } else {
            path.to_owned()
        };
        let headers: String = self
            .headers
            .iter()
            .map(|(name, value)| {
                let words: Vec<&str> = value.split_whitespace().collect();
                format!("{name}:{}\n", words.join(" "))
            })
            .collect();
        format!(
            "{}\n{path}\n{}\n{headers}\n{}\n{}",
            self.method,
            canonical_query(self.query),
            self.signed_headers(),
            self.payload
        )
    }
}

/// Parameters encoded anew and sorted by name, then value.
fn canonical_query(query: &str) -> String {
    let encode = |raw: &str| -> String {
        let bytes: Vec<u8> = percent_decode_str(raw).collect();
        percent_encoding::percent_encode(&bytes, KEPT).to_string()
    };
    let mut pairs: Vec<(String, String)> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (encode(name), encode(value))
        })
        .collect();
    pairs.sort();
    let pairs: Vec<String> = pairs
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    pairs.join("&")
}

/// `20150830T123600Z`
fn stamp(now: Timestamp) -> String {
    now.to_jiff().strftime("%Y%m%dT%H%M%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::SecretText;

    fn signer() -> Signer {
        Signer::new(AwsSigV4 {
            region: "us-east-1".into(),
            service: "service".into(),
            access_key_id: "AKIDEXAMPLE".into(),
            secret_access_key: SecretText::new("unused"),
            session_token: None,
            body_bytes: 0,
        })
    }

    const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
    const STAMP: &str = "20150830T123600Z";
    const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    fn signature(method: &str, query: &str) -> String {
        let headers = [("host", "example.amazonaws.com"), ("x-amz-date", STAMP)];
        let facts = Facts {
            method,
            path: "/",
            query,
            headers: &headers,
            payload: EMPTY,
            encode_twice: true,
        };
        let value = signer().authorization(&facts, STAMP, SECRET);
        assert!(value.starts_with(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature="
        ));
        value[value.len() - 64..].to_owned()
    }

    /// From Amazon's published test suite: get-vanilla, get-vanilla-query-order-key-case, post-vanilla.
    #[test]
    fn signatures_are_those_of_the_published_suite() {
        assert_eq!(
            signature("GET", ""),
            "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
        );
        assert_eq!(
            signature("GET", "Param2=value2&Param1=value1"),
            "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"
        );
        assert_eq!(
            signature("POST", ""),
            "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"
        );
    }

    #[test]
    fn queries_and_times_have_one_form() {
        assert_eq!(
            canonical_query("b=2&a=%7e&a=1&c&a=x+y"),
            "a=1&a=x%2By&a=~&b=2&c="
        );
        assert_eq!(stamp(Timestamp::from_seconds(1_440_938_160)), STAMP);
    }
}
