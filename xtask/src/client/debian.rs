//! Debian's WebAssembly compiler in a private cache folder, for machines whose network has
//! Debian's mirror but not Rust's.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail, ensure};

use super::TARGET;
use super::apt::Apt;
use super::target::{Toolchain, has_core, sysroot};
use crate::process;
use crate::progress;
use crate::workspace::cache_folder;

/// The compiler's package.
const PACKAGE: &str = "rustc-web";

/// The oldest compiler that can build this workspace.
const OLDEST: (u32, u32) = (1, 95);

/// Starts the unpacked compiler with its own libraries, wherever the folder is moved.
const WRAPPER: &str = r#"#!/bin/sh
top=$(dirname "$(dirname "$(readlink -f "$0")")")
for libraries in "$top"/usr/lib/*-linux-gnu*; do
  LD_LIBRARY_PATH=$libraries${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
done
export LD_LIBRARY_PATH
exec "$top/usr/bin/rustc" "$@"
"#;

/// The compiler that an earlier run unpacked, the newest if there are several.
pub(super) fn unpacked() -> anyhow::Result<Option<Toolchain>> {
    let Ok(entries) = fs::read_dir(folder()?) else {
        return Ok(None);
    };
    let newest = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| is_ready(path))
        .max();
    newest.as_deref().map(toolchain_in).transpose()
}

/// The compiler, unpacked first if it is not there yet: about 140 MB to fetch and a minute of
/// compiling.
pub(super) fn toolchain() -> anyhow::Result<Toolchain> {
    let cache = folder()?;
    let (apt, version) = Apt::knowing(PACKAGE, &cache)?;
    ensure!(
        is_new_enough(&version),
        "Debian's {PACKAGE} is {version}; {}.{} or newer is needed",
        OLDEST.0,
        OLDEST.1
    );
    let home = cache.join(version.replace([':', '+', '~'], "_"));
    if !is_ready(&home) {
        let begun = progress::begin(&format!("unpacking {PACKAGE} {version} (once)"));
        fs::create_dir_all(&cache).with_context(|| format!("cannot make {}", cache.display()))?;
        remove_abandoned(&cache)?;
        // Unpacked beside its place: a run that is cut short leaves nothing that looks done.
        let partial = cache.join(format!("partial-{}", std::process::id()));
        let made = unpack(&apt, &version, &partial)
            .and_then(|()| compile_std(&partial))
            .and_then(|()| put_in_place(&partial, &home));
        if made.is_err() {
            drop(fs::remove_dir_all(&partial));
        }
        made?;
        progress::end(&format!("{PACKAGE} is in {}", home.display()), begun);
    }
    toolchain_in(&home)
}

fn folder() -> anyhow::Result<PathBuf> {
    Ok(cache_folder()?.join("rustc-web"))
}

fn is_ready(home: &Path) -> bool {
    home.join("ready").is_file()
}

fn is_new_enough(version: &str) -> bool {
    let mut numbers = version.split('.').map_while(|part| part.parse().ok());
    let found: Option<(u32, u32)> = numbers.next().zip(numbers.next());
    found.is_some_and(|found| found >= OLDEST)
}

fn toolchain_in(home: &Path) -> anyhow::Result<Toolchain> {
    let name = home
        .file_name()
        .and_then(|name| name.to_str())
        .context("the compiler's folder has no name")?;
    Ok(Toolchain {
        name: name.to_owned(),
        rustc: Some(home.join("bin/rustc")),
        linker: Some(linker()?),
    })
}

/// Debian's compiler names a linker that it does not bring: the active toolchain has one.
fn linker() -> anyhow::Result<PathBuf> {
    let rustlib = sysroot()?.join("lib/rustlib");
    let own = fs::read_dir(&rustlib)
        .with_context(|| format!("cannot read {}", rustlib.display()))?
        .flatten()
        .map(|entry| entry.path().join("bin/rust-lld"))
        .find(|file| file.is_file());
    let other = || {
        [
            "wasm-ld",
            "wasm-ld-22",
            "wasm-ld-21",
            "wasm-ld-20",
            "wasm-ld-19",
        ]
        .iter()
        .find_map(|name| process::find(name))
    };
    own.or_else(other)
        .context("there is no rust-lld in the Rust toolchain, and no wasm-ld")
}

fn unpack(apt: &Apt, version: &str, home: &Path) -> anyhow::Result<()> {
    let fetched = home.join("fetched");
    fs::create_dir_all(&fetched).with_context(|| format!("cannot make {}", fetched.display()))?;
    let development = "libstd-rust-web-dev";
    let library = apt.dependency(development, version, "libstd-rust-web-")?;
    let llvm = apt.dependency(&library, version, "libllvm")?;
    let exact = |name: &str| format!("{name}={version}");
    let packages = [
        exact(PACKAGE),
        exact(&library),
        exact(development),
        exact("rust-web-src"),
        llvm,
    ];
    for file in apt.download(&packages, &fetched)? {
        let is_source = file
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with("rust-web-src"));
        if is_source {
            extract_library(&file, home)?;
        } else {
            process::run(Command::new("dpkg-deb").arg("-x").arg(&file).arg(home))?;
        }
    }
    fs::remove_dir_all(&fetched)?;
    write_wrapper(home)
}

/// Of the large source archive only the standard library is needed.
fn extract_library(archive: &Path, home: &Path) -> anyhow::Result<()> {
    let mut reader = Command::new("dpkg-deb")
        .arg("--fsys-tarfile")
        .arg(archive)
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot start dpkg-deb")?;
    let stream = reader
        .stdout
        .take()
        .context("dpkg-deb has no standard output")?;
    let mut tar = Command::new("tar");
    tar.arg("-C")
        .arg(home)
        .args(["-x", "--wildcards", "./usr/src/rustc-*/library"])
        .stdin(stream);
    process::run(&mut tar)?;
    let status = reader.wait()?;
    ensure!(
        status.success(),
        "dpkg-deb --fsys-tarfile ended with {status}"
    );
    Ok(())
}

fn write_wrapper(home: &Path) -> anyhow::Result<()> {
    let file = home.join("bin/rustc");
    fs::create_dir_all(home.join("bin"))?;
    fs::write(&file, WRAPPER)?;
    fs::set_permissions(&file, fs::Permissions::from_mode(0o755))?;
    Ok(())
}

/// Compiles the standard library once and puts it where the compiler looks for it.
///
/// Debian has no compiled one for this target. Done here, every later build is an ordinary
/// `cargo build --target`, without unstable flags.
fn compile_std(home: &Path) -> anyhow::Result<()> {
    let library = only_folder(&home.join("usr/src"))?.join("library");
    let build = home.join("std");
    let mut cargo = Command::new("cargo");
    cargo
        .args(["build", "--locked", "--release", "--target", TARGET])
        .args(["--manifest-path", "sysroot/Cargo.toml"])
        .args([
            "--no-default-features",
            "--features",
            "compiler-builtins-mem",
        ])
        .current_dir(library)
        .env("CARGO_TARGET_DIR", &build)
        .env("RUSTC", home.join("bin/rustc"))
        .env("RUSTC_BOOTSTRAP", "1")
        .env(
            "RUSTFLAGS",
            "-Zforce-unstable-if-unmarked -Cembed-bitcode=yes",
        )
        .env("CARGO_PROFILE_RELEASE_DEBUG", "0")
        .env("CARGO_PROFILE_RELEASE_PANIC", "abort")
        .env("__CARGO_DEFAULT_LIB_METADATA", "wasm-fallback")
        .env_remove("CARGO_ENCODED_RUSTFLAGS");
    process::run(&mut cargo)?;
    let place = home.join("usr/lib/rustlib").join(TARGET).join("lib");
    fs::create_dir_all(&place)?;
    for entry in fs::read_dir(build.join(TARGET).join("release/deps"))? {
        let file = entry?.path();
        if file
            .extension()
            .is_some_and(|extension| extension == "rlib")
        {
            let name = file.file_name().context("a library without a name")?;
            fs::copy(&file, place.join(name))?;
        }
    }
    ensure!(has_core(&place), "building std left no core library");
    fs::remove_dir_all(&build)?;
    Ok(())
}

fn only_folder(parent: &Path) -> anyhow::Result<PathBuf> {
    let mut folders = fs::read_dir(parent)
        .with_context(|| format!("cannot read {}", parent.display()))?
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.is_dir());
    match (folders.next(), folders.next()) {
        (Some(folder), None) => Ok(folder),
        _ => bail!("{} does not hold exactly one folder", parent.display()),
    }
}

/// Removes what runs left that were cut short; those that still run keep theirs.
fn remove_abandoned(cache: &Path) -> anyhow::Result<()> {
    for entry in fs::read_dir(cache)?.flatten() {
        let name = entry.file_name();
        let owner = name.to_str().and_then(|name| name.strip_prefix("partial-"));
        if owner.is_some_and(|process| !Path::new("/proc").join(process).exists()) {
            fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}

fn put_in_place(partial: &Path, home: &Path) -> anyhow::Result<()> {
    fs::write(partial.join("ready"), "")?;
    match fs::rename(partial, home) {
        Ok(()) => Ok(()),
        // Another run was faster: its copy is as good as ours.
        Err(_) if is_ready(home) => Ok(fs::remove_dir_all(partial)?),
        Err(error) => Err(error).with_context(|| format!("cannot make {}", home.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_abandoned_folders_go() {
        let cache = std::env::temp_dir().join(format!("xtask-partial-{}", std::process::id()));
        let own = format!("partial-{}", std::process::id());
        for name in [own.as_str(), "partial-0", "1.96.0"] {
            fs::create_dir_all(cache.join(name)).unwrap();
        }
        remove_abandoned(&cache).unwrap();
        assert!(cache.join(own).exists() && cache.join("1.96.0").exists());
        assert!(!cache.join("partial-0").exists());
        fs::remove_dir_all(cache).unwrap();
    }

    #[test]
    fn an_old_compiler_is_refused() {
        assert!(is_new_enough("1.96.0+dfsg1-1~deb12u2"));
        assert!(is_new_enough("1.95.1"));
        assert!(!is_new_enough("1.85.0+dfsg3-1"));
        assert!(!is_new_enough("unknown"));
    }
}
