//! Binding listeners: exclusive against other processes, shared between our own workers.

use std::io;
use std::net::SocketAddr;

use thiserror::Error;
use tokio::net::TcpSocket;

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

/// One socket per worker, all on one address; the kernel spreads connections over them.
///
/// The first socket binds without `SO_REUSEPORT`, so that a port that somebody else holds is an error, even when they
/// would share it; only then is the port opened to the other workers.
pub(crate) fn bind(address: SocketAddr, workers: usize) -> Result<Vec<TcpSocket>, ListenError> {
    sockets(address, workers).map_err(|source| ListenError { address, source })
}

fn sockets(address: SocketAddr, workers: usize) -> io::Result<Vec<TcpSocket>> {
    let first = socket(address)?;
    first.bind(address)?;
    first.set_reuseport(true)?;
    let bound = first.local_addr()?;
    let mut sockets = vec![first];
    while sockets.len() < workers {
        let next = socket(address)?;
        next.set_reuseport(true)?;
        next.bind(bound)?;
        sockets.push(next);
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

    #[test]
    fn a_port_in_use_is_an_error_that_names_it() {
        let any: SocketAddr = "127.0.0.1:0".parse().unwrap();
        let held = bind(any, 2).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let address = held[0].local_addr().unwrap();
        assert_eq!(held[1].local_addr().unwrap(), address);
        let _listening = runtime.block_on(async {
            held.into_iter()
                .map(|socket| socket.listen(8).unwrap())
                .collect::<Vec<_>>()
        });
        let error = bind(address, 2).unwrap_err();
        assert!(error.to_string().contains(&address.to_string()), "{error}");
    }
}
