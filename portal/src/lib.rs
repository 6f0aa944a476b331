//! The developer portal: every page is rendered on the server; islands add to it in the browser.

// An island's view is one nested type, deeper than the compiler follows by itself.
#![recursion_limit = "256"]

pub mod islands;

#[cfg(feature = "ssr")]
mod assets;
#[cfg(feature = "ssr")]
mod client;
#[cfg(feature = "ssr")]
pub mod components;
#[cfg(feature = "ssr")]
pub mod failure;
#[cfg(feature = "ssr")]
pub mod form;
#[cfg(feature = "ssr")]
mod frame;
#[cfg(feature = "ssr")]
pub mod page;
#[cfg(feature = "ssr")]
mod pages;
#[cfg(feature = "ssr")]
mod policy;
#[cfg(feature = "ssr")]
mod routes;
#[cfg(feature = "ssr")]
pub mod server;

/// Called by the browser once the module is there, before it wakes the islands.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    leptos::mount::hydrate_islands();
}
