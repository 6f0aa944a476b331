//! HAProxy: keys and routes by map, limits by stick table.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Result;

use super::{Serving, Setup, key_map};
use crate::Options;
use crate::process::{MEASURED, Running};
use crate::upstream;
use crate::work::{ROUTES, Work};

const ADDRESS: &str = "127.0.0.1:19203";

pub(super) fn version(_options: &Options) -> Result<String> {
    let output = Command::new("haproxy").arg("-v").output()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let words = text.split_whitespace().take(3);
    Ok(words.collect::<Vec<_>>().join(" "))
}

pub(super) fn start(setup: &Setup<'_>, work: Work) -> Result<Serving> {
    fs::write(
        setup.folder.join("keys.map"),
        key_map(setup.seed.keys(work)),
    )?;
    let mut routes = String::new();
    for n in 0..ROUTES {
        writeln!(routes, "{n} {n}")?;
    }
    fs::write(setup.folder.join("routes.map"), routes)?;
    let whole = include_str!("../../peers/haproxy.cfg");
    let text: String = whole
        .lines()
        .filter(|line| !(!work.has_keys() && line.contains(" api") && line.starts_with("    ")))
        .map(|line| format!("{line}\n"))
        .collect();
    let listen = if work == Work::Tls {
        let file = setup.seed.certificate.display();
        format!("{ADDRESS} ssl crt {file} ssl-min-ver TLSv1.3")
    } else {
        ADDRESS.to_owned()
    };
    let text = text
        .replace("@folder@", &setup.folder.display().to_string())
        .replace("@upstream@", upstream::ADDRESS)
        .replace("@limit@", &work.limit().to_string())
        .replace("@listen@", &listen);
    let file = setup.folder.join("haproxy.cfg");
    fs::write(&file, text)?;
    let file = file.display().to_string();
    let running = Running::start(
        MEASURED,
        Path::new("haproxy"),
        &["-f", &file, "-db"],
        &setup.folder.join("log"),
    )?;
    Ok(Serving {
        running,
        address: ADDRESS,
        keys: setup.seed.keys(work).to_vec(),
    })
}
