//! Tests of `ip_restriction`.

use domain::refusal::Refusal;
use serde_json::{Value, json};

use crate::request::Request;
use crate::trial::{Table, anonymous, compile, errors, header, ready, services};

fn passes(config: Value, address: &str) -> bool {
    let policy = compile("ip_restriction", config);
    let header = header("GET", "/", &[]);
    let request = Request::new(&header, "h", "/", address.parse().unwrap());
    let verdict = ready(policy.request(&request, &mut anonymous(), &services(Table::default())));
    if let Err(failure) = &verdict {
        assert_eq!(failure.refusal, Refusal::IpNotAllowed);
    }
    verdict.is_ok()
}

#[test]
fn lists_decide_and_denial_comes_first() {
    let allow = json!({"allow": ["10.0.0.0/8", "2001:db8::/32"]});
    let deny = json!({"deny": ["10.0.0.0/8"]});
    let both = json!({"allow": ["10.0.0.0/8"], "deny": ["10.6.0.0/16"]});
    for (config, address, expected) in [
        (&allow, "10.1.1.1", true),
        (&allow, "::ffff:10.1.1.1", true),
        (&allow, "2001:db8::5", true),
        (&allow, "11.1.1.1", false),
        (&allow, "::1", false),
        (&deny, "11.1.1.1", true),
        (&deny, "10.1.1.1", false),
        (&deny, "::ffff:10.1.1.1", false),
        (&both, "10.5.0.1", true),
        (&both, "10.6.0.1", false),
        (&both, "11.0.0.1", false),
    ] {
        assert_eq!(
            passes(config.clone(), address),
            expected,
            "{config} {address}"
        );
    }
}

#[test]
fn what_is_no_network_is_located() {
    let found = errors(
        "ip_restriction",
        &json!({"allow": ["10.0.0.0/8", "10.0.0.1/8"]}),
    );
    assert_eq!(
        found,
        "allow[1]: `10.0.0.1/8` has bits behind its prefix; the network is 10.0.0.0/8\n"
    );
    assert!(errors("ip_restriction", &json!({})).contains("neither"));
}
