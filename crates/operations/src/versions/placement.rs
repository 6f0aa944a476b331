//! Where a version is found on the gateway: its label, hosts and base path.

use domain::api::PathKind;
use domain::text::{self, TextError};
use thiserror::Error;

use crate::routes::path::{self, PathError};

/// The longest label, in characters.
const LABEL_MOST: usize = 40;
/// The most hosts of one version.
const HOSTS_MOST: usize = 50;

/// Why a label, host or base path was not taken.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PlacementError {
    /// Not a text of one line.
    #[error(transparent)]
    Text(#[from] TextError),
    /// A label that would not survive in a URL.
    #[error(
        "may hold only letters, digits, full stops, hyphens and underscores, and begins with a letter or digit"
    )]
    NotALabel,
    /// Not a host name.
    #[error("`{0}` is not a host name, such as api.example.com or *.example.com")]
    NotAHost(String),
    /// A port or more.
    #[error("`{0}` holds more than a host name; leave protocol, port and path out")]
    MoreThanAHost(String),
    /// More hosts than are kept.
    #[error("are more than {HOSTS_MOST}")]
    TooManyHosts,
    /// Not a path.
    #[error(transparent)]
    Path(#[from] PathError),
}

/// A label such as `v2` or `2026-11`.
pub(crate) fn label(label: &str) -> Result<String, PlacementError> {
    let label = text::line(label, LABEL_MOST)?;
    let plain = label
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'));
    if !plain || !label.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        return Err(PlacementError::NotALabel);
    }
    Ok(label)
}

/// Hosts in lower case, each once, in order.
pub(crate) fn hosts(given: &[String]) -> Result<Vec<String>, PlacementError> {
    let mut hosts = given
        .iter()
        .map(|host| one_host(host))
        .collect::<Result<Vec<_>, _>>()?;
    hosts.sort_unstable();
    hosts.dedup();
    if hosts.len() > HOSTS_MOST {
        return Err(PlacementError::TooManyHosts);
    }
    Ok(hosts)
}

/// A base path: `/`, or `/shipping/v2` without a slash at its end.
pub(crate) fn base_path(given: &str) -> Result<String, PlacementError> {
    let trimmed = given.trim().trim_end_matches('/');
    if trimmed.is_empty() {
        return Ok("/".to_owned());
    }
    path::check(PathKind::Exact, trimmed)?;
    Ok(trimmed.to_owned())
}

fn one_host(given: &str) -> Result<String, PlacementError> {
    let host = given.trim().trim_end_matches('.').to_ascii_lowercase();
    if host.contains([':', '/', '@']) {
        return Err(PlacementError::MoreThanAHost(given.trim().to_owned()));
    }
    let name = host.strip_prefix("*.").unwrap_or(&host);
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    if host.len() > 253 || !name.split('.').all(is_label) {
        return Err(PlacementError::NotAHost(
            given.trim().chars().take(80).collect(),
        ));
    }
    Ok(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_kept_once_in_lower_case() {
        let given = ["API.example.com.", "api.example.com", "*.example.org"].map(str::to_owned);
        assert_eq!(
            hosts(&given),
            Ok(vec![
                "*.example.org".to_owned(),
                "api.example.com".to_owned()
            ])
        );
    }

    #[test]
    fn what_is_no_host_is_refused() {
        for host in ["", "a b", "-a.example", "a..b", "*", "a.*.b", "é.example"] {
            assert!(hosts(&[host.to_owned()]).is_err(), "{host}");
        }
        let with_port = hosts(&["api.example.com:8443".to_owned()]);
        assert_eq!(
            with_port,
            Err(PlacementError::MoreThanAHost(
                "api.example.com:8443".to_owned()
            ))
        );
    }

    #[test]
    fn base_paths_end_without_a_slash() {
        assert_eq!(base_path(" /shipping/v2/ "), Ok("/shipping/v2".to_owned()));
        assert_eq!(base_path(""), Ok("/".to_owned()));
        assert!(base_path("shipping").is_err());
        assert!(base_path("/a/{id}").is_err());
    }

    #[test]
    fn labels_are_fit_for_urls() {
        assert_eq!(label(" v2.1 "), Ok("v2.1".to_owned()));
        for bad in ["", "v 2", "v/2", "-2", &"9".repeat(41)] {
            assert!(label(bad).is_err(), "{bad}");
        }
    }
}
