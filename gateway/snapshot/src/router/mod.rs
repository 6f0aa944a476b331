//! The routers: host names to base paths to a tree of segments, one tree per API version.

pub(crate) mod hosts;
pub(crate) mod precedence;
#[cfg(test)]
mod tests;
mod tree;

use std::sync::Arc;

use crate::route::{CompiledRoute, below};
use crate::template::Pattern;
use crate::version::CompiledVersion;
use tree::Tree;

/// The routes of one API version, below its base path. Shared by all its hosts; rebuilt only when the version changed.
pub(crate) struct VersionRouter {
    pub(crate) version: Arc<CompiledVersion>,
    routes: Vec<Arc<CompiledRoute>>,
    tree: Tree,
    regexes: Vec<usize>,
}

impl VersionRouter {
    pub(crate) fn new(version: Arc<CompiledVersion>, routes: Vec<CompiledRoute>) -> Self {
        let routes: Vec<Arc<CompiledRoute>> = routes.into_iter().map(Arc::new).collect();
        let mut tree = Tree::default();
        let mut regexes = Vec::new();
        for (index, route) in routes.iter().enumerate() {
            match route.pattern() {
                Pattern::Segments { segments, end } => tree.insert(segments, end, index),
                Pattern::Regex(_) => regexes.push(index),
            }
        }
        Self {
            version,
            routes,
            tree,
            regexes,
        }
    }

    /// How many routes it has.
    pub(crate) fn len(&self) -> usize {
        self.routes.len()
    }

    /// Shows every route whose path matches, whatever its methods.
    pub(crate) fn matches<'r>(&'r self, path: &str, found: &mut dyn FnMut(&'r Arc<CompiledRoute>)) {
        let path = below(path, &self.version.base_path);
        self.tree
            .walk(path, &mut |index| found(&self.routes[index]));
        for index in &self.regexes {
            let route = &self.routes[*index];
            if route.pattern().captures(path).is_some() {
                found(route);
            }
        }
    }
}
