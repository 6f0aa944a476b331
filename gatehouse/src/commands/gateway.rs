//! `gatehouse gateway`: a node of the data plane alone; and how a node is configured, for `up` as well.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::Context as _;
use design::ErrorPage;
use domain::Clock;
use gateway::config::{Connect, Database, Durability, ErrorView, SecureListen, TlsVersion};
use gateway::{Gateway, Running};
use store::migrate::MigrateError;
use store::seal::Sealer;
use store::{Access, Db};
use tokio::sync::{mpsc, watch};
use url::Url;

use crate::commands::signals;
use crate::commands::upgrade::Successor;
use crate::config::{Config, TlsMinimum};
use crate::platform::{database_url, existing_sealer, gateway_folder, lacking, outbound_policy};
use crate::terminal::say;

/// Serves until it is told to stop, or a successor serves. Starts without its database, from the copy on disk.
pub(crate) async fn run(config: Config, upgrade: bool) -> anyhow::Result<()> {
    let mut successor = Successor::prepare()?;
    store::open::private_folder(&config.data.dir)?;
    let (connect, mut unfit) = connect(database_url(&config));
    let public = |text: &str| (!text.is_empty()).then(|| text.parse::<Url>()).transpose();
    let sealer = existing_sealer(&config)?;
    let settings = settings(&config, Database::Later(connect), None, sealer)?;
    let mut running = start(gateway::Config {
        succeed: upgrade,
        hand_over: true,
        gateway_url: public(&config.gateway.public_url)
            .context("gateway.public_url is not a URL")?,
        portal_url: public(&config.portal.public_url).context("portal.public_url is not a URL")?,
        ..settings
    })
    .await?;
    let stop = signals::stop()?;
    tell_addresses(&running);
    loop {
        tokio::select! {
            () = stop.cancelled() => {
                running.shutdown().await;
                return Ok(());
            }
            () = running.succeeded() => {
                running.retire().await;
                return Ok(());
            }
            never = successor.on_signal() => return never,
            Some(Unfit { why, at_first }) = unfit.recv() => {
                // later, what is served goes on: the database may be on its way to another version
                if at_first || !running.is_ready() {
                    running.shutdown().await;
                    anyhow::bail!(why);
                }
            }
        }
    }
}

/// That the database is there, and has another schema than this version.
struct Unfit {
    why: String,
    /// Whether the first attempt found it so.
    at_first: bool,
}

/// How the node opens its database, and where is told that the database will not do: waiting does not mend that.
fn connect(url: String) -> (Connect, mpsc::UnboundedReceiver<Unfit>) {
    let (tell, told) = mpsc::unbounded_channel();
    let attempts = Arc::new(AtomicU64::new(0));
    let connect: Connect = Arc::new(move || {
        let (url, tell) = (url.clone(), tell.clone());
        let at_first = attempts.fetch_add(1, Ordering::Relaxed) == 0;
        Box::pin(async move {
            let db = Db::open(&url, Access::Beside)
                .await
                .map_err(|e| e.to_string())?;
            let why = match store::migrate::pending(&db).await {
                Ok(missing) if missing.is_empty() => return Ok(db),
                Ok(missing) => lacking(&missing),
                Err(error @ MigrateError::Store { .. }) => return Err(error.to_string()),
                Err(error) => error.to_string(),
            };
            // nobody listens any more when the node is on its way out
            let _ = tell.send(Unfit {
                why: why.clone(),
                at_first,
            });
            Err(why)
        })
    });
    (connect, told)
}

/// Starts a node; a port in use is an error that names the flag.
pub(crate) async fn start(config: gateway::Config) -> anyhow::Result<Running> {
    Gateway::start(config)
        .await
        .context("the gateway did not start (addresses: --gateway-listen, --status-listen)")
}

/// Says where a node is reached.
pub(crate) fn tell_addresses(running: &Running) {
    for address in running.addresses() {
        say(format!("gateway   http://{address}"));
    }
    for address in running.secure_addresses() {
        say(format!("gateway   https://{address}"));
    }
    if let Some(address) = running.status_address() {
        say(format!("status    http://{address}"));
    }
}

/// What a node is told.
pub(crate) fn settings(
    config: &Config,
    database: Database,
    changes: Option<watch::Receiver<i64>>,
    sealer: Option<Sealer>,
) -> anyhow::Result<gateway::Config> {
    let trusted_proxies = config
        .gateway
        .trusted_proxies
        .iter()
        .map(|text| {
            text.parse()
                .with_context(|| format!("`{text}` in gateway.trusted_proxies is not a network"))
        })
        .collect::<anyhow::Result<_>>()?;
    let defaults = gateway::Config::new(gateway_folder(&config.data.dir));
    Ok(gateway::Config {
        listen: vec![config.gateway.listen],
        status: Some(config.gateway.status_listen),
        database,
        node_name: node_name(config),
        listen_tls: listen_tls(config)?,
        trusted_proxies,
        proxy_protocol: config.gateway.proxy_protocol,
        h2c: config.gateway.h2c,
        hsts: (config.gateway.hsts_seconds > 0)
            .then(|| Duration::from_secs(config.gateway.hsts_seconds)),
        redirect_to_https: config.gateway.redirect_to_https,
        sealer,
        outbound: outbound_policy(config)?,
        name_servers: name_servers(config)?,
        workers: (config.gateway.threads > 0).then_some(config.gateway.threads),
        limits: gateway::config::Limits {
            body_bytes: config.gateway.max_body_bytes,
            connections_per_ip: config.gateway.connections_per_ip,
            cache_bytes: config.gateway.cache_bytes,
            cache_disk_bytes: config.gateway.cache_disk_bytes,
            log_rate: config.gateway.request_log_rate,
            ..defaults.limits
        },
        timeouts: gateway::config::Timeouts {
            drain: Duration::from_secs(10),
            ..defaults.timeouts
        },
        direct_exchange: config.gateway.direct_exchange,
        durability: if config.gateway.strict_metering {
            Durability::Strict
        } else {
            Durability::Relaxed
        },
        changes,
        clock: Clock::system(),
        error_page: Some(gateway::config::ErrorPage(Arc::new(error_page))),
        ..defaults
    })
}

fn name_servers(config: &Config) -> anyhow::Result<Vec<SocketAddr>> {
    let servers = config.gateway.name_servers.iter().map(|text| {
        let with_port = text.parse::<SocketAddr>();
        let ip = text.parse::<IpAddr>().map(|ip| SocketAddr::new(ip, 53));
        let server = with_port.or(ip);
        server.with_context(|| format!("`{text}` in gateway.name_servers is not an address"))
    });
    servers.collect()
}

fn listen_tls(config: &Config) -> anyhow::Result<Vec<SecureListen>> {
    let text = config.gateway.tls_listen.trim();
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let address = text
        .parse()
        .with_context(|| format!("`{text}` in gateway.tls_listen is not an address and a port"))?;
    let minimum = match config.gateway.tls_minimum {
        TlsMinimum::V1_2 => TlsVersion::V1_2,
        TlsMinimum::V1_3 => TlsVersion::V1_3,
    };
    Ok(vec![SecureListen { address, minimum }])
}

fn node_name(config: &Config) -> String {
    if !config.gateway.node_name.is_empty() {
        return config.gateway.node_name.clone();
    }
    std::fs::read_to_string("/etc/hostname")
        .map(|name| name.trim().to_owned())
        .ok()
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| "gateway".to_owned())
}

fn error_page(view: &ErrorView) -> String {
    let explanation = view.refusal.explain();
    ErrorPage {
        status: explanation.status,
        code: view.refusal.as_str(),
        title: explanation.title,
        detail: &view.detail,
        request_id: &view.request_id,
        help_url: view.help.as_deref(),
    }
    .to_html()
}
