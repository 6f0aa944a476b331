//! The platform: what every operation works with. Built once by the binary, cloned freely.

use std::ops::Deref;
use std::sync::Arc;

use domain::actor::Actor;
use domain::{Clock, Id, Timestamp};
use parking_lot::Mutex;
use store::Db;
use store::seal::Sealer;
use tokio::sync::{Notify, watch};
use uuid::{Builder, Uuid};

use crate::error::Result;
use crate::secrets::Random;
use crate::settings::Settings;
use crate::sign_in::passwords::Passwords;
use crate::work::{Shared, Work};

/// What every operation works with. Cheap to clone.
#[derive(Clone)]
pub struct Platform(Arc<Parts>, Option<Shared>);

/// The parts of a platform, reached through [`Platform`].
pub struct Parts {
    /// The store.
    pub db: Db,
    /// The time.
    pub clock: Clock,
    /// The randomness.
    pub random: Random,
    /// What seals secrets that must be readable again.
    pub sealer: Sealer,
    /// What the operator configured.
    pub settings: Settings,
    /// Tells this process of new revisions.
    pub changes: ChangeNotice,
    /// Tells this process that the outbox has something to send.
    pub outbox: Arc<Notify>,
    /// Tells this process that a certificate was ordered.
    pub acme: Arc<Notify>,
    /// The guarded HTTP client.
    pub outbound: outbound::Client,
    /// Hashes passwords, a few at a time.
    pub(crate) passwords: Passwords,
    /// The last id that was made.
    newest_id: Mutex<u128>,
}

/// What a platform is made of.
pub struct Ingredients {
    /// The store, migrated.
    pub db: Db,
    /// The time.
    pub clock: Clock,
    /// The randomness.
    pub random: Random,
    /// What seals secrets.
    pub sealer: Sealer,
    /// What the operator configured.
    pub settings: Settings,
    /// The guarded HTTP client.
    pub outbound: outbound::Client,
}

impl Platform {
    /// Puts a platform together.
    pub fn new(from: Ingredients) -> Self {
        let parts = Arc::new(Parts {
            passwords: Passwords::default(),
            newest_id: Mutex::new(0),
            db: from.db,
            clock: from.clock,
            random: from.random,
            sealer: from.sealer,
            settings: from.settings,
            changes: ChangeNotice::default(),
            outbox: Arc::new(Notify::new()),
            acme: Arc::new(Notify::new()),
            outbound: from.outbound,
        });
        Self(parts, None)
    }

    /// The same platform, whose changes all become part of one that is under way: what is committed with it goes back into
    /// `shared`, and what fails ends the whole.
    pub(crate) fn sharing(&self, shared: &Shared) -> Self {
        Self(self.0.clone(), Some(shared.clone()))
    }

    /// The moment it is.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A new id: a UUID of version 7 (RFC 9562, 5.7). Higher than every one that this process made before, also within
    /// a millisecond, so that rows with the same time list in the order in which they were made.
    pub fn new_id<T>(&self) -> Id<T> {
        let millis = u64::try_from(self.clock.now().micros() / 1000).unwrap_or(0);
        let fresh = Builder::from_unix_timestamp_millis(millis, &self.random.bytes()).into_uuid();
        // The highest random bit stays free: steps never reach the version and the time.
        let fresh = fresh.as_u128() & !(1 << 61);
        let step = u128::from(u32::from_be_bytes(self.random.bytes()) >> 4);
        let mut newest = self.newest_id.lock();
        *newest = fresh.max(*newest + 1 + step);
        Id::new(Uuid::from_u128(*newest))
    }

    /// Begins a change: a transaction with its audit lines, messages and lines of the change feed.
    pub async fn begin(&self, actor: &Actor) -> Result<Work> {
        match &self.1 {
            Some(shared) => shared.take(),
            None => Work::begin(self, actor).await,
        }
    }
}

impl Deref for Platform {
    type Target = Parts;
    fn deref(&self) -> &Parts {
        &self.0
    }
}

/// Tells who listens in this process that there is a new revision.
#[derive(Debug)]
pub struct ChangeNotice(watch::Sender<i64>);

impl Default for ChangeNotice {
    fn default() -> Self {
        Self(watch::Sender::new(0))
    }
}

impl ChangeNotice {
    /// Tells of a revision that was committed. Lower ones than were told already are not news.
    pub fn tell(&self, revision: i64) {
        self.0.send_if_modified(|newest| {
            let news = revision > *newest;
            *newest = revision.max(*newest);
            news
        });
    }

    /// Hears of every revision from now on; the newest one only, when several came.
    pub fn subscribe(&self) -> watch::Receiver<i64> {
        self.0.subscribe()
    }
}
