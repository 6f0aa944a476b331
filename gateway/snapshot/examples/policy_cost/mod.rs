//! What the measurement is made of.

pub(crate) mod cases;
pub(crate) mod catalogue;
pub(crate) mod outside;
