//! How many connections each address has open.

use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;

use dashmap::DashMap;

/// Open connections by address, shared by the workers.
#[derive(Debug, Default, Clone)]
pub(crate) struct Crowd(Arc<DashMap<IpAddr, usize>>);

/// One connection's place.
#[derive(Debug)]
pub(crate) struct Place {
    crowd: Crowd,
    address: IpAddr,
}

impl Crowd {
    /// Takes a place, unless the address has as many as it may; `None` for `most` sets no bound.
    pub(crate) fn enter(&self, address: IpAddr, most: Option<usize>) -> Option<Place> {
        let address = neighbourhood(address);
        let mut open = self.0.entry(address).or_default();
        if most.is_some_and(|most| *open >= most) {
            return None;
        }
        *open += 1;
        drop(open);
        Some(Place {
            crowd: self.clone(),
            address,
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(mut open) = self.crowd.0.get_mut(&self.address) {
            *open -= 1;
        }
        self.crowd.0.remove_if(&self.address, |_, open| *open == 0);
    }
}

/// Whoever has one IPv6 address has the 2^64 of its network.
fn neighbourhood(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(ip) => Ipv6Addr::from_bits(ip.to_bits() & !u128::from(u64::MAX)).into(),
        ip @ IpAddr::V4(_) => ip,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_network_has_so_many_places() {
        let crowd = Crowd::default();
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        let first = crowd.enter(ip("2001:db8::1"), Some(2)).unwrap();
        let _second = crowd.enter(ip("2001:db8::2"), Some(2)).unwrap();
        assert!(crowd.enter(ip("2001:db8::3"), Some(2)).is_none());
        assert!(crowd.enter(ip("2001:db8:0:1::3"), Some(2)).is_some());
        assert!(crowd.enter(ip("2001:db8::3"), None).is_some());
        drop(first);
        assert!(crowd.enter(ip("2001:db8::3"), Some(2)).is_some());
        let v4 = crowd.enter(ip("::ffff:10.0.0.1"), Some(1)).unwrap();
        assert!(crowd.enter(ip("10.0.0.1"), Some(1)).is_none());
        drop(v4);
        assert_eq!(
            crowd.0.len(),
            1,
            "addresses without connections are forgotten"
        );
    }
}
