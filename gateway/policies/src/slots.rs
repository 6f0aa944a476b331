//! How many requests of a subject run at once on this node, and who waits for one of them to end.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use thiserror::Error;
use tokio::sync::oneshot;

use crate::counters::Key;

const SHARDS: usize = 64;

/// The running requests of a node, by subject. Nothing is kept of a subject that runs none.
#[derive(Debug)]
pub struct Slots {
    shards: Box<[Mutex<HashMap<Key, Entry>>]>,
}

#[derive(Debug, Default)]
struct Entry {
    running: u32,
    queue: VecDeque<oneshot::Sender<()>>,
}

/// One request that runs. Its end makes room for the next in the queue.
#[derive(Debug)]
pub struct Permit {
    slots: Arc<Slots>,
    key: Key,
}

/// Why a request may not run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Busy {
    /// All slots are taken, and so is the queue.
    #[error("the queue is full")]
    Full,
    /// No slot became free in time.
    #[error("no request ended in time")]
    Waited,
}

/// What asking for a slot leads to.
pub enum Asked {
    /// It may run.
    Runs(Permit),
    /// It waits in the queue.
    Waits(Place),
}

/// A place in the queue. Given up when dropped.
pub struct Place {
    slots: Arc<Slots>,
    key: Key,
    called: oneshot::Receiver<()>,
}

impl Default for Slots {
    fn default() -> Self {
        Self {
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
        }
    }
}

impl Slots {
    /// Asks for one of `limit` slots, or one of `queue` places to wait for one.
    pub fn ask(self: &Arc<Self>, key: Key, limit: u32, queue: u32) -> Result<Asked, Busy> {
        let mut shard = self.shard(&key).lock();
        let entry = shard.entry(key).or_default();
        if entry.running < limit {
            entry.running += 1;
            return Ok(Asked::Runs(Permit {
                slots: self.clone(),
                key,
            }));
        }
        entry.queue.retain(|waiting| !waiting.is_closed());
        if entry.queue.len() >= usize::try_from(queue).unwrap_or(usize::MAX) {
            return Err(Busy::Full);
        }
        let (call, called) = oneshot::channel();
        entry.queue.push_back(call);
        Ok(Asked::Waits(Place {
            slots: self.clone(),
            key,
            called,
        }))
    }

    /// How many requests of a subject run.
    pub fn running(&self, key: &Key) -> u32 {
        self.shard(key).lock().get(key).map_or(0, |e| e.running)
    }

    /// How many subjects have requests that run.
    pub fn len(&self) -> usize {
        self.shards.iter().map(|shard| shard.lock().len()).sum()
    }

    /// Whether nothing runs.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Hands the slot to who waits longest, or frees it.
    fn release(&self, key: &Key) {
        let mut shard = self.shard(key).lock();
        let Some(entry) = shard.get_mut(key) else {
            return;
        };
        while let Some(next) = entry.queue.pop_front() {
            if next.send(()).is_ok() {
                return;
            }
        }
        entry.running = entry.running.saturating_sub(1);
        if entry.running == 0 {
            shard.remove(key);
        }
    }

    fn shard(&self, key: &Key) -> &Mutex<HashMap<Key, Entry>> {
        let mixed = (key.subject ^ key.set.rotate_left(64))
            .wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
        let index = usize::try_from(mixed >> 122).expect("six bits fit");
        &self.shards[index]
    }
}

impl Place {
    /// Waits for a slot, at most so long.
    pub async fn wait(mut self, patience: Duration) -> Result<Permit, Busy> {
        match tokio::time::timeout(patience, &mut self.called).await {
            Ok(Ok(())) => Ok(Permit {
                slots: self.slots.clone(),
                key: self.key,
            }),
            // closing the channel in `drop` passes on a slot that came in this very moment
            Ok(Err(_)) | Err(_) => Err(Busy::Waited),
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.called.close();
        if self.called.try_recv().is_ok() {
            self.slots.release(&self.key);
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.slots.release(&self.key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(subject: u128) -> Key {
        Key {
            set: 1,
            subject,
            foreign: false,
        }
    }

    fn run(asked: Result<Asked, Busy>) -> Permit {
        match asked {
            Ok(Asked::Runs(permit)) => permit,
            _ => panic!("there is a slot"),
        }
    }

    fn wait(asked: Result<Asked, Busy>) -> Place {
        match asked {
            Ok(Asked::Waits(place)) => place,
            _ => panic!("there is a place"),
        }
    }

    #[tokio::test]
    async fn a_slot_goes_to_who_waits_longest() {
        let slots = Arc::new(Slots::default());
        let first = run(slots.ask(key(1), 1, 2));
        run(slots.ask(key(2), 1, 0));
        let second = wait(slots.ask(key(1), 1, 2));
        let third = wait(slots.ask(key(1), 1, 2));
        assert_eq!(slots.ask(key(1), 1, 2).err(), Some(Busy::Full));
        drop(first);
        let second = second.wait(Duration::from_secs(5)).await.unwrap();
        assert_eq!(slots.running(&key(1)), 1);
        drop(second);
        let third = third.wait(Duration::from_secs(5)).await.unwrap();
        drop(third);
        assert!(slots.is_empty());
    }

    #[tokio::test]
    async fn who_leaves_the_queue_takes_no_slot() {
        let slots = Arc::new(Slots::default());
        let first = run(slots.ask(key(1), 1, 1));
        drop(wait(slots.ask(key(1), 1, 1)));
        // called, and gone before it could run
        let second = wait(slots.ask(key(1), 1, 1));
        drop(first);
        drop(second);
        assert!(slots.is_empty());
        run(slots.ask(key(1), 1, 0));
    }

    #[tokio::test]
    async fn patience_ends() {
        let slots = Arc::new(Slots::default());
        let first = run(slots.ask(key(1), 1, 1));
        let second = wait(slots.ask(key(1), 1, 1));
        let waited = second.wait(Duration::from_millis(5)).await;
        assert_eq!(waited.err(), Some(Busy::Waited));
        drop(first);
        assert!(slots.is_empty());
    }

    #[test]
    fn threads_together_never_run_more_than_the_limit() {
        use std::sync::atomic::{AtomicU32, Ordering};
        let slots = Arc::new(Slots::default());
        let (now, most) = (AtomicU32::new(0), AtomicU32::new(0));
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..5_000 {
                        if let Ok(Asked::Runs(permit)) = slots.ask(key(1), 3, 0) {
                            let running = now.fetch_add(1, Ordering::SeqCst) + 1;
                            most.fetch_max(running, Ordering::SeqCst);
                            now.fetch_sub(1, Ordering::SeqCst);
                            drop(permit);
                        }
                    }
                });
            }
        });
        assert!(most.load(Ordering::SeqCst) <= 3);
        assert!(slots.is_empty());
    }
}
