//! The master key is compared with the one that the database was begun with.

use domain::Timestamp;
use store::seal::{KEY_FILE, SealError, Sealer};
use testkit::each_database;

#[tokio::test]
async fn another_key_is_noticed_at_the_start() {
    each_database(async |db| {
        let now = Timestamp::default();
        let (first, other) = (Sealer::new([1; 32]), Sealer::new([2; 32]));
        first.check(&db, [0; 24], now).await.unwrap();
        first.check(&db, [3; 24], now).await.unwrap();
        let error = other.check(&db, [4; 24], now).await.unwrap_err();
        assert!(matches!(error, SealError::WrongKey));
    })
    .await;
}

#[tokio::test]
async fn roles_that_begin_a_database_together_agree() {
    each_database(async |db| {
        let now = Timestamp::default();
        let sealers: Vec<_> = (0..4).map(|_| Sealer::new([1; 32])).collect();
        let (a, b, c, d) = tokio::join!(
            Box::pin(sealers[0].check(&db, [0; 24], now)),
            Box::pin(sealers[1].check(&db, [1; 24], now)),
            Box::pin(sealers[2].check(&db, [2; 24], now)),
            Box::pin(sealers[3].check(&db, [3; 24], now)),
        );
        for checked in [a, b, c, d] {
            checked.unwrap();
        }
    })
    .await;
}

#[tokio::test]
async fn the_first_start_writes_the_key_and_the_second_reads_it() {
    let folder = tempfile::tempdir().unwrap();
    let first = Sealer::from_folder(folder.path(), [7; 32]).unwrap();
    let sealed = first.seal([0; 24], "p", b"x");
    let second = Sealer::from_folder(folder.path(), [8; 32]).unwrap();
    assert_eq!(second.open("p", &sealed).unwrap(), b"x");
    std::fs::write(folder.path().join(KEY_FILE), "short").unwrap();
    let error = Sealer::from_folder(folder.path(), [9; 32]).err().unwrap();
    assert!(error.to_string().contains("master.key"), "{error}");
}
