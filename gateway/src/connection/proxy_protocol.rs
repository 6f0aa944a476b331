//! The PROXY protocol, versions 1 and 2: a trusted balancer says whom a connection is from. Never guessed: where it is
//! expected it must be there, and from peers that are not trusted it is not read at all.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use thiserror::Error;
use tokio::io::{AsyncRead, AsyncReadExt as _};

/// What begins version 2.
const SIGNATURE: [u8; 12] = *b"\r\n\r\n\0\r\nQUIT\n";
/// The longest line of version 1, with its end.
const LINE: usize = 107;
/// The most that version 2 may carry; addresses and what balancers add to them.
const CARRIED: usize = 4_096;

/// Why nobody knows whom a connection is from.
#[derive(Debug, Error)]
pub(super) enum ProxyError {
    #[error("the connection broke off: {0}")]
    Io(#[from] io::Error),
    #[error("it does not begin with a PROXY header")]
    Missing,
    #[error("the PROXY header is not valid")]
    Invalid,
}

/// Reads the header and nothing after it. `None`: the balancer speaks for itself.
pub(super) async fn read(
    stream: &mut (impl AsyncRead + Unpin),
) -> Result<Option<SocketAddr>, ProxyError> {
    // the shortest header there is ("PROXY UNKNOWN") is longer
    let mut start = [0; SIGNATURE.len()];
    stream.read_exact(&mut start).await?;
    if start == SIGNATURE {
        return binary(stream).await;
    }
    if !start.starts_with(b"PROXY ") {
        return Err(ProxyError::Missing);
    }
    let mut line = start.to_vec();
    while !line.ends_with(b"\r\n") {
        if line.len() == LINE {
            return Err(ProxyError::Invalid);
        }
        line.push(stream.read_u8().await?);
    }
    text(&line).ok_or(ProxyError::Invalid)
}

/// `PROXY TCP4 192.0.2.1 198.51.100.1 56324 443`
fn text(line: &[u8]) -> Option<Option<SocketAddr>> {
    let line = std::str::from_utf8(line).ok()?.strip_suffix("\r\n")?;
    let mut words = line.strip_prefix("PROXY ")?.split(' ');
    let kind = words.next()?;
    if kind == "UNKNOWN" {
        return Some(None);
    }
    let source: IpAddr = words.next()?.parse().ok()?;
    let _destination: IpAddr = words.next()?.parse().ok()?;
    let port: u16 = words.next()?.parse().ok()?;
    let _port: u16 = words.next()?.parse().ok()?;
    let fits = matches!(
        (kind, source),
        ("TCP4", IpAddr::V4(_)) | ("TCP6", IpAddr::V6(_))
    );
    (fits && words.next().is_none()).then_some(Some(SocketAddr::new(source, port)))
}

async fn binary(stream: &mut (impl AsyncRead + Unpin)) -> Result<Option<SocketAddr>, ProxyError> {
    let mut head = [0; 4];
    stream.read_exact(&mut head).await?;
    let [version_and_command, family, high, low] = head;
    let length = usize::from(u16::from_be_bytes([high, low]));
    if length > CARRIED {
        return Err(ProxyError::Invalid);
    }
    let mut carried = vec![0; length];
    stream.read_exact(&mut carried).await?;
    match version_and_command {
        // LOCAL
        0x20 => Ok(None),
        // PROXY
        0x21 => source(family, &carried).ok_or(ProxyError::Invalid),
        _ => Err(ProxyError::Invalid),
    }
}

fn source(family: u8, carried: &[u8]) -> Option<Option<SocketAddr>> {
    match family {
        // TCP over IPv4: two addresses, two ports
        0x11 => {
            let source: [u8; 4] = carried.first_chunk().copied()?;
            let port = carried.get(8..10)?.try_into().ok()?;
            carried.get(10..12)?;
            Some(Some(SocketAddr::new(
                Ipv4Addr::from(source).into(),
                u16::from_be_bytes(port),
            )))
        }
        // TCP over IPv6
        0x21 => {
            let source: [u8; 16] = carried.first_chunk().copied()?;
            let port = carried.get(32..34)?.try_into().ok()?;
            carried.get(34..36)?;
            Some(Some(SocketAddr::new(
                Ipv6Addr::from(source).into(),
                u16::from_be_bytes(port),
            )))
        }
        // unspecified, or a UNIX socket: nobody that has an address
        0x00 | 0x31 => Some(None),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &[u8], expected: Option<Option<&str>>) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let found = runtime.block_on(read(&mut &bytes[..])).ok();
        let found = found.map(|address| address.map(|address| address.to_string()));
        let expected = expected.map(|address| address.map(str::to_owned));
        assert_eq!(found, expected, "{}", String::from_utf8_lossy(bytes));
    }

    fn version_2(command: u8, family: u8, carried: &[u8]) -> Vec<u8> {
        let mut bytes = SIGNATURE.to_vec();
        bytes.extend([command, family]);
        bytes.extend(u16::try_from(carried.len()).unwrap().to_be_bytes());
        bytes.extend(carried);
        bytes
    }

    #[test]
    fn reads_version_1() {
        check(
            b"PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\r\n",
            Some(Some("192.0.2.1:56324")),
        );
        check(
            b"PROXY TCP6 2001:db8::1 2001:db8::2 1 2\r\n",
            Some(Some("[2001:db8::1]:1")),
        );
        check(b"PROXY UNKNOWN\r\n", Some(None));
        for broken in [
            "GET / HTTP/1.1\r\n\r\n",
            "PROXY TCP4 2001:db8::1 2001:db8::2 1 2\r\n",
            "PROXY TCP4 192.0.2.1 198.51.100.1 56324\r\n",
            "PROXY TCP4 192.0.2.1 198.51.100.1 56324 443 1\r\n",
            "PROXY TCP4 192.0.2.1 198.51.100.1 99999 443\r\n",
            "PROXY TCP4 ::ffff:192.0.2.1 198.51.100.1 1 443\r\n",
            "PROXY TCP4 192.0.2.1",
        ] {
            check(broken.as_bytes(), None);
        }
        check(
            format!("PROXY TCP4 {}\r\n", "1".repeat(200)).as_bytes(),
            None,
        );
    }

    #[test]
    fn reads_version_2() {
        let v4 = [192, 0, 2, 1, 198, 51, 100, 1, 0xdc, 0x04, 1, 0xbb];
        check(&version_2(0x21, 0x11, &v4), Some(Some("192.0.2.1:56324")));
        let mut with_more = v4.to_vec();
        with_more.extend([0x03, 0, 4, 1, 2, 3, 4]);
        check(
            &version_2(0x21, 0x11, &with_more),
            Some(Some("192.0.2.1:56324")),
        );
        check(&version_2(0x20, 0x00, &[]), Some(None));
        check(&version_2(0x21, 0x11, &v4[..8]), None);
        check(&version_2(0x21, 0x99, &v4), None);
        check(&version_2(0x11, 0x11, &v4), None);
        check(&version_2(0x21, 0x11, &v4)[..20], None);
        let mut huge = SIGNATURE.to_vec();
        huge.extend([0x21, 0x11, 0xff, 0xff]);
        check(&huge, None);
    }
}
