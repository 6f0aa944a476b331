//! What the cache notes about one exchange between its hooks.

use std::sync::Arc;

use bytes::Bytes;
use domain::Timestamp;

use super::storable::{Partition, has_validator};
use super::store::{Again, CacheStore, Flight, Resource, Stored};

/// Where an exchange stands.
#[derive(Default)]
pub(super) enum State {
    /// The cache has nothing to do with it, or is done.
    #[default]
    Idle,
    /// An unsafe method: what is stored for the resource goes when it succeeds.
    Changes(Resource),
    /// The upstream is asked for an answer that may be stored.
    Asks(Box<Asking>),
    /// The body of an answer that is stored when it is whole.
    Collects(Box<Collecting>),
}

/// A question to the upstream.
pub(super) struct Asking {
    pub(super) resource: Resource,
    pub(super) partition: Partition,
    /// What is there, but may not be used as it is.
    pub(super) stale: Option<Arc<Stored>>,
    pub(super) asked: Timestamp,
    pub(super) epoch: u64,
    /// How to ask the same without a caller.
    pub(super) again: Option<Again>,
    /// Others wait for the end of this.
    pub(super) flight: Option<Flight>,
}

impl Asking {
    /// Whether the upstream was asked if what is there is current, so that a 304 is an answer to us.
    pub(super) fn is_conditional(&self) -> bool {
        self.stale
            .as_ref()
            .is_some_and(|s| has_validator(&s.headers))
    }
}

/// An answer on its way into the store.
pub(super) struct Collecting {
    pub(super) stored: Stored,
    pub(super) resource: Resource,
    pub(super) epoch: u64,
    pub(super) flight: Option<Flight>,
    pub(super) body: Vec<u8>,
    /// What the answer said that the length of its body is.
    pub(super) length: Option<usize>,
    pub(super) store: Arc<CacheStore>,
}

impl Collecting {
    /// One more piece; `false` when it is too much.
    pub(super) fn add(&mut self, piece: &Bytes, most: usize) -> bool {
        if self.body.len() + piece.len() > most {
            return false;
        }
        self.body.extend_from_slice(piece);
        true
    }

    /// The answer is whole. An incomplete one is not stored (RFC 9111, section 3.3).
    pub(super) fn finish(self) {
        let Self {
            mut stored,
            resource,
            epoch,
            flight,
            body,
            length,
            store,
        } = self;
        if length.is_none_or(|length| length == body.len()) {
            stored.body = Bytes::from(body);
            store.put(&resource, stored, epoch);
        }
        // after the answer is there: who waits finds it
        drop(flight);
    }
}
