//! The record that a request leaves: what is counted of it, and its line of the log.

use std::borrow::Cow;
use std::time::Duration;

use domain::Id;
use domain::id::{
    ApiVersionId, ApplicationId, CredentialId, OperationId, RequestLogId, SubscriptionId,
};
use domain::refusal::Refusal;
use gateway_policies::log_entry::LogEntry;
use gateway_snapshot::path::Canonical;
use store::request_log::Request;

use super::Context;
use crate::usage::{Counted, Took};

/// What the status of a request is whose client left before there was an answer. Never on the wire.
const CLIENT_CLOSED: u16 = 499;
/// How often a request that lasts tells what passed so far.
const REPORT: Duration = Duration::from_secs(1);

/// What the record says already.
#[derive(Debug, Default)]
pub(super) struct Reported {
    counted: bool,
    bytes_in: u64,
    bytes_out: u64,
    at: Duration,
}

impl Context {
    /// Counts a request that lasts, and what passed of it, without waiting for its end.
    pub(crate) fn report(&mut self) {
        if self.status == 0 {
            return;
        }
        let elapsed = self.begun.elapsed();
        if elapsed.saturating_sub(self.reported.at) >= REPORT {
            self.reported.at = elapsed;
            self.count();
        }
    }

    /// Counts the request, unless it is counted, and what passed since.
    pub(crate) fn count(&mut self) {
        let part = self.unreported(self.begun.elapsed(), None);
        self.usage.count(part);
    }

    fn unreported(&mut self, elapsed: Duration, took: Option<Took>) -> Counted {
        let part = Counted {
            minute: self.minute(elapsed),
            api_version: self.api_version(),
            operation: self.operation(),
            subscription: self.subscription(),
            application: self.application(),
            status: self.status,
            code: self.code(),
            first: !self.reported.counted,
            bytes_in: signed(self.bytes_in - self.reported.bytes_in),
            bytes_out: signed(self.bytes_out - self.reported.bytes_out),
            took,
        };
        self.reported.counted = true;
        self.reported.bytes_in = self.bytes_in;
        self.reported.bytes_out = self.bytes_out;
        part
    }

    /// The minute it is: late parts of a long stream belong to the minute in which they pass.
    fn minute(&self, elapsed: Duration) -> i64 {
        (self.at + elapsed).minute()
    }

    fn api_version(&self) -> ApiVersionId {
        self.version.as_ref().map_or(Id::NIL, |version| version.id)
    }

    fn operation(&self) -> OperationId {
        self.route.as_ref().map_or(Id::NIL, |route| route.operation)
    }

    fn subscription(&self) -> SubscriptionId {
        let terms = self.passage.as_ref().and_then(|p| p.exchange.terms);
        terms.map_or(Id::NIL, |terms| terms.subscription)
    }

    fn application(&self) -> ApplicationId {
        self.caller().map_or(Id::NIL, |caller| caller.application)
    }

    fn code(&self) -> &'static str {
        self.refusal.map_or("", Refusal::as_str)
    }

    fn user_agent(&self) -> Cow<'_, str> {
        let named = self.user_agent.as_ref();
        named.map_or(Cow::Borrowed(""), |name| {
            String::from_utf8_lossy(name.as_bytes())
        })
    }

    /// The line of the log. Takes the texts along: nothing comes after it.
    fn log_line(&mut self, duration_us: i64) -> Request {
        let credential = self.caller().and_then(|caller| caller.credential());
        let path = self.sight.path.take();
        let client = self.sight.client;
        let mut entry = LogEntry {
            path: path.map_or_else(
                || std::mem::take(&mut self.raw_path),
                Canonical::into_string,
            ),
            client_ip: if client == self.connection.peer {
                self.connection
                    .peer_text
                    .to_str()
                    .unwrap_or_default()
                    .to_owned()
            } else {
                client.to_string()
            },
            user_agent: clipped(&self.user_agent(), 256),
        };
        if let Some(passage) = &self.passage {
            passage.log(&mut entry);
        }
        Request {
            id: RequestLogId::new(self.engine.ids.make(self.at)),
            at: self.at,
            node_id: self.engine.node.id,
            request_id: self.request_id().to_owned(),
            method: self.method.as_str().to_owned(),
            host: std::mem::take(&mut self.sight.host),
            path: cut(entry.path, 1_024),
            status: i64::from(self.status),
            code: self.code().to_owned(),
            api_version_id: self.api_version(),
            operation_id: self.operation(),
            subscription_id: self.subscription(),
            application_id: self.application(),
            credential_id: credential.unwrap_or(CredentialId::NIL),
            try_it: self.caller().is_some_and(|caller| caller.is_try_it()),
            duration_us,
            upstream_us: micros(self.upstream_took),
            bytes_in: signed(self.bytes_in),
            bytes_out: signed(self.bytes_out),
            client_ip: entry.client_ip,
            user_agent: entry.user_agent,
        }
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.usage.panicked();
            if self.status == 0 {
                self.refusal = Some(Refusal::Internal);
                self.status = Refusal::Internal.status();
            }
        }
        self.give_back();
        self.upstream_answered();
        if self.status == 0 {
            self.status = CLIENT_CLOSED;
        }
        let elapsed = self.begun.elapsed();
        let duration_us = micros(elapsed);
        let took = Took {
            all: duration_us,
            upstream: micros(self.upstream_took),
        };
        let rest = self.unreported(elapsed, Some(took));
        self.usage.count(rest);
        let failed = self.status >= 400 || self.refusal.is_some();
        if self.usage.log_takes(self.at + elapsed, failed) {
            let line = self.log_line(duration_us);
            self.usage.log(line);
        }
    }
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

fn signed(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

/// A text, at most so many bytes of it.
fn cut(mut text: String, most: usize) -> String {
    text.truncate(text.floor_char_boundary(most));
    text
}

/// At most so many bytes of a text, cut between characters.
fn clipped(text: &str, most: usize) -> String {
    text[..text.floor_char_boundary(most)].to_owned()
}
