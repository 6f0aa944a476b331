//! Questions about usage: sums over a range by time, by what was called or who called, by refusal. One set of filters and
//! one set of sums for every face, so that the numbers agree.

use domain::histogram::Counts;
use domain::id::{
    AccountId, ApiId, ApiVersionId, ApplicationId, OperationId, PlanId, SubscriptionId, WorkspaceId,
};
use uuid::Uuid;

use crate::db::{Conn, Query, Stmt, statements};
use crate::error::Result;
use crate::usage::Sums;
use crate::value::record;

/// What a unit of time is in a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grain {
    /// Kept for two days.
    Minute,
    /// Kept for two months.
    Hour,
    /// Kept for two years.
    Day,
}

impl Grain {
    /// Its length in seconds.
    pub const fn seconds(self) -> i64 {
        match self {
            Self::Minute => 60,
            Self::Hour => 3_600,
            Self::Day => 86_400,
        }
    }
}

/// What usage is looked at. `None` is "any".
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Applications of this person only.
    pub owner: Option<AccountId>,
    /// This application only.
    pub application: Option<ApplicationId>,
    /// Any version of this API.
    pub api: Option<ApiId>,
    /// This API version.
    pub api_version: Option<ApiVersionId>,
    /// Subscriptions that are on this plan now.
    pub plan: Option<PlanId>,
    /// This subscription.
    pub subscription: Option<SubscriptionId>,
    /// This operation.
    pub operation: Option<OperationId>,
    /// 2 for 2xx and so on.
    pub class: Option<i64>,
}

/// Which units of which table: from `from` up to and without `to`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The table.
    pub grain: Grain,
    /// First unit since the epoch.
    pub from: i64,
    /// First unit that is not in it.
    pub to: i64,
}

/// What sums are split by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dimension {
    /// The operation that was called.
    Operation,
    /// Who called.
    Application,
    /// The API that was called.
    Api,
    /// The subscription that let the calls in.
    Subscription,
}

record! {
    /// A slot of time and a class of answers.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct Slot {
        /// Units since the epoch divided by the step, then its rest by the cycle.
        pub slot: i64,
        /// 2 for 2xx and so on.
        pub class: i64,
    }
}

record! {
    /// Something that was called or that calls.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Subject {
        /// Its id; nil for calls that belong to none.
        pub id: Uuid,
        /// Its name; empty when it is gone.
        pub name: String,
        /// A second line: an operation's summary, an application's owner, a subscription's plan.
        pub detail: String,
        /// Where an operation or API stands in URLs: the API's slug, the version's label and the operation's slug, with `/`.
        pub place: String,
    }
}

record! {
    /// Calls that ended in one way.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Outcome {
        /// The gateway's refusal; empty for answers of the upstream.
        pub code: String,
        /// HTTP status.
        pub status: i64,
        /// How many.
        pub requests: i64,
    }
}

/// Sums under a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keyed<K> {
    /// What was summed up.
    pub key: K,
    /// The requests that the gateway refused.
    pub refused: i64,
    /// The requests that were answered with 500 or more.
    pub failed: i64,
    /// The sums.
    pub sums: Sums,
}

record! {
    /// The columns behind [`Sums`].
    pub struct Counters {
        pub refused: i64,
        pub failed: i64,
        pub requests: i64,
        pub bytes_in: i64,
        pub bytes_out: i64,
        pub duration_us: i64,
        pub upstream_us: i64,
        pub b00: i64, pub b01: i64, pub b02: i64, pub b03: i64, pub b04: i64, pub b05: i64, pub b06: i64, pub b07: i64,
        pub b08: i64, pub b09: i64, pub b10: i64, pub b11: i64, pub b12: i64, pub b13: i64, pub b14: i64, pub b15: i64,
        pub b16: i64, pub b17: i64, pub b18: i64, pub b19: i64, pub b20: i64, pub b21: i64, pub b22: i64, pub b23: i64,
    }
}

impl Counters {
    const fn buckets(&self) -> Counts {
        [
            self.b00, self.b01, self.b02, self.b03, self.b04, self.b05, self.b06, self.b07,
            self.b08, self.b09, self.b10, self.b11, self.b12, self.b13, self.b14, self.b15,
            self.b16, self.b17, self.b18, self.b19, self.b20, self.b21, self.b22, self.b23,
        ]
    }
}

impl<'r, R, K> sqlx::FromRow<'r, R> for Keyed<K>
where
    R: sqlx::Row,
    K: sqlx::FromRow<'r, R>,
    Counters: sqlx::FromRow<'r, R>,
{
    fn from_row(row: &'r R) -> Result<Self, sqlx::Error> {
        let counters = Counters::from_row(row)?;
        Ok(Self {
            key: K::from_row(row)?,
            refused: counters.refused,
            failed: counters.failed,
            sums: Sums {
                requests: counters.requests,
                bytes_in: counters.bytes_in,
                bytes_out: counters.bytes_out,
                duration_us: counters.duration_us,
                upstream_us: counters.upstream_us,
                buckets: counters.buckets(),
            },
        })
    }
}

macro_rules! total {
    ($($column:literal AS $name:literal),*) => {
        concat!($(", CAST(SUM(u.", $column, ") AS BIGINT) AS ", $name),*)
    };
}

macro_rules! sums {
    () => {
        concat!(
            "CAST(SUM(CASE WHEN u.code <> '' THEN u.requests ELSE 0 END) AS BIGINT) AS refused, \
             CAST(SUM(CASE WHEN u.status >= 500 THEN u.requests ELSE 0 END) AS BIGINT) AS failed",
            total!(
                "requests" AS "requests", "bytes_in" AS "bytes_in", "bytes_out" AS "bytes_out",
                "duration_us" AS "duration_us", "upstream_us" AS "upstream_us", "bucket_00" AS "b00",
                "bucket_01" AS "b01", "bucket_02" AS "b02", "bucket_03" AS "b03", "bucket_04" AS "b04",
                "bucket_05" AS "b05", "bucket_06" AS "b06", "bucket_07" AS "b07", "bucket_08" AS "b08",
                "bucket_09" AS "b09", "bucket_10" AS "b10", "bucket_11" AS "b11", "bucket_12" AS "b12",
                "bucket_13" AS "b13", "bucket_14" AS "b14", "bucket_15" AS "b15", "bucket_16" AS "b16",
                "bucket_17" AS "b17", "bucket_18" AS "b18", "bucket_19" AS "b19", "bucket_20" AS "b20",
                "bucket_21" AS "b21", "bucket_22" AS "b22", "bucket_23" AS "b23"
            )
        )
    };
}

// The first filter is for the planner: with an owner or an application, SQLite and PostgreSQL go by the index of the
// application; without, by the range of time.
macro_rules! source {
    ($unit:literal, $scope:literal) => {
        concat!(
            " FROM usage_", $unit, " AS u WHERE u.workspace_id = $1 AND u.", $unit, " >= $2 AND u.", $unit, " < $3 AND ",
            $scope,
            " AND (u.api_version_id = $6 OR $6 IS NULL) \
             AND (u.api_version_id IN (SELECT v.id FROM api_version AS v WHERE v.api_id = $7) OR $7 IS NULL) \
             AND (u.subscription_id = $8 OR $8 IS NULL) \
             AND (u.subscription_id IN (SELECT s.id FROM subscription AS s WHERE s.plan_id = $9) OR $9 IS NULL) \
             AND (u.operation_id = $10 OR $10 IS NULL) \
             AND (u.status / 100 = $11 OR $11 IS NULL) "
        )
    };
    ($unit:literal, any) => {
        source!(
            $unit,
            "(u.application_id = $4 OR $4 IS NULL) \
             AND (u.application_id IN (SELECT a.id FROM application AS a WHERE a.owner_id = $5) OR $5 IS NULL)"
        )
    };
    ($unit:literal, own) => {
        source!(
            $unit,
            "u.application_id IN (SELECT a.id FROM application AS a WHERE a.workspace_id = $1 \
             AND (a.id = $4 OR $4 IS NULL) AND (a.owner_id = $5 OR $5 IS NULL))"
        )
    };
}

macro_rules! by_time {
    ($unit:literal, $scope:ident) => {
        concat!(
            "SELECT CAST((u.",
            $unit,
            " / $12) % $13 AS BIGINT) AS slot, CAST(u.status / 100 AS BIGINT) AS class, ",
            sums!(),
            source!($unit, $scope),
            "GROUP BY 1, 2 ORDER BY 1, 2"
        )
    };
}

macro_rules! by_subject {
    ($unit:literal, $scope:ident) => {
        concat!(
            "SELECT t.*, COALESCE(o.method || ' ' || o.path, a.name, i.name, sa.name, '') AS name, \
             COALESCE(o.summary, ow.email, i.summary, sp.name || ', ' || st.name, '') AS detail, \
             COALESCE(oa.slug || '/' || ov.label || '/' || o.slug, i.slug, '') AS place \
             FROM (SELECT CASE CAST($12 AS BIGINT) WHEN 1 THEN u.operation_id WHEN 2 THEN u.application_id \
             WHEN 3 THEN COALESCE((SELECT v.api_id FROM api_version AS v WHERE v.id = u.api_version_id), u.api_version_id) \
             ELSE u.subscription_id END AS id, ",
            sums!(),
            source!($unit, $scope),
            "GROUP BY 1 ORDER BY requests DESC, 1 LIMIT $13) AS t \
             LEFT JOIN operation AS o ON o.id = t.id LEFT JOIN api_version AS ov ON ov.id = o.api_version_id \
             LEFT JOIN api AS oa ON oa.id = ov.api_id \
             LEFT JOIN application AS a ON a.id = t.id LEFT JOIN account AS ow ON ow.id = a.owner_id \
             LEFT JOIN api AS i ON i.id = t.id \
             LEFT JOIN subscription AS s ON s.id = t.id LEFT JOIN application AS sa ON sa.id = s.application_id \
             LEFT JOIN product AS sp ON sp.id = s.product_id LEFT JOIN plan AS st ON st.id = s.plan_id \
             ORDER BY t.requests DESC, t.id"
        )
    };
}

macro_rules! by_outcome {
    ($unit:literal, $scope:ident) => {
        concat!(
            "SELECT u.code, u.status, CAST(SUM(u.requests) AS BIGINT) AS requests",
            source!($unit, $scope),
            "GROUP BY u.code, u.status ORDER BY requests DESC, u.code, u.status LIMIT $12"
        )
    };
}

statements! {
    TIME_MINUTE = by_time!("minute", any);
    TIME_MINUTE_OWN = by_time!("minute", own);
    TIME_HOUR = by_time!("hour", any);
    TIME_HOUR_OWN = by_time!("hour", own);
    TIME_DAY = by_time!("day", any);
    TIME_DAY_OWN = by_time!("day", own);
    SUBJECT_MINUTE = by_subject!("minute", any);
    SUBJECT_MINUTE_OWN = by_subject!("minute", own);
    SUBJECT_HOUR = by_subject!("hour", any);
    SUBJECT_HOUR_OWN = by_subject!("hour", own);
    SUBJECT_DAY = by_subject!("day", any);
    SUBJECT_DAY_OWN = by_subject!("day", own);
    OUTCOME_MINUTE = by_outcome!("minute", any);
    OUTCOME_MINUTE_OWN = by_outcome!("minute", own);
    OUTCOME_HOUR = by_outcome!("hour", any);
    OUTCOME_HOUR_OWN = by_outcome!("hour", own);
    OUTCOME_DAY = by_outcome!("day", any);
    OUTCOME_DAY_OWN = by_outcome!("day", own);
    CHARGED = "SELECT CAST(COALESCE(SUM(requests), 0) AS BIGINT) AS n FROM usage_hour WHERE workspace_id = $1 \
               AND application_id = $2 AND subscription_id = $3 AND hour >= $4 AND hour < $5 \
               AND (code = '' OR code LIKE 'upstream%')";
}

/// The statement for a grain, over everything or over some applications.
fn choose(filter: &Filter, span: Span, all: [Stmt; 3], own: [Stmt; 3]) -> Stmt {
    let narrow = filter.owner.is_some() || filter.application.is_some();
    let [minute, hour, day] = if narrow { own } else { all };
    match span.grain {
        Grain::Minute => minute,
        Grain::Hour => hour,
        Grain::Day => day,
    }
}

fn filtered<'c>(
    conn: &'c mut Conn,
    statement: Stmt,
    workspace: WorkspaceId,
    filter: &Filter,
    span: Span,
) -> Query<'c> {
    conn.query(statement)
        .bind(workspace)
        .bind(span.from)
        .bind(span.to)
        .bind(filter.application)
        .bind(filter.owner)
        .bind(filter.api_version)
        .bind(filter.api)
        .bind(filter.subscription)
        .bind(filter.plan)
        .bind(filter.operation)
        .bind(filter.class)
}

/// Sums by time and class of answer. A slot is `step` units long; with a `cycle` slots come round again after so many (168
/// hours for a week from Thursday on, the weekday of the epoch).
pub async fn by_time(
    conn: &mut Conn,
    workspace: WorkspaceId,
    filter: &Filter,
    span: Span,
    step: i64,
    cycle: Option<i64>,
) -> Result<Vec<Keyed<Slot>>> {
    let statement = choose(
        filter,
        span,
        [TIME_MINUTE, TIME_HOUR, TIME_DAY],
        [TIME_MINUTE_OWN, TIME_HOUR_OWN, TIME_DAY_OWN],
    );
    filtered(conn, statement, workspace, filter, span)
        .bind(step)
        .bind(cycle.unwrap_or(i64::MAX))
        .all()
        .await
}

/// Sums by what was called or who called, the most called first.
pub async fn by_subject(
    conn: &mut Conn,
    workspace: WorkspaceId,
    filter: &Filter,
    span: Span,
    dimension: Dimension,
    limit: i64,
) -> Result<Vec<Keyed<Subject>>> {
    let statement = choose(
        filter,
        span,
        [SUBJECT_MINUTE, SUBJECT_HOUR, SUBJECT_DAY],
        [SUBJECT_MINUTE_OWN, SUBJECT_HOUR_OWN, SUBJECT_DAY_OWN],
    );
    let number: i64 = match dimension {
        Dimension::Operation => 1,
        Dimension::Application => 2,
        Dimension::Api => 3,
        Dimension::Subscription => 4,
    };
    filtered(conn, statement, workspace, filter, span)
        .bind(number)
        .bind(limit)
        .all()
        .await
}

/// Calls by how they ended, the most frequent first.
pub async fn by_outcome(
    conn: &mut Conn,
    workspace: WorkspaceId,
    filter: &Filter,
    span: Span,
    limit: i64,
) -> Result<Vec<Outcome>> {
    let statement = choose(
        filter,
        span,
        [OUTCOME_MINUTE, OUTCOME_HOUR, OUTCOME_DAY],
        [OUTCOME_MINUTE_OWN, OUTCOME_HOUR_OWN, OUTCOME_DAY_OWN],
    );
    filtered(conn, statement, workspace, filter, span)
        .bind(limit)
        .all()
        .await
}

/// How many calls of a subscription reached the upstream, and so were charged to its quota, in some hours since the epoch.
pub async fn charged(
    conn: &mut Conn,
    workspace: WorkspaceId,
    application: ApplicationId,
    subscription: SubscriptionId,
    hours: std::ops::Range<i64>,
) -> Result<i64> {
    let query = conn.query(CHARGED).bind(workspace).bind(application);
    let query = query.bind(subscription).bind(hours.start).bind(hours.end);
    Ok(query.one::<(i64,)>().await?.0)
}
