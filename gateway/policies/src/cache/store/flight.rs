//! Requests for one and the same answer: one asks the upstream, the others wait for what it brings (collapsed forwarding).

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use domain::Timestamp;
use parking_lot::Mutex;
use tokio::sync::watch;

use super::super::storable::Partition;
use super::Resource;

/// For how long nobody waits for answers that turned out not to be stored.
const IN_VAIN: Duration = Duration::from_secs(30);
/// How many such resources are remembered.
const REMEMBERED: usize = 10_000;

/// Whose answer to what.
pub(in super::super) type Key = (Resource, Option<Partition>);

/// The requests that are under way.
#[derive(Default)]
pub(in super::super) struct Flights {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    under_way: HashMap<Key, watch::Receiver<()>>,
    in_vain: HashMap<Key, Timestamp>,
}

/// The one request that asks. Its end lets the others go on.
pub(in super::super) struct Flight {
    flights: Arc<Flights>,
    key: Key,
    /// Dropped at the end: that is what the others wait for.
    _end: watch::Sender<()>,
}

/// What a request is among those that want the same.
pub(in super::super) enum Role {
    /// It asks.
    Asks(Flight),
    /// It waits for the one that asks.
    Waits(watch::Receiver<()>),
    /// Each asks for itself: the answers are not stored anyway.
    Alone,
}

impl Flights {
    pub(in super::super) fn join(self: &Arc<Self>, key: Key, now: Timestamp) -> Role {
        let mut state = self.state.lock();
        if state.in_vain.get(&key).is_some_and(|until| *until > now) {
            return Role::Alone;
        }
        if let Some(end) = state.under_way.get(&key) {
            return Role::Waits(end.clone());
        }
        let (sender, receiver) = watch::channel(());
        state.under_way.insert(key.clone(), receiver);
        Role::Asks(Flight {
            flights: self.clone(),
            key,
            _end: sender,
        })
    }
}

impl Flight {
    /// The answer is not stored: for a while nobody waits for such.
    pub(in super::super) fn in_vain(self, now: Timestamp) {
        let mut state = self.flights.state.lock();
        if state.in_vain.len() >= REMEMBERED {
            state.in_vain.retain(|_, until| *until > now);
        }
        if state.in_vain.len() < REMEMBERED {
            state.in_vain.insert(self.key.clone(), now + IN_VAIN);
        }
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        self.flights.state.lock().under_way.remove(&self.key);
    }
}
