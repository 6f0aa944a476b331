//! One request's way through the policies: every phase of every lane is one call here.

mod authenticate;
mod bodies;
mod introduce;
pub mod rehearse;
#[cfg(test)]
mod tests;
mod walk;

use std::sync::Arc;

use domain::Timestamp;
use domain::refusal::Refusal;
use gateway_policies::exchange::{Caller, Exchange, UPSTREAM_PATH};
use gateway_policies::kind::Stage;
use gateway_policies::log_entry::LogEntry;
use gateway_policies::policy::{Answer, Body, Failure, Flow};
use gateway_policies::request::Request;
use gateway_policies::response::Response;
use gateway_policies::services::Services;
use gateway_policies::token;
use gateway_policies::upstream::UpstreamRequest;

pub use self::bodies::Wanted;

use self::authenticate::Asked;
use self::walk::{after, all, asker, settle};
use crate::live::{Grant, Live, Standing};
use crate::route::CompiledRoute;
use crate::steps::Step;

/// A request that found its route, from there to the last piece of its answer.
pub struct Passage {
    /// The route.
    pub route: Arc<CompiledRoute>,
    /// What is known about the exchange.
    pub exchange: Exchange,
    standing: Standing,
    at: At,
    asked: Asked,
    /// The place among the kinds of the policy that answered.
    answered: Option<usize>,
    held: bodies::Held,
}

/// How far a request came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    /// So many of the steps before the subscription check are done.
    Before(usize),
    /// The subscription is to be checked.
    Terms,
    /// So many of each list after it are left.
    After([usize; 3]),
    /// Through.
    Through,
}

/// What becomes of a request.
#[derive(Debug)]
pub enum Admission {
    /// It goes to the upstream.
    Through,
    /// A policy answered.
    Answer(Answer),
    /// The next policy wants the whole body, of at most so many bytes: read it, and ask again.
    Body(usize),
}

impl Passage {
    /// At the start.
    pub fn new(route: Arc<CompiledRoute>, now: Timestamp) -> Self {
        let mut exchange = Exchange::new(now, route.id, route.version.id, route.operation);
        exchange.contract = route.contract.clone();
        Self {
            route,
            exchange,
            standing: Standing::Unknown,
            at: At::Before(0),
            asked: Asked::default(),
            answered: None,
            held: bodies::Held::default(),
        }
    }

    /// What the caller was granted; `None` where no subscription is asked for.
    pub fn grant(&self) -> Option<&Grant> {
        self.standing.grant()
    }

    /// Who calls, may they, how much: before an upstream is chosen. Called again with the body when that was wanted. An answer
    /// goes to the caller instead of a request to the upstream. What was taken from quotas is given back when a later policy
    /// refuses.
    pub async fn admit(
        &mut self,
        request: &Request<'_>,
        live: &Live,
        services: &Services,
    ) -> Result<Admission, Failure> {
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
    ) -> Result<Admission, Failure> {
        while let At::Before(done) = self.at {
            let route = self.route.clone();
            let Some(step) = route.pipeline.before.get(done) else {
                self.at = At::Terms;
                break;
            };
            if !self.is_spared(step)
                && step.applies(request, asker(&self.exchange, &Standing::Unknown))
            {
                if let Some(most) = body_wanted(step, request)? {
                    return Ok(Admission::Body(most));
                }
                if let Some(answer) = self.ask(step, request, services).await? {
                    return Ok(Admission::Answer(answer));
                }
            }
            self.at = At::Before(done + 1);
        }
        if self.at == At::Terms {
            self.check_terms(live)?;
            self.at = At::After(after(&self.route, &self.standing).left());
        }
        let (route, standing) = (self.route.clone(), self.standing.clone());
        while let At::After(left) = self.at {
            let mut steps = after(&route, &standing);
            steps.resume(left);
            let Some(step) = steps.next() else {
                self.at = At::Through;
                break;
            };
            if step.applies(request, asker(&self.exchange, &standing)) {
                if let Some(most) = body_wanted(step, request)? {
                    return Ok(Admission::Body(most));
                }
                if let Some(answer) = self.ask(step, request, services).await? {
                    return Ok(Admission::Answer(answer));
                }
            }
            self.at = At::After(steps.left());
        }
        Ok(Admission::Through)
    }

    fn check_terms(&mut self, live: &Live) -> Result<(), Failure> {
        self.is_authenticated()?;
        if self.route.needs_grant() {
            let caller = self.exchange.caller.ok_or(Refusal::CredentialMissing)?;
            let granted = live
                .authorise(&caller, &self.route)
                .map_err(|refusal| explain(refusal, &caller, &self.route))?;
            self.allows_scopes(&granted)?;
            self.exchange.terms = Some(granted.terms());
            self.standing = Standing::Granted(granted);
        } else if let Some(caller) = self.exchange.caller {
            let known = live
                .application(&caller)
                .map_err(|refusal| explain(refusal, &caller, &self.route))?;
            self.standing = Standing::Known(known);
        }
        Ok(())
    }

    /// A token's scopes open only what the plan allows: the token may have been granted them under another one.
    fn allows_scopes(&self, grant: &Grant) -> Result<(), Failure> {
        let needed = self.exchange.scopes.iter();
        let missing: Vec<&str> = match &grant.plan.scopes {
            None => return Ok(()),
            Some(allowed) => needed
                .filter(|scope| !allowed.contains(scope))
                .map(String::as_str)
                .collect(),
        };
        if missing.is_empty() {
            return Ok(());
        }
        let detail = format!("the plan does not allow the scope {}", missing.join(" "));
        Err(token::insufficient(detail, missing))
    }

    async fn ask(
        &mut self,
        step: &Step,
        request: &Request<'_>,
        services: &Services,
    ) -> Result<Option<Answer>, Failure> {
        if step.stage == Stage::Authenticate {
            return self.ask_who(step, request, services).await;
        }
        let outcome = step.policy.request(request, &mut self.exchange, services);
        Ok(match settle(step, outcome).await? {
            Flow::Next => None,
            Flow::Answer(answer) => {
                self.answered = Some(step.place());
                Some(*answer)
            }
        })
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
            standing,
            ..
        } = self;
        let mut introduced = false;
        for step in all(route, standing) {
            // a cache or a mirror that asks again by itself says who calls, too
            if step.stage >= Stage::Cache && !introduced {
                introduced = true;
                introduce::introduce(exchange, standing.grant(), upstream);
            }
            if step.applies(request, asker(exchange, standing)) {
                let outcome = step
                    .policy
                    .upstream_request(request, upstream, exchange, services);
                settle(step, outcome).await?;
            }
        }
        introduce::introduce(exchange, standing.grant(), upstream);
        Ok(())
    }

    /// Shapes the head of the answer, the gateway's own answers included, and adds what callers are told: where the API
    /// version stands, and what is left of their limits. The policies of the stages Cache and Steer come first: they see what
    /// the upstream said. Of an answer that stands for the upstream's, only the policies before the one that made it are asked.
    pub async fn respond(
        &mut self,
        request: &Request<'_>,
        response: &mut Response<'_>,
        services: &Services,
    ) -> Result<Option<Answer>, Failure> {
        let Self {
            route,
            exchange,
            standing,
            answered,
            ..
        } = self;
        let stands_in = response.is_from_upstream().then_some(*answered).flatten();
        for step in walk::responding(route, standing, stands_in) {
            if !step.applies(request, asker(exchange, standing)) {
                continue;
            }
            let outcome = step.policy.response(request, response, exchange, services);
            if let Flow::Answer(answer) = settle(step, outcome).await? {
                *answered = Some(step.place());
                return Ok(Some(*answer));
            }
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
        Ok(None)
    }

    /// No answer came from the upstream: the first policy that has one is taken.
    pub async fn upstream_failed(
        &mut self,
        request: &Request<'_>,
        why: Refusal,
        services: &Services,
    ) -> Result<Option<Answer>, Failure> {
        let Self {
            route,
            exchange,
            standing,
            answered,
            ..
        } = self;
        if let Ok(path) = route.upstream_path(request.path()) {
            exchange.set_value(UPSTREAM_PATH, path);
        }
        for step in all(route, standing) {
            if !step.applies(request, asker(exchange, standing)) {
                continue;
            }
            let outcome = step
                .policy
                .upstream_failed(request, why, exchange, services);
            if let Flow::Answer(answer) = settle(step, outcome).await? {
                *answered = Some(step.place());
                return Ok(Some(*answer));
            }
        }
        Ok(None)
    }

    /// Lets the policies make unreadable what the request log is not to keep, whatever became of the request.
    pub fn log(&self, entry: &mut LogEntry) {
        for step in all(&self.route, &self.standing) {
            step.policy.log(entry);
        }
    }

    /// Gives back what was taken from quotas: the request was refused after all, and nothing was sent.
    pub fn give_back(&mut self, services: &Services) {
        for charge in self.exchange.charges.drain(..) {
            services.quotas.give_back(charge);
        }
    }

    /// The policies that apply to the request, in run order.
    pub fn effective<'a>(&'a self, request: &'a Request<'a>) -> impl Iterator<Item = &'a Step> {
        let asker = asker(&self.exchange, &self.standing);
        all(&self.route, &self.standing).filter(move |step| step.applies(request, asker))
    }
}

/// How much of the body a step wants before it is asked; `None` when it wants none, or the body is there.
fn body_wanted(step: &Step, request: &Request<'_>) -> Result<Option<usize>, Failure> {
    match (step.bodies.request, request.body()) {
        (Body::Buffer(most), None) => Ok(Some(most)),
        (Body::Buffer(most), Some(body)) if body.len() > most => Err(too_large(most)),
        _ => Ok(None),
    }
}

fn too_large(most: usize) -> Failure {
    Failure::new(
        Refusal::BodyTooLarge,
        format!("at most {most} bytes are taken"),
    )
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
