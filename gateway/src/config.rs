//! What a gateway is told when it starts.

use std::fmt;
use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use domain::refusal::Refusal;
use domain::{Clock, id};
pub use gateway_snapshot::model::Entity;
use ipnet::IpNet;
use parking_lot::Mutex;
use store::db::Db;
use store::seal::Sealer;
use tokio::sync::watch;
use url::Url;

/// What a gateway is told when it starts.
#[derive(Clone)]
pub struct Config {
    /// Where API calls arrive. Port 0 lets the system choose.
    pub listen: Vec<SocketAddr>,
    /// Where API calls arrive over TLS.
    pub listen_tls: Vec<SecureListen>,
    /// Where health, status and metrics are answered; `None` for nowhere.
    pub status: Option<SocketAddr>,
    /// The folder for the snapshot, the journal and this node's identity.
    pub data_dir: PathBuf,
    /// Take over from the gateway that runs on this folder, if one does: its sockets, then its name.
    pub succeed: bool,
    /// Whether a successor may take over from this gateway: see [`crate::Running::succeeded`].
    pub hand_over: bool,
    /// Where the configuration comes from and usage goes to.
    pub database: Database,
    /// What people call this node.
    pub node_name: String,
    /// The workspace whose usage is written.
    pub workspace: id::WorkspaceId,
    /// Where callers reach the gateway.
    pub gateway_url: Option<Url>,
    /// Where the portal is: problem types point there, and its pages may call published routes.
    pub portal_url: Option<Url>,
    /// Peers whose `X-Forwarded-*` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Whether trusted proxies begin each connection with a PROXY header, which says whom it is from.
    pub proxy_protocol: bool,
    /// Whether HTTP/2 is taken without TLS, from clients that begin with it.
    pub h2c: bool,
    /// How long browsers are told to come by HTTPS only; `None` for not at all.
    pub hsts: Option<Duration>,
    /// Whether requests in the clear for a host with a certificate are sent to HTTPS.
    pub redirect_to_https: bool,
    /// Opens what is kept sealed: the keys of certificates, secrets of credentials and of policies; without it they are of no
    /// use.
    pub sealer: Option<Sealer>,
    /// What policies may fetch from beyond public addresses: key sets, decisions of other services.
    pub outbound: outbound::Policy,
    /// Name servers for the names of upstreams; those of the machine where there are none.
    pub name_servers: Vec<SocketAddr>,
    /// Threads that carry traffic; `None` for one per core.
    pub workers: Option<usize>,
    /// What is too much.
    pub limits: Limits,
    /// What is too long.
    pub timeouts: Timeouts,
    /// Whether requests without surprises go to HTTP/1.1 upstreams without Pingora's proxy in between.
    pub direct_exchange: bool,
    /// Whether an answer waits until its count is on the disk.
    pub durability: Durability,
    /// The revision that the process itself has just written, so that changes are live at once.
    pub changes: Option<watch::Receiver<i64>>,
    /// A configuration from elsewhere than a database, in place of it.
    pub declared: Option<watch::Receiver<Arc<Declared>>>,
    /// Takes usage where there is no database: a line of JSON for each sum.
    pub usage_sink: Option<UsageSink>,
    /// Where the time comes from.
    pub clock: Clock,
    /// Renders a refusal for a browser; plain text without it.
    pub error_page: Option<ErrorPage>,
}

impl Config {
    /// A node that listens on a port of the system's choice, on loopback, without a database.
    pub fn new(data_dir: impl Into<PathBuf>) -> Self {
        let loopback = SocketAddr::from(([127, 0, 0, 1], 0));
        Self {
            listen: vec![loopback],
            listen_tls: Vec::new(),
            status: Some(loopback),
            data_dir: data_dir.into(),
            succeed: false,
            hand_over: false,
            database: Database::None,
            node_name: "gateway".to_owned(),
            workspace: id::DEFAULT_WORKSPACE,
            gateway_url: None,
            portal_url: None,
            trusted_proxies: Vec::new(),
            proxy_protocol: false,
            h2c: false,
            hsts: None,
            redirect_to_https: false,
            sealer: None,
            outbound: outbound::Policy::default(),
            name_servers: Vec::new(),
            workers: None,
            limits: Limits::default(),
            timeouts: Timeouts::default(),
            direct_exchange: true,
            durability: Durability::default(),
            changes: None,
            declared: None,
            usage_sink: None,
            clock: Clock::system(),
            error_page: None,
        }
    }

    /// Whether `X-Forwarded-*` from this peer is believed.
    pub(crate) fn trusts(&self, peer: IpAddr) -> bool {
        let peer = peer.to_canonical();
        self.trusted_proxies.iter().any(|net| net.contains(&peer))
    }
}

/// A configuration that was read from elsewhere than a database.
#[derive(Debug, Default)]
pub struct Declared {
    /// Counts the configurations that were read; 0 before the first.
    pub number: i64,
    /// All of it, until the gateway takes it.
    pub entities: Mutex<Option<Vec<Entity>>>,
    /// Why what is there now could not be taken.
    pub problem: Option<String>,
}

/// Takes lines of usage.
#[derive(Clone)]
pub struct UsageSink(pub Arc<dyn Fn(&str) + Send + Sync>);

/// A listener for TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SecureListen {
    /// Where. Port 0 lets the system choose.
    pub address: SocketAddr,
    /// The oldest version that is taken; the newest that both know is spoken.
    pub minimum: TlsVersion,
}

/// A version of TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TlsVersion {
    /// TLS 1.2 (RFC 5246), with the ciphers that are still good.
    #[default]
    V1_2,
    /// TLS 1.3 (RFC 8446).
    V1_3,
}

/// A database that is opened when it can be reached.
pub type Connect = Arc<dyn Fn() -> Connecting + Send + Sync>;

/// The attempt to open a database.
pub type Connecting = Pin<Box<dyn Future<Output = Result<Db, String>> + Send>>;

/// Where the configuration comes from and usage goes to.
#[derive(Clone)]
pub enum Database {
    /// Nowhere: serve from the disk's snapshot, keep usage in the journal.
    None,
    /// A database that is open.
    Open(Db),
    /// A database that may not be reachable yet; asked again until it is.
    Later(Connect),
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "None",
            Self::Open(_) => "Open",
            Self::Later(_) => "Later",
        })
    }
}

/// What is too much for one request or one node.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Headers of a request.
    pub headers: usize,
    /// Bytes of a request's line and headers.
    pub header_bytes: usize,
    /// Bytes of a request's body, where its upstream sets no limit of its own.
    pub body_bytes: u64,
    /// Bytes of bodies that policies want whole, of all requests at a time.
    pub buffered_bytes: usize,
    /// Connections of one worker at a time.
    pub connections: usize,
    /// Connections of one address (one /64 for IPv6) at a time; trusted proxies may have more.
    pub connections_per_ip: usize,
    /// Requests on one connection.
    pub requests_per_connection: u32,
    /// Lines of the request log that wait to be written; what comes on top is left out and counted.
    pub log_lines: usize,
    /// Lines of the request log a second of requests that went well, and as many of those that failed; what comes on top is
    /// sampled. 0 for no request log.
    pub log_rate: u32,
    /// Bytes of answers that the cache keeps in memory.
    pub cache_bytes: usize,
    /// Bytes of answers that the cache keeps on the disk when memory has no room for them; 0 for none.
    pub cache_disk_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            headers: 100,
            header_bytes: 64 * 1024,
            body_bytes: 100 * 1024 * 1024,
            buffered_bytes: 256 * 1024 * 1024,
            connections: 10_000,
            connections_per_ip: 1_000,
            requests_per_connection: 100_000,
            log_lines: 10_000,
            log_rate: 500,
            cache_bytes: 64 << 20,
            cache_disk_bytes: 0,
        }
    }
}

/// What is too long.
#[derive(Debug, Clone, Copy)]
pub struct Timeouts {
    /// From a connection's first byte to the end of the headers.
    pub header: Duration,
    /// Between two pieces of a request's body.
    pub body: Duration,
    /// For a client to take a piece of the answer.
    pub write: Duration,
    /// Between two requests on a connection.
    pub idle: Duration,
    /// Silence on a WebSocket or an event stream.
    pub stream: Duration,
    /// For requests in flight when the gateway stops.
    pub drain: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            header: Duration::from_secs(15),
            body: Duration::from_secs(60),
            write: Duration::from_secs(60),
            idle: Duration::from_secs(75),
            stream: Duration::from_secs(3_600),
            drain: Duration::from_secs(10),
        }
    }
}

/// Whether counts survive a loss of power.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Durability {
    /// The journal is written every 100 ms and left to the operating system.
    #[default]
    Relaxed,
    /// The journal is synced to the disk each time it is written.
    Strict,
}

/// Renders a refusal as HTML.
#[derive(Clone)]
pub struct ErrorPage(pub Arc<dyn Fn(&ErrorView) -> String + Send + Sync>);

impl fmt::Debug for ErrorPage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ErrorPage")
    }
}

/// What an error page shows.
#[derive(Debug, Clone)]
pub struct ErrorView {
    /// The stable code.
    pub refusal: Refusal,
    /// What happened to this request.
    pub detail: String,
    /// The request's id.
    pub request_id: String,
    /// The page that explains the code, when there is a portal.
    pub help: Option<String>,
}
