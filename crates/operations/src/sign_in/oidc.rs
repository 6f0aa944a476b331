//! OpenID Connect with any issuer that has a discovery document (OpenID Connect Core 1.0, Discovery 1.0).

use std::error::Error as StdError;
use std::pin::Pin;

use bytes::Bytes;
use chrono::DateTime;
use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreJwsSigningAlgorithm, CoreProviderMetadata,
    CoreUserInfoClaims,
};
use openidconnect::{
    AccessToken, AsyncHttpClient, AuthorizationCode, ClientId, ClientSecret, CsrfToken,
    DiscoveryError, EndpointMaybeSet, EndpointNotSet, EndpointSet, HttpRequest, HttpResponse,
    IssuerUrl, Nonce, OAuth2TokenResponse as _, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl,
    Scope, SubjectIdentifier, TokenResponse as _,
};
use outbound::Limits;
use url::Url;

use crate::Platform;
use crate::secrets::Secret;
use crate::settings::Provider;
use crate::sign_in::providers::{Pending, Person, ProviderError};

type Client = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// Signatures that are taken: those with which only the issuer can sign.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// Where to send the browser.
pub(super) async fn authorize(
    platform: &Platform,
    provider: &Provider,
    issuer: &Url,
    callback: &str,
    state: &Secret,
    pending: &Pending,
) -> Result<Url, ProviderError> {
    let client = discover(platform, provider, issuer, callback).await?;
    let verifier = PkceCodeVerifier::new(pending.verifier.clone());
    let (state, nonce) = (state.reveal().to_owned(), pending.nonce.clone());
    let (url, _, _) = client
        .authorize_url(
            CoreAuthenticationFlow::AuthorizationCode,
            move || CsrfToken::new(state),
            move || Nonce::new(nonce),
        )
        .add_scope(Scope::new("email".to_owned()))
        .add_scope(Scope::new("profile".to_owned()))
        .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier))
        .url();
    Ok(url)
}

/// Who the issuer says that the code belongs to.
pub(super) async fn person(
    platform: &Platform,
    provider: &Provider,
    issuer: &Url,
    callback: &str,
    code: String,
    pending: Pending,
) -> Result<Person, ProviderError> {
    let client = discover(platform, provider, issuer, callback).await?;
    let exchange = |error: Box<dyn StdError + Send + Sync>| ProviderError::Exchange(error);
    let http = Http(platform.outbound.clone());
    let answer = client
        .exchange_code(AuthorizationCode::new(code))
        .map_err(|e| exchange(e.into()))?
        .set_pkce_verifier(PkceCodeVerifier::new(pending.verifier))
        .request_async(&http)
        .await
        .map_err(|e| exchange(e.into()))?;
    let token = answer
        .id_token()
        .ok_or_else(|| ProviderError::Token("there is none in the answer".into()))?;
    let clock = platform.clock.clone();
    let verifier = client
        .id_token_verifier()
        .set_allowed_algs(ALGORITHMS)
        .set_time_fn(move || {
            DateTime::from_timestamp_micros(clock.now().micros()).unwrap_or_default()
        });
    let claims = token
        .claims(&verifier, &Nonce::new(pending.nonce))
        .map_err(|e| ProviderError::Token(e.into()))?;
    let verified = claims.email_verified() == Some(true);
    let mut person = Person {
        issuer: claims.issuer().to_string(),
        subject: claims.subject().to_string(),
        email: claims
            .email()
            .filter(|_| verified)
            .map(|email| email.to_string()),
        name: claims
            .name()
            .and_then(|names| names.get(None))
            .map(|name| name.to_string()),
    };
    if person.email.is_none() {
        let token = answer.access_token().clone();
        ask_more(platform, &client, token, claims.subject(), &mut person).await?;
    }
    Ok(person)
}

/// Some issuers keep the address out of the id token and tell it only when asked.
async fn ask_more(
    platform: &Platform,
    client: &Client,
    token: AccessToken,
    subject: &SubjectIdentifier,
    person: &mut Person,
) -> Result<(), ProviderError> {
    let Ok(request) = client.user_info(token, Some(subject.clone())) else {
        return Ok(());
    };
    let http = Http(platform.outbound.clone());
    let claims: CoreUserInfoClaims = request
        .request_async(&http)
        .await
        .map_err(|e| ProviderError::Person(e.into()))?;
    if claims.email_verified() == Some(true) {
        person.email = claims.email().map(|email| email.to_string());
    }
    if person.name.is_none() {
        let name = claims.name().and_then(|names| names.get(None));
        person.name = name.map(|name| name.to_string());
    }
    Ok(())
}

async fn discover(
    platform: &Platform,
    provider: &Provider,
    issuer: &Url,
    callback: &str,
) -> Result<Client, ProviderError> {
    let trouble = |error: Box<dyn StdError + Send + Sync>| ProviderError::Discovery(error);
    let bare = issuer.as_str().trim_end_matches('/').to_owned();
    let http = Http(platform.outbound.clone());
    // An issuer is compared character by character, and a URL does not tell whether a final slash was written.
    let metadata = match read(&http, bare.clone()).await {
        Err(DiscoveryError::Validation(_)) => read(&http, bare + "/").await,
        other => other,
    }
    .map_err(|e| trouble(e.into()))?;
    let callback = RedirectUrl::new(callback.to_owned()).map_err(|e| trouble(e.into()))?;
    let secret = provider.client_secret.reveal().to_owned();
    let secret = (!secret.is_empty()).then(|| ClientSecret::new(secret));
    let client_id = ClientId::new(provider.client_id.clone());
    Ok(CoreClient::from_provider_metadata(metadata, client_id, secret).set_redirect_uri(callback))
}

async fn read(
    http: &Http,
    issuer: String,
) -> Result<CoreProviderMetadata, DiscoveryError<outbound::Error>> {
    let issuer = IssuerUrl::new(issuer).map_err(DiscoveryError::UrlParse)?;
    CoreProviderMetadata::discover_async(issuer, http).await
}

/// The guarded client as the protocol calls it. A type with a named future, since the future of a closure over a reference
/// could not be sent between threads.
pub(super) struct Http(pub(super) outbound::Client);

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = outbound::Error;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, outbound::Error>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(fetch(&self.0, request))
    }
}

/// Sends a request of the protocol through the guarded client.
async fn fetch(
    client: &outbound::Client,
    request: HttpRequest,
) -> Result<HttpResponse, outbound::Error> {
    let (parts, body) = request.into_parts();
    let text = parts.uri.to_string();
    let url = Url::parse(&text).map_err(|_| outbound::Error::NotAWebAddress(text))?;
    let body = Bytes::from(body);
    let fetched = client
        .send(parts.method, &url, parts.headers, body, Limits::default())
        .await?;
    let mut response = HttpResponse::new(fetched.body.to_vec());
    *response.status_mut() = fetched.status;
    *response.headers_mut() = fetched.headers;
    Ok(response)
}
