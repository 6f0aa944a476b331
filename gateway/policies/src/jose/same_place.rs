//! Whether two URLs name the same place.

use url::Url;

/// Whether a URL names this place: scheme, host, port and path, with differences removed that mean nothing (RFC 3986, sections
/// 6.2.2 and 6.2.3). Query and fragment do not count (RFC 9449, section 4.3). `authority` is a host, with a port where it is
/// not the scheme's own.
pub(super) fn is_same_place(url: &str, scheme: &str, authority: &str, path: &str) -> bool {
    let place = Url::parse(&format!("{scheme}://{authority}{path}"));
    let (Ok(given), Ok(place)) = (Url::parse(url), place) else {
        return false;
    };
    given.username().is_empty()
        && given.password().is_none()
        && given.scheme() == place.scheme()
        && given.host() == place.host()
        && given.port_or_known_default() == place.port_or_known_default()
        && normal(given.path()) == normal(place.path())
}

/// A path whose escapes are upper-case, and none where the character could stand itself.
fn normal(path: &str) -> String {
    let mut normal = String::with_capacity(path.len());
    let mut rest = path;
    while let Some(at) = rest.find('%') {
        normal.push_str(&rest[..at]);
        let escape = rest.get(at + 1..at + 3);
        let escape = escape.filter(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()));
        let Some(byte) = escape.and_then(|hex| u8::from_str_radix(hex, 16).ok()) else {
            normal.push('%');
            rest = &rest[at + 1..];
            continue;
        };
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            normal.push(char::from(byte));
        } else {
            normal.push('%');
            normal.push_str(&rest[at + 1..at + 3].to_ascii_uppercase());
        }
        rest = &rest[at + 3..];
    }
    normal.push_str(rest);
    normal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_differences_that_mean_nothing_are_passed_over() {
        let is_same = |url: &str| is_same_place(url, "https", "api.example:443", "/a/~kim/%c3%a9");
        for url in [
            "https://api.example/a/~kim/%C3%A9",
            "HTTPS://API.example:443/a/%7Ekim/%c3%a9",
            "https://api.example/a/x/../~kim/%C3%A9?query=1#fragment",
        ] {
            assert!(is_same(url), "{url}");
        }
        for url in [
            "http://api.example/a/~kim/%C3%A9",
            "https://api.example:8443/a/~kim/%C3%A9",
            "https://api.example.evil/a/~kim/%C3%A9",
            "https://kim@api.example/a/~kim/%C3%A9",
            "https://api.example/a/~kim/%C3%A9/",
            "https://api.example/A/~kim/%C3%A9",
            "https://api.example/a%2F~kim/%C3%A9",
            "/a/~kim/%C3%A9",
            "",
        ] {
            assert!(!is_same(url), "{url}");
        }
        assert!(is_same_place(
            "http://[::1]:80/%zz%",
            "http",
            "[::1]",
            "/%zz%"
        ));
    }
}
