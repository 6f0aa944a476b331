//! What a connection's bytes travel on. The head of an HTTP/1.1 answer leaves together with the first piece of its body: a call of
//! the system costs more than what it carries.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pingora::protocols::Shutdown;
use pingora::protocols::l4::stream::Stream as Layer4;
use tokio::io::{AsyncRead as _, AsyncWrite as _, AsyncWriteExt as _, ReadBuf};
use tokio_rustls::server::TlsStream;

/// Of heads that are larger nothing waits.
const HELD_MOST: usize = 16 * 1024;
/// Of an empty buffer so much is kept for the next answer.
const KEPT: usize = 4 * 1024;

/// A stream with a head that was written to it and not yet sent.
#[derive(Debug)]
pub(super) struct Socket {
    way: Way,
    /// Heads wait for what follows. HTTP/2 collects its frames itself.
    holds: bool,
    held: Vec<u8>,
    /// Of what is held, so much was sent.
    sent: usize,
}

#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "one per connection, on the heap already: a plain one needs no second place there"
)]
enum Way {
    Plain(Layer4),
    Secure(Box<TlsStream<Layer4>>),
}

impl Socket {
    pub(super) fn plain(stream: Layer4) -> Self {
        Self::over(Way::Plain(stream))
    }

    pub(super) fn secure(stream: TlsStream<Layer4>) -> Self {
        Self::over(Way::Secure(Box::new(stream)))
    }

    fn over(way: Way) -> Self {
        Self {
            way,
            holds: true,
            held: Vec::new(),
            sent: 0,
        }
    }

    /// Everything goes out as it is written.
    pub(super) fn hold_nothing(&mut self) {
        self.holds = false;
    }

    pub(super) fn bare(&self) -> &Layer4 {
        match &self.way {
            Way::Plain(stream) => stream,
            Way::Secure(stream) => stream.get_ref().0,
        }
    }

    pub(super) fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match &mut self.way {
            Way::Plain(stream) => Pin::new(stream).poll_read(cx, buf),
            Way::Secure(stream) => Pin::new(stream).poll_read(cx, buf),
        }
    }

    /// Takes bytes. A head waits for its body or for a flush; what follows it waits for nothing.
    pub(super) fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.holds && self.held.is_empty() && buf.len() <= HELD_MOST && is_head(buf) {
            self.held.extend_from_slice(buf);
            return Poll::Ready(Ok(buf.len()));
        }
        while !self.held.is_empty() {
            // a large piece takes the head before it along
            let both = [IoSlice::new(&self.held[self.sent..]), IoSlice::new(buf)];
            let count = ready!(self.way.poll_write_vectored(cx, &both))?;
            let of_piece = self.went(count)?;
            if of_piece > 0 {
                return Poll::Ready(Ok(of_piece));
            }
        }
        self.way.poll_write(cx, buf)
    }

    pub(super) fn poll_write_vectored(
        &mut self,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        ready!(self.poll_empty(cx))?;
        self.way.poll_write_vectored(cx, bufs)
    }

    pub(super) fn is_write_vectored(&self) -> bool {
        match &self.way {
            Way::Plain(stream) => stream.is_write_vectored(),
            Way::Secure(stream) => stream.is_write_vectored(),
        }
    }

    pub(super) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_empty(cx))?;
        match &mut self.way {
            Way::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Way::Secure(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    pub(super) fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_empty(cx))?;
        match &mut self.way {
            Way::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Way::Secure(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }

    /// Ends it. Whether the caller still listens is its own affair.
    pub(super) async fn shutdown(&mut self) {
        drop(std::future::poll_fn(|cx| self.poll_empty(cx)).await);
        match &mut self.way {
            Way::Plain(stream) => Shutdown::shutdown(stream).await,
            // tells the caller that nothing was cut off
            Way::Secure(stream) => drop(stream.shutdown().await),
        }
    }

    /// Sends what is held.
    fn poll_empty(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.held.is_empty() {
            let count = ready!(self.way.poll_write(cx, &self.held[self.sent..]))?;
            self.went(count)?;
        }
        Poll::Ready(Ok(()))
    }

    /// So many bytes were sent: of what is held, and then of the piece after it. Returns how many of the piece.
    fn went(&mut self, count: usize) -> io::Result<usize> {
        if count == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        let left = self.held.len() - self.sent;
        if count < left {
            self.sent += count;
            return Ok(0);
        }
        self.sent = 0;
        self.held.clear();
        self.held.shrink_to(KEPT);
        Ok(count - left)
    }
}

/// A piece of a body that looks like one only goes out with the next.
fn is_head(buf: &[u8]) -> bool {
    buf.starts_with(b"HTTP/1.")
}

impl Way {
    fn poll_write(&mut self, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        match self {
            Self::Plain(stream) => Pin::new(stream).poll_write(cx, buf),
            Self::Secure(stream) => Pin::new(stream).poll_write(cx, buf),
        }
    }

    fn poll_write_vectored(
        &mut self,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self {
            Self::Plain(stream) => Pin::new(stream).poll_write_vectored(cx, bufs),
            Self::Secure(stream) => Pin::new(stream).poll_write_vectored(cx, bufs),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::time::Duration;

    use tokio::io::AsyncReadExt as _;
    use tokio::net::{TcpListener, TcpStream};

    use super::*;

    async fn pair() -> (Socket, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (far, near) = tokio::join!(TcpStream::connect(address), listener.accept());
        (Socket::plain(near.unwrap().0.into()), far.unwrap())
    }

    async fn write_all(socket: &mut Socket, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let count = poll_fn(|cx| socket.poll_write(cx, bytes)).await.unwrap();
            bytes = &bytes[count..];
        }
    }

    const HEAD: &[u8] = b"HTTP/1.1 200 OK\r\n\r\n";

    async fn is_silent(far: &TcpStream) -> bool {
        tokio::time::sleep(Duration::from_millis(20)).await;
        far.try_read(&mut [0; 16])
            .is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock)
    }

    #[tokio::test]
    async fn a_head_leaves_with_its_body_and_the_rest_at_once() {
        let (mut socket, mut far) = pair().await;
        write_all(&mut socket, HEAD).await;
        assert!(is_silent(&far).await);
        write_all(&mut socket, b"body").await;
        let mut read = [0; 64];
        let count = far.read(&mut read).await.unwrap();
        assert_eq!(&read[..count], [HEAD, b"body"].concat());
        write_all(&mut socket, b"more").await;
        let count = far.read(&mut read).await.unwrap();
        assert_eq!(&read[..count], b"more");
    }

    #[tokio::test]
    async fn a_head_alone_leaves_with_the_flush() {
        let (mut socket, mut far) = pair().await;
        write_all(&mut socket, HEAD).await;
        assert!(is_silent(&far).await);
        poll_fn(|cx| socket.poll_flush(cx)).await.unwrap();
        let mut read = [0; 64];
        let count = far.read(&mut read).await.unwrap();
        assert_eq!(&read[..count], HEAD);
    }

    #[tokio::test]
    async fn nothing_is_lost_or_turned_round_when_the_other_side_is_slow() {
        let (mut socket, mut far) = pair().await;
        let mut pieces = Vec::new();
        for size in [10, 300_000, 5, 16_384, 20_000, 1, 2_000_000] {
            pieces.push(HEAD.to_vec());
            pieces.push((0..size).map(|at: usize| (at * 31 % 251) as u8).collect());
        }
        let expected = pieces.concat();
        let writing = tokio::spawn(async move {
            for piece in pieces {
                write_all(&mut socket, &piece).await;
            }
            socket.shutdown().await;
        });
        tokio::time::sleep(Duration::from_millis(50)).await;
        let mut read = Vec::new();
        far.read_to_end(&mut read).await.unwrap();
        writing.await.unwrap();
        assert!(
            read == expected,
            "{} of {} bytes",
            read.len(),
            expected.len()
        );
    }

    #[tokio::test]
    async fn what_holds_nothing_sends_at_once() {
        let (mut socket, mut far) = pair().await;
        socket.hold_nothing();
        write_all(&mut socket, HEAD).await;
        let mut read = [0; 64];
        assert_eq!(far.read(&mut read).await.unwrap(), HEAD.len());
    }
}
