//! What a client library needs to know to begin (RFC 8414).

use gateway_policies::jose::dpop;
use serde_json::{Value, json};

use super::keys;
use crate::error::Result;
use crate::platform::Platform;
use crate::settings::Settings;

/// Where tokens are given, below the issuer.
pub(super) const TOKEN_PATH: &str = "/oauth/token";

/// Who issues tokens: the portal's public address. People sign in and consent there, so everything else is there, too.
pub fn issuer(settings: &Settings) -> String {
    settings
        .portal_url
        .as_str()
        .trim_end_matches('/')
        .to_owned()
}

/// The discovery document.
pub async fn metadata(platform: &Platform) -> Result<Value> {
    let signed_with = keys::algorithms(platform).await?;
    let issuer = issuer(&platform.settings);
    let at = |path: &str| format!("{issuer}{path}");
    let with_secret = ["client_secret_basic", "client_secret_post"];
    let all = ["client_secret_basic", "client_secret_post", "none"];
    Ok(json!({
        "issuer": issuer,
        "authorization_endpoint": at("/oauth/authorize"),
        "token_endpoint": at(TOKEN_PATH),
        "revocation_endpoint": at("/oauth/revoke"),
        "introspection_endpoint": at("/oauth/introspect"),
        "jwks_uri": at("/oauth/jwks.json"),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "client_credentials", "refresh_token"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": all,
        "revocation_endpoint_auth_methods_supported": all,
        "introspection_endpoint_auth_methods_supported": with_secret,
        "authorization_response_iss_parameter_supported": true,
        "access_token_signing_alg_values_supported": signed_with,
        "dpop_signing_alg_values_supported": dpop::algorithm_names(),
        "ui_locales_supported": ["en"],
    }))
}
