//! Walks JSON text that is known to be well-formed.

use super::tree::{Node, Tree};

pub(super) fn scan(text: &str, tree: &mut Tree) {
    Scanner {
        text,
        bytes: text.as_bytes(),
        at: 0,
    }
    .value(tree, Tree::root());
}

struct Scanner<'t> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
}

impl Scanner<'_> {
    fn peek(&mut self) -> Option<u8> {
        while self.bytes.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
        self.bytes.get(self.at).copied()
    }

    fn value(&mut self, tree: &mut Tree, node: Node) {
        match self.peek() {
            _ if tree.is_leaf(node) => self.skip(),
            Some(b'{') => self.object(tree, node),
            Some(b'[') => self.list(tree, node),
            _ => self.skip(),
        }
    }

    fn object(&mut self, tree: &mut Tree, node: Node) {
        self.at += 1;
        while let Some(byte) = self.peek() {
            match byte {
                b'"' => {
                    let start = self.at;
                    self.string();
                    let name = self.text.get(start..self.at).unwrap_or_default();
                    let child = if name.contains('\\') {
                        let name: String = serde_json::from_str(name).unwrap_or_default();
                        tree.child(node, &name)
                    } else {
                        tree.child(node, name.trim_matches('"'))
                    };
                    tree.found(child, start);
                    if self.peek() == Some(b':') {
                        self.at += 1;
                    }
                    self.value(tree, child);
                }
                b'}' => {
                    self.at += 1;
                    return;
                }
                _ => self.at += 1,
            }
        }
    }

    fn list(&mut self, tree: &mut Tree, node: Node) {
        self.at += 1;
        let mut index = 0;
        while let Some(byte) = self.peek() {
            match byte {
                b']' => {
                    self.at += 1;
                    return;
                }
                b',' => {
                    index += 1;
                    self.at += 1;
                }
                _ => {
                    let child = tree.item(node, index);
                    tree.found(child, self.at);
                    self.value(tree, child);
                }
            }
        }
    }

    fn string(&mut self) {
        self.at += 1;
        while let Some(byte) = self.bytes.get(self.at) {
            match byte {
                b'\\' => self.at += 2,
                b'"' => {
                    self.at += 1;
                    return;
                }
                _ => self.at += 1,
            }
        }
    }

    /// Passes over one value without looking into it.
    fn skip(&mut self) {
        let mut depth = 0_usize;
        while let Some(byte) = self.peek() {
            match byte {
                b'"' => self.string(),
                b'{' | b'[' => {
                    depth += 1;
                    self.at += 1;
                }
                b'}' | b']' if depth == 0 => return,
                b'}' | b']' => {
                    depth -= 1;
                    self.at += 1;
                }
                b',' if depth == 0 => return,
                _ => self.at += 1,
            }
            if depth == 0 && matches!(byte, b'"' | b'}' | b']') {
                return;
            }
        }
    }
}
