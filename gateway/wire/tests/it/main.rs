//! A short run of the fuzz target for upstreams' answers: over the kept corpus, and over seeded mutations of it.
#![expect(
    clippy::unwrap_used,
    reason = "a corpus that cannot be read is a failed test"
)]

#[path = "../../../../fuzz/src/answer.rs"]
#[expect(unreachable_pub, reason = "the fuzz targets are another crate")]
mod answer;

use std::path::PathBuf;

/// Mutations of each input.
const ROUNDS: u64 = 2_000;

/// What answers are made of.
const PIECES: [&[u8]; 20] = [
    b"\r\n",
    b"\n",
    b"\r",
    b"\r\n\r\n",
    b" ",
    b"\t",
    b":",
    b"\0",
    b"0",
    b"-1",
    b"ffffffffffffffff",
    b"Content-Length: 3\r\n",
    b"Content-Length: 4, 4\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Transfer-Encoding: gzip\r\n",
    b"Connection: close\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\n",
    b"HTTP/1.0 ",
    b"3\r\nabc\r\n",
    b"\xff",
];

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

fn corpus() -> Vec<Vec<u8>> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/corpus/answer");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    files.sort();
    assert!(files.len() > 10, "the corpus is there");
    files
        .iter()
        .map(|file| std::fs::read(file).unwrap())
        .collect()
}

#[test]
fn an_answer_has_one_reading() {
    let inputs = corpus();
    inputs.iter().for_each(|input| answer::answer(input));
    let mut numbers = Numbers(7);
    for input in &inputs {
        for _ in 0..ROUNDS {
            let mut changed = input.clone();
            for _ in 0..=numbers.below(4) {
                let at = numbers.below(changed.len() + 1);
                match numbers.below(5) {
                    0 => {
                        let piece = PIECES[numbers.below(PIECES.len())];
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
            answer::answer(&changed);
        }
    }
}
