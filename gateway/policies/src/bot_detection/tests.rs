//! Tests of `bot_detection`.

use domain::refusal::Refusal;
use serde_json::{Value, json};

use crate::trial::{Table, anonymous, compile, errors, header, run, services};

fn passes(config: &Value, agent: Option<&str>) -> bool {
    let policy = compile("bot_detection", config.clone());
    let headers: Vec<(&str, &str)> = agent.map(|a| ("User-Agent", a)).into_iter().collect();
    let request = header("GET", "/", &headers);
    let verdict = run(
        policy.as_ref(),
        &request,
        &mut anonymous(),
        &services(Table::default()),
    );
    if let Err(failure) = &verdict {
        assert_eq!(failure.refusal, Refusal::BotNotAllowed);
    }
    verdict.is_ok()
}

#[test]
fn names_decide() {
    let google = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";
    let plain = json!({});
    let own = json!({"deny": ["^old-client/[0-3]\\."], "deny_known": false});
    let spared = json!({"allow": ["googlebot"], "deny": ["bot"]});
    let strict = json!({"deny_unnamed": true});
    for (config, agent, expected) in [
        (&plain, Some("curl/8.5.0"), true),
        (&plain, Some("python-requests/2.32"), true),
        (&plain, None, true),
        (&plain, Some(google), false),
        (&plain, Some("SQLMAP/1.8"), false),
        (&own, Some(google), true),
        (&own, Some("Old-Client/2.9"), false),
        (&own, Some("old-client/4.0"), true),
        (&own, Some("not an old-client/2.0"), true),
        (&spared, Some(google), true),
        (&spared, Some("ccbot/2.0"), false),
        (&strict, None, false),
        (&strict, Some("  "), false),
        (&strict, Some("curl/8"), true),
    ] {
        assert_eq!(passes(config, agent), expected, "{config} {agent:?}");
    }
}

#[test]
fn patterns_are_checked_and_bounded() {
    let found = errors(
        "bot_detection",
        &json!({"deny": ["ok", "(", "", "(a{1,900}){1,900}"]}),
    );
    let lines: Vec<&str> = found
        .lines()
        .filter(|line| line.starts_with("deny["))
        .collect();
    assert_eq!(lines.len(), 3, "{found}");
    assert!(errors("bot_detection", &json!({"deny_known": false})).contains("refuses nobody"));
}
