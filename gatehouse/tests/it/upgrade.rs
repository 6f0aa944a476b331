//! SIGUSR2 to a node that serves: its successor takes over, it ends, and no request fails.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::process::{command, output, words};

/// Clients that call without a pause.
const CLIENTS: usize = 3;
/// Upgrades in one run.
const UPGRADES: usize = 4;
/// For a process to start, or to end, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// The process that serves now; it may be the great-grandchild of the one that was started.
struct Node {
    pid: u32,
    address: SocketAddr,
}

impl Node {
    /// Starts `gatehouse gateway` and waits until it says where it listens.
    fn start(folder: &Path, arguments: &[&str]) -> Self {
        let mut command = command(folder);
        command.arg("gateway").args(arguments);
        // its usage is told on the same stream, by its successors too
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let said = BufReader::new(child.stdout.take().unwrap());
        let (told, hears) = mpsc::channel();
        std::thread::spawn(move || {
            for line in said.lines().map_while(Result::ok) {
                let address = line.strip_prefix("gateway ").map(str::trim);
                if let Some(address) = address {
                    // nobody asks for those of the successors
                    let _ = told.send(address.trim_start_matches("http://").to_owned());
                }
            }
        });
        let pid = child.id();
        // without this the first process would stay as one that has ended
        std::thread::spawn(move || child.wait());
        let address = hears.recv_timeout(PATIENCE).expect("it listens");
        let address = address.parse().unwrap();
        Self { pid, address }
    }

    fn signal(&self, name: &str) {
        let kill = Command::new("kill")
            .args([&format!("-{name}"), &self.pid.to_string()])
            .status()
            .unwrap();
        assert!(kill.success(), "{name} did not reach the node");
    }

    /// Sends SIGUSR2, and waits until its successor is there and it has ended.
    async fn upgrade(&mut self) {
        self.signal("USR2");
        let mut successor = None;
        until("a successor starts", || {
            successor = successor.or_else(|| child_of(self.pid));
            successor.is_some()
        })
        .await;
        let before = self.pid;
        until("the one before ends", || has_ended(before)).await;
        self.pid = successor.unwrap();
        assert!(!has_ended(self.pid), "the successor lives");
    }

    async fn stop(&self) {
        self.signal("TERM");
        let pid = self.pid;
        until("it stops", || has_ended(pid)).await;
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        if !has_ended(self.pid) {
            let pid = self.pid.to_string();
            let _ = Command::new("kill").args(["-KILL", &pid]).status();
        }
    }
}

/// State and parent of a process (proc(5)); `None` when it is gone.
fn process(pid: u32) -> Option<(char, u32)> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, rest) = stat.rsplit_once(") ")?;
    let mut fields = rest.split(' ');
    let state = fields.next()?.chars().next()?;
    Some((state, fields.next()?.parse().ok()?))
}

fn has_ended(pid: u32) -> bool {
    process(pid).is_none_or(|(state, _)| state == 'Z')
}

fn child_of(parent: u32) -> Option<u32> {
    std::fs::read_dir("/proc").unwrap().find_map(|entry| {
        let pid = entry.ok()?.file_name().to_str()?.parse().ok()?;
        let (state, of) = process(pid)?;
        (of == parent && state != 'Z').then_some(pid)
    })
}

async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < end, "never: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// An upstream, and a declaration with one open route to it.
async fn declaration(folder: &Path) -> PathBuf {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = axum::Router::new().fallback(|| async { "ok" });
    tokio::spawn(async move { axum::serve(listener, router).await });
    let path = folder.join("echo.yaml");
    let text = format!(
        "gatehouse: 1\n\
         upstreams:\n\
         - {{ slug: echo, name: Echo, targets: [{{ url: 'http://{address}' }}] }}\n\
         apis:\n\
         - slug: echo\n\
         \x20 name: Echo\n\
         \x20 versions:\n\
         \x20 - label: v1\n\
         \x20   upstream: echo\n\
         \x20   base_path: /echo\n\
         \x20   routes: [{{ methods: [GET], path: /any, path_kind: prefix, settings: {{ access: open }} }}]\n"
    );
    std::fs::write(&path, text).unwrap();
    path
}

/// Requests without a pause, each of which must be answered.
struct Load {
    stop: Arc<AtomicBool>,
    served: Arc<AtomicU64>,
    clients: Vec<JoinHandle<()>>,
}

impl Load {
    fn start(address: SocketAddr) -> Self {
        let (stop, served) = (
            Arc::new(AtomicBool::new(false)),
            Arc::new(AtomicU64::new(0)),
        );
        let clients = (0..CLIENTS)
            .map(|_| {
                let (stop, served) = (stop.clone(), served.clone());
                tokio::spawn(async move {
                    let mut connection = open(address).await;
                    while !stop.load(Ordering::Relaxed) {
                        let goes_on = ask(&mut connection).await;
                        served.fetch_add(1, Ordering::Relaxed);
                        if !goes_on {
                            connection = open(address).await;
                        }
                    }
                })
            })
            .collect();
        Self {
            stop,
            served,
            clients,
        }
    }

    async fn goes_on(&self) {
        let before = self.served.load(Ordering::Relaxed);
        until("requests go on", || {
            self.served.load(Ordering::Relaxed) > before + 50
        })
        .await;
    }

    async fn end(self) -> u64 {
        self.stop.store(true, Ordering::Relaxed);
        for client in self.clients {
            client.await.expect("no request failed");
        }
        self.served.load(Ordering::Relaxed)
    }
}

type Connection = tokio::io::BufReader<TcpStream>;

async fn open(address: SocketAddr) -> Connection {
    Connection::new(TcpStream::connect(address).await.unwrap())
}

/// One request; whether the connection may be used again.
async fn ask(connection: &mut Connection) -> bool {
    let request = b"GET /echo/any HTTP/1.1\r\nHost: api.test\r\n\r\n";
    connection.get_mut().write_all(request).await.unwrap();
    let (mut length, mut goes_on) = (0, true);
    let mut first = String::new();
    connection.read_line(&mut first).await.unwrap();
    assert!(
        first.starts_with("HTTP/1.1 200 "),
        "answered with {first:?}"
    );
    loop {
        let mut line = String::new();
        connection.read_line(&mut line).await.unwrap();
        let line = line.trim_end().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(text) = line.strip_prefix("content-length: ") {
            length = text.parse().unwrap();
        }
        goes_on &= line != "connection: close";
    }
    let mut body = vec![0; length];
    connection.read_exact(&mut body).await.unwrap();
    assert_eq!(body, b"ok");
    goes_on
}

async fn upgrades_under_load(folder: &Path, arguments: &[&str]) {
    let mut node = Node::start(folder, arguments);
    let first = node.pid;
    let load = Load::start(node.address);
    load.goes_on().await;
    for _ in 0..UPGRADES {
        node.upgrade().await;
        load.goes_on().await;
    }
    assert_ne!(node.pid, first);
    assert!(load.end().await > 50 * UPGRADES as u64);
    node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_of_a_declaration_is_replaced_without_a_failed_request() {
    let folder = tempfile::tempdir().unwrap();
    let file = declaration(folder.path()).await;
    let file = file.to_str().unwrap();
    upgrades_under_load(folder.path(), &["--declaration", file]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_of_a_database_is_replaced_without_a_failed_request() {
    let folder = tempfile::tempdir().unwrap();
    let file = declaration(folder.path()).await;
    for arguments in [
        &["migrate"][..],
        &["apply", "--yes", file.to_str().unwrap()],
    ] {
        let mut prepare = command(folder.path());
        prepare.args(arguments);
        let ended = output(prepare);
        assert!(ended.status.success(), "{}", words(&ended));
    }
    upgrades_under_load(folder.path(), &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_successor_that_cannot_start_leaves_the_node_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let file = declaration(folder.path()).await;
    let node = Node::start(folder.path(), &["--declaration", file.to_str().unwrap()]);
    let load = Load::start(node.address);
    load.goes_on().await;
    // a declaration that the successor refuses, and that the node itself keeps out
    std::fs::write(&file, "gatehouse: 99\n").unwrap();
    node.signal("USR2");
    let mut came = false;
    until("a successor tries, and ends", || {
        let child = child_of(node.pid);
        came |= child.is_some();
        came && child.is_none()
    })
    .await;
    load.goes_on().await;
    load.end().await;
    assert!(!has_ended(node.pid));
    node.stop().await;
}
