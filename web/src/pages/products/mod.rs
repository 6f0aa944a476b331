//! Products and plans: what the portal offers, and on what terms.

pub(crate) mod end;
pub(crate) mod list;
pub(crate) mod plan_end;
pub(crate) mod plan_form;
pub(crate) mod product_form;
mod questions;
