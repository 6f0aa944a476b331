//! One connection to an upstream: bytes out, bytes in, with a bound on each step.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::os::fd::{AsRawFd as _, RawFd};
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::BytesMut;
use pingora::prelude::timeout;
use pingora::{Error, ErrorType, Result};
use tokio::io::{AsyncReadExt as _, Interest};
use tokio::net::TcpStream;

use crate::upstreams::Opened;

/// Room for a head and a small body.
pub(super) const SMALL: usize = 16 * 1024;
/// Room for a piece of a large body.
pub(super) const LARGE: usize = 64 * 1024;

/// The connection.
#[derive(Debug)]
pub(super) struct Link {
    stream: TcpStream,
    /// What was read and not yet taken.
    pub(super) input: BytesMut,
    /// It carried a request before.
    pub(super) is_used: bool,
    _opened: Option<Opened>,
}

/// How much of a request went out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sent {
    pub(super) bytes: usize,
    /// All of it did.
    pub(super) all: bool,
}

impl Link {
    pub(super) async fn connect(
        address: SocketAddr,
        patience: Duration,
        opened: Opened,
    ) -> Result<Self> {
        let stream = match timeout(patience, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => {
                let kind = match error.kind() {
                    ErrorKind::ConnectionRefused => ErrorType::ConnectRefused,
                    _ => ErrorType::ConnectError,
                };
                return Err(Error::because(kind, "while connecting", error).into_up());
            }
            Err(_) => return Err(Error::new_up(ErrorType::ConnectTimedout)),
        };
        if let Err(error) = stream.set_nodelay(true) {
            return Err(Error::because(ErrorType::ConnectError, "as it was made", error).into_up());
        }
        Ok(Self::over(stream, Some(opened)))
    }

    pub(super) fn over(stream: TcpStream, opened: Option<Opened>) -> Self {
        Self {
            stream,
            input: BytesMut::new(),
            is_used: false,
            _opened: opened,
        }
    }

    /// The descriptor, for the bound on the whole exchange.
    pub(super) fn number(&self) -> RawFd {
        self.stream.as_raw_fd()
    }

    /// Whether the other side neither closed nor said anything. Costs no system call while nothing came: the runtime noted it
    /// if something did.
    pub(super) fn is_fresh(&self) -> bool {
        let mut byte = [0];
        let nothing = self.stream.try_read(&mut byte);
        matches!(nothing, Err(error) if error.kind() == ErrorKind::WouldBlock)
    }

    #[cfg(test)]
    pub(super) async fn readable(&self) {
        self.stream.readable().await.unwrap();
    }

    /// Nothing is asked for now: a buffer that grew is given back.
    pub(super) fn rest(&mut self) {
        self.is_used = true;
        if self.input.capacity() > SMALL {
            self.input = BytesMut::new();
        }
    }

    /// Sends the bytes. Ends early, without an error, when the other side answers before it has them all, or takes no more: what
    /// it has to say is still to be read.
    pub(super) async fn send(&mut self, bytes: &[u8], patience: Duration) -> Result<Sent> {
        let mut sent = 0;
        while sent < bytes.len() {
            match self.stream.try_write(&bytes[sent..]) {
                Ok(count) if count > 0 => sent += count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    let both = Interest::READABLE | Interest::WRITABLE;
                    let Ok(ready) = timeout(patience, self.stream.ready(both)).await else {
                        return Err(Error::new_up(ErrorType::WriteTimedout));
                    };
                    let is_blocked = ready.is_ok_and(|ready| !ready.is_writable());
                    if is_blocked && self.try_fill(SMALL).is_some() {
                        break;
                    }
                }
                Ok(_) | Err(_) => break,
            }
        }
        Ok(Sent {
            bytes: sent,
            all: sent == bytes.len(),
        })
    }

    /// Reads what is there; `None` when nothing is. 0 bytes are the end.
    pub(super) fn try_fill(&mut self, room: usize) -> Option<io::Result<usize>> {
        self.make(room);
        let mut nobody = Context::from_waker(Waker::noop());
        match pin!(self.stream.read_buf(&mut self.input)).poll(&mut nobody) {
            Poll::Ready(done) => Some(done),
            Poll::Pending => None,
        }
    }

    /// Waits for something to read, and reads it. Polled reads, unlike tried ones, note that a read which left room took all that
    /// there was: the next look at the connection then costs no system call.
    pub(super) async fn fill(&mut self, room: usize) -> io::Result<usize> {
        self.make(room);
        self.stream.read_buf(&mut self.input).await
    }

    fn make(&mut self, room: usize) {
        // a little that is left over does not make the next read a small one
        if self.input.capacity() - self.input.len() < room / 4 {
            self.input.reserve(room);
        }
    }
}
