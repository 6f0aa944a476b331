//! A bound on the whole of an exchange with an upstream: when it is over, the connection to the upstream is shut, and the
//! request fails like one whose upstream went away. Pingora's own timeouts begin anew with every byte.

use std::os::fd::RawFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::time::Duration;

use nix::sys::socket::{Shutdown, shutdown};
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep_until};

/// No connection.
const NONE: i32 = -1;

/// The bounds of one request: to the head of the answer, and to its end. Made only where a setting asks for one.
#[derive(Debug)]
pub(crate) struct Deadline {
    shared: Arc<Shared>,
    head: Option<AbortHandle>,
    end: Option<AbortHandle>,
    at: Instant,
}

#[derive(Debug)]
struct Shared {
    /// The connection of the attempt that is under way. Everything of a request, and these timers, run on one thread: the
    /// number cannot become that of another connection between two looks.
    connection: AtomicI32,
    is_over: AtomicBool,
}

impl Deadline {
    /// Starts the clocks; `None` when there is nothing to bound.
    pub(crate) fn start(head: Option<Duration>, end: Option<Duration>) -> Option<Self> {
        let first = head.into_iter().chain(end).min()?;
        let shared = Arc::new(Shared {
            connection: AtomicI32::new(NONE),
            is_over: AtomicBool::new(false),
        });
        let begun = Instant::now();
        let ring = |after: Option<Duration>| {
            let at = begun + after?;
            let shared = shared.clone();
            let task = tokio::spawn(async move {
                sleep_until(at).await;
                shared.over();
            });
            Some(task.abort_handle())
        };
        Some(Self {
            head: ring(head),
            end: ring(end),
            at: begun + first,
            shared,
        })
    }

    /// What is left until the first bound.
    pub(crate) fn left(&self) -> Duration {
        self.at.saturating_duration_since(Instant::now())
    }

    /// An attempt has a connection of its own.
    pub(crate) fn connected(&self, connection: RawFd) {
        self.shared.connection.store(connection, Ordering::Release);
        if self.is_over() {
            self.shared.over();
        }
    }

    /// The attempt is over: its connection is no longer ours to shut.
    pub(crate) fn released(&self) {
        self.shared.connection.store(NONE, Ordering::Release);
    }

    /// The head of the answer is there.
    pub(crate) fn answered(&mut self) {
        if let Some(head) = self.head.take() {
            head.abort();
        }
    }

    /// Whether a bound was reached.
    pub(crate) fn is_over(&self) -> bool {
        self.shared.is_over.load(Ordering::Acquire)
    }
}

impl Shared {
    fn over(&self) {
        self.is_over.store(true, Ordering::Release);
        let connection = self.connection.swap(NONE, Ordering::AcqRel);
        if connection != NONE
            && let Err(error) = shutdown(connection, Shutdown::Both)
        {
            tracing::debug!(%error, "the connection of a late upstream was gone already");
        }
    }
}

impl Drop for Deadline {
    fn drop(&mut self) {
        for clock in self.head.iter().chain(&self.end) {
            clock.abort();
        }
    }
}
