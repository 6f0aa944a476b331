//! Which addresses a fetch may go to (RFC 6890's special-purpose registries, and the clouds' metadata services).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Why an address is not fetched from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Verdict {
    /// This machine.
    #[error("a loopback address")]
    Loopback,
    /// RFC 1918, RFC 4193, RFC 6598.
    #[error("a private address")]
    Private,
    /// RFC 3927, RFC 4291: the metadata services of clouds live here.
    #[error("a link-local address")]
    LinkLocal,
    /// Multicast, broadcast, documentation, benchmarking, unspecified, reserved.
    #[error("an address that is not for one public host")]
    NotGlobal,
}

/// Why this address is refused; `None` for a public one. IPv4 inside IPv6 (mapped, compatible, 6to4, NAT64) is judged as the IPv4 it leads to.
pub fn verdict(ip: IpAddr) -> Option<Verdict> {
    match ip {
        IpAddr::V4(v4) => verdict_v4(v4),
        IpAddr::V6(v6) => verdict_v6(v6),
    }
}

fn verdict_v4(ip: Ipv4Addr) -> Option<Verdict> {
    let [a, b, c, _] = ip.octets();
    match (a, b, c) {
        (127, ..) => Some(Verdict::Loopback),
        (10, ..) | (192, 168, _) => Some(Verdict::Private),
        (172, 16..=31, _) | (100, 64..=127, _) => Some(Verdict::Private),
        (169, 254, _) => Some(Verdict::LinkLocal),
        (0, ..)
        | (192, 0, 0 | 2)
        | (192, 88, 99)
        | (198, 18 | 19, _)
        | (198, 51, 100)
        | (203, 0, 113)
        | (224.., ..) => Some(Verdict::NotGlobal),
        _ => None,
    }
}

fn verdict_v6(ip: Ipv6Addr) -> Option<Verdict> {
    let s = ip.segments();
    if ip.is_loopback() {
        return Some(Verdict::Loopback);
    }
    if ip.is_unspecified() {
        return Some(Verdict::NotGlobal);
    }
    let tail = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        verdict_v4(Ipv4Addr::new(a, b, c, d))
    };
    match s {
        // ::ffff:0:0/96 and ::/96
        [0, 0, 0, 0, 0, 0xffff | 0, high, low] => tail(high, low).or(Some(Verdict::NotGlobal)),
        // NAT64: 64:ff9b::/96 leads to the IPv4, 64:ff9b:1::/48 to a private network (RFC 8215)
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => tail(high, low),
        [0x64, 0xff9b, 1, ..] => Some(Verdict::Private),
        // 6to4 leads to the IPv4 in it; Teredo to whatever
        [0x2002, high, low, ..] => tail(high, low),
        [0x2001, 0, ..] => Some(Verdict::NotGlobal),
        [0x2001, 0xdb8, ..] | [0x3fff, ..] | [0x100, 0, 0, 0, ..] | [0x5f00, ..] => {
            Some(Verdict::NotGlobal)
        }
        [0xfe80..=0xfebf, ..] => Some(Verdict::LinkLocal),
        [0xfc00..=0xfdff, ..] | [0xfec0..=0xfeff, ..] => Some(Verdict::Private),
        [0xff00..=0xffff, ..] => Some(Verdict::NotGlobal),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_private_is_public() {
        for ip in [
            "127.0.0.1",
            "127.8.9.1",
            "10.0.0.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "100.64.0.1",
            "169.254.169.254",
            "0.0.0.0",
            "255.255.255.255",
            "224.0.0.1",
            "198.18.0.1",
            "::1",
            "::",
            "::ffff:127.0.0.1",
            "::ffff:8.8.8.8",
            "::127.0.0.1",
            "64:ff9b::a00:1",
            "64:ff9b:1::1",
            "2002:7f00:1::",
            "fe80::1",
            "fd00:ec2::254",
            "ff02::1",
            "2001:db8::1",
            "2001::1",
        ] {
            assert!(verdict(ip.parse().unwrap()).is_some(), "{ip}");
        }
    }

    #[test]
    fn public_hosts_are_reached() {
        for ip in [
            "8.8.8.8",
            "172.32.0.1",
            "100.128.0.1",
            "2606:4700::1111",
            "64:ff9b::808:808",
        ] {
            assert_eq!(verdict(ip.parse().unwrap()), None, "{ip}");
        }
    }
}
