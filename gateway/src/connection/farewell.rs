//! The end of a WebSocket when the gateway stops: both sides get a close frame (1001, RFC 6455 section 7.4.1) between two
//! frames of theirs, instead of a connection that breaks off.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Sleep, sleep};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

/// What the caller gets: FIN and close, two bytes, "going away".
pub(super) const TO_CALLER: [u8; 4] = [0x88, 0x02, 0x03, 0xe9];
/// What the upstream gets as if from the caller: the same under a mask of zeros.
pub(super) const TO_UPSTREAM: [u8; 8] = [0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe9];
/// For the caller to close as well.
const PATIENCE: Duration = Duration::from_secs(1);

/// What is to be done next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// Nothing: let everything pass.
    Pass,
    /// Write what is left of [`TO_CALLER`], from this byte on.
    Write(usize),
    /// Say what the upstream is to get.
    Hand,
    /// Read and forget what the caller still sends.
    Drain,
    /// The connection has ended.
    End,
}

/// Watches one connection.
pub(super) struct Farewell {
    /// Set when the connection becomes a WebSocket.
    web_socket: Arc<AtomicBool>,
    stopping: Option<Pin<Box<WaitForCancellationFutureOwned>>>,
    token: CancellationToken,
    from_caller: Frames,
    to_caller: Frames,
    /// Whether the answer's head has passed to the caller.
    head: Head,
    step: Step,
    patience: Option<Pin<Box<Sleep>>>,
}

impl Farewell {
    pub(super) fn new(web_socket: Arc<AtomicBool>, token: CancellationToken) -> Self {
        Self {
            web_socket,
            stopping: None,
            token,
            from_caller: Frames::default(),
            to_caller: Frames::default(),
            head: Head::default(),
            step: Step::Pass,
            patience: None,
        }
    }

    fn is_web_socket(&self) -> bool {
        self.web_socket.load(Ordering::Relaxed)
    }

    /// The caller sent this.
    pub(super) fn read(&mut self, bytes: &[u8]) {
        if self.is_web_socket() {
            self.from_caller.passed(bytes);
        }
    }

    /// The caller got this.
    pub(super) fn written(&mut self, bytes: &[u8]) {
        if self.is_web_socket() {
            let rest = self.head.passed(bytes);
            self.to_caller.passed(rest);
        }
    }

    /// What is to be done before the caller is listened to.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Step {
        if self.step == Step::Pass && self.is_web_socket() {
            let stopping = self
                .stopping
                .get_or_insert_with(|| Box::pin(self.token.clone().cancelled_owned()));
            let between = self.head.complete && self.to_caller.is_between();
            if stopping.as_mut().poll(cx).is_ready() && between {
                self.step = Step::Write(0);
            }
        }
        if self.step == Step::Drain {
            let patience = self
                .patience
                .get_or_insert_with(|| Box::pin(sleep(PATIENCE)));
            if patience.as_mut().poll(cx) == Poll::Ready(()) {
                self.step = Step::End;
            }
        }
        self.step
    }

    /// A step is done; which one follows.
    pub(super) fn done(&mut self, written: usize) {
        self.step = match self.step {
            Step::Write(from) if from + written < TO_CALLER.len() => Step::Write(from + written),
            // in the middle of a frame a close frame would be read as part of it
            Step::Write(_) if self.from_caller.is_between() => Step::Hand,
            Step::Write(_) | Step::Hand => Step::Drain,
            other => other,
        };
    }

    /// The caller closed.
    pub(super) fn ended(&mut self) {
        if self.step != Step::Pass {
            self.step = Step::End;
        }
    }

    /// Whether what the upstream still sends is too late.
    pub(super) fn is_over(&self) -> bool {
        !matches!(self.step, Step::Pass)
    }
}

impl fmt::Debug for Farewell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Farewell")
            .field("step", &self.step)
            .finish_non_exhaustive()
    }
}

/// The head of the answer that made the connection a WebSocket.
#[derive(Default)]
struct Head {
    matched: usize,
    complete: bool,
}

impl Head {
    /// What follows the head.
    fn passed<'b>(&mut self, bytes: &'b [u8]) -> &'b [u8] {
        const END: &[u8] = b"\r\n\r\n";
        if self.complete {
            return bytes;
        }
        for (at, byte) in bytes.iter().enumerate() {
            self.matched = if *byte == END[self.matched] {
                self.matched + 1
            } else {
                usize::from(*byte == END[0])
            };
            if self.matched == END.len() {
                self.complete = true;
                return &bytes[at + 1..];
            }
        }
        &[]
    }
}

/// Where in a stream of WebSocket frames the bytes are (RFC 6455 section 5.2).
#[derive(Default)]
struct Frames {
    head: Vec<u8>,
    payload: u64,
}

impl Frames {
    /// Whether the last frame has ended and no other has begun.
    fn is_between(&self) -> bool {
        self.head.is_empty() && self.payload == 0
    }

    fn passed(&mut self, mut bytes: &[u8]) {
        while let Some(byte) = bytes.first() {
            if self.payload > 0 {
                let skipped = usize::try_from(self.payload)
                    .unwrap_or(usize::MAX)
                    .min(bytes.len());
                self.payload -= skipped as u64;
                bytes = &bytes[skipped..];
                continue;
            }
            self.head.push(*byte);
            bytes = &bytes[1..];
            if let Some(length) = length(&self.head) {
                self.payload = length;
                self.head.clear();
            }
        }
    }
}

/// The length of the payload, once the frame's head is complete.
fn length(head: &[u8]) -> Option<u64> {
    let second = *head.get(1)?;
    let mask = if second & 0x80 == 0 { 0 } else { 4 };
    let (extended, length) = match second & 0x7f {
        126 => (
            2,
            u64::from(u16::from_be_bytes(head.get(2..4)?.try_into().ok()?)),
        ),
        127 => (8, u64::from_be_bytes(head.get(2..10)?.try_into().ok()?)),
        short => (0, u64::from(short)),
    };
    (head.len() == 2 + extended + mask).then_some(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(length: usize, masked: bool) -> Vec<u8> {
        let mask = if masked { 0x80 } else { 0 };
        let mut frame = vec![0x82];
        match length {
            0..126 => frame.push(mask | u8::try_from(length).unwrap()),
            126..65_536 => {
                frame.push(mask | 126);
                frame.extend(u16::try_from(length).unwrap().to_be_bytes());
            }
            _ => {
                frame.push(mask | 127);
                frame.extend((length as u64).to_be_bytes());
            }
        }
        frame.extend(vec![0x88; length + if masked { 4 } else { 0 }]);
        frame
    }

    #[test]
    fn knows_where_frames_end() {
        for length in [0, 1, 125, 126, 300, 65_535, 65_536, 70_000] {
            for masked in [false, true] {
                for piece in [1, 7, 100_000] {
                    let mut frames = Frames::default();
                    let bytes = frame(length, masked);
                    let (last, rest) = bytes.split_last().unwrap();
                    rest.chunks(piece).for_each(|part| frames.passed(part));
                    assert!(!frames.is_between(), "{length} {masked} {piece}");
                    frames.passed(&[*last]);
                    assert!(frames.is_between(), "{length} {masked} {piece}");
                }
            }
        }
    }

    #[test]
    fn the_head_is_no_frame() {
        for piece in [1, 5, 100] {
            let mut head = Head::default();
            let bytes = b"HTTP/1.1 101 X\r\nA: b\r\n\r\nrest";
            let rest: Vec<u8> = bytes
                .chunks(piece)
                .flat_map(|part| head.passed(part).to_vec())
                .collect();
            assert_eq!(rest, b"rest");
        }
    }
}
