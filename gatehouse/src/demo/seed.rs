//! What the demo is made of, made the way that people make it: through operations.

mod offers;

use std::net::SocketAddr;

use anyhow::Context as _;
use domain::access::{Permission, Role};
use domain::actor::{Actor, Origin, Who};
use domain::api::Visibility;
use domain::id::{AccountId, ApplicationId, PlanId};
use operations::import::{self, Imported, New, Source, UpstreamChoice};
use operations::plans::{self, AnswerInput};
use operations::secrets::Secret;
use operations::tokens::{self, NewToken};
use operations::upstreams::{self, TargetInput};
use operations::users::{self, NewUser};
use operations::{Paging, Platform, applications, credentials, products, subscriptions, versions};

use super::usage::{self, Traffic};
use super::{Demo, upstream};

const ADMIN: &str = "ines@harbor.example";
const DEVELOPER: &str = "noor@pier9.example";
const OTHER_DEVELOPER: &str = "jonas@kestrel.example";
const UPSTREAM: &str = "demo-upstream";

/// Makes everything.
pub(super) async fn everything(platform: &Platform, upstream_url: &str) -> anyhow::Result<Demo> {
    let system = Actor::system(platform.settings.workspace);
    let admin_password = password(platform);
    let developer_password = password(platform);
    let admin = person(
        platform,
        &system,
        ADMIN,
        "Ines Okafor",
        &admin_password,
        vec![Role::Admin],
    )
    .await?;
    let noor = person(
        platform,
        &system,
        DEVELOPER,
        "Noor Haddad",
        &developer_password,
        vec![],
    )
    .await?;
    let jonas = person(
        platform,
        &system,
        OTHER_DEVELOPER,
        "Jonas Weber",
        &password(platform),
        vec![],
    )
    .await?;

    let upstream = upstreams::create(
        platform,
        &admin,
        upstreams::Input {
            name: "Demo upstream".to_owned(),
            slug: Some(UPSTREAM.to_owned()),
            settings: Default::default(),
            targets: vec![TargetInput::at(upstream_url)],
        },
    )
    .await?;
    let api = |document: &str, summary: &str, tags: &[&str]| New {
        summary: Some(summary.to_owned()),
        tags: tags.iter().map(|&tag| tag.to_owned()).collect(),
        upstream: UpstreamChoice::Existing(upstream.id),
        ..New::from(Source::Bytes(document.as_bytes().to_vec()))
    };
    let shipping = publish(
        platform,
        &admin,
        api(
            upstream::SHIPPING,
            "Rates, labels and tracking for parcels.",
            &["Parcels"],
        ),
    )
    .await?;
    let billing = publish(
        platform,
        &admin,
        api(
            upstream::BILLING,
            "Invoices for what was shipped.",
            &["Money"],
        ),
    )
    .await?;

    let parcels = offer(
        platform,
        &admin,
        "Parcels",
        "Everything to send a parcel.",
        &shipping,
    )
    .await?;
    let sandbox = plans::create(platform, &admin, parcels, &offers::sandbox()).await?;
    let standard = plans::create(platform, &admin, parcels, &offers::standard()).await?;
    let _ = plans::create(platform, &admin, parcels, &offers::partner()).await?;
    let invoices = offer(
        platform,
        &admin,
        "Invoices",
        "What was shipped, in numbers.",
        &billing,
    )
    .await?;
    let business = plans::create(platform, &admin, invoices, &offers::business()).await?;

    let storefront = application(
        platform,
        &noor,
        "Pier 9 Storefront",
        "The shop at pier9.example.",
    )
    .await?;
    let waiting = subscribe(platform, &noor, storefront, standard.id, &[]).await?;
    let active = subscriptions::approve(platform, &admin, waiting, None, "Welcome aboard.").await?;
    let books = application(
        platform,
        &jonas,
        "Kestrel Books",
        "Sends books in small boxes.",
    )
    .await?;
    subscribe(platform, &jonas, books, sandbox.id, &[]).await?;
    subscribe(
        platform,
        &jonas,
        books,
        business.id,
        &[(
            "use",
            "Matching invoices with our book-keeping, once a month.",
        )],
    )
    .await?;

    let key = credentials::create(
        platform,
        &noor,
        &credentials::NewKey {
            application: storefront,
            label: "Production".to_owned(),
            expires_at: None,
        },
    )
    .await?;
    let token = tokens::create(
        platform,
        &admin,
        NewToken {
            name: "demo".to_owned(),
            scopes: Permission::ALL.to_vec(),
            expires_at: None,
            account: None,
        },
    )
    .await?;
    let traffic = Traffic {
        version: shipping.version.id,
        subscription: active.id,
        application: storefront,
        credential: key.id,
        operations: operations_of(platform, &shipping).await?,
        host: platform.settings.gateway_url.authority().to_owned(),
        base_path: shipping.version.base_path.clone(),
    };
    usage::write(platform, &traffic).await?;
    let base_path = &shipping.version.base_path;
    Ok(addresses(
        platform,
        Demo {
            gateway_url: String::new(),
            admin_url: String::new(),
            portal_url: String::new(),
            admin_email: ADMIN.to_owned(),
            admin_password: admin_password.reveal().to_owned(),
            admin_token: token.text.reveal().to_owned(),
            developer_email: DEVELOPER.to_owned(),
            developer_password: developer_password.reveal().to_owned(),
            api_key: key.secret.reveal().to_owned(),
            example_url: format!("{base_path}/rates?from=IE&to=FR&weight=1200"),
        },
    ))
}

/// The demo with the addresses that this start has.
pub(super) fn addresses(platform: &Platform, demo: Demo) -> Demo {
    let plain = |url: &url::Url| url.as_str().trim_end_matches('/').to_owned();
    let settings = &platform.settings;
    let gateway_url = plain(&settings.gateway_url);
    let path = demo
        .example_url
        .strip_prefix(&demo.gateway_url)
        .unwrap_or(&demo.example_url)
        .to_owned();
    Demo {
        example_url: format!("{gateway_url}{path}"),
        gateway_url,
        admin_url: plain(&settings.admin_url),
        portal_url: plain(&settings.portal_url),
        ..demo
    }
}

/// Where the demo's upstream listened last, if that was on this machine.
pub(super) async fn upstream_address(platform: &Platform) -> anyhow::Result<Option<SocketAddr>> {
    let found = demo_upstream(platform).await?;
    let address = found.and_then(|found| {
        let url: url::Url = found.targets.first()?.url.parse().ok()?;
        url.socket_addrs(|| None).ok()?.into_iter().next()
    });
    Ok(address.filter(|address| address.ip().is_loopback()))
}

async fn demo_upstream(platform: &Platform) -> anyhow::Result<Option<upstreams::Upstream>> {
    let system = Actor::system(platform.settings.workspace);
    let all = upstreams::list(platform, &system, &Paging::first(200)).await?;
    Ok(all.items.into_iter().find(|u| u.slug.as_str() == UPSTREAM))
}

/// Points the demo's upstream to where it listens now.
pub(super) async fn move_upstream(platform: &Platform, url: &str) -> anyhow::Result<()> {
    let system = Actor::system(platform.settings.workspace);
    let Some(found) = demo_upstream(platform).await? else {
        return Ok(());
    };
    let here = |target: &upstreams::Target| target.url.trim_end_matches('/') == url;
    if found.targets.iter().any(here) {
        return Ok(());
    }
    let targets = found
        .targets
        .iter()
        .take(1)
        .map(|target| TargetInput {
            id: Some(target.id),
            ..TargetInput::at(url)
        })
        .collect();
    let input = upstreams::Input {
        name: found.name.to_string(),
        slug: None,
        settings: found.settings,
        targets,
    };
    upstreams::update(platform, &system, found.id, found.version, input).await?;
    Ok(())
}

fn password(platform: &Platform) -> Secret {
    Secret::new(platform.random.base62(20))
}

async fn person(
    platform: &Platform,
    system: &Actor,
    email: &str,
    name: &str,
    password: &Secret,
    roles: Vec<Role>,
) -> anyhow::Result<Actor> {
    let new = NewUser {
        email: email.to_owned(),
        name: name.to_owned(),
        roles: roles.clone(),
        password: Some(password.clone()),
    };
    let id: AccountId = users::create(platform, system, new).await?.id;
    Ok(Actor {
        workspace: system.workspace,
        who: Who::Account { id, roles },
        name: name.to_owned(),
        request: Origin::default(),
    })
}

async fn publish(platform: &Platform, admin: &Actor, new: New) -> anyhow::Result<Imported> {
    let mut imported = import::create(platform, admin, new).await?;
    imported.version = versions::lifecycle::publish(
        platform,
        admin,
        imported.version.id,
        imported.version.version,
    )
    .await?;
    Ok(imported)
}

async fn offer(
    platform: &Platform,
    admin: &Actor,
    name: &str,
    summary: &str,
    imported: &Imported,
) -> anyhow::Result<domain::id::ProductId> {
    let input = products::Input {
        name: name.to_owned(),
        slug: String::new(),
        summary: summary.to_owned(),
        visibility: Visibility::Public,
    };
    let product = products::create(platform, admin, &input).await?;
    products::add_item(platform, admin, product.id, imported.version.id).await?;
    let version = products::find(platform, admin, product.id)
        .await?
        .product
        .version;
    products::publish(platform, admin, product.id, version).await?;
    Ok(product.id)
}

async fn application(
    platform: &Platform,
    owner: &Actor,
    name: &str,
    description: &str,
) -> anyhow::Result<ApplicationId> {
    let input = applications::Input {
        name: name.to_owned(),
        description: description.to_owned(),
    };
    Ok(applications::create(platform, owner, &input).await?.id)
}

async fn subscribe(
    platform: &Platform,
    owner: &Actor,
    application: ApplicationId,
    plan: PlanId,
    answers: &[(&str, &str)],
) -> anyhow::Result<domain::id::SubscriptionId> {
    let answers = answers
        .iter()
        .map(|(name, answer)| AnswerInput {
            name: (*name).to_owned(),
            answer: (*answer).to_owned(),
        })
        .collect();
    let request = subscriptions::Request {
        application,
        plan,
        answers,
        accepts_terms: true,
    };
    Ok(subscriptions::request(platform, owner, &request).await?.id)
}

/// The operations that the month of usage called, with their share and usual duration.
async fn operations_of(
    platform: &Platform,
    imported: &Imported,
) -> anyhow::Result<
    Vec<(
        domain::id::OperationId,
        &'static str,
        &'static str,
        u64,
        u64,
    )>,
> {
    let mut conn = platform.db.read().await?;
    let version = &imported.version;
    let index = store::api_operations::index(&mut conn, version.workspace_id, version.id).await?;
    [
        ("GET", "/rates", 46, 12_000),
        ("POST", "/shipments", 17, 38_000),
        ("GET", "/shipments/{shipment}", 22, 9_000),
        ("GET", "/shipments/{shipment}/label", 11, 21_000),
        ("GET", "/shipments", 4, 16_000),
    ]
    .into_iter()
    .map(|(method, path, share, usual)| {
        let entry = index
            .iter()
            .find(|entry| entry.method == method && entry.path == path)
            .with_context(|| format!("the demo's document has no {method} {path}"))?;
        Ok((entry.id, method, path, share, usual))
    })
    .collect()
}
