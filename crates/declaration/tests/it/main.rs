//! Behaviour of the declaration's files.

#![cfg(test)]

mod files;
mod schema;
