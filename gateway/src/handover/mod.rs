//! A binary upgrade: a gateway hands its listening sockets and its hold on the data folder to its successor.
//!
//! The successor asks on a UNIX socket in the data folder, which nobody else may enter. It gets the sockets themselves,
//! so that none is closed or bound anew, and serves from them before the one before it stops accepting. Both count for a
//! while, each in a journal of its own.

mod hold;
mod predecessor;
mod successor;
mod wire;

pub(crate) use hold::Hold;
pub(crate) use predecessor::{Offer, Pieces};
pub(crate) use successor::{Inheritance, Predecessor};
pub use wire::HandoverError;
pub(crate) use wire::Role;

/// The socket's name in the data folder.
const SOCKET: &str = "handover.sock";
/// What the successor says when it serves.
const SERVING: u8 = b'S';
/// What the one before it says when its name is free.
const FREE: u8 = b'F';
