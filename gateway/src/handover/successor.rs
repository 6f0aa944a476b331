//! The side that comes: it asks for the sockets, says when it serves, and hears when the one before it is gone.

use std::fs::File;
use std::io::{self, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use tokio::io::AsyncReadExt as _;
use tokio::sync::watch;

use super::wire::{self, HandoverError, Role};
use super::{FREE, SERVING, SOCKET};

/// For the other side's messages.
const PATIENCE: Duration = Duration::from_secs(30);

/// What was handed over.
pub(crate) struct Inheritance {
    stream: UnixStream,
    pieces: Vec<(Role, OwnedFd)>,
}

/// How far the one before has stepped back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Predecessor {
    /// It still speaks as this node.
    Speaks,
    /// It speaks no more, and may have requests under way.
    Drains,
    /// It is gone, or there never was one.
    Gone,
}

impl Inheritance {
    /// Asks the gateway that runs on a data folder; `None` when none does.
    pub(crate) fn ask(data_dir: &Path) -> Result<Option<Self>, HandoverError> {
        let stream = match UnixStream::connect(data_dir.join(SOCKET)) {
            Ok(stream) => stream,
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused
                ) =>
            {
                return Ok(None);
            }
            Err(error) => return Err(error.into()),
        };
        stream.set_read_timeout(Some(PATIENCE))?;
        let pieces = wire::receive(&stream)?;
        Ok(Some(Self { stream, pieces }))
    }

    /// The lock on the data folder.
    pub(crate) fn lock(&mut self) -> Option<File> {
        self.take(Role::Lock).pop().map(File::from)
    }

    /// The sockets of this role.
    pub(crate) fn take(&mut self, role: Role) -> Vec<OwnedFd> {
        let (taken, rest) = std::mem::take(&mut self.pieces)
            .into_iter()
            .partition::<Vec<_>, _>(|(of, _)| *of == role);
        self.pieces = rest;
        taken.into_iter().map(|(_, piece)| piece).collect()
    }

    /// Says that this gateway serves. What was not taken is closed. Tells how far the one before has stepped back.
    pub(crate) fn serving(mut self) -> Result<watch::Receiver<Predecessor>, HandoverError> {
        for (role, _) in &self.pieces {
            tracing::warn!(
                ?role,
                "a socket that this configuration does not name is closed"
            );
        }
        self.stream.write_all(&[SERVING])?;
        self.stream.set_nonblocking(true)?;
        let mut stream = tokio::net::UnixStream::from_std(self.stream)?;
        let (sender, receiver) = watch::channel(Predecessor::Speaks);
        tokio::spawn(async move {
            // whatever ends the stream: the other process writes nothing any more
            while let Ok(byte) = stream.read_u8().await {
                if byte == FREE {
                    sender.send_replace(Predecessor::Drains);
                }
            }
            sender.send_replace(Predecessor::Gone);
            tracing::info!("the gateway before this one is gone");
            sender.closed().await;
        });
        Ok(receiver)
    }
}
