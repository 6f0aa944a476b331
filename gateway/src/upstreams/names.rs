//! Where the name of a target leads: looked up beside the traffic, all of it tried.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use gateway_snapshot::settings::UpstreamSettings;
use gateway_snapshot::upstream::CompiledTarget;
use tokio::time::timeout;

use super::spots::Spots;
use super::window::now_ms;
use crate::dns::{Found, Resolver};

/// For a look-up that nobody waits for.
const PATIENCE: Duration = Duration::from_secs(5);

/// What a target is known by, and where that leads.
#[derive(Debug)]
pub(super) struct Names {
    asked: Asked,
    known: ArcSwapOption<Known>,
    /// Which address of a host took a connection last.
    preferred: AtomicUsize,
    /// Requests that were spread over the places of a service.
    turns: AtomicU64,
    refreshing: AtomicBool,
    /// The last look-up found nothing.
    failing: AtomicBool,
}

#[derive(Debug, PartialEq, Eq)]
enum Asked {
    Host(String, u16),
    Service(String),
}

#[derive(Debug)]
struct Known {
    spots: Spots,
    /// In milliseconds of [`now_ms`]; an address that is written as one holds for ever.
    until: u64,
}

/// How names are looked up.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lookup<'a> {
    resolver: &'a Arc<Resolver>,
    /// For a first look-up, which somebody waits for.
    patience: Duration,
    pace: Pace,
}

/// Between two look-ups, in milliseconds.
#[derive(Debug, Clone, Copy)]
struct Pace {
    least: u64,
    most: u64,
}

impl<'a> Lookup<'a> {
    pub(crate) fn new(
        resolver: &'a Arc<Resolver>,
        patience: Duration,
        settings: &UpstreamSettings,
    ) -> Self {
        Self {
            resolver,
            patience,
            pace: Pace {
                least: settings.resolve_least_ms.into(),
                most: settings.resolve_every_ms.into(),
            },
        }
    }
}

impl Asked {
    fn of(target: &CompiledTarget) -> Self {
        match &target.service {
            Some(name) => Self::Service(name.clone()),
            None => Self::Host(target.host.clone(), target.port),
        }
    }
}

impl Names {
    pub(super) fn new(target: &CompiledTarget) -> Self {
        let asked = Asked::of(target);
        let written = match &asked {
            Asked::Host(host, port) => host.parse::<IpAddr>().ok().map(|ip| {
                Arc::new(Known {
                    spots: Spots::one(SocketAddr::new(ip, *port)),
                    until: u64::MAX,
                })
            }),
            Asked::Service(_) => None,
        };
        Self {
            asked,
            known: ArcSwapOption::from(written),
            preferred: AtomicUsize::new(0),
            turns: AtomicU64::new(0),
            refreshing: AtomicBool::new(false),
            failing: AtomicBool::new(false),
        }
    }

    /// Whether these are the places of that target.
    pub(super) fn are_of(&self, target: &CompiledTarget) -> bool {
        self.asked == Asked::of(target)
    }

    /// How many places are known.
    pub(super) fn count(&self) -> usize {
        self.known.load().as_ref().map_or(0, |k| k.spots.count())
    }

    /// Every address that is known.
    pub(super) fn all(&self) -> Vec<SocketAddr> {
        let known = self.known.load();
        known
            .as_ref()
            .map_or_else(Vec::new, |known| known.spots.addresses().collect())
    }

    /// The place to try at the n-th time, where the first one was tried at `first`. Waits only while the name was never looked
    /// up; later look-ups run beside the traffic, and what was known before holds until they are done.
    pub(super) async fn nth(
        self: &Arc<Self>,
        lookup: Lookup<'_>,
        time: usize,
        first: usize,
    ) -> Option<(usize, SocketAddr)> {
        if self.known.load().is_none() {
            self.look_up(lookup).await;
        } else if self.is_old() {
            self.refresh(lookup);
        }
        let known = self.known.load();
        let spots = &known.as_ref()?.spots;
        let place = match (&self.asked, time) {
            (Asked::Host(..), _) => {
                (self.preferred.load(Ordering::Relaxed) + time) % spots.count().max(1)
            }
            (Asked::Service(_), 0) => {
                spots.choose(self.turns.fetch_add(1, Ordering::Relaxed), now_ms())
            }
            (Asked::Service(_), _) => spots.after(first, time),
        };
        spots.address(place).map(|address| (place, address))
    }

    /// The place took a connection.
    pub(super) fn worked(&self, place: usize) {
        if let Asked::Host(..) = self.asked
            && self.preferred.load(Ordering::Relaxed) != place
        {
            self.preferred.store(place, Ordering::Relaxed);
        }
    }

    /// The place took none.
    pub(super) fn failed(&self, place: usize) {
        if let Some(known) = self.known.load().as_ref() {
            known.spots.rest(place, now_ms());
        }
    }

    fn is_old(&self) -> bool {
        let known = self.known.load();
        known.as_ref().is_some_and(|known| known.until <= now_ms())
    }

    fn refresh(self: &Arc<Self>, lookup: Lookup<'_>) {
        if self.refreshing.swap(true, Ordering::AcqRel) {
            return;
        }
        let (names, resolver) = (self.clone(), lookup.resolver.clone());
        let pace = lookup.pace;
        tokio::spawn(async move {
            let lookup = Lookup {
                resolver: &resolver,
                patience: PATIENCE,
                pace,
            };
            names.look_up(lookup).await;
            names.refreshing.store(false, Ordering::Release);
        });
    }

    async fn look_up(&self, lookup: Lookup<'_>) {
        let resolver = lookup.resolver;
        let asking = async {
            match &self.asked {
                Asked::Host(host, port) => resolver.addresses(host, *port).await,
                Asked::Service(name) => resolver.service(name).await,
            }
        };
        let found = match timeout(lookup.patience, asking).await {
            Ok(found) => found.map_err(|error| error.to_string()),
            Err(_) => Err("no answer in time".to_owned()),
        };
        self.learn(found, lookup.pace);
    }

    fn learn(&self, found: Result<Found, String>, pace: Pace) {
        let known = self.known.load_full();
        let failed = found.is_err();
        if self.failing.swap(failed, Ordering::Relaxed) != failed
            && let Err(error) = &found
        {
            tracing::warn!(name = ?self.asked, error, "the name of a target leads nowhere");
        }
        let (spots, after) = match (found, &known) {
            (Ok(found), _) => {
                let before = known.as_ref().map(|known| &known.spots);
                let holds = pace.of_record(found.holds);
                (Spots::new(&found.spots, before), holds)
            }
            // what was known before is better than nothing
            (Err(_), Some(known)) => (known.spots.clone(), pace.least),
            (Err(_), None) => return,
        };
        if known.is_none_or(|known| !known.spots.are(&spots)) {
            self.preferred.store(0, Ordering::Relaxed);
        }
        let until = now_ms() + after;
        self.known.store(Some(Arc::new(Known { spots, until })));
    }
}

impl Pace {
    /// The record's own time, within bounds.
    fn of_record(self, holds: Option<Duration>) -> u64 {
        let told = holds.map(|holds| u64::try_from(holds.as_millis()).unwrap_or(u64::MAX));
        told.unwrap_or(self.most).max(self.least).min(self.most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_holds_for_its_time_within_bounds() {
        let pace = Pace {
            least: 1_000,
            most: 30_000,
        };
        for (seconds, expected) in [
            (Some(0), 1_000),
            (Some(7), 7_000),
            (Some(3_600), 30_000),
            (None, 30_000),
        ] {
            assert_eq!(pace.of_record(seconds.map(Duration::from_secs)), expected);
        }
    }
}
