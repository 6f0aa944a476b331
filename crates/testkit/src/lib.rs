//! What tests share: both databases, a platform over one of them, and a client with a key.

mod databases;
mod dpop;
mod line;
#[cfg(feature = "platform")]
mod platform;
mod postgres;

pub use databases::{TestDb, each_database, on_sqlite};
pub use dpop::ClientKey;
pub use line::Line;
#[cfg(feature = "platform")]
pub use platform::{PlatformBuilder, START, TestPlatform, each_platform};
pub use postgres::is_installed as postgres_is_installed;
