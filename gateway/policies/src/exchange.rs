//! What is known about one exchange while it passes through the policies.

use std::any::Any;
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use domain::Timestamp;
use domain::id::{
    ApiVersionId, ApplicationId, CredentialId, OperationId, PlanId, PolicyId, ProductId, RouteId,
    SubscriptionId,
};
use http::HeaderName;
use serde_json::Value;
use smallvec::SmallVec;

use crate::contract::Operation;
use crate::quotas::Charge;
use crate::readings::Readings;

/// Who calls, as an authentication policy found out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caller {
    /// The application that the credential speaks for.
    pub application: ApplicationId,
    /// By what.
    pub proof: Proof,
}

/// What an application proved itself with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// A credential that the application holds.
    Credential(CredentialId),
    /// A playground token, good for one subscription only.
    Playground(SubscriptionId),
}

impl Caller {
    /// The credential, unless a playground token stood in for one.
    pub fn credential(&self) -> Option<CredentialId> {
        match self.proof {
            Proof::Credential(id) => Some(id),
            Proof::Playground(_) => None,
        }
    }

    /// Whether the call comes from the try-it page.
    pub fn is_try_it(&self) -> bool {
        matches!(self.proof, Proof::Playground(_))
    }
}

/// Under which terms the caller may call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// The subscription in force.
    pub subscription: SubscriptionId,
    /// Its plan.
    pub plan: PlanId,
    /// The product that the plan belongs to.
    pub product: ProductId,
}

/// Where a credential stood in the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In a header, alone.
    Header(HeaderName),
    /// In `Authorization`, after `Bearer` or `DPoP`.
    Bearer,
    /// In a query parameter.
    Query(String),
    /// In a cookie.
    Cookie(String),
}

/// The value under which the runtime notes the path that the upstream would have got, when it could not be reached.
pub const UPSTREAM_PATH: &str = "upstream_path";

/// One request and its answer, from the first policy to the last.
#[derive(Debug)]
pub struct Exchange {
    /// The moment of the current phase: one clock read per phase, by the runtime.
    pub now: Timestamp,
    /// The route.
    pub route: RouteId,
    /// The API version.
    pub api_version: ApiVersionId,
    /// The operation of the API's document; nil on a route that was made by hand.
    pub operation: OperationId,
    /// Who calls, once an authentication policy knows.
    pub caller: Option<Caller>,
    /// Under which terms, once the subscription was checked.
    pub terms: Option<Terms>,
    /// Where the credential stood, so that it can be kept from the upstream.
    pub credential_place: Option<Place>,
    /// What the limits said, for the headers of the answer.
    pub readings: Readings,
    /// What was taken from quotas: for the usage record, and to give back when a later policy refuses.
    pub charges: SmallVec<[Charge; 2]>,
    /// The slug of the upstream that a policy sends the request to, instead of the route's own.
    pub steer: Option<Box<str>>,
    /// The claims of the token that authenticated.
    pub claims: Option<Arc<Value>>,
    /// The scopes of the token that the request was let through for: the plan must allow them, too.
    pub scopes: Vec<String>,
    /// What the API's document says of the operation, where a policy of the route asks for it.
    pub contract: Option<Operation>,
    values: SmallVec<[(Cow<'static, str>, String); 2]>,
    guards: SmallVec<[Guard; 1]>,
    states: SmallVec<[State; 1]>,
}

/// What one policy keeps between its hooks.
struct State {
    policy: PolicyId,
    value: Box<dyn Any + Send + Sync>,
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "State of {}", self.policy)
    }
}

/// Something that is dropped when the exchange ends.
struct Guard(#[expect(dead_code, reason = "held for its Drop")] Box<dyn Any + Send + Sync>);

impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Guard")
    }
}

impl Exchange {
    /// At the start: nobody known, nothing taken.
    pub fn new(
        now: Timestamp,
        route: RouteId,
        api_version: ApiVersionId,
        operation: OperationId,
    ) -> Self {
        Self {
            now,
            route,
            api_version,
            operation,
            caller: None,
            terms: None,
            credential_place: None,
            readings: Readings::default(),
            charges: SmallVec::new(),
            steer: None,
            claims: None,
            scopes: Vec::new(),
            contract: None,
            values: SmallVec::new(),
            guards: SmallVec::new(),
            states: SmallVec::new(),
        }
    }

    /// Keeps something until the exchange ends, however it ends (answered, refused, cancelled, panicked): a permit, a timer.
    /// It is dropped after the last byte of the answer was sent.
    pub fn hold(&mut self, guard: impl Send + Sync + 'static) {
        self.guards.push(Guard(Box::new(guard)));
    }

    /// What a policy keeps between its hooks, made when it is first asked for. `policy` is the id that the policy was
    /// compiled with: two of one kind on one route do not meet.
    pub fn state<T: Any + Default + Send + Sync>(&mut self, policy: PolicyId) -> &mut T {
        let known = self
            .states
            .iter()
            .position(|state| state.policy == policy && state.value.is::<T>());
        let place = known.unwrap_or_else(|| {
            let value = Box::new(T::default());
            self.states.push(State { policy, value });
            self.states.len() - 1
        });
        self.states[place]
            .value
            .downcast_mut()
            .expect("its type was just compared")
    }

    /// Notes a value for later policies and templates; one of the same name is replaced.
    pub fn set_value(&mut self, name: impl Into<Cow<'static, str>>, value: impl Into<String>) {
        let (name, value) = (name.into(), value.into());
        match self.values.iter_mut().find(|(known, _)| *known == name) {
            Some((_, old)) => *old = value,
            None => self.values.push((name, value)),
        }
    }

    /// A value that an earlier policy noted.
    pub fn value(&self, name: &str) -> Option<&str> {
        let found = self.values.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// All values that were noted, in the order of their names' first appearance.
    pub fn values(&self) -> impl Iterator<Item = (&str, &str)> {
        self.values
            .iter()
            .map(|(name, value)| (name.as_ref(), value.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use crate::trial::{anonymous, id};

    #[test]
    fn each_policy_and_type_has_a_state_of_its_own() {
        let mut exchange = anonymous();
        *exchange.state::<u32>(id(1)) += 5;
        *exchange.state::<u32>(id(2)) += 7;
        exchange.state::<String>(id(1)).push('x');
        *exchange.state::<u32>(id(1)) += 1;
        assert_eq!(*exchange.state::<u32>(id(1)), 6);
        assert_eq!(*exchange.state::<u32>(id(2)), 7);
        assert_eq!(exchange.state::<String>(id(1)), "x");
        assert_eq!(*exchange.state::<u64>(id(1)), 0);
    }
}
