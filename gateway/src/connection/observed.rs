//! A connection's bytes on their way: counted, since Pingora answers what it cannot read without telling anybody; bounded
//! where they only cost work; and ended in order when the gateway stops.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Instant;

use async_trait::async_trait;
use pingora::protocols::raw_connect::ProxyDigest;
use pingora::protocols::tls::SslDigest;
use pingora::protocols::{
    GetProxyDigest, GetSocketDigest, GetTimingDigest, Peek, Shutdown, SocketDigest, Ssl,
    TimingDigest, UniqueID, UniqueIDType,
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::farewell::{Farewell, Step, TO_CALLER, TO_UPSTREAM};
use super::frames::Frames;
use super::socket::Socket;

/// What passed on a connection so far.
#[derive(Debug, Clone, Default)]
pub(super) struct Traffic(Arc<Bytes>);

#[derive(Debug, Default)]
struct Bytes {
    read: AtomicU64,
    written: AtomicU64,
}

impl Traffic {
    /// Bytes from the client.
    pub(super) fn read(&self) -> u64 {
        self.0.read.load(Ordering::Relaxed)
    }

    /// Bytes to the client.
    pub(super) fn written(&self) -> u64 {
        self.0.written.load(Ordering::Relaxed)
    }
}

/// The connection.
#[derive(Debug)]
pub(super) struct Observed {
    socket: Socket,
    /// What was read before HTTP began, and is still to be given.
    replay: Vec<u8>,
    digest: Option<Arc<SslDigest>>,
    traffic: Traffic,
    farewell: Farewell,
    frames: Option<Frames>,
}

impl Observed {
    pub(super) fn new(
        socket: Socket,
        replay: Vec<u8>,
        digest: Option<Arc<SslDigest>>,
        traffic: Traffic,
        farewell: Farewell,
    ) -> Self {
        Self {
            socket,
            replay,
            digest,
            traffic,
            farewell,
            frames: None,
        }
    }

    /// The connection speaks HTTP/2: frames that carry nothing are bounded.
    pub(super) fn count_frames(&mut self) {
        self.socket.hold_nothing();
        self.frames = Some(Frames::new(Instant::now()));
    }

    fn arrived(&mut self, bytes: &[u8]) -> io::Result<()> {
        let count = bytes.len() as u64;
        self.traffic.0.read.fetch_add(count, Ordering::Relaxed);
        self.farewell.read(bytes);
        let frames = self.frames.as_mut();
        if frames.is_none_or(|frames| frames.arrived(bytes, Instant::now())) {
            Ok(())
        } else {
            Err(io::Error::other("a flood of frames that carry nothing"))
        }
    }

    /// Says goodbye where that is due; `Ready` when the caller is not to be listened to.
    fn poll_farewell(
        &mut self,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            match self.farewell.poll(cx) {
                Step::Pass => return Poll::Pending,
                Step::Write(from) => {
                    let count = ready!(self.socket.poll_write(cx, &TO_CALLER[from..]))?;
                    self.farewell.done(count);
                }
                Step::Hand => {
                    if buf.remaining() >= TO_UPSTREAM.len() {
                        buf.put_slice(&TO_UPSTREAM);
                    }
                    self.farewell.done(0);
                    if !buf.filled().is_empty() {
                        return Poll::Ready(Ok(()));
                    }
                }
                Step::Drain => {
                    ready!(self.socket.poll_flush(cx))?;
                    let mut scratch = [0; 1_024];
                    let mut scratch = ReadBuf::new(&mut scratch);
                    ready!(self.socket.poll_read(cx, &mut scratch))?;
                    if scratch.filled().is_empty() {
                        self.farewell.ended();
                    }
                }
                Step::End => return Poll::Ready(Ok(())),
            }
        }
    }
}

impl AsyncRead for Observed {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if let Poll::Ready(done) = self.poll_farewell(cx, buf) {
            return Poll::Ready(done);
        }
        if self.farewell.is_over() {
            return Poll::Pending;
        }
        let before = buf.filled().len();
        if self.replay.is_empty() {
            ready!(self.socket.poll_read(cx, buf))?;
        } else {
            let count = buf.remaining().min(self.replay.len());
            buf.put_slice(&self.replay[..count]);
            self.replay.drain(..count);
        }
        Poll::Ready(self.arrived(&buf.filled()[before..]))
    }
}

impl AsyncWrite for Observed {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.farewell.is_over() {
            return Poll::Ready(Ok(buf.len()));
        }
        let count = ready!(self.socket.poll_write(cx, buf))?;
        self.wrote(count);
        self.farewell.written(&buf[..count]);
        Poll::Ready(Ok(count))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if self.farewell.is_over() {
            return Poll::Ready(Ok(bufs.iter().map(|buf| buf.len()).sum()));
        }
        let count = ready!(self.socket.poll_write_vectored(cx, bufs))?;
        self.wrote(count);
        let mut left = count;
        for buf in bufs {
            let part = left.min(buf.len());
            self.farewell.written(&buf[..part]);
            left -= part;
        }
        Poll::Ready(Ok(count))
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.socket.poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.socket.poll_shutdown(cx)
    }
}

impl Observed {
    fn wrote(&self, count: usize) {
        let written = &self.traffic.0.written;
        written.fetch_add(count as u64, Ordering::Relaxed);
    }
}

#[async_trait]
impl Shutdown for Observed {
    async fn shutdown(&mut self) {
        self.socket.shutdown().await;
    }
}

impl UniqueID for Observed {
    fn id(&self) -> UniqueIDType {
        self.socket.bare().id()
    }
}

impl Ssl for Observed {
    fn get_ssl_digest(&self) -> Option<Arc<SslDigest>> {
        self.digest.clone()
    }
}

impl GetTimingDigest for Observed {
    fn get_timing_digest(&self) -> Vec<Option<TimingDigest>> {
        self.socket.bare().get_timing_digest()
    }
}

impl GetProxyDigest for Observed {
    fn get_proxy_digest(&self) -> Option<Arc<ProxyDigest>> {
        self.socket.bare().get_proxy_digest()
    }
}

impl GetSocketDigest for Observed {
    fn get_socket_digest(&self) -> Option<Arc<SocketDigest>> {
        self.socket.bare().get_socket_digest()
    }
}

impl Peek for Observed {}
