//! How far one attempt at an upstream has come, and what the next one changes.

/// The attempt that is under way.
#[derive(Debug, Default)]
pub(crate) struct Course {
    /// What the next attempt is made with.
    pub(crate) next: Next,
    /// Addresses of its target that took no connection.
    pub(crate) addresses_tried: usize,
    /// It has a connection that no other request had, because one from the pool had been closed.
    pub(crate) is_alone: bool,
    /// The whole head of the request was sent.
    pub(crate) head_is_out: bool,
    /// Bytes of the request's body that passed in it.
    pub(crate) body_bytes: u64,
}

/// What is tried when an attempt has failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Next {
    /// Another target, where there is one.
    #[default]
    Target,
    /// The next address of the same target.
    Address,
    /// A new connection to the same address.
    Connection,
}

impl Course {
    /// There is a connection: nothing was sent on it yet.
    pub(crate) fn begin(&mut self) {
        self.head_is_out = false;
        self.body_bytes = 0;
    }
}
