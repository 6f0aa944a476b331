//! Documents from bytes to pages.

mod importing;
mod pages;
mod reading;

use openapi::{Document, Limits};

fn bytes(name: &str) -> Vec<u8> {
    std::fs::read(std::path::Path::new("tests/documents").join(name)).expect("a test document")
}

fn document(name: &str) -> Document {
    openapi::parse(&bytes(name), &Limits::default()).expect("a document that can be read")
}
