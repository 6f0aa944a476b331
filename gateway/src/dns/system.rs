//! What the machine says about names: `/etc/resolv.conf` and `/etc/hosts`. Both are small, and read for each look-up, so that
//! a change of theirs needs no restart.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// The port of name servers.
const PORT: u16 = 53;
/// Name servers that are asked (resolv.conf(5)).
const SERVERS_MOST: usize = 3;
/// Domains that a short name is tried in.
const SEARCH_MOST: usize = 6;

/// How names are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Settings {
    pub(super) servers: Vec<SocketAddr>,
    /// Domains in which a short name is tried.
    pub(super) search: Vec<String>,
    /// A name with so many full stops is tried as it is first.
    pub(super) dots: usize,
    /// For one answer.
    pub(super) patience: Duration,
    /// How often each server is asked.
    pub(super) attempts: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            servers: Vec::new(),
            search: Vec::new(),
            dots: 1,
            patience: Duration::from_secs(2),
            attempts: 2,
        }
    }
}

impl Settings {
    /// The settings of the machine; without name servers when there are none, or the file cannot be read.
    pub(super) async fn of_machine() -> Self {
        let text = tokio::fs::read_to_string("/etc/resolv.conf").await;
        text.map_or_else(|_| Self::default(), |text| Self::parse(&text))
    }

    fn parse(text: &str) -> Self {
        let mut settings = Self::default();
        for line in text.lines() {
            let line = line.split(['#', ';']).next().unwrap_or_default();
            let mut words = line.split_ascii_whitespace();
            match words.next() {
                Some("nameserver") => settings.servers.extend(words.next().and_then(server)),
                // the last one holds
                Some("search" | "domain") => {
                    settings.search = words.take(SEARCH_MOST).map(bare).collect();
                }
                Some("options") => words.for_each(|word| settings.option(word)),
                _ => {}
            }
        }
        settings.servers.truncate(SERVERS_MOST);
        settings
    }

    fn option(&mut self, word: &str) {
        let Some((name, value)) = word.split_once(':') else {
            return;
        };
        let Ok(value) = value.parse::<u8>() else {
            return;
        };
        match name {
            "ndots" => self.dots = usize::from(value.min(15)),
            "timeout" => self.patience = Duration::from_secs(u64::from(value.clamp(1, 5))),
            "attempts" => self.attempts = u32::from(value.clamp(1, 3)),
            _ => {}
        }
    }

    /// The names to ask for, in their order: one that ends with a full stop stands for itself.
    pub(super) fn names(&self, host: &str) -> Vec<String> {
        if let Some(whole) = host.strip_suffix('.') {
            return vec![whole.to_owned()];
        }
        let longer = self.search.iter().map(|domain| format!("{host}.{domain}"));
        let itself = std::iter::once(host.to_owned());
        if host.matches('.').count() >= self.dots {
            itself.chain(longer).collect()
        } else {
            longer.chain(itself).collect()
        }
    }
}

fn server(text: &str) -> Option<SocketAddr> {
    // the zone of a link-local address is not taken: it needs the number of an interface
    let ip = text.parse::<IpAddr>().ok()?;
    Some(SocketAddr::new(ip, PORT))
}

fn bare(domain: &str) -> String {
    domain.trim_end_matches('.').to_ascii_lowercase()
}

/// The addresses that `/etc/hosts` has for a name.
pub(super) async fn hosts(name: &str) -> Vec<IpAddr> {
    let text = tokio::fs::read_to_string("/etc/hosts").await;
    text.map_or_else(|_| Vec::new(), |text| addresses(&text, name))
}

fn addresses(text: &str, name: &str) -> Vec<IpAddr> {
    let name = name.trim_end_matches('.');
    let of_line = |line: &str| {
        let line = line.split('#').next().unwrap_or_default();
        let mut words = line.split_ascii_whitespace();
        let ip = words.next()?.parse::<IpAddr>().ok()?;
        words
            .any(|known| known.eq_ignore_ascii_case(name))
            .then_some(ip)
    };
    text.lines().filter_map(of_line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLUSTER: &str = "# made by a machine\nnameserver 10.96.0.10\nnameserver fe80::1%eth0\n\
        search shop.svc.cluster.local. svc.cluster.local\noptions ndots:5 timeout:1 rotate attempts:9\n";

    #[test]
    fn the_machines_file_is_read() {
        let settings = Settings::parse(CLUSTER);
        let expected = Settings {
            servers: vec!["10.96.0.10:53".parse().unwrap()],
            search: vec![
                "shop.svc.cluster.local".to_owned(),
                "svc.cluster.local".to_owned(),
            ],
            dots: 5,
            patience: Duration::from_secs(1),
            attempts: 3,
        };
        assert_eq!(settings, expected);
        assert_eq!(
            Settings::parse("nonsense\nnameserver\n"),
            Settings::default()
        );
    }

    #[test]
    fn short_names_are_tried_in_the_domains_first() {
        let cluster = Settings::parse(CLUSTER);
        assert_eq!(
            cluster.names("rates"),
            [
                "rates.shop.svc.cluster.local",
                "rates.svc.cluster.local",
                "rates"
            ]
        );
        assert_eq!(cluster.names("rates.example."), ["rates.example"]);
        let plain = Settings::parse("search internal");
        assert_eq!(plain.names("a.b"), ["a.b", "a.b.internal"]);
        assert_eq!(plain.names("a"), ["a.internal", "a"]);
    }

    #[test]
    fn hosts_are_found_by_any_of_their_names() {
        let text = "127.0.0.1 localhost\n::1 localhost ip6-localhost # both\n#10.0.0.1 shop\n10.0.0.2\tshop Rates";
        let check = |name: &str, expected: &[&str]| {
            let expected: Vec<IpAddr> = expected.iter().map(|ip| ip.parse().unwrap()).collect();
            assert_eq!(addresses(text, name), expected, "{name}");
        };
        check("localhost", &["127.0.0.1", "::1"]);
        check("rates.", &["10.0.0.2"]);
        check("shop", &["10.0.0.2"]);
        check("10.0.0.2", &[]);
    }
}
