//! One order, from the account to the chain: proofs are shown by the gateways, and only then is the server told.

use std::time::Duration;

use data_encoding::BASE64URL_NOPAD;
use operations::Platform;
use operations::acme::{self, Order, Proof};
use rcgen::{CertificateParams, DistinguishedName, KeyPair};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};
use url::Url;

use super::client::{AcmeError, Problem, Server};
use super::jws::{AccountKey, Signer};

/// For the nodes to take the proofs over. A node that is stuck must not keep the others from a certificate.
const NODES: Duration = Duration::from_secs(20);
/// Between two looks at the nodes.
const GLANCE: Duration = Duration::from_millis(100);

/// What was issued.
pub(super) struct Issued {
    /// PEM, the certificate itself first.
    pub(super) chain: String,
    /// Its private key, PEM.
    pub(super) key: String,
}

/// An account at a server.
struct Client {
    server: Server,
    key: AccountKey,
    account: String,
}

#[derive(Deserialize)]
struct OrderState {
    status: String,
    #[serde(default)]
    authorizations: Vec<Url>,
    finalize: Url,
    certificate: Option<Url>,
    error: Option<Problem>,
}

#[derive(Deserialize)]
struct Authorization {
    status: String,
    identifier: Identifier,
    challenges: Vec<Challenge>,
}

#[derive(Deserialize)]
struct Identifier {
    value: String,
}

#[derive(Deserialize)]
struct Challenge {
    #[serde(rename = "type")]
    kind: String,
    url: Url,
    #[serde(default)]
    token: String,
    error: Option<Problem>,
}

/// Gets a certificate with a new key.
pub(super) async fn issue(platform: &Platform, order: &Order) -> Result<Issued, AcmeError> {
    let client = match Client::sign_in(platform).await? {
        Some(client) => client,
        None => Client::register(platform).await?,
    };
    match client.obtain(platform, order).await {
        Err(AcmeError::Refused(problem)) if problem.is("accountDoesNotExist") => {
            if let Some(account) = acme::account(platform, directory(platform)?.as_ref()).await? {
                acme::forget_account(platform, &account).await?;
            }
            let client = Client::register(platform).await?;
            client.obtain(platform, order).await
        }
        done => done,
    }
}

fn directory(platform: &Platform) -> Result<&Url, AcmeError> {
    let settings = &platform.settings.acme;
    let missing = settings.missing().unwrap_or_default();
    let directory = settings.directory.as_ref().filter(|_| missing.is_empty());
    directory.ok_or_else(|| operations::Error::WrongState(missing.to_owned()).into())
}

async fn server(platform: &Platform) -> Result<Server, AcmeError> {
    let directory = directory(platform)?;
    // the operator named this host: it may be a private one
    let mut policy = platform.outbound.policy().clone();
    policy
        .allowed_hosts
        .extend(directory.host_str().map(str::to_owned));
    let http = outbound::Client::trusting(policy, &platform.settings.acme.roots)?;
    Server::at(http, directory).await
}

impl Client {
    /// As the account that is kept.
    async fn sign_in(platform: &Platform) -> Result<Option<Self>, AcmeError> {
        let kept = acme::account(platform, directory(platform)?.as_str()).await?;
        let Some(account) = kept else {
            return Ok(None);
        };
        Ok(Some(Self {
            server: server(platform).await?,
            key: AccountKey::read(&account.key)?,
            account: account.url,
        }))
    }

    /// As a new account, which is kept.
    async fn register(platform: &Platform) -> Result<Self, AcmeError> {
        let settings = &platform.settings.acme;
        let server = server(platform).await?;
        let pkcs8 = AccountKey::generate()?;
        let key = AccountKey::read(&pkcs8)?;
        let contacts = settings.contacts.iter();
        let contacts: Vec<String> = contacts.map(|to| format!("mailto:{to}")).collect();
        let url = &server.directory.new_account;
        let mut payload =
            json!({ "termsOfServiceAgreed": settings.terms_agreed, "contact": contacts });
        if let Some(external) = &settings.external {
            payload["externalAccountBinding"] =
                key.bind(&external.key_id, external.key.reveal(), url.as_str())?;
        }
        let answer = server.ask(&key, Signer::Key, url, Some(&payload)).await?;
        let account = answer
            .location()
            .ok_or(AcmeError::Unreadable("an account"))?;
        acme::keep_account(platform, directory(platform)?.as_str(), &account, &pkcs8).await?;
        Ok(Self {
            server,
            key,
            account,
        })
    }

    async fn obtain(&self, platform: &Platform, order: &Order) -> Result<Issued, AcmeError> {
        let names = order.names.iter();
        let identifiers: Vec<Value> = names
            .map(|name| json!({ "type": "dns", "value": name }))
            .collect();
        let wanted = json!({ "identifiers": identifiers });
        let made = self.tell(&self.server.directory.new_order, &wanted).await?;
        let url: Url = made
            .location()
            .and_then(|url| url.parse().ok())
            .ok_or(AcmeError::Unreadable("an order"))?;
        let state: OrderState = made.read("an order")?;
        let proven = self.prove(platform, order, &state.authorizations).await;
        // nodes need not answer any longer, however it went
        acme::withdraw(platform, order.id).await?;
        proven?;
        let state = self.until(&url, &["ready", "valid"]).await?;
        let (csr, key) = request(&order.names)?;
        let csr = json!({ "csr": BASE64URL_NOPAD.encode(&csr) });
        self.tell(&state.finalize, &csr).await?;
        let state = self.until(&url, &["valid"]).await?;
        let chain = state
            .certificate
            .ok_or(AcmeError::Unreadable("a certificate"))?;
        let chain = self.look(&chain).await?.text("a certificate")?;
        Ok(Issued { chain, key })
    }

    /// Has every host proven.
    async fn prove(
        &self,
        platform: &Platform,
        order: &Order,
        authorizations: &[Url],
    ) -> Result<(), AcmeError> {
        let mut asked = Vec::new();
        let mut proofs = Vec::new();
        for url in authorizations {
            let authorization: Authorization = self.look(url).await?.read("an authorization")?;
            if authorization.status == "valid" {
                continue;
            }
            let host = authorization.identifier.value.to_ascii_lowercase();
            let kind = order.challenge;
            let offered = authorization.challenges.into_iter();
            let Some(challenge) = { offered }.find(|one| one.kind == kind.as_str()) else {
                return Err(AcmeError::NoSuchChallenge { host, kind });
            };
            proofs.push(Proof {
                kind,
                host,
                authorization: self.key.authorization(&challenge.token),
                token: challenge.token,
            });
            asked.push((url, challenge.url));
        }
        if proofs.is_empty() {
            return Ok(());
        }
        let revision = acme::prove(platform, order.id, proofs).await?;
        nodes(platform, revision).await?;
        for (_, challenge) in &asked {
            self.tell(challenge, &json!({})).await?;
        }
        for (authorization, _) in asked {
            self.until_proven(authorization).await?;
        }
        Ok(())
    }

    async fn until_proven(&self, url: &Url) -> Result<(), AcmeError> {
        loop {
            let answer = self.look(url).await?;
            let authorization: Authorization = answer.read("an authorization")?;
            match authorization.status.as_str() {
                "valid" => return Ok(()),
                "pending" | "processing" => sleep(answer.retry_after()).await,
                status => {
                    let problem = authorization.challenges.into_iter().find_map(|c| c.error);
                    return Err(AcmeError::Unproven {
                        host: authorization.identifier.value,
                        reason: problem.map_or_else(|| status.to_owned(), |one| one.to_string()),
                    });
                }
            }
        }
    }

    async fn until(&self, url: &Url, wanted: &[&str]) -> Result<OrderState, AcmeError> {
        loop {
            let answer = self.look(url).await?;
            let state: OrderState = answer.read("an order")?;
            if wanted.contains(&state.status.as_str()) {
                return Ok(state);
            }
            if state.status == "invalid" {
                let reason = state.error.unwrap_or_default();
                return Err(AcmeError::OrderFailed(reason.to_string()));
            }
            sleep(answer.retry_after()).await;
        }
    }

    async fn tell(&self, url: &Url, payload: &Value) -> Result<super::client::Answer, AcmeError> {
        let signer = Signer::Account(&self.account);
        self.server.ask(&self.key, signer, url, Some(payload)).await
    }

    async fn look(&self, url: &Url) -> Result<super::client::Answer, AcmeError> {
        let signer = Signer::Account(&self.account);
        self.server.ask(&self.key, signer, url, None).await
    }
}

/// Returns when every node that is alive shows the proofs.
async fn nodes(platform: &Platform, revision: i64) -> Result<(), AcmeError> {
    let end = Instant::now() + NODES;
    loop {
        let behind = acme::behind(platform, revision).await?;
        match behind {
            Some(0) => return Ok(()),
            None if Instant::now() >= end => return Err(AcmeError::NoNode),
            Some(late) if Instant::now() >= end => {
                tracing::warn!(late, "asking for a certificate although nodes lag behind");
                return Ok(());
            }
            _ => sleep(GLANCE).await,
        }
    }
}

/// The request for a certificate (PKCS #10 in DER), and the new key, PEM.
fn request(names: &[String]) -> Result<(Vec<u8>, String), AcmeError> {
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::new(names.to_vec())?;
    params.distinguished_name = DistinguishedName::new();
    let request = params.serialize_request(&key)?;
    Ok((request.der().as_ref().to_vec(), key.serialize_pem()))
}
