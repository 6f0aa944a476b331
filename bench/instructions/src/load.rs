//! A caller and an upstream, outside of what is counted: plain sockets, one request after the other.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;

use anyhow::{Context as _, Result, bail, ensure};

use crate::Work;
use crate::catalogue::KEY;

/// Bytes of the upstream's body.
const BODY: usize = 128;

/// Starts an upstream that answers everything alike; it ends with the process.
pub(crate) fn upstream() -> Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || answer(stream));
        }
    });
    Ok(address)
}

fn answer(mut stream: TcpStream) {
    let body = "s".repeat(BODY);
    let answer = format!(
        "HTTP/1.1 200 OK\r\nServer: upstream\r\nDate: Sun, 01 Nov 2026 10:00:00 GMT\r\nContent-Type: text/plain\r\n\
         Content-Length: {BODY}\r\nLast-Modified: Sun, 01 Nov 2026 09:00:00 GMT\r\nETag: \"5f-80\"\r\nAccept-Ranges: bytes\r\n\r\n{body}"
    );
    let mut read = Vec::new();
    let mut buffer = [0; 4_096];
    // an error is the other side's way of saying that it has enough
    while let Ok(count @ 1..) = stream.read(&mut buffer) {
        read.extend_from_slice(&buffer[..count]);
        if read.ends_with(b"\r\n\r\n") {
            read.clear();
            if stream.write_all(answer.as_bytes()).is_err() {
                return;
            }
        }
    }
}

/// A connection to the gateway.
pub(crate) struct Caller {
    stream: TcpStream,
    request: String,
}

impl Caller {
    pub(crate) fn new(gateway: SocketAddr, work: Work) -> Result<Self> {
        let (path, key) = match work {
            Work::Plain => ("/plain/small", String::new()),
            Work::Full => ("/api/7/small", format!("X-API-Key: {KEY}\r\n")),
        };
        let stream = TcpStream::connect(gateway)?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            request: format!(
                "GET {path} HTTP/1.1\r\nHost: api.example.com\r\nUser-Agent: instructions\r\nAccept: */*\r\n{key}\r\n"
            ),
        })
    }

    /// One request after the other.
    pub(crate) fn ask(&mut self, times: u64) -> Result<()> {
        for _ in 0..times {
            self.stream.write_all(self.request.as_bytes())?;
            self.read()?;
        }
        Ok(())
    }

    fn read(&mut self) -> Result<()> {
        let mut answer = Vec::new();
        let mut buffer = [0; 4_096];
        loop {
            let count = self.stream.read(&mut buffer)?;
            ensure!(count > 0, "the gateway closed the connection");
            answer.extend_from_slice(&buffer[..count]);
            let text = String::from_utf8_lossy(&answer);
            let Some(end) = text.find("\r\n\r\n") else {
                continue;
            };
            if !text.starts_with("HTTP/1.1 200 ") {
                bail!("not an answer of the upstream: {text}");
            }
            let length: usize = text
                .lines()
                .find_map(|line| {
                    line.to_ascii_lowercase()
                        .strip_prefix("content-length: ")?
                        .parse()
                        .ok()
                })
                .context("an answer without a length")?;
            if answer.len() >= end + 4 + length {
                return Ok(());
            }
        }
    }
}
