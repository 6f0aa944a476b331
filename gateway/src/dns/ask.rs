//! One question to a name server: a datagram, and a connection where the answer does not fit.

use std::hash::{BuildHasher as _, RandomState};
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use gateway_wire::dns::{Flaw, Question, Reply};
use thiserror::Error;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::timeout;

/// The longest datagram: what was asked without an extension is answered with 512 bytes at the most.
const DATAGRAM: usize = 1_500;

/// Why a server gave no answer.
#[derive(Debug, Error)]
pub(crate) enum AskError {
    #[error("no answer in time")]
    TimedOut,
    #[error(transparent)]
    Socket(#[from] io::Error),
    #[error("its answer cannot be read: {0}")]
    Flaw(#[from] Flaw),
}

/// Asks once.
pub(super) async fn ask(
    server: SocketAddr,
    question: &Question,
    patience: Duration,
) -> Result<Reply, AskError> {
    let asking = async {
        match by_datagram(server, question).await? {
            Reply::Cut => by_connection(server, question).await,
            reply => Ok(reply),
        }
    };
    timeout(patience, asking)
        .await
        .unwrap_or(Err(AskError::TimedOut))
}

/// From a port of the system's choice, and by a number that nobody can guess: what does not fit both was not asked for.
async fn by_datagram(server: SocketAddr, question: &Question) -> Result<Reply, AskError> {
    let any: SocketAddr = match server {
        SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
        SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
    };
    let socket = UdpSocket::bind(any).await?;
    socket.connect(server).await?;
    let id = number();
    socket.send(&question.to_bytes(id)).await?;
    let mut message = [0; DATAGRAM];
    loop {
        let length = socket.recv(&mut message).await?;
        // anybody can send a datagram: one that is no answer to this question is none at all
        if let Ok(reply) = question.read(&message[..length], id) {
            return Ok(reply);
        }
    }
}

async fn by_connection(server: SocketAddr, question: &Question) -> Result<Reply, AskError> {
    let mut stream = TcpStream::connect(server).await?;
    let id = number();
    let asked = question.to_bytes(id);
    let length = u16::try_from(asked.len()).map_err(io::Error::other)?;
    let framed = [&length.to_be_bytes()[..], &asked].concat();
    stream.write_all(&framed).await?;
    let mut message = vec![0; usize::from(stream.read_u16().await?)];
    stream.read_exact(&mut message).await?;
    Ok(question.read(&message, id)?)
}

/// A number that is hard to guess: the keys of the hasher come from the system.
fn number() -> u16 {
    let [low, high, ..] = RandomState::new().hash_one(()).to_le_bytes();
    u16::from_le_bytes([low, high])
}
