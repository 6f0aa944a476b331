//! The change feed: no reader can pass a change that is not visible yet, and everybody hears of each.

use std::time::Duration;

use domain::Timestamp;
use domain::change::{Change, ChangeKind};
use domain::id::DEFAULT_WORKSPACE;
use store::{Db, Tx, changes};
use testkit::{TestDb, each_database};
use uuid::Uuid;

const PATIENCE: Duration = Duration::from_secs(20);

/// A transaction that began first and commits last takes the higher revision, so a node that read up to the lower one
/// still finds its change.
#[tokio::test]
async fn a_revocation_that_races_a_slow_transaction_is_still_seen() {
    let db = TestDb::postgres().await;
    let mut slow = db.begin().await.unwrap();
    // The slow one has begun, and its snapshot of the world is taken.
    let start = changes::revision(&mut slow).await.unwrap();
    let mut quick = db.begin().await.unwrap();
    write(&mut quick, Uuid::from_u128(1)).await;
    quick.commit().await.unwrap();
    let (seen, position) = read(&db, start).await;
    assert_eq!(seen, [Uuid::from_u128(1)]);
    write(&mut slow, Uuid::from_u128(2)).await;
    slow.commit().await.unwrap();
    let (seen, _) = read(&db, position).await;
    assert_eq!(seen, [Uuid::from_u128(2)]);
}

/// Two transactions that take a revision at the same time: the second waits for the first to commit.
#[tokio::test]
async fn revisions_become_visible_in_their_order() {
    each_database(async |db| {
        let start = revision(&db).await;
        let writers: Vec<_> = (1..=8_u128)
            .map(|n| {
                let db = Db::clone(&db);
                tokio::spawn(async move {
                    let mut tx = db.begin().await.unwrap();
                    write(&mut tx, Uuid::from_u128(n)).await;
                    tokio::task::yield_now().await;
                    tx.commit().await.unwrap();
                })
            })
            .collect();
        let reader = async {
            let (mut all, mut position) = (Vec::new(), start);
            while all.len() < 8 {
                let (seen, next) = read(&db, position).await;
                all.extend(seen);
                position = next;
                tokio::task::yield_now().await;
            }
            all
        };
        let mut all = tokio::time::timeout(PATIENCE, reader).await.unwrap();
        for writer in writers {
            writer.await.unwrap();
        }
        all.sort();
        assert_eq!(all, (1..=8).map(Uuid::from_u128).collect::<Vec<_>>());
    })
    .await;
}

#[tokio::test]
async fn other_processes_hear_of_a_change() {
    each_database(async |db| {
        let mut watch = db.watch().await.unwrap();
        let mut tx = db.begin().await.unwrap();
        let revision = write(&mut tx, Uuid::from_u128(1)).await;
        tx.commit().await.unwrap();
        let heard = async {
            loop {
                watch.changed().await.unwrap();
                let mut conn = db.read().await.unwrap();
                if changes::revision(&mut conn).await.unwrap() == revision {
                    break;
                }
            }
        };
        tokio::time::timeout(PATIENCE, heard).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_feed_that_forgets_still_tells_who_is_behind() {
    each_database(async |db| {
        let start = revision(&db).await;
        for n in 1..=3 {
            let mut tx = db.begin().await.unwrap();
            write(&mut tx, Uuid::from_u128(n)).await;
            tx.commit().await.unwrap();
        }
        let mut tx = db.begin().await.unwrap();
        let later = Timestamp::from_seconds(1);
        assert_eq!(changes::forget_before(&mut tx, later).await.unwrap(), 2);
        let oldest = changes::oldest(&mut tx).await.unwrap();
        assert_eq!(oldest, Some(start + 3));
    })
    .await;
}

#[tokio::test]
async fn a_writer_that_is_dropped_leaves_nothing() {
    each_database(async |db| {
        let start = revision(&db).await;
        let mut tx = db.begin().await.unwrap();
        write(&mut tx, Uuid::from_u128(1)).await;
        drop(tx);
        // The next writer gets the connection back, clean.
        let mut tx = db.begin().await.unwrap();
        assert_eq!(changes::revision(&mut tx).await.unwrap(), start);
    })
    .await;
}

/// What `operations` does last in a transaction.
async fn write(tx: &mut Tx, id: Uuid) -> i64 {
    let revision = changes::take_revision(tx).await.unwrap();
    let change = Change {
        kind: ChangeKind::Credential,
        id,
        deleted: false,
    };
    changes::record_change(
        tx,
        DEFAULT_WORKSPACE,
        revision,
        change,
        Timestamp::default(),
    )
    .await
    .unwrap();
    changes::notify(tx, revision).await.unwrap();
    revision
}

/// What a node does: the lines after its position, and the position after them. Never a revision that was read beside
/// the lines: one may have been committed in between.
async fn read(db: &Db, position: i64) -> (Vec<Uuid>, i64) {
    let mut conn = db.read().await.unwrap();
    let lines = changes::since(&mut conn, position, 100).await.unwrap();
    let next = lines.last().map_or(position, |line| line.revision);
    (lines.iter().map(|l| l.entity_id).collect(), next)
}

async fn revision(db: &Db) -> i64 {
    changes::revision(&mut db.read().await.unwrap())
        .await
        .unwrap()
}
