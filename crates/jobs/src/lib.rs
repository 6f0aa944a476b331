//! Background work of the control plane: sending what the outbox holds, getting certificates, keeping house, and holding the
//! platform against what was declared.

pub mod acme;
pub mod drift;
pub mod housekeeping;
pub mod letters;
pub mod mailer;
pub mod sender;

use operations::Platform;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::mailer::Mailer;

/// Starts all jobs. They end when `stop` is cancelled; wait for the tracker to know that they have.
/// Several processes may run them beside each other: messages are claimed, and house is kept under a lease.
pub fn start(platform: &Platform, mailer: Mailer, stop: &CancellationToken) -> TaskTracker {
    let holder = platform.new_id::<()>().uuid();
    let tracker = TaskTracker::new();
    let (p, s) = (platform.clone(), stop.clone());
    tracker.spawn(async move {
        s.run_until_cancelled(sender::run(&p, &mailer)).await;
    });
    let (p, s) = (platform.clone(), stop.clone());
    tracker.spawn(async move {
        s.run_until_cancelled(housekeeping::run(&p, holder)).await;
    });
    let (p, s) = (platform.clone(), stop.clone());
    tracker.spawn(async move {
        Box::pin(s.run_until_cancelled(acme::run(&p, holder))).await;
    });
    let (p, s) = (platform.clone(), stop.clone());
    tracker.spawn(async move {
        Box::pin(s.run_until_cancelled(drift::run(&p, holder))).await;
    });
    tracker.close();
    tracker
}
