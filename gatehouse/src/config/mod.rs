//! The configuration: one struct per concern, each key with its meaning and default.

mod sources;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use domain::oauth::SigningAlgorithm;
use serde::{Deserialize, Serialize};

pub(crate) use sources::{Flags, load};

/// Everything that can be set. Read from `gatehouse.toml`, then `GATEHOUSE_...` variables, then flags.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Config {
    pub(crate) data: Data,
    pub(crate) database: Database,
    pub(crate) gateway: Gateway,
    pub(crate) admin: Admin,
    pub(crate) portal: Portal,
    pub(crate) mail: Mail,
    pub(crate) accounts: Accounts,
    pub(crate) sign_in: SignIn,
    pub(crate) acme: Acme,
    pub(crate) oauth: Oauth,
    pub(crate) outbound: Outbound,
    pub(crate) log: Log,
}

/// Where files are kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Data {
    /// Folder of the SQLite file, the master key, the gateway's snapshot and its usage journal. Made with mode 0700.
    pub(crate) dir: PathBuf,
    /// Base64 of the 32-byte key that seals secrets. Empty: `master.key` in the data folder, made at first start.
    pub(crate) master_key: String,
}

impl Default for Data {
    fn default() -> Self {
        Self {
            dir: PathBuf::from("data"),
            master_key: String::new(),
        }
    }
}

/// The store.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Database {
    /// `postgres://user:password@host/name`, or `sqlite:/path/to/file`. Empty: `gatehouse.db` in the data folder.
    pub(crate) url: String,
}

/// The data plane.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Gateway {
    /// Address for the traffic of published APIs.
    pub(crate) listen: SocketAddr,
    /// Address for the same over TLS, such as `0.0.0.0:8443`; certificates come from the dashboard. Empty: no TLS.
    pub(crate) tls_listen: String,
    /// The oldest version of TLS that is taken; the newest that both sides know is spoken.
    pub(crate) tls_minimum: TlsMinimum,
    /// How callers reach it; shown in the portal. Empty: the listen address.
    pub(crate) public_url: String,
    /// Address for health, status and metrics.
    pub(crate) status_listen: SocketAddr,
    /// Name of this node in the dashboard. Empty: the machine's host name.
    pub(crate) node_name: String,
    /// Worker threads, each with its own accept queue. 0: one per core.
    pub(crate) threads: usize,
    /// Networks whose `X-Forwarded-*` headers are believed, such as `10.0.0.0/8`.
    pub(crate) trusted_proxies: Vec<String>,
    /// Whether trusted proxies begin each connection with a PROXY header (version 1 or 2).
    pub(crate) proxy_protocol: bool,
    /// Whether HTTP/2 is taken without TLS, from clients that begin with it.
    pub(crate) h2c: bool,
    /// For how many seconds browsers are told to come by HTTPS only (HSTS). 0: not at all.
    pub(crate) hsts_seconds: u64,
    /// Whether requests in the clear are sent to HTTPS, for hosts with a certificate.
    pub(crate) redirect_to_https: bool,
    /// Connections of one address at a time; trusted proxies may have more.
    pub(crate) connections_per_ip: usize,
    /// Largest request body in bytes.
    pub(crate) max_body_bytes: u64,
    /// Bytes of answers that the cache keeps in memory.
    pub(crate) cache_bytes: usize,
    /// Bytes of answers that the cache keeps on the disk when memory has no room for them. 0: none.
    pub(crate) cache_disk_bytes: usize,
    /// Lines of the request log a second of requests that went well, and as many of failed ones; beyond that it is a
    /// sample. 0: no request log.
    pub(crate) request_log_rate: u32,
    /// Whether plain requests go to HTTP/1.1 upstreams by the direct exchange, which costs less than Pingora's proxy.
    pub(crate) direct_exchange: bool,
    /// Write each usage record to disk before its request is answered.
    pub(crate) strict_metering: bool,
    /// Whether upstreams may have private and loopback addresses.
    pub(crate) private_upstreams: bool,
    /// Name servers for the names of upstreams, such as `10.0.0.2` or `10.0.0.2:5353`. None: those of the machine.
    pub(crate) name_servers: Vec<String>,
}

impl Default for Gateway {
    fn default() -> Self {
        Self {
            listen: loopback(8000),
            tls_listen: String::new(),
            tls_minimum: TlsMinimum::default(),
            public_url: String::new(),
            status_listen: loopback(8100),
            node_name: String::new(),
            threads: 0,
            trusted_proxies: Vec::new(),
            proxy_protocol: false,
            h2c: false,
            hsts_seconds: 0,
            redirect_to_https: false,
            connections_per_ip: 1_000,
            max_body_bytes: 100 << 20,
            cache_bytes: 64 << 20,
            cache_disk_bytes: 0,
            request_log_rate: 500,
            direct_exchange: true,
            strict_metering: false,
            private_upstreams: true,
            name_servers: Vec::new(),
        }
    }
}

/// The oldest version of TLS that is taken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum TlsMinimum {
    #[default]
    #[serde(rename = "1.2")]
    V1_2,
    #[serde(rename = "1.3")]
    V1_3,
}

/// The admin API and its dashboard.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Admin {
    /// Address to listen on.
    pub(crate) listen: SocketAddr,
    /// How the platform team reaches it. Empty: the listen address.
    pub(crate) public_url: String,
    /// Networks whose `X-Forwarded-*` headers are believed.
    pub(crate) trusted_proxies: Vec<String>,
}

impl Default for Admin {
    fn default() -> Self {
        Self {
            listen: loopback(8001),
            public_url: String::new(),
            trusted_proxies: Vec::new(),
        }
    }
}

/// The developer portal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Portal {
    /// Address to listen on.
    pub(crate) listen: SocketAddr,
    /// How developers reach it. Empty: the listen address.
    pub(crate) public_url: String,
    /// Who publishes: the name beside the mark.
    pub(crate) publisher: String,
    /// Where developers write for help: a `mailto:` or `https:` URL. Empty: none is shown.
    pub(crate) support_url: String,
    /// Networks whose `X-Forwarded-*` headers are believed.
    pub(crate) trusted_proxies: Vec<String>,
}

impl Default for Portal {
    fn default() -> Self {
        Self {
            listen: loopback(8002),
            public_url: String::new(),
            publisher: "Gatehouse".to_owned(),
            support_url: String::new(),
            trusted_proxies: Vec::new(),
        }
    }
}

/// Outgoing mail.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Mail {
    /// `smtp://user:password@host:587` (STARTTLS), `smtps://...:465`, or `smtp+plain://host:1025` for a catcher.
    /// Empty: messages are shown on the dashboard's outbox page and in the terminal.
    pub(crate) smtp_url: String,
    /// The sender's address.
    pub(crate) from: String,
}

impl Default for Mail {
    fn default() -> Self {
        Self {
            smtp_url: String::new(),
            from: "Gatehouse <gatehouse@localhost>".to_owned(),
        }
    }
}

/// How developers' accounts begin.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Accounts {
    /// Whether anybody may sign up in the portal.
    pub(crate) sign_up: bool,
    /// Whether somebody of the platform team lets each new account in.
    pub(crate) approval: bool,
}

impl Default for Accounts {
    fn default() -> Self {
        Self {
            sign_up: true,
            approval: false,
        }
    }
}

/// Sign-in with other issuers. Each is off until it has a client id.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct SignIn {
    pub(crate) github: Provider,
    pub(crate) google: Provider,
    pub(crate) oidc: Oidc,
}

/// A client at an issuer whose addresses are known.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Provider {
    /// The client id that the issuer gave. Empty: off.
    pub(crate) client_id: String,
    /// The secret that came with it.
    pub(crate) client_secret: String,
}

/// A client at any issuer with OpenID Connect discovery.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Oidc {
    /// What the button says: "Sign in with <label>".
    pub(crate) label: String,
    /// The issuer's URL; `/.well-known/openid-configuration` is read below it.
    pub(crate) issuer: String,
    /// The client id that the issuer gave. Empty: off.
    pub(crate) client_id: String,
    /// The secret that came with it.
    pub(crate) client_secret: String,
}

/// Certificates by ACME (RFC 8555): who issues them, and as whom it is asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Acme {
    /// The server's directory. Let's Encrypt unless set.
    pub(crate) directory: String,
    /// Mail addresses that the server may write to.
    pub(crate) contacts: Vec<String>,
    /// Whether you agree to the server's terms. Without it nothing is ordered.
    pub(crate) terms_agreed: bool,
    /// File with authorities (PEM) that a private server's own certificate comes from. Empty: those of the machine alone.
    pub(crate) authority_file: String,
    /// The id of the key that binds the account to one with the server's owner. Empty: none is asked for.
    pub(crate) external_key_id: String,
    /// That key, base64url.
    pub(crate) external_key: String,
}

impl Default for Acme {
    fn default() -> Self {
        Self {
            directory: "https://acme-v02.api.letsencrypt.org/directory".to_owned(),
            contacts: Vec::new(),
            terms_agreed: false,
            authority_file: String::new(),
            external_key_id: String::new(),
            external_key: String::new(),
        }
    }
}

/// The OAuth 2 server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Oauth {
    /// What access tokens are signed with: `RS256`, which every resource server reads, `ES256` or `EdDSA`, whose tokens are
    /// shorter. Another choice makes a new key at the next start, which signs ten minutes later.
    pub(crate) signing_algorithm: SigningAlgorithm,
}

impl Default for Oauth {
    fn default() -> Self {
        Self {
            signing_algorithm: SigningAlgorithm::RS256,
        }
    }
}

/// What the platform fetches for its users: documents by URL, discovery.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Outbound {
    /// Host names that may resolve to private addresses.
    pub(crate) allowed_hosts: Vec<String>,
    /// Networks that may be fetched from although they are not public.
    pub(crate) allowed_networks: Vec<String>,
}

/// The process's log, on standard error.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Log {
    /// Levels by module, such as `info,gateway=debug`.
    pub(crate) filter: String,
    /// `auto` (text in a terminal, JSON elsewhere), `text` or `json`.
    pub(crate) format: LogFormat,
}

impl Default for Log {
    fn default() -> Self {
        Self {
            filter:
                "info,sqlx=warn,pingora=warn,pingora_core=warn,pingora_proxy=warn,html5ever=error"
                    .to_owned(),
            format: LogFormat::Auto,
        }
    }
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogFormat {
    Auto,
    Text,
    Json,
}

fn loopback(port: u16) -> SocketAddr {
    SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port)
}

/// Keys whose values are never printed.
pub(crate) const SECRET_KEYS: &[&str] = &[
    "data.master_key",
    "database.url",
    "mail.smtp_url",
    "acme.external_key",
    "sign_in.github.client_secret",
    "sign_in.google.client_secret",
    "sign_in.oidc.client_secret",
];
