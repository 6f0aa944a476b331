//! Bodies on their way through the policies: as pieces, or whole.

use bytes::{Bytes, BytesMut};
use domain::refusal::Refusal;
use gateway_policies::policy::{Body, Failure};
use gateway_policies::request::Request;

use super::Passage;
use super::walk::{all, asker, pass_or_fail, responding};

/// What the policies that apply want of the bodies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Wanted {
    /// Pieces of the request's body are shown.
    pub request_pieces: bool,
    /// Pieces of the request's body may change, so that its length is not known in advance.
    pub request_changes: bool,
    /// Something of the response's body is shown.
    pub response: bool,
    /// It is read for its meaning: it must come whole and uncompressed, and its length may change.
    pub response_read: bool,
    /// Its head waits until the body was judged.
    pub response_whole: bool,
}

/// What is kept of a response's body until it is whole.
#[derive(Debug, Default)]
pub(super) struct Held {
    pieces: BytesMut,
    /// The upstream sent it compressed: policies that read it are passed over (those that may be).
    compressed: bool,
}

impl Passage {
    /// What the policies that apply to the request want of the bodies.
    pub fn wanted(&self, request: &Request<'_>) -> Wanted {
        let mut wanted = Wanted::default();
        for step in all(&self.route, &self.standing) {
            if step.bodies.request == Body::None && step.bodies.response == Body::None
                || !step.applies(request, asker(&self.exchange, &self.standing))
            {
                continue;
            }
            wanted.request_pieces |= matches!(step.bodies.request, Body::Watch | Body::Stream);
            wanted.request_changes |= step.bodies.request == Body::Stream;
            wanted.response |= step.bodies.response != Body::None;
            wanted.response_read |= step.bodies.response.is_read();
            wanted.response_whole |= step.bodies.response.is_buffer();
        }
        wanted
    }

    /// The whole body passes the policies that asked for it: what goes to the upstream.
    pub fn whole_request(&mut self, request: &Request<'_>, body: Bytes) -> Result<Bytes, Failure> {
        let Self {
            route,
            exchange,
            standing,
            ..
        } = self;
        let mut body = body;
        for step in all(route, standing) {
            if step.bodies.request.is_buffer() && step.applies(request, asker(exchange, standing)) {
                match step.policy.request_body(exchange, &body, true) {
                    Ok(Some(other)) => body = other,
                    Ok(None) => {}
                    Err(failure) => pass_or_fail(step, failure)?,
                }
            }
        }
        Ok(body)
    }

    /// A piece of the body passes the policies that want pieces: what goes to the upstream.
    pub fn request_piece(
        &mut self,
        request: &Request<'_>,
        piece: Bytes,
        end: bool,
    ) -> Result<Bytes, Failure> {
        let Self {
            route,
            exchange,
            standing,
            ..
        } = self;
        let mut piece = piece;
        for step in all(route, standing) {
            if !matches!(step.bodies.request, Body::Watch | Body::Stream)
                || !step.applies(request, asker(exchange, standing))
            {
                continue;
            }
            match step.policy.request_body(exchange, &piece, end) {
                Ok(Some(other)) if step.bodies.request == Body::Stream => piece = other,
                Ok(_) => {}
                Err(failure) => pass_or_fail(step, failure)?,
            }
        }
        Ok(piece)
    }

    /// The response's body is compressed although it was not to be: refused, unless every policy that would read it may be
    /// passed over.
    pub fn response_is_compressed(&mut self, request: &Request<'_>) -> Result<(), Failure> {
        for step in all(&self.route, &self.standing) {
            if step.bodies.response.is_read()
                && step.applies(request, asker(&self.exchange, &self.standing))
            {
                let detail = "the upstream compressed its answer, which was not asked for";
                pass_or_fail(step, Failure::new(Refusal::PolicyFailed, detail))?;
            }
        }
        self.held.compressed = true;
        Ok(())
    }

    /// A piece of the response's body passes the policies: what goes to the caller now. Nothing does as long as a policy
    /// waits for the whole.
    pub fn response_piece(
        &mut self,
        request: &Request<'_>,
        piece: Bytes,
        end: bool,
    ) -> Result<Bytes, Failure> {
        let Self {
            route,
            exchange,
            standing,
            answered,
            held,
            ..
        } = self;
        let mut piece = piece;
        for step in responding(route, standing, *answered) {
            let wants = step.bodies.response;
            if wants == Body::None
                || wants.is_read() && held.compressed
                || !step.applies(request, asker(exchange, standing))
            {
                continue;
            }
            if let Body::Buffer(most) = wants {
                if held.pieces.len() + piece.len() > most {
                    let detail = format!("the answer is larger than {most} bytes");
                    return Err(Failure::new(Refusal::UpstreamFailed, detail));
                }
                if !end {
                    held.pieces.extend_from_slice(&piece);
                    return Ok(Bytes::new());
                }
                if !held.pieces.is_empty() {
                    held.pieces.extend_from_slice(&piece);
                    piece = std::mem::take(&mut held.pieces).freeze();
                }
            }
            match step.policy.response_body(exchange, &piece, end) {
                Ok(Some(other)) if wants.is_read() => piece = other,
                Ok(_) => {}
                Err(failure) => pass_or_fail(step, failure)?,
            }
        }
        Ok(piece)
    }

    /// How much of the response's body is held.
    pub fn held(&self) -> usize {
        self.held.pieces.len()
    }
}
