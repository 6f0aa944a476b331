//! What is given to upload or change a certificate, checked.

use domain::certificate::{CertificateUse, ClientAuth};
use domain::id::CaId;
use domain::text::Name;

use super::paper::{self, Pair};
use crate::error::Result;
use crate::fields::Fields;
use crate::platform::Platform;

/// What a certificate is to be.
#[derive(Clone, Default)]
pub struct Input {
    /// Its name for people.
    pub name: String,
    /// The chain, PEM, the certificate itself first. Left out of a change, the one that is there stays.
    pub chain: Option<String>,
    /// The private key, PEM, not encrypted. Given together with the chain.
    pub key: Option<String>,
    /// Whether callers of its hosts show a certificate of their own; not asked when left out.
    pub client_auth: Option<ClientAuth>,
    /// Who signs those.
    pub client_ca: Option<CaId>,
}

/// What passed.
pub(super) struct Checked {
    pub(super) name: Name,
    pub(super) pair: Option<Pair>,
    pub(super) client_auth: ClientAuth,
    pub(super) client_ca: Option<CaId>,
}

/// Checks all of it, naming each flaw.
pub(super) fn check(
    platform: &Platform,
    used_for: CertificateUse,
    input: Input,
) -> Result<Checked> {
    let mut fields = Fields::new();
    let name = fields.parse::<Name>("name", &input.name);
    let given = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
    let pair = match (given(input.chain), given(input.key)) {
        (None, None) => None,
        (None, Some(_)) => {
            fields.refuse("chain", "is needed with a key");
            None
        }
        (Some(_), None) => {
            fields.refuse("key", "is needed with a chain");
            None
        }
        (Some(chain), Some(key)) => match paper::pair(&chain, &key, used_for, platform.now()) {
            Ok(pair) => Some(pair),
            Err(error) => {
                fields.refuse(error.field(), &error);
                None
            }
        },
    };
    let client_auth = input.client_auth.unwrap_or(ClientAuth::None);
    if used_for == CertificateUse::Client && client_auth != ClientAuth::None {
        fields.refuse(
            "client_auth",
            "is for certificates that are shown to callers",
        );
    }
    if client_auth != ClientAuth::None && input.client_ca.is_none() {
        fields.refuse("client_ca", "is needed where callers show a certificate");
    }
    let Some(name) = name else {
        return Err(fields.into_error());
    };
    fields.finish()?;
    Ok(Checked {
        name,
        pair,
        client_auth,
        client_ca: input.client_ca.filter(|_| client_auth != ClientAuth::None),
    })
}
