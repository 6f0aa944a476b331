//! Why the gateway refuses or fails a request: the codes in its problem documents, and the pages that explain them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::word::{UnknownWord, words};

words! {
    /// A stable code; `/errors/<code>` of the portal explains it.
    pub enum Refusal {
        /// No credential was sent.
        CredentialMissing = "credential_missing",
        /// A credential that nobody holds.
        CredentialUnknown = "credential_unknown",
        /// A credential past its end.
        CredentialExpired = "credential_expired",
        /// A credential that was taken back.
        CredentialRevoked = "credential_revoked",
        /// A token that does not verify.
        TokenInvalid = "token_invalid",
        /// A token past its end.
        TokenExpired = "token_expired",
        /// A proof of the key that a token is bound to, missing or not good.
        ProofInvalid = "proof_invalid",
        /// A token without a scope or claim that is asked for.
        ScopeMissing = "scope_missing",
        /// A good token that belongs to no application.
        ApplicationUnknown = "application_unknown",
        /// A signature of a request that does not verify.
        SignatureInvalid = "signature_invalid",
        /// The application is shut out.
        ApplicationSuspended = "application_suspended",
        /// The application has no subscription to a product with this API.
        SubscriptionMissing = "subscription_missing",
        /// It waits for approval.
        SubscriptionPending = "subscription_pending",
        /// It was stopped.
        SubscriptionSuspended = "subscription_suspended",
        /// The plan authorises nothing any more.
        PlanRetired = "plan_retired",
        /// Too many requests in a window.
        RateLimited = "rate_limited",
        /// Too many requests at once.
        ConcurrencyLimited = "concurrency_limited",
        /// The calendar budget is used up.
        QuotaExceeded = "quota_exceeded",
        /// No route for this host, path and method.
        RouteNotFound = "route_not_found",
        /// The path has routes, but none for this method.
        MethodNotAllowed = "method_not_allowed",
        /// The API version is gone.
        ApiRetired = "api_retired",
        /// A request that is not well formed or not safe to pass on.
        BadRequest = "bad_request",
        /// A request for a host that this connection was not made for.
        MisdirectedRequest = "misdirected_request",
        /// A path with more than one reading.
        AmbiguousPath = "ambiguous_path",
        /// More or larger headers than are taken.
        HeadersTooLarge = "headers_too_large",
        /// A larger body than is taken.
        BodyTooLarge = "body_too_large",
        /// A body that is not what it says to be.
        InvalidBody = "invalid_body",
        /// A body that is built to do harm.
        BodyRefused = "body_refused",
        /// A body of a type that the API does not take.
        UnsupportedMediaType = "unsupported_media_type",
        /// A request that breaks the API's contract.
        RequestInvalid = "request_invalid",
        /// An answer that breaks the API's contract.
        ResponseInvalid = "response_invalid",
        /// A body in an encoding that a policy cannot read.
        EncodingUnsupported = "encoding_unsupported",
        /// A body that does not say how long it is, where it must.
        LengthRequired = "length_required",
        /// A longer URL than is taken.
        UrlTooLong = "url_too_long",
        /// The client was too slow to send its request.
        RequestTimeout = "request_timeout",
        /// An address that may not call.
        IpNotAllowed = "ip_not_allowed",
        /// A country from which nobody may call.
        CountryNotAllowed = "country_not_allowed",
        /// A program that may not call.
        BotNotAllowed = "bot_not_allowed",
        /// A caller that a rule of the API does not let pass.
        CallerNotAllowed = "caller_not_allowed",
        /// A cross-origin request that the API does not allow.
        OriginNotAllowed = "origin_not_allowed",
        /// A policy could not do its work, and fails closed.
        PolicyFailed = "policy_failed",
        /// The upstream could not be reached or answered garbage.
        UpstreamFailed = "upstream_failed",
        /// The upstream answered something that is no HTTP.
        UpstreamInvalidAnswer = "upstream_invalid_answer",
        /// The upstream has as much to do as it may have.
        UpstreamOverloaded = "upstream_overloaded",
        /// The upstream has no target that works.
        UpstreamUnavailable = "upstream_unavailable",
        /// The upstream did not answer in time.
        UpstreamTimeout = "upstream_timeout",
        /// The gateway is shutting down or has no configuration yet.
        NotReady = "not_ready",
        /// The gateway's own fault.
        Internal = "internal",
    }
}

/// What a code means, in words for the developer who meets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// HTTP status.
    pub status: u16,
    /// One short line: `title` of the problem document.
    pub title: &'static str,
    /// What happened.
    pub meaning: &'static str,
    /// How to mend it.
    pub remedy: &'static str,
}

impl Refusal {
    /// HTTP status, title, meaning and remedy of the code.
    pub const fn explain(self) -> Explanation {
        use Refusal as R;
        let (status, title, meaning, remedy) = match self {
            R::CredentialMissing => (
                401,
                "No credential was sent",
                "The API asks for a key, and the request carried none.",
                "Send your key in the header that the API's page names, usually X-API-Key. Keys are on the page of your application.",
            ),
            R::CredentialUnknown => (
                401,
                "Nobody holds this credential",
                "The key in the request is not one that was ever given out, or a character of it is missing.",
                "Copy the key again. If it is lost, make a new one on the page of your application: only its fingerprint is kept.",
            ),
            R::CredentialExpired => (
                401,
                "The credential has expired",
                "The key was valid until a date that has passed.",
                "Rotate the key on the page of your application and deploy the new one.",
            ),
            R::CredentialRevoked => (
                401,
                "The credential was revoked",
                "Somebody took this key back; it will never work again.",
                "Use another key of the application, or make a new one.",
            ),
            R::TokenInvalid => (
                401,
                "The token is not valid",
                "The token in the request was not issued for this API, was altered, or is not a token at all. Tokens of the try-it page hold for 15 minutes and for one subscription.",
                "The detail says what is wrong. Fetch a new token from its issuer; on the try-it page, open the page again.",
            ),
            R::TokenExpired => (
                401,
                "The token has expired",
                "The token in the request was good until a time that has passed.",
                "Fetch a new token from its issuer, and do so before the old one ends.",
            ),
            R::ProofInvalid => (
                401,
                "The proof of the token's key is not good",
                "The token is bound to a key of the client (DPoP), and the proof in the header DPoP is missing, was used before, or was made for another request, token or key.",
                "The detail says what is wrong. Sign a new proof for each request, with its method and address and the hash of the token.",
            ),
            R::ScopeMissing => (
                403,
                "The token does not allow this",
                "The token is good, but lacks a scope or a claim that this part of the API asks for.",
                "Ask the issuer for a token with the scope that the detail names.",
            ),
            R::ApplicationUnknown => (
                403,
                "The token belongs to no application",
                "The token is good, but no application has its issuer and subject among its credentials, so there is no subscription to call under.",
                "Add the issuer and the subject (or client id) of the token as a credential on the page of your application.",
            ),
            R::SignatureInvalid => (
                401,
                "The request's signature does not verify",
                "The signature (RFC 9421) or the digest of the body (RFC 9530) does not fit the request, is too old, or leaves out a part that must be signed.",
                "The detail says which part. Sign the request as it is sent, last of all, and look at the clock of your machine.",
            ),
            R::ApplicationSuspended => (
                403,
                "The application is suspended",
                "The platform team stopped this application; all its keys are refused.",
                "Write to the platform team with the request id.",
            ),
            R::SubscriptionMissing => (
                403,
                "No subscription to this API",
                "The key is good, but its application is not subscribed to a product that holds this API.",
                "Choose a plan on the page of the API and subscribe the application.",
            ),
            R::SubscriptionPending => (
                403,
                "The subscription waits for approval",
                "It was asked for, and nobody has decided yet.",
                "The subscription's page says who decides and how long it usually takes.",
            ),
            R::SubscriptionSuspended => (
                403,
                "The subscription is suspended",
                "The platform team stopped this subscription.",
                "The subscription's page shows the reason. Write to the platform team with the request id.",
            ),
            R::PlanRetired => (
                403,
                "The plan is retired",
                "The terms that the subscription was made under are no longer in force.",
                "Subscribe to one of the plans on the page of the API.",
            ),
            R::RateLimited => (
                429,
                "Too many requests",
                "The application sent more requests in the window than its plan allows.",
                "Wait for as many seconds as Retry-After says, and spread the calls; the RateLimit header shows what is left.",
            ),
            R::ConcurrencyLimited => (
                429,
                "Too many requests at once",
                "As many requests as are allowed at once are under way, and none of them ended in time.",
                "Send fewer requests in parallel, and try this one again in a second.",
            ),
            R::QuotaExceeded => (
                429,
                "The quota is used up",
                "The application used all the calls that its plan grants for this period.",
                "The quota is refilled when the period ends (see Retry-After). A larger plan can be asked for at once.",
            ),
            R::RouteNotFound => (
                404,
                "No API answers here",
                "No published API has a route for this host and path.",
                "Compare the URL with the base URL on the page of the API.",
            ),
            R::MethodNotAllowed => (
                405,
                "The method is not allowed here",
                "The path exists, but not with this method.",
                "The Allow header lists the methods that the path has.",
            ),
            R::ApiRetired => (
                410,
                "The API version is retired",
                "This version of the API has been taken out of service.",
                "Move to the version that the Link header or the page of the API names.",
            ),
            R::BadRequest => (
                400,
                "The request is not well formed",
                "The request breaks a rule of HTTP, or has two readings.",
                "The detail says which part. Well-kept HTTP clients do not send such requests.",
            ),
            R::MisdirectedRequest => (
                421,
                "The connection was made for another host",
                "The host verifies who calls when the connection is made, and this connection was made for another host or in the clear.",
                "Open a connection of its own to this host, by HTTPS and with your client certificate.",
            ),
            R::AmbiguousPath => (
                400,
                "The path is ambiguous",
                "The path holds encoded slashes, dot segments or other spellings that two servers could read differently.",
                "Send the plain path, as the reference shows it.",
            ),
            R::HeadersTooLarge => (
                431,
                "The headers are too large",
                "The request has more headers, or larger ones, than the gateway takes.",
                "Drop cookies and headers that the API does not ask for.",
            ),
            R::BodyTooLarge => (
                413,
                "The body is too large",
                "The request's body is larger than the API takes.",
                "Send less at once; the page of the API names the limit.",
            ),
            R::InvalidBody => (
                400,
                "The body is not what it says to be",
                "The request's body is not the JSON or XML that its Content-Type promises, or it ends too early.",
                "The detail says where. Let a library write the body, and send all of it.",
            ),
            R::BodyRefused => (
                400,
                "The body is refused",
                "The request's body is deeper, wider or longer than the API reads, or holds something that is never read, such as an XML entity.",
                "The detail names the bound. Send plainer data, or less at once.",
            ),
            R::UnsupportedMediaType => (
                415,
                "The body has the wrong type",
                "The API does not take bodies of this Content-Type or Content-Encoding.",
                "Send the body as the operation's page shows it, and name its type in Content-Type.",
            ),
            R::RequestInvalid => (
                400,
                "The request breaks the API's contract",
                "A parameter or a member of the body is missing, or has a value that the API's document does not allow.",
                "The detail names each one and what is wrong with it; the operation's page shows what is allowed.",
            ),
            R::ResponseInvalid => (
                502,
                "The answer breaks the API's contract",
                "The service behind the gateway answered something that the API's document does not promise, so it was held back.",
                "Write to the platform team with the request id: the service or its document has to be mended.",
            ),
            R::EncodingUnsupported => (
                415,
                "The body's encoding is not taken",
                "The API looks into the bodies of requests, and this one is compressed.",
                "Send the body without Content-Encoding.",
            ),
            R::LengthRequired => (
                411,
                "The body's length is missing",
                "The API takes only bodies that say beforehand how long they are.",
                "Send the body with Content-Length instead of in chunks.",
            ),
            R::UrlTooLong => (
                414,
                "The URL is too long",
                "Path and query together are longer than the API takes.",
                "Send long values in the body, where the API allows it.",
            ),
            R::RequestTimeout => (
                408,
                "The request came too slowly",
                "The headers or the body did not arrive in time.",
                "Look at the network between you and the gateway, and send the request again.",
            ),
            R::IpNotAllowed => (
                403,
                "The address is not allowed",
                "The API, the plan or the application takes calls from some addresses only.",
                "Call from an address that was agreed, or ask the publisher to add yours; the detail says which it is.",
            ),
            R::CountryNotAllowed => (
                403,
                "The country is not allowed",
                "The API takes no calls from the country that your address belongs to.",
                "Write to the platform team with the request id if your address is placed wrongly.",
            ),
            R::BotNotAllowed => (
                403,
                "The program is not allowed",
                "The API takes no calls from the program that the User-Agent header names.",
                "Set a User-Agent that says what your program is and whom to ask about it.",
            ),
            R::CallerNotAllowed => (
                403,
                "The caller is not allowed",
                "The caller is known, but a rule of the API does not let it do this.",
                "Ask the publisher of the API for access, with the request id.",
            ),
            R::OriginNotAllowed => (
                403,
                "The origin is not allowed",
                "The API does not take calls from pages of this origin.",
                "Call from your server, or ask the publisher to allow your origin.",
            ),
            R::PolicyFailed => (
                500,
                "A policy could not do its work",
                "A rule that guards this API failed, so the request was not let through.",
                "Try again; if it stays, write to the platform team with the request id.",
            ),
            R::UpstreamFailed => (
                502,
                "The API behind the gateway failed",
                "The service behind the gateway could not be reached, or broke off.",
                "Try again in a moment; if it stays, write to the platform team with the request id.",
            ),
            R::UpstreamInvalidAnswer => (
                502,
                "The API behind the gateway answered nonsense",
                "The service behind the gateway sent something that is not valid HTTP.",
                "Try again in a moment; if it stays, write to the platform team with the request id.",
            ),
            R::UpstreamOverloaded => (
                503,
                "The API behind the gateway has too much to do",
                "As many requests are under way as the service may get at a time; plans of lower priority are refused first.",
                "Try again after as many seconds as Retry-After says, and spread the calls.",
            ),
            R::UpstreamUnavailable => (
                503,
                "The API behind the gateway is unavailable",
                "No server of this API is ready to take the request.",
                "Try again after as many seconds as Retry-After says.",
            ),
            R::UpstreamTimeout => (
                504,
                "The API behind the gateway did not answer in time",
                "The service behind the gateway took longer than the API allows.",
                "Ask for less at once, or try again later.",
            ),
            R::NotReady => (
                503,
                "The gateway is not ready",
                "This node is starting or shutting down.",
                "Send the request again; another node takes it.",
            ),
            R::Internal => (
                500,
                "The gateway failed",
                "The gateway met a fault of its own.",
                "Try again; if it stays, write to the platform team with the request id.",
            ),
        };
        Explanation {
            status,
            title,
            meaning,
            remedy,
        }
    }

    /// HTTP status of the code.
    pub const fn status(self) -> u16 {
        self.explain().status
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_a_client_or_server_error_with_words() {
        for code in Refusal::ALL {
            let e = code.explain();
            assert!((400..600).contains(&e.status), "{code}");
            assert!(
                !e.title.ends_with('.') && e.meaning.ends_with('.') && e.remedy.ends_with('.'),
                "{code}"
            );
        }
    }
}
