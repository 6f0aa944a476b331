//! Closed loop by wrk: each connection sends its next request when it has its answer.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::process::OTHER;
use crate::work::{ROUTES, Work};

/// Connections that ask at once.
const CONNECTIONS: &str = "64";

/// What came of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Done {
    /// Answers.
    pub(crate) requests: u64,
    /// How long it took.
    pub(crate) time: Duration,
}

/// Writes wrk's script for a kind of work: thousands of keys in turn, over all routes.
pub(crate) fn script(folder: &Path, work: Work, keys: &[String]) -> Result<()> {
    fs::write(folder.join("wrk-keys"), keys.join("\n"))?;
    let pick = match work {
        Work::Plain | Work::Large | Work::Tls => format!(
            "function request() return wrk.format(\"GET\", \"{}\") end",
            work.path()
        ),
        Work::Full | Work::Limited => format!(
            "local requests, n = {{}}, 0\n\
             function init(args)\n\
             local i = 0\n\
             for key in io.lines(\"{}/wrk-keys\") do\n\
             i = i + 1\n\
             requests[i] = wrk.format(\"GET\", \"/api/\" .. (i * 7 % {ROUTES}) .. \"/small\", {{ [\"X-API-Key\"] = key }})\n\
             end\nend\n\
             function request() n = n % #requests + 1 return requests[n] end",
            folder.display()
        ),
        Work::Refuse => format!(
            "function request() return wrk.format(\"GET\", \"{}\", {{ [\"X-API-Key\"] = \"gh_live_unknown\" }}) end",
            work.path()
        ),
    };
    let status = work.status();
    let text = format!(
        "{pick}\n\
         function response(status) if status ~= {status} then wrk.thread:stop() end end\n\
         function done(summary, latency)\n\
         local e = summary.errors\n\
         local wrong = e.connect + e.read + e.write + e.timeout\n\
         io.write(string.format(\"done %d %d %d\\n\", summary.requests, summary.duration, wrong))\n\
         end\n"
    );
    // a callback for each answer costs the load's core: it is left out, and the status is tried before each turn
    let text = text
        .lines()
        .filter(|line| !line.starts_with("function response"))
        .collect::<Vec<_>>()
        .join("\n");
    fs::write(folder.join("wrk.lua"), text)?;
    Ok(())
}

/// Loads a peer for so long.
pub(crate) fn run(folder: &Path, work: Work, address: &str, time: Duration) -> Result<Done> {
    let url = match (work, address.rsplit_once(':')) {
        // the host is what a client asks a certificate for
        (Work::Tls, Some((_, port))) => format!("https://localhost:{port}/"),
        _ => format!("http://{address}/"),
    };
    let output = Command::new("taskset")
        .args(["--cpu-list", OTHER, "wrk", "--threads", "1"])
        .args(["--connections", CONNECTIONS])
        .args(["--duration", &format!("{}s", time.as_secs())])
        .arg("--script")
        .arg(folder.join("wrk.lua"))
        .arg(url)
        .output()
        .context("cannot start wrk")?;
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("done "))
        .with_context(|| {
            format!(
                "wrk said: {text}{}",
                String::from_utf8_lossy(&output.stderr)
            )
        })?;
    let numbers: Vec<u64> = line
        .split(' ')
        .filter_map(|word| word.parse().ok())
        .collect();
    let [requests, micros, wrong] = numbers[..] else {
        anyhow::bail!("wrk said: {line}");
    };
    ensure!(wrong == 0, "{wrong} connections failed");
    Ok(Done {
        requests,
        time: Duration::from_micros(micros),
    })
}
