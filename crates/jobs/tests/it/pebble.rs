//! Pebble, a server that issues certificates by ACME and trusts nobody: it asks each host for its proof over a socket.

use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use operations::secrets::Secret;
use operations::settings::{Acme, ExternalAccount};
use outbound::{Client, Limits, Policy};
use rcgen::{CertificateParams, KeyPair};
use tempfile::TempDir;

/// How long a start may take on a busy machine.
const START: Duration = Duration::from_secs(30);
/// What binds an account to one outside.
const EXTERNAL_ID: &str = "harbor-1";
const EXTERNAL_KEY: &str = "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W";

/// A server, and the resolver that sends it to this machine for every host name.
pub(crate) struct Pebble {
    children: Vec<Child>,
    _folder: TempDir,
    directory: String,
    roots: String,
    pem: String,
}

impl Drop for Pebble {
    fn drop(&mut self) {
        for child in &mut self.children {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Whether it is on this machine.
pub(crate) fn is_installed() -> bool {
    ["pebble", "pebble-challtestsrv"]
        .iter()
        .all(|name| Path::new("/usr/bin").join(name).is_file())
}

impl Pebble {
    /// One that asks for proofs on these ports of this machine.
    pub(crate) async fn start(plain: u16, secure: u16) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (directory, management, dns, rules) = (free(), free(), free(), free());
        let key = KeyPair::generate().unwrap();
        let pem = CertificateParams::new(vec!["127.0.0.1".to_owned()])
            .unwrap()
            .self_signed(&key)
            .unwrap()
            .pem();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            path.display().to_string()
        };
        let config = serde_json::json!({ "pebble": {
            "listenAddress": directory.to_string(), "managementListenAddress": management.to_string(),
            "certificate": write("cert.pem", &pem), "privateKey": write("key.pem", &key.serialize_pem()),
            "httpPort": plain, "tlsPort": secure, "ocspResponderURL": "",
            "externalAccountBindingRequired": true, "externalAccountMACKeys": { EXTERNAL_ID: EXTERNAL_KEY },
        } });
        let config = write("config.json", &config.to_string());
        let start = |command: &mut Command| {
            let quiet = command.stdout(Stdio::null()).stderr(Stdio::null());
            quiet.spawn().unwrap()
        };
        let names = start(Command::new("pebble-challtestsrv").args([
            "-defaultIPv4",
            "127.0.0.1",
            "-defaultIPv6",
            "",
            "-http01",
            "",
            "-https01",
            "",
            "-tlsalpn01",
            "",
            "-dns01",
            &dns.to_string(),
            "-management",
            &rules.to_string(),
        ]));
        let server = start(
            Command::new("pebble")
                .args(["-config", &config, "-dnsserver", &dns.to_string()])
                .env("PEBBLE_VA_NOSLEEP", "1")
                .env("PEBBLE_WFE_NONCEREJECT", "15"),
        );
        let mut pebble = Self {
            children: vec![names, server],
            _folder: folder,
            directory: format!("https://{directory}/dir"),
            roots: format!("https://{management}/roots/0"),
            pem,
        };
        pebble.roots = pebble.until_it_tells_its_root().await;
        pebble
    }

    /// What the platform is told of it.
    pub(crate) fn settings(&self) -> Acme {
        Acme {
            directory: Some(self.directory.parse().unwrap()),
            contacts: vec!["ada@harbor.example".to_owned()],
            terms_agreed: true,
            roots: self.pem.clone(),
            external: Some(ExternalAccount {
                key_id: EXTERNAL_ID.to_owned(),
                key: Secret::new(EXTERNAL_KEY),
            }),
        }
    }

    /// The authority that signs what it issues, PEM.
    pub(crate) fn root(&self) -> &str {
        &self.roots
    }

    async fn until_it_tells_its_root(&self) -> String {
        let client = Client::trusting(Policy::default().with_loopback(), &self.pem).unwrap();
        let end = Instant::now() + START;
        loop {
            match client
                .get(&self.roots.parse().unwrap(), Limits::default())
                .await
            {
                Ok(root) if root.status == 200 => {
                    return String::from_utf8(root.body.to_vec()).unwrap();
                }
                other => assert!(Instant::now() < end, "it did not start: {other:?}"),
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

/// An address that was free a moment ago, for TCP and UDP.
pub(crate) fn free() -> SocketAddr {
    loop {
        let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = tcp.local_addr().unwrap();
        if UdpSocket::bind(address).is_ok() {
            return address;
        }
    }
}
