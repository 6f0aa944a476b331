//! Changes taken one by one lead to what a full build of the same entities is: over random histories with fixed seeds.

use std::collections::BTreeMap;

use domain::Timestamp;
use domain::api::{Lifecycle, PathKind, PlanState, PolicyScope};
use domain::change::ChangeKind;
use domain::credential::{CredentialKind, CredentialState};
use domain::subscription::{ApplicationState, SubscriptionState};
use gateway_policies::services::Credentials;
use http::Method;
use uuid::Uuid;

use super::{Found, Live};
use crate::model::{Change, Entity};
use crate::trial;

const NOW: Timestamp = Timestamp::from_seconds(1_790_000_000);
const HOSTS: [&str; 4] = ["a.example", "b.example", "x.b.example", "other"];
const PATHS: [&str; 7] = [
    "/",
    "/v1",
    "/v1/x",
    "/v1/x/y",
    "/v2/x",
    "/v2/x.json",
    "/v1/y/z",
];

/// xorshift64* with a fixed seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) % below
    }

    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[usize::try_from(self.roll(of.len() as u64)).unwrap()]
    }

    /// Mostly the usual state, now and then any.
    fn state<T: Copy>(&mut self, usual: T, all: &[T]) -> T {
        if self.roll(3) == 0 {
            self.one(all)
        } else {
            usual
        }
    }

    fn id(&mut self, kind: u128) -> u128 {
        kind * 100 + u128::from(self.roll(3))
    }
}

fn entity(dice: &mut Dice) -> Entity {
    match dice.roll(9) {
        0 => Entity::Upstream(trial::upstream(dice.id(1))),
        1 => {
            let n = dice.id(2);
            let mut version = trial::version(n, dice.one(&["/", "/v1", "/v2", "/v1/x"]));
            version.upstream = Some(trial::id(dice.id(1)));
            version.lifecycle = dice.state(Lifecycle::Published, Lifecycle::ALL);
            version.hosts = dice
                .one(&[
                    &[] as &[&str],
                    &["a.example"],
                    &["*.example", "b.example"],
                    &["*.b.example"],
                ])
                .iter()
                .map(|host| (*host).to_owned())
                .collect();
            Entity::ApiVersion(version)
        }
        2 | 3 => {
            let (line, kind) = dice.one(&[
                ("GET /", PathKind::Exact),
                ("/x", PathKind::Prefix),
                ("POST,GET /{a}", PathKind::Template),
                ("GET /{a}.json", PathKind::Template),
                ("/{rest*}", PathKind::Template),
                ("PUT /[xy](/.*)?", PathKind::Regex),
            ]);
            let version = dice.id(2);
            let mut route = trial::route(dice.id(3), version, line, kind);
            route.priority = i32::try_from(dice.roll(3)).unwrap();
            route.enabled = dice.roll(5) > 0;
            Entity::Route(route)
        }
        4 => {
            let scope = dice.one(PolicyScope::ALL);
            let on = match scope {
                PolicyScope::Global => 0,
                PolicyScope::Api => dice.id(2) + 1_000,
                PolicyScope::Version => dice.id(2),
                PolicyScope::Route => dice.id(3),
                PolicyScope::Product => dice.id(5),
                PolicyScope::Plan => dice.id(6),
                PolicyScope::Application => dice.id(7),
            };
            let config = r#"{"headers": {"set": {"X-A": "b"}}}"#;
            let kind = dice.one(&["request_transform", "response_transform"]);
            Entity::Policy(trial::policy(dice.id(4), kind, scope, on, config))
        }
        5 => {
            let items = [dice.id(2), dice.id(2)];
            Entity::Product(trial::product(dice.id(5), &items))
        }
        6 => {
            let mut plan = trial::plan(dice.id(6), dice.id(5), 1 + dice.roll(5), None);
            plan.state = dice.state(PlanState::Active, PlanState::ALL);
            Entity::Plan(plan)
        }
        7 => {
            let mut subscription =
                trial::subscription(dice.id(8), dice.id(7), dice.id(5), dice.id(6));
            subscription.state = dice.state(SubscriptionState::Active, SubscriptionState::ALL);
            Entity::Subscription(subscription)
        }
        _ if dice.roll(2) == 0 => {
            let mut application = trial::application(dice.id(7));
            application.state = dice.state(ApplicationState::Active, ApplicationState::ALL);
            Entity::Application(application)
        }
        _ => {
            // A credential keeps its hash for life.
            let n = dice.id(9);
            let mut credential = trial::credential(n, dice.id(7), &format!("key {n}"));
            credential.state = dice.state(CredentialState::Active, CredentialState::ALL);
            Entity::Credential(credential)
        }
    }
}

/// Everything that a request can learn.
fn seen(live: &Live) -> Vec<String> {
    let mut seen = Vec::new();
    let callers: Vec<_> = (900..903)
        .map(|n| {
            live.holder(
                CredentialKind::ApiKey,
                &trial::hash(&format!("key {n}")),
                NOW,
            )
        })
        .collect();
    seen.extend(callers.iter().map(|caller| format!("{caller:?}")));
    for host in HOSTS {
        for path in PATHS {
            for method in [Method::GET, Method::PUT] {
                seen.push(match live.find(&method, host, path) {
                    Found::Route(route) => {
                        let steps = route
                            .pipeline
                            .before
                            .iter()
                            .chain(route.pipeline.after.iter());
                        let steps: Vec<_> = steps.map(|s| (s.kind, s.id)).collect();
                        let upstream = route.upstream.as_ref().and_then(|cell| cell.load());
                        let grants: Vec<String> = callers
                            .iter()
                            .flatten()
                            .map(|caller| {
                                live.authorise(caller, &route).map_or_else(
                                    |refusal| refusal.to_string(),
                                    |grant| {
                                        let (plan, own) = grant.steps();
                                        let steps: Vec<_> = plan
                                            .iter()
                                            .chain(own)
                                            .map(|s| (s.kind, s.id))
                                            .collect();
                                        format!(
                                            "{:?} {} {steps:?}",
                                            grant.terms(),
                                            grant.application.name
                                        )
                                    },
                                )
                            })
                            .collect();
                        format!(
                            "{host}{path} {method} {} {steps:?} {upstream:?} {grants:?}",
                            route.id
                        )
                    }
                    Found::Retired(version) => {
                        format!("{host}{path} {method} retired {}", version.id)
                    }
                    Found::MethodNotAllowed { allow } => format!("{host}{path} {method} {allow:?}"),
                    Found::NotFound => format!("{host}{path} {method} nothing"),
                });
            }
        }
    }
    seen
}

#[test]
fn changes_one_by_one_equal_a_full_build() {
    let (mut routes, mut grants, mut scoped) = (0, 0, 0);
    for seed in 1..=20_u64 {
        let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let live = Live::new();
        let mut all: BTreeMap<(ChangeKind, Uuid), Entity> = BTreeMap::new();
        for revision in 1..=64 {
            let mut changes = Vec::new();
            for _ in 0..=dice.roll(12) {
                let entity = entity(&mut dice);
                let (kind, id) = (entity.kind(), entity.id());
                if changes
                    .iter()
                    .any(|c: &Change| (c.kind(), c.id()) == (kind, id))
                {
                    continue;
                }
                if dice.roll(8) == 0 {
                    all.remove(&(kind, id));
                    changes.push(Change::Delete { kind, id });
                } else {
                    all.insert((kind, id), entity.clone());
                    changes.push(Change::Put(entity));
                }
            }
            live.apply(revision, changes).unwrap();
            if revision % 8 == 0 {
                let full = Live::new();
                full.replace(revision, all.values().cloned().collect())
                    .unwrap();
                assert_eq!(seen(&live), seen(&full), "seed {seed}, revision {revision}");
                assert_eq!(live.entities(), full.entities(), "seed {seed}");
                for line in seen(&live) {
                    routes += usize::from(line.contains("Some(CompiledUpstream"));
                    grants += usize::from(line.contains("Terms"));
                    scoped += usize::from(
                        line.split("Terms")
                            .skip(1)
                            .any(|terms| terms.contains("_transform")),
                    );
                }
                let status = (live.status().routes, live.status().credentials);
                assert_eq!(status, (full.status().routes, full.status().credentials));
            }
        }
        // And a whole replacement by something else leaves nothing behind.
        live.replace(100, trial::small()).unwrap();
        let small = Live::new();
        small.replace(100, trial::small()).unwrap();
        assert_eq!(seen(&live), seen(&small), "seed {seed}");
        assert_eq!(live.entities(), trial::small());
    }
    // The histories must have reached what they are to compare.
    assert!(
        routes > 500 && grants > 50 && scoped > 10,
        "{routes} {grants} {scoped}"
    );
}
