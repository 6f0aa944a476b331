//! Security schemes and requirements, read once for import and reference.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::document::{Document, list, text};

/// How a caller proves who it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum SchemeKind {
    /// A key in a header, query parameter or cookie.
    ApiKey {
        /// Where it is sent.
        place: KeyPlace,
        /// The name of the header, parameter or cookie.
        name: String,
    },
    /// HTTP Basic.
    Basic,
    /// A bearer token.
    Bearer {
        /// Its format, as a hint: `JWT`.
        format: Option<String>,
    },
    /// Another HTTP scheme.
    Http {
        /// Its name.
        scheme: String,
    },
    /// OAuth 2.
    OAuth2 {
        /// The flows it offers.
        flows: Vec<Flow>,
    },
    /// OpenID Connect.
    OpenIdConnect {
        /// The discovery document's address.
        url: Option<String>,
    },
    /// A client certificate.
    MutualTls,
    /// A type that is not known.
    Unknown {
        /// As written.
        written: String,
    },
}

/// Where an API key is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyPlace {
    /// A header.
    Header,
    /// A query parameter.
    Query,
    /// A cookie.
    Cookie,
}

/// One OAuth flow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flow {
    /// `authorizationCode`, `clientCredentials`, `implicit`, `password` or `deviceAuthorization`.
    pub name: String,
    /// Where the person is sent.
    pub authorization_url: Option<String>,
    /// Where tokens are taken from.
    pub token_url: Option<String>,
    /// Scopes with what they allow.
    pub scopes: Vec<(String, String)>,
}

/// One alternative of an operation's security: all of its schemes together.
pub type Alternative = Vec<SecurityUse>;

/// A scheme as one operation demands it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecurityUse {
    /// The scheme's name in the document.
    pub scheme: String,
    /// What it is; nothing when the document does not declare it.
    pub kind: Option<SchemeKind>,
    /// Scopes or roles that are needed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
}

impl SchemeKind {
    /// One phrase for people: "API key in the header `X-API-Key`".
    pub fn phrase(&self) -> String {
        match self {
            Self::ApiKey { place, name } => {
                let place = match place {
                    KeyPlace::Header => "header",
                    KeyPlace::Query => "query parameter",
                    KeyPlace::Cookie => "cookie",
                };
                format!("API key in the {place} `{name}`")
            }
            Self::Basic => "user name and password (HTTP Basic)".to_owned(),
            Self::Bearer {
                format: Some(format),
            } => format!("bearer token ({format})"),
            Self::Bearer { format: None } => "bearer token".to_owned(),
            Self::Http { scheme } => format!("HTTP authentication `{scheme}`"),
            Self::OAuth2 { .. } => "OAuth 2 access token".to_owned(),
            Self::OpenIdConnect { .. } => "OpenID Connect token".to_owned(),
            Self::MutualTls => "client certificate".to_owned(),
            Self::Unknown { written } => format!("unknown scheme `{written}`"),
        }
    }
}

/// What a scheme is.
pub(crate) fn kind(scheme: &Value) -> SchemeKind {
    let owned = |name: &str| text(scheme, name).map(str::to_owned);
    let written = text(scheme, "type").unwrap_or_default();
    match written {
        "apiKey" => {
            let place = match text(scheme, "in") {
                Some("query") => KeyPlace::Query,
                Some("cookie") => KeyPlace::Cookie,
                _ => KeyPlace::Header,
            };
            SchemeKind::ApiKey {
                place,
                name: owned("name").unwrap_or_else(|| "X-API-Key".to_owned()),
            }
        }
        "http" => match text(scheme, "scheme")
            .map(str::to_ascii_lowercase)
            .as_deref()
        {
            Some("basic") => SchemeKind::Basic,
            Some("bearer") => SchemeKind::Bearer {
                format: owned("bearerFormat"),
            },
            other => SchemeKind::Http {
                scheme: other.unwrap_or_default().to_owned(),
            },
        },
        "oauth2" => SchemeKind::OAuth2 {
            flows: flows(scheme),
        },
        "openIdConnect" => SchemeKind::OpenIdConnect {
            url: owned("openIdConnectUrl"),
        },
        "mutualTLS" => SchemeKind::MutualTls,
        other => SchemeKind::Unknown {
            written: other.to_owned(),
        },
    }
}

fn flows(scheme: &Value) -> Vec<Flow> {
    let flows = scheme
        .get("flows")
        .and_then(Value::as_object)
        .into_iter()
        .flatten();
    flows
        .filter(|(name, _)| !name.starts_with("x-"))
        .map(|(name, flow)| {
            let scopes = flow
                .get("scopes")
                .and_then(Value::as_object)
                .into_iter()
                .flatten();
            Flow {
                name: name.clone(),
                authorization_url: text(flow, "authorizationUrl").map(str::to_owned),
                token_url: text(flow, "tokenUrl").map(str::to_owned),
                scopes: scopes
                    .map(|(scope, about)| {
                        (scope.clone(), about.as_str().unwrap_or_default().to_owned())
                    })
                    .collect(),
            }
        })
        .collect()
}

/// The scheme of that name.
pub(crate) fn find(document: &Document, name: &str) -> Option<SchemeKind> {
    let scheme = document.components("securitySchemes")?.get(name)?;
    Some(kind(document.resolve(scheme)?))
}

/// The requirements that hold for an operation: its own, else the document's.
pub(crate) fn requirements<'d>(document: &'d Document, operation: &'d Value) -> &'d [Value] {
    if operation.get("security").is_some_and(Value::is_array) {
        list(operation, "security")
    } else {
        list(document.root(), "security")
    }
}

/// Alternatives that are shown.
const ALTERNATIVES: usize = 20;

/// The alternatives of an operation. None at all means that it is open to everybody.
pub(crate) fn alternatives(document: &Document, operation: &Value) -> Vec<Alternative> {
    let requirements = requirements(document, operation);
    let known = requirements
        .iter()
        .filter_map(Value::as_object)
        .take(ALTERNATIVES);
    known
        .map(|schemes| {
            schemes
                .iter()
                .map(|(name, scopes)| SecurityUse {
                    scheme: name.clone(),
                    kind: find(document, name),
                    scopes: strings(scopes),
                })
                .collect()
        })
        .collect()
}

/// The scopes of each alternative that asks for an access token.
pub(crate) fn token_scopes(document: &Document, operation: &Value) -> Vec<Vec<String>> {
    let of_tokens = |one: &&SecurityUse| {
        matches!(
            one.kind,
            Some(SchemeKind::OAuth2 { .. } | SchemeKind::OpenIdConnect { .. })
        )
    };
    let alternatives = alternatives(document, operation).into_iter();
    alternatives
        .filter(|schemes| schemes.iter().any(|one| of_tokens(&one)))
        .map(|schemes| {
            let tokens = schemes.iter().filter(of_tokens);
            tokens.flat_map(|one| one.scopes.iter().cloned()).collect()
        })
        .collect()
}

/// Every scope that the document's OAuth schemes explain, with what it allows, each once.
pub fn explained_scopes(document: &Document) -> Vec<(String, String)> {
    let mut explained: Vec<(String, String)> = Vec::new();
    for scheme in document
        .components("securitySchemes")
        .into_iter()
        .flatten()
        .filter_map(|(_, scheme)| document.resolve(scheme))
    {
        if let SchemeKind::OAuth2 { flows } = kind(scheme) {
            for (scope, about) in flows.into_iter().flat_map(|flow| flow.scopes) {
                if !explained.iter().any(|(known, _)| *known == scope) {
                    explained.push((scope, about));
                }
            }
        }
    }
    explained
}

fn strings(value: &Value) -> Vec<String> {
    value
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}
