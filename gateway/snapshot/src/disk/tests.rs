//! The snapshot on disk, whole, cut off at every byte, and damaged at every byte.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use domain::change::ChangeKind;
use uuid::Uuid;

use super::{Disk, DiskError, State};
use crate::model::{Change, Entity};
use crate::trial;

fn change(n: u128) -> Vec<Change> {
    vec![
        Change::Put(Entity::Credential(trial::credential(
            n,
            6,
            &format!("key {n}"),
        ))),
        Change::Delete {
            kind: ChangeKind::Credential,
            id: Uuid::from_u128(n - 1),
        },
    ]
}

/// Two generations: revisions 10 (base), 11, 12, and 12 (base), 13, 14. Returns the states by revision.
fn written(folder: &Path) -> Vec<State> {
    let mut disk = Disk::open(folder).unwrap();
    let mut state = State {
        revision: 10,
        entities: trial::small(),
    };
    let mut states = vec![state.clone()];
    disk.write_base(10, &state.entities).unwrap();
    for revision in 11..=14_i64 {
        if revision == 13 {
            disk.write_base(12, &state.entities).unwrap();
        }
        let n = 100 + revision as u128;
        disk.append(revision, change(n)).unwrap();
        state.entities.retain(|e| e.id() != Uuid::from_u128(n - 1));
        state.entities.push(Entity::Credential(trial::credential(
            n,
            6,
            &format!("key {n}"),
        )));
        state.revision = revision;
        states.push(state.clone());
    }
    states
}

fn file(folder: &Path, name: &str) -> std::path::PathBuf {
    folder.join(name)
}

/// The state must be one that was written, and say why when it is not the last.
fn check(folder: &Path, states: &[State], at_least: i64, what: &str) -> i64 {
    let loaded = Disk::open(folder).unwrap().load();
    let state = loaded
        .state
        .unwrap_or_else(|| panic!("{what}: nothing was found"));
    let expected = states.iter().find(|s| s.revision == state.revision);
    assert_eq!(Some(&state), expected, "{what}");
    assert!(
        state.revision >= at_least,
        "{what}: fell back to {}",
        state.revision
    );
    if state.revision < 14 {
        assert!(!loaded.notes.is_empty(), "{what}: no reason given");
    }
    state.revision
}

#[test]
fn the_last_state_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let states = written(folder.path());
    let loaded = Disk::open(folder.path()).unwrap().load();
    assert_eq!(loaded.state.as_ref(), states.last());
    assert_eq!(loaded.notes, Vec::<String>::new());
}

#[test]
fn a_log_cut_at_any_byte_keeps_what_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let states = written(folder.path());
    let path = file(folder.path(), "00000002.log");
    let whole = fs::read(&path).unwrap();
    let mut seen = Vec::new();
    for length in 0..whole.len() {
        fs::write(&path, &whole[..length]).unwrap();
        let loaded = Disk::open(folder.path()).unwrap().load();
        let state = loaded.state.unwrap();
        assert_eq!(
            Some(&state),
            states.iter().find(|s| s.revision == state.revision),
            "{length}"
        );
        seen.push(state.revision);
    }
    assert!(seen.is_sorted());
    seen.dedup();
    assert_eq!(seen, [12, 13]);
}

#[test]
fn a_base_cut_at_any_byte_loses_nothing_while_the_logs_are_whole() {
    let folder = tempfile::tempdir().unwrap();
    let states = written(folder.path());
    let path = file(folder.path(), "00000002.base");
    let whole = fs::read(&path).unwrap();
    for length in 0..whole.len() {
        fs::write(&path, &whole[..length]).unwrap();
        let loaded = Disk::open(folder.path()).unwrap().load();
        assert_eq!(loaded.state.as_ref(), states.last(), "cut to {length}");
        assert!(
            loaded.notes[0].contains("00000002.base"),
            "{:?}",
            loaded.notes
        );
    }
    fs::remove_file(&path).unwrap();
    assert_eq!(check(folder.path(), &states, 14, "base removed"), 14);
}

#[test]
fn damage_at_any_byte_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let states = written(folder.path());
    for (name, at_least) in [
        ("00000001.base", 14),
        ("00000001.log", 14),
        ("00000002.base", 14),
        ("00000002.log", 12),
    ] {
        let path = file(folder.path(), name);
        let whole = fs::read(&path).unwrap();
        for at in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[at] ^= 0x41;
            fs::write(&path, &damaged).unwrap();
            check(folder.path(), &states, at_least, &format!("{name} at {at}"));
        }
        fs::write(&path, &whole).unwrap();
    }
}

#[test]
fn nothing_is_trusted_when_both_bases_are_damaged() {
    let folder = tempfile::tempdir().unwrap();
    written(folder.path());
    for name in ["00000001.base", "00000002.base"] {
        fs::write(file(folder.path(), name), b"not a snapshot at all").unwrap();
    }
    let loaded = Disk::open(folder.path()).unwrap().load();
    assert!(loaded.state.is_none());
    assert_eq!(loaded.notes.len(), 2, "{:?}", loaded.notes);
}

#[test]
fn two_generations_are_kept_for_the_owner_alone() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("snapshot");
    let mut disk = Disk::open(&inner).unwrap();
    assert!(disk.load().state.is_none());
    assert!(matches!(
        disk.append(1, change(200)),
        Err(DiskError::NoBase)
    ));
    for revision in 1..=4 {
        disk.write_base(revision, &trial::small()).unwrap();
        disk.append(revision + 1, change(200)).unwrap();
    }
    let mut names: Vec<String> = fs::read_dir(&inner)
        .unwrap()
        .map(|entry| entry.unwrap())
        .inspect(|entry| {
            let mode = entry.metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{entry:?}");
        })
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(
        names,
        [
            "00000003.base",
            "00000003.log",
            "00000004.base",
            "00000004.log"
        ]
    );
    assert_eq!(
        fs::metadata(&inner).unwrap().permissions().mode() & 0o777,
        0o700
    );
}

#[test]
fn a_long_log_wants_a_base() {
    let folder = tempfile::tempdir().unwrap();
    let mut disk = Disk::open(folder.path()).unwrap();
    assert!(disk.wants_base());
    disk.write_base(1, &trial::small()).unwrap();
    assert!(!disk.wants_base());
    let many: Vec<Change> = (0..25_000).flat_map(|n| change(1_000 + n)).collect();
    disk.append(2, many).unwrap();
    assert!(disk.wants_base());
    let state = disk.load().state.unwrap();
    assert_eq!(
        (state.revision, state.entities.len()),
        (2, trial::small().len() + 1)
    );
}
