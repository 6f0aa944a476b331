//! The pointers that are looked for, as a tree, with the offsets found so far.

use std::collections::HashMap;

use crate::pointer;

/// A node of the tree, or nowhere.
pub(super) type Node = Option<usize>;

#[derive(Debug, Default)]
struct Branch {
    children: HashMap<String, usize>,
    offset: Option<usize>,
}

/// The pointers that are looked for.
#[derive(Debug)]
pub(super) struct Tree {
    branches: Vec<Branch>,
}

impl Tree {
    pub(super) fn new(pointers: &[&str]) -> Self {
        let mut tree = Self {
            branches: vec![Branch::default()],
        };
        for wanted in pointers {
            let mut at = 0;
            for part in wanted.split('/').skip(1) {
                let name = pointer::unescape(part);
                at = match tree.branches[at].children.get(name.as_ref()) {
                    Some(child) => *child,
                    None => {
                        let child = tree.branches.len();
                        tree.branches.push(Branch::default());
                        tree.branches[at].children.insert(name.into_owned(), child);
                        child
                    }
                };
            }
        }
        tree
    }

    pub(super) fn root() -> Node {
        Some(0)
    }

    pub(super) fn child(&self, node: Node, name: &str) -> Node {
        self.branches[node?].children.get(name).copied()
    }

    pub(super) fn item(&self, node: Node, index: usize) -> Node {
        let node = node.filter(|node| !self.branches[*node].children.is_empty())?;
        self.child(Some(node), &index.to_string())
    }

    /// Nothing below this node is looked for.
    pub(super) fn is_leaf(&self, node: Node) -> bool {
        node.is_none_or(|node| self.branches[node].children.is_empty())
    }

    pub(super) fn found(&mut self, node: Node, offset: usize) {
        if let Some(node) = node {
            self.branches[node].offset = Some(offset);
        }
    }

    /// The offset of a pointer, or of the nearest thing above it that was found.
    pub(super) fn offset(&self, wanted: &str) -> usize {
        let (mut at, mut best) = (Some(0), 0);
        for part in wanted.split('/').skip(1) {
            at = self.child(at, &pointer::unescape(part));
            match at.and_then(|node| self.branches[node].offset) {
                Some(offset) => best = offset,
                None => break,
            }
        }
        best
    }
}
