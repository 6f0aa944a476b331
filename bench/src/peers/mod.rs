//! What is measured side by side: each peer is set up for a kind of work and runs on the measured core.

mod envoy;
mod gatehouse;
mod haproxy;
mod nginx;

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::Options;
use crate::process::Running;
use crate::seed::Seed;
use crate::work::Work;

/// What every peer is given.
pub(crate) struct Setup<'a> {
    pub(crate) options: &'a Options,
    pub(crate) seed: &'a Seed,
    /// The folder of this peer and work, made already.
    pub(crate) folder: PathBuf,
}

/// A peer that serves.
pub(crate) struct Serving {
    pub(crate) running: Running,
    /// `127.0.0.1:port`.
    pub(crate) address: &'static str,
    /// The keys that it knows.
    pub(crate) keys: Vec<String>,
}

/// Someone who can do the work.
pub(crate) struct Peer {
    /// For the table.
    pub(crate) name: &'static str,
    /// The program that must be there.
    pub(crate) program: &'static str,
    /// Its version, in a line.
    pub(crate) version: fn(&Options) -> Result<String>,
    pub(crate) start: fn(&Setup<'_>, Work) -> Result<Serving>,
}

/// In the order of the table; all others are compared with the first.
pub(crate) const ALL: [Peer; 6] = [
    Peer {
        name: "nginx",
        program: "nginx",
        version: nginx::version,
        start: nginx::start,
    },
    Peer {
        name: "nginx + Lua",
        program: "nginx",
        version: nginx::version,
        start: nginx::start_lua,
    },
    Peer {
        name: "HAProxy",
        program: "haproxy",
        version: haproxy::version,
        start: haproxy::start,
    },
    Peer {
        name: "Envoy",
        program: "envoy",
        version: envoy::version,
        start: envoy::start,
    },
    Peer {
        name: "Gatehouse",
        program: "",
        version: gatehouse::version,
        start: gatehouse::start,
    },
    Peer {
        name: "Gatehouse, direct",
        program: "",
        version: gatehouse::version,
        start: gatehouse::start_direct,
    },
];

/// `key application` in a line, as two of the peers read it.
fn key_map(keys: &[String]) -> String {
    let lines = keys.iter().enumerate();
    lines
        .map(|(n, key)| format!("{key} application-{n}\n"))
        .collect()
}

/// Where a program is on the search path, or among what was installed for the measurements.
pub(crate) fn find(program: &str, folder: &Path) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain([folder.join("python/bin"), PathBuf::from("/usr/sbin")])
        .map(|place| place.join(program))
        .find(|file| file.is_file())
}
