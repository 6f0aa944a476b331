//! One request's way through the policies: every phase of every lane is one call here.

use std::sync::Arc;

use domain::Timestamp;
use domain::refusal::Refusal;
use gateway_policies::exchange::{Caller, Exchange};
use gateway_policies::policy::{Answer, Bodies, Failure, Flow, OnError, Outcome};
use gateway_policies::request::Request;
use gateway_policies::response::Response;
use gateway_policies::services::Services;
use gateway_policies::upstream::UpstreamRequest;
use http::{HeaderName, HeaderValue};
use uuid::Uuid;

use crate::live::{Grant, Live};
use crate::route::CompiledRoute;
use crate::steps::{Merged, Step};

const APPLICATION_ID: HeaderName = HeaderName::from_static("x-application-id");
const SUBSCRIPTION_ID: HeaderName = HeaderName::from_static("x-subscription-id");
const PLAN: HeaderName = HeaderName::from_static("x-plan");
const CREDENTIAL_ID: HeaderName = HeaderName::from_static("x-credential-id");

/// A request that found its route, from there to the head of its answer.
pub struct Passage {
    /// The route.
    pub route: Arc<CompiledRoute>,
    /// What is known about the exchange.
    pub exchange: Exchange,
    /// What the caller was granted; `None` on an open route.
    pub grant: Option<Grant>,
}

impl Passage {
    /// At the start.
    pub fn new(route: Arc<CompiledRoute>, now: Timestamp) -> Self {
        let exchange = Exchange::new(now, route.id, route.version.id, route.operation);
        Self {
            route,
            exchange,
            grant: None,
        }
    }

    /// Who calls, may they, how much: before an upstream is chosen. An answer goes to the caller instead of a request to the
    /// upstream. What was taken from quotas is given back when a later policy refuses.
    pub async fn admit(
        &mut self,
        request: &Request<'_>,
        live: &Live,
        services: &Services,
    ) -> Result<Option<Answer>, Failure> {
        let admitted = self.try_admit(request, live, services).await;
        if admitted.is_err() {
            self.give_back(services);
        }
        admitted
    }

    async fn try_admit(
        &mut self,
        request: &Request<'_>,
        live: &Live,
        services: &Services,
    ) -> Result<Option<Answer>, Failure> {
        let Self {
            route,
            exchange,
            grant,
        } = self;
        for step in &*route.pipeline.before {
            if let Some(answer) = ask(step, request, exchange, services).await? {
                return Ok(Some(answer));
            }
        }
        if route.needs_grant() {
            let caller = exchange.caller.ok_or(Refusal::CredentialMissing)?;
            let granted = live
                .authorise(&caller, route)
                .map_err(|refusal| explain(refusal, &caller, route))?;
            exchange.terms = Some(granted.terms());
            *grant = Some(granted);
        }
        for step in after(route, grant.as_ref()) {
            if let Some(answer) = ask(step, request, exchange, services).await? {
                return Ok(Some(answer));
            }
        }
        Ok(None)
    }

    /// Shapes the request that goes to the upstream, then says who calls. After hop-by-hop headers, and those that only the
    /// gateway may set, were removed.
    pub async fn upstream(
        &mut self,
        request: &Request<'_>,
        upstream: &mut UpstreamRequest<'_>,
        services: &Services,
    ) -> Result<(), Failure> {
        let Self {
            route,
            exchange,
            grant,
        } = self;
        for step in all(route, grant.as_ref()) {
            let outcome = step
                .policy
                .upstream_request(request, upstream, exchange, services);
            settle(step, outcome).await?;
        }
        self.introduce(upstream);
        Ok(())
    }

    /// Shapes the head of the answer, the gateway's own answers included, and adds what callers are told: where the API
    /// version stands, and what is left of their limits.
    pub async fn respond(
        &mut self,
        request: &Request<'_>,
        response: &mut Response<'_>,
        services: &Services,
    ) -> Result<(), Failure> {
        let Self {
            route,
            exchange,
            grant,
        } = self;
        for step in all(route, grant.as_ref()) {
            let outcome = step.policy.response(request, response, exchange, services);
            settle(step, outcome).await?;
        }
        for (name, value) in &route.version.headers {
            if *name == http::header::LINK {
                response.append(name, value.clone());
            } else {
                response.set(name, value.clone());
            }
        }
        for (name, value) in exchange.readings.headers() {
            response.set(&name, value);
        }
        Ok(())
    }

    /// Gives back what was taken from quotas: the request was refused after all, and nothing was sent.
    pub fn give_back(&mut self, services: &Services) {
        for charge in self.exchange.charges.drain(..) {
            services.quotas.give_back(charge);
        }
    }

    /// What the policies want of the bodies, all together.
    pub fn bodies(&self) -> Bodies {
        all(&self.route, self.grant.as_ref())
            .map(|step| step.policy.bodies())
            .fold(Bodies::default(), |sum, one| Bodies {
                request: sum.request.and(one.request),
                response: sum.response.and(one.response),
            })
    }

    /// `X-Application-Id`, `X-Subscription-Id`, `X-Plan` and `X-Credential-Id`.
    fn introduce(&self, upstream: &mut UpstreamRequest<'_>) {
        if let Some(caller) = &self.exchange.caller {
            upstream.set(&APPLICATION_ID, id_value(caller.application.uuid()));
            if let Some(credential) = caller.credential() {
                upstream.set(&CREDENTIAL_ID, id_value(credential.uuid()));
            }
        }
        if let Some(grant) = &self.grant {
            upstream.set(&SUBSCRIPTION_ID, id_value(grant.subscription.id.uuid()));
            upstream.set(&PLAN, grant.plan.slug.clone());
        }
    }
}

fn id_value(id: Uuid) -> HeaderValue {
    let mut text = [0; uuid::fmt::Hyphenated::LENGTH];
    let text = id.as_hyphenated().encode_lower(&mut text);
    HeaderValue::from_str(text).expect("an id is hexadecimal and hyphens")
}

/// The steps after the subscription check, in run order.
fn after<'a>(route: &'a CompiledRoute, grant: Option<&'a Grant>) -> Merged<'a> {
    let (plan, application) = grant.map(Grant::steps).unwrap_or_default();
    Merged::new([&route.pipeline.after, plan, application])
}

/// All steps, in run order.
fn all<'a>(route: &'a CompiledRoute, grant: Option<&'a Grant>) -> impl Iterator<Item = &'a Step> {
    route.pipeline.before.iter().chain(after(route, grant))
}

async fn ask(
    step: &Step,
    request: &Request<'_>,
    exchange: &mut Exchange,
    services: &Services,
) -> Result<Option<Answer>, Failure> {
    let outcome = step.policy.request(request, exchange, services);
    Ok(match settle(step, outcome).await? {
        Flow::Next => None,
        Flow::Answer(answer) => Some(*answer),
    })
}

/// Waits only where a policy really returned a future. A policy that could not do its work refuses, unless it was told to
/// let requests pass.
async fn settle(step: &Step, outcome: Outcome<'_>) -> Result<Flow, Failure> {
    let verdict = match outcome {
        Outcome::Ready(verdict) => verdict,
        Outcome::Later(later) => later.await,
    };
    match verdict {
        Err(failure)
            if failure.refusal == Refusal::PolicyFailed
                && step.policy.on_error() == OnError::Open =>
        {
            tracing::warn!(policy = step.kind, id = %step.id, detail = failure.detail, "a policy failed; the request goes on without it");
            Ok(Flow::Next)
        }
        verdict => verdict,
    }
}

/// The code, with what it is about here.
fn explain(refusal: Refusal, caller: &Caller, route: &CompiledRoute) -> Failure {
    let api = format!("{} {}", route.version.api_name, route.version.label);
    let detail = match refusal {
        Refusal::SubscriptionMissing => {
            format!(
                "application {} has no subscription to a product with {api}",
                caller.application
            )
        }
        Refusal::SubscriptionPending => format!("the subscription to {api} waits for approval"),
        Refusal::SubscriptionSuspended => format!("the subscription to {api} is suspended"),
        Refusal::PlanRetired => format!("the plan of the subscription to {api} is retired"),
        Refusal::TokenInvalid => {
            "the playground token's subscription is not its application's".to_owned()
        }
        other => other.explain().remedy.to_owned(),
    };
    Failure::new(refusal, detail)
}
