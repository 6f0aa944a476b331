//! The demo's upstream: a small shipping API with state, errors, slow and streaming endpoints.

mod invoices;

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Json;
use axum::Router;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use domain::{Clock, Timestamp};
use futures_util::stream::{self, Stream};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio_util::sync::CancellationToken;

/// The document that describes the shipping part.
pub(crate) const SHIPPING: &str = include_str!("harbor-shipping.yaml");
/// The document of its second, smaller API.
pub(crate) const BILLING: &str = include_str!("harbor-billing.yaml");

/// Serves it until `stop`.
pub(crate) async fn serve(
    listener: tokio::net::TcpListener,
    clock: Clock,
    stop: CancellationToken,
) -> std::io::Result<()> {
    axum::serve(listener, router(clock))
        .with_graceful_shutdown(async move { stop.cancelled().await })
        .await
}

/// Binds an address, or says which flag to change.
pub(crate) async fn bind(address: SocketAddr) -> std::io::Result<tokio::net::TcpListener> {
    tokio::net::TcpListener::bind(address).await
}

fn router(clock: Clock) -> Router {
    let book = Book::new(clock);
    Router::new()
        .route("/rates", get(rates))
        .route("/shipments", get(list).post(create))
        .route("/shipments/{id}", get(find).delete(cancel))
        .route("/shipments/{id}/label", get(label))
        .route("/shipments/{id}/events", get(follow))
        .route("/tracking/{id}", get(tracking))
        .route("/service/slow", get(slow))
        .route("/service/failure", get(failure))
        .route("/invoices", get(invoices::invoices))
        .route("/invoices/{number}", get(invoices::invoice))
        .route(
            "/openapi.yaml",
            get(|| async { ([(header::CONTENT_TYPE, "application/yaml")], SHIPPING) }),
        )
        .with_state(book)
}

/// The shipments, in memory. At most [`MOST`] are kept; the oldest go first.
#[derive(Clone)]
struct Book {
    clock: Clock,
    shipments: Arc<Mutex<BTreeMap<u32, Shipment>>>,
}

const MOST: usize = 10_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Carrier {
    Tern,
    Gannet,
    Fulmar,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ShipmentState {
    Booked,
    InTransit,
    Delivered,
    Cancelled,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Party {
    name: String,
    country: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    street: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct NewShipment {
    carrier: Carrier,
    weight: u32,
    sender: Party,
    recipient: Party,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reference: Option<String>,
}

#[derive(Debug, Clone, Serialize)]
struct Shipment {
    id: String,
    #[serde(flatten)]
    booked: NewShipment,
    state: ShipmentState,
    created_at: Timestamp,
}

struct Problem(StatusCode, String);

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let title = self.0.canonical_reason().unwrap_or("Failure");
        let body = json!({"title": title, "status": self.0.as_u16(), "detail": self.1});
        (
            self.0,
            [(header::CONTENT_TYPE, "application/problem+json")],
            body.to_string(),
        )
            .into_response()
    }
}

fn invalid(detail: impl Into<String>) -> Problem {
    Problem(StatusCode::UNPROCESSABLE_ENTITY, detail.into())
}

impl From<QueryRejection> for Problem {
    fn from(rejection: QueryRejection) -> Self {
        invalid(rejection.body_text())
    }
}

impl From<JsonRejection> for Problem {
    fn from(rejection: JsonRejection) -> Self {
        invalid(rejection.body_text())
    }
}

fn check_country(name: &str, country: &str) -> Result<(), Problem> {
    if country.len() == 2 && country.bytes().all(|b| b.is_ascii_uppercase()) {
        Ok(())
    } else {
        Err(invalid(format!(
            "`{name}` is not a country by its two capital letters"
        )))
    }
}

fn check_weight(weight: u32) -> Result<(), Problem> {
    if (1..=31_500).contains(&weight) {
        Ok(())
    } else {
        Err(invalid("`weight` lies between 1 and 31500 grams"))
    }
}

impl Book {
    fn new(clock: Clock) -> Self {
        let book = Self {
            clock,
            shipments: Arc::default(),
        };
        for (recipient, country, weight) in [
            ("Claire Moreau", "FR", 1_200),
            ("Sean Byrne", "IE", 450),
            ("Lena Vogt", "DE", 9_800),
        ] {
            book.add(NewShipment {
                carrier: Carrier::Tern,
                weight,
                sender: Party {
                    name: "Pier 9 Storefront".to_owned(),
                    country: "IE".to_owned(),
                    street: None,
                },
                recipient: Party {
                    name: recipient.to_owned(),
                    country: country.to_owned(),
                    street: None,
                },
                reference: None,
            });
        }
        book
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<u32, Shipment>> {
        self.shipments
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, booked: NewShipment) -> Shipment {
        let mut shipments = self.lock();
        let number = shipments
            .last_key_value()
            .map_or(1, |(number, _)| number + 1);
        let shipment = Shipment {
            id: format!("shp_{number:04}"),
            booked,
            state: ShipmentState::Booked,
            created_at: self.clock.now(),
        };
        shipments.insert(number, shipment.clone());
        if shipments.len() > MOST {
            shipments.pop_first();
        }
        shipment
    }

    /// The shipment as it stands now: a booked one leaves after a minute and arrives after ten.
    fn find(&self, id: &str) -> Result<(u32, Shipment), Problem> {
        let missing = || {
            Problem(
                StatusCode::NOT_FOUND,
                format!("there is no shipment `{id}`"),
            )
        };
        let number = id
            .strip_prefix("shp_")
            .and_then(|n| n.parse().ok())
            .ok_or_else(missing)?;
        let shipment = self.lock().get(&number).cloned().ok_or_else(missing)?;
        Ok((number, self.aged(shipment)))
    }

    fn aged(&self, mut shipment: Shipment) -> Shipment {
        if shipment.state == ShipmentState::Booked {
            shipment.state = match self.clock.now().since(shipment.created_at).as_secs() {
                0..60 => ShipmentState::Booked,
                60..600 => ShipmentState::InTransit,
                _ => ShipmentState::Delivered,
            };
        }
        shipment
    }
}

#[derive(Deserialize)]
struct RateQuery {
    from: String,
    to: String,
    weight: u32,
}

async fn rates(query: Result<Query<RateQuery>, QueryRejection>) -> Result<Response, Problem> {
    let Query(query) = query?;
    check_country("from", &query.from)?;
    check_country("to", &query.to)?;
    check_weight(query.weight)?;
    let abroad = if query.from == query.to { 1 } else { 2 };
    let kilos = query.weight.div_ceil(1_000);
    let rate = |carrier, service, base: u32, per_kilo: u32, days: u32| json!({"carrier": carrier, "service": service, "amount": (base + per_kilo * kilos) * abroad, "currency": "EUR", "days": days * abroad});
    let rates = [
        rate("tern", "economy", 345, 50, 3),
        rate("fulmar", "standard", 490, 65, 2),
        rate("gannet", "express", 890, 90, 1),
    ];
    Ok(Json(json!({ "rates": rates })).into_response())
}

#[derive(Deserialize)]
struct ListQuery {
    state: Option<ShipmentState>,
    limit: Option<usize>,
}

async fn list(
    State(book): State<Book>,
    query: Result<Query<ListQuery>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(query) = query?;
    let limit = query.limit.unwrap_or(20);
    if !(1..=100).contains(&limit) {
        return Err(invalid("`limit` lies between 1 and 100"));
    }
    let all: Vec<Shipment> = book.lock().values().rev().cloned().collect();
    let matching: Vec<Shipment> = all
        .into_iter()
        .map(|shipment| book.aged(shipment))
        .filter(|shipment| query.state.is_none_or(|state| shipment.state == state))
        .collect();
    let total = matching.len();
    let shown: Vec<Shipment> = matching.into_iter().take(limit).collect();
    Ok(Json(json!({"shipments": shown, "total": total})).into_response())
}

async fn create(
    State(book): State<Book>,
    body: Result<Json<NewShipment>, JsonRejection>,
) -> Result<Response, Problem> {
    let Json(booked) = body?;
    check_weight(booked.weight)?;
    check_country("sender.country", &booked.sender.country)?;
    check_country("recipient.country", &booked.recipient.country)?;
    let shipment = book.add(booked);
    let location = [(header::LOCATION, format!("shipments/{}", shipment.id))];
    Ok((StatusCode::CREATED, location, Json(shipment)).into_response())
}

async fn find(State(book): State<Book>, Path(id): Path<String>) -> Result<Json<Shipment>, Problem> {
    Ok(Json(book.find(&id)?.1))
}

async fn cancel(State(book): State<Book>, Path(id): Path<String>) -> Result<StatusCode, Problem> {
    let (number, shipment) = book.find(&id)?;
    if !matches!(
        shipment.state,
        ShipmentState::Booked | ShipmentState::Cancelled
    ) {
        return Err(Problem(
            StatusCode::CONFLICT,
            format!("shipment `{id}` is on its way already"),
        ));
    }
    if let Some(shipment) = book.lock().get_mut(&number) {
        shipment.state = ShipmentState::Cancelled;
    }
    Ok(StatusCode::NO_CONTENT)
}

async fn label(State(book): State<Book>, Path(id): Path<String>) -> Result<Response, Problem> {
    let (number, shipment) = book.find(&id)?;
    let bars: String = (0..24u32)
        .map(|i| {
            let width = 1 + (number >> (i % 8) ^ i) % 3;
            format!(
                "<rect x=\"{}\" y=\"100\" width=\"{width}\" height=\"30\"/>",
                10 + i * 3
            )
        })
        .collect();
    let escape = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;");
    let svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 100 150\" font-family=\"sans-serif\"><rect width=\"100\" height=\"150\" fill=\"#fff\"/><text x=\"10\" y=\"20\" font-size=\"8\">{}</text><text x=\"10\" y=\"40\" font-size=\"6\">{}</text><text x=\"10\" y=\"50\" font-size=\"6\">{}</text>{bars}</svg>",
        shipment.id,
        escape(&shipment.booked.recipient.name),
        escape(&shipment.booked.recipient.country),
    );
    Ok(([(header::CONTENT_TYPE, "image/svg+xml")], svg).into_response())
}

/// What happens to every parcel, in order.
const JOURNEY: [(&str, ShipmentState); 5] = [
    ("Collected", ShipmentState::Booked),
    ("Dublin Port", ShipmentState::InTransit),
    ("Cherbourg", ShipmentState::InTransit),
    ("Local depot", ShipmentState::InTransit),
    ("At the door", ShipmentState::Delivered),
];

async fn follow(
    State(book): State<Book>,
    Path(id): Path<String>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    book.find(&id)?;
    let events = stream::unfold(0, |step| async move {
        let (place, state) = *JOURNEY.get(step)?;
        if step > 0 {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        let data = json!({"place": place, "state": state}).to_string();
        Some((Ok(Event::default().event("scan").data(data)), step + 1))
    });
    Ok(Sse::new(events))
}

async fn tracking(State(book): State<Book>, Path(id): Path<String>) -> Result<Response, Problem> {
    let (_, shipment) = book.find(&id)?;
    let passed = match shipment.state {
        ShipmentState::Booked | ShipmentState::Cancelled => 1,
        ShipmentState::InTransit => 3,
        ShipmentState::Delivered => JOURNEY.len(),
    };
    let events: Vec<_> = JOURNEY[..passed]
        .iter()
        .map(|(place, state)| json!({"at": shipment.created_at, "place": place, "state": state}))
        .collect();
    Ok(Json(events).into_response())
}

#[derive(Deserialize)]
struct SlowQuery {
    milliseconds: Option<u64>,
}

async fn slow(query: Result<Query<SlowQuery>, QueryRejection>) -> Result<Response, Problem> {
    let waited = query?.milliseconds.unwrap_or(1_500);
    if waited > 30_000 {
        return Err(invalid("`milliseconds` is at most 30000"));
    }
    tokio::time::sleep(Duration::from_millis(waited)).await;
    Ok(Json(json!({ "waited": waited })).into_response())
}

#[derive(Deserialize)]
struct FailureQuery {
    status: Option<u16>,
}

async fn failure(
    query: Result<Query<FailureQuery>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let status = query?.status.unwrap_or(500);
    if !(400..600).contains(&status) {
        return Err(invalid("`status` lies between 400 and 599"));
    }
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let application = headers
        .get("x-application-id")
        .and_then(|v| v.to_str().ok())
        .unwrap_or("nobody");
    Err(Problem(
        status,
        format!("failed on purpose, as {application} asked"),
    ))
}
