//! Gatehouse: its gateway alone, on the data that was seeded through its admin API. It has a worker for each core that it
//! may use: one here.

use std::process::Command;

use anyhow::Result;

use super::{Serving, Setup};
use crate::Options;
use crate::process::{MEASURED, Running};
use crate::work::Work;

const ADDRESS: &str = "127.0.0.1:19205";
const TLS_ADDRESS: &str = "127.0.0.1:19215";

pub(super) fn version(options: &Options) -> Result<String> {
    let output = Command::new(&options.gatehouse).arg("--version").output()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    Ok(text.trim().replace(' ', "/"))
}

/// As it comes: every request through Pingora's proxy.
pub(super) fn start(setup: &Setup<'_>, work: Work) -> Result<Serving> {
    start_lane(setup, work, false)
}

/// With the direct exchange.
pub(super) fn start_direct(setup: &Setup<'_>, work: Work) -> Result<Serving> {
    start_lane(setup, work, true)
}

fn start_lane(setup: &Setup<'_>, work: Work, is_direct: bool) -> Result<Serving> {
    let data = setup.seed.folder.display().to_string();
    let running = Running::start_with(
        MEASURED,
        &setup.options.gatehouse,
        &[
            "gateway",
            "--data",
            &data,
            "--gateway-listen",
            ADDRESS,
            "--gateway-tls-listen",
            TLS_ADDRESS,
            "--status-listen",
            "127.0.0.1:19295",
        ],
        &[("GATEHOUSE_GATEWAY_DIRECT_EXCHANGE", is_direct.to_string())],
        &setup.folder.join("log"),
    )?;
    Ok(Serving {
        running,
        address: if work == Work::Tls {
            TLS_ADDRESS
        } else {
            ADDRESS
        },
        keys: setup.seed.keys(work).to_vec(),
    })
}
