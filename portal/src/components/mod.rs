//! Parts that pages are made of, by the names of the design system.

pub mod copyable;
pub mod crumbs;
pub mod field;
pub mod icon;
pub mod moment;
pub mod notice;
pub mod state;
