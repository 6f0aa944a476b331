//! A private PostgreSQL: made from the system's binaries when the first test asks, gone when the test process is.
//!
//! It listens on a Unix socket in its own temporary folder. A shell watches over it: its standard input is a pipe from
//! this process, and when that closes, however this process ended, it stops the server and removes the folder.

use std::fs::Permissions;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _};
use store::{Access, Db};
use tokio::sync::OnceCell;

use crate::line::Line;

/// The superuser of the private server.
const USER: &str = "gatehouse";
/// A database that is migrated once, and copied for each test.
const TEMPLATE: &str = "gatehouse_template";

struct Server {
    folder: PathBuf,
    /// The shell that watches. Its standard input closes when this process ends.
    _watcher: Child,
}

static SERVER: OnceCell<Server> = OnceCell::const_new();
static COPIES: AtomicU32 = AtomicU32::new(0);

/// Whether PostgreSQL's server is on this machine.
pub fn is_installed() -> bool {
    binaries().is_some()
}

/// A migrated database of its own for one test.
pub(crate) async fn database() -> Db {
    let (server, name) = copy().await;
    server.open(&name).await
}

/// The same, over a line that the test can cut.
pub(crate) async fn database_over_line() -> (Db, Line) {
    let (server, name) = copy().await;
    let line = Line::to(&server.folder);
    (open(line.folder(), &name).await, line)
}

/// A copy of the migrated database: the server, and what the copy is called.
async fn copy() -> (&'static Server, String) {
    let server = SERVER.get_or_init(start).await;
    let name = format!("test_{}", COPIES.fetch_add(1, Ordering::Relaxed));
    let sql = format!("CREATE DATABASE {name} TEMPLATE {TEMPLATE}");
    server.administer(sql).await;
    (server, name)
}

/// An empty database of its own for one test.
pub(crate) async fn empty_database() -> Db {
    let server = SERVER.get_or_init(start).await;
    let name = format!("test_{}", COPIES.fetch_add(1, Ordering::Relaxed));
    server.administer(format!("CREATE DATABASE {name}")).await;
    server.open(&name).await
}

/// Opens a database by the folder of its server's socket.
async fn open(folder: &Path, database: &str) -> Db {
    let host = folder.display().to_string().replace('/', "%2F");
    let url = format!("postgres://{USER}@{host}/{database}");
    Db::open(&url, Access::Server("test"))
        .await
        .expect("the private server takes connections")
}

impl Server {
    async fn open(&self, database: &str) -> Db {
        open(&self.folder, database).await
    }

    async fn administer(&self, sql: String) {
        let options = PgConnectOptions::new_without_pgpass()
            .socket(&self.folder)
            .username(USER)
            .database("postgres");
        let mut conn = PgConnection::connect_with(&options)
            .await
            .expect("the private server takes connections");
        conn.execute(sqlx::raw_sql(AssertSqlSafe(sql)))
            .await
            .expect("the private server makes databases");
        conn.close().await.expect("the connection closes");
    }
}

async fn start() -> Server {
    let server = tokio::task::spawn_blocking(launch)
        .await
        .expect("the private server starts");
    server
        .administer(format!("CREATE DATABASE {TEMPLATE}"))
        .await;
    let template = server.open(TEMPLATE).await;
    store::migrate::run(&template, domain::Timestamp::default())
        .await
        .expect("the migrations run on PostgreSQL");
    // A template must have no connections while it is copied.
    template.close().await;
    server
}

/// Makes a cluster and starts the server; returns when it takes connections.
fn launch() -> Server {
    let binaries = binaries().expect("PostgreSQL is installed");
    let folder = tempfile::Builder::new()
        .prefix("gatehouse-pg-")
        .tempdir()
        .expect("a temporary folder")
        .keep();
    let script = SCRIPT.replace("{BIN}", &binaries.display().to_string());
    let mut child = unprivileged(&folder)
        .args(["/bin/sh", "-c", &script, "sh"])
        .arg(&folder)
        .current_dir(&folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .expect("a shell starts");
    let output = child.stdout.take().expect("standard output is a pipe");
    let ready = BufReader::new(output)
        .lines()
        .map_while(Result::ok)
        .any(|line| line == "ready");
    assert!(ready, "PostgreSQL did not start; its messages are above");
    Server {
        folder,
        _watcher: child,
    }
}

/// The cluster is thrown away after the tests: nothing of it needs to reach a disk.
const SCRIPT: &str = r#"
set -u
folder=$1
{BIN}/initdb --pgdata="$folder/data" --username=gatehouse --auth=trust --encoding=UTF8 --no-locale --no-sync \
    --no-instructions >"$folder/initdb.log" 2>&1 || { cat "$folder/initdb.log" >&2; exit 1; }
{BIN}/postgres -D "$folder/data" -k "$folder" -c listen_addresses= -c fsync=off -c synchronous_commit=off \
    -c full_page_writes=off -c max_connections=300 -c shared_buffers=32MB -c autovacuum=off \
    >"$folder/server.log" 2>&1 </dev/null &
server=$!
trap '' INT TERM HUP
until {BIN}/pg_isready -q -h "$folder"; do
    kill -0 $server 2>/dev/null || { cat "$folder/server.log" >&2; exit 1; }
    sleep 0.05
done
echo ready
exec >/dev/null
read -r _
kill -QUIT $server
wait $server
rm -rf "$folder"
"#;

/// PostgreSQL refuses to run as root: then somebody else runs it, and owns its folder.
fn unprivileged(folder: &Path) -> Command {
    let is_root = std::fs::metadata("/proc/self").is_ok_and(|m| m.uid() == 0);
    if !is_root {
        return Command::new("/usr/bin/env");
    }
    let user = ["postgres", "nobody"]
        .into_iter()
        .find_map(user)
        .expect("a user other than root");
    std::os::unix::fs::chown(folder, Some(user.0), Some(user.1)).expect("root gives folders away");
    // The test process opens the socket as root, so nobody else needs to look inside.
    std::fs::set_permissions(folder, Permissions::from_mode(0o700)).expect("the folder is there");
    let mut command = Command::new("setpriv");
    command.args([
        &format!("--reuid={}", user.0),
        &format!("--regid={}", user.1),
        "--clear-groups",
    ]);
    command
}

/// Ids of a user and its group, from the system's list.
fn user(name: &str) -> Option<(u32, u32)> {
    let list = std::fs::read_to_string("/etc/passwd").ok()?;
    let line = list
        .lines()
        .find(|line| line.split(':').next() == Some(name))?;
    let mut fields = line.split(':').skip(2);
    Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
}

/// The folder of the newest PostgreSQL: Debian's places first, then the search path's.
fn binaries() -> Option<PathBuf> {
    let mut versions: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .collect();
    versions.sort();
    let elsewhere = ["/usr/local/bin", "/usr/bin", "/opt/homebrew/bin"];
    versions
        .into_iter()
        .rev()
        .chain(elsewhere.map(PathBuf::from))
        .find(|folder| folder.join("postgres").exists() && folder.join("initdb").exists())
}
