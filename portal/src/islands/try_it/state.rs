//! What the island knows while its page is open.

use leptos::prelude::*;
use web_sys::AbortController;

use super::failure::Failure;
use super::parts::Part;

/// Signals and what is in flight; cheap to copy.
#[derive(Clone, Copy)]
pub(super) struct State {
    /// Where things are.
    pub(super) stage: RwSignal<Stage>,
    /// The head of the last answer.
    pub(super) head: RwSignal<Option<Head>>,
    /// Its body, as far as it has come.
    pub(super) body: RwSignal<Body>,
    /// What is shown of it.
    pub(super) part: RwSignal<Part>,
    /// The same call for the command line.
    pub(super) curl: RwSignal<String>,
    /// Seconds until the next call may be sent; 0 when it may be sent now.
    pub(super) wait: RwSignal<u32>,
    /// When that is over, by the page's clock; an older countdown sees that it is not its own.
    pub(super) until: StoredValue<f64>,
    /// What is being waited for; dropped and ended by the next call.
    pub(super) running: StoredValue<Option<AbortController>, LocalStorage>,
    address: StoredValue<String>,
    gateway: StoredValue<String>,
}

/// Where a call stands.
#[derive(Clone)]
pub(super) enum Stage {
    /// Nothing was sent yet, or the last call is over.
    Quiet,
    /// The portal prepares it.
    Preparing,
    /// It is at the gateway.
    Waiting,
    /// The head has come, the body is coming.
    Receiving,
    /// It did not come to its end.
    Failed(Failure),
}

/// The beginning of an answer.
#[derive(Clone, Default)]
pub(super) struct Head {
    pub(super) status: u16,
    pub(super) reason: String,
    /// Names in lower case, in the order of the browser.
    pub(super) headers: Vec<(String, String)>,
}

impl Head {
    /// A header's value.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(header, _)| header == name)
            .map(|(_, value)| value.as_str())
    }
}

/// The body of an answer.
#[derive(Clone, Default)]
pub(super) struct Body {
    /// Received so far, in bytes.
    pub(super) bytes: usize,
    /// Since the call was sent, in milliseconds.
    pub(super) milliseconds: u32,
    /// What is shown of it, as markup; empty where it is no text.
    pub(super) html: String,
    /// Why not all of it is shown.
    pub(super) note: &'static str,
    /// Where the browser keeps all of it, and under which name it is saved.
    pub(super) file: Option<(String, String)>,
    /// What the gateway says about its own refusal.
    pub(super) refusal: Option<Refusal>,
}

/// A problem document of the gateway (RFC 9457).
#[derive(Clone)]
pub(super) struct Refusal {
    pub(super) title: String,
    pub(super) detail: String,
    /// The portal's page about it.
    pub(super) page: String,
}

impl State {
    pub(super) fn new(address: String, gateway: String) -> Self {
        Self {
            stage: RwSignal::new(Stage::Quiet),
            head: RwSignal::new(None),
            body: RwSignal::new(Body::default()),
            part: RwSignal::new(Part::Body),
            curl: RwSignal::new(String::new()),
            wait: RwSignal::new(0),
            until: StoredValue::new(0.0),
            running: StoredValue::new_local(None),
            address: StoredValue::new(address),
            gateway: StoredValue::new(gateway),
        }
    }

    /// The operation's page.
    pub(super) fn address(self) -> String {
        self.address.get_value()
    }

    /// The gateway's origin.
    pub(super) fn gateway(self) -> String {
        self.gateway.get_value()
    }

    /// Ends what is running.
    pub(super) fn cancel(self) {
        if let Some(running) = self.running.get_value() {
            running.abort();
        }
        self.running.set_value(None);
    }
}
