//! JSON pointers (RFC 6901): written, read and joined.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

/// Escapes one name for use in a pointer.
pub(crate) fn escape(name: &str) -> Cow<'_, str> {
    if name.contains(['~', '/']) {
        Cow::Owned(name.replace('~', "~0").replace('/', "~1"))
    } else {
        Cow::Borrowed(name)
    }
}

/// Reads one escaped name.
pub(crate) fn unescape(part: &str) -> Cow<'_, str> {
    if part.contains('~') {
        Cow::Owned(part.replace("~1", "/").replace("~0", "~"))
    } else {
        Cow::Borrowed(part)
    }
}

/// `base` with one more name at its end.
pub(crate) fn join(base: &str, name: &str) -> String {
    format!("{base}/{}", escape(name))
}

/// The pointer in a local reference (`#/components/...`), percent-decoded.
pub(crate) fn of_local_reference(reference: &str) -> Option<Cow<'_, str>> {
    let fragment = reference.strip_prefix('#')?;
    if !fragment.is_empty() && !fragment.starts_with('/') {
        return None;
    }
    if fragment.contains('%') {
        percent_decode_str(fragment).decode_utf8().ok()
    } else {
        Some(Cow::Borrowed(fragment))
    }
}

/// The last name of a pointer or reference, for people.
pub(crate) fn last_name(pointer: &str) -> String {
    let last = pointer.rsplit('/').next().unwrap_or(pointer);
    let decoded = percent_decode_str(last).decode_utf8_lossy();
    unescape(&decoded).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_and_reads_back() {
        assert_eq!(join("/paths", "/a/~b"), "/paths/~1a~1~0b");
        assert_eq!(unescape("~1a~1~0b"), "/a/~b");
        assert_eq!(last_name("#/components/schemas/A%20b"), "A b");
    }

    #[test]
    fn only_pointers_are_local() {
        assert_eq!(of_local_reference("#/a%20b").as_deref(), Some("/a b"));
        assert_eq!(of_local_reference("#anchor"), None);
        assert_eq!(of_local_reference("other.yaml#/a"), None);
    }
}
