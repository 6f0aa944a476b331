//! Migrations run once, forward only, and name what stands in the way.

use domain::Timestamp;
use store::migrate::{self, MigrateError};
use testkit::TestDb;

#[tokio::test]
async fn a_second_run_finds_nothing_to_do() {
    for db in [TestDb::empty_sqlite().await, TestDb::empty_postgres().await] {
        let pending = migrate::pending(&db).await.unwrap();
        assert_eq!(pending.first(), Some(&"0001_platform"));
        let ran = migrate::run(&db, Timestamp::default()).await.unwrap();
        assert_eq!(ran, pending);
        let again = migrate::run(&db, Timestamp::default()).await.unwrap();
        assert!(again.is_empty());
        assert!(migrate::pending(&db).await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn two_processes_that_migrate_at_once_both_succeed() {
    let db = TestDb::empty_postgres().await;
    let (one, other) = tokio::join!(
        migrate::run(&db, Timestamp::default()),
        migrate::run(&db, Timestamp::default())
    );
    assert_ne!(one.unwrap().is_empty(), other.unwrap().is_empty());
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_refused_by_name() {
    let db = altered("INSERT INTO schema_migration VALUES (900, '0900_later', 'x', 0)").await;
    let error = migrate::run(&db, Timestamp::default()).await.unwrap_err();
    assert!(matches!(error, MigrateError::Newer { found: 900, .. }));
    let message = error.to_string();
    assert!(message.contains("has schema 900, made by a newer gatehouse"));
    assert!(message.contains(db.name()), "{message}");
}

#[tokio::test]
async fn an_altered_step_is_refused_by_name() {
    let db = altered("UPDATE schema_migration SET checksum = 'x' WHERE number = 2").await;
    let error = migrate::run(&db, Timestamp::default()).await.unwrap_err();
    assert!(matches!(error, MigrateError::Changed { step, .. } if step == "0002_identity"));
}

/// A SQLite database in which somebody else wrote.
async fn altered(sql: &'static str) -> TestDb {
    use sqlx::Connection as _;
    let db = TestDb::sqlite().await;
    let url = db.sqlite_url().unwrap();
    let mut conn = sqlx::SqliteConnection::connect(&url).await.unwrap();
    sqlx::query(sql).execute(&mut conn).await.unwrap();
    conn.close().await.unwrap();
    db
}
