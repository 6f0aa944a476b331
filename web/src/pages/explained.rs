//! A request of the log, explained: what each policy of its route would say to it now. The log keeps no headers, no query and no
//! body, so this is a rehearsal of what is known, beside what was recorded.

use domain::api::PolicyScope;
use gateway_snapshot::flow::rehearse::{Said, Word};
use operations::tester::{self, Outcome, Question, Rehearsal};
use store::request_log::Request;

use crate::admin::Admin;
use crate::answer::Fault;
use crate::parts::{Notice, Tone};

/// What is shown of it.
pub(crate) struct Explained {
    /// How the same request would end now, next to how it ended then.
    pub(crate) notice: Notice,
    /// The policies in run order.
    pub(crate) steps: Vec<Step>,
}

/// One policy.
pub(crate) struct Step {
    pub(crate) kind: &'static str,
    pub(crate) origin: String,
    pub(crate) said: String,
    /// `bad`, `skip` or nothing: how the line is drawn.
    pub(crate) verdict: &'static str,
}

/// Explains a request; `None` to somebody who may not see what it takes, or when its path cannot be tried.
pub(crate) async fn explain(admin: &Admin, request: &Request) -> Result<Option<Explained>, Fault> {
    let asked = Rehearsal {
        question: Question {
            method: request.method.clone(),
            host: request.host.clone(),
            path: request.path.clone(),
            headers: String::new(),
            draft: None,
        },
        headers: vec![("Host".to_owned(), request.host.clone())],
        body: Default::default(),
        application: (!request.application_id.is_nil()).then_some(request.application_id),
        draft: None,
    };
    let rehearsed = match tester::rehearse(&admin.platform, &admin.actor, asked).await {
        Ok(rehearsed) => rehearsed,
        Err(
            operations::Error::Forbidden { .. }
            | operations::Error::NotFound { .. }
            | operations::Error::Invalid { .. }
            | operations::Error::WrongState(_),
        ) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    Ok(Some(Explained {
        notice: notice(request, rehearsed.outcome.as_ref()),
        steps: rehearsed
            .said
            .iter()
            .map(|said| step(request, said))
            .collect(),
    }))
}

fn notice(request: &Request, now: Option<&Outcome>) -> Notice {
    let then = if request.code.is_empty() {
        "it was let through".to_owned()
    } else {
        format!("it was refused with {}", request.code)
    };
    match now {
        None => Notice::new(Tone::Warn, "No route takes this request now")
            .text(format!("Then {then}.")),
        Some(Outcome::Refused { code, detail, .. }) if *code == request.code => {
            Notice::new(Tone::Info, "It would be refused now for the same reason").text(detail.clone())
        }
        Some(Outcome::Refused { code, detail, .. }) => {
            Notice::new(Tone::Warn, format!("What is known of it would be refused now: {code}"))
                .text(format!("{detail}. Then {then}."))
        }
        Some(Outcome::Answered { status, .. }) => {
            Notice::new(Tone::Info, format!("A policy would answer it now with {status}"))
                .text(format!("Then {then}."))
        }
        Some(Outcome::Forwarded { .. }) if request.code.is_empty() => {
            Notice::new(Tone::Good, "It would go through now as it did")
        }
        Some(Outcome::Forwarded { .. }) => {
            Notice::new(Tone::Info, "What is known of it would go through now")
                .text(format!("Then {then}: counters, headers or the body made the difference, or the configuration has changed since."))
        }
    }
}

fn step(request: &Request, said: &Said) -> Step {
    let mut words = said.verdict.as_str().to_owned();
    if !said.detail.is_empty() {
        words = format!("{words}: {}", said.detail);
    }
    if said.verdict == Word::Refuses
        && !request.code.is_empty()
        && said.detail.starts_with(&request.code)
    {
        words.push_str(" (as it did then)");
    }
    Step {
        kind: said.kind,
        origin: if said.id.is_nil() {
            "built in".to_owned()
        } else if said.scope == PolicyScope::Global {
            "on everything".to_owned()
        } else {
            format!("from its {}", said.scope)
        },
        said: words,
        verdict: match said.verdict {
            Word::Refuses => "bad",
            Word::Skipped | Word::Spared | Word::NotReached => "skip",
            Word::Passes | Word::NothingFound | Word::Answers => "",
        },
    }
}
