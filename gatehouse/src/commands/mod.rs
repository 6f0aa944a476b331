//! The commands: one file each. Here the configuration is loaded, logging begins, and one of them is chosen.

mod declared;
mod declared_gateway;
mod demo_upstream;
mod faces;
mod follow;
mod gateway;
mod health;
mod import_foreign;
mod import_openapi;
mod migrate;
mod policies;
mod roles;
mod signals;
mod team;
mod up;
mod upgrade;

use std::process::ExitCode;

use clap::CommandFactory as _;
use telemetry::log::Format;

use crate::cli::{Cli, Command, Import};
use crate::config::{self, Config, LogFormat};
use crate::terminal::say;

/// Runs what was asked for.
pub(crate) fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    let loaded = config::load(
        cli.settings.config.as_deref(),
        std::env::vars(),
        &cli.settings.values(),
    )?;
    if cli.show_config {
        say(loaded.table().trim_end());
        return Ok(ExitCode::SUCCESS);
    }
    let Some(command) = cli.command else {
        Cli::command().print_long_help()?;
        return Ok(ExitCode::from(2));
    };
    start_logging(&loaded.config)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(dispatch(command, loaded.config))
}

async fn dispatch(command: Command, config: Config) -> anyhow::Result<ExitCode> {
    match command {
        Command::Up(options) => up::run(config, options).await?,
        Command::Gateway(options) => match options.declaration {
            Some(path) => declared_gateway::run(config, path, options.upgrade).await?,
            None => gateway::run(config, options.upgrade).await?,
        },
        Command::Admin(options) if options.print_openapi => {
            say(admin_api::document_json().trim_end())
        }
        Command::Admin(_) => roles::admin(config).await?,
        Command::Portal => roles::portal(config).await?,
        Command::Migrate => migrate::run(&config).await?,
        Command::Lint(options) => return declared::lint(&config, options).await,
        Command::Diff(options) => return declared::diff(&config, options).await,
        Command::Apply(options) => return declared::apply(&config, options).await,
        Command::Export(options) => declared::export(&config, options).await?,
        Command::Convert(options) => declared::convert(options).await?,
        Command::Import(Import::Openapi(options)) => import_openapi::run(&config, options).await?,
        Command::Import(Import::Kong(options)) => import_foreign::run(conversion::kong, &options)?,
        Command::Import(Import::Apisix(options)) => {
            import_foreign::run(conversion::apisix, &options)?
        }
        Command::Import(Import::Tyk(options)) => import_foreign::run(conversion::tyk, &options)?,
        Command::Import(Import::Postman(options)) => {
            import_foreign::run(conversion::postman, &options)?
        }
        Command::User(command) => team::user(&config, command).await?,
        Command::Token(command) => team::token(&config, command).await?,
        Command::Health(options) => return health::run(&config, options).await,
        Command::Policies { name } => policies::run(name.as_deref())?,
        Command::DemoUpstream(options) => demo_upstream::run(options).await?,
    }
    Ok(ExitCode::SUCCESS)
}

fn start_logging(config: &Config) -> anyhow::Result<()> {
    let format = match config.log.format {
        LogFormat::Auto => Format::Auto,
        LogFormat::Text => Format::Text,
        LogFormat::Json => Format::Json,
    };
    telemetry::log::install(&config.log.filter, format)?;
    Ok(())
}
