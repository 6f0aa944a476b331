//! Signed tokens: reading a compact JWS, keys with their algorithms, key sets, and the rules of a token's claims.

pub mod algorithm;
pub mod compact;
pub mod dpop;
pub mod key;
pub mod key_set;
pub mod remote;
pub mod rules;
mod same_place;

#[cfg(test)]
mod cookbook;
#[cfg(test)]
mod dpop_tests;
#[cfg(test)]
pub(crate) mod making;
#[cfg(test)]
mod vectors;
