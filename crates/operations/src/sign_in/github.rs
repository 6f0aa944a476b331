//! GitHub: OAuth 2 (RFC 6749) with PKCE, then its user API, since it has no id tokens.

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION};
use http::{HeaderMap, HeaderValue, Method};
use oauth2::basic::BasicClient;
use oauth2::{
    AuthType, AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointNotSet,
    EndpointSet, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope, TokenResponse as _,
    TokenUrl,
};
use outbound::Limits;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use url::Url;

use crate::Platform;
use crate::secrets::Secret;
use crate::settings::Provider;
use crate::sign_in::oidc::Http;
use crate::sign_in::providers::{Pending, Person, ProviderError};

type Client = BasicClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointSet>;

/// Where GitHub is, and where it sends the browser back to.
#[derive(Clone, Copy)]
pub(super) struct Urls<'a> {
    pub(super) site: &'a Url,
    pub(super) api: &'a Url,
    pub(super) callback: &'a str,
}

#[derive(Deserialize)]
struct User {
    /// Never changes, unlike the login.
    id: u64,
    login: String,
    name: Option<String>,
}

#[derive(Deserialize)]
struct Address {
    email: String,
    primary: bool,
    verified: bool,
}

/// Where to send the browser.
pub(super) fn authorize(
    provider: &Provider,
    site: &Url,
    callback: &str,
    state: &Secret,
    pending: &Pending,
) -> Result<Url, ProviderError> {
    let verifier = PkceCodeVerifier::new(pending.verifier.clone());
    let state = state.reveal().to_owned();
    let (url, _) = client(provider, site, callback)?
        .authorize_url(move || CsrfToken::new(state))
        .add_scope(Scope::new("read:user".to_owned()))
        .add_scope(Scope::new("user:email".to_owned()))
        .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier))
        .url();
    Ok(url)
}

/// Who GitHub says that the code belongs to.
pub(super) async fn person(
    platform: &Platform,
    provider: &Provider,
    urls: Urls<'_>,
    code: String,
    pending: Pending,
) -> Result<Person, ProviderError> {
    let http = Http(platform.outbound.clone());
    let answer = client(provider, urls.site, urls.callback)?
        .exchange_code(AuthorizationCode::new(code))
        .set_pkce_verifier(PkceCodeVerifier::new(pending.verifier))
        .request_async(&http)
        .await
        .map_err(|e| ProviderError::Exchange(e.into()))?;
    let token = answer.access_token().secret();
    let user: User = ask(platform, urls.api, "/user", token).await?;
    let addresses: Vec<Address> = ask(platform, urls.api, "/user/emails", token).await?;
    let email = addresses
        .into_iter()
        .find(|address| address.primary && address.verified)
        .map(|address| address.email);
    Ok(Person {
        issuer: urls.site.as_str().trim_end_matches('/').to_owned(),
        subject: user.id.to_string(),
        email,
        name: user.name.or(Some(user.login)),
    })
}

fn client(provider: &Provider, site: &Url, callback: &str) -> Result<Client, ProviderError> {
    let site = site.as_str().trim_end_matches('/');
    let trouble = |error: oauth2::url::ParseError| ProviderError::Discovery(error.into());
    let authorize = AuthUrl::new(format!("{site}/login/oauth/authorize")).map_err(trouble)?;
    let token = TokenUrl::new(format!("{site}/login/oauth/access_token")).map_err(trouble)?;
    let callback = RedirectUrl::new(callback.to_owned()).map_err(trouble)?;
    Ok(BasicClient::new(ClientId::new(provider.client_id.clone()))
        .set_client_secret(ClientSecret::new(
            provider.client_secret.reveal().to_owned(),
        ))
        .set_auth_type(AuthType::RequestBody)
        .set_auth_uri(authorize)
        .set_token_uri(token)
        .set_redirect_uri(callback))
}

async fn ask<T: DeserializeOwned>(
    platform: &Platform,
    api: &Url,
    path: &str,
    token: &str,
) -> Result<T, ProviderError> {
    let text = format!("{}{path}", api.as_str().trim_end_matches('/'));
    let url = Url::parse(&text).map_err(|e| ProviderError::Person(e.into()))?;
    let mut bearer = HeaderValue::try_from(format!("Bearer {token}"))
        .map_err(|e| ProviderError::Person(e.into()))?;
    bearer.set_sensitive(true);
    let headers = HeaderMap::from_iter([
        (AUTHORIZATION, bearer),
        (
            ACCEPT,
            HeaderValue::from_static("application/vnd.github+json"),
        ),
    ]);
    let fetched = platform
        .outbound
        .send(Method::GET, &url, headers, Bytes::new(), Limits::default())
        .await
        .map_err(|e| ProviderError::Person(e.into()))?;
    if !fetched.status.is_success() {
        let text = format!("{path} was answered with {}", fetched.status);
        return Err(ProviderError::Person(text.into()));
    }
    serde_json::from_slice(&fetched.body).map_err(|e| ProviderError::Person(e.into()))
}
