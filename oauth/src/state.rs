//! What every endpoint works with.

use faces::throttle::Throttle;
use operations::Platform;

/// The server.
#[derive(Clone)]
pub(crate) struct Server {
    /// The platform.
    pub(crate) platform: Platform,
    /// Slows down whoever asks too often.
    pub(crate) throttle: Throttle,
}
