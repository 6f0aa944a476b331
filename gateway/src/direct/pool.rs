//! Connections of one worker to upstreams that wait for another request. Nothing watches them: whether one is still good is
//! seen when it is taken, and the sweep closes those that waited too long.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::id::TargetId;
use foldhash::quality::RandomState;
use parking_lot::Mutex;

use super::link::Link;

/// How long a connection waits at the most.
const IDLE: Duration = Duration::from_secs(60);
/// Between two sweeps.
const SWEEP: Duration = Duration::from_secs(5);
/// Connections that wait for one address of a target at the most.
const PLACE_MOST: usize = 128;
/// Buffers that wait to be used again.
const BUFFERS_MOST: usize = 64;
/// A buffer that grew beyond this is not kept.
const BUFFER_MOST: usize = 16 * 1024;

/// One address of a target. Connections of two targets are kept apart even where the address is the same: each counts its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Place {
    pub(super) target: TargetId,
    pub(super) address: SocketAddr,
}

/// The connections.
#[derive(Debug)]
pub(crate) struct Pool {
    shelves: Mutex<Shelves>,
    most: usize,
}

#[derive(Debug, Default)]
struct Shelves {
    /// The latest is at the end, and taken first: those that are not needed grow old.
    idle: HashMap<Place, Vec<Idle>, RandomState>,
    count: usize,
    buffers: Vec<Vec<u8>>,
}

#[derive(Debug)]
struct Idle {
    link: Link,
    since: Instant,
}

impl Pool {
    /// A pool of at most so many connections.
    pub(crate) fn new(most: usize) -> Self {
        Self {
            shelves: Mutex::default(),
            most,
        }
    }

    /// A connection that is still open, as far as is known.
    pub(super) fn take(&self, place: &Place) -> Option<Link> {
        let mut shelves = self.shelves.lock();
        let Shelves { idle, count, .. } = &mut *shelves;
        let waiting = idle.get_mut(place)?;
        while let Some(Idle { link, .. }) = waiting.pop() {
            *count -= 1;
            if link.is_fresh() {
                return Some(link);
            }
        }
        None
    }

    /// Keeps a connection for another request, where there is room.
    pub(super) fn put(&self, place: Place, mut link: Link) {
        link.rest();
        let mut shelves = self.shelves.lock();
        let Shelves { idle, count, .. } = &mut *shelves;
        if *count >= self.most {
            return;
        }
        let waiting = idle.entry(place).or_default();
        if waiting.len() < PLACE_MOST {
            *count += 1;
            waiting.push(Idle {
                link,
                since: Instant::now(),
            });
        }
    }

    /// An empty buffer.
    pub(super) fn buffer(&self) -> Vec<u8> {
        self.shelves.lock().buffers.pop().unwrap_or_default()
    }

    /// Gives a buffer back.
    pub(super) fn recycle(&self, mut buffer: Vec<u8>) {
        let mut shelves = self.shelves.lock();
        if buffer.capacity() <= BUFFER_MOST && shelves.buffers.len() < BUFFERS_MOST {
            buffer.clear();
            shelves.buffers.push(buffer);
        }
    }

    /// Closes what waited too long or was closed by the other side, again and again.
    pub(crate) async fn sweep(self: Arc<Self>) {
        loop {
            tokio::time::sleep(SWEEP).await;
            self.close_old(Instant::now());
        }
    }

    fn close_old(&self, now: Instant) {
        let mut shelves = self.shelves.lock();
        let Shelves { idle, count, .. } = &mut *shelves;
        idle.retain(|_, waiting| {
            waiting.retain_mut(|one| {
                now.saturating_duration_since(one.since) < IDLE && one.link.is_fresh()
            });
            !waiting.is_empty()
        });
        *count = idle.values().map(Vec::len).sum();
    }
}

#[cfg(test)]
mod tests {
    use domain::Id;
    use tokio::io::AsyncWriteExt as _;
    use tokio::net::{TcpListener, TcpStream};

    use super::*;

    struct Other {
        listener: TcpListener,
        place: Place,
    }

    impl Other {
        async fn new() -> Self {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let place = Place {
                target: Id::NIL,
                address: listener.local_addr().unwrap(),
            };
            Self { listener, place }
        }

        async fn link(&self) -> (Link, TcpStream) {
            let stream = TcpStream::connect(self.place.address).await.unwrap();
            let (other, _) = self.listener.accept().await.unwrap();
            (Link::over(stream, None), other)
        }
    }

    #[tokio::test]
    async fn the_latest_comes_first_and_room_is_bounded() {
        let other = Other::new().await;
        let pool = Pool::new(2);
        let mut kept = Vec::new();
        for _ in 0..3 {
            let (link, end) = other.link().await;
            kept.push((link.number(), end));
            pool.put(other.place, link);
        }
        assert_eq!(pool.take(&other.place).unwrap().number(), kept[1].0);
        assert_eq!(pool.take(&other.place).unwrap().number(), kept[0].0);
        assert!(pool.take(&other.place).is_none());
    }

    #[tokio::test]
    async fn what_was_closed_or_speaks_unasked_is_not_taken() {
        let other = Other::new().await;
        let pool = Pool::new(8);
        let (link, mut end) = other.link().await;
        end.write_all(b"HTTP/1.1 408 Request Timeout\r\n\r\n")
            .await
            .unwrap();
        link.readable().await;
        pool.put(other.place, link);
        let (link, end) = other.link().await;
        drop(end);
        link.readable().await;
        pool.put(other.place, link);
        assert!(pool.take(&other.place).is_none());
        assert_eq!(pool.shelves.lock().count, 0);
    }

    #[tokio::test]
    async fn the_sweep_closes_what_is_old() {
        let other = Other::new().await;
        let pool = Pool::new(8);
        let (link, _end) = other.link().await;
        pool.put(other.place, link);
        pool.close_old(Instant::now());
        assert_eq!(pool.shelves.lock().count, 1);
        pool.close_old(Instant::now() + IDLE);
        assert_eq!(pool.shelves.lock().count, 0);
        assert!(pool.shelves.lock().idle.is_empty());
    }
}
