//! A whole platform in a test: a database, a clock that stands still, repeatable randomness.

use std::ops::Deref;
use std::time::Duration;

use domain::access::Role;
use domain::account::AccountState;
use domain::actor::{Actor, Origin, Who};
use domain::id::{AccountId, DEFAULT_WORKSPACE};
use domain::{Clock, Timestamp};
use operations::Platform;
use operations::platform::Ingredients;
use operations::secrets::Random;
use operations::settings::Settings;
use store::accounts::Account;
use store::seal::Sealer;

use crate::databases::TestDb;

/// When every test platform begins.
pub const START: &str = "2026-11-20T12:00:00Z";

/// A platform over a database of its own. Stands at [`START`] until its clock is moved.
pub struct TestPlatform {
    platform: Platform,
    /// Kept, since the database goes with it.
    _db: TestDb,
}

impl Deref for TestPlatform {
    type Target = Platform;
    fn deref(&self) -> &Platform {
        &self.platform
    }
}

/// What a test may choose about its platform.
#[derive(Default)]
pub struct PlatformBuilder {
    settings: Settings,
}

impl PlatformBuilder {
    /// With other settings than those of one machine.
    pub fn settings(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(&mut self.settings);
        self
    }

    /// Over this database.
    pub fn over(self, db: TestDb) -> TestPlatform {
        let start: Timestamp = START.parse().expect("a moment");
        let platform = Platform::new(Ingredients {
            db: db.clone(),
            clock: Clock::manual(start),
            random: Random::seeded(1),
            sealer: Sealer::new([1; 32]),
            settings: self.settings,
            outbound: outbound::Client::new(outbound::Policy::default().with_loopback())
                .expect("a client without a connection"),
        });
        TestPlatform { platform, _db: db }
    }

    /// Runs a test over SQLite, then over PostgreSQL where that is installed.
    pub async fn each(self, test: impl AsyncFn(TestPlatform)) {
        let settings = self.settings.clone();
        test(Self { settings }.over(TestDb::sqlite().await)).await;
        if crate::postgres::is_installed() {
            test(self.over(TestDb::postgres().await)).await;
        }
    }
}

/// Runs a test with a plain platform over SQLite, then over PostgreSQL where that is installed.
pub async fn each_platform(test: impl AsyncFn(TestPlatform)) {
    PlatformBuilder::default().each(test).await;
}

impl TestPlatform {
    /// A plain platform over a SQLite file of its own, with the same master key as every other one.
    pub async fn fresh() -> Self {
        PlatformBuilder::default().over(TestDb::sqlite().await)
    }

    /// Lets time pass.
    pub fn wait(&self, span: Duration) {
        self.platform.clock.advance(span);
    }

    /// Somebody who is not signed in.
    pub fn visitor(&self) -> Actor {
        Actor::visitor(DEFAULT_WORKSPACE, Origin::default())
    }

    /// An active developer with this address, as the actor of requests.
    pub async fn developer(&self, email: &str) -> Actor {
        self.person(email, &[]).await
    }

    /// An active admin with this address, as the actor of requests.
    pub async fn admin(&self, email: &str) -> Actor {
        self.person(email, &[Role::Admin]).await
    }

    /// An active account with these roles, as the actor of requests. It has no password.
    pub async fn person(&self, email: &str, roles: &[Role]) -> Actor {
        let id: AccountId = self.platform.new_id();
        let now = self.platform.now();
        let name = email.split('@').next().unwrap_or(email);
        let account = Account {
            id,
            workspace_id: DEFAULT_WORKSPACE,
            email: email.to_owned(),
            email_key: email.to_lowercase(),
            name: name.to_owned(),
            password_hash: None,
            state: AccountState::Active,
            verified_at: Some(now),
            last_sign_in_at: None,
            created_at: now,
            updated_at: now,
            version: 1,
        };
        let mut tx = self.platform.db.begin().await.expect("a transaction");
        store::accounts::insert(&mut tx, account)
            .await
            .expect("a new address");
        for role in roles {
            store::roles::assign(&mut tx, DEFAULT_WORKSPACE, id, *role, now)
                .await
                .expect("a new role");
        }
        tx.commit().await.expect("a commit");
        Actor {
            workspace: DEFAULT_WORKSPACE,
            who: Who::Account {
                id,
                roles: roles.to_vec(),
            },
            name: name.to_owned(),
            request: Origin::default(),
        }
    }
}
