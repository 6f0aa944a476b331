//! What a worker has counted, one entry after the other: adding to it touches no memory but its end. Sums are made of it by the
//! thread that collects.

use domain::id::{ApiVersionId, ApplicationId, CredentialId, OperationId, SubscriptionId};
use domain::{Id, Timestamp, histogram};
use store::quotas::Charge;
use store::usage::{Key, Sums};

use super::batch::Tally;

/// A request, or the part of one that lasts, as it is counted. Ids are nil, and the code is empty, where there is none.
#[derive(Debug, Clone)]
pub(crate) struct Counted {
    /// The minute since the epoch that it belongs to.
    pub(crate) minute: i64,
    /// The API version that was called.
    pub(crate) api_version: ApiVersionId,
    /// The operation of its document.
    pub(crate) operation: OperationId,
    /// The subscription that let the call in.
    pub(crate) subscription: SubscriptionId,
    /// Who called.
    pub(crate) application: ApplicationId,
    /// HTTP status of the answer.
    pub(crate) status: u16,
    /// The gateway's refusal.
    pub(crate) code: &'static str,
    /// False for a further part of a request that was counted.
    pub(crate) first: bool,
    /// Bytes of the request's body.
    pub(crate) bytes_in: i64,
    /// Bytes of the response's body.
    pub(crate) bytes_out: i64,
    /// How long it took, once it has ended.
    pub(crate) took: Option<Took>,
}

/// How long a request took, in microseconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Took {
    /// From admission to the last byte.
    pub(crate) all: i64,
    /// The part of it that the upstream took.
    pub(crate) upstream: i64,
}

impl Counted {
    /// What nothing is known about but the minute and its end.
    pub(crate) const fn nameless(minute: i64, status: u16, code: &'static str) -> Self {
        Self {
            minute,
            api_version: Id::NIL,
            operation: Id::NIL,
            subscription: Id::NIL,
            application: Id::NIL,
            status,
            code,
            first: true,
            bytes_in: 0,
            bytes_out: 0,
            took: None,
        }
    }

    fn key(&self) -> Key {
        Key {
            api_version_id: self.api_version,
            operation_id: self.operation,
            subscription_id: self.subscription,
            application_id: self.application,
            status: i64::from(self.status),
            code: self.code.to_owned(),
        }
    }

    fn add_to(&self, sums: &mut Sums) {
        sums.requests += i64::from(self.first);
        sums.bytes_in += self.bytes_in;
        sums.bytes_out += self.bytes_out;
        if let Some(took) = self.took {
            sums.duration_us += took.all;
            sums.upstream_us += took.upstream;
            sums.buckets[histogram::bucket(u64::try_from(took.all).unwrap_or(0))] += 1;
        }
    }
}

/// Everything that was counted since the last collection.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    requests: Vec<Counted>,
    charges: Vec<Charge>,
    seen: Vec<(CredentialId, Timestamp)>,
}

impl Counts {
    /// How many entries there are.
    pub(super) const fn len(&self) -> usize {
        self.requests.len() + self.charges.len() + self.seen.len()
    }

    /// Adds a request.
    pub(super) fn request(&mut self, counted: Counted) {
        self.requests.push(counted);
    }

    /// Charges calls to a quota; a negative number gives them back.
    pub(super) fn charge(&mut self, charge: Charge) {
        self.charges.push(charge);
    }

    /// Notes that a credential was used.
    pub(super) fn seen(&mut self, credential: CredentialId, at: Timestamp) {
        self.seen.push((credential, at));
    }

    /// Adds everything to sums. The room of what goes stays, for the next time.
    pub(super) fn drain_into(&mut self, tally: &mut Tally) {
        for counted in self.requests.drain(..) {
            counted.add_to(tally.sums(counted.minute, counted.key()));
        }
        for charge in self.charges.drain(..) {
            tally.charge(charge.subscription_id, charge.period_start, charge.used);
        }
        for (credential, at) in self.seen.drain(..) {
            tally.seen(credential, at);
        }
    }
}
