//! Opening names what stands in the way, and files are for their owner only.

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, Instant};

use domain::Timestamp;
use store::{Access, Db, OpenError};
use testkit::TestDb;

#[tokio::test]
async fn a_second_server_on_one_file_is_told_who_has_it() {
    let db = TestDb::empty_sqlite().await;
    let url = db.sqlite_url().unwrap();
    let error = Db::open(&url, Access::Server("gatehouse up"))
        .await
        .unwrap_err();
    let expected = format!(
        "database {} is in use by process {} (test)",
        db.name(),
        std::process::id()
    );
    assert_eq!(error.to_string(), expected);
    Db::open(&url, Access::Beside).await.unwrap();
    db.close().await;
    Db::open(&url, Access::Server("gatehouse up"))
        .await
        .unwrap();
}

#[tokio::test]
async fn files_are_for_their_owner_only() {
    let db = TestDb::sqlite().await;
    for suffix in ["", "-wal", "-shm", ".lock"] {
        let path = format!("{}{suffix}", db.name());
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{path}");
    }
}

#[tokio::test]
async fn what_is_no_database_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.txt");
    std::fs::write(
        &path,
        "not a database, but long enough to be looked at\n".repeat(40),
    )
    .unwrap();
    let url = format!("sqlite:{}", path.display());
    let error = Db::open(&url, Access::Beside).await.unwrap_err();
    assert!(matches!(error, OpenError::Database { .. }), "{error:?}");
    assert!(error.to_string().contains("notes.txt"));
    let error = Db::open("mysql://localhost/x", Access::Beside)
        .await
        .unwrap_err();
    assert!(matches!(error, OpenError::NotAUrl(_)));
}

#[tokio::test]
async fn writes_where_none_are_taken_are_told_as_such() {
    let db = TestDb::sqlite().await;
    let mut conn = db.read().await.unwrap();
    let error = store::workspaces::ensure_default(&mut conn, Timestamp::default()).await;
    assert!(matches!(error, Err(store::Error::ReadOnly(_))), "{error:?}");
}

#[tokio::test]
async fn a_file_that_another_process_keeps_locked_is_told_as_such() {
    let db = TestDb::sqlite().await;
    let url = db.sqlite_url().unwrap();
    let other = Db::open(&url, Access::Beside).await.unwrap();
    let _held = other.begin().await.unwrap();
    let error = db.begin().await.err().unwrap();
    assert!(matches!(error, store::Error::Busy(_)), "{error:?}");
    assert!(error.is_passing());
}

/// Whether nobody is there or nobody answers: it is told within seconds that the server cannot be reached.
#[tokio::test]
async fn a_server_out_of_reach_is_told_as_such_and_soon() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let gone = TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = gone.local_addr().unwrap();
    drop(gone);
    for address in [silent.local_addr().unwrap(), nobody] {
        let url = format!("postgres://gate:secret@{address}/gate");
        let asked = Instant::now();
        let error = Db::open(&url, Access::Server("test")).await.unwrap_err();
        assert!(
            asked.elapsed() < Duration::from_secs(6),
            "{:?}",
            asked.elapsed()
        );
        let OpenError::Database { name, source } = &error else {
            panic!("{error:?}");
        };
        assert_eq!(name, &format!("postgres://gate@{address}/gate"));
        assert!(
            matches!(**source, store::Error::Unreachable(_)),
            "{source:?}"
        );
        assert_eq!(source.to_string(), "the database cannot be reached");
    }
}

#[tokio::test]
async fn a_folder_that_cannot_be_made_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let url = format!("sqlite:{}", file.join("gatehouse.db").display());
    let error = Db::open(&url, Access::Beside).await.unwrap_err();
    assert!(
        error.to_string().contains(&file.display().to_string()),
        "{error}"
    );
}
