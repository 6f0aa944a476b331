//! Embeds what `cargo xtask client` left in `client/`; without it the portal works, only without its islands.

use std::error::Error;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    // The client itself must not depend on what it becomes.
    if std::env::var_os("CARGO_FEATURE_SSR").is_none() {
        return Ok(());
    }
    println!("cargo::rerun-if-changed=client");
    let package = folder("CARGO_MANIFEST_DIR")?;
    let code = embedded(&package.join("client"))?;
    fs::write(folder("OUT_DIR")?.join("client.rs"), code)?;
    Ok(())
}

fn folder(variable: &str) -> Result<PathBuf, String> {
    std::env::var_os(variable)
        .map(PathBuf::from)
        .ok_or_else(|| format!("cargo sets no {variable}"))
}

/// One table of all files: name, bytes, and the bytes packed with brotli.
fn embedded(client: &Path) -> Result<String, Box<dyn Error>> {
    let mut names = Vec::new();
    if client.is_dir() {
        for entry in fs::read_dir(client)? {
            names.push(entry?.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    let script = names.iter().find_map(|name| name.strip_suffix(".js"));
    let mut code = format!("pub(crate) const NAME: Option<&str> = {script:?};\n");
    code.push_str("pub(crate) static FILES: &[File] = &[\n");
    // by the folder as it is when the crate is compiled: a target directory may serve one clone after the other
    for name in names.iter().filter(|name| is_served(name)) {
        let bytes = |name: &str| {
            let path = format!("/client/{name}");
            format!("include_bytes!(concat!(env!(\"CARGO_MANIFEST_DIR\"), {path:?}))")
        };
        writeln!(
            code,
            "    File {{ name: {name:?}, bytes: {}, brotli: {} }},",
            bytes(name),
            bytes(&format!("{name}.br")),
        )?;
    }
    code.push_str("];\n");
    Ok(code)
}

fn is_served(name: &str) -> bool {
    [".js", ".wasm"].iter().any(|end| name.ends_with(end))
}
