//! Usage: what was called, by whom, how it ended and how long it took. One layer for the developer's page, the admin's
//! analytics and every export, so that the numbers agree. A call is in each of these a moment after its flush.

mod csv;
mod heat;
mod json;
mod quota;
mod range;
mod report;
mod retention;
mod scope;
mod top;
mod totals;

pub use csv::to_csv;
pub use heat::{Heat, heat};
pub use json::to_json;
pub use quota::{QuotaState, RunsOut, quotas};
pub use range::{Preset, Range, Window};
pub use report::{Bucket, Query, Report, report};
pub use retention::{DAYS_KEPT, HOURS_KEPT, MINUTES_KEPT, forget};
pub use scope::{Only, Scope};
pub use store::analytics::{Dimension, Outcome};
pub use top::{Top, outcomes, top};
pub use totals::Totals;
