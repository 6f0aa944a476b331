//! Files of a small shop, and nodes that run them.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;

use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};

use crate::echo;
use crate::node::Node;
use crate::process::command;

/// A folder with files, and an upstream.
pub(super) struct World {
    folder: tempfile::TempDir,
    upstream: SocketAddr,
}

impl World {
    pub(super) async fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            upstream: echo::start().await,
        }
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes `shop.yaml` as editors and tools do: beside it, then in its place.
    pub(super) fn write(&self, text: &str) {
        self.write_to("shop.yaml", text);
    }

    pub(super) fn write_to(&self, name: &str, text: &str) {
        let aside = self.path(".aside");
        std::fs::write(&aside, text).unwrap();
        std::fs::rename(aside, self.path(name)).unwrap();
    }

    pub(super) fn gateway(&self, declaration: &str) -> Command {
        let mut command = command(self.folder.path());
        command.env("UPSTREAM", self.upstream.to_string()).args([
            "gateway",
            "--declaration",
            declaration,
        ]);
        command
    }

    pub(super) async fn start(&self, declaration: &str) -> Node {
        Node::start(self.gateway(declaration)).await
    }
}

/// What the files say.
#[derive(Default)]
pub(super) struct Shop {
    /// Keys of more callers.
    pub(super) more: Vec<String>,
}

/// The declaration without the callers.
pub(super) const OFFER: &str = r#"
upstreams:
- { slug: echo, targets: [{ url: "http://${UPSTREAM}" }] }
apis:
- slug: shop
  versions:
  - { label: v1, base_path: /shop, upstream: echo, routes: [{ path: /, path_kind: prefix }] }
products:
- slug: shop
  versions: [shop/v1]
  plans:
  - { slug: open }
  - { slug: few, rate_limits: [{ requests: 3, window: minute }] }
"#;

pub(super) fn hash(key: &str) -> String {
    HEXLOWER.encode(&Sha256::digest(key))
}

impl Shop {
    fn entry(key: &str, subscriptions: &str) -> String {
        let hash = hash(key);
        format!(
            "- {{ name: caller {key}, owner: callers@shop.test, subscriptions: [{subscriptions}], credentials: [{{ hash: {hash} }}] }}\n"
        )
    }

    /// A file with one caller.
    pub(super) fn caller(key: &str) -> String {
        let entry = Self::entry(key, "{ product: shop, plan: open }");
        format!("gatehouse: 1\napplications:\n{entry}")
    }

    pub(super) fn text(&self) -> String {
        let mut text = format!("gatehouse: 1\n{OFFER}applications:\n");
        text.push_str(&Self::entry("first", "{ product: shop, plan: open }"));
        text.push_str(&Self::entry("limited", "{ product: shop, plan: few }"));
        text.push_str(&Self::entry("idle", ""));
        for key in &self.more {
            text.push_str(&Self::entry(key, "{ product: shop, plan: open }"));
        }
        text
    }
}
