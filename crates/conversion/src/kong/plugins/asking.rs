//! Plugins that find out who calls.

use serde_json::{Value, json};

use super::{Around, Made};
use crate::source::{flag, number, text, texts};

pub(super) fn key_auth(config: &Value, _: &Around) -> Result<Made, String> {
    let mut names = texts(config, "key_names");
    if names.is_empty() {
        names.push("apikey".to_owned());
    }
    let (bare, bearer): (Vec<String>, Vec<String>) = names
        .iter()
        .cloned()
        .partition(|name| !name.eq_ignore_ascii_case("authorization"));
    let in_header = flag(config, "key_in_header").unwrap_or(true);
    let in_query = flag(config, "key_in_query").unwrap_or(true);
    let made = Made::one(
        "key_auth",
        json!({
            "headers": if in_header { bare } else { Vec::new() },
            "bearer": in_header && !bearer.is_empty(),
            "query": if in_query { names } else { Vec::new() },
            "hide_credential": flag(config, "hide_credentials").unwrap_or(false),
        }),
    );
    Ok(made
        .note(
            in_header && !bearer.is_empty(),
            "`Authorization` holds the key behind the word `Bearer` here, not alone",
        )
        .note(
            flag(config, "key_in_body").unwrap_or(false),
            "keys in bodies are not looked for",
        ))
}

pub(super) fn basic_auth(config: &Value, _: &Around) -> Result<Made, String> {
    let mut made = json!({ "hide_credential": flag(config, "hide_credentials").unwrap_or(false) });
    if let Some(realm) = text(config, "realm") {
        made["realm"] = json!(realm);
    }
    Ok(Made::one("basic_auth", made))
}

pub(super) fn hmac_auth(config: &Value, _: &Around) -> Result<Made, String> {
    let skew = number(config, "clock_skew").unwrap_or(300).clamp(1, 3_600);
    let made = Made::one(
        "hmac_auth",
        json!({
            "max_age_seconds": skew,
            "require_digest": flag(config, "validate_request_body").unwrap_or(false),
            "hide_credential": flag(config, "hide_credentials").unwrap_or(false),
        }),
    );
    Ok(made.note(
        true,
        "signatures are those of RFC 9421 here, not of the older draft: callers must sign anew",
    ))
}

/// Each consumer's tokens are verified with the key of its own credential.
pub(super) fn jwt(config: &Value, _: &Around) -> Result<Made, String> {
    let verified = texts(config, "claims_to_verify");
    let mut made = json!({
        "application_keys": true,
        "application_claim": text(config, "key_claim_name").unwrap_or_else(|| "iss".to_owned()),
        "require_expiry": verified.iter().any(|claim| claim == "exp"),
        "hide_credential": false,
    });
    if let Some(header) = texts(config, "header_names")
        .into_iter()
        .find(|name| !name.eq_ignore_ascii_case("authorization"))
    {
        made["header"] = json!(header);
    }
    let query = match config.get("uri_param_names") {
        Some(_) => texts(config, "uri_param_names"),
        None => vec!["jwt".to_owned()],
    };
    made["query"] = json!(query);
    if let Some(longest) = number(config, "maximum_expiration").filter(|longest| *longest > 0) {
        made["longest_life_seconds"] = json!(longest);
    }
    Ok(Made::one("jwt", made).note(
        !texts(config, "cookie_names").is_empty(),
        "tokens in cookies are not looked for",
    ))
}

pub(super) fn openid_connect(config: &Value, _: &Around) -> Result<Made, String> {
    let issuer = text(config, "issuer").ok_or("has no `issuer`")?;
    let issuer = issuer
        .trim_end_matches("/.well-known/openid-configuration")
        .to_owned();
    let mut made = json!({
        "issuer": issuer,
        "audiences": texts(config, "audience_required"),
        "scopes": texts(config, "scopes_required"),
        "hide_credential": flag(config, "hide_credentials").unwrap_or(false),
    });
    if let Some(claim) = texts(config, "consumer_claim").into_iter().next() {
        made["application_claim"] = json!(claim);
    }
    Ok(Made::one("jwt", made).note(
        true,
        "bearer tokens of the issuer are taken; sign-in by redirect and sessions are not the gateway's here. Applications \
         need a credential of kind `jwt_issuer`",
    ))
}

pub(super) fn introspection(config: &Value, _: &Around) -> Result<Made, String> {
    let url = text(config, "introspection_url").ok_or("has no `introspection_url`")?;
    let mut made = json!({
        "url": url,
        "issuer": url,
        "client_id": "gatehouse",
        "client_secret": "${INTROSPECTION_SECRET}",
        "hide_credential": flag(config, "hide_credentials").unwrap_or(false),
    });
    if let Some(seconds) = number(config, "ttl") {
        made["cache_seconds"] = json!(seconds.clamp(0, 3_600));
    }
    Ok(Made::one("oauth2_introspection", made).note(
        true,
        "name the client in `client_id` and its secret in `INTROSPECTION_SECRET`; applications need a credential of kind \
         `jwt_issuer`",
    ))
}

pub(super) fn mtls_auth(_: &Value, _: &Around) -> Result<Made, String> {
    Ok(Made::one("mtls_auth", json!({})).note(
        true,
        "certificates are credentials of applications: upload them, and let the listener ask for one",
    ))
}
