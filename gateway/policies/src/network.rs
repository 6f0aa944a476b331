//! Networks as tables: the value of the most specific network that holds an address.

use std::collections::HashMap;
use std::net::IpAddr;

use ipnet::IpNet;

/// A table from networks to values. IPv4 addresses that are written as IPv6 (`::ffff:192.0.2.1`) are IPv4 here, in the
/// table as well as in what is looked up.
#[derive(Debug, Clone)]
pub struct NetworkTable<V> {
    v4: Family<V>,
    v6: Family<V>,
}

/// One family: for each length of prefix, the longest first, the networks of that length.
type Family<V> = Vec<(u8, HashMap<u128, V>)>;

impl<V> Default for NetworkTable<V> {
    fn default() -> Self {
        Self {
            v4: Vec::new(),
            v6: Vec::new(),
        }
    }
}

/// Reads `192.0.2.0/24`, `2001:db8::/32` or a single address.
pub fn parse(text: &str) -> Result<IpNet, String> {
    let text = text.trim();
    let net = match text.parse::<IpAddr>() {
        Ok(address) => IpNet::from(address),
        Err(_) => text.parse::<IpNet>().map_err(|_| {
            format!("`{text}` is neither an address nor a network such as 192.0.2.0/24")
        })?,
    };
    if net.trunc().addr() != net.addr() {
        return Err(format!(
            "`{text}` has bits behind its prefix; the network is {}",
            net.trunc()
        ));
    }
    Ok(canonical(net))
}

/// A network of v4-mapped addresses as the IPv4 network that it stands for.
fn canonical(net: IpNet) -> IpNet {
    match (net, net.addr().to_canonical()) {
        (IpNet::V6(net), IpAddr::V4(address)) if net.prefix_len() >= 96 => {
            IpNet::new(IpAddr::V4(address), net.prefix_len() - 96)
                .expect("a prefix of a v4-mapped network is at most 128")
        }
        _ => net,
    }
}

impl<V> NetworkTable<V> {
    /// Whether there is no network in it.
    pub fn is_empty(&self) -> bool {
        self.v4.is_empty() && self.v6.is_empty()
    }

    /// Adds a network; one that is there already gets the new value.
    pub fn insert(&mut self, net: IpNet, value: V) {
        let net = canonical(net);
        let (family, key) = match net {
            IpNet::V4(net) => (
                &mut self.v4,
                bits_of_v4(u32::from(net.addr()), net.prefix_len()),
            ),
            IpNet::V6(net) => (
                &mut self.v6,
                shifted(u128::from(net.addr()), 128, net.prefix_len()),
            ),
        };
        let length = net.prefix_len();
        let place = match family.binary_search_by(|(have, _)| length.cmp(have)) {
            Ok(place) => place,
            Err(place) => {
                family.insert(place, (length, HashMap::new()));
                place
            }
        };
        family[place].1.insert(key, value);
    }

    /// The value of the most specific network with the address.
    pub fn find(&self, address: IpAddr) -> Option<&V> {
        match address.to_canonical() {
            IpAddr::V4(address) => self
                .v4
                .iter()
                .find_map(|(length, nets)| nets.get(&bits_of_v4(u32::from(address), *length))),
            IpAddr::V6(address) => self
                .v6
                .iter()
                .find_map(|(length, nets)| nets.get(&shifted(u128::from(address), 128, *length))),
        }
    }
}

fn bits_of_v4(address: u32, length: u8) -> u128 {
    shifted(u128::from(address), 32, length)
}

fn shifted(address: u128, width: u32, length: u8) -> u128 {
    address
        .checked_shr(width - u32::from(length))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(nets: &[&str]) -> NetworkTable<usize> {
        let mut table = NetworkTable::default();
        for (i, net) in nets.iter().enumerate() {
            table.insert(parse(net).unwrap(), i);
        }
        table
    }

    #[test]
    fn the_most_specific_network_wins() {
        let table = table(&[
            "0.0.0.0/0",
            "10.0.0.0/8",
            "10.1.0.0/16",
            "10.1.2.3",
            "2001:db8::/32",
            "::/0",
        ]);
        for (address, expected) in [
            ("192.0.2.1", 0),
            ("10.2.0.1", 1),
            ("10.1.9.9", 2),
            ("10.1.2.3", 3),
            ("::ffff:10.1.2.3", 3),
            ("2001:db8:1::1", 4),
            ("2001:db9::1", 5),
            ("::1", 5),
        ] {
            assert_eq!(
                table.find(address.parse().unwrap()),
                Some(&expected),
                "{address}"
            );
        }
    }

    #[test]
    fn mapped_networks_are_v4_and_v6_networks_hold_no_v4() {
        let mapped = table(&["::ffff:10.0.0.0/104"]);
        assert_eq!(mapped.find("10.200.1.1".parse().unwrap()), Some(&0));
        assert_eq!(mapped.find("11.0.0.1".parse().unwrap()), None);
        let six = table(&["::/0"]);
        assert_eq!(six.find("10.0.0.1".parse().unwrap()), None);
        assert_eq!(six.find("::ffff:10.0.0.1".parse().unwrap()), None);
    }

    #[test]
    fn what_is_no_network_says_so() {
        for bad in [
            "10.0.0.1/8",
            "10.0.0",
            "10.0.0.0/33",
            "",
            "localhost",
            "1.2.3.4/",
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
