//! Bringing a database to the schema of this program: numbered steps, forward only, all or nothing.

use std::fmt::Write as _;

use domain::Timestamp;
use sha2::{Digest as _, Sha256};
use thiserror::Error;

use crate::db::{Conn, Db, Dialect, statements};
use crate::error::Result;

statements! {
    REACHABLE = "SELECT 1 AS one";
    APPLIED = "SELECT number, name, checksum FROM schema_migration ORDER BY number";
    RECORD = "INSERT INTO schema_migration (number, name, checksum, applied_at) VALUES ($1, $2, $3, $4)";
}

/// The table that this file keeps: here, because the statements above are prepared before any step has run.
const TABLE: &str = "CREATE TABLE IF NOT EXISTS schema_migration (number BIGINT PRIMARY KEY, name TEXT NOT NULL, \
    checksum TEXT NOT NULL, applied_at BIGINT NOT NULL)";

/// Held on PostgreSQL while migrating; SQLite has one writer anyway.
const ONE_AT_A_TIME: &str = "SELECT pg_advisory_xact_lock(4710001)";

/// One step, in both dialects.
struct Step {
    name: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
}

macro_rules! steps {
    ($($name:literal),* $(,)?) => {
        &[$(Step {
            name: $name,
            sqlite: include_str!(concat!("../../../migrations/sqlite/", $name, ".sql")),
            postgres: include_str!(concat!("../../../migrations/postgres/", $name, ".sql")),
        }),*]
    };
}

/// Every step, in order: the first has the number 1.
const STEPS: &[Step] = steps!(
    "0001_platform",
    "0002_identity",
    "0003_catalog",
    "0004_offer",
    "0005_metering",
    "0006_glob",
    "0007_certificates",
    "0008_node_upstreams",
    "0009_policy_conditions",
    "0010_cache_purge",
    "0011_credential_kinds",
    "0012_oauth",
    "0013_declared",
    "0014_idempotency",
    "0015_acme",
    "0016_declarations",
    "0017_oauth_keys",
);

/// Why a database was not migrated. Nothing of it was changed.
#[derive(Debug, Error)]
pub enum MigrateError {
    /// A newer program was here.
    #[error(
        "database {name} has schema {found}, made by a newer gatehouse; this one knows schemas up to {known}"
    )]
    Newer {
        /// Path or URL.
        name: String,
        /// The schema it has.
        found: i64,
        /// The newest schema that this program knows.
        known: i64,
    },
    /// A step that ran is not the one that this program has.
    #[error("database {name} was made with another text of migration {step}")]
    Changed {
        /// Path or URL.
        name: String,
        /// Number and name of the step.
        step: String,
    },
    /// A step failed.
    #[error("cannot migrate database {name}: step {step} failed")]
    Step {
        /// Path or URL.
        name: String,
        /// Number and name of the step.
        step: String,
        /// Why.
        #[source]
        source: crate::Error,
    },
    /// The database cannot be read or written: locked, read-only, unreachable.
    #[error("cannot migrate database {name}")]
    Store {
        /// Path or URL.
        name: String,
        /// Why.
        #[source]
        source: crate::Error,
    },
}

crate::value::record! {
    /// A step that ran.
    struct Applied {
        number: i64,
        name: String,
        checksum: String,
    }
}

/// Runs the steps that are missing, in one transaction, and makes sure of the default workspace. Returns the names of
/// those that ran.
pub async fn run(db: &Db, now: Timestamp) -> Result<Vec<&'static str>, MigrateError> {
    let trouble = |source| MigrateError::Store {
        name: db.name().to_owned(),
        source,
    };
    let mut tx = db.begin().await.map_err(trouble)?;
    prepare(&mut tx).await.map_err(trouble)?;
    let applied = tx.query(APPLIED).all().await.map_err(trouble)?;
    let missing = missing(db, &applied)?;
    for (number, step) in &missing {
        apply(&mut tx, *number, step, now)
            .await
            .map_err(|source| MigrateError::Step {
                name: db.name().to_owned(),
                step: step.name.to_owned(),
                source,
            })?;
    }
    crate::workspaces::ensure_default(&mut tx, now)
        .await
        .map_err(trouble)?;
    tx.commit().await.map_err(trouble)?;
    Ok(missing.into_iter().map(|(_, step)| step.name).collect())
}

/// The names of the steps that are missing, without running them: for roles that do not migrate.
pub async fn pending(db: &Db) -> Result<Vec<&'static str>, MigrateError> {
    let trouble = |source| MigrateError::Store {
        name: db.name().to_owned(),
        source,
    };
    let mut conn = db.read().await.map_err(trouble)?;
    conn.query(REACHABLE).run().await.map_err(trouble)?;
    // A database that answers, but not to this, is a new one: the table comes with the first step.
    let applied = conn.query(APPLIED).all().await.unwrap_or_default();
    Ok(missing(db, &applied)?
        .into_iter()
        .map(|(_, step)| step.name)
        .collect())
}

async fn prepare(conn: &mut Conn) -> Result<()> {
    if conn.dialect() == Dialect::Postgres {
        conn.script(ONE_AT_A_TIME.to_owned()).await?;
    }
    conn.script(TABLE.to_owned()).await
}

fn missing(db: &Db, applied: &[Applied]) -> Result<Vec<(i64, &'static Step)>, MigrateError> {
    let known = i64::try_from(STEPS.len()).expect("there are few steps");
    if let Some(newest) = applied.last().filter(|a| a.number > known) {
        return Err(MigrateError::Newer {
            name: db.name().to_owned(),
            found: newest.number,
            known,
        });
    }
    let mut missing = Vec::new();
    for (number, step) in (1..).zip(STEPS) {
        match applied.iter().find(|a| a.number == number) {
            None => missing.push((number, step)),
            Some(a) if a.name == step.name && a.checksum == checksum(text(db.dialect(), step)) => {}
            Some(a) => {
                return Err(MigrateError::Changed {
                    name: db.name().to_owned(),
                    step: a.name.clone(),
                });
            }
        }
    }
    Ok(missing)
}

async fn apply(conn: &mut Conn, number: i64, step: &Step, now: Timestamp) -> Result<()> {
    let text = text(conn.dialect(), step);
    conn.script(text.to_owned()).await?;
    conn.query(RECORD)
        .bind(number)
        .bind(step.name)
        .bind(checksum(text))
        .bind(now)
        .run()
        .await?;
    Ok(())
}

const fn text(dialect: Dialect, step: &Step) -> &'static str {
    match dialect {
        Dialect::Sqlite => step.sqlite,
        Dialect::Postgres => step.postgres,
    }
}

fn checksum(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    digest.iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("writing to a string does not fail");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::STEPS;

    #[test]
    fn every_file_is_a_step() {
        for dialect in ["sqlite", "postgres"] {
            let folder = format!("../../migrations/{dialect}");
            let mut files: Vec<String> = std::fs::read_dir(folder)
                .unwrap()
                .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                .collect();
            files.sort();
            let steps: Vec<String> = STEPS.iter().map(|s| format!("{}.sql", s.name)).collect();
            assert_eq!(files, steps, "{dialect}");
        }
    }

    #[test]
    fn steps_are_numbered_without_a_gap() {
        for (number, step) in (1..).zip(STEPS) {
            assert!(
                step.name.starts_with(&format!("{number:04}_")),
                "{}",
                step.name
            );
        }
    }
}
