//! The browser's half, as `cargo xtask client` built it and `build.rs` embedded it.

use leptos::config::{Env, LeptosOptions};

/// One file of the client.
pub(crate) struct File {
    pub(crate) name: &'static str,
    pub(crate) bytes: &'static [u8],
    /// The same, packed once at build time.
    pub(crate) brotli: &'static [u8],
}

include!(concat!(env!("OUT_DIR"), "/client.rs"));

/// What Leptos must know to load the client; none when this build has no client.
pub(crate) fn options() -> Option<LeptosOptions> {
    let name = NAME?;
    let options = LeptosOptions::builder()
        .output_name(name)
        .site_pkg_dir(design::ASSET_ROOT.trim_matches('/'))
        .env(Env::PROD)
        .build();
    Some(options)
}

/// The file of this name.
pub(crate) fn file(name: &str) -> Option<&'static File> {
    FILES.iter().find(|file| file.name == name)
}
