//! The signatures of a request (RFC 9421, section 4), and the base that each was made over.

use std::collections::HashSet;

use http::HeaderName;
use sfv::{BareItem, Dictionary, InnerList, ListEntry, Parser, SerializeValue as _};

use super::component;
use crate::request::Request;

const SIGNATURE: HeaderName = HeaderName::from_static("signature");
const SIGNATURE_INPUT: HeaderName = HeaderName::from_static("signature-input");

/// Signatures of one request that are looked at.
const MOST_SIGNATURES: usize = 4;
/// Components that one signature may cover.
const MOST_COMPONENTS: usize = 64;

/// One signature with what it says of itself.
#[derive(Debug)]
pub struct Signature {
    input: InnerList,
    /// The signature.
    pub(super) bytes: Vec<u8>,
    /// Whose secret made it.
    pub(super) key_id: String,
    pub(super) created: Option<i64>,
    pub(super) expires: Option<i64>,
    pub(super) algorithm: Option<String>,
    pub(super) nonce: Option<String>,
    pub(super) tag: Option<String>,
}

/// All signatures with a key id; an empty list when the request has none.
pub fn of(request: &Request<'_>) -> Result<Vec<Signature>, String> {
    let has = |name| request.header(name).is_some();
    match (has(&SIGNATURE), has(&SIGNATURE_INPUT)) {
        (false, false) => return Ok(Vec::new()),
        (true, true) => {}
        _ => return Err("of Signature and Signature-Input the request has only one".to_owned()),
    }
    let inputs = dictionary(request, &SIGNATURE_INPUT)?;
    let signatures = dictionary(request, &SIGNATURE)?;
    if inputs.len() > MOST_SIGNATURES {
        return Err(format!(
            "the request has more than {MOST_SIGNATURES} signatures"
        ));
    }
    let mut found = Vec::new();
    for (label, input) in inputs {
        let ListEntry::InnerList(input) = input else {
            return Err(format!(
                "`{label}` of Signature-Input is not a list of components"
            ));
        };
        let bytes = match signatures.get(&label) {
            Some(ListEntry::Item(item)) => item.bare_item.as_byte_seq().cloned(),
            _ => None,
        };
        let bytes = bytes.ok_or_else(|| format!("Signature has no bytes for `{label}`"))?;
        found.extend(read(input, bytes, &label)?);
    }
    Ok(found)
}

fn dictionary(request: &Request<'_>, name: &HeaderName) -> Result<Dictionary, String> {
    let mut lines = Vec::new();
    for line in request.headers().get_all(name) {
        lines.push(line.as_bytes());
    }
    Parser::parse_dictionary(&lines.join(&b", "[..]))
        .map_err(|_| format!("{name} is not a dictionary of structured fields"))
}

/// `None` for a signature that names no key.
fn read(input: InnerList, bytes: Vec<u8>, label: &str) -> Result<Option<Signature>, String> {
    let text = |name: &str| match input.params.get(name) {
        None => Ok(None),
        Some(BareItem::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(format!("`{name}` of `{label}` is not a text")),
    };
    let time = |name: &str| match input.params.get(name) {
        None => Ok(None),
        Some(BareItem::Integer(seconds)) => Ok(Some(*seconds)),
        Some(_) => Err(format!(
            "`{name}` of `{label}` is not a whole number of seconds"
        )),
    };
    let Some(key_id) = text("keyid")? else {
        return Ok(None);
    };
    Ok(Some(Signature {
        key_id,
        created: time("created")?,
        expires: time("expires")?,
        algorithm: text("alg")?,
        nonce: text("nonce")?,
        tag: text("tag")?,
        input,
        bytes,
    }))
}

impl Signature {
    /// What was signed (section 2.5).
    pub fn base(&self, request: &Request<'_>) -> Result<String, String> {
        if self.input.items.len() > MOST_COMPONENTS {
            return Err(format!(
                "the signature covers more than {MOST_COMPONENTS} components"
            ));
        }
        let mut seen = HashSet::new();
        let mut base = String::with_capacity(256);
        for item in &self.input.items {
            let line = component::line(request, item)?;
            let identifier = line
                .split_once(": ")
                .map_or(line.as_str(), |(identifier, _)| identifier);
            if !seen.insert(identifier.to_owned()) {
                return Err(format!("the signature covers {identifier} twice"));
            }
            base.push_str(&line);
            base.push('\n');
        }
        let parameters = vec![ListEntry::InnerList(self.input.clone())]
            .serialize_value()
            .map_err(|_| "the signature's parameters cannot be written down")?;
        base.push_str("\"@signature-params\": ");
        base.push_str(&parameters);
        Ok(base)
    }

    /// Whether a component is covered as a whole, itself or by a larger one.
    pub(super) fn covers(&self, wanted: &str) -> bool {
        let larger: &[&str] = match wanted {
            "@path" | "@query" => &["@target-uri", "@request-target"],
            "@authority" | "@scheme" => &["@target-uri"],
            "@request-target" => &["@target-uri"],
            _ => &[],
        };
        self.input.items.iter().any(|item| {
            let name = item.bare_item.as_str().unwrap_or_default();
            item.params.is_empty() && (name == wanted || larger.contains(&name))
        })
    }
}
