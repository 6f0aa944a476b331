//! TLS: what is shown for a host name, what is asked of clients, and how upstreams are verified.

mod handshake;
mod table;
mod upstream;

use std::sync::Arc;

use arc_swap::ArcSwap;
use gateway_snapshot::live::{Live, Papers};
use parking_lot::Mutex;
use store::seal::Sealer;

pub(crate) use handshake::{HandshakeError, Secured, accept};
pub(crate) use table::Table;

/// The papers in force. Replaced as a whole, beside the traffic.
pub(crate) struct Tls {
    sealer: Option<Sealer>,
    table: ArcSwap<Table>,
    made_from: Mutex<Option<Arc<Papers>>>,
}

impl Tls {
    /// Knows no certificate yet.
    pub(crate) fn new(sealer: Option<Sealer>) -> Self {
        Self {
            sealer,
            table: ArcSwap::from_pointee(Table::default()),
            made_from: Mutex::default(),
        }
    }

    /// What is in force.
    pub(crate) fn table(&self) -> Arc<Table> {
        self.table.load_full()
    }

    /// Takes over what the snapshot holds, where it changed. Connections that are open keep what they were made with.
    /// What cannot be used is the answer: its hosts are refused, all others are served.
    pub(crate) fn refresh(&self, live: &Live) -> Option<String> {
        let papers = live.papers();
        let mut made_from = self.made_from.lock();
        let same = made_from
            .as_ref()
            .is_some_and(|before| Arc::ptr_eq(before, &papers));
        if !same {
            let table = Table::new(&papers, self.sealer.as_ref());
            for problem in &table.problems {
                tracing::error!(%problem, "a certificate cannot be used");
            }
            self.table.store(Arc::new(table));
            *made_from = Some(papers);
        }
        self.table.load().problems.first().cloned()
    }
}
