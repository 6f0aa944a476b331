//! A dry run: a request passes through the policies of its route, each with its verdict, and nothing is sent to anybody.

use bytes::Bytes;
use domain::api::PolicyScope;
use domain::id::PolicyId;
use gateway_policies::policy::{Answer, Body, Failure};
use gateway_policies::request::Request;
use gateway_policies::services::Services;
use serde::Serialize;

use super::Passage;
use super::walk::{all, asker};
use crate::live::Live;
use crate::steps::Step;

/// What one policy said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Said {
    /// Its kind.
    pub kind: &'static str,
    /// What it is attached to.
    pub scope: PolicyScope,
    /// Its id; nil for what is built in.
    pub id: PolicyId,
    /// The word for it.
    pub verdict: Word,
    /// The code and what exactly, where it refused or failed; the status, where it answered.
    pub detail: String,
}

/// A policy's verdict on a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Word {
    /// It lets the request go on.
    Passes,
    /// Its conditions do not hold.
    Skipped,
    /// Another way of authentication found the caller before it.
    Spared,
    /// It found no credential of its kind; others may.
    NothingFound,
    /// It refuses the request.
    Refuses,
    /// It answers in the upstream's place.
    Answers,
    /// The request did not come to it.
    NotReached,
}

impl Word {
    /// The word for people.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Passes => "passes",
            Self::Skipped => "its conditions do not hold",
            Self::Spared => "not asked: the caller is known already",
            Self::NothingFound => "finds no credential of its kind",
            Self::Refuses => "refuses",
            Self::Answers => "answers",
            Self::NotReached => "not reached",
        }
    }
}

/// How a rehearsal ends.
#[derive(Debug)]
pub enum End {
    /// The request would go to the upstream, with this body where a policy changed it.
    Through(Option<Bytes>),
    /// A policy answers.
    Answer(Answer),
    /// It is refused.
    Refused(Failure),
}

impl Passage {
    /// Runs the request through the policies and notes what each of them says.
    pub async fn rehearse(
        &mut self,
        request: &Request<'_>,
        live: &Live,
        services: &Services,
    ) -> (Vec<Said>, End) {
        let mut said = Vec::new();
        let end = self.rehearse_all(request, live, services, &mut said).await;
        let rest = all(&self.route, &self.standing);
        let rest: Vec<Said> = rest
            .filter(|step| !said.iter().any(|s| is_of(s, step)))
            .map(|step| say(step, Word::NotReached, String::new()))
            .collect();
        said.extend(rest);
        (said, end)
    }

    async fn rehearse_all(
        &mut self,
        request: &Request<'_>,
        live: &Live,
        services: &Services,
        said: &mut Vec<Said>,
    ) -> End {
        let before = self.route.pipeline.before.clone();
        if let Some(end) = self.rehearse_steps(&before, request, services, said).await {
            return end;
        }
        if let Err(failure) = self.check_terms(live) {
            return End::Refused(failure);
        }
        let after: Vec<Step> = super::walk::after(&self.route, &self.standing)
            .cloned()
            .collect();
        if let Some(end) = self.rehearse_steps(&after, request, services, said).await {
            return end;
        }
        let Some(body) = request.body().filter(|body| !body.is_empty()) else {
            return End::Through(None);
        };
        match self.whole_request(request, body.clone()) {
            Ok(changed) => End::Through((changed != *body).then_some(changed)),
            Err(failure) => End::Refused(failure),
        }
    }

    async fn rehearse_steps(
        &mut self,
        steps: &[Step],
        request: &Request<'_>,
        services: &Services,
        said: &mut Vec<Said>,
    ) -> Option<End> {
        for step in steps {
            if self.is_spared(step) {
                said.push(say(step, Word::Spared, String::new()));
                continue;
            }
            if !step.applies(request, asker(&self.exchange, &self.standing)) {
                said.push(say(step, Word::Skipped, String::new()));
                continue;
            }
            if let Body::Buffer(most) = step.bodies.request
                && request.body().is_some_and(|body| body.len() > most)
            {
                let failure = super::too_large(most);
                said.push(say(step, Word::Refuses, failure.to_string()));
                return Some(End::Refused(failure));
            }
            let missing = self.has_missing();
            match self.ask(step, request, services).await {
                Ok(None) if self.has_missing() > missing => {
                    said.push(say(step, Word::NothingFound, String::new()));
                }
                Ok(None) => said.push(say(step, Word::Passes, String::new())),
                Ok(Some(answer)) => {
                    said.push(say(step, Word::Answers, answer.status.to_string()));
                    return Some(End::Answer(answer));
                }
                Err(failure) => {
                    said.push(say(step, Word::Refuses, failure.to_string()));
                    return Some(End::Refused(failure));
                }
            }
        }
        None
    }
}

fn is_of(said: &Said, step: &Step) -> bool {
    said.kind == step.kind && said.scope == step.scope && said.id == step.id
}

fn say(step: &Step, verdict: Word, detail: String) -> Said {
    Said {
        kind: step.kind,
        scope: step.scope,
        id: step.id,
        verdict,
        detail,
    }
}
