//! What a gateway would not take although each thing is good by itself.

use std::collections::HashMap;

use gateway_snapshot::live::Live;
use gateway_snapshot::model::{self, Entity};
use gateway_snapshot::problem::Problem;

use super::unserved::unserved;
use crate::versions::clash::{Clash, shared_host};

/// Such as two versions in one place. Callers are left out: they are many, and nothing about them can be refused.
pub(super) fn together(entities: &[Entity]) -> Vec<Problem> {
    let is_caller = |entity: &&Entity| {
        matches!(
            entity,
            Entity::Application(_) | Entity::Subscription(_) | Entity::Credential(_)
        )
    };
    let things = entities.iter().filter(|entity| !is_caller(entity)).cloned();
    let problems = Live::new().replace(1, things.collect()).err();
    let mut problems = problems.map_or_else(Vec::new, |problems| problems.0);
    problems.extend(placements(entities));
    problems.extend(unserved(entities));
    problems
}

/// Versions that stand where another one does; with a database the second one is not published.
fn placements(entities: &[Entity]) -> Vec<Problem> {
    let mut taken: HashMap<&str, Vec<&model::ApiVersion>> = HashMap::new();
    let mut problems = Vec::new();
    for entity in entities {
        let Entity::ApiVersion(version) = entity else {
            continue;
        };
        if !version.lifecycle.is_routed() {
            continue;
        }
        let before = taken.entry(&version.base_path).or_default();
        problems.extend(before.iter().find_map(|other| {
            let clash = Clash::Placement {
                other: format!("{} {}", other.api_name, other.label),
                base_path: version.base_path.clone(),
                host: shared_host(&version.hosts, &other.hosts)?,
            };
            Some(Problem::new(entity.kind(), version.id.uuid(), clash))
        }));
        before.push(version);
    }
    problems
}
