//! The digest of a body (RFC 9530).

use http::HeaderName;
use sfv::{ListEntry, Parser};
use sha2::{Digest, Sha256, Sha512};

use crate::request::Request;

/// `Content-Digest`.
pub(super) const CONTENT_DIGEST: HeaderName = HeaderName::from_static("content-digest");

/// Whether the digests that the request names are those of its body: every one that is known must fit, and one must be known.
pub fn check(request: &Request<'_>, body: &[u8]) -> Result<(), &'static str> {
    let lines: Vec<&[u8]> = request
        .headers()
        .get_all(&CONTENT_DIGEST)
        .iter()
        .map(|line| line.as_bytes())
        .collect();
    let digests = Parser::parse_dictionary(&lines.join(&b", "[..]))
        .map_err(|_| "Content-Digest is not a dictionary of structured fields")?;
    let mut known = false;
    for (name, value) in &digests {
        let actual = match name.as_str() {
            "sha-256" => Sha256::digest(body).to_vec(),
            "sha-512" => Sha512::digest(body).to_vec(),
            _ => continue,
        };
        known = true;
        let given = match value {
            ListEntry::Item(item) => item.bare_item.as_byte_seq(),
            ListEntry::InnerList(_) => None,
        };
        let given = given.ok_or("Content-Digest holds something else than bytes between colons")?;
        // neither side is a secret: the digest stands in the request, beside its body
        if *given != actual {
            return Err("the body is not the one that Content-Digest was made of");
        }
    }
    if known {
        Ok(())
    } else {
        Err("Content-Digest names neither sha-256 nor sha-512")
    }
}
