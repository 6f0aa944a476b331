//! `cargo xtask pgo`: the release binary, built by what a run of it under mixed load told (profile-guided optimisation).

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};

use crate::needs;
use crate::process;
use crate::progress;
use crate::workspace::Workspace;

/// The program that merges profiles.
const MERGER: &str = "llvm-profdata";
/// Functions that are looked for in the binary.
const BUSIEST: usize = 200;

/// Builds with counters in it, trains, merges, and builds again. The binary is `target/pgo/use/release/gatehouse`.
pub(crate) fn run(workspace: &Workspace, seconds: u64) -> anyhow::Result<PathBuf> {
    let merger = merger()?;
    needs::install(needs::LOAD)?;
    let folder = workspace.target.join("pgo");
    let raw = folder.join("raw");
    // profiles of another build would be merged with those of this one
    if raw.exists() {
        fs::remove_dir_all(&raw)?;
    }
    fs::create_dir_all(&raw)?;

    let counted = build(
        workspace,
        "the build with counters",
        &folder.join("generate"),
        &format!("-Cprofile-generate={}", raw.display()),
    )?;
    let begun = progress::begin("the program that trains");
    process::run(
        workspace
            .cargo()
            .args(["build", "--release", "--package", "bench"]),
    )?;
    progress::end("the program that trains", begun);
    train(workspace, &counted, &folder, seconds)?;

    let merged = folder.join("merged.profdata");
    merge(&merger, &raw, &merged)?;
    let built = build(
        workspace,
        "the build by the profile",
        &folder.join("use"),
        &format!("-Cprofile-use={}", merged.display()),
    )?;
    must_fit(&merger, &merged, &built)?;
    progress::note(&format!("the binary is {}", built.display()));
    Ok(built)
}

/// Both builds are of one profile down to its link-time optimisation: cargo makes the names of functions from it, and a
/// function whose name is another has no counts.
fn build(workspace: &Workspace, what: &str, target: &Path, flags: &str) -> anyhow::Result<PathBuf> {
    let begun = progress::begin(&format!("{what} (minutes)"));
    let mut cargo = workspace.cargo();
    cargo
        .args([
            "build",
            "--release",
            "--package",
            "gatehouse",
            "--target-dir",
        ])
        .arg(target)
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .env("RUSTFLAGS", flags);
    process::run(&mut cargo)?;
    progress::end(what, begun);
    Ok(target.join("release").join("gatehouse"))
}

/// Every kind of work that is measured, in turn, so that none alone shapes the binary: plain forwarding of small and large
/// answers, TLS, a hundred routes with thousands of keys, refusals, by both lanes.
fn train(workspace: &Workspace, counted: &Path, folder: &Path, seconds: u64) -> anyhow::Result<()> {
    let begun = progress::begin("training");
    let mut bench = Command::new("taskset");
    bench
        .args(["--cpu-list", "1"])
        .arg(workspace.target.join("release").join("bench"))
        .arg("--gatehouse")
        .arg(counted)
        .arg("--folder")
        .arg(folder.join("bench"))
        .arg("--report")
        .arg(folder.join("training.md"))
        .args(["--peer", "gatehouse", "--peer", "gatehouse, direct"])
        .args(["--rounds", "1", "--callers", "2000"])
        .arg("--seconds")
        .arg(seconds.to_string());
    fs::create_dir_all(folder.join("bench"))?;
    process::run(&mut bench)?;
    progress::end("training", begun);
    Ok(())
}

fn merge(merger: &Path, raw: &Path, merged: &Path) -> anyhow::Result<()> {
    let profiles: Vec<PathBuf> = fs::read_dir(raw)?
        .map(|entry| Ok(entry?.path()))
        .collect::<std::io::Result<Vec<_>>>()?
        .into_iter()
        .filter(|path| path.extension() == Some(OsStr::new("profraw")))
        .collect();
    if profiles.is_empty() {
        bail!("the training left no profile in {}", raw.display());
    }
    let mut command = Command::new(merger);
    command
        .arg("merge")
        .arg("--output")
        .arg(merged)
        .args(profiles);
    process::run(&mut command)
}

/// That most of the busiest functions of the profile are in the binary, which names also what it inlined. Nobody says so when
/// they are not: the build is then one like any other, only slower to make.
fn must_fit(merger: &Path, merged: &Path, built: &Path) -> anyhow::Result<()> {
    let mut show = Command::new(merger);
    show.args(["show", &format!("--topn={BUSIEST}")])
        .arg(merged);
    let text = process::output(&mut show)?;
    let busiest: HashSet<&[u8]> = text.lines().filter_map(counted_name).collect();
    let mut found = HashSet::new();
    for name in BufReader::new(File::open(built)?).split(0) {
        if let Some(name) = busiest.get(name?.as_slice()) {
            found.insert(*name);
        }
    }
    progress::note(&format!(
        "{} of the profile's {} busiest functions are in the binary",
        found.len(),
        busiest.len()
    ));
    if found.len() * 2 <= busiest.len() {
        bail!("the profile is not one of this binary: its functions have other names");
    }
    Ok(())
}

/// The symbol in a line such as `  part;symbol, max count = 7`.
fn counted_name(line: &str) -> Option<&[u8]> {
    let (name, _) = line.trim_start().split_once(", max count")?;
    let name = name.rsplit(';').next().unwrap_or(name);
    Some(name.as_bytes())
}

/// `llvm-profdata` of the very LLVM that the compiler has: others do not read its profiles. The compiler's own component
/// first, then the distribution's package, which is installed where that is possible.
fn merger() -> anyhow::Result<PathBuf> {
    let rustc = || Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    let version = process::output(rustc().arg("-vV"))?;
    let line = |name: &str| version.lines().find_map(|line| line.strip_prefix(name));
    let llvm = line("LLVM version: ").context("rustc does not say its LLVM's version")?;
    let host = line("host: ").context("rustc does not say what it runs on")?;
    let major = llvm.split('.').next().unwrap_or(llvm);
    let sysroot = process::output(rustc().args(["--print", "sysroot"]))?;
    let places = [
        Path::new(sysroot.trim())
            .join("lib/rustlib")
            .join(host)
            .join("bin")
            .join(MERGER),
        PathBuf::from(format!("/usr/lib/llvm-{major}/bin/{MERGER}")),
    ];
    let found = || places.iter().find(|place| place.is_file()).cloned();
    if let Some(merger) = found() {
        return Ok(merger);
    }
    let package = format!("llvm-{major}");
    if let Err(error) = needs::install_package(&package) {
        progress::note(&format!("{error:#}"));
    }
    found().with_context(|| {
        format!(
            "the compiler has LLVM {llvm}, and there is no {MERGER} of LLVM {major}: \
             `rustup component add llvm-tools`, or the package {package}"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_from_what_the_merger_shows() {
        let of_a_part =
            "  gateway.f83f-cgu.0;_ZN4http6header3map9hash_elem17hcd46E, max count = 747083408";
        let own = "  _ZN4http6header4name9parse_hdr17ha71aE, max count = 489102532";
        assert_eq!(
            counted_name(of_a_part),
            Some(b"_ZN4http6header3map9hash_elem17hcd46E".as_slice())
        );
        assert_eq!(
            counted_name(own),
            Some(b"_ZN4http6header4name9parse_hdr17ha71aE".as_slice())
        );
        assert_eq!(counted_name("Total count: 22690453287"), None);
    }
}
