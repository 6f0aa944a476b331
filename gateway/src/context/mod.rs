//! What is known about one request while it passes.

mod record;

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use domain::id::TargetId;
use domain::refusal::Refusal;
use domain::{Id, Timestamp};
use gateway_policies::exchange::Caller;
use gateway_policies::policy::Answer;
use gateway_policies::request::{ClientCertificate, Request as PolicyRequest, Scheme};
use gateway_snapshot::flow::{Passage, Wanted};
use gateway_snapshot::path::Canonical;
use gateway_snapshot::route::CompiledRoute;
use gateway_snapshot::version::CompiledVersion;
use http::{HeaderValue, Method};
use pingora_http::RequestHeader;
use store::quotas::Charge;
use tokio::sync::OwnedSemaphorePermit;

use self::record::Reported;
use crate::connection::Facts;
use crate::engine::Engine;
use crate::pipeline::course::Course;
use crate::pipeline::whole::Slot;
use crate::problem::Problem;
use crate::upstreams::{Attempt, Deadline, Ticket};
use crate::usage::WorkerUsage;

/// One request. Its end, however it comes, is counted by `Drop`.
pub(crate) struct Context {
    pub(crate) engine: Arc<Engine>,
    pub(crate) usage: Arc<WorkerUsage>,
    /// The connection that the request came on.
    pub(crate) connection: Arc<Facts>,
    pub(crate) begun: Instant,
    pub(crate) at: Timestamp,
    pub(crate) request_id: HeaderValue,
    /// What policies see of the request beside its head.
    pub(crate) sight: Sight,
    pub(crate) method: Method,
    /// What the caller named as the host, as it stood.
    pub(crate) host_header: Option<HeaderValue>,
    /// The path as it arrived, for the log of requests whose path has no one reading.
    pub(crate) raw_path: String,
    pub(crate) user_agent: Option<HeaderValue>,
    /// From the portal's own pages.
    pub(crate) from_portal: bool,
    pub(crate) route: Option<Arc<CompiledRoute>>,
    pub(crate) version: Option<Arc<CompiledVersion>>,
    pub(crate) passage: Option<Passage>,
    /// What policies want of the bodies.
    pub(crate) wanted: Wanted,
    /// The length of the request's body, where it was read whole (and changed, perhaps).
    pub(crate) whole: Option<usize>,
    /// The request's whole body as the policies left it, until it has its place.
    pub(crate) shaped: Option<Bytes>,
    /// It found its route, and was let in.
    pub(crate) is_admitted: bool,
    /// The memory that the bodies of this exchange take.
    pub(crate) memory: Option<OwnedSemaphorePermit>,
    /// The connection's own place while a stand-in holds it.
    pub(crate) slot: Option<Slot>,
    /// Pieces of the request's body were shown to the policies.
    pub(crate) pieces_seen: bool,
    /// So was its end.
    pub(crate) pieces_ended: bool,
    /// The end of the answer's body was shown to the policies.
    pub(crate) answer_ended: bool,
    /// An answer that takes the place of the upstream's.
    pub(crate) made: Option<Answer>,
    /// Why our own code ended the request, for the phase that answers.
    pub(crate) problem: Option<Problem>,
    pub(crate) refusal: Option<Refusal>,
    /// 0 while there is no answer.
    pub(crate) status: u16,
    pub(crate) body_limit: u64,
    pub(crate) bytes_in: u64,
    pub(crate) bytes_out: u64,
    /// Where the current attempt goes.
    pub(crate) attempt: Option<Attempt>,
    /// That the upstream let the request in.
    pub(crate) ticket: Option<Ticket>,
    /// Until when the upstream has to be done.
    pub(crate) deadline: Option<Deadline>,
    /// How the current attempt goes.
    pub(crate) course: Course,
    /// The status of the answer asks for another target.
    pub(crate) answer_again: bool,
    /// The targets that were tried.
    pub(crate) tried: Vec<TargetId>,
    /// Whether an upstream may have seen the request.
    pub(crate) sent: bool,
    pub(crate) upstream_began: Option<Instant>,
    pub(crate) upstream_took: Duration,
    reported: Reported,
}

/// What policies see of a request beside its head.
#[derive(Debug)]
pub(crate) struct Sight {
    pub(crate) host: String,
    pub(crate) path: Option<Canonical>,
    /// Who calls, by address: behind trusted proxies the one that they vouch for.
    pub(crate) client: IpAddr,
    pub(crate) scheme: Scheme,
    pub(crate) certificate: Option<Arc<ClientCertificate>>,
    /// The whole body, where a policy asked for it and it was read.
    pub(crate) body: Option<Bytes>,
}

impl Default for Sight {
    fn default() -> Self {
        Self {
            host: String::new(),
            path: None,
            client: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            scheme: Scheme::default(),
            certificate: None,
            body: None,
        }
    }
}

impl Sight {
    /// The canonical path; empty before it was read.
    pub(crate) fn path(&self) -> &str {
        self.path.as_ref().map_or("", Canonical::as_str)
    }

    /// The request as policies see it.
    pub(crate) fn of<'a>(&'a self, header: &'a RequestHeader) -> PolicyRequest<'a> {
        PolicyRequest::new(header, &self.host, self.path(), self.client)
            .over(self.scheme, self.certificate.as_deref())
            .with_body(self.body.as_ref())
    }
}

impl Context {
    pub(crate) fn new(
        engine: Arc<Engine>,
        usage: Arc<WorkerUsage>,
        connection: Arc<Facts>,
    ) -> Self {
        let at = engine.clock.now();
        Self {
            engine,
            usage,
            connection,
            begun: Instant::now(),
            at,
            request_id: HeaderValue::from_static(""),
            sight: Sight::default(),
            method: Method::GET,
            host_header: None,
            raw_path: String::new(),
            user_agent: None,
            from_portal: false,
            route: None,
            version: None,
            passage: None,
            wanted: Wanted::default(),
            whole: None,
            shaped: None,
            is_admitted: false,
            memory: None,
            slot: None,
            pieces_seen: false,
            pieces_ended: false,
            answer_ended: false,
            made: None,
            problem: None,
            refusal: None,
            status: 0,
            body_limit: u64::MAX,
            bytes_in: 0,
            bytes_out: 0,
            attempt: None,
            ticket: None,
            deadline: None,
            course: Course::default(),
            answer_again: false,
            tried: Vec::new(),
            sent: false,
            upstream_began: None,
            upstream_took: Duration::ZERO,
            reported: Reported::default(),
        }
    }

    /// The canonical path; empty before it was read.
    pub(crate) fn path(&self) -> &str {
        self.sight.path()
    }

    /// What the request is called, in headers and logs.
    pub(crate) fn request_id(&self) -> &str {
        self.request_id.to_str().unwrap_or_default()
    }

    /// Whether the request came over TLS that ended here.
    pub(crate) fn is_secure(&self) -> bool {
        self.connection.secured.is_some()
    }

    fn caller(&self) -> Option<Caller> {
        self.passage.as_ref()?.exchange.caller
    }

    /// From here on the request counts against its quotas: nothing takes it back.
    pub(crate) fn charge(&mut self) {
        let Some(passage) = &mut self.passage else {
            return;
        };
        for charge in passage.exchange.charges.drain(..) {
            self.usage.charge(Charge {
                subscription_id: Id::new(charge.counter),
                period_start: charge.period_start,
                used: i64::try_from(charge.amount).unwrap_or(i64::MAX),
            });
        }
    }

    /// Notes which credential was used, whatever came of the request.
    pub(crate) fn note_credential(&self) {
        if let Some(credential) = self.caller().and_then(|caller| caller.credential()) {
            self.usage.seen(credential, self.at);
        }
    }

    /// Gives back what the request took from its quotas, because no upstream saw it.
    pub(crate) fn give_back(&mut self) {
        if !self.sent
            && let Some(passage) = &mut self.passage
        {
            passage.give_back(&self.engine.services);
        }
    }

    /// The upstream's head is there.
    pub(crate) fn upstream_answered(&mut self) {
        if let Some(began) = self.upstream_began.take() {
            self.upstream_took = began.elapsed();
        }
    }
}
