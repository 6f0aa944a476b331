//! Programs that tests and measurements need, installed where that is possible.

use std::path::Path;
use std::process::Command;

use anyhow::bail;

use crate::process;
use crate::progress;

/// Something that must be on the machine.
pub(crate) struct Need {
    /// What it is, for messages.
    name: &'static str,
    /// Debian's package.
    package: &'static str,
    is_there: fn() -> bool,
}

/// What `cargo xtask test` needs.
pub(crate) const TESTS: &[Need] = &[
    Need {
        name: "Chromium",
        package: "chromium",
        is_there: || {
            std::env::var_os("CHROMIUM").is_some()
                || has_one_of(&["chromium", "chromium-browser", "google-chrome"])
        },
    },
    Need {
        name: "PostgreSQL's server",
        package: "postgresql",
        is_there: has_postgres,
    },
    Need {
        name: "Pebble, a server that issues certificates",
        package: "pebble",
        is_there: || has_one_of(&["pebble"]),
    },
    Need {
        name: "Node",
        package: "nodejs",
        is_there: || has_one_of(&["node"]),
    },
    Need {
        name: "npm",
        package: "npm",
        is_there: || has_one_of(&["npm"]),
    },
    Need {
        name: "curl",
        package: "curl",
        is_there: || has_one_of(&["curl"]),
    },
    VALGRIND,
    Need {
        name: "a font",
        package: "fonts-dejavu-core",
        is_there: || has_entries(Path::new("/usr/share/fonts")),
    },
];

/// What `cargo xtask bench --instructions` and `--policies` need.
pub(crate) const COUNTING: &[Need] = &[VALGRIND];

const VALGRIND: Need = Need {
    name: "valgrind",
    package: "valgrind",
    is_there: || has_one_of(&["valgrind"]),
};

const NGINX: Need = Need {
    name: "nginx",
    package: "nginx",
    is_there: || has_one_of(&["nginx"]) || Path::new("/usr/sbin/nginx").is_file(),
};
const WRK: Need = Need {
    name: "wrk",
    package: "wrk",
    is_there: || has_one_of(&["wrk"]),
};
const TASKSET: Need = Need {
    name: "taskset",
    package: "util-linux",
    is_there: || has_one_of(&["taskset"]),
};

/// What `cargo xtask bench` needs; Envoy comes another way.
pub(crate) const MEASUREMENTS: &[Need] = &[
    NGINX,
    Need {
        name: "nginx's Lua module",
        package: "libnginx-mod-http-lua",
        is_there: || Path::new("/usr/lib/nginx/modules/ngx_http_lua_module.so").is_file(),
    },
    Need {
        name: "HAProxy",
        package: "haproxy",
        is_there: || has_one_of(&["haproxy"]) || Path::new("/usr/sbin/haproxy").is_file(),
    },
    WRK,
    TASKSET,
];

/// What `cargo xtask pgo` trains with.
pub(crate) const LOAD: &[Need] = &[NGINX, WRK, TASKSET];

/// Installs one of Debian's packages.
pub(crate) fn install_package(package: &str) -> anyhow::Result<()> {
    if process::find("apt-get").is_none() {
        bail!("there is no apt-get to install {package} with");
    }
    progress::note(&format!("installing {package}"));
    apt_install(&[package])
}

/// Installs what is missing by apt, as root or by a `sudo` that asks nothing.
pub(crate) fn install(needs: &[Need]) -> anyhow::Result<()> {
    let missing: Vec<&Need> = needs.iter().filter(|need| !(need.is_there)()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    if process::find("apt-get").is_some() {
        let packages: Vec<&str> = missing.iter().map(|need| need.package).collect();
        progress::note(&format!("installing {}", packages.join(" ")));
        if let Err(error) = apt_install(&packages) {
            progress::failure(&format!("{error:#}"));
        }
    }
    let missing: Vec<&str> = missing
        .iter()
        .filter(|need| !(need.is_there)())
        .map(|need| need.name)
        .collect();
    if !missing.is_empty() {
        bail!("not on this machine: {}", missing.join(", "));
    }
    Ok(())
}

fn apt_install(packages: &[&str]) -> anyhow::Result<()> {
    process::run(as_root().args(["apt-get", "update"]))?;
    let mut install = as_root();
    install
        .args(["apt-get", "install", "--yes", "--no-install-recommends"])
        .args(packages);
    process::run(&mut install)
}

/// `env` runs the command either way, so that both callers look alike.
fn as_root() -> Command {
    let quiet = "DEBIAN_FRONTEND=noninteractive";
    let mut command = if process::find("sudo").is_some() {
        let mut sudo = Command::new("sudo");
        sudo.args(["--non-interactive", "env"]);
        sudo
    } else {
        Command::new("env")
    };
    command.arg(quiet);
    command
}

fn has_one_of(programs: &[&str]) -> bool {
    programs
        .iter()
        .any(|program| process::find(program).is_some())
}

/// Debian keeps the server's programs off the search path.
fn has_postgres() -> bool {
    if has_one_of(&["initdb"]) {
        return true;
    }
    let Ok(versions) = std::fs::read_dir("/usr/lib/postgresql") else {
        return false;
    };
    versions
        .flatten()
        .any(|version| version.path().join("bin/initdb").is_file())
}

fn has_entries(folder: &Path) -> bool {
    std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some())
}
