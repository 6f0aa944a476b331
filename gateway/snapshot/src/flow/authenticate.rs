//! Several ways to say who calls on one route: any of them, or all.

use domain::refusal::Refusal;
use gateway_policies::kind::Stage;
use gateway_policies::policy::{Answer, Failure, Flow};
use gateway_policies::request::Request;
use gateway_policies::services::Services;
use http::header::WWW_AUTHENTICATE;

use super::Passage;
use super::walk::settle;
use crate::settings::{Access, Authentication};
use crate::steps::Step;

/// What the authentication policies of the route said so far.
#[derive(Debug, Default)]
pub(super) struct Asked {
    /// One of them found a good credential.
    known: bool,
    /// How many found no credential of their kind.
    empty: usize,
    /// What they said that found none of their kind: one 401 is made of it.
    missing: Option<Failure>,
}

impl Passage {
    /// With any-of, the policies behind the one that knew the caller are not asked.
    pub(super) fn is_spared(&self, step: &Step) -> bool {
        step.stage == Stage::Authenticate
            && self.route.settings.authentication == Authentication::Any
            && self.asked.known
    }

    /// Asks one authentication policy. One that finds no credential of its kind leaves the question to the others; every
    /// other refusal stands.
    pub(super) async fn ask_who(
        &mut self,
        step: &Step,
        request: &Request<'_>,
        services: &Services,
    ) -> Result<Option<Answer>, Failure> {
        let before = self.exchange.caller;
        let outcome = step.policy.request(request, &mut self.exchange, services);
        match settle(step, outcome).await {
            Ok(Flow::Next) => {
                self.asked.known = true;
                match (before, self.exchange.caller) {
                    (Some(before), Some(now)) if before.application != now.application => {
                        let detail =
                            "the credentials of the request belong to different applications";
                        Err(Failure::new(Refusal::CredentialUnknown, detail))
                    }
                    _ => Ok(None),
                }
            }
            Ok(Flow::Answer(answer)) => {
                self.answered = Some(step.place());
                Ok(Some(*answer))
            }
            Err(failure)
                if failure.refusal == Refusal::CredentialMissing
                    && self.route.settings.authentication == Authentication::Any =>
            {
                self.note_missing(failure);
                Ok(None)
            }
            Err(failure) => Err(failure),
        }
    }

    /// How many authentication policies found no credential of their kind so far.
    pub(super) fn has_missing(&self) -> usize {
        self.asked.empty
    }

    /// The first detail stands; each kind adds how it wants to be asked.
    fn note_missing(&mut self, failure: Failure) {
        self.asked.empty += 1;
        match &mut self.asked.missing {
            None => self.asked.missing = Some(failure),
            Some(known) => {
                let challenges = failure.headers.into_iter();
                let new = challenges.filter(|(name, _)| *name == WWW_AUTHENTICATE);
                for challenge in new {
                    if !known.headers.contains(&challenge) {
                        known.headers.push(challenge);
                    }
                }
            }
        }
    }

    /// Refuses when the route wants to know the caller and no policy did.
    pub(super) fn is_authenticated(&mut self) -> Result<(), Failure> {
        if self.route.settings.access == Access::Open || self.asked.known {
            return Ok(());
        }
        let missing = self.asked.missing.take();
        Err(missing.unwrap_or_else(|| Refusal::CredentialMissing.into()))
    }
}
