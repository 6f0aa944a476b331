//! `gatehouse up`: gateway, admin API, dashboard and portal in one process over one database.

use std::net::SocketAddr;

use ::gateway::config::Database;
use anyhow::Context as _;
use jobs::mailer::Mailer;
use operations::Platform;
use store::Access;
use tokio::net::TcpSocket;
use tokio_util::sync::CancellationToken;

use crate::cli::Up;
use crate::commands::{faces, gateway, roles, signals};
use crate::config::Config;
use crate::demo;
use crate::platform::{Schema, assemble, open_database};
use crate::terminal::say;

/// Runs everything until it is told to stop.
pub(crate) async fn run(mut config: Config, options: Up) -> anyhow::Result<()> {
    if options.demo {
        demo::check_addresses(&config)?;
    }
    let admin_listener =
        ::faces::serve::bind("admin API", "--admin-listen", config.admin.listen).await?;
    let portal_listener =
        ::faces::serve::bind("portal", "--portal-listen", config.portal.listen).await?;
    config.admin.listen = admin_listener.local_addr()?;
    config.portal.listen = portal_listener.local_addr()?;
    let reserved = reserve("gateway", "--gateway-listen", config.gateway.listen)?;
    config.gateway.listen = reserved.local_addr()?;

    let db = open_database(&config, Access::Server("gatehouse up"), Schema::Migrate).await?;
    let mailer = Mailer::new(&config.mail.smtp_url, &config.mail.from)?;
    let platform = assemble(&config, db.clone()).await?;
    operations::playground::ensure_key(&platform, platform.settings.workspace).await?;
    operations::oauth::ensure_key(&platform, platform.settings.workspace).await?;
    let stop = signals::stop()?;

    // Before the gateway, which reads what was used of each quota when it starts.
    let demo = if options.demo {
        Some(
            demo::start(&platform, &config, &stop)
                .await
                .context("the demo could not be made")?,
        )
    } else {
        None
    };
    let node = gateway::settings(
        &config,
        Database::Open(db),
        Some(platform.changes.subscribe()),
        Some(platform.sealer.clone()),
    )?;
    let node = gateway::start(::gateway::Config {
        gateway_url: Some(platform.settings.gateway_url.clone()),
        portal_url: Some(platform.settings.portal_url.clone()),
        ..node
    })
    .await?;
    drop(reserved);
    let jobs = jobs::start(&platform, mailer, &stop);
    greet(&platform, demo.as_ref()).await?;

    let admin = serve(admin_listener, faces::admin(&platform, &config)?, &stop);
    let portal = serve(portal_listener, faces::portal(&platform, &config)?, &stop);
    let (admin, portal, ()) = tokio::join!(admin, portal, async {
        stop.cancelled().await;
        node.shutdown().await;
        jobs.wait().await;
    });
    admin.and(portal)?;
    Ok(())
}

/// A face that fails takes the others with it: half a platform is worse than none.
async fn serve(
    listener: tokio::net::TcpListener,
    router: axum::Router,
    stop: &CancellationToken,
) -> std::io::Result<()> {
    let ended = ::faces::serve::serve(
        listener,
        router,
        stop.clone().cancelled_owned(),
        roles::DRAIN,
    )
    .await;
    stop.cancel();
    ended
}

/// Takes the address before the gateway listens there, so that URLs can be made of it: a port 0 gets a port, and nobody
/// else gets that one for as long as the socket lives. It does not listen, which lets the gateway bind beside it.
fn reserve(face: &str, flag: &str, address: SocketAddr) -> anyhow::Result<TcpSocket> {
    let bound = || {
        let socket = if address.is_ipv4() {
            TcpSocket::new_v4()?
        } else {
            TcpSocket::new_v6()?
        };
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        Ok::<_, std::io::Error>(socket)
    };
    bound().with_context(|| {
        format!("the {face} cannot listen on {address} (choose another with {flag})")
    })
}

async fn greet(platform: &Platform, demo: Option<&demo::Demo>) -> anyhow::Result<()> {
    let settings = &platform.settings;
    say("");
    say(format!("  Gateway     {}", settings.gateway_url));
    say(format!("  Dashboard   {}", settings.admin_url));
    say(format!("  Portal      {}", settings.portal_url));
    if let Some(link) = operations::accounts::set_up_link(platform).await? {
        say("");
        say(format!(
            "  Make the first admin here, within 15 minutes:\n  {link}"
        ));
    }
    if let Some(demo) = demo {
        say("");
        say(demo.introduction());
    }
    say("");
    Ok(())
}
