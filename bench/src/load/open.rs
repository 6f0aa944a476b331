//! Open loop: requests leave at their appointed times, whether or not earlier ones were answered, and each is timed from
//! its appointment: a peer that stalls cannot hide it (what is known as coordinated omission).

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use hdrhistogram::Histogram;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::Mutex;
use tokio::task::JoinSet;

use crate::work::{ROUTES, Work};

/// Connections, each with one request at a time.
const CONNECTIONS: usize = 64;

/// Latencies in microseconds.
pub(crate) struct Latencies {
    pub(crate) p50: u64,
    pub(crate) p99: u64,
    pub(crate) p999: u64,
}

/// The appointments, taken in order by whichever connection is free.
struct Plan {
    begun: Instant,
    gap: Duration,
    next: u32,
    total: u32,
}

impl Plan {
    fn take(&mut self) -> Option<(u32, Instant)> {
        if self.next == self.total {
            return None;
        }
        let number = self.next;
        self.next += 1;
        Some((number, self.begun + self.gap * number))
    }
}

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
    let plan = Arc::new(Mutex::new(Plan {
        begun: Instant::now() + Duration::from_millis(100),
        gap: Duration::from_secs(1) / rate,
        next: 0,
        total,
    }));
    let keys: Arc<[String]> = keys.into();
    let mut connections = JoinSet::new();
    for _ in 0..CONNECTIONS {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        connections.spawn(connection(
            stream,
            work,
            keys.clone(),
            plan.clone(),
            address.to_owned(),
        ));
    }
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
    mut stream: TcpStream,
    work: Work,
    keys: Arc<[String]>,
    plan: Arc<Mutex<Plan>>,
    address: String,
) -> Result<Histogram<u64>> {
    let mut times = Histogram::<u64>::new(3)?;
    let mut buffer = Vec::with_capacity(96 * 1024);
    loop {
        let taken = plan.lock().await.take();
        let Some((number, due)) = taken else {
            return Ok(times);
        };
        tokio::time::sleep_until(due.into()).await;
        stream
            .write_all(request(work, &keys, number, &address).as_bytes())
            .await?;
        let status = answer(&mut stream, &mut buffer).await?;
        ensure!(status == work.status(), "an answer with {status}");
        times.record(u64::try_from(due.elapsed().as_micros())?)?;
    }
}

fn request(work: Work, keys: &[String], number: u32, address: &str) -> String {
    let number = number as usize;
    let (path, key) = match work {
        Work::Plain | Work::Large => (work.path().to_owned(), None),
        Work::Full => (
            format!("/api/{}/small", number * 7 % ROUTES),
            keys.get(number % keys.len().max(1)).map(String::as_str),
        ),
        Work::Refuse => (work.path().to_owned(), Some("gh_live_unknown")),
    };
    let key = key.map_or(String::new(), |key| format!("X-API-Key: {key}\r\n"));
    format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n{key}\r\n")
}

/// Reads one answer, which says its length; returns its status.
async fn answer(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Result<u16> {
    buffer.clear();
    let head = loop {
        if let Some(end) = buffer.windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 4;
        }
        more(stream, buffer).await?;
    };
    let text = std::str::from_utf8(&buffer[..head])?.to_ascii_lowercase();
    let status = text.split(' ').nth(1).context("no status")?.parse()?;
    let length: usize = text
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .context("an answer without its length")?
        .trim()
        .parse()?;
    while buffer.len() < head + length {
        more(stream, buffer).await?;
    }
    Ok(status)
}

async fn more(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Result<()> {
    if stream.read_buf(buffer).await? == 0 {
        bail!("the connection ended");
    }
    Ok(())
}
