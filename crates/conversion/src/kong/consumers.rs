//! Consumers: each becomes an application with its credentials and its groups.

use std::collections::HashSet;

use declaration::{Application, RowId, Subscription};
use domain::subscription::SubscriptionState;
use serde_json::{Map, Value, json};

use super::file::{File, Kind};
use super::plugins::{self, Scoped};
use super::{Entity, Work, tokens};
use crate::policy::checked;
use crate::source::{flag, text, texts};
use crate::{parts, secrets};

/// The most credentials of one application.
const CREDENTIALS: usize = 20;

pub(super) fn applications(file: &File<'_>, work: &mut Work) -> Vec<Application> {
    let mut taken = HashSet::new();
    let groups: Vec<(&Entity<'_>, Vec<declaration::Policy>)> = file
        .of_kind(Kind::Group)
        .map(|group| (group, plugins::policies(file, &Scoped::Group(group), work)))
        .collect();
    let mut members = vec![0; groups.len()];
    let mut applications = Vec::new();
    for consumer in file.of_kind(Kind::Consumer) {
        let name = consumer.name().trim_start_matches('@').to_owned();
        if !taken.insert(name.clone()) {
            work.report
                .left_out(&consumer.place, "another consumer has this name");
            continue;
        }
        let mut application = parts::application(&name);
        if let Some(id) = text(consumer.value, "custom_id").filter(|id| *id != name) {
            application.description = format!("Known as `{id}` elsewhere.");
        }
        application.policies = plugins::policies(file, &Scoped::Consumer(consumer), work);
        for (index, (group, policies)) in groups.iter().enumerate() {
            let is_member = consumer
                .owners
                .iter()
                .any(|(kind, name)| *kind == Kind::Group && group.names.contains(name));
            if is_member {
                members[index] += 1;
                application.policies.extend(policies.iter().cloned());
            }
        }
        credentials(file, consumer, &mut application, work);
        subscriptions(file, consumer, &mut application);
        application
            .policies
            .extend(headers(consumer, &name, file, work));
        let (keys, products) = (
            application.credentials.len(),
            application.subscriptions.len(),
        );
        work.report.taken(
            &consumer.place,
            format!("application with {keys} credentials and {products} subscriptions"),
        );
        applications.push(application);
    }
    for ((group, policies), members) in groups.iter().zip(members) {
        let note = format!(
            "its {} policies stand at each of its {members} applications; a plan of a product says it once",
            policies.len()
        );
        work.report.approximated(&group.place, note);
    }
    applications
}

fn credentials(
    file: &File<'_>,
    consumer: &Entity<'_>,
    application: &mut Application,
    work: &mut Work,
) {
    let own = |kind: Kind| file.owned(kind, consumer);
    let made = &mut application.credentials;
    for entity in own(Kind::Key) {
        match text(entity.value, "key") {
            Some(key) => made.push(secrets::key(&key, &label(entity))),
            None => work.report.left_out(
                &entity.place,
                "has no `key`: Kong made it up, export it first",
            ),
        }
        if entity.value.get("ttl").is_some_and(|ttl| !ttl.is_null()) {
            work.report
                .approximated(&entity.place, "its `ttl` is left out: give `expires_at`");
        }
    }
    for entity in own(Kind::Basic) {
        let (name, password) = (
            text(entity.value, "username"),
            text(entity.value, "password"),
        );
        match (name, password) {
            (Some(_), Some(password)) if is_hashed(&password) => work.report.left_out(
                &entity.place,
                "the password is kept as Kong's own hash, which cannot be turned into ours: give it a new one",
            ),
            (Some(name), Some(password)) => made.push(secrets::basic(&name, &password, &label(entity))),
            _ => work.report.left_out(&entity.place, "has no `username` or no `password`"),
        }
    }
    for entity in own(Kind::Hmac) {
        let (name, secret) = (text(entity.value, "username"), text(entity.value, "secret"));
        let (Some(name), Some(secret)) = (name, secret) else {
            work.report
                .left_out(&entity.place, "has no `username` or no `secret`");
            continue;
        };
        let (mut credential, told) = secrets::signing(&name, &secret, &label(entity));
        work.keep(&mut credential, told);
        made.push(credential);
        work.report.approximated(
            &entity.place,
            "the secret is kept; requests are signed after RFC 9421 here, which callers must learn",
        );
    }
    let is_base64 = |secret: &Value| flag(secret, "secret_is_base64").unwrap_or(false);
    let decoded = file
        .of_kind(Kind::Plugin)
        .any(|plugin| plugin.name() == "jwt" && plugin.value.get("config").is_some_and(is_base64));
    for entity in own(Kind::Jwt) {
        match tokens::credential(entity.value, &label(entity), decoded) {
            Ok((mut credential, told, note)) => {
                work.keep(&mut credential, told);
                made.push(credential);
                if let Some(note) = note {
                    work.report.approximated(&entity.place, note);
                }
            }
            Err(why) => work.report.left_out(&entity.place, why),
        }
    }
    if made.len() > CREDENTIALS {
        let note = format!(
            "has {} credentials; the first {CREDENTIALS} are taken",
            made.len()
        );
        work.report.left_out(&consumer.place, note);
        made.truncate(CREDENTIALS);
    }
}

fn subscriptions(file: &File<'_>, consumer: &Entity<'_>, application: &mut Application) {
    for group in groups_of(file, consumer) {
        let product = file.product_of(&group);
        if application
            .subscriptions
            .iter()
            .any(|known| known.product == product)
        {
            continue;
        }
        application.subscriptions.push(Subscription {
            id: RowId::default(),
            product,
            plan: "member".to_owned(),
            state: SubscriptionState::Active,
        });
    }
}

fn groups_of(file: &File<'_>, consumer: &Entity<'_>) -> Vec<String> {
    let acls = file.owned(Kind::Acl, consumer);
    acls.filter_map(|acl| text(acl.value, "group")).collect()
}

/// Upstreams are told who calls in the headers that they know: a policy of the application sets them.
fn headers(
    consumer: &Entity<'_>,
    name: &str,
    file: &File<'_>,
    work: &mut Work,
) -> Option<declaration::Policy> {
    let mut set = Map::new();
    let mut put = |header: &str, value: Option<String>| {
        // a template would be read as one
        if let Some(value) = value.filter(|value| !value.contains('{')) {
            set.insert(header.to_owned(), json!(value));
        }
    };
    put("X-Consumer-Username", Some(name.to_owned()));
    put("X-Consumer-Custom-ID", text(consumer.value, "custom_id"));
    put("X-Consumer-ID", text(consumer.value, "id"));
    let groups = groups_of(file, consumer).join(", ");
    put(
        "X-Consumer-Groups",
        Some(groups).filter(|it| !it.is_empty()),
    );
    match checked("request_transform", json!({ "headers": { "set": set } })) {
        Ok(mut policy) => {
            policy.name = "who calls, for upstreams".to_owned();
            Some(policy)
        }
        Err(why) => {
            let note = format!("upstreams are not told who calls in `X-Consumer-...`: {why}");
            work.report.approximated(&consumer.place, note);
            None
        }
    }
}

fn label(entity: &Entity<'_>) -> String {
    match texts(entity.value, "tags").join(", ") {
        tags if tags.is_empty() => "from Kong".to_owned(),
        tags => tags.chars().take(80).collect(),
    }
}

/// Kong keeps passwords as SHA-1 in hexadecimal.
fn is_hashed(password: &str) -> bool {
    password.len() == 40 && password.bytes().all(|b| b.is_ascii_hexdigit())
}
