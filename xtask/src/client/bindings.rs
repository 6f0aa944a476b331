//! From the compiler's module to the files that the server embeds.

use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, ensure};
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};
use wasm_bindgen_cli_support::Bindgen;

/// Says which module the files beside it were made from.
const STAMP: &str = "stamp";

/// Part of the stamp: raise it when files made from the same module would come out differently.
const RECIPE: &str = "wasm-bindgen 0.2.129, 1";

/// Writes the script and the module into `place`, named by their content, each with a brotli
/// copy beside it. Returns their common name.
///
/// Files that are already right are left alone: the server is rebuilt when they change.
pub(super) fn write(module: &[u8], target: &Path, place: &Path) -> anyhow::Result<String> {
    let made_from = digest(&[RECIPE.as_bytes(), module]);
    if let Some(name) = current(place, &made_from) {
        return Ok(name);
    }
    let (script, module) = bind(module, &target.join("portal-client").join("bindings"))?;
    let hash = digest(&[script.as_bytes(), &module]);
    let name = format!("portal-{}", &hash[..16]);
    clear(place)?;
    write_both(&place.join(format!("{name}.js")), script.as_bytes())?;
    write_both(&place.join(format!("{name}_bg.wasm")), &module)?;
    fs::write(place.join(STAMP), format!("{made_from}\n{name}\n"))?;
    Ok(name)
}

/// The name of the files in `place`, if they were made from this module and are all there.
fn current(place: &Path, made_from: &str) -> Option<String> {
    let stamp = fs::read_to_string(place.join(STAMP)).ok()?;
    let (from, name) = stamp.trim_end().split_once('\n')?;
    let complete = [".js", ".js.br", "_bg.wasm", "_bg.wasm.br"]
        .iter()
        .all(|end| place.join(format!("{name}{end}")).is_file());
    (from == made_from && complete).then(|| name.to_owned())
}

/// Makes the script that loads the module, and the module as the script expects it.
fn bind(module: &[u8], scratch: &Path) -> anyhow::Result<(String, Vec<u8>)> {
    if scratch.exists() {
        fs::remove_dir_all(scratch)?;
    }
    Bindgen::new()
        .input_bytes("portal", module.to_vec())
        .web(true)?
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate(scratch)
        .context("wasm-bindgen refuses the client")?;
    for entry in fs::read_dir(scratch)? {
        let name = entry?.file_name();
        ensure!(
            name == "portal.js" || name == "portal_bg.wasm",
            "the client needs the file {}, which the server would not embed",
            name.to_string_lossy()
        );
    }
    Ok((
        fs::read_to_string(scratch.join("portal.js"))?,
        fs::read(scratch.join("portal_bg.wasm"))?,
    ))
}

/// Removes what an earlier build left; the folder itself and its `.gitignore` stay.
fn clear(place: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(place).with_context(|| format!("cannot make {}", place.display()))?;
    for entry in fs::read_dir(place)? {
        let file = entry?.path();
        if file.file_name() != Some(OsStr::new(".gitignore")) {
            fs::remove_file(&file).with_context(|| format!("cannot remove {}", file.display()))?;
        }
    }
    Ok(())
}

fn write_both(file: &Path, content: &[u8]) -> anyhow::Result<()> {
    fs::write(file, content).with_context(|| format!("cannot write {}", file.display()))?;
    let mut compressed = brotli::CompressorWriter::new(Vec::new(), 4096, 11, 22);
    compressed.write_all(content)?;
    let mut packed = file.as_os_str().to_owned();
    packed.push(".br");
    fs::write(packed, compressed.into_inner())?;
    Ok(())
}

fn digest(parts: &[&[u8]]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part.len().to_le_bytes());
        hasher.update(part);
    }
    HEXLOWER.encode(&hasher.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> std::path::PathBuf {
        let folder = std::env::temp_dir().join(format!("xtask-{name}-{}", std::process::id()));
        drop(fs::remove_dir_all(&folder));
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[test]
    fn a_stamp_counts_only_with_its_files() {
        let place = folder("stamp");
        fs::write(place.join(STAMP), "abc\nportal-1\n").unwrap();
        assert_eq!(current(&place, "abc"), None);
        write_both(&place.join("portal-1.js"), b"script").unwrap();
        write_both(&place.join("portal-1_bg.wasm"), b"module").unwrap();
        assert_eq!(current(&place, "abc"), Some("portal-1".to_owned()));
        assert_eq!(current(&place, "other"), None);
        fs::remove_dir_all(place).unwrap();
    }

    #[test]
    fn clearing_keeps_the_ignore_file() {
        let place = folder("clear");
        fs::write(place.join(".gitignore"), "*").unwrap();
        fs::write(place.join("portal-old.js"), "").unwrap();
        clear(&place).unwrap();
        let left: Vec<_> = fs::read_dir(&place)
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        assert_eq!(left, [".gitignore"]);
        fs::remove_dir_all(place).unwrap();
    }
}
