//! `gatehouse gateway` and `gatehouse health`: a node that cannot do its work says why and ends, or waits where waiting helps.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use sqlx::Connection as _;

use crate::process::{command, output, words};

/// How long a command may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A process that is gone with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Running {
    /// Its end, and what it said on standard error.
    fn end(mut self) -> (ExitStatus, String) {
        let started = Instant::now();
        let status = loop {
            if let Some(status) = self.0.try_wait().unwrap() {
                break status;
            }
            assert!(started.elapsed() < PATIENCE, "it goes on");
            thread::yield_now();
        };
        let stderr = BufReader::new(self.0.stderr.take().unwrap());
        let lines: Vec<_> = stderr.lines().map_while(Result::ok).collect();
        (status, lines.join("\n"))
    }
}

fn gateway(folder: &Path, more: &[&str]) -> Running {
    let mut command = command(folder);
    command.arg("gateway").args(more);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    Running(command.spawn().unwrap())
}

fn migrate(folder: &Path) {
    let mut migrate = command(folder);
    migrate.arg("migrate");
    let ended = output(migrate);
    assert!(ended.status.success(), "{}", words(&ended));
}

async fn alter(folder: &Path, sql: &'static str) {
    let url = format!("sqlite:{}", folder.join("data/gatehouse.db").display());
    let mut conn = sqlx::SqliteConnection::connect(&url).await.unwrap();
    sqlx::query(sql).execute(&mut conn).await.unwrap();
    conn.close().await.unwrap();
}

#[tokio::test]
async fn a_node_on_a_database_of_another_version_says_so_and_ends() {
    let folder = tempfile::tempdir().unwrap();
    let (status, said) = gateway(folder.path(), &[]).end();
    let new = "gatehouse: the database lacks 0001_platform to ";
    assert!(!status.success() && said.contains(new), "{said}");
    assert!(said.contains("run `gatehouse migrate`"), "{said}");

    migrate(folder.path());
    alter(
        folder.path(),
        "INSERT INTO schema_migration VALUES (900, '0900_later', 'x', 0)",
    )
    .await;
    let (status, said) = gateway(folder.path(), &[]).end();
    let newer = "has schema 900, made by a newer gatehouse; this one knows schemas up to";
    assert!(!status.success() && said.contains(newer), "{said}");
}

#[test]
fn a_node_whose_database_is_out_of_reach_waits_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr();
    let url = format!("postgres://gate@{}/gate", nobody.unwrap());
    let mut node = gateway(folder.path(), &["--database-url", &url]);
    let stderr = BufReader::new(node.0.stderr.take().unwrap());
    let tries = stderr
        .lines()
        .map_while(Result::ok)
        .filter(|line| line.contains("the database cannot be used yet; trying again"))
        .take(2)
        .count();
    assert_eq!(tries, 2, "it tries again");
    assert!(node.0.try_wait().unwrap().is_none(), "it goes on");
}

/// Answers one request with this status; the path that was asked for.
fn node(status: &'static str) -> (SocketAddr, thread::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let answering = thread::spawn(move || {
        let (mut stream, _): (TcpStream, _) = listener.accept().unwrap();
        let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
        let first = lines.next().unwrap().unwrap();
        while lines.next().is_some_and(|line| !line.unwrap().is_empty()) {}
        let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        stream.write_all(answer.as_bytes()).unwrap();
        first.split(' ').nth(1).unwrap().to_owned()
    });
    (address, answering)
}

#[test]
fn health_asks_the_node_that_it_is_told_to_ask() {
    let folder = tempfile::tempdir().unwrap();
    for (status, path, asked, healthy) in [
        ("200 OK", "", "/ready", true),
        ("200 OK", "/", "/ready", true),
        ("204 No Content", "/health", "/health", true),
        ("503 Service Unavailable", "", "/ready", false),
        ("404 Not Found", "/health", "/health", false),
    ] {
        let (address, answering) = node(status);
        let mut health = command(folder.path());
        health.args(["health", "--url", &format!("http://{address}{path}")]);
        let ended = output(health);
        let said = words(&ended);
        assert_eq!(answering.join().unwrap(), asked);
        assert_eq!(ended.status.success(), healthy, "{said}");
        let code = &status[..3];
        assert!(
            said.contains(&format!("http://{address}{asked}: {code}")),
            "{said}"
        );
    }
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr();
    for (url, why) in [
        (format!("http://{}", gone.unwrap()), "gatehouse: "),
        ("nowhere".to_owned(), "`nowhere` is not a URL"),
    ] {
        let mut health = command(folder.path());
        health.args(["health", "--url", &url]);
        let ended = output(health);
        let said = words(&ended);
        assert!(!ended.status.success() && said.contains(why), "{said}");
    }
}
