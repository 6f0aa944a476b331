//! The command line: what can be asked of the binary, and help that teaches.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::config::Flags;

/// An API gateway, its admin API and dashboard, and a developer portal, in one binary over one SQL database.
#[derive(Parser)]
#[command(
    name = "gatehouse",
    version,
    after_help = "Start here:\n  gatehouse up           everything on this machine, SQLite in ./data\n  gatehouse up --demo    the same with an API, developers and a month of usage to look at\n\nEvery setting can be given in gatehouse.toml, as GATEHOUSE_SECTION_KEY, or as a flag; `gatehouse --show-config` lists them."
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) settings: SettingFlags,
    /// Print each setting, its value and where it came from, and end.
    #[arg(long, global = true)]
    pub(crate) show_config: bool,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// Settings that are asked for often enough to have a flag.
#[derive(Args)]
pub(crate) struct SettingFlags {
    /// Read settings from this file [default: gatehouse.toml, if it is there].
    #[arg(long, global = true, value_name = "FILE", env = "GATEHOUSE_CONFIG")]
    pub(crate) config: Option<PathBuf>,
    /// Keep everything in this folder.
    #[arg(long, global = true, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Use this database: postgres://... or sqlite:FILE.
    #[arg(long, global = true, value_name = "URL")]
    database_url: Option<String>,
    /// Address for API traffic [default: 127.0.0.1:8000].
    #[arg(long, global = true, value_name = "ADDRESS")]
    gateway_listen: Option<SocketAddr>,
    /// Address for API traffic over TLS, such as 127.0.0.1:8443 [default: none].
    #[arg(long, global = true, value_name = "ADDRESS")]
    gateway_tls_listen: Option<SocketAddr>,
    /// Address for the admin API and the dashboard [default: 127.0.0.1:8001].
    #[arg(long, global = true, value_name = "ADDRESS")]
    admin_listen: Option<SocketAddr>,
    /// Address for the developer portal [default: 127.0.0.1:8002].
    #[arg(long, global = true, value_name = "ADDRESS")]
    portal_listen: Option<SocketAddr>,
    /// Address for health, status and metrics [default: 127.0.0.1:8100].
    #[arg(long, global = true, value_name = "ADDRESS")]
    status_listen: Option<SocketAddr>,
    /// Log levels, such as `info` or `info,gateway=debug`.
    #[arg(long, global = true, value_name = "FILTER")]
    log: Option<String>,
}

impl SettingFlags {
    /// The flags that were given, by the key they set.
    pub(crate) fn values(&self) -> Flags {
        let text = |value: &Option<SocketAddr>| value.map(|address| address.to_string());
        [
            (
                "data.dir",
                self.data.as_ref().map(|dir| dir.display().to_string()),
            ),
            ("database.url", self.database_url.clone()),
            ("gateway.listen", text(&self.gateway_listen)),
            ("gateway.tls_listen", text(&self.gateway_tls_listen)),
            ("admin.listen", text(&self.admin_listen)),
            ("portal.listen", text(&self.portal_listen)),
            ("gateway.status_listen", text(&self.status_listen)),
            ("log.filter", self.log.clone()),
        ]
        .into_iter()
        .filter_map(|(key, value)| Some((key, value?)))
        .collect()
    }
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Run gateway, admin API, dashboard and portal together.
    Up(Up),
    /// Run a gateway node alone.
    Gateway(GatewayNode),
    /// Run the admin API and the dashboard alone.
    Admin(Admin),
    /// Run the developer portal alone.
    Portal,
    /// Bring the database to this version's schema.
    Migrate,
    /// Read a declaration and say what is wrong with it; needs no database.
    Lint(Declared),
    /// Tell what applying a declaration would change; exit 2 when there is something.
    Diff(Diff),
    /// Make the platform what a declaration says, in one transaction.
    Apply(Apply),
    /// Write what the platform is as a declaration.
    Export(Export),
    /// Write a declaration as one file or as a folder, as YAML or as JSON.
    Convert(Convert),
    /// Bring something in from elsewhere.
    #[command(subcommand)]
    Import(Import),
    /// Manage the people of the platform team.
    #[command(subcommand)]
    User(User),
    /// Manage tokens for the admin API.
    #[command(subcommand)]
    Token(Token),
    /// List the policies that the gateway has; with a name, one of them with its schema and its page.
    Policies {
        /// The policy.
        name: Option<String>,
    },
    /// Ask a running node how it is; exit 0 when it is ready.
    Health(Health),
    /// Run the demo's upstream: a small shipping API.
    DemoUpstream(DemoUpstream),
}

#[derive(Args)]
pub(crate) struct Up {
    /// Add an API with its upstream, two developers, an active subscription and a month of usage.
    /// Writes their passwords and a key to demo.json in the data folder. Loopback only.
    #[arg(long)]
    pub(crate) demo: bool,
}

#[derive(Args)]
pub(crate) struct GatewayNode {
    /// Run what this declaration says (a file or a folder) in place of a database; read again whenever it changes.
    #[arg(long, value_name = "PATH", env = "GATEHOUSE_DECLARATION")]
    pub(crate) declaration: Option<PathBuf>,
    /// Take over from the node that runs on the same data folder: serve from its sockets, then let it go. Without one, start
    /// as usual. A node that gets SIGUSR2 starts its successor itself.
    #[arg(long)]
    pub(crate) upgrade: bool,
}

#[derive(Args)]
pub(crate) struct Admin {
    /// Print the admin API's OpenAPI document, and end.
    #[arg(long)]
    pub(crate) print_openapi: bool,
}

#[derive(Args)]
pub(crate) struct Declared {
    /// The declaration: a file or a folder.
    pub(crate) path: PathBuf,
    /// Where Vault is; its secrets are read by `${vault:mount/path#field}`.
    #[arg(long, value_name = "URL", env = "VAULT_ADDR")]
    pub(crate) vault: Option<String>,
    /// The token for Vault.
    #[arg(
        long,
        value_name = "TOKEN",
        env = "VAULT_TOKEN",
        hide_env_values = true
    )]
    pub(crate) vault_token: Option<String>,
}

#[derive(Args)]
pub(crate) struct Chosen {
    #[command(flatten)]
    pub(crate) declared: Declared,
    /// Take away what carries the declaration's tag and is not declared any more.
    #[arg(long)]
    pub(crate) prune: bool,
    /// Only things whose `kind name` fits, such as `api shipping` or `*shipping*`; repeat for more.
    #[arg(long, value_name = "PATTERN")]
    pub(crate) select: Vec<String>,
}

#[derive(Args)]
pub(crate) struct Diff {
    #[command(flatten)]
    pub(crate) chosen: Chosen,
    /// As JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args)]
pub(crate) struct Apply {
    #[command(flatten)]
    pub(crate) chosen: Chosen,
    /// Tell what would be done, and end.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Do not ask before applications are cut off.
    #[arg(long)]
    pub(crate) yes: bool,
}

#[derive(Args)]
pub(crate) struct Export {
    /// The folder to write to; standard output when left out.
    pub(crate) into: Option<PathBuf>,
    /// Only what carries this tag.
    #[arg(long)]
    pub(crate) tag: Option<String>,
    /// With applications, their subscriptions and the hashes of their credentials.
    #[arg(long)]
    pub(crate) applications: bool,
}

#[derive(Args)]
pub(crate) struct Convert {
    #[command(flatten)]
    pub(crate) declared: Declared,
    /// A file (its ending says the format), a folder, or `-` for standard output.
    pub(crate) to: PathBuf,
    /// Put in what variables and secrets stand for, to send it over the admin API; only to standard output.
    #[arg(long)]
    pub(crate) resolve: bool,
}

#[derive(Subcommand)]
pub(crate) enum Import {
    /// Import an OpenAPI document (2.0, 3.0, 3.1; JSON or YAML) as a draft API.
    Openapi(ImportOpenapi),
    /// Turn a file of Kong (decK, or DB-less) into a declaration.
    Kong(ImportForeign),
    /// Turn a file of Apache APISIX (standalone, or answers of its admin API) into a declaration.
    Apisix(ImportForeign),
    /// Turn API definitions of Tyk (classic or OAS) into a declaration.
    Tyk(ImportForeign),
    /// Turn a collection of Postman into a declaration of an API with a document.
    Postman(ImportForeign),
}

#[derive(Args)]
pub(crate) struct ImportForeign {
    /// The file of the other gateway, or - for standard input.
    pub(crate) file: String,
    /// Write the declaration here [default: standard output].
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Write the variables that hold secrets here, readable by you alone; without it they are left out.
    #[arg(long, value_name = "FILE")]
    pub(crate) secrets: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct ImportOpenapi {
    /// The document: a file, an http(s) URL, or - for standard input.
    pub(crate) document: String,
    /// Where requests go [default: the document's first server].
    #[arg(long, value_name = "URL")]
    pub(crate) upstream: Option<String>,
    /// The API's short name in URLs [default: from its title].
    #[arg(long)]
    pub(crate) slug: Option<String>,
    /// Show the findings and what would be made, and end.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Publish it at once.
    #[arg(long)]
    pub(crate) publish: bool,
}

#[derive(Subcommand)]
pub(crate) enum User {
    /// Make an account; its owner chooses a password through the link that is printed.
    Create {
        /// The person's e-mail address.
        email: String,
        /// The person's name [default: the address].
        #[arg(long)]
        name: Option<String>,
        /// A role in the platform team; none for a developer.
        #[arg(long, value_enum)]
        role: Option<Role>,
    },
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Role {
    Viewer,
    Approver,
    #[value(name = "api_owner", alias = "api-owner")]
    ApiOwner,
    Admin,
}

#[derive(Subcommand)]
pub(crate) enum Token {
    /// Make a token that acts for an account of the platform team; it is printed once.
    Create {
        /// Whose token it is.
        email: String,
        /// What it is for.
        #[arg(long, default_value = "command line")]
        name: String,
        /// What it may do, such as catalog:read; repeat for more [default: all that its owner may].
        #[arg(long = "scope", value_name = "SCOPE")]
        scopes: Vec<String>,
        /// Days until it ends.
        #[arg(long, default_value_t = 90)]
        days: u16,
    },
}

#[derive(Args)]
pub(crate) struct Health {
    /// The node's address [default: the configured status address].
    #[arg(long, value_name = "URL")]
    pub(crate) url: Option<String>,
}

#[derive(Args)]
pub(crate) struct DemoUpstream {
    /// Address to listen on.
    #[arg(long, default_value = "127.0.0.1:8081", value_name = "ADDRESS")]
    pub(crate) listen: SocketAddr,
}
