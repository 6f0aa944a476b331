//! A dry run: a request passes through the policies of its route, with a draft policy if there is one. Nobody is called, and no
//! counter of a gateway moves.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use bytes::Bytes;
use domain::Id;
use domain::access::Permission;
use domain::actor::Actor;
use domain::id::ApplicationId;
use futures_util::TryStreamExt as _;
use gateway_policies::cache::store::CacheStore;
use gateway_policies::counters::Counters;
use gateway_policies::exchange::{Caller, Proof};
use gateway_policies::policy::OnError;
use gateway_policies::quotas::Quotas;
use gateway_policies::request::Request;
use gateway_policies::services::{Offline, Services};
use gateway_policies::upstream::UpstreamRequest;
use gateway_snapshot::condition::Asked;
use gateway_snapshot::flow::Passage;
use gateway_snapshot::flow::rehearse::{End, Said};
use gateway_snapshot::live::{Found, Live, Trace};
use gateway_snapshot::model::{Application, Entity, Plan, Policy, Product, Subscription};
use gateway_snapshot::path::Canonical;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use pingora_http::RequestHeader;
use serde_json::Value;
use store::{Conn, applications, plans, products, subscriptions};

use super::{Question, entities};
use crate::access::need;
use crate::error::{Error, Result};
use crate::platform::Platform;
use crate::policies::{self, Aside, Place};

/// The largest body that is tried, in bytes.
const BODY_MOST: usize = 1 << 20;

/// A request that is to be tried.
#[derive(Debug, Clone)]
pub struct Rehearsal {
    /// Method, host, path (with its query) and the draft version that counts as published.
    pub question: Question,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Bytes,
    /// Who calls, as if a credential of the application had been found. Without one, the headers decide.
    pub application: Option<ApplicationId>,
    /// A policy that is not there yet.
    pub draft: Option<DraftPolicy>,
}

/// A policy that is not there yet.
#[derive(Debug, Clone)]
pub struct DraftPolicy {
    /// Its kind.
    pub kind: String,
    /// What it would be attached to.
    pub place: Place,
    /// Its configuration.
    pub config: Value,
    /// What goes beside it.
    pub aside: Aside,
}

/// What came of it.
#[derive(Debug)]
pub struct Rehearsed {
    /// How the route was found.
    pub trace: Trace,
    /// What each policy said, in run order; empty when no route was found.
    pub said: Vec<Said>,
    /// The end; `None` when no route was found.
    pub outcome: Option<Outcome>,
}

/// How a tried request ends.
#[derive(Debug)]
pub enum Outcome {
    /// The upstream would get this.
    Forwarded {
        /// Method and path with its query, below the target's own.
        method: Method,
        /// Path and query.
        target: String,
        /// The headers, without those of the connection.
        headers: HeaderMap,
        /// The body.
        body: Bytes,
    },
    /// A policy answers.
    Answered {
        /// The status.
        status: u16,
        /// The headers.
        headers: Vec<(HeaderName, HeaderValue)>,
        /// The body.
        body: Bytes,
    },
    /// It is refused.
    Refused {
        /// The status.
        status: u16,
        /// The code.
        code: &'static str,
        /// What exactly.
        detail: String,
    },
}

/// Tries a request against the configuration that is in the store now.
pub async fn rehearse(platform: &Platform, actor: &Actor, asked: Rehearsal) -> Result<Rehearsed> {
    need(actor, Permission::CatalogRead)?;
    if asked.application.is_some() {
        need(actor, Permission::ConsumersRead)?;
    }
    if asked.body.len() > BODY_MOST {
        let problem = format!("is larger than {BODY_MOST} bytes");
        return Err(Error::invalid("body", problem));
    }
    let header = head(&asked)?;
    let path = header.uri.path().to_owned();
    let live = Arc::new(Live::new());
    {
        let mut conn = platform.db.read().await?;
        let mut all = entities(&mut conn, actor, asked.question.draft).await?;
        if let Some(application) = asked.application {
            callers(&mut conn, actor, application, &mut all).await?;
        }
        all.extend(asked.draft.as_ref().map(draft).transpose()?);
        live.replace(1, all).map_err(|problems| {
            Error::WrongState(format!("the configuration does not compile: {problems}"))
        })?;
    }
    let host = asked.question.host.trim();
    let request = Asked {
        headers: Some(&header.headers),
        query: header.uri.query(),
        ..Asked::new(&header.method, host, &path)
    };
    let trace = live.explain(&request);
    let canonical = Canonical::parse(path.as_bytes());
    let found = canonical.as_ref().map(|path| {
        live.find_asked(&Asked {
            path: path.as_str(),
            ..request
        })
    });
    let (Ok(canonical), Ok(Found::Route(route))) = (&canonical, found) else {
        return Ok(Rehearsed {
            trace,
            said: Vec::new(),
            outcome: None,
        });
    };
    let services = Services {
        credentials: live.clone(),
        counters: Arc::new(Counters::new(100)),
        quotas: Arc::new(Quotas::default()),
        slots: Arc::default(),
        proofs: Arc::default(),
        dice: Arc::default(),
        cache: Arc::new(CacheStore::new(1 << 20)),
        secrets: Arc::new(Offline),
        fetch: Arc::new(Offline),
        upstreams: Arc::new(Offline),
        background: Arc::new(Offline),
    };
    let mut passage = Passage::new(route, platform.clock.now());
    if let Some(application) = asked.application {
        passage.assume(Caller {
            application,
            proof: Proof::Credential(Id::NIL),
        });
    }
    let client = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let name = host.split(':').next().unwrap_or_default();
    let request =
        Request::new(&header, name, canonical.as_str(), client).with_body(Some(&asked.body));
    let (said, end) = passage.rehearse(&request, &live, &services).await;
    let outcome = match end {
        End::Through(body) => {
            let body = body.unwrap_or_else(|| asked.body.clone());
            sent(&mut passage, &request, &header, &services, body).await?
        }
        End::Answer(answer) => Outcome::Answered {
            status: answer.status.as_u16(),
            headers: answer.headers,
            body: answer.body,
        },
        End::Refused(failure) => refused(&failure),
    };
    Ok(Rehearsed {
        trace,
        said,
        outcome: Some(outcome),
    })
}

fn refused(failure: &gateway_policies::policy::Failure) -> Outcome {
    Outcome::Refused {
        status: failure.refusal.status(),
        code: failure.refusal.as_str(),
        detail: failure.detail.clone(),
    }
}

/// The request as the upstream would get it.
async fn sent(
    passage: &mut Passage,
    request: &Request<'_>,
    header: &RequestHeader,
    services: &Services,
    body: Bytes,
) -> Result<Outcome> {
    let path = match passage.route.upstream_path(request.path()) {
        Ok(path) => path.into_owned(),
        Err(ambiguity) => {
            return Ok(Outcome::Refused {
                status: 400,
                code: domain::refusal::Refusal::AmbiguousPath.as_str(),
                detail: format!("as the upstream would get it: {ambiguity}"),
            });
        }
    };
    let mut copy = header.clone();
    let target = match header.uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path,
    };
    let uri = target
        .parse()
        .map_err(|_| Error::invalid("path", "is no path that can be sent"))?;
    copy.set_uri(uri);
    let mut upstream = UpstreamRequest::new(&mut copy);
    Ok(
        match passage.upstream(request, &mut upstream, services).await {
            Err(failure) => refused(&failure),
            Ok(()) => Outcome::Forwarded {
                method: copy.method.clone(),
                target: copy.uri.to_string(),
                headers: copy.headers.clone(),
                body,
            },
        },
    )
}

fn head(asked: &Rehearsal) -> Result<RequestHeader> {
    let method: Method = asked
        .question
        .method
        .trim()
        .to_uppercase()
        .parse()
        .map_err(|_| Error::invalid("method", "is not a method"))?;
    if !asked.question.path.starts_with('/') {
        return Err(Error::invalid("path", "does not begin with a slash"));
    }
    let mut header = RequestHeader::build(method, asked.question.path.as_bytes(), None)
        .map_err(|_| Error::invalid("path", "is no path that can be sent"))?;
    for (i, (name, value)) in asked.headers.iter().enumerate() {
        let refused = |_| Error::invalid(format!("headers/{i}"), "is not a header");
        let value = HeaderValue::from_str(value)
            .map_err(|_| Error::invalid(format!("headers/{i}"), "is not a header"))?;
        header.append_header(name.clone(), value).map_err(refused)?;
    }
    Ok(header)
}

/// The application with what it is subscribed to.
async fn callers(
    conn: &mut Conn,
    actor: &Actor,
    application: ApplicationId,
    out: &mut Vec<Entity>,
) -> Result<()> {
    let row = applications::find(conn, actor.workspace, application)
        .await?
        .ok_or_else(|| Error::not_found("application", application))?;
    out.push(Entity::Application(Application {
        id: row.id,
        name: row.name.to_string(),
        state: row.state,
    }));
    for row in subscriptions::open_of_application(conn, actor.workspace, application).await? {
        out.push(Entity::Subscription(Subscription {
            id: row.id,
            application: row.application_id,
            product: row.product_id,
            plan: row.plan_id,
            state: row.state,
        }));
    }
    let rows: Vec<_> = plans::all(conn).try_collect().await?;
    let own = rows
        .into_iter()
        .filter(|row| row.workspace_id == actor.workspace);
    out.extend(own.map(|row| {
        Entity::Plan(Plan {
            id: row.id,
            product: row.product_id,
            slug: row.slug.to_string(),
            state: row.state,
            rate_limits: row.rate_limits.0,
            quota: row.quota.map(|quota| quota.0),
            scopes: row.scopes.map(|scopes| scopes.0),
        })
    }));
    let items: Vec<_> = products::all_items(conn).try_collect().await?;
    let rows: Vec<_> = products::all(conn).try_collect().await?;
    let here = rows
        .into_iter()
        .filter(|row| row.workspace_id == actor.workspace);
    out.extend(here.map(|row| {
        let own = items.iter().filter(|item| item.product_id == row.id);
        Entity::Product(Product {
            id: row.id,
            slug: row.slug.to_string(),
            state: row.state,
            items: own.map(|item| item.api_version_id).collect(),
        })
    }));
    Ok(())
}

/// The draft as an entity, behind those that its scope has already.
fn draft(draft: &DraftPolicy) -> Result<Entity> {
    policies::check_draft(&draft.kind, draft.place, &draft.config, &draft.aside)?;
    let conditions = &draft.aside.conditions;
    Ok(Entity::Policy(Policy {
        id: Id::NIL,
        kind: draft.kind.clone(),
        scope: draft.place.scope(),
        scope_id: draft.place.id(),
        config: draft.config.to_string(),
        position: i64::MAX,
        enabled: true,
        conditions: if conditions.is_null() {
            String::new()
        } else {
            conditions.to_string()
        },
        on_error: OnError::of_word(&draft.aside.on_error),
    }))
}
