//! The caller's side of an exchange, for the pipeline: Pingora's session, or an HTTP/1.1 connection that is read and written here.

pub(crate) mod http1;
mod session;

use std::time::Duration;

use bytes::Bytes;
use gateway_wire::head::Head;
use gateway_wire::request::Request;
use http::{HeaderName, StatusCode};
use pingora::{Error, Result};
use pingora_http::{RequestHeader, ResponseHeader};

use crate::guard::Arrived;

/// What came of waiting.
pub(crate) enum Waited<T> {
    /// What was waited for.
    Done(T),
    /// It did not come in time.
    TooLong,
    /// The caller left.
    Gone(Box<Error>),
}

/// Who sent a request, and waits for its answer.
pub(crate) trait Client: Send {
    /// The head of the request.
    fn request(&self) -> &RequestHeader;

    /// The same as it begins its way to an upstream over HTTP/1.1.
    fn outgoing(&self) -> Request;

    /// Removes headers by their names, in any spelling.
    fn remove_headers(&mut self, is: impl Fn(&[u8]) -> bool);

    /// How the head arrived.
    fn head(&self) -> Arrived;

    /// Whether it wants to go on with another protocol.
    fn is_upgrade(&self) -> bool;

    /// Whether a body comes behind the head.
    fn has_body(&mut self) -> bool;

    /// Whether what was read of the body can be sent once more.
    fn may_repeat(&self) -> bool;

    /// The connection carries no other request after this one.
    fn close(&mut self);

    /// The status of the head that went out; of interim answers, the last one.
    fn answered(&self) -> Option<StatusCode>;

    /// The next piece of the body; `None` at its end.
    fn read_body(&mut self) -> impl Future<Output = Result<Option<Bytes>>> + Send;

    /// Asks for a body that waits to be asked for.
    fn ask_for_body(&mut self) -> impl Future<Output = Result<()>> + Send;

    /// Waits for something, no longer than that, and only as long as the caller waits, of whom nothing is expected meanwhile.
    fn wait<T: Send>(
        &mut self,
        work: impl Future<Output = T> + Send,
        patience: Duration,
    ) -> impl Future<Output = Waited<T>> + Send;

    /// Sends parts of an upstream's answer: its head, pieces of its body, and their end.
    fn send(
        &mut self,
        head: Option<&Head>,
        pieces: &mut Vec<Bytes>,
        is_end: bool,
    ) -> impl Future<Output = Result<()>> + Send;

    /// Sends a whole answer of the gateway's own.
    fn send_whole(
        &mut self,
        head: Box<ResponseHeader>,
        body: Option<Bytes>,
    ) -> impl Future<Output = Result<()>> + Send;
}

/// Removes headers by their names.
fn remove_where(head: &mut RequestHeader, is: impl Fn(&[u8]) -> bool) {
    let names = head.headers.keys();
    let found: Vec<HeaderName> = names
        .filter(|name| is(name.as_str().as_bytes()))
        .cloned()
        .collect();
    for name in &found {
        head.remove_header(name);
    }
}
