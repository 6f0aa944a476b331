//! What the bytes of a connection travel on.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::BytesMut;
use pingora::protocols::l4::stream::Stream as Layer4;
use tokio::io::{AsyncWrite as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;
use tokio_util::io::poll_read_buf;

/// In the clear or over TLS.
#[derive(Debug)]
pub(crate) enum Line {
    Plain(TcpStream),
    Secure(Box<TlsStream<Layer4>>),
}

impl Line {
    /// Appends what is there to read. 0 bytes are the end.
    pub(super) fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        input: &mut BytesMut,
        room: usize,
    ) -> Poll<io::Result<usize>> {
        if input.capacity() - input.len() < room / 4 {
            input.reserve(room);
        }
        match self {
            Self::Plain(stream) => poll_read_buf(Pin::new(stream), cx, input),
            Self::Secure(stream) => poll_read_buf(Pin::new(&mut **stream), cx, input),
        }
    }

    pub(super) fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self {
            Self::Plain(stream) => Pin::new(stream).poll_write_vectored(cx, parts),
            Self::Secure(stream) => Pin::new(stream).poll_write_vectored(cx, parts),
        }
    }

    /// What was written goes out: TLS may hold some of it.
    pub(super) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Plain(_) => Poll::Ready(Ok(())),
            Self::Secure(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    /// Says that nothing more comes. Whether the caller still listens is its own affair.
    pub(super) async fn shutdown(&mut self) {
        drop(match self {
            Self::Plain(stream) => stream.shutdown().await,
            Self::Secure(stream) => stream.shutdown().await,
        });
    }
}
