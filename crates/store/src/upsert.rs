//! The text of statements that write many rows at once, put together when the crate is compiled: prepared once, no dynamic
//! SQL, the same for both databases but for how a parameter is written.

/// How many rows one such statement writes.
pub(crate) const ROWS: usize = 64;

/// A text of at most `N` bytes.
pub(crate) struct Text<const N: usize> {
    bytes: [u8; N],
    length: usize,
}

impl<const N: usize> Text<N> {
    /// `head VALUES ($1, $2), ($3, $4) tail`, with `rows` rows of `columns` parameters each.
    pub(crate) const fn insert(head: &str, columns: usize, rows: usize, tail: &str) -> Self {
        Self::with(head, columns, rows, tail, true)
    }

    /// `head VALUES (?, ?), (?, ?) tail`: the same by places, for SQLite.
    pub(crate) const fn by_place(head: &str, columns: usize, rows: usize, tail: &str) -> Self {
        Self::with(head, columns, rows, tail, false)
    }

    const fn with(head: &str, columns: usize, rows: usize, tail: &str, is_numbered: bool) -> Self {
        let mut text = Self {
            bytes: [0; N],
            length: 0,
        };
        text.push(head);
        text.push(" VALUES ");
        let mut parameter = 1;
        let mut row = 0;
        while row < rows {
            text.push(if row == 0 { "(" } else { ", (" });
            let mut column = 0;
            while column < columns {
                if column > 0 {
                    text.push(", ");
                }
                if is_numbered {
                    text.push("$");
                    text.number(parameter);
                } else {
                    text.push("?");
                }
                parameter += 1;
                column += 1;
            }
            text.push(")");
            row += 1;
        }
        text.push(" ");
        text.push(tail);
        text
    }

    /// The text.
    pub(crate) const fn as_str(&self) -> &str {
        match std::str::from_utf8(self.bytes.split_at(self.length).0) {
            Ok(text) => text,
            Err(_) => panic!("only whole texts are pushed"),
        }
    }

    const fn push(&mut self, text: &str) {
        let bytes = text.as_bytes();
        let mut i = 0;
        while i < bytes.len() {
            self.bytes[self.length] = bytes[i];
            self.length += 1;
            i += 1;
        }
    }

    const fn number(&mut self, number: usize) {
        let mut unit = 1;
        while number / unit >= 10 {
            unit *= 10;
        }
        while unit > 0 {
            self.bytes[self.length] = b'0' + ((number / unit) % 10).to_le_bytes()[0];
            self.length += 1;
            unit /= 10;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Text;

    #[test]
    fn numbers_every_parameter_once() {
        static TEXT: Text<128> = Text::insert(
            "INSERT INTO t (a, b, c)",
            3,
            4,
            "ON CONFLICT (a) DO NOTHING",
        );
        assert_eq!(
            TEXT.as_str(),
            "INSERT INTO t (a, b, c) VALUES ($1, $2, $3), ($4, $5, $6), ($7, $8, $9), ($10, $11, $12) \
             ON CONFLICT (a) DO NOTHING"
        );
    }

    #[test]
    fn marks_every_place() {
        static TEXT: Text<64> = Text::by_place("INSERT INTO t (a, b)", 2, 2, "RETURNING a");
        assert_eq!(
            TEXT.as_str(),
            "INSERT INTO t (a, b) VALUES (?, ?), (?, ?) RETURNING a"
        );
    }
}
