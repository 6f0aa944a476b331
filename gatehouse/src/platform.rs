//! From the configuration to a platform: database, master key, settings, the guarded client.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use domain::Clock;
use domain::account::Face;
use operations::Platform;
use operations::platform::Ingredients;
use operations::secrets::{Random, Secret};
use operations::settings::{Acme, ExternalAccount, Mail, Provider, ProviderKind, Settings, SignUp};
use store::seal::Sealer;
use store::{Access, Db};
use url::Url;

use crate::config::Config;

/// Whether the schema is brought up to date, or must be already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Schema {
    /// Missing steps are run.
    Migrate,
    /// Missing steps are an error: `gatehouse migrate` runs them.
    Expect,
}

/// The URL of the database: the configured one, or the SQLite file in the data folder.
pub(crate) fn database_url(config: &Config) -> String {
    if config.database.url.is_empty() {
        format!("sqlite:{}", config.data.dir.join("gatehouse.db").display())
    } else {
        config.database.url.clone()
    }
}

/// Opens the database and sees to its schema.
pub(crate) async fn open_database(
    config: &Config,
    access: Access<'_>,
    schema: Schema,
) -> anyhow::Result<Db> {
    store::open::private_folder(&config.data.dir)?;
    let db = Db::open(&database_url(config), access).await?;
    match schema {
        Schema::Migrate => {
            for step in store::migrate::run(&db, Clock::system().now()).await? {
                tracing::info!("migrated: {step}");
            }
        }
        Schema::Expect => {
            let missing = store::migrate::pending(&db).await?;
            anyhow::ensure!(missing.is_empty(), lacking(&missing));
        }
    }
    Ok(db)
}

/// That steps of the schema are missing, and what to do.
pub(crate) fn lacking(missing: &[&str]) -> String {
    let steps = match missing {
        [first, _, .., last] => format!("{first} to {last}"),
        few => few.join(" and "),
    };
    format!("the database lacks {steps}; run `gatehouse migrate`")
}

/// Puts the platform together over an open database.
pub(crate) async fn assemble(config: &Config, db: Db) -> anyhow::Result<Platform> {
    let random = Random::system();
    let clock = Clock::system();
    let key_file = config.data.dir.join(store::seal::KEY_FILE);
    let is_first = config.data.master_key.is_empty() && !key_file.exists();
    let sealer = sealer(config, &random)?;
    let checked = sealer.check(&db, random.bytes(), clock.now()).await;
    if is_first && matches!(checked, Err(store::seal::SealError::WrongKey)) {
        // not a key that anything was sealed under: it would only hide that the right one is gone
        let _ = std::fs::remove_file(&key_file);
        anyhow::bail!(
            "the database was begun with a master key, and {} is missing; put it back from a backup, or set data.master_key",
            key_file.display()
        );
    }
    checked.context("the database cannot be used with this master key")?;
    Ok(Platform::new(Ingredients {
        db,
        clock,
        random,
        sealer,
        settings: settings(config)?,
        outbound: outbound::Client::new(outbound_policy(config)?)?,
    }))
}

pub(crate) fn sealer(config: &Config, random: &Random) -> anyhow::Result<Sealer> {
    if config.data.master_key.is_empty() {
        Ok(Sealer::from_folder(&config.data.dir, random.bytes())?)
    } else {
        Ok(Sealer::from_text(
            &config.data.master_key,
            "data.master_key",
        )?)
    }
}

/// The sealer of a node that is not the one that makes the key: without one it serves, but opens no sealed secret and
/// shows no certificate.
pub(crate) fn existing_sealer(config: &Config) -> anyhow::Result<Option<Sealer>> {
    if !config.data.master_key.is_empty() {
        let sealer = Sealer::from_text(&config.data.master_key, "data.master_key")?;
        return Ok(Some(sealer));
    }
    let path = config.data.dir.join(store::seal::KEY_FILE);
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(Some(Sealer::from_text(&text, &path.display().to_string())?)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
}

/// What the guarded clients may reach beyond public addresses.
pub(crate) fn outbound_policy(config: &Config) -> anyhow::Result<outbound::Policy> {
    let allowed_networks = config
        .outbound
        .allowed_networks
        .iter()
        .map(|text| {
            text.parse()
                .with_context(|| format!("`{text}` in outbound.allowed_networks is not a network"))
        })
        .collect::<anyhow::Result<_>>()?;
    Ok(outbound::Policy {
        allowed_hosts: config.outbound.allowed_hosts.clone(),
        allowed_networks,
    })
}

fn settings(config: &Config) -> anyhow::Result<Settings> {
    let sign_up = match (config.accounts.sign_up, config.accounts.approval) {
        (false, _) => SignUp::Closed,
        (true, true) => SignUp::Approved,
        (true, false) => SignUp::Open,
    };
    let support = &config.portal.support_url;
    Ok(Settings {
        publisher_name: config.portal.publisher.clone(),
        support_email: support
            .strip_prefix("mailto:")
            .unwrap_or(support)
            .to_owned(),
        gateway_url: public_url(
            "gateway.public_url",
            &config.gateway.public_url,
            config.gateway.listen,
        )?,
        admin_url: public_url(
            "admin.public_url",
            &config.admin.public_url,
            config.admin.listen,
        )?,
        portal_url: public_url(
            "portal.public_url",
            &config.portal.public_url,
            config.portal.listen,
        )?,
        sign_up,
        mail: if config.mail.smtp_url.is_empty() {
            Mail::Kept
        } else {
            Mail::Smtp
        },
        upstreams: if config.gateway.private_upstreams {
            outbound::Policy::default().with_private_networks()
        } else {
            outbound::Policy::default()
        },
        providers: providers(config)?,
        acme: acme(config)?,
        token_signing: config.oauth.signing_algorithm,
        ..Settings::default()
    })
}

fn acme(config: &Config) -> anyhow::Result<Acme> {
    let acme = &config.acme;
    let directory = (!acme.directory.is_empty()).then(|| acme.directory.parse());
    let file = &acme.authority_file;
    let roots = if file.is_empty() {
        String::new()
    } else {
        std::fs::read_to_string(file)
            .with_context(|| format!("cannot read `{file}` of acme.authority_file"))?
    };
    Ok(Acme {
        directory: directory
            .transpose()
            .with_context(|| format!("`{}` in acme.directory is not a URL", acme.directory))?,
        contacts: acme.contacts.clone(),
        terms_agreed: acme.terms_agreed,
        roots,
        external: (!acme.external_key_id.is_empty()).then(|| ExternalAccount {
            key_id: acme.external_key_id.clone(),
            key: Secret::new(&acme.external_key),
        }),
    })
}

/// The configured URL, or the one that the listen address has.
fn public_url(key: &str, configured: &str, listen: SocketAddr) -> anyhow::Result<Url> {
    if configured.is_empty() {
        let host = if listen.ip().is_unspecified() {
            SocketAddr::from(([127, 0, 0, 1], listen.port()))
        } else {
            listen
        };
        return Ok(Url::parse(&format!("http://{host}"))?);
    }
    let url: Url = configured
        .parse()
        .with_context(|| format!("`{configured}` in {key} is not a URL"))?;
    anyhow::ensure!(
        matches!(url.scheme(), "http" | "https") && url.has_host(),
        "`{configured}` in {key} is not an http or https URL"
    );
    Ok(url)
}

fn providers(config: &Config) -> anyhow::Result<Vec<Provider>> {
    let mut providers = Vec::new();
    let sign_in = &config.sign_in;
    if !sign_in.github.client_id.is_empty() {
        let secret = Secret::new(&sign_in.github.client_secret);
        providers.push(Provider::github(sign_in.github.client_id.clone(), secret));
    }
    if !sign_in.google.client_id.is_empty() {
        let secret = Secret::new(&sign_in.google.client_secret);
        providers.push(Provider::google(sign_in.google.client_id.clone(), secret));
    }
    let oidc = &sign_in.oidc;
    if !oidc.client_id.is_empty() {
        let issuer = oidc
            .issuer
            .parse()
            .with_context(|| format!("`{}` in sign_in.oidc.issuer is not a URL", oidc.issuer))?;
        let label = if oidc.label.is_empty() {
            "your company"
        } else {
            &oidc.label
        };
        providers.push(Provider {
            slug: "oidc".to_owned(),
            label: label.to_owned(),
            kind: ProviderKind::Oidc { issuer },
            client_id: oidc.client_id.clone(),
            client_secret: Secret::new(&oidc.client_secret),
            faces: Face::ALL.to_vec(),
        });
    }
    Ok(providers)
}

/// Where the gateway keeps its snapshot, its journal and its identity.
pub(crate) fn gateway_folder(data: &Path) -> PathBuf {
    data.join("gateway")
}
