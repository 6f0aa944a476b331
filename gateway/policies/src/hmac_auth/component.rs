//! The parts of a request that a signature covers (RFC 9421, section 2), as lines of the signature base.

use http::HeaderName;
use http::header::HOST;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sfv::{BareItem, Item, ListEntry, SerializeValue as _};

use crate::request::{Request, Scheme, decode};

/// What stays as it is in a query parameter's value (the percent-encode set of `application/x-www-form-urlencoded`, with `%20` for a blank; section 2.2.8).
const KEPT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'*')
    .remove(b'-')
    .remove(b'.')
    .remove(b'_');

/// A part that is made from the request (section 2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Derived {
    Method,
    TargetUri,
    Authority,
    Scheme,
    RequestTarget,
    Path,
    Query,
    QueryParam,
}

impl Derived {
    /// By its name, with the `@`.
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "@method" => Self::Method,
            "@target-uri" => Self::TargetUri,
            "@authority" => Self::Authority,
            "@scheme" => Self::Scheme,
            "@request-target" => Self::RequestTarget,
            "@path" => Self::Path,
            "@query" => Self::Query,
            "@query-param" => Self::QueryParam,
            _ => return None,
        })
    }
}

/// The line of a covered component, without the line break: its identifier, a colon, its value.
pub(super) fn line(request: &Request<'_>, item: &Item) -> Result<String, String> {
    let name = item
        .bare_item
        .as_str()
        .ok_or("a covered component is not a text in quotes")?;
    let identifier = vec![ListEntry::Item(item.clone())]
        .serialize_value()
        .map_err(|_| format!("the component `{name}` cannot be written down"))?;
    let value = if name.starts_with('@') {
        derived(request, name, item)?
    } else {
        field(request, name, item)?
    };
    // a line break in a value would let one component stand for two
    if value.contains(['\n', '\r']) {
        return Err(format!("the component `{name}` holds a line break"));
    }
    Ok(format!("{identifier}: {value}"))
}

fn derived(request: &Request<'_>, name: &str, item: &Item) -> Result<String, String> {
    let kind =
        Derived::named(name).ok_or_else(|| format!("`{name}` is not a component of requests"))?;
    if kind == Derived::QueryParam {
        return query_parameter(request, item);
    }
    if let Some(parameter) = item.params.keys().next() {
        return Err(format!(
            "`{name}` has the parameter `{parameter}`, which is not taken"
        ));
    }
    let query = request.query().map(|query| format!("?{query}"));
    Ok(match kind {
        Derived::Method => request.method().as_str().to_owned(),
        Derived::Authority => authority(request)?,
        Derived::Scheme => request.scheme().as_str().to_owned(),
        Derived::Path => request.path().to_owned(),
        // without a query the value is the question mark alone
        Derived::Query => query.unwrap_or_else(|| "?".to_owned()),
        Derived::RequestTarget => format!("{}{}", request.path(), query.unwrap_or_default()),
        Derived::TargetUri | Derived::QueryParam => format!(
            "{}://{}{}{}",
            request.scheme().as_str(),
            authority(request)?,
            request.path(),
            query.unwrap_or_default()
        ),
    })
}

/// The host in lower case, with its port unless that is the scheme's own (section 2.2.3).
fn authority(request: &Request<'_>) -> Result<String, String> {
    let host = match request.header(&HOST) {
        Some(host) => host.to_str().map_err(|_| "the Host header is not text")?,
        None => request.host(),
    };
    let host = host.trim().to_ascii_lowercase();
    let default = match request.scheme() {
        Scheme::Http => ":80",
        Scheme::Https => ":443",
    };
    Ok(host
        .strip_suffix(default)
        .map(str::to_owned)
        .unwrap_or(host))
}

fn query_parameter(request: &Request<'_>, item: &Item) -> Result<String, String> {
    let wanted = match (
        item.params.len(),
        item.params.get("name").and_then(BareItem::as_str),
    ) {
        (1, Some(name)) => decode(name).ok_or("the name of a `@query-param` is not UTF-8")?,
        _ => return Err("`@query-param` needs the parameter `name`, and no other".to_owned()),
    };
    let mut values = request
        .query()
        .unwrap_or_default()
        .split('&')
        .filter_map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name)? == wanted).then_some(value)
        });
    let value = values
        .next()
        .ok_or_else(|| format!("the query has no parameter `{wanted}`"))?;
    if values.next().is_some() {
        return Err(format!("the query has several parameters `{wanted}`"));
    }
    let value = decode(value).ok_or_else(|| format!("the parameter `{wanted}` is not UTF-8"))?;
    Ok(utf8_percent_encode(&value, KEPT).to_string())
}

/// A header's value: all lines of it, each without the blanks around it, with commas (section 2.1).
fn field(request: &Request<'_>, name: &str, item: &Item) -> Result<String, String> {
    if let Some(parameter) = item.params.keys().next() {
        return Err(format!(
            "`{name}` has the parameter `{parameter}`, which is not taken"
        ));
    }
    let header: HeaderName = name
        .parse()
        .map_err(|_| format!("`{name}` is not a header name"))?;
    if header.as_str() != name {
        return Err(format!("`{name}` is not written in lower case"));
    }
    let mut values = Vec::new();
    for value in request.headers().get_all(&header) {
        let text = value
            .to_str()
            .map_err(|_| format!("the header `{name}` is not ASCII text"))?;
        values.push(text.trim());
    }
    if values.is_empty() {
        return Err(format!(
            "the signature covers the header `{name}`, which the request does not have"
        ));
    }
    Ok(values.join(", "))
}
