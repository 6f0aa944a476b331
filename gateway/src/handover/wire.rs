//! What goes over the socket between two gateways: a list in JSON, and the descriptors in its order.

use std::io::{self, IoSlice, IoSliceMut, Read as _, Write as _};
use std::mem::MaybeUninit;
use std::net::SocketAddr;
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::net::UnixStream;

use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, recvmsg, sendmsg,
};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Descriptors that go with one message; the kernel takes 253.
const AT_ONCE: usize = 64;
/// The longest list, in bytes.
const LONGEST: usize = 1 << 20;

/// What a descriptor is. Addresses as they were asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) enum Role {
    /// The lock on the data folder.
    Lock,
    /// A listener in the clear.
    Plain(SocketAddr),
    /// A listener for TLS.
    Secure(SocketAddr),
    /// The listener for health, status and metrics.
    Status(SocketAddr),
}

/// Why a gateway could not take over from another.
#[derive(Debug, Error)]
pub enum HandoverError {
    /// The two did not understand each other, or one of them is gone.
    #[error("the gateway that runs did not hand its sockets over")]
    Exchange(#[from] io::Error),
    /// What came is not a list.
    #[error("the gateway that runs speaks of things that this version does not know")]
    Unreadable(#[from] serde_json::Error),
    /// A list that is longer than what comes.
    #[error("the gateway that runs sent {found} of {told} sockets")]
    Missing {
        /// How many were announced.
        told: usize,
        /// How many came.
        found: usize,
    },
    /// The successor has nothing to serve.
    #[error(
        "there was no configuration to serve within {0} seconds; the gateway that runs goes on"
    )]
    NotReady(u64),
}

/// Sends descriptors with what they are.
pub(super) fn send(
    mut stream: &UnixStream,
    pieces: &[(Role, OwnedFd)],
) -> Result<(), HandoverError> {
    let roles: Vec<Role> = pieces.iter().map(|(role, _)| *role).collect();
    let list = serde_json::to_vec(&roles)?;
    let length = u32::try_from(list.len()).map_err(io::Error::other)?;
    stream.write_all(&length.to_be_bytes())?;
    stream.write_all(&list)?;
    for some in pieces.chunks(AT_ONCE) {
        let borrowed: Vec<_> = some.iter().map(|(_, piece)| piece.as_fd()).collect();
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(AT_ONCE))];
        let mut along = SendAncillaryBuffer::new(&mut space);
        along.push(SendAncillaryMessage::ScmRights(&borrowed));
        // descriptors travel with at least one byte
        sendmsg(
            stream,
            &[IoSlice::new(&[0])],
            &mut along,
            SendFlags::NOSIGNAL,
        )
        .map_err(io::Error::from)?;
    }
    Ok(())
}

/// Receives them.
pub(super) fn receive(mut stream: &UnixStream) -> Result<Vec<(Role, OwnedFd)>, HandoverError> {
    let mut length = [0; 4];
    stream.read_exact(&mut length)?;
    let length = u32::from_be_bytes(length) as usize;
    if length > LONGEST {
        return Err(io::Error::from(io::ErrorKind::InvalidData).into());
    }
    let mut list = vec![0; length];
    stream.read_exact(&mut list)?;
    let roles: Vec<Role> = serde_json::from_slice(&list)?;
    let mut found = Vec::with_capacity(roles.len());
    while found.len() < roles.len() {
        let mut byte = [0];
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(AT_ONCE))];
        let mut along = RecvAncillaryBuffer::new(&mut space);
        let got = recvmsg(
            stream,
            &mut [IoSliceMut::new(&mut byte)],
            &mut along,
            RecvFlags::CMSG_CLOEXEC,
        )
        .map_err(io::Error::from)?;
        let before = found.len();
        for message in along.drain() {
            if let RecvAncillaryMessage::ScmRights(descriptors) = message {
                found.extend(descriptors);
            }
        }
        if got.bytes == 0 || found.len() == before {
            break;
        }
    }
    if found.len() != roles.len() {
        return Err(HandoverError::Missing {
            told: roles.len(),
            found: found.len(),
        });
    }
    Ok(roles.into_iter().zip(found).collect())
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn as_many_sockets_as_there_are_come_across_in_order() {
        let (here, there) = UnixStream::pair().unwrap();
        let listeners: Vec<TcpListener> = (0..70)
            .map(|_| TcpListener::bind("127.0.0.1:0").unwrap())
            .collect();
        let addresses: Vec<SocketAddr> = listeners
            .iter()
            .map(|one| one.local_addr().unwrap())
            .collect();
        let pieces: Vec<(Role, OwnedFd)> = listeners
            .into_iter()
            .zip(&addresses)
            .map(|(one, address)| (Role::Plain(*address), one.into()))
            .collect();
        let sending = std::thread::spawn(move || send(&here, &pieces).unwrap());
        let found = receive(&there).unwrap();
        sending.join().unwrap();
        for ((role, piece), address) in found.into_iter().zip(addresses) {
            assert_eq!(role, Role::Plain(address));
            assert_eq!(TcpListener::from(piece).local_addr().unwrap(), address);
        }
    }

    #[test]
    fn one_that_hangs_up_is_told() {
        let (here, there) = UnixStream::pair().unwrap();
        drop(here);
        assert!(matches!(receive(&there), Err(HandoverError::Exchange(_))));
    }
}
