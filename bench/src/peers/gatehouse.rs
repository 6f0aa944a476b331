//! Gatehouse: its gateway alone, on the data that was seeded through its admin API. It has a worker for each core that it
//! may use: one here.

use std::process::Command;

use anyhow::Result;

use super::{Serving, Setup};
use crate::Options;
use crate::process::{MEASURED, Running};
use crate::work::Work;

const ADDRESS: &str = "127.0.0.1:19205";

pub(super) fn version(options: &Options) -> Result<String> {
    let output = Command::new(&options.gatehouse).arg("--version").output()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    Ok(text.trim().replace(' ', "/"))
}

pub(super) fn start(setup: &Setup<'_>, _work: Work) -> Result<Serving> {
    let data = setup.seed.folder.display().to_string();
    let running = Running::start(
        MEASURED,
        &setup.options.gatehouse,
        &[
            "gateway",
            "--data",
            &data,
            "--gateway-listen",
            ADDRESS,
            "--status-listen",
            "127.0.0.1:19295",
        ],
        &setup.folder.join("log"),
    )?;
    Ok(Serving {
        running,
        address: ADDRESS,
        keys: setup.seed.keys.clone(),
    })
}
