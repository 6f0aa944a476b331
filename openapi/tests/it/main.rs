//! Documents from bytes to pages.

mod importing;
mod pages;
mod reading;

use openapi::{Document, Limits};

fn bytes(name: &str) -> Vec<u8> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/documents")
        .join(name);
    std::fs::read(path).expect("a test document")
}

fn document(name: &str) -> Document {
    openapi::parse(&bytes(name), &Limits::default()).expect("a document that can be read")
}
