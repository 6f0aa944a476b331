//! Writes the kitchen sink, the failures, a mail and the gateway's error page into a folder, to be looked at:
//! `cargo run -p web --example kitchen_sink -- FOLDER`, then serve the folder.

use std::io::{Error, Result};
use std::path::PathBuf;

use askama::Template;
use design::ErrorPage;
use design::mail::{Sender, SubscriptionRefused};
use web::failures::{Failed, NotFound};
use web::layout::Gate;

#[path = "../tests/it/kitchen_sink.rs"]
mod kitchen_sink;

fn main() -> Result<()> {
    let folder = PathBuf::from(
        std::env::args()
            .nth(1)
            .unwrap_or_else(|| "kitchen-sink".to_owned()),
    );
    std::fs::create_dir_all(folder.join("assets"))?;
    for asset in design::assets() {
        std::fs::write(folder.join("assets").join(&asset.name), &asset.bytes)?;
    }
    std::fs::write(folder.join("index.html"), kitchen_sink::page())?;
    std::fs::write(
        folder.join("not-found.html"),
        not_found().map_err(Error::other)?,
    )?;
    std::fs::write(folder.join("failed.html"), failed().map_err(Error::other)?)?;
    std::fs::write(folder.join("error.html"), error())?;
    std::fs::write(folder.join("mail.html"), mail())
}

fn not_found() -> askama::Result<String> {
    NotFound::new(
        "/apis/payment".to_owned(),
        "There is no API `payment`.".to_owned(),
        "harbor-production".to_owned(),
        "n0nce".to_owned(),
    )
    .render()
}

fn failed() -> askama::Result<String> {
    let gate = Gate {
        title: "This page failed, not the calls".to_owned(),
        place: "harbor-production".to_owned(),
        nonce: "n0nce".to_owned(),
        plain: true,
    };
    Failed {
        gate,
        what: "The store did not answer within 5 seconds.".to_owned(),
        again: "/nodes".to_owned(),
        request_id: "req_01JD2MHX7R".to_owned(),
        when: "20 November 2026, 16:04:12 UTC".to_owned(),
        status: 503,
        reason: "Service Unavailable".to_owned(),
        ours: true,
    }
    .render()
}

fn error() -> String {
    ErrorPage {
        status: 429,
        code: "rate_limited",
        title: "Too many calls",
        detail: "The plan Standard allows 600 calls a minute. Try again in 12 s.",
        request_id: "req_01JD2MHX7R",
        help_url: Some("http://127.0.0.1:8002/errors/rate_limited"),
    }
    .to_html()
}

fn mail() -> String {
    SubscriptionRefused {
        sender: Sender { product: "Harbor Developers", portal_url: "https://developers.harbor.example" },
        name: "Noor",
        decided_by: "Ines Okafor",
        reason: "Payouts needs a registered company. Send the extract from the register when it comes.",
        application: "Pier 9 Storefront",
        product: "Payouts",
        plan: "Business",
        asked: "19 November 2026, 09:40 UTC",
        link: "https://developers.harbor.example/applications/pier-9",
    }
    .render()
    .html
}
