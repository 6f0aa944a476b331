//! Short runs of the fuzz targets for paths, routes and the copy on the disk.

#[path = "../../../../fuzz/src/drive.rs"]
#[expect(unreachable_pub, reason = "the fuzz targets are another crate")]
mod drive;
#[path = "../../../../fuzz/src/kept.rs"]
#[expect(unreachable_pub, reason = "other crates' tests include it too")]
mod kept;

use std::path::Path;

use kept::Run;

/// What paths are made of.
const PIECES: [&[u8]; 12] = [
    b"%2e", b"%2F", b"..", b"//", b"\\", b";", b"%00", b"%c0%ae", b"/", b"%", b"\n", b"\xff",
];

fn run(target: &str, rounds: u64, drive: impl Fn(&[u8])) {
    let run = Run {
        target,
        rounds,
        seed: 42,
        pieces: &PIECES,
    };
    run.drive(drive);
}

#[test]
fn paths_that_are_taken_have_one_reading() {
    run("path", 3_000, drive::path);
}

#[test]
fn a_question_has_one_route() {
    run("route", 300, drive::route);
}

#[test]
fn a_damaged_snapshot_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let at: &Path = folder.path();
    run("snapshot", 20, |input| drive::snapshot(at, input));
}
