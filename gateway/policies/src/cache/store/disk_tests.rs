//! Tests of the second tier: what goes to the disk, what comes back, and what never does.

use std::fs;
use std::path::Path;
use std::sync::atomic::AtomicU64;

use tempfile::TempDir;

use super::tests::{everywhere, found, resource, stored};
use super::*;
use crate::trial::NOW;

/// Room for about two of [`large`] in each part of memory.
const MEMORY: usize = SHARDS * 50_000;

fn large(text: &str) -> Stored {
    stored(&text.repeat(20_000 / text.len()), NOW)
}

fn open(folder: &TempDir, bytes: usize) -> CacheStore {
    let folder = folder.path().join("cache");
    CacheStore::with_disk(MEMORY, &DiskSettings { folder, bytes }).unwrap()
}

fn files(folder: &TempDir) -> usize {
    fs::read_dir(folder.path().join("cache")).unwrap().count()
}

fn fill(store: &CacheStore, count: usize) {
    for number in 0..count {
        let place = resource(&format!("/{number}"));
        assert!(store.put(&place, large("0123456789"), store.epoch(&place)));
    }
    settle(store);
}

fn settle(store: &CacheStore) {
    store.disk.as_ref().unwrap().settle();
}

fn on_disk(store: &CacheStore, target: &str) -> Option<OnDisk> {
    store.find_on_disk(&resource(target), &[0; 16], &HeaderMap::new(), NOW)
}

fn is_anywhere(store: &CacheStore, target: &str) -> bool {
    !found(store, target, None, &[]).is_empty() || on_disk(store, target).is_some()
}

fn read(counter: &AtomicU64) -> u64 {
    counter.load(Ordering::Relaxed)
}

/// One that memory had no room for.
fn evicted(store: &CacheStore, count: usize) -> String {
    let all = (0..count).map(|number| format!("/{number}"));
    all.into_iter()
        .find(|target| on_disk(store, target).is_some())
        .unwrap()
}

#[test]
fn what_memory_has_no_room_for_comes_back_from_the_disk() {
    let folder = TempDir::new().unwrap();
    let store = open(&folder, 100 << 20);
    fill(&store, 100);
    let (in_memory, on_the_disk) = (store.size().0, store.size_on_disk().0);
    assert_eq!(in_memory + on_the_disk, 100);
    assert_eq!(files(&folder), on_the_disk);
    assert_eq!(read(&store.tally.evicted), 0);
    let target = evicted(&store, 100);
    let place = on_disk(&store, &target).unwrap();
    assert!(place.stored.body.is_empty());
    let whole = store.read(&resource(&target), &place).unwrap();
    assert_eq!(whole.body, large("0123456789").body);
    assert_eq!(found(&store, &target, None, &[]).len(), 20_000);
    assert!(
        on_disk(&store, &target).is_none(),
        "it is in one place only"
    );
    drop(place);
    settle(&store);
    assert_eq!(store.size().0 + store.size_on_disk().0, 100);
    assert_eq!(files(&folder), store.size_on_disk().0);
    assert_eq!(read(&store.tally.disk_hits), 1);
}

#[test]
fn the_disk_is_bounded_and_small_answers_are_not_written() {
    let folder = TempDir::new().unwrap();
    let store = open(&folder, 200_000);
    fill(&store, 200);
    let (count, bytes) = store.size_on_disk();
    assert!(count > 0 && bytes <= 200_000, "{count} {bytes}");
    assert_eq!(files(&folder), count);
    assert!(read(&store.tally.evicted) > 0);

    let small = CacheStore::with_disk(
        SHARDS * 2_000,
        &DiskSettings {
            folder: folder.path().join("small"),
            bytes: 1 << 20,
        },
    )
    .unwrap();
    for number in 0..100 {
        let place = resource(&format!("/{number}"));
        small.put(&place, stored("little", NOW), small.epoch(&place));
    }
    settle(&small);
    assert_eq!(small.size_on_disk(), (0, 0));
    assert!(read(&small.tally.evicted) > 0);
}

#[test]
fn an_answer_larger_than_memory_takes_goes_to_the_disk_at_once() {
    let folder = TempDir::new().unwrap();
    let store = open(&folder, 10 << 20);
    let huge = stored(&"x".repeat(60_000), NOW);
    let place = resource("/huge");
    assert!(store.put(&place, huge.clone(), 0));
    settle(&store);
    assert_eq!(found(&store, "/huge", None, &[]), "");
    for _ in 0..2 {
        let there = on_disk(&store, "/huge").unwrap();
        assert_eq!(store.read(&place, &there).unwrap().body, huge.body);
    }
    let without = CacheStore::new(MEMORY);
    assert!(!without.put(&place, huge, 0));
}

#[test]
fn what_is_removed_is_gone_from_both_and_its_file_too() {
    let folder = TempDir::new().unwrap();
    let store = open(&folder, 100 << 20);
    fill(&store, 100);
    let target = evicted(&store, 100);
    let before = files(&folder);
    store.invalidate(&resource(&target));
    assert!(!is_anywhere(&store, &target));
    assert_eq!(files(&folder), before - 1);
    assert_eq!(store.purge(&everywhere(What::All)), 99);
    assert_eq!((store.size(), store.size_on_disk()), ((0, 0), (0, 0)));
    assert_eq!(files(&folder), 0);
}

#[test]
fn what_is_removed_while_it_is_read_does_not_come_back() {
    let folder = TempDir::new().unwrap();
    let store = open(&folder, 100 << 20);
    fill(&store, 100);
    let target = evicted(&store, 100);
    let place = on_disk(&store, &target).unwrap();
    store.invalidate(&resource(&target));
    // who asked before the removal may still get it, and nobody afterwards
    assert!(store.read(&resource(&target), &place).is_some());
    assert!(!is_anywhere(&store, &target));
}

#[test]
fn removals_and_evictions_from_many_threads_leave_nothing_behind() {
    let folder = TempDir::new().unwrap();
    let store = open(&folder, 100 << 20);
    std::thread::scope(|scope| {
        for thread in 0..4_u32 {
            let store = &store;
            scope.spawn(move || {
                for round in 0..400_u32 {
                    let target = format!("/{}", (round * 7 + thread) % 40);
                    let place = resource(&target);
                    match round % 5 {
                        0 => store.invalidate(&place),
                        1 | 2 => {
                            if let Some(found) = on_disk(store, &target) {
                                store.read(&place, &found);
                            }
                        }
                        _ => {
                            store.put(&place, large("0123456789"), store.epoch(&place));
                        }
                    }
                }
            });
        }
    });
    for number in 0..40 {
        store.invalidate(&resource(&format!("/{number}")));
    }
    settle(&store);
    for number in 0..40 {
        assert!(!is_anywhere(&store, &format!("/{number}")), "{number}");
    }
    assert_eq!(files(&folder), 0);
}

#[test]
fn a_file_that_was_changed_is_never_given_out() {
    let folder = TempDir::new().unwrap();
    let store = open(&folder, 100 << 20);
    fill(&store, 100);
    let target = evicted(&store, 100);
    for file in fs::read_dir(folder.path().join("cache")).unwrap() {
        fs::write(file.unwrap().path(), b"something else").unwrap();
    }
    let place = on_disk(&store, &target).unwrap();
    assert!(store.read(&resource(&target), &place).is_none());
    assert!(on_disk(&store, &target).is_none());
    assert_eq!(read(&store.tally.disk_failed), 1);
}

#[test]
fn a_start_finds_nothing_and_leaves_no_file() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("cache");
    fs::create_dir(&path).unwrap();
    fs::write(path.join("7"), b"of an earlier start").unwrap();
    let store = open(&folder, 10 << 20);
    assert_eq!((files(&folder), store.size_on_disk()), (0, (0, 0)));
    let file = Path::new("/proc/no-such-folder/cache");
    let settings = DiskSettings {
        folder: file.to_owned(),
        bytes: 1,
    };
    assert!(CacheStore::with_disk(1, &settings).is_err());
}

#[cfg(unix)]
#[test]
fn files_are_for_this_user_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = TempDir::new().unwrap();
    let store = open(&folder, 100 << 20);
    fill(&store, 100);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let path = folder.path().join("cache");
    assert_eq!(mode(&path), 0o700);
    for file in fs::read_dir(&path).unwrap() {
        assert_eq!(mode(&file.unwrap().path()), 0o600);
    }
}
