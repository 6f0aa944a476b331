//! Where a name leads: by the machine's own list, by name servers, and at last by whatever else the system knows.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use futures_util::future::{join, join_all};
use gateway_wire::dns::{Kind, NotAName, Question, Record, Reply, Service};
use thiserror::Error;
use tokio::net::lookup_host;

use super::ask::{AskError, ask};
use super::system::{Settings, hosts};

/// Places of one service that are looked up.
const SERVICES_MOST: usize = 64;

/// Looks names up.
#[derive(Debug, Default)]
pub(crate) struct Resolver {
    /// In place of those of the machine.
    servers: Vec<SocketAddr>,
}

/// What a name leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) spots: Vec<Spot>,
    /// For how long it holds, where a name server said so.
    pub(crate) holds: Option<Duration>,
}

/// One place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Spot {
    pub(crate) address: SocketAddr,
    /// Lower ones are tried first.
    pub(crate) priority: u16,
    /// The share among those of one priority.
    pub(crate) weight: u16,
}

/// Why a name leads nowhere.
#[derive(Debug, Error)]
pub(crate) enum LookupError {
    #[error(transparent)]
    Name(#[from] NotAName),
    #[error("no name server has it")]
    Nothing,
    #[error("a name server refused to say (code {0})")]
    Refused(u8),
    #[error("the name servers cannot be asked")]
    Unasked(#[source] Option<AskError>),
}

/// Records of one name.
struct Records<T> {
    all: Vec<T>,
    seconds: u32,
}

impl Resolver {
    /// Asks these servers; with none of them those of the machine.
    pub(crate) const fn new(servers: Vec<SocketAddr>) -> Self {
        Self { servers }
    }

    /// The addresses of a host, each with this port.
    pub(crate) async fn addresses(&self, host: &str, port: u16) -> Result<Found, LookupError> {
        let listed = hosts(host).await;
        if !listed.is_empty() {
            return Ok(Found::of(listed, port, None));
        }
        let asked = match self.settings().await {
            Some(settings) => by_server(&settings, host).await,
            None => Err(LookupError::Unasked(None)),
        };
        match asked {
            Ok(records) => {
                let holds = Duration::from_secs(records.seconds.into());
                Ok(Found::of(records.all, port, Some(holds)))
            }
            // the system may know more than its name servers, such as names on the local network
            Err(error) if self.servers.is_empty() => match lookup_host((host, port)).await {
                Ok(found) => Ok(Found::of(found.map(|address| address.ip()), port, None)),
                Err(_) => Err(error),
            },
            Err(error) => Err(error),
        }
    }

    /// The places of a service: `_orders._tcp.shop.internal`. Each record's share falls to the first address of its host.
    pub(crate) async fn service(&self, name: &str) -> Result<Found, LookupError> {
        let settings = self.settings().await;
        let settings = settings.ok_or(LookupError::Unasked(None))?;
        let records = services(&settings, name).await?;
        let places = records.all.iter().take(SERVICES_MOST);
        let found = join_all(places.map(async |one| {
            // it stands for itself: no domain is tried behind it
            self.addresses(&format!("{}.", one.target), one.port).await
        }))
        .await;
        let mut spots = Vec::new();
        let mut holds = Duration::from_secs(records.seconds.into());
        let mut failed = None;
        for (service, found) in records.all.iter().zip(found) {
            let found = match found {
                Ok(found) => found,
                Err(error) => {
                    tracing::debug!(host = service.target, %error, "a place of a service has no address");
                    failed = Some(error);
                    continue;
                }
            };
            holds = holds.min(found.holds.unwrap_or(holds));
            for (place, spot) in found.spots.into_iter().enumerate() {
                spots.push(Spot {
                    priority: service.priority,
                    weight: if place == 0 { service.weight } else { 0 },
                    ..spot
                });
            }
        }
        if spots.is_empty() {
            return Err(failed.unwrap_or(LookupError::Nothing));
        }
        spots.sort_by_key(|spot| (spot.priority, spot.address.is_ipv6(), spot.address));
        Ok(Found {
            spots,
            holds: Some(holds),
        })
    }

    /// How to ask; `None` when there is nobody to ask.
    async fn settings(&self) -> Option<Settings> {
        let mut settings = Settings::of_machine().await;
        if !self.servers.is_empty() {
            settings.servers.clone_from(&self.servers);
        }
        (!settings.servers.is_empty()).then_some(settings)
    }
}

impl Found {
    fn of(all: impl IntoIterator<Item = IpAddr>, port: u16, holds: Option<Duration>) -> Self {
        let mut spots: Vec<Spot> = all
            .into_iter()
            .map(|ip| Spot {
                address: SocketAddr::new(ip, port),
                priority: 0,
                weight: 0,
            })
            .collect();
        // most services listen on IPv4 only when a name has both
        spots.sort_by_key(|spot| (spot.address.is_ipv6(), spot.address));
        spots.dedup();
        Self { spots, holds }
    }
}

/// The addresses of a host, of both kinds. What is known of one is enough.
async fn by_server(settings: &Settings, host: &str) -> Result<Records<IpAddr>, LookupError> {
    let mut last = LookupError::Nothing;
    for name in settings.names(host) {
        let (v4, v6) = join(
            records(settings, &name, Kind::A),
            records(settings, &name, Kind::Aaaa),
        )
        .await;
        let mut all = Vec::new();
        let mut seconds = u32::MAX;
        for answer in [v4, v6] {
            match answer {
                Ok(found) => {
                    seconds = seconds.min(found.seconds);
                    all.extend(found.all.into_iter().filter_map(|record| match record {
                        Record::Address(ip) => Some(ip),
                        Record::Service(_) => None,
                    }));
                }
                Err(LookupError::Nothing) => {}
                Err(error) => last = error,
            }
        }
        if !all.is_empty() {
            return Ok(Records { all, seconds });
        }
    }
    Err(last)
}

async fn services(settings: &Settings, name: &str) -> Result<Records<Service>, LookupError> {
    let mut last = LookupError::Nothing;
    for name in settings.names(name) {
        match records(settings, &name, Kind::Srv).await {
            Ok(Records { all, seconds }) => {
                let all = all.into_iter().filter_map(|record| match record {
                    // a full stop alone: the service is decidedly not there (RFC 2782)
                    Record::Service(service) => (!service.target.is_empty()).then_some(service),
                    Record::Address(_) => None,
                });
                let mut all: Vec<Service> = all.collect();
                all.sort_by_key(|service| service.priority);
                return Ok(Records { all, seconds });
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// Asks one server after the other until one knows.
async fn records(
    settings: &Settings,
    name: &str,
    kind: Kind,
) -> Result<Records<Record>, LookupError> {
    let question = Question::new(name, kind)?;
    let mut last = LookupError::Unasked(None);
    for _ in 0..settings.attempts {
        for server in &settings.servers {
            match ask(*server, &question, settings.patience).await {
                Ok(Reply::Found {
                    records: all,
                    seconds,
                }) => return Ok(Records { all, seconds }),
                Ok(Reply::Nothing) => return Err(LookupError::Nothing),
                // a connection has no bound that an answer could pass
                Ok(Reply::Cut) => last = LookupError::Unasked(None),
                Ok(Reply::Refused(code)) => last = LookupError::Refused(code),
                Err(error) => last = LookupError::Unasked(Some(error)),
            }
        }
    }
    Err(last)
}
