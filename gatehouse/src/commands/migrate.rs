//! `gatehouse migrate`: brings the database to this version's schema.

use domain::Clock;
use store::{Access, Db};

use crate::config::Config;
use crate::platform::database_url;
use crate::terminal::say;

/// Runs the missing steps and says which.
pub(crate) async fn run(config: &Config) -> anyhow::Result<()> {
    store::open::private_folder(&config.data.dir)?;
    let db = Db::open(&database_url(config), Access::Beside).await?;
    let steps = store::migrate::run(&db, Clock::system().now()).await?;
    if steps.is_empty() {
        say(format!("{} is up to date", db.name()));
    }
    for step in steps {
        say(format!("{step}: done"));
    }
    Ok(())
}
