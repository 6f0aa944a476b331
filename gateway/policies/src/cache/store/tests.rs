//! Tests of the store: its bounds, what it finds, what it purges, who waits for whom.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use domain::Timestamp;
use http::{HeaderMap, HeaderName, StatusCode};

use super::super::freshness::Freshness;
use super::super::storable::varying;
use super::*;
use crate::trial::{NOW, id};

pub(super) fn resource(target: &str) -> Resource {
    Resource {
        api_version: id(7),
        scheme: Scheme::Http,
        host: "api.example".into(),
        target: target.into(),
    }
}

fn headers(lines: &[(&str, &str)]) -> HeaderMap {
    lines
        .iter()
        .map(|(name, value)| (name.parse::<HeaderName>().unwrap(), value.parse().unwrap()))
        .collect()
}

pub(super) fn stored(body: &str, born: Timestamp) -> Stored {
    Stored {
        status: StatusCode::OK,
        headers: HeaderMap::new(),
        body: Bytes::copy_from_slice(body.as_bytes()),
        freshness: Freshness {
            born,
            lifetime: 60,
            stale_while_revalidate: 0,
            stale_if_error: 0,
            never_stale: false,
        },
        file: None,
        tags: Box::default(),
        partition: None,
        varying: Box::default(),
        again: None,
    }
}

pub(super) fn found(
    store: &CacheStore,
    target: &str,
    who: Option<u8>,
    lines: &[(&str, &str)],
) -> String {
    let partition = [who.unwrap_or(0); 16];
    let answer = store.find(&resource(target), &partition, &headers(lines), NOW);
    answer.map_or_else(String::new, |a| String::from_utf8(a.body.to_vec()).unwrap())
}

#[test]
fn whose_it_is_and_vary_decide_what_is_found() {
    let store = CacheStore::new(1 << 20);
    let mut own = stored("one's own", NOW);
    own.partition = Some([1; 16]);
    assert!(store.put(&resource("/a"), own, 0));
    assert_eq!(found(&store, "/a", Some(1), &[]), "one's own");
    assert_eq!(found(&store, "/a", Some(2), &[]), "");
    assert_eq!(found(&store, "/a", None, &[]), "");
    assert_eq!(found(&store, "/b", Some(1), &[]), "");
    let answer = headers(&[("vary", "Accept-Language")]);
    for language in ["de", "fr"] {
        let asked = headers(&[("accept-language", language)]);
        let mut one = stored(language, NOW);
        one.varying = varying(&answer, &[], &asked).unwrap();
        assert!(store.put(&resource("/v"), one, 0));
    }
    assert_eq!(
        found(&store, "/v", Some(9), &[("accept-language", "de")]),
        "de"
    );
    assert_eq!(
        found(&store, "/v", None, &[("accept-language", " fr ")]),
        "fr"
    );
    assert_eq!(found(&store, "/v", None, &[("accept-language", "it")]), "");
    assert_eq!(found(&store, "/v", None, &[]), "");
    assert_eq!(
        varying(&headers(&[("vary", "a, *")]), &[], &HeaderMap::new()),
        None
    );
}

#[test]
fn of_several_the_youngest_is_taken_and_the_same_is_replaced() {
    let store = CacheStore::new(1 << 20);
    let mut own = stored("older", NOW - Duration::from_secs(9));
    own.partition = Some([1; 16]);
    store.put(&resource("/a"), own, 0);
    store.put(&resource("/a"), stored("younger", NOW), 0);
    assert_eq!(found(&store, "/a", Some(1), &[]), "younger");
    store.put(&resource("/a"), stored("youngest", NOW), 0);
    assert_eq!(found(&store, "/a", None, &[]), "youngest");
    assert_eq!(store.size().0, 2);
}

#[test]
fn memory_is_bounded_and_the_least_used_go_first() {
    let store = CacheStore::new(16 * 40_000);
    let body = "x".repeat(3_000);
    store.put(&resource("/kept"), stored(&body, NOW), 0);
    for n in 0..1_000 {
        assert!(store.put(&resource(&format!("/{n}")), stored(&body, NOW), 0));
        assert!(store.size().1 <= 16 * 40_000);
        assert_eq!(found(&store, "/kept", None, &[]), body);
    }
    assert!(store.tally.evicted.load(Ordering::Relaxed) > 700);
    assert_eq!(found(&store, "/0", None, &[]), "");
    assert!(!store.put(&resource("/big"), stored(&"x".repeat(50_000), NOW), 0));
    assert_eq!(store.purge(&everywhere(What::All)), purged(&store));
    assert_eq!(store.size(), (0, 0));
}

pub(super) fn everywhere(what: What) -> Purge {
    Purge {
        versions: None,
        what,
    }
}

fn purged(store: &CacheStore) -> u64 {
    store.tally.purged.load(Ordering::Relaxed)
}

#[test]
fn one_resource_has_a_bounded_number_of_variants() {
    let store = CacheStore::new(1 << 24);
    for n in 0..200 {
        let mut own = stored("x", NOW);
        own.partition = Some([n; 16]);
        store.put(&resource("/a"), own, 0);
    }
    assert_eq!(store.size().0, 64);
}

#[test]
fn purges_meet_what_they_name() {
    let fill = || {
        let store = CacheStore::new(1 << 20);
        for (target, tags) in [("/a", "x"), ("/a?b=1", "x y"), ("/ab", "y"), ("/c", "")] {
            let mut one = stored(target, NOW);
            one.tags = tags.split_whitespace().map(Box::from).collect();
            assert!(store.put(&resource(target), one, 0));
        }
        store
    };
    let of = |versions: &[u128], what| Purge {
        versions: Some(versions.iter().map(|n| id(*n)).collect()),
        what,
    };
    let tag = |tag: &str| What::Tag(tag.to_owned());
    let url = |url: &str| What::Url(url.to_owned());
    for (purge, removed) in [
        (everywhere(tag("x")), 2),
        (everywhere(tag("z")), 0),
        (of(&[8], tag("x")), 0),
        (of(&[7, 8], tag("x")), 2),
        (everywhere(url("api.example/a")), 1),
        (everywhere(url("api.example/a*")), 3),
        (everywhere(url("api.example*")), 4),
        (everywhere(url("api.ex*")), 4),
        (everywhere(url("other/a")), 0),
        (of(&[7, 8], What::All), 4),
        (of(&[8], What::All), 0),
        (everywhere(What::All), 4),
    ] {
        let store = fill();
        assert_eq!(store.purge(&purge), removed, "{purge:?}");
        assert_eq!(store.size().0, 4 - usize::try_from(removed).unwrap());
    }
}

#[test]
fn what_was_asked_for_before_a_purge_is_not_stored_after_it() {
    let store = CacheStore::new(1 << 20);
    let epoch = |target: &str| store.epoch(&resource(target));
    let before = epoch("/a");
    store.purge(&everywhere(What::Tag("any".to_owned())));
    assert!(!store.put(&resource("/a"), stored("old", NOW), before));
    assert!(store.put(&resource("/a"), stored("new", NOW), epoch("/a")));
    let (before, other) = (epoch("/a"), epoch("/other"));
    store.invalidate(&resource("/a"));
    assert_eq!(found(&store, "/a", None, &[]), "");
    assert!(!store.put(&resource("/a"), stored("old", NOW), before));
    assert!(store.put(&resource("/other"), stored("old", NOW), other));
    // more than are remembered: then nothing of before is stored
    for n in 0..20_000 {
        store.invalidate(&resource(&format!("/{n}/x")));
    }
    assert!(!store.put(&resource("/other"), stored("old", NOW), other));
}

#[test]
fn one_asks_and_the_others_wait_unless_it_is_in_vain() {
    let flights: Arc<Flights> = Arc::default();
    let key = || (resource("/a"), None);
    let Role::Asks(first) = flights.join(key(), NOW) else {
        panic!("nobody asks yet");
    };
    let Role::Waits(end) = flights.join(key(), NOW) else {
        panic!("one asks already");
    };
    assert!(matches!(
        flights.join((resource("/a"), Some([1; 16])), NOW),
        Role::Asks(_)
    ));
    assert!(end.has_changed().is_ok());
    drop(first);
    assert!(end.has_changed().is_err(), "the end is told");
    let Role::Asks(again) = flights.join(key(), NOW) else {
        panic!("nobody asks any more");
    };
    again.in_vain(NOW);
    assert!(matches!(flights.join(key(), NOW), Role::Alone));
    let later = NOW + Duration::from_secs(31);
    assert!(matches!(flights.join(key(), later), Role::Asks(_)));
}
