//! Given out: the same bytes and the same hash wherever it is applied.

use domain::access::Role;
use testkit::each_database;

use super::{CALLERS, HARBOR, applied, get, send};
use crate::house::House;

#[tokio::test]
async fn what_is_given_out_is_taken_elsewhere_and_is_the_same_there() {
    each_database(async |db| {
        let house = House::over(db).await;
        let token = house.token(Some(Role::Admin)).await;
        let made = applied(&house, &token, &format!("{HARBOR}{CALLERS}")).await;
        assert_eq!(made["applied"], true);
        let whole = get(&house, &token, "?applications=true", &[]).await;
        assert_eq!(whole.header("content-type"), "application/yaml");
        assert_eq!(
            whole.header("etag"),
            format!("\"{}\"", made["after"].as_str().unwrap())
        );
        assert!(
            !whole.text.contains("a-secret-of-the-upstream"),
            "{}",
            whole.text
        );
        assert!(
            !whole.text.contains("gh_live_0123456789abcdefg"),
            "{}",
            whole.text
        );

        let other = House::build().await;
        let there = other.token(Some(Role::Admin)).await;
        applied(&other, &there, &whole.text).await;
        let again = get(&other, &there, "?applications=true", &[]).await;
        assert_eq!(again.header("etag"), whole.header("etag"));
        assert_eq!(again.text, whole.text);
    })
    .await;
}

#[tokio::test]
async fn json_is_given_where_it_is_asked_for_and_nothing_where_it_is_known() {
    let house = House::build().await;
    let token = house.token(Some(Role::Admin)).await;
    applied(&house, &token, HARBOR).await;
    let json = get(&house, &token, "", &[("accept", "application/json")]).await;
    assert_eq!(json.header("content-type"), "application/json");
    assert_eq!(json.json()["apis"][0]["slug"], "shipping");
    assert_eq!(json.header("vary"), "Accept");
    let known = json.header("etag");
    let same = get(&house, &token, "", &[("if-none-match", known)]).await;
    assert_eq!((same.status.as_u16(), same.text.as_str()), (304, ""));
    let tagged = get(&house, &token, "?tag=nothing", &[]).await;
    assert!(!tagged.text.contains("shipping"), "{}", tagged.text);
    assert_eq!(tagged.header("etag"), known, "the hash is of all there is");
    let odd = get(&house, &token, "?tags=harbor", &[]).await;
    assert_eq!(odd.json()["code"], "query_unknown");
}

#[tokio::test]
async fn who_saw_the_applications_may_name_what_they_saw() {
    let house = House::build().await;
    let token = house.token(Some(Role::Admin)).await;
    applied(&house, &token, &format!("{HARBOR}{CALLERS}")).await;
    let with = get(&house, &token, "?applications=true", &[]).await;
    let without = get(&house, &token, "", &[]).await;
    assert_ne!(with.header("etag"), without.header("etag"));
    let dry = "?dry_run=true";
    for (seen, text, status) in [
        (with.header("etag"), HARBOR.to_owned(), 200),
        (without.header("etag"), HARBOR.to_owned(), 200),
        (with.header("etag"), format!("{HARBOR}{CALLERS}"), 200),
        // the applications are declared and were not seen
        (without.header("etag"), format!("{HARBOR}{CALLERS}"), 412),
    ] {
        let answer = send(&house, &token, dry, Some(seen), &text).await;
        assert_eq!(answer.status.as_u16(), status, "{}", answer.text);
    }
}
