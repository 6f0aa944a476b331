//! Configuration of `upstream_auth`.

use http::{HeaderName, HeaderValue};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::address;
use crate::config_error::ConfigError;
use crate::kind;
use crate::secret::SecretText;
use crate::upstream::is_framing;

/// Shows the upstream who the gateway is. Exactly one way is given. Secrets are kept sealed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(title = "upstream_auth")]
pub struct Config {
    /// A header with a fixed value.
    pub header: Option<Header>,
    /// A user name and a password (RFC 7617).
    pub basic: Option<Basic>,
    /// A token that the gateway fetches for itself (RFC 6749, section 4.4) and uses until shortly before its end.
    pub client_credentials: Option<ClientCredentials>,
    /// A signature as Amazon's services ask for it (Signature Version 4).
    pub aws_sigv4: Option<AwsSigV4>,
}

/// A header with a fixed value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: SecretText,
}

/// A user name and a password.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Basic {
    /// The name.
    pub username: String,
    /// The password.
    pub password: SecretText,
}

/// Where a token comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClientCredentials {
    /// The issuer's token endpoint.
    pub token_url: String,
    /// The gateway's client id there.
    pub client_id: String,
    /// The gateway's secret there.
    pub client_secret: SecretText,
    /// The scopes to ask for.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// The audience to ask for, at issuers that want one.
    #[serde(default)]
    pub audience: Option<String>,
    /// How the gateway shows its secret to the issuer.
    #[serde(default)]
    pub login: Login,
    /// How long the issuer may take, in milliseconds.
    #[serde(default = "timeout_ms")]
    #[schemars(range(min = 10, max = 30000))]
    pub timeout_ms: u32,
}

/// How an OAuth client shows its secret (RFC 6749, section 2.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Login {
    /// As user name and password.
    #[default]
    Basic,
    /// In the form.
    Form,
}

/// What a request is signed with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AwsSigV4 {
    /// The region, such as `eu-central-1`.
    pub region: String,
    /// The service, such as `execute-api`, `lambda` or `s3`.
    pub service: String,
    /// The id of the access key.
    pub access_key_id: String,
    /// The access key's secret.
    pub secret_access_key: SecretText,
    /// The token of temporary keys.
    #[serde(default)]
    pub session_token: Option<SecretText>,
    /// Up to how many bytes a request's body is read, so that it can be signed; a larger one is refused. 0 leaves the body out
    /// of the signature (`UNSIGNED-PAYLOAD`), which only some services take.
    #[serde(default = "body_bytes")]
    #[schemars(range(max = 10485760))]
    pub body_bytes: usize,
}

const fn timeout_ms() -> u32 {
    5_000
}

const fn body_bytes() -> usize {
    1 << 20
}

impl kind::Config for Config {
    fn check(&self) -> Vec<ConfigError> {
        let given = [
            self.header.is_some(),
            self.basic.is_some(),
            self.client_credentials.is_some(),
            self.aws_sigv4.is_some(),
        ];
        let mut errors = Vec::new();
        if given.iter().filter(|given| **given).count() != 1 {
            let problem =
                "needs exactly one of `header`, `basic`, `client_credentials` and `aws_sigv4`";
            errors.push(ConfigError::new("", problem));
        }
        if let Some(header) = &self.header {
            check_header(header, &mut errors);
        }
        if let Some(basic) = &self.basic
            && (basic.username.is_empty() || basic.username.contains(':'))
        {
            let problem = "must not be empty, nor hold a colon";
            errors.push(ConfigError::new("basic.username", problem));
        }
        if let Some(client) = &self.client_credentials {
            check_client(client, &mut errors);
        }
        if let Some(aws) = &self.aws_sigv4 {
            check_aws(aws, &mut errors);
        }
        errors
    }
}

fn check_header(header: &Header, errors: &mut Vec<ConfigError>) {
    match header.name.parse::<HeaderName>() {
        Err(_) => errors.push(ConfigError::new("header.name", "is not a header name")),
        Ok(name) if is_framing(&name) => {
            let problem = "decides where a message ends or goes";
            errors.push(ConfigError::new("header.name", problem));
        }
        Ok(_) => {}
    }
    let plain = header.value.plain();
    if header.value.is_empty() || plain.is_some_and(|text| HeaderValue::from_str(text).is_err()) {
        let problem = "must be one line of visible characters";
        errors.push(ConfigError::new("header.value", problem));
    }
}

fn check_client(client: &ClientCredentials, errors: &mut Vec<ConfigError>) {
    if let Err(problem) = address::parse(&client.token_url) {
        errors.push(ConfigError::new("client_credentials.token_url", problem));
    }
    if client.client_id.is_empty() {
        errors.push(ConfigError::new("client_credentials.client_id", "is empty"));
    }
    if client.client_secret.is_empty() {
        errors.push(ConfigError::new(
            "client_credentials.client_secret",
            "is empty",
        ));
    }
    if !(10..=30_000).contains(&client.timeout_ms) {
        let problem = "must be from 10 to 30000";
        errors.push(ConfigError::new("client_credentials.timeout_ms", problem));
    }
}

fn check_aws(aws: &AwsSigV4, errors: &mut Vec<ConfigError>) {
    let word = |text: &str| {
        !text.is_empty()
            && text
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
    };
    for (key, text) in [
        ("region", &aws.region),
        ("service", &aws.service),
        ("access_key_id", &aws.access_key_id),
    ] {
        if !word(text) {
            let problem = "may hold only letters, digits and -_.";
            errors.push(ConfigError::new(format!("aws_sigv4.{key}"), problem));
        }
    }
    if aws.secret_access_key.is_empty() {
        errors.push(ConfigError::new("aws_sigv4.secret_access_key", "is empty"));
    }
    if aws.body_bytes > 10 << 20 {
        errors.push(ConfigError::new(
            "aws_sigv4.body_bytes",
            "must be at most 10485760",
        ));
    }
}
