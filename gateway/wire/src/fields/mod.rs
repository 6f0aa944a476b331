//! Header fields of a message on its way. They stay as they came, in the bytes of their head, spelled as they were, with a list of
//! what was changed; a map is made of them only for somebody who reads them as one.

mod lines;

use std::ops::Range;
use std::sync::OnceLock;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use pingora_http::header_value_from_raw;

pub use lines::Lines;
pub(crate) use lines::lines_of_fields;
use lines::titled;

/// Fields as they came, and what was changed.
#[derive(Debug, Clone, Default)]
pub struct Fields {
    /// The bytes that names and values are parts of.
    raw: Bytes,
    came: Vec<Field>,
    added: Vec<(HeaderName, HeaderValue)>,
    map: OnceLock<HeaderMap>,
}

/// Where in the bytes a field is.
#[derive(Debug, Clone, Copy)]
struct Field {
    name: Part,
    value: Part,
    is_gone: bool,
}

#[derive(Debug, Clone, Copy)]
struct Part {
    from: u32,
    to: u32,
}

impl Part {
    fn new(range: &Range<usize>) -> Self {
        let bound = |at| u32::try_from(at).unwrap_or(u32::MAX);
        Self {
            from: bound(range.start),
            to: bound(range.end),
        }
    }

    const fn range(self) -> Range<usize> {
        self.from as usize..self.to as usize
    }

    const fn len(self) -> usize {
        (self.to - self.from) as usize
    }
}

/// Room for what the gateway usually adds.
const ADDED: usize = 8;

impl Fields {
    /// None yet, of a head (less than 4 GiB of it).
    pub fn new(raw: Bytes, count: usize) -> Self {
        Self {
            raw,
            came: Vec::with_capacity(count),
            added: Vec::new(),
            map: OnceLock::new(),
        }
    }

    /// The same as a map, to be changed apart from it.
    pub fn of(map: &HeaderMap) -> Self {
        let added = map
            .iter()
            .map(|(name, value)| (name.clone(), value.clone()));
        Self {
            added: added.collect(),
            ..Self::default()
        }
    }

    /// Notes the next field: where its name and its value are.
    pub fn push(&mut self, name: &Range<usize>, value: &Range<usize>) {
        self.came.push(Field {
            name: Part::new(name),
            value: Part::new(value),
            is_gone: false,
        });
    }

    fn part(&self, part: Part) -> &[u8] {
        self.raw.get(part.range()).unwrap_or_default()
    }

    fn kept(&self) -> impl Iterator<Item = &Field> {
        self.came.iter().filter(|field| !field.is_gone)
    }

    /// Whether a field has that name, in any spelling. Most differ in length.
    fn is(&self, field: &Field, name: &[u8]) -> bool {
        field.name.len() == name.len() && self.part(field.name).eq_ignore_ascii_case(name)
    }

    /// Removes the fields whose name is one that is asked about; whether there were any.
    pub fn remove_where(&mut self, mut is: impl FnMut(&[u8]) -> bool) -> bool {
        let mut found = false;
        for field in &mut self.came {
            let name = self.raw.get(field.name.range()).unwrap_or_default();
            if !field.is_gone && is(name) {
                field.is_gone = true;
                found = true;
            }
        }
        let before = self.added.len();
        self.added.retain(|(name, _)| !is(name.as_str().as_bytes()));
        found |= self.added.len() < before;
        if found {
            self.map.take();
        }
        found
    }

    /// Appends all fields as lines.
    pub fn write(&self, out: &mut Vec<u8>) {
        self.each(&mut |name, value| write_line(name, value, out));
    }
}

impl Lines for Fields {
    fn map(&self) -> &HeaderMap {
        self.map.get_or_init(|| {
            let mut map = HeaderMap::with_capacity(self.came.len() + self.added.len());
            for field in self.kept() {
                if let Ok(name) = HeaderName::from_bytes(self.part(field.name)) {
                    map.append(
                        name,
                        header_value_from_raw(self.raw.slice(field.value.range())),
                    );
                }
            }
            for (name, value) in &self.added {
                map.append(name, value.clone());
            }
            map
        })
    }

    fn value(&self, name: &HeaderName) -> Option<&[u8]> {
        let wanted = name.as_str().as_bytes();
        let came = self
            .kept()
            .find(|field| self.is(field, wanted))
            .map(|field| self.part(field.value));
        came.or_else(|| {
            let mut added = self.added.iter();
            let found = added.find(|(of, _)| of == name);
            found.map(|(_, value)| value.as_bytes())
        })
    }

    fn each<'a>(&'a self, see: &mut dyn FnMut(&'a [u8], &'a [u8])) {
        for field in self.kept() {
            see(self.part(field.name), self.part(field.value));
        }
        for (name, value) in &self.added {
            see(titled(name), value.as_bytes());
        }
    }

    fn values(&self, name: &HeaderName) -> Vec<&[u8]> {
        let wanted = name.as_str().as_bytes();
        let came = self.kept().filter(|field| self.is(field, wanted));
        let added = self.added.iter().filter(|(of, _)| of == name);
        came.map(|field| self.part(field.value))
            .chain(added.map(|(_, value)| value.as_bytes()))
            .collect()
    }

    fn set(&mut self, name: &HeaderName, value: HeaderValue) {
        self.remove(name);
        self.append(name, value);
    }

    fn append(&mut self, name: &HeaderName, value: HeaderValue) {
        self.map.take();
        if self.added.capacity() == 0 {
            self.added.reserve(ADDED);
        }
        self.added.push((name.clone(), value));
    }

    fn remove(&mut self, name: &HeaderName) {
        let wanted = name.as_str().as_bytes();
        let mut found = false;
        for at in 0..self.came.len() {
            let field = self.came[at];
            if !field.is_gone && self.is(&field, wanted) {
                self.came[at].is_gone = true;
                found = true;
            }
        }
        let before = self.added.len();
        self.added.retain(|(of, _)| of != name);
        if found || self.added.len() < before {
            self.map.take();
        }
    }
}

/// Appends a field as a line.
pub fn write_line(name: &[u8], value: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(name);
    out.extend_from_slice(b": ");
    out.extend_from_slice(value);
    out.extend_from_slice(b"\r\n");
}

#[cfg(test)]
mod tests {
    use http::header::{ACCEPT, CONTENT_TYPE, SET_COOKIE};

    use super::*;

    fn fields(lines: &[(&str, &str)]) -> Fields {
        let text: String = lines.iter().map(|(n, v)| format!("{n}:{v}")).collect();
        let mut fields = Fields::new(Bytes::from(text), lines.len());
        let mut at = 0;
        for (name, value) in lines {
            let colon = at + name.len();
            let end = colon + 1 + value.len();
            fields.push(&(at..colon), &(colon + 1..end));
            at = end;
        }
        fields
    }

    fn written(fields: &Fields) -> String {
        let mut out = Vec::new();
        fields.write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn names_are_written_as_they_came() {
        let mut fields = fields(&[("X-oDD", "1"), ("ACCEPT", "*/*"), ("set-cookie", "a")]);
        fields.append(&SET_COOKIE, HeaderValue::from_static("b"));
        fields.set(&CONTENT_TYPE, HeaderValue::from_static("a/b"));
        let expected =
            "X-oDD: 1\r\nACCEPT: */*\r\nset-cookie: a\r\nSet-Cookie: b\r\nContent-Type: a/b\r\n";
        assert_eq!(written(&fields), expected);
        assert_eq!(fields.values(&SET_COOKIE), [b"a", b"b"]);
    }

    #[test]
    fn lists_and_map_say_the_same_after_every_change() {
        let mut fields = fields(&[("A", "1"), ("a", "2"), ("Accept", "x"), ("B", "")]);
        let a = HeaderName::from_static("a");
        let agree = |fields: &Fields| {
            let mut map = HeaderMap::new();
            fields.each(&mut |name, value| {
                let name = HeaderName::from_bytes(name).unwrap();
                map.append(name, HeaderValue::from_bytes(value).unwrap());
            });
            assert_eq!(&map, fields.map());
            map.len()
        };
        assert_eq!(agree(&fields), 4);
        assert_eq!(fields.value(&a), Some(&b"1"[..]));
        fields.set(&a, HeaderValue::from_static("3"));
        assert_eq!(agree(&fields), 3);
        assert_eq!(fields.value(&a), Some(&b"3"[..]));
        fields.remove(&ACCEPT);
        assert!(!fields.has(&ACCEPT));
        assert_eq!(agree(&fields), 2);
        assert!(fields.remove_where(|name| name == b"B" || name == b"a"));
        assert!(!fields.remove_where(|name| name == b"B"));
        assert_eq!(agree(&fields), 0);
    }
}
