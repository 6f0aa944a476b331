//! The frames of an HTTP/2 client, counted as they arrive: those that cost work and carry nothing are bounded. A stream
//! that is opened and reset at once, pings, settings, priorities and empty frames are all of this kind.

use std::time::Instant;

/// Cheap frames that may come at once.
const BURST: f64 = 300.0;
/// Cheap frames per second in the long run.
const PER_SECOND: f64 = 50.0;
/// Bytes of the preface that a client begins with.
const PREFACE: usize = 24;

const DATA: u8 = 0x0;
const HEADERS: u8 = 0x1;
const WINDOW_UPDATE: u8 = 0x8;
const CONTINUATION: u8 = 0x9;
const END_STREAM: u8 = 0x1;

/// Where in the stream of frames the bytes are.
#[derive(Debug)]
pub(super) struct Frames {
    /// Bytes of the preface or of a frame's payload that are still to come.
    skip: usize,
    head: [u8; 9],
    filled: usize,
    allowance: f64,
    since: Instant,
}

impl Frames {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            skip: PREFACE,
            head: [0; 9],
            filled: 0,
            allowance: BURST,
            since: now,
        }
    }

    /// Takes note of bytes that arrived. `false`: the client floods.
    pub(super) fn arrived(&mut self, mut bytes: &[u8], now: Instant) -> bool {
        while !bytes.is_empty() {
            if self.skip > 0 {
                let skipped = self.skip.min(bytes.len());
                self.skip -= skipped;
                bytes = &bytes[skipped..];
                continue;
            }
            let taken = (self.head.len() - self.filled).min(bytes.len());
            self.head[self.filled..self.filled + taken].copy_from_slice(&bytes[..taken]);
            self.filled += taken;
            bytes = &bytes[taken..];
            if self.filled == self.head.len() {
                self.filled = 0;
                if !self.frame(now) {
                    return false;
                }
            }
        }
        true
    }

    fn frame(&mut self, now: Instant) -> bool {
        let [a, b, c, kind, flags, ..] = self.head;
        let length = usize::from(a) << 16 | usize::from(b) << 8 | usize::from(c);
        self.skip = length;
        let carries = match kind {
            DATA => length > 0 || flags & END_STREAM != 0,
            CONTINUATION => length > 0,
            // answers to what the gateway sends: as many as it sends data
            HEADERS | WINDOW_UPDATE => true,
            _ => false,
        };
        if carries {
            return true;
        }
        let passed = now.duration_since(self.since).as_secs_f64();
        self.since = now;
        self.allowance = (self.allowance + passed * PER_SECOND).min(BURST) - 1.0;
        self.allowance >= 0.0
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn frame(kind: u8, flags: u8, payload: &[u8]) -> Vec<u8> {
        let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
        let mut bytes = vec![length[1], length[2], length[3], kind, flags, 0, 0, 0, 1];
        bytes.extend(payload);
        bytes
    }

    fn taken(frame: &[u8], piece: usize, every: Duration) -> usize {
        let mut now = Instant::now();
        let mut frames = Frames::new(now);
        assert!(frames.arrived(&[0; PREFACE], now));
        for count in 0..10_000 {
            now += every;
            if !frame.chunks(piece).all(|part| frames.arrived(part, now)) {
                return count;
            }
        }
        10_000
    }

    #[test]
    fn what_carries_nothing_is_bounded() {
        for (kind, payload) in [
            (0x3, &[0; 4][..]),
            (0x4, &[]),
            (0x6, &[0; 8]),
            (0x2, &[0; 5]),
            (0x0, &[]),
            (0x9, &[]),
        ] {
            for piece in [1, 4, 100] {
                assert_eq!(
                    taken(&frame(kind, 0, payload), piece, Duration::ZERO),
                    300,
                    "{kind}"
                );
            }
        }
        assert_eq!(
            taken(&frame(0x6, 0, &[0; 8]), 9, Duration::from_millis(25)),
            10_000
        );
    }

    #[test]
    fn requests_and_bodies_pass() {
        for (kind, flags, payload) in [
            (0x1, 0x5, &[0x82][..]),
            (0x0, 0, &[1]),
            (0x0, 0x1, &[]),
            (0x8, 0, &[0; 4]),
        ] {
            assert_eq!(
                taken(&frame(kind, flags, payload), 3, Duration::ZERO),
                10_000,
                "{kind}"
            );
        }
    }
}
