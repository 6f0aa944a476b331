//! Tyk OAS: an OpenAPI document with the gateway's part in it.

use declaration::Document;
use serde_json::{Map, Value, json};

use super::Work;
use crate::parts;
use crate::placement::{Group, Rule, Wanted};
use crate::policy::checked;
use crate::source::{flag, number, text, texts};

pub(super) fn read(value: &Value, place: &str, work: &mut Work) {
    let nothing = Value::Null;
    let own = value.get("x-tyk-api-gateway").unwrap_or(&nothing);
    let at = |pointer: &str| own.pointer(pointer);
    let name = at("/info/name")
        .and_then(Value::as_str)
        .or_else(|| value.pointer("/info/title").and_then(Value::as_str))
        .unwrap_or("API")
        .to_owned();
    let place = match place.is_empty() {
        true => name.clone(),
        false => format!("{place} ({name})"),
    };
    let slug = work.slugs.fresh(&name, "api");
    let mut upstream = parts::upstream(&slug, &name);
    let balanced = at("/upstream/loadBalancing/targets").and_then(Value::as_array);
    match (balanced, at("/upstream/url").and_then(Value::as_str)) {
        (Some(targets), _) if !targets.is_empty() => {
            for target in targets {
                let url = text(target, "url").unwrap_or_default();
                upstream.targets.push(parts::target(
                    url.trim_end_matches('/').to_owned(),
                    number(target, "weight").unwrap_or(1),
                ));
            }
        }
        (_, Some(url)) => upstream
            .targets
            .push(parts::target(url.trim_end_matches('/').to_owned(), 100)),
        _ => work
            .report
            .left_out(&format!("{place}.upstream"), "has no `url`"),
    }
    let mut api = parts::api(&slug, &name);
    let mut add = |kind: &str, config: Value, part: &str, work: &mut Work| {
        let place = format!("{place}.{part}");
        match checked(kind, config) {
            Ok(policy) => {
                api.policies.push(policy);
                work.report.taken(&place, format!("`{kind}`"));
            }
            Err(why) => work.report.left_out(&place, why),
        }
    };
    let asks = at("/server/authentication").is_some_and(|it| flag(it, "enabled").unwrap_or(false));
    if asks {
        let schemes = at("/server/authentication/securitySchemes").and_then(Value::as_object);
        for (scheme, config) in schemes.into_iter().flatten() {
            let described = value
                .pointer(&format!("/components/securitySchemes/{scheme}"))
                .unwrap_or(&nothing);
            let part = format!("server.authentication.securitySchemes.{scheme}");
            match (
                text(described, "type").as_deref(),
                text(described, "scheme").as_deref(),
            ) {
                (Some("apiKey"), _) => {
                    let name =
                        text(described, "name").unwrap_or_else(|| "Authorization".to_owned());
                    let config = match (
                        text(described, "in").as_deref(),
                        name.eq_ignore_ascii_case("authorization"),
                    ) {
                        (Some("query"), _) => json!({ "headers": [], "query": [name] }),
                        (Some("cookie"), _) => json!({ "headers": [], "cookies": [name] }),
                        (_, true) => json!({ "headers": [], "bearer": true }),
                        _ => json!({ "headers": [name] }),
                    };
                    add("key_auth", config, &part, work);
                }
                (Some("http"), Some("basic")) => add("basic_auth", json!({}), &part, work),
                (Some("http"), Some("bearer")) => {
                    let source = text(config, "source").filter(|source| source.starts_with("http"));
                    match source {
                        Some(source) => {
                            add(
                                "jwt",
                                json!({ "issuer": source, "jwks_url": source }),
                                &part,
                                work,
                            );
                            work.report.approximated(
                                &place,
                                "name the `issuer` of the tokens: Tyk does not know it",
                            );
                        }
                        None => work.report.left_out(
                            &format!("{place}.{part}"),
                            "name issuer and keys in a `jwt` policy",
                        ),
                    }
                }
                _ => work.report.left_out(
                    &format!("{place}.{part}"),
                    "choose an authentication policy for it",
                ),
            }
        }
        work.report.left_out(&place, "keys of Tyk are not in its definitions: issue them anew, or add them to applications by their hash");
    }
    if let Some(cors) =
        at("/middleware/global/cors").filter(|cors| flag(cors, "enabled").unwrap_or(false))
    {
        let origins = texts(cors, "allowedOrigins");
        let everybody = origins.iter().any(|origin| origin == "*");
        let config = json!({
            "origins": origins,
            "credentials": flag(cors, "allowCredentials").unwrap_or(false) && !everybody,
        });
        add("cors", config, "middleware.global.cors", work);
    }
    let access = if asks { "authenticated" } else { "open" };
    let mut settings = Map::new();
    settings.insert("access".to_owned(), json!(access));
    let listen = at("/server/listenPath/value")
        .and_then(Value::as_str)
        .unwrap_or("/");
    let base = Wanted {
        place: place.clone(),
        name: None,
        hosts: at("/server/customDomain/name")
            .and_then(Value::as_str)
            .map(str::to_owned)
            .into_iter()
            .collect(),
        methods: Vec::new(),
        rule: Rule::Prefix(listen.to_owned()),
        strip: at("/server/listenPath/strip")
            .and_then(Value::as_bool)
            .unwrap_or(true),
        priority: 0,
        enabled: at("/info/state/active")
            .and_then(Value::as_bool)
            .unwrap_or(true),
        settings,
        policies: Vec::new(),
    };
    for (operation, parts) in at("/middleware/operations")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        for name in parts
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, _)| name)
        {
            let place = format!("{place}.middleware.operations.{operation}.{name}");
            work.report
                .left_out(&place, "give the operation's route a policy of its own");
        }
    }
    let document = clean(value);
    api.summary = text(value.get("info").unwrap_or(&nothing), "summary").unwrap_or_default();
    work.report
        .taken(&place, format!("API `{slug}`, access `{access}`"));
    work.groups.push(Group {
        api: work.made.apis.len(),
        upstream: Some(slug),
        wanted: vec![base],
    });
    work.made.upstreams.push(upstream);
    work.made.apis.push(api);
    work.documents.push((work.made.apis.len() - 1, document));
}

/// The document without the gateway's part.
fn clean(value: &Value) -> Document {
    let mut document = value.clone();
    if let Some(members) = document.as_object_mut() {
        members.retain(|name, _| !name.starts_with("x-tyk-"));
    }
    Document::text(document.to_string())
}
