//! The live snapshot's behaviour: who may call what, and that changes one by one lead where a full build leads.

use domain::Timestamp;
use domain::api::{Lifecycle, PathKind, PlanState, PolicyScope};
use domain::change::ChangeKind;
use domain::credential::{CredentialKind, CredentialState};
use domain::id::SubscriptionId;
use domain::refusal::Refusal;
use domain::subscription::{ApplicationState, SubscriptionState};
use gateway_policies::exchange::{Caller, Proof};
use gateway_policies::services::Credentials;
use http::Method;
use uuid::Uuid;

use super::{Found, Live};
use crate::model::{Change, Entity};
use crate::problem::Problem;
use crate::trial;

const NOW: Timestamp = Timestamp::from_seconds(1_790_000_000);

pub(super) fn live(entities: Vec<Entity>) -> Live {
    let live = Live::new();
    live.replace(1, entities).unwrap();
    live
}

/// The small world after some changes, and what a call with the key `key` to `/a/things/1` comes to.
fn call(changes: Vec<Entity>) -> Result<u128, Refusal> {
    let live = live(trial::small());
    live.apply(2, changes.into_iter().map(Change::Put).collect())
        .unwrap();
    outcome(&live, "key")
}

fn outcome(live: &Live, key: &str) -> Result<u128, Refusal> {
    let caller = live.holder(CredentialKind::ApiKey, &trial::hash(key), NOW)?;
    let Found::Route(route) = live.find(&Method::GET, "any.example", "/a/things/1") else {
        return Err(Refusal::RouteNotFound);
    };
    let grant = live.authorise(&caller, &route)?;
    Ok(grant.subscription.id.uuid().as_u128())
}

#[test]
fn each_cause_has_its_own_code() {
    assert_eq!(call(vec![]), Ok(7));
    let mut revoked = trial::credential(8, 6, "key");
    revoked.state = CredentialState::Revoked;
    assert_eq!(
        call(vec![Entity::Credential(revoked)]),
        Err(Refusal::CredentialRevoked)
    );
    let mut expired = trial::credential(8, 6, "key");
    expired.expires_at = Some(NOW);
    assert_eq!(
        call(vec![Entity::Credential(expired)]),
        Err(Refusal::CredentialExpired)
    );
    let other = trial::credential(8, 6, "other key");
    assert_eq!(
        call(vec![Entity::Credential(other)]),
        Err(Refusal::CredentialUnknown)
    );
    let mut application = trial::application(6);
    application.state = ApplicationState::Suspended;
    assert_eq!(
        call(vec![Entity::Application(application)]),
        Err(Refusal::ApplicationSuspended)
    );
    for (state, refusal) in [
        (SubscriptionState::Pending, Refusal::SubscriptionPending),
        (SubscriptionState::Suspended, Refusal::SubscriptionSuspended),
        (SubscriptionState::Rejected, Refusal::SubscriptionMissing),
        (SubscriptionState::Cancelled, Refusal::SubscriptionMissing),
    ] {
        let mut subscription = trial::subscription(7, 6, 4, 5);
        subscription.state = state;
        assert_eq!(call(vec![Entity::Subscription(subscription)]), Err(refusal));
    }
    let mut plan = trial::plan(5, 4, 60, None);
    plan.state = PlanState::Retired;
    assert_eq!(call(vec![Entity::Plan(plan)]), Err(Refusal::PlanRetired));
    let emptied = Entity::Product(trial::product(4, &[]));
    assert_eq!(call(vec![emptied]), Err(Refusal::SubscriptionMissing));
}

#[test]
fn a_rotating_key_holds_to_its_end() {
    let mut rotating = trial::credential(8, 6, "key");
    rotating.state = CredentialState::Rotating;
    rotating.expires_at = Some(Timestamp::from_micros(NOW.micros() + 1));
    assert_eq!(call(vec![Entity::Credential(rotating.clone())]), Ok(7));
    rotating.expires_at = Some(NOW);
    assert_eq!(
        call(vec![Entity::Credential(rotating)]),
        Err(Refusal::CredentialExpired)
    );
}

#[test]
fn of_several_subscriptions_one_that_authorises_is_taken() {
    let mut pending = trial::subscription(7, 6, 4, 5);
    pending.state = SubscriptionState::Pending;
    let through_another_product = vec![
        Entity::Subscription(pending),
        Entity::Product(trial::product(14, &[2])),
        Entity::Plan(trial::plan(15, 14, 10, None)),
        Entity::Subscription(trial::subscription(17, 6, 14, 15)),
    ];
    assert_eq!(call(through_another_product), Ok(17));
}

#[test]
fn a_playground_token_speaks_for_its_subscription_only() {
    let live = live(trial::small());
    let Found::Route(route) = live.find(&Method::GET, "h", "/a/things/1") else {
        panic!("the route is there");
    };
    let call = |application: u128, subscription: u128| {
        let caller = Caller {
            application: trial::id(application),
            proof: Proof::Playground(SubscriptionId::new(Uuid::from_u128(subscription))),
        };
        live.authorise(&caller, &route)
            .map(|grant| grant.terms().plan)
    };
    assert_eq!(call(6, 7), Ok(trial::id(5)));
    assert_eq!(call(6, 99).err(), Some(Refusal::TokenInvalid));
    assert_eq!(call(66, 7).err(), Some(Refusal::TokenInvalid));
    let mut suspended = trial::subscription(7, 6, 4, 5);
    suspended.state = SubscriptionState::Suspended;
    live.apply(2, vec![Change::Put(Entity::Subscription(suspended))])
        .unwrap();
    assert_eq!(call(6, 7).err(), Some(Refusal::SubscriptionSuspended));
}

fn put(entity: Entity) -> Change {
    Change::Put(entity)
}

fn finds(live: &Live, path: &str) -> bool {
    matches!(live.find(&Method::GET, "h", path), Found::Route(_))
}

#[test]
fn one_broken_entity_holds_back_no_other_one() {
    let live = live(trial::small());
    let config = r#"{"origins": [], "colour": 1}"#;
    let broken = trial::policy(20, "cors", PolicyScope::Global, 0, config);
    let mut revoked = trial::credential(8, 6, "key");
    revoked.state = CredentialState::Revoked;
    let mut moved = trial::route(3, 2, "GET /{a", PathKind::Template);
    moved.name = "broken".into();
    let problems = live
        .apply(
            2,
            vec![
                put(Entity::Credential(revoked)),
                put(Entity::Policy(broken)),
                put(Entity::Route(moved)),
                put(Entity::Route(trial::route(
                    30,
                    2,
                    "GET /new",
                    PathKind::Exact,
                ))),
            ],
        )
        .unwrap_err();
    assert_eq!(problems.0.len(), 2);
    assert!(problems.to_string().contains("colour"), "{problems}");
    assert_eq!(outcome(&live, "key"), Err(Refusal::CredentialRevoked));
    // the route as it was before is in force, and the new one beside it
    assert!(finds(&live, "/a/things/1") && finds(&live, "/a/new"));
    assert_eq!(live.status().revision, 2);
    assert_eq!(live.status().problems, problems.0);
    assert!(live.is_refused(ChangeKind::Policy, Uuid::from_u128(20)));

    let gone = Change::Delete {
        kind: ChangeKind::Policy,
        id: Uuid::from_u128(20),
    };
    assert_eq!(live.apply(3, vec![gone]).unwrap_err().0.len(), 1);
    let mended = trial::route(3, 2, "GET /mended", PathKind::Exact);
    live.apply(4, vec![put(Entity::Route(mended))]).unwrap();
    assert!(finds(&live, "/a/mended") && !finds(&live, "/a/things/1"));
    assert_eq!(live.status().problems, []);
}

#[test]
fn the_last_good_form_outlives_full_reads_and_the_disk() {
    let live = live(trial::small());
    let mut broken = trial::small();
    for entity in &mut broken {
        match entity {
            Entity::Upstream(upstream) => upstream.targets[0].url = "ftp://h".into(),
            Entity::ApiVersion(version) => version.base_path = "/a//b".into(),
            _ => {}
        }
    }
    let problems = live.replace(2, broken.clone()).unwrap_err();
    assert_eq!(problems.0.len(), 2, "{problems}");
    assert!(finds(&live, "/a/things/1"));
    // what is kept for the next start is what is in force
    let again = Live::new();
    again.replace(2, live.entities()).unwrap();
    assert_eq!(again.replace(3, broken).unwrap_err(), problems);
    assert!(finds(&again, "/a/things/1"));
    again.replace(4, trial::small()).unwrap();
    assert_eq!(again.status().problems, []);
}

#[test]
fn what_cannot_even_be_read_stays_as_it_was() {
    let live = live(trial::small());
    let without: Vec<Entity> = trial::small()
        .into_iter()
        .filter(|entity| !matches!(entity, Entity::Route(_)))
        .collect();
    let unreadable = Problem::new(ChangeKind::Route, Uuid::from_u128(3), "not understood");
    live.replace_with(2, without.clone(), vec![unreadable.clone()])
        .unwrap_err();
    assert!(finds(&live, "/a/things/1"));
    live.apply_with(3, vec![], vec![unreadable]).unwrap_err();
    // other changes do not hide it
    assert_eq!(live.apply(4, vec![]).unwrap_err().0.len(), 1);
    live.replace(5, without).unwrap();
    assert!(!finds(&live, "/a/things/1"));
}

#[test]
fn every_kind_of_problem_names_its_entity() {
    let check = |entity: Entity, words: &str| {
        let live = live(trial::small());
        let id = entity.id();
        let problems = live.apply(2, vec![Change::Put(entity)]).unwrap_err();
        assert_eq!(problems.0.len(), 1, "{problems}");
        assert_eq!(problems.0[0].id, id);
        assert!(problems.0[0].message.contains(words), "{problems}");
    };
    let mut upstream = trial::upstream(1);
    upstream.targets[0].url = "ftp://127.0.0.1".into();
    check(Entity::Upstream(upstream), "only http, https");
    let mut version = trial::version(2, "/a//b");
    check(Entity::ApiVersion(version.clone()), "empty segment");
    version.base_path = "/a".into();
    version.hosts = vec!["a.*.example".into()];
    check(Entity::ApiVersion(version), "host name");
    let template = |line: &str| Entity::Route(trial::route(3, 2, line, PathKind::Template));
    check(template("GET /{a}{b}"), "without text between");
    check(template("GET /{a"), "not closed");
    check(template("GET /{a}/{a}"), "twice");
    check(template("GET /{a*}/b"), "before its end");
    check(template("GET no-slash"), "begin with a slash");
    check(template("GET /a/../b"), "never be reached");
    check(template("G(T /a"), "not a method");
    check(
        Entity::Route(trial::route(3, 2, "GET /(", PathKind::Regex)),
        "regular expression",
    );
    let huge = format!("GET /{}", "(a{1,500}){1,500}".repeat(4));
    check(
        Entity::Route(trial::route(3, 2, &huge, PathKind::Regex)),
        "size limit",
    );
    let mut rewritten = trial::route(3, 2, "GET /{a}", PathKind::Template);
    rewritten.settings.rewrite = Some("/x/{b}".into());
    check(Entity::Route(rewritten.clone()), "does not have");
    rewritten.settings.rewrite = Some("/x/../{a}".into());
    check(Entity::Route(rewritten), "dots only");
    let misplaced = trial::policy(9, "key_auth", PolicyScope::Plan, 5, "{}");
    check(Entity::Policy(misplaced), "cannot be attached to a plan");
    let unknown = trial::policy(9, "key_oath", PolicyScope::Global, 0, "{}");
    check(Entity::Policy(unknown), "is not a policy");
}

#[test]
fn a_draft_is_not_routed_and_a_retired_version_says_so() {
    let with = |lifecycle: Lifecycle| {
        let live = live(trial::small());
        let mut version = trial::version(2, "/a");
        version.lifecycle = lifecycle;
        live.apply(2, vec![Change::Put(Entity::ApiVersion(version))])
            .unwrap();
        live.find(&Method::DELETE, "h", "/a/things/1")
    };
    assert!(matches!(with(Lifecycle::Draft), Found::NotFound));
    assert!(matches!(
        with(Lifecycle::Deprecated),
        Found::MethodNotAllowed { .. }
    ));
    assert!(matches!(with(Lifecycle::Retired), Found::Retired(_)));
}

#[test]
fn a_changed_target_rebuilds_no_router() {
    let live = live(trial::small());
    let find = || match live.find(&Method::GET, "h", "/a/things/1") {
        Found::Route(route) => route,
        _ => panic!("the route is there"),
    };
    let before = find();
    let mut upstream = trial::upstream(1);
    upstream.targets[0].url = "https://[::1]/v2/".into();
    live.apply(2, vec![Change::Put(Entity::Upstream(upstream))])
        .unwrap();
    assert!(std::sync::Arc::ptr_eq(&before, &find()));
    let target = before.upstream.as_ref().unwrap().load().unwrap().targets[0].clone();
    assert_eq!(
        (target.tls, target.host.as_str(), target.port),
        (true, "::1", 443)
    );
    assert_eq!(
        (target.authority.as_str(), target.base_path.as_str()),
        ("[::1]", "/v2")
    );
    let gone = Change::Delete {
        kind: ChangeKind::Upstream,
        id: Uuid::from_u128(1),
    };
    live.apply(3, vec![gone]).unwrap();
    assert!(before.upstream.as_ref().unwrap().load().is_none());
}
