//! What every worker of a gateway shares.

use std::sync::Arc;

use domain::Clock;
use gateway_policies::services::Services;
use gateway_snapshot::live::Live;
use tokio::sync::Semaphore;

use crate::acme::Proofs;
use crate::config::Config;
use crate::connection::Crowd;
use crate::cors::PortalOrigin;
use crate::dns::Resolver;
use crate::handover::Hold;
use crate::ids::Ids;
use crate::node::{DataFolder, Node};
use crate::outside::Tasks;
use crate::problem::Explainer;
use crate::tls::Tls;
use crate::usage::Recorder;

/// What every worker of a gateway shares.
pub(crate) struct Engine {
    pub(crate) config: Config,
    pub(crate) clock: Clock,
    pub(crate) ids: Ids,
    pub(crate) node: Node,
    pub(crate) live: Arc<Live>,
    pub(crate) services: Services,
    pub(crate) explainer: Explainer,
    pub(crate) portal: PortalOrigin,
    pub(crate) tls: Tls,
    /// For the names of upstreams.
    pub(crate) resolver: Arc<Resolver>,
    pub(crate) proofs: Proofs,
    pub(crate) crowd: Crowd,
    /// Where TLS is taken.
    pub(crate) secure_ports: Vec<u16>,
    pub(crate) background: Arc<Tasks>,
    /// For bodies that policies want whole.
    pub(crate) memory: Arc<Semaphore>,
    pub(crate) recorder: Arc<Recorder>,
    /// Whether the disk is written to.
    pub(crate) disk: Hold,
    /// Held as long as the gateway runs.
    pub(crate) folder: DataFolder,
}
