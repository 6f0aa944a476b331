//! Configuration as code: what the store holds as a declaration, how a declaration differs from it, making it so, and
//! whether it still is.

mod apply;
mod canonical;
mod compare;
mod compile;
mod current;
mod drift;
mod export;
mod flaws;
mod impact;
mod plan;
mod record;
mod request;
mod seal;
mod text;
mod vault;
mod write;

pub use apply::apply;
pub use canonical::{Means, canonical};
pub use compile::compile;
pub use drift::{By, Declared, Difference, Kind, Member, Standing, check, forget, list};
pub use export::{Exported, Selection, export, hash};
pub use flaws::refused;
pub use impact::Impact;
pub use plan::{Action, Choice, Line};
pub use request::{Progress, Report, Request};
pub use text::{json, read, yaml};
pub use vault::Vault;
