//! Bodies, conditions and several ways of authentication, with policies made for the purpose.

use std::sync::Arc;

use bytes::Bytes;
use domain::api::PathKind;
use domain::refusal::Refusal;
use gateway_policies::cache::store::CacheStore;
use gateway_policies::counters::Counters;
use gateway_policies::dice::Dice;
use gateway_policies::exchange::Exchange;
use gateway_policies::kind::Stage;
use gateway_policies::policy::{
    Answer, Bodies, Body, Failure, Flow, Outcome, PASS, Policy, Verdict,
};
use gateway_policies::quotas::Quotas;
use gateway_policies::request::Request;
use gateway_policies::response::Response;
use gateway_policies::services::{Offline, Services};
use http::header::WWW_AUTHENTICATE;
use http::{HeaderValue, StatusCode};
use parking_lot::Mutex;
use pingora_http::{RequestHeader, ResponseHeader};

use super::{Admission, Passage};
use crate::live::Live;
use crate::route::{CompiledRoute, Parts};
use crate::settings::{Access, Authentication};
use crate::steps::{Pipeline, Step};
use crate::trial;
use crate::version::CompiledVersion;

/// A policy that says its name wherever it is asked, and puts it before and behind bodies.
#[derive(Clone, Default)]
struct Trial {
    name: &'static str,
    bodies: Bodies,
    refuses: Option<Refusal>,
    answers: bool,
    fails_on_body: bool,
    log: Arc<Mutex<Vec<String>>>,
}

impl Policy for Trial {
    fn request<'a>(
        &'a self,
        request: &'a Request<'a>,
        _exchange: &'a mut Exchange,
        _services: &'a Services,
    ) -> Outcome<'a> {
        let body = request
            .body()
            .map(|b| String::from_utf8_lossy(b).into_owned());
        self.log
            .lock()
            .push(format!("{} {}", self.name, body.unwrap_or_default()));
        if let Some(refusal) = self.refuses {
            let challenge = HeaderValue::from_static(self.name);
            return Failure::new(refusal, self.name)
                .with_header(WWW_AUTHENTICATE, challenge)
                .into();
        }
        PASS
    }

    fn response<'a>(
        &'a self,
        _request: &'a Request<'a>,
        _response: &'a mut Response<'_>,
        _exchange: &'a mut Exchange,
        _services: &'a Services,
    ) -> Outcome<'a> {
        self.log.lock().push(format!("{} responds", self.name));
        if self.answers {
            let verdict: Verdict = Ok(Flow::Answer(Box::new(Answer {
                status: StatusCode::ACCEPTED,
                headers: Vec::new(),
                body: Bytes::from_static(b"instead"),
                for_upstream: true,
            })));
            return verdict.into();
        }
        PASS
    }

    fn bodies(&self) -> Bodies {
        self.bodies
    }

    fn request_body(
        &self,
        _exchange: &mut Exchange,
        piece: &Bytes,
        end: bool,
    ) -> Result<Option<Bytes>, Failure> {
        self.change(piece, end)
    }

    fn response_body(
        &self,
        _exchange: &mut Exchange,
        piece: &Bytes,
        end: bool,
    ) -> Result<Option<Bytes>, Failure> {
        self.change(piece, end)
    }
}

impl Trial {
    fn change(&self, piece: &Bytes, end: bool) -> Result<Option<Bytes>, Failure> {
        if self.fails_on_body {
            return Err(Failure::new(Refusal::PolicyFailed, "no"));
        }
        let end = if end { "." } else { "" };
        let text = String::from_utf8_lossy(piece);
        Ok(Some(Bytes::from(format!("{}({text}){end}", self.name))))
    }
}

fn passage(
    policies: Vec<(&'static str, Trial)>,
    settings: impl FnOnce(&mut crate::settings::RouteSettings),
) -> Passage {
    let mut route = trial::route(1, 1, "/a", PathKind::Prefix);
    route.settings.access = Access::Open;
    settings(&mut route.settings);
    let steps = policies
        .into_iter()
        .enumerate()
        .map(|(i, (kind, policy))| Step::for_trial(kind, i, Arc::new(policy)))
        .collect();
    let version = trial::version(1, "");
    let compiled = CompiledRoute::compile(Parts {
        route: &route,
        version: Arc::new(CompiledVersion::compile(&version, String::new())),
        upstream: None,
        pipeline: Pipeline::new(steps, route.settings.access),
        contract: None,
    });
    let compiled = compiled.unwrap_or_else(|_| panic!("the trial's route compiles"));
    Passage::new(Arc::new(compiled), domain::Timestamp::from_seconds(1))
}

fn services() -> Services {
    Services {
        credentials: Arc::new(Live::new()),
        counters: Arc::new(Counters::new(10)),
        quotas: Arc::new(Quotas::default()),
        slots: Arc::default(),
        proofs: Arc::default(),
        dice: Arc::new(Dice::seeded(1)),
        cache: Arc::new(CacheStore::new(1 << 20)),
        secrets: Arc::new(Offline),
        fetch: Arc::new(Offline),
        upstreams: Arc::new(Offline),
        background: Arc::new(Offline),
    }
}

fn header() -> RequestHeader {
    RequestHeader::build("POST", b"/a", None).unwrap()
}

fn view<'a>(header: &'a RequestHeader, body: Option<&'a Bytes>) -> Request<'a> {
    Request::new(header, "h", "/a", "192.0.2.1".parse().unwrap()).with_body(body)
}

fn wait<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match future.as_mut().poll(&mut context) {
        std::task::Poll::Ready(value) => value,
        std::task::Poll::Pending => panic!("nothing here waits"),
    }
}

fn admit(passage: &mut Passage, request: &Request<'_>) -> Result<Admission, Failure> {
    wait(passage.admit(request, &Live::new(), &services()))
}

fn buffer(most: usize) -> Body {
    Body::Buffer(most)
}

fn request(body: Body) -> Bodies {
    Bodies {
        request: body,
        ..Bodies::default()
    }
}

fn response(body: Body) -> Bodies {
    Bodies {
        response: body,
        ..Bodies::default()
    }
}

#[test]
fn the_body_is_read_when_its_policy_is_reached() {
    let log = Arc::<Mutex<Vec<String>>>::default();
    let named = |name, bodies| Trial {
        name,
        bodies,
        log: log.clone(),
        ..Trial::default()
    };
    let mut passage = passage(
        vec![
            ("rate_limit", named("first", Bodies::default())),
            ("quota", named("reads", request(buffer(8)))),
            ("request_transform", named("small", request(buffer(3)))),
        ],
        |_| {},
    );
    let header = header();
    let wanted = admit(&mut passage, &view(&header, None)).unwrap();
    assert!(matches!(wanted, Admission::Body(8)), "{wanted:?}");
    assert_eq!(*log.lock(), ["first "]);
    let body = Bytes::from_static(b"abc");
    let through = admit(&mut passage, &view(&header, Some(&body))).unwrap();
    assert!(matches!(through, Admission::Through));
    assert_eq!(*log.lock(), ["first ", "reads abc", "small abc"]);
    let sent = passage
        .whole_request(&view(&header, Some(&body)), body.clone())
        .unwrap();
    assert_eq!(sent, "small(reads(abc).).");
}

#[test]
fn a_later_policy_may_take_less() {
    let mut passage = passage(
        vec![
            (
                "quota",
                Trial {
                    bodies: request(buffer(8)),
                    ..Trial::default()
                },
            ),
            (
                "request_transform",
                Trial {
                    bodies: request(buffer(3)),
                    ..Trial::default()
                },
            ),
        ],
        |_| {},
    );
    let header = header();
    let body = Bytes::from_static(b"abcd");
    let refused = admit(&mut passage, &view(&header, Some(&body))).unwrap_err();
    assert_eq!(refused.refusal, Refusal::BodyTooLarge);
}

#[test]
fn pieces_pass_and_watchers_change_nothing() {
    let mut passage = passage(
        vec![
            (
                "quota",
                Trial {
                    name: "w",
                    bodies: request(Body::Watch),
                    ..Trial::default()
                },
            ),
            (
                "request_transform",
                Trial {
                    name: "s",
                    bodies: request(Body::Stream),
                    ..Trial::default()
                },
            ),
        ],
        |_| {},
    );
    let header = header();
    let view = view(&header, None);
    let wanted = passage.wanted(&view);
    assert!(wanted.request_pieces && wanted.request_changes && !wanted.response);
    let first = passage.request_piece(&view, Bytes::from_static(b"a"), false);
    assert_eq!(first.unwrap(), "s(a)");
    let last = passage.request_piece(&view, Bytes::new(), true);
    assert_eq!(last.unwrap(), "s().");
}

#[test]
fn a_response_is_held_until_it_is_whole() {
    let mut passage = passage(
        vec![
            (
                "quota",
                Trial {
                    name: "b",
                    bodies: response(buffer(4)),
                    ..Trial::default()
                },
            ),
            (
                "request_transform",
                Trial {
                    name: "s",
                    bodies: response(Body::Stream),
                    ..Trial::default()
                },
            ),
        ],
        |_| {},
    );
    let header = header();
    let view = view(&header, None);
    assert!(passage.wanted(&view).response_whole);
    let piece = |passage: &mut Passage, text: &'static [u8], end| {
        passage.response_piece(&view, Bytes::from_static(text), end)
    };
    assert_eq!(piece(&mut passage, b"ab", false).unwrap(), "");
    assert_eq!(passage.held(), 2);
    assert_eq!(piece(&mut passage, b"cd", true).unwrap(), "s(b(abcd).).");
    assert_eq!(piece(&mut passage, b"ab", false).unwrap(), "");
    let large = piece(&mut passage, b"cde", false).unwrap_err();
    assert_eq!(large.refusal, Refusal::UpstreamFailed);
}

#[test]
fn failing_open_leaves_the_body_as_it_is() {
    let open = Trial {
        fails_on_body: true,
        bodies: response(buffer(9)),
        ..Trial::default()
    };
    let header = header();
    let view = view(&header, None);
    let mut closed = passage(vec![("quota", open.clone())], |_| {});
    assert!(
        closed
            .response_piece(&view, Bytes::from_static(b"a"), true)
            .is_err()
    );
    assert!(closed.response_is_compressed(&view).is_err());
}

#[test]
fn policies_near_the_upstream_see_its_answer_first_and_may_replace_it() {
    let log = Arc::<Mutex<Vec<String>>>::default();
    let far = Trial {
        name: "far",
        log: log.clone(),
        ..Trial::default()
    };
    let near = Trial {
        name: "near",
        answers: true,
        log: log.clone(),
        ..Trial::default()
    };
    let mut passage = passage(vec![("cors", far), ("near", near)], |_| {});
    let header = header();
    let mut head = ResponseHeader::build(500, None).unwrap();
    let answer = wait(passage.respond(
        &view(&header, None),
        &mut Response::from_upstream(&mut head),
        &services(),
    ));
    assert_eq!(answer.unwrap().unwrap().body, "instead");
    assert_eq!(*log.lock(), ["near responds"]);
    log.lock().clear();
    let again = wait(passage.respond(
        &view(&header, None),
        &mut Response::from_upstream(&mut head),
        &services(),
    ));
    assert!(again.unwrap().is_none());
    assert_eq!(
        *log.lock(),
        ["far responds"],
        "the one that answered is not asked again"
    );
}

fn who(name: &'static str, refuses: Option<Refusal>) -> (&'static str, Trial) {
    (
        "key_auth",
        Trial {
            name,
            refuses,
            ..Trial::default()
        },
    )
}

fn outcome(
    policies: Vec<(&'static str, Trial)>,
    authentication: Authentication,
) -> Result<Admission, Failure> {
    let mut passage = passage(policies, |settings| {
        settings.access = Access::Authenticated;
        settings.authentication = authentication;
    });
    admit(&mut passage, &view(&header(), None))
}

#[test]
fn any_of_takes_the_first_credential_that_is_found() {
    use Refusal::{CredentialExpired, CredentialMissing};
    let any = Authentication::Any;
    let found = outcome(vec![who("a", Some(CredentialMissing)), who("b", None)], any);
    assert!(matches!(found, Ok(Admission::Through)));
    let first = outcome(vec![who("a", None), who("b", Some(CredentialExpired))], any);
    assert!(
        matches!(first, Ok(Admission::Through)),
        "the second is not asked"
    );
    let bad = outcome(vec![who("a", Some(CredentialExpired)), who("b", None)], any);
    assert_eq!(
        bad.unwrap_err().refusal,
        CredentialExpired,
        "a bad credential is no missing one"
    );
    let none = outcome(
        vec![
            who("a", Some(CredentialMissing)),
            who("b", Some(CredentialMissing)),
        ],
        any,
    )
    .unwrap_err();
    assert_eq!(none.refusal, CredentialMissing);
    let challenges: Vec<&str> = none
        .headers
        .iter()
        .map(|(_, v)| v.to_str().unwrap())
        .collect();
    assert_eq!(challenges, ["a", "b"]);
}

#[test]
fn all_of_takes_every_credential() {
    use Refusal::CredentialMissing;
    let all = Authentication::All;
    assert!(outcome(vec![who("a", None), who("b", None)], all).is_ok());
    let missing = outcome(vec![who("a", None), who("b", Some(CredentialMissing))], all);
    assert_eq!(missing.unwrap_err().refusal, CredentialMissing);
}

#[test]
fn stages_of_the_trial_are_those_of_their_kinds() {
    let policy: Arc<dyn Policy> = Arc::new(Trial::default());
    assert_eq!(
        Step::for_trial("near", 0, policy.clone()).stage,
        Stage::Steer
    );
    assert_eq!(Step::for_trial("cors", 0, policy).stage, Stage::Arrive);
}
