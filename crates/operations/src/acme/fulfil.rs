//! What the job that carries orders out reads and writes: accounts, proofs, certificates, failures.

use std::time::Duration;

use domain::acme::{ChallengeKind, OrderState};
use domain::actor::Actor;
use domain::certificate::{CertificateUse, ClientAuth};
use domain::change::ChangeKind;
use domain::id::{AcmeAccountId, AcmeOrderId, CertificateId};
use domain::{Id, Timestamp};
use store::{acme_accounts, acme_challenges, acme_orders, certificates};

use super::Order;
use crate::certificates::paper;
use crate::error::{Error, Result};
use crate::platform::Platform;
use crate::work::Work;

/// Waits after one failed attempt, two, and so on; the last one stays.
const WAITS: [Duration; 5] = [
    Duration::from_secs(5 * 60),
    Duration::from_secs(20 * 60),
    Duration::from_secs(80 * 60),
    Duration::from_secs(5 * 3600),
    Duration::from_secs(12 * 3600),
];
/// A node that has not spoken for so long is not waited for.
const ALIVE: Duration = Duration::from_secs(5);
/// The longest reason that is kept, in characters.
const REASON: usize = 1_000;
/// The longest name of a certificate, in characters.
const NAME: usize = 60;

/// An account at a server.
pub struct Account {
    id: AcmeAccountId,
    /// What the server calls it.
    pub url: String,
    /// Its private key (ECDSA P-256, PKCS #8 in DER).
    pub key: Vec<u8>,
}

/// A proof that nodes are to show.
#[derive(Debug, Clone)]
pub struct Proof {
    /// How it is asked for.
    pub kind: ChallengeKind,
    /// For which host.
    pub host: String,
    /// What names it.
    pub token: String,
    /// The key authorization.
    pub authorization: String,
}

/// Orders whose time has come.
pub async fn due(platform: &Platform, limit: i64) -> Result<Vec<Order>> {
    let workspace = platform.settings.workspace;
    let mut conn = platform.db.read().await?;
    let rows = acme_orders::due(&mut conn, workspace, platform.now(), limit).await?;
    Ok(rows.into_iter().map(Order::from).collect())
}

/// The account at a server, if there is one.
pub async fn account(platform: &Platform, directory: &str) -> Result<Option<Account>> {
    let mut conn = platform.db.read().await?;
    let workspace = platform.settings.workspace;
    let Some(row) = acme_accounts::find(&mut conn, workspace, directory).await? else {
        return Ok(None);
    };
    let key = platform.sealer.open(&purpose(row.id), &row.sealed_key);
    Ok(Some(Account {
        id: row.id,
        url: row.url,
        key: key.map_err(Error::Seal)?,
    }))
}

/// Keeps a new account, its key sealed.
pub async fn keep_account(
    platform: &Platform,
    directory: &str,
    url: &str,
    key: &[u8],
) -> Result<()> {
    let actor = system(platform);
    let mut work = platform.begin(&actor).await?;
    let id: AcmeAccountId = platform.new_id();
    let row = acme_accounts::AcmeAccount {
        id,
        workspace_id: work.workspace(),
        directory: directory.to_owned(),
        url: url.to_owned(),
        sealed_key: platform
            .sealer
            .seal(platform.random.bytes(), &purpose(id), key),
        created_at: work.at(),
    };
    acme_accounts::insert(work.conn(), row).await?;
    work.audit("acme_account.created", "acme_account", id, url, None, None);
    work.commit().await?;
    Ok(())
}

/// Forgets an account that its server does not know any more.
pub async fn forget_account(platform: &Platform, account: &Account) -> Result<()> {
    let actor = system(platform);
    let mut work = platform.begin(&actor).await?;
    let workspace = work.workspace();
    acme_accounts::delete(work.conn(), workspace, account.id).await?;
    let url = &account.url;
    work.audit(
        "acme_account.lost",
        "acme_account",
        account.id,
        url,
        None,
        None,
    );
    work.commit().await?;
    Ok(())
}

/// Puts proofs in the place of those that an order may have: the revision at which nodes show them.
pub async fn prove(platform: &Platform, order: AcmeOrderId, proofs: Vec<Proof>) -> Result<i64> {
    let actor = system(platform);
    let mut work = platform.begin(&actor).await?;
    take_back(&mut work, order).await?;
    for proof in proofs {
        let row = acme_challenges::AcmeChallenge {
            id: platform.new_id(),
            workspace_id: work.workspace(),
            order_id: order,
            kind: proof.kind,
            host: proof.host,
            token: proof.token,
            authorization_text: proof.authorization,
            created_at: work.at(),
        };
        let id = row.id;
        acme_challenges::insert(work.conn(), row).await?;
        work.changed(ChangeKind::AcmeChallenge, id);
    }
    Ok(work.commit().await?.unwrap_or_default())
}

/// Takes the proofs of an order back.
pub async fn withdraw(platform: &Platform, order: AcmeOrderId) -> Result<()> {
    let actor = system(platform);
    let mut work = platform.begin(&actor).await?;
    take_back(&mut work, order).await?;
    work.commit().await?;
    Ok(())
}

async fn take_back(work: &mut Work, order: AcmeOrderId) -> Result<()> {
    let workspace = work.workspace();
    for old in acme_challenges::of_order(work.conn(), workspace, order).await? {
        acme_challenges::delete(work.conn(), workspace, old.id).await?;
        work.removed(ChangeKind::AcmeChallenge, old.id);
    }
    Ok(())
}

/// How many of the nodes that are alive do not serve this revision yet; `None` when none is alive.
pub async fn behind(platform: &Platform, revision: i64) -> Result<Option<usize>> {
    let mut conn = platform.db.read().await?;
    let nodes = store::nodes::list(&mut conn, platform.settings.workspace).await?;
    let since = platform.now() - ALIVE;
    let alive: Vec<_> = nodes.iter().filter(|n| n.heartbeat_at > since).collect();
    let late = alive.iter().filter(|n| n.revision < revision).count();
    Ok((!alive.is_empty()).then_some(late))
}

/// Puts a certificate that was issued in force, and says when it is renewed: after two thirds of its life.
pub async fn issued(platform: &Platform, order: &Order, chain: &str, key: &str) -> Result<()> {
    let now = platform.now();
    let pair = paper::pair(chain, key, CertificateUse::Server, now)
        .map_err(|error| Error::WrongState(format!("what was issued cannot be used: {error}")))?;
    let actor = system(platform);
    let mut work = platform.begin(&actor).await?;
    let workspace = work.workspace();
    let before = match order.certificate {
        Some(id) => certificates::find(work.conn(), workspace, id).await?,
        None => None,
    };
    let id: CertificateId = before
        .as_ref()
        .map_or_else(|| platform.new_id(), |row| row.id);
    let purpose = format!("certificate:{id}");
    let sealed = platform
        .sealer
        .seal(platform.random.bytes(), &purpose, &pair.key);
    let paper = pair.paper;
    let row = certificates::Certificate {
        id,
        workspace_id: workspace,
        name: match &before {
            Some(row) => row.name.clone(),
            None => free_name(&mut work, order).await?,
        },
        used_for: CertificateUse::Server,
        names: paper.names.into(),
        chain: paper.chain,
        sealed_key: sealed,
        fingerprint: paper.fingerprint.clone(),
        issuer: paper.issuer,
        key_kind: paper.key_kind,
        not_before: paper.not_before,
        not_after: paper.not_after,
        client_auth: before.as_ref().map_or(ClientAuth::None, |b| b.client_auth),
        client_ca_id: before.as_ref().map_or(Id::NIL, |b| b.client_ca_id),
        created_at: before.as_ref().map_or(now, |b| b.created_at),
        updated_at: now,
        version: before.as_ref().map_or(1, |b| b.version),
    };
    let action = if before.is_some() {
        certificates::update(work.conn(), &row).await?;
        "certificate.renewed"
    } else {
        certificates::insert(work.conn(), &row).await?;
        "certificate.issued"
    };
    work.changed(ChangeKind::Certificate, id);
    take_back(&mut work, order.id).await?;
    let told =
        serde_json::json!({ "fingerprint": paper.fingerprint, "not_after": paper.not_after });
    work.audit(action, "certificate", id, &row.name, None, Some(told));
    let outcome = Outcome {
        certificate: id,
        state: OrderState::Issued,
        last_error: String::new(),
        attempts: 0,
        next: renewal(paper.not_before, paper.not_after),
        issued_at: Some(now),
    };
    write(&mut work, order, outcome).await?;
    work.commit().await?;
    Ok(())
}

/// Writes down why an attempt failed, and when the next one is.
pub async fn failed(platform: &Platform, order: &Order, reason: &str) -> Result<()> {
    let actor = system(platform);
    let mut work = platform.begin(&actor).await?;
    take_back(&mut work, order.id).await?;
    let attempts = order.attempts + 1;
    let step = usize::try_from(attempts - 1).unwrap_or(usize::MAX);
    let wait = WAITS[step.min(WAITS.len() - 1)];
    let outcome = Outcome {
        certificate: order.certificate.unwrap_or(Id::NIL),
        state: OrderState::Failed,
        last_error: reason.chars().take(REASON).collect(),
        attempts,
        next: work.at() + wait,
        issued_at: order.issued_at,
    };
    write(&mut work, order, outcome).await?;
    work.commit().await?;
    Ok(())
}

struct Outcome {
    certificate: CertificateId,
    state: OrderState,
    last_error: String,
    attempts: i64,
    next: Timestamp,
    issued_at: Option<Timestamp>,
}

/// The order as it is now takes the outcome: somebody may have hurried it meanwhile. One that is gone takes none.
async fn write(work: &mut Work, order: &Order, outcome: Outcome) -> Result<()> {
    let (workspace, at) = (work.workspace(), work.at());
    let Some(now) = acme_orders::find(work.conn(), workspace, order.id).await? else {
        return Ok(());
    };
    let row = acme_orders::AcmeOrder {
        certificate_id: outcome.certificate,
        state: outcome.state,
        last_error: outcome.last_error,
        attempts: outcome.attempts,
        next_attempt_at: outcome.next,
        issued_at: outcome.issued_at,
        updated_at: at,
        ..now
    };
    acme_orders::update(work.conn(), &row).await?;
    Ok(())
}

/// The first host, with a number behind it where another certificate has that name.
async fn free_name(work: &mut Work, order: &Order) -> Result<String> {
    let host = order.names.first().map_or("", String::as_str);
    let host: String = host.chars().take(NAME).collect();
    let workspace = work.workspace();
    let mut name = host.clone();
    let mut number = 1;
    while certificates::is_named(work.conn(), workspace, &name).await? {
        number += 1;
        name = format!("{host} ({number})");
    }
    Ok(name)
}

fn renewal(from: Timestamp, until: Timestamp) -> Timestamp {
    let life = until.micros() - from.micros();
    Timestamp::from_micros(from.micros() + life / 3 * 2)
}

fn purpose(id: AcmeAccountId) -> String {
    format!("acme_account:{id}")
}

fn system(platform: &Platform) -> Actor {
    Actor::system(platform.settings.workspace)
}
