//! TLS to upstreams: verified, whatever the upstream is called.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::mpsc;
use std::time::Duration;

use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, Stream};

use crate::catalogue::{STANDARD, TARGET};
use crate::client::get;
use crate::world::World;

/// What the server saw of one connection.
#[derive(Debug, PartialEq)]
struct Seen {
    name: Option<String>,
    /// Whether a request came through.
    request: bool,
}

/// A server whose certificate (for `localhost`, signed by itself) nobody trusts.
fn untrusted() -> (SocketAddr, mpsc::Receiver<Seen>) {
    let certificate = CertificateDer::from_slice(include_bytes!("tls/untrusted-certificate.der"));
    let key = PrivatePkcs8KeyDer::from(include_bytes!("tls/untrusted-key.der").as_slice());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], PrivateKeyDer::Pkcs8(key))
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (sender, seen) = mpsc::channel();
    std::thread::spawn(move || {
        while let Ok((mut socket, _)) = listener.accept() {
            let mut tls = ServerConnection::new(config.clone()).unwrap();
            let mut byte = [0];
            let request = Stream::new(&mut tls, &mut socket).read(&mut byte);
            let request = matches!(request, Ok(1));
            if request {
                let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
                Stream::new(&mut tls, &mut socket)
                    .write_all(answer)
                    .unwrap();
            }
            let name = tls.server_name().map(str::to_owned);
            if sender.send(Seen { name, request }).is_err() {
                return;
            }
        }
    });
    (address, seen)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_nobody_trusts_gets_no_request() {
    for host in ["localhost", "127.0.0.1"] {
        // a world of its own: a second start begins with the configuration that the first one left on the disk
        let world = World::new().await;
        let key = world.active(1, STANDARD).await;
        let (address, seen) = untrusted();
        let url = format!("https://{host}:{}", address.port());
        let statement = format!("UPDATE target SET url = '{url}' WHERE id = ?");
        world.change("upstream", TARGET, &statement).await;
        let gateway = world.start().await;
        let answer = get(gateway.address, "/shop/echo", &key).await;
        assert_eq!(answer.problem(), (502, "upstream_failed".to_owned()));
        gateway.running.shutdown().await;
        let seen = seen.recv_timeout(Duration::from_secs(10)).unwrap();
        assert!(!seen.request, "{host}");
        // an address is verified too, but is never sent as a name (RFC 6066 section 3)
        let name = (host == "localhost").then(|| host.to_owned());
        assert_eq!(seen.name, name);
    }
}
