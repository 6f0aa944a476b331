//! The measurements: every peer in turn, several rounds, so that what else the machine does hits all alike.

use std::collections::HashMap;
use std::fs;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::Options;
use crate::load::stream::Stream;
use crate::load::{closed, open};
use crate::peers::{self, Peer, Serving, Setup};
use crate::report::{self, Report};
use crate::seed::{self, Seed};
use crate::targets::Measured;
use crate::upstream;
use crate::work::Work;

/// No steady load is higher: the generator shares its core with the upstream, and would measure itself.
pub(crate) const STEADY: u32 = 10_000;

/// What one turn of one peer showed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Turn {
    /// Processor time for a request, in microseconds.
    pub(crate) cpu: f64,
    /// Of it, in the program itself.
    pub(crate) user: f64,
    /// Requests a second on its one core.
    pub(crate) rate: f64,
    /// Resident bytes at the end.
    pub(crate) memory: u64,
}

/// Latencies at half load, in microseconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AtHalf {
    pub(crate) rate: u32,
    pub(crate) p50: u64,
    pub(crate) p99: u64,
    pub(crate) p999: u64,
}

/// Everything of one peer and kind of work.
#[derive(Debug, Default)]
pub(crate) struct Results {
    pub(crate) turns: Vec<Turn>,
    pub(crate) latencies: Option<AtHalf>,
}

/// Runs everything and writes the report.
pub(crate) async fn all(options: &Options) -> Result<()> {
    fs::create_dir_all(&options.folder)?;
    // reqwest is built without a provider of its own; a second installation would only be the same one
    drop(rustls::crypto::ring::default_provider().install_default());
    let mut upstream = upstream::start(&options.folder)?;
    let seed = seed::ready(options).await?;
    upstream.must_run()?;
    let peers = present(options);
    let mut report = Report::new(options, &peers)?;
    let direct = direct(options, &seed).await?;
    report.direct(&direct);
    let mut all = Measured::new();
    for work in Work::ALL {
        if !options.work.is_empty() && !options.work.contains(&work) {
            continue;
        }
        let results = compare(options, &seed, work, &peers).await?;
        report.table(work, &peers, &results);
        report.write(options)?;
        all.insert(work, results);
    }
    report.targets(&all, &direct);
    report.write(options)
}

fn present(options: &Options) -> Vec<&'static Peer> {
    let wanted = |peer: &&Peer| {
        let is_asked = options.peer.is_empty()
            || options
                .peer
                .iter()
                .any(|name| name.eq_ignore_ascii_case(peer.name));
        let is_there =
            peer.program.is_empty() || peers::find(peer.program, &options.folder).is_some();
        if is_asked && !is_there {
            report::note(&format!("{} is left out: it is not installed", peer.name));
        }
        is_asked && is_there
    };
    peers::ALL.iter().filter(wanted).collect()
}

/// What the load sees without anybody between.
async fn direct(options: &Options, seed: &Seed) -> Result<AtHalf> {
    let rate = STEADY;
    let found = open::run(
        upstream::ADDRESS,
        Work::Plain,
        &seed.keys,
        rate,
        options.turn(),
    )
    .await?;
    Ok(at_half(rate, &found))
}

async fn compare(
    options: &Options,
    seed: &Seed,
    work: Work,
    peers: &[&'static Peer],
) -> Result<HashMap<&'static str, Results>> {
    let mut all: HashMap<&'static str, Results> = HashMap::new();
    for round in 0..options.rounds {
        for peer in peers {
            let mut serving = start(options, seed, work, peer)
                .await
                .with_context(|| format!("{}: {work:?}", peer.name))?;
            let folder = folder(options, work, peer);
            closed::script(&folder, work, &serving.keys)?;
            // the first second fills pools and caches
            closed::run(&folder, work, serving.address, Duration::from_secs(1))?;
            let before = serving.running.spent()?;
            let done = closed::run(&folder, work, serving.address, options.turn())?;
            let spent = serving.running.spent()?.since(before);
            serving.running.must_run()?;
            let turn = turn(&done, spent, serving.running.memory()?);
            report::note(&format!(
                "{work:?} round {} {}: {:.1} us, {:.0}/s",
                round + 1,
                peer.name,
                turn.cpu,
                turn.rate
            ));
            let results = all.entry(peer.name).or_default();
            results.turns.push(turn);
            if round + 1 == options.rounds {
                let half = ((turn.rate / 2.0) as u32).min(STEADY);
                let found = open::run(
                    serving.address,
                    work,
                    &serving.keys,
                    half.max(1),
                    options.turn(),
                )
                .await
                .with_context(|| format!("{}: {work:?} at half load", peer.name))?;
                results.latencies = Some(at_half(half, &found));
            }
        }
    }
    Ok(all)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts of requests and microseconds are far below 2^52"
)]
fn turn(done: &closed::Done, spent: crate::process::Spent, memory: u64) -> Turn {
    let requests = done.requests.max(1) as f64;
    Turn {
        cpu: spent.total().as_micros() as f64 / requests,
        user: spent.user.as_micros() as f64 / requests,
        rate: requests / done.time.as_secs_f64(),
        memory,
    }
}

fn at_half(rate: u32, found: &open::Latencies) -> AtHalf {
    AtHalf {
        rate,
        p50: found.p50,
        p99: found.p99,
        p999: found.p999,
    }
}

fn folder(options: &Options, work: Work, peer: &Peer) -> std::path::PathBuf {
    let name = peer.name.to_lowercase().replace(" + ", "-");
    options
        .folder
        .join(format!("{name}-{work:?}").to_lowercase())
}

/// Starts a peer and waits until it does the work.
async fn start(options: &Options, seed: &Seed, work: Work, peer: &Peer) -> Result<Serving> {
    let folder = folder(options, work, peer);
    fs::create_dir_all(&folder)?;
    let setup = Setup {
        options,
        seed,
        folder,
    };
    let mut serving = (peer.start)(&setup, work)?;
    let end = Instant::now() + Duration::from_secs(30);
    loop {
        serving.running.must_run()?;
        match status(&serving, work).await {
            Ok(status) if status == work.status() => return Ok(serving),
            Ok(status) if Instant::now() > end => bail!("it answers {status}"),
            Err(error) if Instant::now() > end => return Err(error.context("it never answered")),
            _ => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}

async fn status(serving: &Serving, work: Work) -> Result<u16> {
    let one = async {
        let mut stream = Stream::connect(serving.address, work).await?;
        stream.exchange(work, &serving.keys, 0).await
    };
    tokio::time::timeout(Duration::from_secs(5), one)
        .await
        .context("no answer in five seconds")?
}
