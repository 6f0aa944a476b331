//! A short run of a fuzz target in the ordinary tests: over the kept corpus, and over seeded mutations of it.

use std::path::PathBuf;

/// A run.
pub struct Run<'a> {
    /// The folder below `corpus`.
    pub target: &'a str,
    /// Mutations of each input.
    pub rounds: u64,
    /// What the numbers begin with.
    pub seed: u64,
    /// What is put in between.
    pub pieces: &'a [&'a [u8]],
}

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
        usize::try_from(self.next() % most.max(1) as u64).expect("it is below a length")
    }
}

impl Run<'_> {
    /// Drives the inputs, then pieces of them cut, joined and changed. The crate that includes this lies two folders below
    /// the root.
    pub fn drive(&self, drive: impl Fn(&[u8])) {
        let inputs = self.corpus();
        assert!(inputs.len() > 5, "the corpus of {} is there", self.target);
        inputs.iter().for_each(|input| drive(input));
        let mut numbers = Numbers(self.seed);
        for input in &inputs {
            for _ in 0..self.rounds {
                let mut changed = input.clone();
                for _ in 0..=numbers.below(4) {
                    self.change(&mut changed, &inputs, &mut numbers);
                }
                drive(&changed);
            }
        }
    }

    fn corpus(&self) -> Vec<Vec<u8>> {
        let folder: PathBuf = ["../../fuzz/corpus", self.target].iter().collect();
        let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
            .expect("the corpus is there")
            .map(|file| file.expect("a file of the corpus").path())
            .collect();
        files.sort();
        let read = |file: &PathBuf| std::fs::read(file).expect("a file of the corpus");
        files.iter().map(read).collect()
    }

    fn change(&self, changed: &mut Vec<u8>, inputs: &[Vec<u8>], numbers: &mut Numbers) {
        let at = numbers.below(changed.len() + 1);
        match numbers.below(5) {
            0 => {
                let piece = self.pieces[numbers.below(self.pieces.len())];
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
}
