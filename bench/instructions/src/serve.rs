//! What is counted: a gateway with one worker, on a configuration from the disk, without a database.

use std::io::{self, Read as _, Write as _};
use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::Result;
use gateway::{Config, Gateway};
use gateway_snapshot::disk::Disk;

use crate::Lane;
use crate::catalogue;

/// Serves until the input ends; says first where.
pub(crate) fn run(folder: PathBuf, upstream: SocketAddr, lane: Lane) -> Result<()> {
    let mut disk = Disk::open(folder.join("snapshot"))?;
    disk.write_base(1, &catalogue::entities(upstream))?;
    drop(disk);
    let config = Config {
        workers: Some(1),
        status: None,
        direct_exchange: lane == Lane::Direct,
        ..Config::new(folder)
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let running = Gateway::start(config).await?;
        running.ready().await;
        let mut out = io::stdout();
        writeln!(out, "{}", running.addresses()[0])?;
        out.flush()?;
        tokio::task::spawn_blocking(|| io::stdin().read_to_end(&mut Vec::new())).await??;
        running.shutdown().await;
        anyhow::Ok(())
    })
}
