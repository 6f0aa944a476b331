//! The authorization endpoint (RFC 6749, section 3.1): a client sends a person here, who says yes or no.

use domain::actor::Actor;
use domain::id::{AccountId, OauthGrantId};
use domain::oauth::scopes_of;
use openapi::Limits;
use serde::Deserialize;
use serde_json::json;
use store::oauth_grants::{self, Grant};
use store::{Conn, api_versions, products, spec_revisions, subscription_lines};

use super::client::{Client, find};
use super::error::{Code, OauthError};
use super::metadata::issuer;
use super::scopes::Allowed;
use super::{code, pkce, redirect};
use crate::access::in_person;
use crate::error::{Error, Result};
use crate::platform::Platform;
use crate::work::Work;

/// How many documents are read for what scopes mean, and how large each may be.
const DOCUMENTS: usize = 10;
const DOCUMENT_BYTES: usize = 512 << 10;
/// The longest `state`, in bytes.
const STATE_MOST: usize = 2_000;

/// What a client asks for, as it was sent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Request {
    /// `code`.
    pub response_type: String,
    /// Who asks.
    pub client_id: String,
    /// Where the person is sent back to.
    pub redirect_uri: String,
    /// Scopes, with blanks between.
    pub scope: String,
    /// What the client gets back unchanged.
    pub state: String,
    /// The challenge (RFC 7636).
    pub code_challenge: String,
    /// `S256`.
    pub code_challenge_method: String,
}

/// Why a person is not asked.
#[derive(Debug, thiserror::Error)]
pub enum Rejected {
    /// Nobody knows where to send the person back to: the person is told.
    #[error("{0}")]
    Told(String),
    /// The client is told, at this address.
    #[error("the client is told")]
    SentBack(String),
    /// The platform failed.
    #[error(transparent)]
    Failed(#[from] Error),
}

/// What a person is asked.
pub struct Question {
    /// Who asks.
    pub client: Client,
    /// Who owns the application.
    pub owner: String,
    /// For what.
    pub scopes: Vec<Scope>,
    request: Request,
}

/// A scope, for a person to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// The word.
    pub name: String,
    /// What the API's document says of it; empty where it says nothing.
    pub about: String,
}

/// Reads a request. Whoever is asked must be signed in.
pub async fn read(
    platform: &Platform,
    actor: &Actor,
    request: &Request,
) -> Result<Question, Rejected> {
    in_person(actor)?;
    let mut conn = platform.db.read().await.map_err(Error::from)?;
    let found = find(&mut conn, &request.client_id, platform.now()).await?;
    let client = found.map_err(|error| Rejected::Told(error.to_string()))?;
    let known = &client.facts.redirect_uris;
    if !known.contains(&request.redirect_uri) {
        let text = "the address to return to is not one that the client has named";
        return Err(Rejected::Told(text.to_owned()));
    }
    let sent_back = |code: Code, description: &str| {
        Rejected::SentBack(refusal(platform, request, code, description))
    };
    if let Some((code, description)) = malformed(request) {
        return Err(sent_back(code, description));
    }
    let allowed = match Allowed::to(&mut conn, &client).await {
        Ok(allowed) => allowed,
        Err(OauthError::Failed(error)) => return Err(error.into()),
        Err(OauthError::Refused { code, description }) => {
            return Err(sent_back(code, &description));
        }
    };
    let scopes = match allowed.grant(Some(&request.scope)) {
        Ok(scopes) => scopes,
        Err(OauthError::Failed(error)) => return Err(error.into()),
        Err(OauthError::Refused { code, description }) => {
            return Err(sent_back(code, &description));
        }
    };
    let explained = explained(&mut conn, &client).await?;
    let scopes = scopes.into_iter().map(|name| {
        let about = explained.iter().find(|(known, _)| *known == name);
        Scope {
            about: about.map(|(_, about)| about.clone()).unwrap_or_default(),
            name,
        }
    });
    let workspace = client.credential.workspace_id;
    let owner = store::accounts::find(&mut conn, workspace, client.application.owner_id).await;
    Ok(Question {
        owner: owner
            .map_err(Error::from)?
            .map(|owner| owner.name)
            .unwrap_or_default(),
        scopes: scopes.collect(),
        request: request.clone(),
        client,
    })
}

/// What is wrong with a request of a client that is known.
fn malformed(request: &Request) -> Option<(Code, &'static str)> {
    if request.response_type != "code" {
        let description = "`response_type` must be `code`";
        return Some((Code::UnsupportedResponseType, description));
    }
    let wrong = if request.code_challenge_method != "S256" {
        "`code_challenge_method` must be `S256`"
    } else if !pkce::is_challenge(&request.code_challenge) {
        "`code_challenge` must be a SHA-256 in base64url"
    } else if request.state.len() > STATE_MOST {
        "`state` is longer than 2000 bytes"
    } else {
        return None;
    };
    Some((Code::InvalidRequest, wrong))
}

impl Question {
    /// Where the person goes back to.
    pub fn redirect_uri(&self) -> &str {
        &self.request.redirect_uri
    }

    /// The address that tells the client that the person said no.
    pub fn refused(&self, platform: &Platform) -> String {
        let description = "the person said no";
        refusal(platform, &self.request, Code::AccessDenied, description)
    }

    /// The person says yes: the address that brings the client its code.
    pub async fn allow(&self, platform: &Platform, actor: &Actor) -> Result<String> {
        let account = in_person(actor)?;
        let scopes: Vec<&str> = self
            .scopes
            .iter()
            .map(|scope| scope.name.as_str())
            .collect();
        let scopes = scopes.join(" ");
        let mut work = platform.begin(actor).await?;
        let grant = self.note(platform, &mut work, account, &scopes).await?;
        let (redirect_uri, challenge) = (self.redirect_uri(), &self.request.code_challenge);
        let code = code::make(platform, &mut work, grant, redirect_uri, &scopes, challenge).await?;
        work.commit().await?;
        let parameters = [("code", code.reveal())];
        Ok(answer(platform, &self.request, &parameters))
    }

    /// Writes down what is allowed, beside what was allowed before.
    async fn note(
        &self,
        platform: &Platform,
        work: &mut Work,
        account: AccountId,
        scopes: &str,
    ) -> Result<OauthGrantId> {
        let (workspace, at) = (work.workspace(), work.at());
        let credential = &self.client.credential;
        let before = oauth_grants::in_force(work.conn(), workspace, account, credential.id).await?;
        let id = match &before {
            Some(grant) => {
                let both = format!("{} {scopes}", grant.scopes);
                let all = scopes_of(&both).map_or_else(|| scopes.to_owned(), |all| all.join(" "));
                oauth_grants::widen(work.conn(), workspace, grant.id, &all, at).await?;
                grant.id
            }
            None => {
                let grant = Grant {
                    id: platform.new_id(),
                    workspace_id: workspace,
                    account_id: account,
                    credential_id: credential.id,
                    scopes: scopes.to_owned(),
                    created_at: at,
                    updated_at: at,
                    withdrawn_at: None,
                };
                oauth_grants::insert(work.conn(), &grant).await?;
                grant.id
            }
        };
        let after = json!({
            "client_id": self.client.facts.client_id, "scopes": scopes, "redirect_uri": self.redirect_uri(),
        });
        work.audit(
            "oauth_grant.allowed",
            "oauth_grant",
            id,
            &credential.label,
            before.map(|grant| json!({ "scopes": grant.scopes })),
            Some(after),
        );
        Ok(id)
    }
}

fn refusal(platform: &Platform, request: &Request, code: Code, description: &str) -> String {
    let parameters = [("error", code.as_str()), ("error_description", description)];
    answer(platform, request, &parameters)
}

/// The address that the person goes back to, with the client's state and who answers (RFC 9207).
fn answer(platform: &Platform, request: &Request, parameters: &[(&str, &str)]) -> String {
    let issuer = issuer(&platform.settings);
    let mut all = parameters.to_vec();
    if !request.state.is_empty() {
        all.push(("state", &request.state));
    }
    all.push(("iss", &issuer));
    redirect::with(&request.redirect_uri, &all)
}

/// What the documents of the APIs that the application is subscribed to say of their scopes.
async fn explained(conn: &mut Conn, client: &Client) -> Result<Vec<(String, String)>> {
    let workspace = client.credential.workspace_id;
    let lines = subscription_lines::of_application(conn, workspace, client.application.id).await?;
    let mut sources = Vec::new();
    for line in lines.iter().filter(|line| line.state.is_open()) {
        for item in products::items(conn, line.product_id).await? {
            if sources.len() == DOCUMENTS {
                break;
            }
            let version = api_versions::find(conn, workspace, item.api_version_id).await?;
            let Some(version) = version else { continue };
            let id = version.spec_revision_id;
            let document = spec_revisions::find(conn, workspace, id).await?;
            sources.extend(
                document
                    .map(|document| document.source)
                    .filter(|source| source.len() <= DOCUMENT_BYTES),
            );
        }
    }
    let read = tokio::task::spawn_blocking(move || {
        let documents = sources.iter();
        documents
            .filter_map(|source| openapi::parse(source, &Limits::default()).ok())
            .flat_map(|document| openapi::explained_scopes(&document))
            .collect()
    });
    Ok(read
        .await
        .unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic())))
}
