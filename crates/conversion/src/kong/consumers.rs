//! Consumers: each becomes an application with its credentials and its groups.

use std::collections::HashSet;

use declaration::{Application, RowId, Subscription};
use domain::subscription::SubscriptionState;

use super::auth::product_of;
use super::file::{File, Kind};
use super::plugins::{self, Scoped};
use super::{Entity, Work};
use crate::source::{text, texts};
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
    let own = |kind: Kind| {
        file.of_kind(kind)
            .filter(move |entity| entity.is_of(consumer))
    };
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
        let (credential, told) = secrets::signing(&name, &secret, &label(entity));
        made.push(credential);
        work.secrets.extend(told);
        work.report.approximated(
            &entity.place,
            "the secret is kept; requests are signed after RFC 9421 here, which callers must learn",
        );
    }
    for entity in own(Kind::Jwt) {
        if let Some(issuer) = text(entity.value, "key") {
            made.push(secrets::issuer(&issuer, &issuer, &label(entity)));
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
    for acl in file.of_kind(Kind::Acl).filter(|acl| acl.is_of(consumer)) {
        let Some(group) = text(acl.value, "group") else {
            continue;
        };
        let product = product_of(&group);
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
