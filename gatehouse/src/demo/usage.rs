//! A month of usage for the demo: made from the hour, so that two demos look alike, and charged like real calls.

use std::collections::BTreeMap;

use domain::histogram::{self, BUCKETS};
use domain::id::{
    ApiVersionId, ApplicationId, CredentialId, GatewayNodeId, OperationId, SubscriptionId,
};
use domain::limit::Period;
use domain::{Id, Timestamp};
use operations::Platform;
use store::quotas::Charge;
use store::request_log::Request;
use store::usage::{Flush, Key, Row, Sums};

/// Who called what.
pub(crate) struct Traffic {
    pub(crate) version: ApiVersionId,
    pub(crate) subscription: SubscriptionId,
    pub(crate) application: ApplicationId,
    pub(crate) credential: CredentialId,
    /// Operations with their method, path, share of the calls (in percent) and usual duration in microseconds.
    pub(crate) operations: Vec<(OperationId, &'static str, &'static str, u64, u64)>,
    pub(crate) host: String,
    /// What stands before their paths.
    pub(crate) base_path: String,
}

const DAYS: u64 = 30;
const STEP_MINUTES: u64 = 10;
const ROWS_AT_A_TIME: usize = 1_800;

/// Writes it, as a node that never was would have.
pub(crate) async fn write(platform: &Platform, traffic: &Traffic) -> anyhow::Result<()> {
    let now = platform.now();
    let node: GatewayNodeId = platform.new_id();
    let mut rows = Vec::new();
    let mut charged = 0;
    let (month, _) = Period::Month.bounds(now);
    let steps = DAYS * 24 * 60 / STEP_MINUTES;
    for step in (1..=steps).rev() {
        let at = now - std::time::Duration::from_secs(step * STEP_MINUTES * 60);
        for (key, sums) in at_moment(traffic, at) {
            if at >= month && key.code.is_empty() {
                charged += sums.requests;
            }
            rows.push(Row {
                minute: at.minute(),
                key,
                sums,
            });
        }
    }
    let mut sequence = 0;
    for chunk in rows.chunks(ROWS_AT_A_TIME) {
        sequence += 1;
        flush(
            platform,
            node,
            sequence,
            chunk.to_vec(),
            Vec::new(),
            Vec::new(),
        )
        .await?;
    }
    let charges = vec![Charge {
        subscription_id: traffic.subscription,
        period_start: month,
        used: charged,
    }];
    flush(
        platform,
        node,
        sequence + 1,
        Vec::new(),
        charges,
        log(platform, traffic, node),
    )
    .await
}

async fn flush(
    platform: &Platform,
    node_id: GatewayNodeId,
    sequence: i64,
    rows: Vec<Row>,
    charges: Vec<Charge>,
    requests: Vec<Request>,
) -> anyhow::Result<()> {
    let entry = Flush {
        workspace_id: platform.settings.workspace,
        node_id,
        epoch: 1,
        sequence,
        at: platform.now(),
        rows: rows.into(),
        charges: charges.into(),
        seen: Vec::new().into(),
        requests: requests.into(),
    };
    let mut tx = platform.db.begin().await?;
    store::usage::flush(&mut tx, &entry).await?;
    tx.commit().await?;
    Ok(())
}

/// A number below `below` that depends on nothing but `seed` (SplitMix64, Steele, Lea and Flood 2014).
fn scatter(seed: u64, below: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (z ^ (z >> 31)) % below.max(1)
}

/// Calls in ten minutes: people work by day and less on weekends.
fn volume(at: Timestamp) -> u64 {
    let hour = at.seconds().div_euclid(3_600).rem_euclid(24);
    let weekday = (at.seconds().div_euclid(86_400) + 3).rem_euclid(7);
    let day = [
        2, 1, 1, 1, 1, 2, 4, 7, 11, 15, 18, 19, 17, 18, 20, 19, 17, 14, 11, 9, 7, 5, 4, 3,
    ];
    let base = day[usize::try_from(hour).unwrap_or(0)];
    let base = if weekday >= 5 { base / 2 } else { base };
    base + scatter(at.minute().unsigned_abs(), base / 2 + 2)
}

fn at_moment(traffic: &Traffic, at: Timestamp) -> BTreeMap<Key, Sums> {
    let mut counted: BTreeMap<Key, Sums> = BTreeMap::new();
    let seed = at.minute().unsigned_abs() * 1_000;
    for call in 0..volume(at) {
        let draw = scatter(seed + call, 100);
        let mut share = 0;
        let Some((operation, .., usual)) = traffic.operations.iter().find(|o| {
            share += o.3;
            draw < share
        }) else {
            continue;
        };
        let luck = scatter(seed + call + 500, 1_000);
        let (status, code, duration) = match luck {
            0..4 => (502, "upstream_failed", 30_000),
            4..12 => (429, "rate_limited", 300),
            12..30 => (404, "", usual / 2),
            30..45 => (422, "", usual / 2),
            _ => (200, "", usual + scatter(seed + call + 900, usual * 2)),
        };
        let refused = !code.is_empty();
        let key = Key {
            api_version_id: traffic.version,
            operation_id: *operation,
            subscription_id: traffic.subscription,
            application_id: traffic.application,
            status,
            code: code.to_owned(),
        };
        let mut buckets = [0; BUCKETS];
        buckets[histogram::bucket(duration)] = 1;
        let micros = i64::try_from(duration).unwrap_or(i64::MAX);
        counted.entry(key).or_default().add(&Sums {
            requests: 1,
            bytes_in: 180,
            bytes_out: if refused { 320 } else { 900 },
            duration_us: micros,
            upstream_us: if refused { 0 } else { micros - micros / 50 },
            buckets,
        });
    }
    counted
}

/// The last calls, as the request log keeps them.
fn log(platform: &Platform, traffic: &Traffic, node_id: GatewayNodeId) -> Vec<Request> {
    let now = platform.now();
    (0..120u64)
        .map(|ago| {
            let (operation, method, path, _, usual) =
                traffic.operations[usize::try_from(ago).unwrap_or(0) % traffic.operations.len()];
            let at = now - std::time::Duration::from_secs(600 + ago * 97);
            let limited = ago % 17 == 3;
            let duration = i64::try_from(if limited {
                300
            } else {
                usual + scatter(ago, usual)
            })
            .unwrap_or(0);
            Request {
                id: platform.new_id(),
                at,
                node_id,
                request_id: format!("demo{:020x}", scatter(ago + 77, u64::MAX)),
                method: method.to_owned(),
                host: traffic.host.clone(),
                path: format!("{}{path}", traffic.base_path).replace("{shipment}", "shp_0007"),
                status: if limited { 429 } else { 200 },
                code: if limited { "rate_limited" } else { "" }.to_owned(),
                api_version_id: traffic.version,
                operation_id: operation,
                subscription_id: traffic.subscription,
                application_id: traffic.application,
                credential_id: if limited { Id::NIL } else { traffic.credential },
                try_it: false,
                duration_us: duration,
                upstream_us: if limited { 0 } else { duration - duration / 50 },
                bytes_in: 0,
                bytes_out: 900,
                client_ip: "127.0.0.1".to_owned(),
                user_agent: "storefront/2.4".to_owned(),
            }
        })
        .collect()
}
