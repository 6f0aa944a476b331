//! Who writes the copy of the configuration on the disk: one gateway at a time.

use parking_lot::Mutex;

/// Whether this gateway writes to the disk.
#[derive(Debug, Default)]
pub(crate) struct Hold(Mutex<State>);

#[derive(Debug, Default, PartialEq, Eq)]
enum State {
    /// It does.
    #[default]
    Free,
    /// It does not: a successor does.
    Frozen,
    /// It does again, and what is there lacks what came meanwhile.
    Behind,
}

impl Hold {
    /// Writes no more. Returns when a write that was under way has ended.
    pub(crate) fn freeze(&self) {
        *self.0.lock() = State::Frozen;
    }

    /// Writes again: the successor did not come.
    pub(crate) fn thaw(&self) {
        *self.0.lock() = State::Behind;
    }

    /// Runs a write, unless a successor writes. It is told whether earlier ones were left out.
    pub(crate) fn write(&self, write: impl FnOnce(bool)) {
        let mut state = self.0.lock();
        if *state != State::Frozen {
            write(*state == State::Behind);
            *state = State::Free;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_left_out_is_told_once() {
        let hold = Hold::default();
        let told = || {
            let mut told = None;
            hold.write(|behind| told = Some(behind));
            told
        };
        assert_eq!(told(), Some(false));
        hold.freeze();
        assert_eq!(told(), None);
        hold.thaw();
        assert_eq!((told(), told()), (Some(true), Some(false)));
    }
}
