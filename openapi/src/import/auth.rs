//! Security schemes become credential checks, where there is one of that kind.

use serde::{Deserialize, Serialize};

use crate::document::{Document, text};
use crate::security::{self, KeyPlace, SchemeKind};

/// What becomes of one security scheme.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthPreview {
    /// Its name in the document.
    pub name: String,
    /// What it is.
    pub kind: SchemeKind,
    /// Markdown.
    pub description: Option<String>,
    /// What callers of the gateway would send instead; nothing when it is not imported.
    pub suggestion: Option<Suggestion>,
    /// What is not taken over, as a sentence.
    pub note: Option<String>,
}

/// A credential check on the gateway.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Suggestion {
    /// An API key.
    ApiKey {
        /// Where it is sent.
        place: KeyPlace,
        /// The name of the header, parameter or cookie.
        name: String,
        /// What stands before the key in a header: `Bearer`.
        prefix: Option<String>,
    },
    /// User name and password.
    Basic,
    /// An OAuth access token.
    OAuth {
        /// All scopes that the document names.
        scopes: Vec<String>,
    },
}

/// All schemes, in order.
pub(super) fn read(document: &Document) -> Vec<AuthPreview> {
    let schemes = document.components("securitySchemes").into_iter().flatten();
    schemes
        .filter_map(|(name, written)| {
            let scheme = document.resolve(written)?;
            let kind = security::kind(scheme);
            let (suggestion, note) = suggest(&kind);
            Some(AuthPreview {
                name: name.clone(),
                description: text(scheme, "description").map(str::to_owned),
                kind,
                suggestion,
                note: note.map(str::to_owned),
            })
        })
        .collect()
}

/// The check for the whole API: that of the first scheme which the document demands, else of the first one that has one.
pub(super) fn suggestion(document: &Document, schemes: &[AuthPreview]) -> Option<Suggestion> {
    let demanded = security::alternatives(document, document.root())
        .into_iter()
        .flatten();
    let by_name = |name: &str| {
        schemes
            .iter()
            .find(|scheme| scheme.name == name)?
            .suggestion
            .clone()
    };
    let mut demanded = demanded.filter_map(|used| by_name(&used.scheme));
    demanded
        .next()
        .or_else(|| schemes.iter().find_map(|scheme| scheme.suggestion.clone()))
}

fn suggest(kind: &SchemeKind) -> (Option<Suggestion>, Option<&'static str>) {
    let key = |place, name: &str, prefix: Option<&str>| {
        let (name, prefix) = (name.to_owned(), prefix.map(str::to_owned));
        Some(Suggestion::ApiKey {
            place,
            name,
            prefix,
        })
    };
    match kind {
        SchemeKind::ApiKey { place, name } => (
            key(*place, name, None),
            Some(
                "Callers send a key that the gateway issues; the upstream's own keys are not taken over.",
            ),
        ),
        SchemeKind::Bearer { .. } => (
            key(KeyPlace::Header, "Authorization", Some("Bearer")),
            Some(
                "Callers send a key that the gateway issues as a bearer token; tokens of another issuer are not checked.",
            ),
        ),
        SchemeKind::Basic => (
            Some(Suggestion::Basic),
            Some("User names and passwords of the upstream are not taken over."),
        ),
        SchemeKind::OAuth2 { flows } => {
            let mut scopes: Vec<String> = Vec::new();
            for (scope, _) in flows.iter().flat_map(|flow| &flow.scopes) {
                if !scopes.contains(scope) {
                    scopes.push(scope.clone());
                }
            }
            (
                Some(Suggestion::OAuth { scopes }),
                Some("The authorization server and its clients are not taken over."),
            )
        }
        SchemeKind::OpenIdConnect { .. } => (
            Some(Suggestion::OAuth { scopes: Vec::new() }),
            Some("The issuer is not taken over: add it as a JWT issuer."),
        ),
        SchemeKind::MutualTls => (
            None,
            Some("Client certificates are not imported: set them up at the listener."),
        ),
        SchemeKind::Http { .. } => (None, Some("This HTTP scheme is not imported.")),
        SchemeKind::Unknown { .. } => (None, Some("A scheme of an unknown type is not imported.")),
    }
}
