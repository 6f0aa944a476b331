//! Looking for an answer: in memory, on the disk, and with another request that asks for the same.

use std::sync::Arc;

use http::Method;
use http::header::{IF_MATCH, RANGE};

use super::hit::{self, Label};
use super::key::resource;
use super::storable::partition;
use super::store::{OnDisk, Resource, Role, Stored, count};
use super::turn::{Asking, State};
use super::{Cache, refresh};
use crate::exchange::Exchange;
use crate::policy::{Flow, Outcome, PASS};
use crate::request::Request;
use crate::services::Services;

/// Where an answer is looked for.
enum Source {
    /// In memory, and on the disk when it is not there.
    Memory,
    /// This was read from the disk; in memory there may be a newer one.
    Disk(Option<Arc<Stored>>),
    /// In memory, after waiting for another request.
    Another,
}

/// What looking led to.
enum Looked {
    Answer(Flow),
    Ask(Box<Asking>),
    /// It is on the disk.
    Read(Box<(Resource, OnDisk)>),
}

impl Cache {
    /// Answers from memory, or notes what is to be done with the upstream's answer.
    fn look(
        &self,
        request: &Request<'_>,
        exchange: &mut Exchange,
        services: &Services,
        from: Source,
    ) -> Looked {
        let said = self.said(request);
        let resource = resource(request, exchange);
        let partition = partition(request, exchange);
        let now = exchange.now;
        let store = &services.cache;
        let found = store.find(&resource, &partition, request.headers(), now);
        let (found, waited) = match from {
            Source::Memory => match found {
                None => {
                    let headers = request.headers();
                    if let Some(there) = store.find_on_disk(&resource, &partition, headers, now) {
                        return Looked::Read(Box::new((resource, there)));
                    }
                    (None, false)
                }
                found => (found, false),
            },
            Source::Disk(read) => (found.or(read), false),
            Source::Another => (found, true),
        };
        if let Some(stored) = &found {
            let usable = hit::usable(&stored.freshness, &said, now);
            if let Some(label) = usable {
                let counter = match (waited, label) {
                    (true, _) => &store.tally.collapsed,
                    (false, Label::Fresh) => &store.tally.hits,
                    (false, _) => &store.tally.stale,
                };
                count(counter);
                if label == Label::WhileRevalidated {
                    refresh::begin(self.bounds, &resource, stored, services, now);
                }
                let flow = hit::answer(request, stored, now, label, self.show);
                return Looked::Answer(flow);
            }
        }
        if said.only_if_cached {
            return Looked::Answer(hit::not_there());
        }
        Looked::Ask(Box::new(Asking {
            epoch: store.epoch(&resource),
            resource,
            partition,
            stale: found,
            asked: now,
            again: None,
            flight: None,
        }))
    }

    pub(super) fn decide<'a>(
        &'a self,
        request: &'a Request<'a>,
        exchange: &'a mut Exchange,
        services: &'a Services,
    ) -> Outcome<'a> {
        let method = request.method();
        if method != Method::GET && method != Method::HEAD {
            if !method.is_safe() {
                let resource = resource(request, exchange);
                *exchange.state::<State>(self.id) = State::Changes(resource);
            }
            return PASS;
        }
        if self.said(request).no_store || request.headers().contains_key(IF_MATCH) {
            return PASS;
        }
        match self.look(request, exchange, services, Source::Memory) {
            Looked::Answer(flow) => Ok(flow).into(),
            Looked::Ask(asking) => self.go(asking, request, exchange, services),
            Looked::Read(place) => Outcome::Later(Box::pin(async move {
                let (store, begun) = (services.cache.clone(), std::time::Instant::now());
                let read = move || store.read(&place.0, &place.1);
                // an answer whose reading panicked is none
                let read = tokio::task::spawn_blocking(read).await.unwrap_or_default();
                exchange.now = exchange.now + begun.elapsed();
                let outcome = match self.look(request, exchange, services, Source::Disk(read)) {
                    Looked::Answer(flow) => return Ok(flow),
                    Looked::Ask(asking) => self.go(asking, request, exchange, services),
                    Looked::Read(_) => PASS,
                };
                match outcome {
                    Outcome::Ready(verdict) => verdict,
                    Outcome::Later(later) => later.await,
                }
            })),
        }
    }

    /// Asks the upstream, or waits for another who does.
    fn go<'a>(
        &'a self,
        mut asking: Box<Asking>,
        request: &'a Request<'a>,
        exchange: &'a mut Exchange,
        services: &'a Services,
    ) -> Outcome<'a> {
        let is_head = request.method() == Method::HEAD;
        // answers to HEAD and to ranges are not stored, so nobody waits for them
        if is_head || request.headers().contains_key(RANGE) && asking.stale.is_none() {
            return PASS;
        }
        if asking.stale.is_none() {
            count(&services.cache.tally.misses);
        }
        let Some(patience) = self.collapse else {
            *exchange.state::<State>(self.id) = State::Asks(asking);
            return PASS;
        };
        let key = (asking.resource.clone(), Some(asking.partition));
        let mut end = match services.cache.flights.join(key, exchange.now) {
            Role::Asks(flight) => {
                asking.flight = Some(flight);
                *exchange.state::<State>(self.id) = State::Asks(asking);
                return PASS;
            }
            Role::Alone => {
                *exchange.state::<State>(self.id) = State::Asks(asking);
                return PASS;
            }
            Role::Waits(end) => end,
        };
        Outcome::Later(Box::pin(async move {
            // an error is the end of the one that asked, which is what we wait for; so is a time-out
            let begun = std::time::Instant::now();
            let _ = tokio::time::timeout(patience, end.changed()).await;
            exchange.now = exchange.now + begun.elapsed();
            match self.look(request, exchange, services, Source::Another) {
                Looked::Answer(flow) => return Ok(flow),
                Looked::Ask(asking) => *exchange.state::<State>(self.id) = State::Asks(asking),
                Looked::Read(_) => {}
            }
            Ok(Flow::Next)
        }))
    }
}
