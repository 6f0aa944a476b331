//! One statement text, two databases: the file that knows both drivers.

use std::sync::Arc;

use futures_util::stream::{self, BoxStream};
use futures_util::{StreamExt, TryStreamExt};
use sqlx::error::BoxDynError;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{
    Arguments as _, AssertSqlSafe, Column as _, Executor as _, PgPool, Postgres, SqlSafeStr as _,
    Sqlite, SqlitePool, Transaction, TypeInfo as _,
};

use crate::error::{Error, Result};
use crate::lock::Lock;
use crate::value::Value;

/// A statement. Made only by `statements!`, so that the test of all statements sees it.
#[derive(Debug, Clone, Copy)]
pub struct Stmt {
    text: &'static str,
    /// The same as SQLite gets it.
    sqlite: &'static str,
    name: &'static str,
}

impl Stmt {
    pub(crate) const fn new(name: &'static str, text: &'static str) -> Self {
        Self {
            text,
            sqlite: text,
            name,
        }
    }

    /// With its parameters by their places for SQLite (`?` for `$1`), which looks each name up among all of them: of thousands
    /// of parameters that is most of the work.
    pub(crate) const fn by_place(self, sqlite: &'static str) -> Self {
        Self { sqlite, ..self }
    }

    /// The SQL.
    pub const fn text(self) -> &'static str {
        self.text
    }

    /// Module and constant, as in `store::accounts::FIND`.
    pub const fn name(self) -> &'static str {
        self.name
    }
}

/// The statements of a module, and `ALL` of them. A macro so that none can be left out of the list.
macro_rules! statements {
    ($($(#[$meta:meta])* $name:ident = $text:expr $(, by place $sqlite:expr)?;)*) => {
        $($(#[$meta])* const $name: $crate::db::Stmt =
            $crate::db::Stmt::new(concat!(module_path!(), "::", stringify!($name)), $text)$(.by_place($sqlite))?;)*
        pub(crate) const ALL: &[$crate::db::Stmt] = &[$($name),*];
    };
}
pub(crate) use statements;

/// The modules of the store: one that is not here is not compiled, one that is here is checked on both databases.
macro_rules! modules {
    ($($name:ident),* $(,)?) => {
        $(pub mod $name;)*
        /// Every statement of the store, by module.
        pub const STATEMENTS: &[&[$crate::db::Stmt]] = &[migrate::ALL, $($name::ALL),*];
    };
}
pub(crate) use modules;

/// What can be read from a row of either database: a `record!`, or a tuple of plain values.
pub trait Record:
    for<'r> sqlx::FromRow<'r, SqliteRow> + for<'r> sqlx::FromRow<'r, PgRow> + Send + Unpin
{
}
impl<T> Record for T where
    T: for<'r> sqlx::FromRow<'r, SqliteRow> + for<'r> sqlx::FromRow<'r, PgRow> + Send + Unpin
{
}

/// The database. Cheap to clone; opened by [`Db::open`](crate::open).
#[derive(Debug, Clone)]
pub struct Db {
    pub(crate) pools: Pools,
    name: Arc<str>,
}

#[derive(Debug, Clone)]
pub(crate) enum Pools {
    Sqlite {
        read: SqlitePool,
        /// One connection: the only writer of this process.
        write: SqlitePool,
        /// Held as long as the database is open.
        lock: Option<Arc<Lock>>,
    },
    Postgres(PgPool),
}

/// Which database it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// Embedded, one file.
    Sqlite,
    /// A server.
    Postgres,
}

/// A connection or an open transaction: what every store function takes.
pub struct Conn(Link);

enum Link {
    SqliteRead(PoolConnection<Sqlite>),
    Sqlite(Transaction<'static, Sqlite>),
    PostgresRead(PoolConnection<Postgres>),
    Postgres(Transaction<'static, Postgres>),
}

/// A transaction: rolled back unless committed. On SQLite it takes the writer's lock at once.
pub struct Tx(Conn);

impl Db {
    pub(crate) fn new(pools: Pools, name: &str) -> Self {
        Self {
            pools,
            name: name.into(),
        }
    }

    /// The file's path, or the URL without its password: for messages.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Which database it is.
    pub const fn dialect(&self) -> Dialect {
        match self.pools {
            Pools::Sqlite { .. } => Dialect::Sqlite,
            Pools::Postgres(_) => Dialect::Postgres,
        }
    }

    /// A connection that only reads.
    pub async fn read(&self) -> Result<Conn> {
        Ok(Conn(match &self.pools {
            Pools::Sqlite { read, .. } => Link::SqliteRead(read.acquire().await?),
            Pools::Postgres(pool) => Link::PostgresRead(pool.acquire().await?),
        }))
    }

    /// A transaction that may write.
    pub async fn begin(&self) -> Result<Tx> {
        Ok(Tx(Conn(match &self.pools {
            Pools::Sqlite { write, .. } => Link::Sqlite(write.begin_with("BEGIN IMMEDIATE").await?),
            Pools::Postgres(pool) => Link::Postgres(pool.begin().await?),
        })))
    }

    /// Closes every connection, waiting for those in use, and gives the SQLite file free for another process.
    pub async fn close(&self) {
        match &self.pools {
            Pools::Sqlite { read, write, lock } => {
                read.close().await;
                write.close().await;
                if let Some(lock) = lock {
                    lock.release();
                }
            }
            Pools::Postgres(pool) => pool.close().await,
        }
    }

    /// What a statement takes and gives, as the database understands it.
    pub async fn describe(&self, stmt: Stmt) -> Result<Description> {
        Ok(match &self.pools {
            Pools::Sqlite { write, .. } => {
                let text = stmt.sqlite.into_sql_str();
                Description::of(&(&mut *write.acquire().await?).prepare(text).await?)
            }
            Pools::Postgres(pool) => {
                let text = stmt.text.into_sql_str();
                Description::of(&(&mut *pool.acquire().await?).prepare(text).await?)
            }
        })
    }
}

/// What a statement takes and gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description {
    /// How many parameters it takes.
    pub parameters: usize,
    /// Name and type of each column, the type by the database's own name.
    pub columns: Vec<(String, String)>,
}

impl Description {
    fn of<S: sqlx::Statement>(prepared: &S) -> Self {
        use sqlx::Either::{Left, Right};
        Self {
            parameters: match prepared.parameters() {
                Some(Left(types)) => types.len(),
                Some(Right(count)) => count,
                None => 0,
            },
            columns: prepared
                .columns()
                .iter()
                .map(|c| (c.name().to_owned(), c.type_info().name().to_owned()))
                .collect(),
        }
    }
}

impl std::ops::Deref for Tx {
    type Target = Conn;
    fn deref(&self) -> &Conn {
        &self.0
    }
}

impl std::ops::DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut Conn {
        &mut self.0
    }
}

impl Tx {
    /// Makes what was written last.
    pub async fn commit(self) -> Result<()> {
        match self.0.0 {
            Link::Sqlite(tx) => tx.commit().await?,
            Link::Postgres(tx) => tx.commit().await?,
            Link::SqliteRead(_) | Link::PostgresRead(_) => (),
        }
        Ok(())
    }
}

impl Conn {
    /// Which database it is connected to.
    pub const fn dialect(&self) -> Dialect {
        match self.0 {
            Link::SqliteRead(_) | Link::Sqlite(_) => Dialect::Sqlite,
            Link::PostgresRead(_) | Link::Postgres(_) => Dialect::Postgres,
        }
    }

    /// Begins a statement: bind its parameters in order, then ask for one row, all rows or none.
    pub(crate) fn query(&mut self, stmt: Stmt) -> Query<'_> {
        Query(match &mut self.0 {
            Link::SqliteRead(c) => Bound::Sqlite(c, stmt, Ok(SqliteArguments::default())),
            Link::Sqlite(c) => Bound::Sqlite(c, stmt, Ok(SqliteArguments::default())),
            Link::PostgresRead(c) => Bound::Postgres(c, stmt, Ok(PgArguments::default())),
            Link::Postgres(c) => Bound::Postgres(c, stmt, Ok(PgArguments::default())),
        })
    }

    /// Runs a script of many statements without parameters: migrations, and what only one dialect has.
    pub(crate) async fn script(&mut self, text: String) -> Result<()> {
        let script = sqlx::raw_sql(AssertSqlSafe(text));
        match &mut self.0 {
            Link::SqliteRead(c) => c.execute(script).await.map(drop)?,
            Link::Sqlite(c) => c.execute(script).await.map(drop)?,
            Link::PostgresRead(c) => c.execute(script).await.map(drop)?,
            Link::Postgres(c) => c.execute(script).await.map(drop)?,
        }
        Ok(())
    }
}

/// A statement with the parameters bound so far.
pub(crate) struct Query<'c>(Bound<'c>);

enum Bound<'c> {
    Sqlite(
        &'c mut sqlx::SqliteConnection,
        Stmt,
        Result<SqliteArguments, BoxDynError>,
    ),
    Postgres(
        &'c mut sqlx::PgConnection,
        Stmt,
        Result<PgArguments, BoxDynError>,
    ),
}

impl<'c> Query<'c> {
    /// Binds the next parameter. One that does not encode makes the statement fail.
    pub(crate) fn bind(mut self, value: impl Value) -> Self {
        let raw = value.into_raw();
        match &mut self.0 {
            Bound::Sqlite(_, _, bound) => add(bound, |b| b.add(raw)),
            Bound::Postgres(_, _, bound) => add(bound, |b| b.add(raw)),
        }
        self
    }

    /// The rows one by one, as they arrive.
    pub(crate) fn stream<T: Record + 'c>(self) -> BoxStream<'c, Result<T>> {
        match self.0 {
            Bound::Sqlite(c, s, Ok(a)) => sqlx::query_as_with(s.sqlite, a)
                .fetch(c)
                .map_err(Error::from)
                .boxed(),
            Bound::Postgres(c, s, Ok(a)) => sqlx::query_as_with(s.text, a)
                .fetch(c)
                .map_err(Error::from)
                .boxed(),
            Bound::Sqlite(_, _, Err(e)) | Bound::Postgres(_, _, Err(e)) => {
                stream::once(std::future::ready(Err(unencoded(e)))).boxed()
            }
        }
    }

    /// The first row, if there is one.
    pub(crate) async fn optional<T: Record>(self) -> Result<Option<T>> {
        Ok(match self.0 {
            Bound::Sqlite(c, s, a) => {
                sqlx::query_as_with(s.sqlite, a.map_err(unencoded)?)
                    .fetch_optional(c)
                    .await?
            }
            Bound::Postgres(c, s, a) => {
                sqlx::query_as_with(s.text, a.map_err(unencoded)?)
                    .fetch_optional(c)
                    .await?
            }
        })
    }

    /// The row that must be there.
    pub(crate) async fn one<T: Record>(self) -> Result<T> {
        self.optional()
            .await?
            .ok_or(Error::Statement(sqlx::Error::RowNotFound))
    }

    /// Every row.
    pub(crate) async fn all<T: Record>(self) -> Result<Vec<T>> {
        Ok(match self.0 {
            Bound::Sqlite(c, s, a) => {
                sqlx::query_as_with(s.sqlite, a.map_err(unencoded)?)
                    .fetch_all(c)
                    .await?
            }
            Bound::Postgres(c, s, a) => {
                sqlx::query_as_with(s.text, a.map_err(unencoded)?)
                    .fetch_all(c)
                    .await?
            }
        })
    }

    /// Runs it: the number of rows that it touched.
    pub(crate) async fn run(self) -> Result<u64> {
        Ok(match self.0 {
            Bound::Sqlite(c, s, a) => sqlx::query_with(s.sqlite, a.map_err(unencoded)?)
                .execute(c)
                .await?
                .rows_affected(),
            Bound::Postgres(c, s, a) => sqlx::query_with(s.text, a.map_err(unencoded)?)
                .execute(c)
                .await?
                .rows_affected(),
        })
    }
}

fn unencoded(error: BoxDynError) -> Error {
    Error::Statement(sqlx::Error::Encode(error))
}

fn add<A>(
    bound: &mut Result<A, BoxDynError>,
    encode: impl FnOnce(&mut A) -> Result<(), BoxDynError>,
) {
    if let Ok(arguments) = bound
        && let Err(error) = encode(arguments)
    {
        *bound = Err(error);
    }
}
