//! Binding listeners: exclusive against other processes, shared between our own workers; or going on with those of the
//! gateway before.

use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd as _, OwnedFd};

use thiserror::Error;
use tokio::net::{TcpListener, TcpSocket};

/// How many connections may wait to be accepted.
pub(crate) const BACKLOG: u32 = 1_024;

/// An address that could not be listened on.
#[derive(Debug, Error)]
#[error("cannot listen on {address}: {source}")]
pub struct ListenError {
    /// The address that was asked for.
    pub address: SocketAddr,
    /// Why not.
    #[source]
    pub source: io::Error,
}

/// A socket of one worker.
pub(crate) enum Socket {
    /// Has its address, and takes no connections yet.
    Bound(TcpSocket),
    /// Takes them already: it came from the gateway before.
    Listening(std::net::TcpListener),
}

impl Socket {
    /// Where it is.
    pub(crate) fn local_addr(&self) -> io::Result<SocketAddr> {
        match self {
            Self::Bound(socket) => socket.local_addr(),
            Self::Listening(listener) => listener.local_addr(),
        }
    }

    /// The same socket a second time, for a successor.
    pub(crate) fn duplicate(&self) -> io::Result<OwnedFd> {
        match self {
            Self::Bound(socket) => socket.as_fd().try_clone_to_owned(),
            Self::Listening(listener) => listener.as_fd().try_clone_to_owned(),
        }
    }

    /// Takes connections from now on, on the runtime of the caller.
    pub(crate) fn listen(self) -> io::Result<TcpListener> {
        match self {
            Self::Bound(socket) => socket.listen(BACKLOG),
            Self::Listening(listener) => {
                listener.set_nonblocking(true)?;
                TcpListener::from_std(listener)
            }
        }
    }
}

/// One socket per worker, all on one address; the kernel spreads connections over them. Those that were `inherited` are
/// all taken, since connections wait in each of them: there may be more than workers.
///
/// The first socket binds without `SO_REUSEPORT`, so that a port that somebody else holds is an error, even when they
/// would share it; only then is the port opened to the other workers.
pub(crate) fn bind(
    address: SocketAddr,
    workers: usize,
    inherited: Vec<OwnedFd>,
) -> Result<Vec<Socket>, ListenError> {
    sockets(address, workers, inherited).map_err(|source| ListenError { address, source })
}

fn sockets(
    address: SocketAddr,
    workers: usize,
    inherited: Vec<OwnedFd>,
) -> io::Result<Vec<Socket>> {
    let listening = inherited.into_iter().map(std::net::TcpListener::from);
    let mut sockets: Vec<Socket> = listening.map(Socket::Listening).collect();
    if sockets.is_empty() {
        let first = socket(address)?;
        first.bind(address)?;
        first.set_reuseport(true)?;
        sockets.push(Socket::Bound(first));
    }
    let bound = sockets[0].local_addr()?;
    while sockets.len() < workers {
        let next = socket(address)?;
        next.set_reuseport(true)?;
        next.bind(bound)?;
        sockets.push(Socket::Bound(next));
    }
    Ok(sockets)
}

fn socket(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = if address.is_ipv4() {
        TcpSocket::new_v4()?
    } else {
        TcpSocket::new_v6()?
    };
    // connections of a process that has just ended must not keep the port
    socket.set_reuseaddr(true)?;
    Ok(socket)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runtime() -> tokio::runtime::Runtime {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap()
    }

    #[test]
    fn a_port_in_use_is_an_error_that_names_it() {
        let any: SocketAddr = "127.0.0.1:0".parse().unwrap();
        let held = bind(any, 2, Vec::new()).unwrap();
        let address = held[0].local_addr().unwrap();
        assert_eq!(held[1].local_addr().unwrap(), address);
        let _listening = runtime().block_on(async {
            held.into_iter()
                .map(|socket| socket.listen().unwrap())
                .collect::<Vec<_>>()
        });
        let error = bind(address, 2, Vec::new()).err().unwrap();
        assert!(error.to_string().contains(&address.to_string()), "{error}");
    }

    #[test]
    fn every_inherited_socket_is_taken_and_missing_ones_are_added() {
        let any: SocketAddr = "127.0.0.1:0".parse().unwrap();
        let held = bind(any, 2, Vec::new()).unwrap();
        let address = held[0].local_addr().unwrap();
        let copies = || held.iter().map(|one| one.duplicate().unwrap()).collect();
        for (workers, expected) in [(1, 2), (2, 2), (3, 3)] {
            let taken = bind(any, workers, copies()).unwrap();
            assert_eq!(taken.len(), expected);
            for socket in &taken {
                assert_eq!(socket.local_addr().unwrap(), address);
            }
        }
    }
}
