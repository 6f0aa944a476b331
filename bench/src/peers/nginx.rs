//! nginx, plain and with Lua.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use super::{Serving, Setup, key_map};
use crate::Options;
use crate::process::{MEASURED, Running};
use crate::upstream;
use crate::work::{ROUTES, Work};

const ADDRESS: &str = "127.0.0.1:19201";
const LUA_ADDRESS: &str = "127.0.0.1:19202";

pub(super) fn version(_options: &Options) -> Result<String> {
    let output = Command::new("nginx").arg("-v").output()?;
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    Ok(text.trim().replace("nginx version: ", ""))
}

/// Keys by `map`, limits by a zone per application.
pub(super) fn start(setup: &Setup<'_>, work: Work) -> Result<Serving> {
    let http = if work.has_keys() {
        format!(
            "map $http_x_api_key $application {{ default \"\"; include {}/keys.include; }}\n    \
             limit_req_zone $application zone=applications:16m rate={}r/m;",
            setup.folder.display(),
            work.limit()
        )
    } else {
        String::new()
    };
    let mut keys = String::new();
    for (n, key) in setup.seed.keys(work).iter().enumerate() {
        writeln!(keys, "{key} application-{n};")?;
    }
    fs::write(setup.folder.join("keys.include"), keys)?;
    // a burst of nothing is not a number that it takes
    let burst = if work == Work::Limited {
        ""
    } else {
        "burst=10000 nodelay"
    };
    let inner = format!(
        "if ($application = \"\") {{ return 401 '{{\"status\":401}}'; }} \
                 limit_req zone=applications {burst}; limit_req_status 429; \
                 proxy_set_header X-Application-Id $application; proxy_set_header X-API-Key \"\"; \
                 proxy_set_header Connection \"\"; proxy_pass http://backend;"
    );
    run(setup, work, ADDRESS, "", &http, &inner)
}

/// Keys, limits and counters in shared dictionaries.
pub(super) fn start_lua(setup: &Setup<'_>, work: Work) -> Result<Serving> {
    let folder = setup.folder.display().to_string();
    fs::write(
        setup.folder.join("keys.map"),
        key_map(setup.seed.keys(work)),
    )?;
    let (modules, http) = if work.has_keys() {
        (
            "load_module /usr/lib/nginx/modules/ndk_http_module.so;\nload_module /usr/lib/nginx/modules/ngx_http_lua_module.so;",
            include_str!("../../peers/lua.conf").replace("@folder@", &folder),
        )
    } else {
        ("", String::new())
    };
    let inner = format!(
        "{}            proxy_pass http://backend;",
        include_str!("../../peers/lua-access.lua").replace("@limit@", &work.limit().to_string())
    );
    run(setup, work, LUA_ADDRESS, modules, &http, &inner)
}

fn run(
    setup: &Setup<'_>,
    work: Work,
    listen: &'static str,
    modules: &str,
    http: &str,
    inner: &str,
) -> Result<Serving> {
    let mut routes = String::new();
    if work.has_keys() {
        for n in 0..ROUTES {
            writeln!(routes, "location /api/{n}/ {{ {inner} }}")?;
        }
    }
    let listen_as = if work == Work::Tls {
        let file = setup.seed.certificate.display();
        format!(
            "{listen} ssl; ssl_protocols TLSv1.3; ssl_certificate {file}; ssl_certificate_key {file}"
        )
    } else {
        format!("{listen} backlog=4096")
    };
    let text = include_str!("../../peers/nginx.conf")
        .replace("@folder@", &setup.folder.display().to_string())
        .replace("@upstream@", upstream::ADDRESS)
        .replace("@listen@", &listen_as)
        .replace("@modules@", modules)
        .replace("@http@", http)
        .replace("@routes@", &routes);
    let file = setup.folder.join("nginx.conf");
    fs::write(&file, text).with_context(|| file.display().to_string())?;
    let file = file.display().to_string();
    let running = Running::start(
        MEASURED,
        Path::new("nginx"),
        &["-c", &file, "-g", "daemon off;"],
        &setup.folder.join("log"),
    )?;
    Ok(Serving {
        running,
        address: listen,
        keys: setup.seed.keys(work).to_vec(),
    })
}
