//! Usage: written exactly once, the same in every view, live.

use std::time::Duration;

use domain::Timestamp;
use domain::histogram::{BUCKETS, bucket};
use domain::id::{ApplicationId, GatewayNodeId, OperationId, SubscriptionId};
use domain::limit::Period;
use domain::refusal::Refusal;
use operations::usage::{self, Dimension, Only, Preset, Query, Range, RunsOut, Scope};
use operations::{Error, Paging, request_log, subscriptions as subs};
use store::quotas::Charge;
use store::request_log::Request;
use store::usage::{Flush, Key, Row, Sums};
use testkit::{TestPlatform, each_platform};

use crate::shop::{Shop, application};

const HOUR: Duration = Duration::from_secs(3_600);

/// One node that counts, and writes down what it counted.
struct Counter<'a> {
    platform: &'a TestPlatform,
    shop: &'a Shop,
    node: GatewayNodeId,
    subscription: SubscriptionId,
    application: ApplicationId,
}

impl Counter<'_> {
    fn row(&self, at: Timestamp, status: i64, code: &str, requests: i64, micros: u64) -> Row {
        let mut buckets = [0; BUCKETS];
        buckets[bucket(micros)] = requests;
        Row {
            minute: at.minute(),
            key: Key {
                api_version_id: self.shop.version,
                operation_id: OperationId::NIL,
                subscription_id: self.subscription,
                application_id: self.application,
                status,
                code: code.to_owned(),
            },
            sums: Sums {
                requests,
                bytes_in: 0,
                bytes_out: 10 * requests,
                duration_us: requests * micros.cast_signed(),
                upstream_us: 0,
                buckets,
            },
        }
    }

    fn flush(&self, sequence: i64, rows: Vec<Row>) -> Flush<'static> {
        let used = rows
            .iter()
            .filter(|r| r.key.code.is_empty())
            .map(|r| r.sums.requests)
            .sum();
        let now = self.platform.now();
        Flush {
            workspace_id: self.shop.dev.workspace,
            node_id: self.node,
            epoch: 1,
            sequence,
            at: now,
            rows: rows.into(),
            charges: vec![Charge {
                subscription_id: self.subscription,
                period_start: Period::Month.bounds(now).0,
                used,
            }]
            .into(),
            seen: Vec::new().into(),
            requests: Vec::new().into(),
        }
    }

    async fn write(&self, flush: &Flush<'_>) -> bool {
        let mut tx = self.platform.db.begin().await.unwrap();
        let new = store::usage::flush(&mut tx, flush).await.unwrap();
        tx.commit().await.unwrap();
        new
    }
}

async fn counter<'a>(platform: &'a TestPlatform, shop: &'a Shop) -> Counter<'a> {
    let subscription = shop.ask(platform, shop.standard.id).await;
    subs::approve(platform, &shop.admin, subscription, None, "")
        .await
        .unwrap();
    Counter {
        platform,
        shop,
        node: platform.new_id(),
        subscription,
        application: shop.application,
    }
}

fn query(scope: Scope, range: Range) -> Query {
    Query {
        scope,
        range,
        only: Only::default(),
    }
}

#[tokio::test]
async fn a_replayed_journal_adds_nothing() {
    each_platform(async |p| {
        let shop = Shop::open(&p).await;
        let counter = counter(&p, &shop).await;
        let rows = || vec![counter.row(p.now(), 200, "", 3, 2_000)];
        let first = counter.flush(1, rows());
        assert!(counter.write(&first).await);
        assert!(!counter.write(&first).await);
        let second = counter.flush(2, rows());
        assert!(counter.write(&second).await);
        assert!(!counter.write(&first).await);
        // An entry whose transaction did not end can be written again.
        let third = counter.flush(3, rows());
        let mut tx = p.db.begin().await.unwrap();
        assert!(store::usage::flush(&mut tx, &third).await.unwrap());
        drop(tx);
        assert!(counter.write(&third).await);

        let all = query(Scope::Everything, Range::Last(Preset::Hour));
        let report = usage::report(&p, &shop.admin, &all).await.unwrap();
        assert_eq!(report.totals.requests, 9);
        let quotas = usage::quotas(&p, &shop.dev, shop.application)
            .await
            .unwrap();
        assert_eq!(quotas[0].used, 9);
        let mut conn = p.db.read().await.unwrap();
        let last = store::usage::last_sequence(&mut conn, counter.node, 1)
            .await
            .unwrap();
        assert_eq!(last, Some(3));
    })
    .await;
}

/// More rows than one statement writes, keys that come twice, minutes of other hours and days: each view has them all.
#[tokio::test]
async fn every_view_has_the_same_sum() {
    each_platform(async |p| {
        let shop = Shop::open(&p).await;
        let counter = counter(&p, &shop).await;
        let mut rows = Vec::new();
        for n in 0..150_u32 {
            let at = p.now() - Duration::from_secs(60) * n;
            rows.push(counter.row(at, 200, "", 2, 4_000));
            rows.push(counter.row(at, 200, "", 1, 4_000));
            rows.push(counter.row(at, 429, Refusal::RateLimited.as_str(), 1, 100));
        }
        assert!(counter.write(&counter.flush(1, rows)).await);
        let minutes = Range::Between(p.now() - 3 * HOUR, p.now() + HOUR);
        let presets = [Preset::Day, Preset::Week, Preset::Month].map(Range::Last);
        for range in presets.into_iter().chain([minutes]) {
            let (dev, admin) = (&shop.dev, &shop.admin);
            let own = usage::report(&p, dev, &query(Scope::Own, range))
                .await
                .unwrap();
            let one = query(Scope::Application(shop.application), range);
            let one = usage::report(&p, admin, &one).await.unwrap();
            let all = query(Scope::Everything, range);
            let everything = usage::report(&p, admin, &all).await.unwrap();
            assert_eq!(own.totals, one.totals);
            assert_eq!(own.buckets, everything.buckets);
            let totals = &own.totals;
            assert_eq!(
                (totals.requests, totals.refused, totals.failed),
                (600, 150, 0)
            );
            assert_eq!((totals.classes[2], totals.classes[4]), (450, 150));
            let bars: i64 = own.buckets.iter().map(|b| b.totals.requests).sum();
            assert_eq!(bars, 600);
            let p95 = totals.percentile(0.95).unwrap();
            assert!((3_000..=5_000).contains(&p95), "{p95}");

            let top = usage::top(&p, admin, &all, Dimension::Application, 10)
                .await
                .unwrap();
            assert_eq!((top.len(), top[0].subject.name.as_str()), (1, "Pier 9"));
            assert_eq!(top[0].totals.requests, 600);
            let apis = usage::top(&p, admin, &all, Dimension::Api, 10)
                .await
                .unwrap();
            assert_eq!(
                (apis[0].subject.name.as_str(), apis[0].totals.refused),
                ("payments", 150)
            );
            let one = one_of(&shop, range);
            let subscriptions = usage::top(&p, dev, &one, Dimension::Subscription, 10);
            assert_eq!(
                subscriptions.await.unwrap()[0].subject.detail,
                "payments, Standard"
            );
            let outcomes = usage::outcomes(&p, dev, &query(Scope::Own, range))
                .await
                .unwrap();
            assert_eq!(outcomes[1].code, "rate_limited");
            assert_eq!(outcomes.iter().map(|o| o.requests).sum::<i64>(), 600);
            let heat = usage::heat(&p, admin, &all).await.unwrap();
            assert_eq!(heat.iter().flatten().sum::<i64>(), 600);
            // 2026-11-20 is a Friday.
            assert_eq!(heat[4][11], 240);
        }
        let month = query(Scope::Own, Range::Last(Preset::Month));
        let month = usage::report(&p, &shop.dev, &month).await.unwrap();
        let csv = usage::to_csv(&month);
        assert_eq!(csv.lines().count(), 31);
        assert!(
            csv.lines()
                .last()
                .unwrap()
                .starts_with("2026-11-20T00:00:00Z,600,0,450,0,150,0,150,0,")
        );
    })
    .await;
}

fn one_of(shop: &Shop, range: Range) -> Query {
    query(Scope::Application(shop.application), range)
}

#[tokio::test]
async fn filters_narrow_every_view() {
    each_platform(async |p| {
        let shop = Shop::open(&p).await;
        let mine = counter(&p, &shop).await;
        let other = application(&p, &shop.admin, "Theirs").await;
        let theirs = Counter {
            application: other,
            subscription: SubscriptionId::NIL,
            ..counter_of(&mine)
        };
        mine.write(&mine.flush(1, vec![mine.row(p.now(), 200, "", 5, 100)]))
            .await;
        let refused = Refusal::SubscriptionMissing.as_str();
        let rows = vec![
            theirs.row(p.now(), 403, refused, 7, 100),
            mine.row(p.now(), 503, "", 1, 100),
        ];
        mine.write(&mine.flush(2, rows)).await;
        let check = async |only: Only, expected: i64| {
            let query = Query {
                only,
                ..query(Scope::Everything, Range::Last(Preset::Hour))
            };
            let report = usage::report(&p, &shop.admin, &query).await.unwrap();
            assert_eq!(report.totals.requests, expected, "{only:?}");
        };
        let any = Only::default();
        check(any, 13).await;
        check(
            Only {
                class: Some(4),
                ..any
            },
            7,
        )
        .await;
        check(
            Only {
                api_version: Some(shop.version),
                ..any
            },
            13,
        )
        .await;
        check(
            Only {
                api: Some(p.new_id()),
                ..any
            },
            0,
        )
        .await;
        check(
            Only {
                plan: Some(shop.standard.id),
                ..any
            },
            6,
        )
        .await;
        check(
            Only {
                plan: Some(shop.sandbox.id),
                ..any
            },
            0,
        )
        .await;
        check(
            Only {
                subscription: Some(mine.subscription),
                ..any
            },
            6,
        )
        .await;
        check(
            Only {
                operation: Some(OperationId::NIL),
                ..any
            },
            13,
        )
        .await;
        let own = query(Scope::Own, Range::Last(Preset::Hour));
        let report = usage::report(&p, &shop.dev, &own).await.unwrap();
        assert_eq!((report.totals.requests, report.totals.failed), (6, 1));
    })
    .await;
}

fn counter_of<'a>(other: &Counter<'a>) -> Counter<'a> {
    Counter { ..*other }
}

#[tokio::test]
async fn a_range_is_compared_with_the_one_before() {
    each_platform(async |p| {
        let shop = Shop::open(&p).await;
        let counter = counter(&p, &shop).await;
        let at = p.now() - 25 * HOUR;
        counter
            .write(&counter.flush(1, vec![counter.row(at, 200, "", 4, 100)]))
            .await;
        counter
            .write(&counter.flush(2, vec![counter.row(p.now(), 200, "", 6, 100)]))
            .await;
        let day = query(Scope::Own, Range::Last(Preset::Day));
        let report = usage::report(&p, &shop.dev, &day).await.unwrap();
        assert_eq!((report.totals.requests, report.before.requests), (6, 4));
    })
    .await;
}

#[tokio::test]
async fn quotas_say_when_they_run_out() {
    each_platform(async |p| {
        let shop = Shop::open(&p).await;
        let counter = counter(&p, &shop).await;
        p.wait(10 * HOUR);
        counter
            .write(&counter.flush(1, vec![counter.row(p.now(), 200, "", 40, 100)]))
            .await;
        let state = usage::quotas(&p, &shop.dev, shop.application)
            .await
            .unwrap()
            .remove(0);
        assert_eq!((state.used, state.quota.requests), (40, 100));
        assert_eq!(state.to.to_string(), "2026-12-01T00:00:00Z");
        // 4 an hour: the other 60 in 15 hours.
        assert_eq!(state.runs_out, RunsOut::At(p.now() + 15 * HOUR));
        assert!(state.projected.unwrap() > 100);
        counter
            .write(&counter.flush(2, vec![counter.row(p.now(), 200, "", 60, 100)]))
            .await;
        let state = usage::quotas(&p, &shop.dev, shop.application)
            .await
            .unwrap()
            .remove(0);
        assert_eq!(state.runs_out, RunsOut::Already);
    })
    .await;
}

#[tokio::test]
async fn what_is_too_old_is_forgotten_and_the_coarser_tables_keep_it() {
    each_platform(async |p| {
        let shop = Shop::open(&p).await;
        let counter = counter(&p, &shop).await;
        counter
            .write(&counter.flush(1, vec![counter.row(p.now(), 200, "", 5, 100)]))
            .await;
        p.wait(72 * HOUR);
        assert_eq!(usage::forget(&p).await.unwrap(), 1);
        assert_eq!(usage::forget(&p).await.unwrap(), 0);
        let week = query(Scope::Own, Range::Last(Preset::Week));
        let report = usage::report(&p, &shop.dev, &week).await.unwrap();
        assert_eq!(report.totals.requests, 5);
        p.wait(20 * 24 * HOUR);
        let month = query(Scope::Own, Range::Last(Preset::Month));
        let report = usage::report(&p, &shop.dev, &month).await.unwrap();
        assert_eq!(report.totals.requests, 5);
    })
    .await;
}

fn logged(counter: &Counter<'_>, id: &str, status: i64, code: &str) -> Request {
    Request {
        id: counter.platform.new_id(),
        at: counter.platform.now(),
        node_id: counter.node,
        request_id: id.to_owned(),
        method: "GET".to_owned(),
        host: "api.harbor.example".to_owned(),
        path: format!("/payments/v1/{id}"),
        status,
        code: code.to_owned(),
        api_version_id: counter.shop.version,
        operation_id: OperationId::NIL,
        subscription_id: counter.subscription,
        application_id: counter.application,
        credential_id: domain::id::CredentialId::NIL,
        try_it: false,
        duration_us: 1_200,
        upstream_us: 1_000,
        bytes_in: 0,
        bytes_out: 10,
        client_ip: "192.0.2.1".to_owned(),
        user_agent: "curl".to_owned(),
    }
}

#[tokio::test]
async fn the_log_is_paged_filtered_and_private() {
    each_platform(async |p| {
        let shop = Shop::open(&p).await;
        let counter = counter(&p, &shop).await;
        let mut requests = Vec::new();
        for n in 0..70 {
            p.wait(Duration::from_millis(5));
            let (status, code) = if n % 10 == 0 {
                (429, "rate_limited")
            } else {
                (200, "")
            };
            requests.push(logged(&counter, &format!("req-{n}"), status, code));
        }
        let flush = Flush {
            requests: requests.into(),
            ..counter.flush(1, Vec::new())
        };
        counter.write(&flush).await;
        let pages = async |search: &request_log::Search| {
            let mut paging = Paging::first(25);
            let mut ids = Vec::new();
            loop {
                let page = request_log::list(&p, &shop.dev, Scope::Own, search, &paging).await;
                let page = page.unwrap();
                ids.extend(page.items.into_iter().map(|r| r.request_id));
                if page.next.is_none() {
                    return ids;
                }
                paging.after = page.next;
            }
        };
        let any = request_log::Search::default();
        let all = pages(&any).await;
        assert_eq!(
            (all.len(), all[0].as_str(), all[69].as_str()),
            (70, "req-69", "req-0")
        );
        let failures = request_log::Search {
            failures: true,
            ..any.clone()
        };
        assert_eq!(pages(&failures).await.len(), 7);
        let code = Some("rate_limited".to_owned());
        assert_eq!(
            pages(&request_log::Search {
                code,
                ..any.clone()
            })
            .await
            .len(),
            7
        );
        let text = "/V1/REQ-1".to_owned();
        assert_eq!(
            pages(&request_log::Search {
                text,
                ..any.clone()
            })
            .await
            .len(),
            11
        );
        let class = Some(2);
        assert_eq!(
            pages(&request_log::Search {
                class,
                ..any.clone()
            })
            .await
            .len(),
            63
        );

        let stranger = p.developer("eve@else.example").await;
        let foreign = request_log::find(&p, &stranger, "req-3").await;
        assert!(matches!(foreign, Err(Error::NotFound { .. })));
        let own = request_log::find(&p, &shop.dev, "req-3").await.unwrap();
        assert_eq!(own.path, "/payments/v1/req-3");
        p.wait(8 * 24 * HOUR);
        assert_eq!(request_log::forget(&p).await.unwrap(), 70);
    })
    .await;
}

/// Two nodes write the same keys in opposite order at once: nothing is lost, and neither waits for the other for ever.
#[tokio::test]
async fn nodes_that_write_at_once_lose_nothing() {
    each_platform(async |p| {
        let shop = Shop::open(&p).await;
        let one = counter(&p, &shop).await;
        let two = Counter {
            node: p.new_id(),
            ..counter_of(&one)
        };
        let write = async |counter: &Counter<'_>, back: bool| {
            for sequence in 1..=10 {
                let minutes = (0..100_u32).map(|n| p.now() - Duration::from_secs(60) * n);
                let mut rows: Vec<_> = minutes.map(|at| counter.row(at, 200, "", 1, 100)).collect();
                if back {
                    rows.reverse();
                }
                assert!(counter.write(&counter.flush(sequence, rows)).await);
            }
        };
        tokio::join!(write(&one, false), write(&two, true));
        let all = query(Scope::Everything, Range::Last(Preset::Day));
        let report = usage::report(&p, &shop.admin, &all).await.unwrap();
        assert_eq!(report.totals.requests, 2_000);
        let quotas = usage::quotas(&p, &shop.dev, shop.application)
            .await
            .unwrap();
        assert_eq!(quotas[0].used, 2_000);
    })
    .await;
}
