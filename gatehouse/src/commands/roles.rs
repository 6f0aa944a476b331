//! `gatehouse admin` and `gatehouse portal`: one face alone.

use std::time::Duration;

use jobs::mailer::Mailer;
use store::{Access, Db, OpenError};

use crate::commands::{faces, signals};
use crate::config::Config;
use crate::platform::{Schema, assemble, open_database};
use crate::terminal::say;

/// How long running requests may take to finish once the process was told to stop.
pub(crate) const DRAIN: Duration = Duration::from_secs(8);

/// The admin API, the dashboard, and the jobs.
pub(crate) async fn admin(config: Config) -> anyhow::Result<()> {
    let listener = ::faces::serve::bind("admin API", "--admin-listen", config.admin.listen).await?;
    let db = open(&config, "gatehouse admin").await?;
    let platform = assemble(&config, db).await?;
    operations::playground::ensure_key(&platform, platform.settings.workspace).await?;
    operations::oauth::ensure_key(&platform, platform.settings.workspace).await?;
    let mailer = Mailer::new(&config.mail.smtp_url, &config.mail.from)?;
    let stop = signals::stop()?;
    let running = jobs::start(&platform, mailer, &stop);
    say(format!("dashboard   {}", platform.settings.admin_url));
    if let Some(link) = operations::accounts::set_up_link(&platform).await? {
        say(format!("first admin   {link}   (good for 15 minutes)"));
    }
    let router = faces::admin(&platform, &config)?;
    ::faces::serve::serve(listener, router, stop.cancelled_owned(), DRAIN).await?;
    running.wait().await;
    Ok(())
}

/// The developer portal.
pub(crate) async fn portal(config: Config) -> anyhow::Result<()> {
    let listener = ::faces::serve::bind("portal", "--portal-listen", config.portal.listen).await?;
    let db = open(&config, "gatehouse portal").await?;
    let platform = assemble(&config, db).await?;
    let stop = signals::stop()?;
    say(format!("portal   {}", platform.settings.portal_url));
    let router = faces::portal(&platform, &config)?;
    ::faces::serve::serve(listener, router, stop.cancelled_owned(), DRAIN).await?;
    Ok(())
}

/// Opens the database as a server on it: one at a time over a SQLite file, as many as one likes over PostgreSQL.
async fn open(config: &Config, role: &str) -> anyhow::Result<Db> {
    let opened = open_database(config, Access::Server(role), Schema::Expect).await;
    opened.map_err(|error| match error.downcast_ref::<OpenError>() {
        Some(OpenError::InUse { .. }) => error.context(
            "over a SQLite file one process serves everything (`gatehouse up`); roles run apart over PostgreSQL",
        ),
        _ => error,
    })
}
