//! Walks YAML text by its indentation. The text is known to be well-formed, so what looks odd is passed over; then the
//! nearest place above stands in.

use super::tree::{Node, Tree};

pub(super) fn scan(text: &str, tree: &mut Tree) {
    let mut scanner = Scanner {
        text,
        bytes: text.as_bytes(),
        at: 0,
        open: Vec::new(),
        pending: Tree::root(),
    };
    while scanner.at < scanner.bytes.len() {
        scanner.line(tree);
    }
}

struct Scanner<'t> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
    /// The collections around this place, the innermost last.
    open: Vec<Open>,
    /// The node whose value comes next.
    pending: Node,
}

struct Open {
    column: usize,
    node: Node,
    /// The index of the present item when it is a list.
    index: Option<usize>,
}

impl Scanner<'_> {
    /// One line that begins outside of any scalar.
    fn line(&mut self, tree: &mut Tree) {
        let start = self.at;
        self.blanks();
        let column = self.at - start;
        let rest = &self.bytes[self.at..];
        let marker = column == 0
            && [&b"---"[..], b"...", b"%"]
                .iter()
                .any(|mark| rest.starts_with(mark));
        match rest.first() {
            None | Some(b'#' | b'\n' | b'\r') => self.end_of_line(),
            _ if marker => self.end_of_line(),
            _ => self.content(tree, column),
        }
    }

    /// The content of a line from `column` on: an item, a member or a value alone.
    fn content(&mut self, tree: &mut Tree, mut column: usize) {
        loop {
            if self.bytes[self.at] == b'-' && self.ends_word(self.at + 1) {
                self.item(tree, column);
                let dash = self.at;
                self.at += 1;
                self.blanks();
                column += self.at - dash;
                if self.at_end_of_line() {
                    return self.end_of_line();
                }
            } else if self.bytes[self.at] == b'?' && self.ends_word(self.at + 1) {
                return self.explicit_key(tree, column);
            } else if self.bytes[self.at] == b':' && self.ends_word(self.at + 1) {
                // The value of an explicit key; what is pending is its node.
                let colon = self.at;
                self.at += 1;
                self.blanks();
                column += self.at - colon;
                if self.at_end_of_line() {
                    return self.end_of_line();
                }
            } else if let Some((name, after)) = self.key() {
                self.member(tree, column, &name);
                self.at = after;
                self.blanks();
                return self.value(tree, column);
            } else {
                while self.open.last().is_some_and(|open| open.column >= column) {
                    self.open.pop();
                }
                let parent = self.open.last().map(|open| open.column);
                return self.scalar(tree, parent);
            }
        }
    }

    fn item(&mut self, tree: &mut Tree, column: usize) {
        while self.open.last().is_some_and(|open| open.column > column) {
            self.open.pop();
        }
        match self.open.last_mut() {
            Some(Open {
                column: at,
                index: Some(index),
                ..
            }) if *at == column => *index += 1,
            _ => self.open.push(Open {
                column,
                node: self.pending,
                index: Some(0),
            }),
        }
        if let Some(Open {
            node,
            index: Some(index),
            ..
        }) = self.open.last()
        {
            self.pending = tree.item(*node, *index);
            tree.found(self.pending, self.at);
        }
    }

    fn member(&mut self, tree: &mut Tree, column: usize, name: &str) {
        while self.open.last().is_some_and(|open| {
            open.column > column || (open.column == column && open.index.is_some())
        }) {
            self.open.pop();
        }
        if self.open.last().is_none_or(|open| open.column < column) {
            self.open.push(Open {
                column,
                node: self.pending,
                index: None,
            });
        }
        let node = self.open.last().and_then(|open| open.node);
        self.pending = tree.child(node, name);
        tree.found(self.pending, self.at);
    }

    /// `? key`, for keys that are long or go over lines.
    fn explicit_key(&mut self, tree: &mut Tree, column: usize) {
        let mark = self.at;
        self.at += 1;
        self.blanks();
        let start = self.at;
        let name = match self.bytes.get(start) {
            Some(b'"' | b'\'') => {
                self.quoted();
                let name = unquote(self.text.get(start..self.at).unwrap_or_default());
                self.end_of_line();
                name
            }
            _ => {
                self.end_of_line();
                let line = self
                    .text
                    .get(start..self.at)
                    .unwrap_or_default()
                    .trim_end()
                    .to_owned();
                self.deeper_lines(Some(column));
                line
            }
        };
        let after = std::mem::replace(&mut self.at, mark);
        self.member(tree, column, &name);
        self.at = after;
    }

    /// What comes after `key:` on its line.
    fn value(&mut self, tree: &mut Tree, column: usize) {
        if self.at_end_of_line() {
            self.end_of_line();
        } else {
            self.scalar(tree, Some(column));
        }
    }

    /// A scalar or flow collection whose parent begins at the column `parent`.
    fn scalar(&mut self, tree: &mut Tree, parent: Option<usize>) {
        while matches!(self.bytes.get(self.at), Some(b'&' | b'!')) {
            while !self.ends_word(self.at) {
                self.at += 1;
            }
            self.blanks();
            if self.at_end_of_line() {
                return self.end_of_line();
            }
        }
        match self.bytes[self.at] {
            b'{' | b'[' => {
                self.flow(tree, self.pending);
                self.end_of_line();
            }
            b'"' | b'\'' => {
                self.quoted();
                self.end_of_line();
            }
            _ => {
                self.end_of_line();
                self.deeper_lines(parent);
            }
        }
    }

    /// Passes over the lines of a block or plain scalar: blank ones and those indented more than its parent.
    fn deeper_lines(&mut self, parent: Option<usize>) {
        while self.at < self.bytes.len() {
            let start = self.at;
            self.blanks();
            let column = self.at - start;
            let blank = matches!(self.bytes.get(self.at), None | Some(b'\n' | b'\r'));
            if !blank && parent.is_none_or(|parent| column <= parent) {
                self.at = start;
                return;
            }
            self.end_of_line();
        }
    }

    /// The key that begins here, and the offset after its colon.
    fn key(&mut self) -> Option<(String, usize)> {
        let start = self.at;
        match self.bytes[start] {
            b'"' | b'\'' => {
                self.quoted();
                let end = self.at;
                self.blanks();
                let colon = self.at;
                self.at = start;
                let is_key = self.bytes.get(colon) == Some(&b':') && self.ends_word(colon + 1);
                is_key.then(|| {
                    (
                        unquote(self.text.get(start..end).unwrap_or_default()),
                        colon + 1,
                    )
                })
            }
            b'{' | b'[' | b'|' | b'>' | b'&' | b'!' | b'*' | b'#' => None,
            _ => {
                let mut end = start;
                loop {
                    match self.bytes.get(end) {
                        None | Some(b'\n') => return None,
                        Some(b'#') if self.bytes[end - 1] == b' ' => return None,
                        Some(b':') if self.ends_word(end + 1) => break,
                        Some(_) => end += 1,
                    }
                }
                Some((self.text.get(start..end)?.trim_end().to_owned(), end + 1))
            }
        }
    }

    fn flow(&mut self, tree: &mut Tree, node: Node) {
        let is_object = self.bytes[self.at] == b'{';
        self.at += 1;
        let mut index = 0;
        loop {
            self.flow_blanks();
            match self.bytes.get(self.at) {
                None => return,
                Some(b'}' | b']') => {
                    self.at += 1;
                    return;
                }
                Some(b',') => {
                    index += 1;
                    self.at += 1;
                }
                Some(_) if is_object => {
                    let start = self.at;
                    let name = self.flow_scalar();
                    let child = tree.child(node, &name);
                    tree.found(child, start);
                    self.flow_blanks();
                    if self.bytes.get(self.at) == Some(&b':') {
                        self.at += 1;
                        self.flow_blanks();
                        self.flow_value(tree, child);
                    }
                }
                Some(_) => {
                    let child = tree.item(node, index);
                    tree.found(child, self.at);
                    self.flow_value(tree, child);
                }
            }
        }
    }

    fn flow_value(&mut self, tree: &mut Tree, node: Node) {
        match self.bytes.get(self.at) {
            Some(b'{' | b'[') => self.flow(tree, node),
            Some(b':') => self.at += 1,
            Some(b',' | b'}' | b']') | None => {}
            Some(_) => {
                self.flow_scalar();
            }
        }
    }

    fn flow_scalar(&mut self) -> String {
        let start = self.at;
        if matches!(self.bytes[start], b'"' | b'\'') {
            self.quoted();
            return unquote(self.text.get(start..self.at).unwrap_or_default());
        }
        while let Some(byte) = self.bytes.get(self.at) {
            let ends = match byte {
                b',' | b'[' | b']' | b'{' | b'}' | b'\n' => true,
                b':' => {
                    self.ends_word(self.at + 1)
                        || matches!(
                            self.bytes.get(self.at + 1),
                            Some(b',' | b'[' | b']' | b'{' | b'}')
                        )
                }
                _ => false,
            };
            if ends {
                break;
            }
            self.at += 1;
        }
        // Something must be passed, or the caller would stand still.
        if self.at == start {
            self.at += 1;
        }
        self.text
            .get(start..self.at)
            .unwrap_or_default()
            .trim_end()
            .to_owned()
    }

    fn flow_blanks(&mut self) {
        loop {
            match self.bytes.get(self.at) {
                Some(byte) if byte.is_ascii_whitespace() => self.at += 1,
                Some(b'#') => self.end_of_line(),
                _ => return,
            }
        }
    }

    /// Passes over a quoted scalar, which may go over lines.
    fn quoted(&mut self) {
        let quote = self.bytes[self.at];
        self.at += 1;
        while let Some(byte) = self.bytes.get(self.at) {
            match byte {
                b'\\' if quote == b'"' => self.at += 2,
                byte if *byte == quote => {
                    self.at += 1;
                    if quote == b'\'' && self.bytes.get(self.at) == Some(&b'\'') {
                        self.at += 1;
                    } else {
                        return;
                    }
                }
                _ => self.at += 1,
            }
        }
        self.at = self.bytes.len();
    }

    fn blanks(&mut self) {
        while matches!(self.bytes.get(self.at), Some(b' ' | b'\t')) {
            self.at += 1;
        }
    }

    fn at_end_of_line(&self) -> bool {
        matches!(self.bytes.get(self.at), None | Some(b'\n' | b'\r' | b'#'))
    }

    fn ends_word(&self, at: usize) -> bool {
        self.bytes.get(at).is_none_or(u8::is_ascii_whitespace)
    }

    fn end_of_line(&mut self) {
        while self.at < self.bytes.len() {
            self.at += 1;
            if self.bytes[self.at - 1] == b'\n' {
                return;
            }
        }
    }
}

fn unquote(quoted: &str) -> String {
    if quoted.starts_with('"') {
        serde_json::from_str(quoted).unwrap_or_else(|_| quoted.trim_matches('"').to_owned())
    } else {
        let inner = quoted
            .strip_prefix('\'')
            .and_then(|text| text.strip_suffix('\''));
        inner.unwrap_or(quoted).replace("''", "'")
    }
}
