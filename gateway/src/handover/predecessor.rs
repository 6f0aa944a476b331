//! The side that runs: it waits for a successor, hands over, and steps back once the other serves.

use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::watch;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::wire::{self, HandoverError, Role};
use super::{FREE, SERVING, SOCKET};
use crate::engine::Engine;

/// For the successor to serve.
const PATIENCE: Duration = Duration::from_secs(120);
/// For one message.
const MESSAGE: Duration = Duration::from_secs(10);
/// For the node's name to be given up in the database, which may be gone.
const NAME: Duration = Duration::from_secs(3);

/// What a successor gets. Taken away when the gateway stops, since each of them keeps a socket open.
pub(crate) type Pieces = Arc<Mutex<Option<Vec<(Role, OwnedFd)>>>>;

/// Waits for a successor.
pub(crate) struct Offer {
    listener: UnixListener,
    engine: Arc<Engine>,
    pieces: Pieces,
    /// Turns true when this gateway is to take nothing new.
    leave: watch::Sender<bool>,
}

impl Offer {
    /// Opens the socket in the data folder; one that a process before left there goes.
    pub(crate) fn open(
        engine: Arc<Engine>,
        pieces: Pieces,
        leave: watch::Sender<bool>,
    ) -> io::Result<Self> {
        let path = engine.folder.path.join(SOCKET);
        remove(&path)?;
        Ok(Self {
            listener: UnixListener::bind(&path)?,
            engine,
            pieces,
            leave,
        })
    }

    /// Returns when a successor serves; the stream is closed by who gets it when this process has written its last count.
    pub(crate) async fn taken(self) -> Option<UnixStream> {
        loop {
            let mut stream = match self.listener.accept().await {
                Ok((stream, _)) => stream,
                Err(error) => {
                    tracing::warn!(%error, "the socket for a successor does not work any more");
                    return None;
                }
            };
            tracing::info!("a successor asks for the sockets");
            match self.hand_over(&mut stream).await {
                Ok(()) => return Some(stream),
                Err(error) => {
                    tracing::error!(%error, "the successor did not come to serve; this gateway goes on");
                    self.engine.disk.thaw();
                }
            }
        }
    }

    async fn hand_over(&self, stream: &mut UnixStream) -> Result<(), HandoverError> {
        let engine = self.engine.clone();
        // a write that is under way ends first
        spawn_blocking(move || engine.disk.freeze())
            .await
            .map_err(io::Error::other)?;
        self.send(stream).await?;
        let serving = timeout(PATIENCE, stream.read_u8()).await;
        if serving.map_err(io::Error::from)?? != SERVING {
            return Err(io::Error::from(io::ErrorKind::InvalidData).into());
        }
        tracing::info!("the successor serves; taking no more connections");
        self.engine.node.retiring.store(true, Ordering::Release);
        self.leave.send_replace(true);
        let mut left = self.engine.node.left.subscribe();
        if timeout(NAME, left.wait_for(|left| *left)).await.is_err() {
            tracing::debug!("the database did not take the good-bye");
        }
        // the successor may be gone again: it has the sockets, and this gateway does not come back
        let _ = stream.write_u8(FREE).await;
        Ok(())
    }

    async fn send(&self, stream: &UnixStream) -> Result<(), HandoverError> {
        let mut copies = Vec::new();
        for (role, piece) in self.pieces.lock().iter().flatten() {
            copies.push((*role, piece.try_clone()?));
        }
        copies.push((Role::Lock, self.engine.folder.lock()?));
        let stream = std::os::unix::net::UnixStream::from(
            std::os::fd::AsFd::as_fd(stream).try_clone_to_owned()?,
        );
        spawn_blocking(move || {
            stream.set_nonblocking(false)?;
            stream.set_write_timeout(Some(MESSAGE))?;
            let sent = wire::send(&stream, &copies);
            // the flag belongs to the socket, which goes on without blocking
            stream.set_nonblocking(true)?;
            sent
        })
        .await
        .map_err(io::Error::other)?
    }
}

fn remove(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
