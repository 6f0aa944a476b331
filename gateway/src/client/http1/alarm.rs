//! A bound on each step of a connection. Steps are many and short, bounds are long: the clock behind them is set anew only when a
//! bound is nearer than it, and otherwise when it rings.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

/// How far ahead the clock is set at the most: a bound that is farther never sets it back.
const AHEAD: Duration = Duration::from_secs(5);

/// The bound of the step that is under way.
#[derive(Debug)]
pub(super) struct Alarm {
    due: Instant,
    clock: Pin<Box<Sleep>>,
}

impl Alarm {
    pub(super) fn new(due: Instant) -> Self {
        Self {
            due,
            clock: Box::pin(sleep_until(due.min(Instant::now() + AHEAD))),
        }
    }

    /// The next step is to be done by then.
    pub(super) fn set(&mut self, due: Instant) {
        self.due = due;
        if due < self.clock.deadline() {
            self.clock.as_mut().reset(due);
        }
    }

    /// Ready when the time is over.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            ready!(self.clock.as_mut().poll(cx));
            let now = Instant::now();
            if now >= self.due {
                return Poll::Ready(());
            }
            self.clock.as_mut().reset(self.due.min(now + AHEAD));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use super::*;

    async fn rings_after(alarm: &mut Alarm) -> Duration {
        let begun = Instant::now();
        poll_fn(|cx| alarm.poll(cx)).await;
        begun.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn rings_when_the_last_bound_is_over() {
        let seconds = Duration::from_secs;
        let begun = Instant::now();
        let mut alarm = Alarm::new(begun + seconds(60));
        alarm.set(begun + seconds(90));
        assert!(rings_after(&mut alarm).await.abs_diff(seconds(90)) < Duration::from_millis(5));
        alarm.set(Instant::now() + seconds(600));
        alarm.set(Instant::now() + Duration::from_millis(50));
        let after = rings_after(&mut alarm).await;
        assert!(after.abs_diff(Duration::from_millis(50)) < Duration::from_millis(5));
    }
}
