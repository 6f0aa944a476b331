//! What every worker of a gateway shares.

use std::sync::Arc;

use domain::Clock;
use gateway_policies::services::Services;
use gateway_snapshot::live::Live;

use crate::config::Config;
use crate::cors::PortalOrigin;
use crate::ids::Ids;
use crate::node::{DataFolder, Node};
use crate::outside::Tasks;
use crate::problem::Explainer;
use crate::targets::Targets;
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
    pub(crate) targets: Arc<Targets>,
    pub(crate) background: Arc<Tasks>,
    pub(crate) recorder: Arc<Recorder>,
    /// Held as long as the gateway runs.
    pub(crate) folder: DataFolder,
}
