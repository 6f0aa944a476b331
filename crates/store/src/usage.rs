//! Usage as the gateway counts it: written exactly once by (node, epoch, sequence), to the minute, the hour and the day
//! in the same transaction. There is no later roll-up: the three tables agree at every moment.

use std::borrow::Cow;

use domain::Timestamp;
use domain::histogram::{BUCKETS, Counts, merge};
use domain::id::{
    ApiVersionId, ApplicationId, CredentialId, GatewayNodeId, OperationId, SubscriptionId,
    WorkspaceId,
};
use serde::{Deserialize, Serialize};

use crate::db::{Conn, Stmt, statements};
use crate::error::Result;
use crate::upsert::{ROWS, Text};
use crate::{credentials, quotas, request_log};

macro_rules! columns {
    ($unit:literal) => {
        concat!(
            "INSERT INTO usage_", $unit, " (", $unit, ", workspace_id, api_version_id, operation_id, subscription_id, \
             application_id, status, code, requests, bytes_in, bytes_out, duration_us, upstream_us, bucket_00, bucket_01, \
             bucket_02, bucket_03, bucket_04, bucket_05, bucket_06, bucket_07, bucket_08, bucket_09, bucket_10, bucket_11, \
             bucket_12, bucket_13, bucket_14, bucket_15, bucket_16, bucket_17, bucket_18, bucket_19, bucket_20, bucket_21, \
             bucket_22, bucket_23)"
        )
    };
}

macro_rules! sum_up {
    ($unit:literal: $first:literal $(, $column:literal)*) => {
        concat!(
            "ON CONFLICT (", $unit, ", api_version_id, operation_id, subscription_id, application_id, status, code) \
             DO UPDATE SET ", $first, " = usage_", $unit, ".", $first, " + excluded.", $first,
            $(", ", $column, " = usage_", $unit, ".", $column, " + excluded.", $column),*
        )
    };
    ($unit:literal) => {
        sum_up!(
            $unit: "requests", "bytes_in", "bytes_out", "duration_us", "upstream_us", "bucket_00", "bucket_01",
            "bucket_02", "bucket_03", "bucket_04", "bucket_05", "bucket_06", "bucket_07", "bucket_08", "bucket_09",
            "bucket_10", "bucket_11", "bucket_12", "bucket_13", "bucket_14", "bucket_15", "bucket_16", "bucket_17",
            "bucket_18", "bucket_19", "bucket_20", "bucket_21", "bucket_22", "bucket_23"
        )
    };
}

const COLUMNS: usize = 13 + BUCKETS;
const LONG: usize = 24_000;
const SHORT: usize = 4_000;
static MINUTES: Text<LONG> = Text::insert(columns!("minute"), COLUMNS, ROWS, sum_up!("minute"));
static MINUTES_BY_PLACE: Text<LONG> =
    Text::by_place(columns!("minute"), COLUMNS, ROWS, sum_up!("minute"));
static MINUTE: Text<SHORT> = Text::insert(columns!("minute"), COLUMNS, 1, sum_up!("minute"));
static HOURS: Text<LONG> = Text::insert(columns!("hour"), COLUMNS, ROWS, sum_up!("hour"));
static HOURS_BY_PLACE: Text<LONG> =
    Text::by_place(columns!("hour"), COLUMNS, ROWS, sum_up!("hour"));
static HOUR: Text<SHORT> = Text::insert(columns!("hour"), COLUMNS, 1, sum_up!("hour"));
static DAYS: Text<LONG> = Text::insert(columns!("day"), COLUMNS, ROWS, sum_up!("day"));
static DAYS_BY_PLACE: Text<LONG> = Text::by_place(columns!("day"), COLUMNS, ROWS, sum_up!("day"));
static DAY: Text<SHORT> = Text::insert(columns!("day"), COLUMNS, 1, sum_up!("day"));

statements! {
    CLAIM = "INSERT INTO usage_flush (node_id, epoch, sequence, workspace_id, flushed_at) VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT (node_id, epoch) DO UPDATE SET sequence = excluded.sequence, flushed_at = excluded.flushed_at \
             WHERE usage_flush.sequence < excluded.sequence";
    LAST = "SELECT sequence FROM usage_flush WHERE node_id = $1 AND epoch = $2";
    ADD_MINUTES = MINUTES.as_str(), by place MINUTES_BY_PLACE.as_str();
    ADD_MINUTE = MINUTE.as_str();
    ADD_HOURS = HOURS.as_str(), by place HOURS_BY_PLACE.as_str();
    ADD_HOUR = HOUR.as_str();
    ADD_DAYS = DAYS.as_str(), by place DAYS_BY_PLACE.as_str();
    ADD_DAY = DAY.as_str();
    FORGET_MINUTES = "DELETE FROM usage_minute WHERE minute < $1";
    FORGET_HOURS = "DELETE FROM usage_hour WHERE hour < $1";
    FORGET_DAYS = "DELETE FROM usage_day WHERE day < $1";
    FORGET_FLUSHES = "DELETE FROM usage_flush WHERE flushed_at < $1";
}

/// What requests are counted by. Ids are nil, and the code is empty, where there is none.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Key {
    /// The API version that was called.
    pub api_version_id: ApiVersionId,
    /// The operation of its document.
    pub operation_id: OperationId,
    /// The subscription that let the call in.
    pub subscription_id: SubscriptionId,
    /// Who called.
    pub application_id: ApplicationId,
    /// HTTP status of the answer.
    pub status: i64,
    /// The gateway's refusal, empty for answers of the upstream.
    pub code: String,
}

/// What is added up. Durations in microseconds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sums {
    /// How many requests.
    pub requests: i64,
    /// Bytes of request bodies.
    pub bytes_in: i64,
    /// Bytes of response bodies.
    pub bytes_out: i64,
    /// Time from admission to the last byte.
    pub duration_us: i64,
    /// The part of it that the upstream took.
    pub upstream_us: i64,
    /// Requests by duration, see [`domain::histogram`].
    pub buckets: Counts,
}

impl Sums {
    /// Adds what another one holds.
    pub fn add(&mut self, other: &Self) {
        self.requests += other.requests;
        self.bytes_in += other.bytes_in;
        self.bytes_out += other.bytes_out;
        self.duration_us += other.duration_us;
        self.upstream_us += other.upstream_us;
        merge(&mut self.buckets, &other.buckets);
    }
}

/// What was counted in one minute under one key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// Minutes since the epoch ([`Timestamp::minute`]).
    pub minute: i64,
    /// By what.
    pub key: Key,
    /// How much.
    pub sums: Sums,
}

/// One entry of a node's journal.
#[derive(Debug, Clone)]
pub struct Flush<'a> {
    /// The tenant.
    pub workspace_id: WorkspaceId,
    /// The node that counted.
    pub node_id: GatewayNodeId,
    /// The node's journal file.
    pub epoch: i64,
    /// The entry's number in that file; larger ones come later.
    pub sequence: i64,
    /// When it is written.
    pub at: Timestamp,
    /// What was counted.
    pub rows: Cow<'a, [Row]>,
    /// What is charged to quotas.
    pub charges: Cow<'a, [quotas::Charge]>,
    /// Credentials that were seen, and when last.
    pub seen: Cow<'a, [(CredentialId, Timestamp)]>,
    /// Lines of the request log.
    pub requests: Cow<'a, [request_log::Request]>,
}

/// Writes an entry of a journal with everything in it, unless it is written already: then nothing changes and the answer is
/// false. Call it in a transaction.
pub async fn flush(conn: &mut Conn, flush: &Flush<'_>) -> Result<bool> {
    let new = claim(
        conn,
        flush.workspace_id,
        (flush.node_id, flush.epoch, flush.sequence),
        flush.at,
    )
    .await?;
    if new {
        add(conn, flush.workspace_id, &flush.rows).await?;
        quotas::add(conn, flush.workspace_id, &flush.charges).await?;
        credentials::touch(conn, flush.workspace_id, &flush.seen).await?;
        request_log::insert(conn, flush.workspace_id, &flush.requests).await?;
    }
    Ok(new)
}

/// Takes the (node, epoch, sequence) of a journal's entry; false when it, or a later one, was taken before.
pub async fn claim(
    conn: &mut Conn,
    workspace: WorkspaceId,
    (node, epoch, sequence): (GatewayNodeId, i64, i64),
    at: Timestamp,
) -> Result<bool> {
    let taken = conn
        .query(CLAIM)
        .bind(node)
        .bind(epoch)
        .bind(sequence)
        .bind(workspace)
        .bind(at)
        .run()
        .await?;
    Ok(taken == 1)
}

/// The last entry of a node's journal that was written, to begin a replay behind it.
pub async fn last_sequence(
    conn: &mut Conn,
    node: GatewayNodeId,
    epoch: i64,
) -> Result<Option<i64>> {
    let row = conn.query(LAST).bind(node).bind(epoch);
    Ok(row.optional::<(i64,)>().await?.map(|(sequence,)| sequence))
}

/// Adds rows to the minutes, the hours and the days. They may come in any order and name a key twice.
pub async fn add(conn: &mut Conn, workspace: WorkspaceId, rows: &[Row]) -> Result<()> {
    let minutes = rows.iter().map(|row| (row.minute, &row.key, &row.sums));
    let minutes = sorted(minutes.collect());
    write(conn, workspace, (ADD_MINUTES, ADD_MINUTE), &minutes).await?;
    let hours = coarser(minutes, 60);
    write(conn, workspace, (ADD_HOURS, ADD_HOUR), &hours).await?;
    let days = coarser(hours, 24);
    write(conn, workspace, (ADD_DAYS, ADD_DAY), &days).await
}

/// Drops what is older than the given minute, hour and day (each since the epoch), and marks of flushes before `flushes`.
/// Answers how many rows went.
pub async fn forget(
    conn: &mut Conn,
    minute: i64,
    hour: i64,
    day: i64,
    flushes: Timestamp,
) -> Result<u64> {
    Ok(conn.query(FORGET_MINUTES).bind(minute).run().await?
        + conn.query(FORGET_HOURS).bind(hour).run().await?
        + conn.query(FORGET_DAYS).bind(day).run().await?
        + conn.query(FORGET_FLUSHES).bind(flushes).run().await?)
}

/// What was counted in a unit of time, under a key.
type Part<'a> = (i64, &'a Key, &'a Sums);

/// In the order of the unit and the key: two nodes that write at once must take the rows' locks in the same order.
fn sorted(mut parts: Vec<Part<'_>>) -> Vec<Part<'_>> {
    parts.sort_unstable_by_key(|(unit, key, _)| (*unit, *key));
    parts
}

fn coarser(mut parts: Vec<Part<'_>>, by: i64) -> Vec<Part<'_>> {
    for (unit, _, _) in &mut parts {
        *unit = unit.div_euclid(by);
    }
    sorted(parts)
}

async fn write(
    conn: &mut Conn,
    workspace: WorkspaceId,
    (many, one): (Stmt, Stmt),
    parts: &[Part<'_>],
) -> Result<()> {
    // a statement may not write a row twice
    let rows: Vec<&[Part<'_>]> = parts
        .chunk_by(|a, b| (a.0, a.1) == (b.0, b.1))
        .collect();
    let (full, rest) = rows.as_chunks::<ROWS>();
    let chunks = full
        .iter()
        .map(|chunk| (many, chunk.as_slice()))
        .chain(rest.chunks(1).map(|row| (one, row)));
    for (statement, chunk) in chunks {
        let mut query = conn.query(statement);
        for parts in chunk {
            let Some(((unit, key, first), more)) = parts.split_first() else {
                continue;
            };
            let mut sums = Cow::Borrowed(*first);
            for (_, _, part) in more {
                sums.to_mut().add(part);
            }
            query = query
                .bind(*unit)
                .bind(workspace)
                .bind(key.api_version_id)
                .bind(key.operation_id)
                .bind(key.subscription_id)
                .bind(key.application_id)
                .bind(key.status)
                .bind(key.code.as_str())
                .bind(sums.requests)
                .bind(sums.bytes_in)
                .bind(sums.bytes_out)
                .bind(sums.duration_us)
                .bind(sums.upstream_us);
            for count in sums.buckets {
                query = query.bind(count);
            }
        }
        query.run().await?;
    }
    Ok(())
}
