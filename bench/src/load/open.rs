//! Open loop: requests leave at their appointed times, whether or not earlier ones were answered, and each is timed from
//! its appointment: a peer that stalls cannot hide it (what is known as coordinated omission).

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use hdrhistogram::Histogram;
use tokio::sync::Mutex;
use tokio::sync::mpsc::{self, UnboundedReceiver};
use tokio::task::JoinSet;

use super::stream::Stream;
use crate::work::Work;

/// Connections, each with one request at a time.
const CONNECTIONS: usize = 64;

/// Latencies in microseconds.
pub(crate) struct Latencies {
    pub(crate) p50: u64,
    pub(crate) p99: u64,
    pub(crate) p999: u64,
}

/// What an idle connection takes: the number of a request, and when it was due.
type Appointments = Arc<Mutex<UnboundedReceiver<(u32, Instant)>>>;

/// Sends so many requests a second for so long.
pub(crate) async fn run(
    address: &str,
    work: Work,
    keys: &[String],
    rate: u32,
    time: Duration,
) -> Result<Latencies> {
    ensure!(rate > 0, "a rate of nothing");
    let total = u32::try_from(u64::from(rate) * time.as_secs())?;
    let (sender, appointments) = mpsc::unbounded_channel();
    let appointments = Arc::new(Mutex::new(appointments));
    let keys: Arc<[String]> = keys.into();
    let mut connections = JoinSet::new();
    for _ in 0..CONNECTIONS {
        let stream = Stream::connect(address, work).await?;
        connections.spawn(connection(stream, work, keys.clone(), appointments.clone()));
    }
    // a thread's sleep is exact to some fifty microseconds; tokio's counts whole milliseconds
    let gap = Duration::from_secs(1) / rate;
    thread::spawn(move || {
        let begun = Instant::now();
        for number in 0..total {
            let due = begun + gap * number;
            thread::sleep(due.saturating_duration_since(Instant::now()));
            if sender.send((number, due)).is_err() {
                // a connection failed, which is told below
                return;
            }
        }
    });
    let mut all = Histogram::<u64>::new(3)?;
    while let Some(one) = connections.join_next().await {
        all.add(one??)?;
    }
    Ok(Latencies {
        p50: all.value_at_quantile(0.5),
        p99: all.value_at_quantile(0.99),
        p999: all.value_at_quantile(0.999),
    })
}

async fn connection(
    mut stream: Stream,
    work: Work,
    keys: Arc<[String]>,
    appointments: Appointments,
) -> Result<Histogram<u64>> {
    let mut times = Histogram::<u64>::new(3)?;
    loop {
        let taken = appointments.lock().await.recv().await;
        let Some((number, due)) = taken else {
            return Ok(times);
        };
        let status = stream.exchange(work, &keys, number as usize).await?;
        // each minute begins with an answer to every caller of the tight plan
        let is_first = work == Work::Limited && status == 200;
        ensure!(
            status == work.status() || is_first,
            "an answer with {status}"
        );
        times.record(u64::try_from(due.elapsed().as_micros())?)?;
    }
}
