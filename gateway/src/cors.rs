//! Calls from the portal's own pages: the try-it page works on every published route, without a policy.

use gateway_wire::fields::Lines;
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS,
    ACCESS_CONTROL_REQUEST_METHOD, CONTENT_LENGTH, ORIGIN, VARY,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use pingora::Result;
use pingora_http::ResponseHeader;
use url::Url;

const REQUEST_PRIVATE_NETWORK: HeaderName =
    HeaderName::from_static("access-control-request-private-network");
const ALLOW_PRIVATE_NETWORK: HeaderName =
    HeaderName::from_static("access-control-allow-private-network");

/// The origin whose pages may call. No cookies go along: credentials are what the page puts into headers.
#[derive(Debug, Clone, Default)]
pub(crate) struct PortalOrigin(Option<HeaderValue>);

impl PortalOrigin {
    pub(crate) fn of(portal: Option<&Url>) -> Self {
        let origin = portal.map(|url| url.origin().ascii_serialization());
        Self(origin.and_then(|origin| HeaderValue::try_from(origin).ok()))
    }

    /// Whether a request comes from the portal's pages.
    pub(crate) fn calls(&self, headers: &HeaderMap) -> bool {
        self.0.is_some() && headers.get(ORIGIN) == self.0.as_ref()
    }

    /// Lets the page read the answer, the headers of limits included.
    pub(crate) fn open(&self, response: &mut impl Lines) {
        if let Some(origin) = &self.0 {
            response.set(&ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
            response.set(
                &ACCESS_CONTROL_EXPOSE_HEADERS,
                HeaderValue::from_static("*"),
            );
            response.append(&VARY, HeaderValue::from_static("Origin"));
        }
    }

    /// The answer to a preflight for a route that exists.
    pub(crate) fn preflight(&self, request: &HeaderMap) -> Result<ResponseHeader> {
        let mut response = ResponseHeader::build(204, Some(8))?;
        self.open(&mut response);
        response.insert_header(CONTENT_LENGTH, "0")?;
        response.insert_header(ACCESS_CONTROL_MAX_AGE, "600")?;
        if let Some(method) = request.get(ACCESS_CONTROL_REQUEST_METHOD) {
            response.insert_header(ACCESS_CONTROL_ALLOW_METHODS, method.clone())?;
        }
        if let Some(names) = request.get(ACCESS_CONTROL_REQUEST_HEADERS) {
            response.insert_header(ACCESS_CONTROL_ALLOW_HEADERS, names.clone())?;
        }
        if request.contains_key(REQUEST_PRIVATE_NETWORK) {
            response.insert_header(ALLOW_PRIVATE_NETWORK, "true")?;
        }
        Ok(response)
    }
}

/// The method that a preflight asks for; `None` when the request is not a preflight.
pub(crate) fn preflighted(method: &Method, headers: &HeaderMap) -> Option<Method> {
    if method != Method::OPTIONS || !headers.contains_key(ORIGIN) {
        return None;
    }
    let wanted = headers.get(ACCESS_CONTROL_REQUEST_METHOD)?;
    Method::from_bytes(wanted.as_bytes()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_portals_origin_is_let_in() {
        let portal = PortalOrigin::of(Some(&"http://127.0.0.1:8002/docs".parse().unwrap()));
        let mut headers = HeaderMap::new();
        headers.insert(ORIGIN, HeaderValue::from_static("http://127.0.0.1:8002"));
        assert!(portal.calls(&headers));
        headers.insert(ORIGIN, HeaderValue::from_static("http://127.0.0.1:8001"));
        assert!(!portal.calls(&headers));
        assert!(!PortalOrigin::of(None).calls(&HeaderMap::new()));
    }
}
