//! `gatehouse demo-upstream`: the demo's shipping API, alone.

use anyhow::Context as _;
use domain::Clock;

use crate::cli::DemoUpstream;
use crate::commands::signals;
use crate::demo::upstream;
use crate::terminal::say;

/// Serves until it is told to stop.
pub(crate) async fn run(options: DemoUpstream) -> anyhow::Result<()> {
    let listener = upstream::bind(options.listen).await.with_context(|| {
        format!(
            "cannot listen on {} (choose another with --listen)",
            options.listen
        )
    })?;
    let address = listener.local_addr()?;
    say(format!("shipping API   http://{address}"));
    say(format!("its document   http://{address}/openapi.yaml"));
    upstream::serve(listener, Clock::system(), signals::stop()?).await?;
    Ok(())
}
