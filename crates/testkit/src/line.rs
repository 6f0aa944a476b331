//! A line to a database server that a test can cut.

use std::path::{Path, PathBuf};

use tempfile::TempDir;
use tokio::io::copy_bidirectional;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::watch;

/// PostgreSQL's name for its socket in a folder.
const SOCKET: &str = ".s.PGSQL.5432";

/// A socket that passes everything on to another one, until it is cut.
pub struct Line {
    folder: TempDir,
    cut: watch::Sender<bool>,
}

impl Line {
    /// A line to the server whose socket is in a folder.
    pub(crate) fn to(server: &Path) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let listener = UnixListener::bind(folder.path().join(SOCKET)).expect("a new socket");
        let cut = watch::Sender::new(false);
        tokio::spawn(pass_on(listener, server.join(SOCKET), cut.subscribe()));
        Self { folder, cut }
    }

    /// Where a client finds it.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// From now on connections are closed, and new ones are never answered: as when the server's machine is off.
    pub fn cut(&self) {
        self.cut.send_replace(true);
    }
}

async fn pass_on(listener: UnixListener, server: PathBuf, cut: watch::Receiver<bool>) {
    let mut unanswered = Vec::new();
    while let Ok((client, _)) = listener.accept().await {
        if *cut.borrow() {
            unanswered.push(client);
            continue;
        }
        tokio::spawn(carry(client, server.clone(), cut.clone()));
    }
}

async fn carry(mut client: UnixStream, server: PathBuf, mut cut: watch::Receiver<bool>) {
    let Ok(mut server) = UnixStream::connect(server).await else {
        return;
    };
    tokio::select! {
        _ = copy_bidirectional(&mut client, &mut server) => {}
        _ = cut.wait_for(|cut| *cut) => {}
    }
}
