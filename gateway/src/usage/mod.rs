//! Usage: from a request's end to one row in SQL, exactly once.
//!
//! Workers note what they count, each for itself; every 100 ms a thread sums that up into an entry of the journal; every
//! second, or less often when there is much to write, a task writes the entries to SQL in order and empties the journal.

mod batch;
mod counted;
mod flush;
mod journal;
mod lines;
mod log;
mod noted;
mod recorder;
mod tally;

pub(crate) use counted::{Counted, Took};
pub(crate) use flush::{FlushState, Flusher, folder};
pub use journal::JournalError;
pub(crate) use journal::{Journal, leftovers, next_epoch};
pub(crate) use log::Room;
pub(crate) use recorder::Recorder;
pub(crate) use tally::{Refused, WorkerUsage};
