//! A short run of the fuzz targets: over the kept corpus, and over seeded mutations of it.

#[path = "../../../../fuzz/src/drive.rs"]
#[expect(unreachable_pub, reason = "the fuzz targets are another crate")]
mod drive;

use std::path::{Path, PathBuf};

/// Mutations of each input.
const ROUNDS: u64 = 300;

/// Numbers that are the same in every run (SplitMix64).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, most: usize) -> usize {
        usize::try_from(self.next() % most.max(1) as u64).unwrap()
    }
}

fn corpus(target: &str) -> Vec<Vec<u8>> {
    let folder: PathBuf = [env!("CARGO_MANIFEST_DIR"), "../../fuzz/corpus", target]
        .iter()
        .collect();
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    files.sort();
    files
        .iter()
        .map(|file| std::fs::read(file).unwrap())
        .collect()
}

/// Drives the inputs, then pieces of them cut, joined and changed.
fn run(target: &str, rounds: u64, drive: impl Fn(&[u8])) {
    let inputs = corpus(target);
    assert!(inputs.len() > 5, "the corpus of {target} is there");
    inputs.iter().for_each(|input| drive(input));
    let mut numbers = Numbers(42);
    let pieces: [&[u8]; 12] = [
        b"%2e", b"%2F", b"..", b"//", b"\\", b";", b"%00", b"%c0%ae", b"/", b"%", b"\n", b"\xff",
    ];
    for input in &inputs {
        for _ in 0..rounds {
            let mut changed = input.clone();
            for _ in 0..=numbers.below(3) {
                let at = numbers.below(changed.len() + 1);
                match numbers.below(5) {
                    0 => {
                        let piece = pieces[numbers.below(pieces.len())];
                        changed.splice(at..at, piece.iter().copied());
                    }
                    1 => {
                        let other = &inputs[numbers.below(inputs.len())];
                        let from = numbers.below(other.len() + 1);
                        changed.truncate(at);
                        changed.extend(&other[from..]);
                    }
                    2 if at < changed.len() => {
                        changed.remove(at);
                    }
                    3 if at < changed.len() => changed[at] = numbers.next().to_le_bytes()[0],
                    _ if at < changed.len() => changed[at] ^= 1 << numbers.below(8),
                    _ => {}
                }
            }
            drive(&changed);
        }
    }
}

#[test]
fn paths_that_are_taken_have_one_reading() {
    run("path", ROUNDS * 10, drive::path);
}

#[test]
fn a_question_has_one_route() {
    run("route", ROUNDS, drive::route);
}

#[test]
fn a_damaged_snapshot_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let at: &Path = folder.path();
    run("snapshot", 20, |input| drive::snapshot(at, input));
}
