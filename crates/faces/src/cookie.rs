//! Session cookies: one name per face, since cookies ignore ports.

use axum::http::{HeaderMap, HeaderValue, header};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use domain::account::Face;

/// How a face writes its cookies.
#[derive(Debug, Clone, Copy)]
pub struct Cookies {
    face: Face,
    secure: bool,
}

impl Cookies {
    /// For a face whose public URL is `https` (`secure`), or plain `http` on loopback.
    pub const fn new(face: Face, public_url_is_https: bool) -> Self {
        Self {
            face,
            secure: public_url_is_https,
        }
    }

    /// The face they belong to.
    pub const fn face(&self) -> Face {
        self.face
    }

    /// `__Host-gatehouse-portal`; without the prefix over plain HTTP, where browsers refuse it (RFC 6265bis, section 4.1.3.2).
    pub fn session_name(&self) -> &'static str {
        match (self.face, self.secure) {
            (Face::Portal, true) => "__Host-gatehouse-portal",
            (Face::Portal, false) => "gatehouse-portal",
            (Face::Admin, true) => "__Host-gatehouse-admin",
            (Face::Admin, false) => "gatehouse-admin",
        }
    }

    /// The cookie that binds a sign-in with another issuer to the browser that began it.
    pub fn attempt_name(&self) -> &'static str {
        match (self.face, self.secure) {
            (Face::Portal, true) => "__Host-gatehouse-portal-attempt",
            (Face::Portal, false) => "gatehouse-portal-attempt",
            (Face::Admin, true) => "__Host-gatehouse-admin-attempt",
            (Face::Admin, false) => "gatehouse-admin-attempt",
        }
    }

    /// The value of a cookie of this request.
    pub fn read(headers: &HeaderMap, name: &str) -> Option<String> {
        CookieJar::from_headers(headers)
            .get(name)
            .map(|cookie| cookie.value().to_owned())
    }

    /// `Set-Cookie` with a value that ends with the browser's session or after `seconds`.
    pub fn set(&self, name: &'static str, value: &str, seconds: Option<i64>) -> HeaderValue {
        let age = seconds.map_or_else(String::new, |seconds| format!("; Max-Age={seconds}"));
        let mut cookie = self.empty(name);
        cookie.set_value(value.to_owned());
        encode(&format!("{cookie}{age}"))
    }

    /// `Set-Cookie` that removes it.
    pub fn remove(&self, name: &'static str) -> HeaderValue {
        let mut cookie = self.empty(name);
        cookie.make_removal();
        encode(&cookie.to_string())
    }

    fn empty(&self, name: &'static str) -> Cookie<'static> {
        Cookie::build((name, ""))
            .path("/")
            .http_only(true)
            .secure(self.secure)
            .same_site(SameSite::Lax)
            .build()
    }
}

fn encode(cookie: &str) -> HeaderValue {
    HeaderValue::from_str(cookie).expect("tokens are base64url")
}

/// Appends a `Set-Cookie`.
pub fn append(headers: &mut HeaderMap, cookie: HeaderValue) {
    headers.append(header::SET_COOKIE, cookie);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secure_cookies_carry_the_host_prefix() {
        let cookies = Cookies::new(Face::Portal, true);
        let value = cookies.set(cookies.session_name(), "abc", Some(60));
        assert_eq!(
            value,
            "__Host-gatehouse-portal=abc; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=60"
        );
        assert_eq!(
            Cookies::new(Face::Admin, false).session_name(),
            "gatehouse-admin"
        );
    }

    #[test]
    fn a_cookie_is_read_back_among_others() {
        let mut headers = HeaderMap::new();
        headers.insert(
            header::COOKIE,
            HeaderValue::from_static("a=1; gatehouse-admin=tok; b=2"),
        );
        assert_eq!(
            Cookies::read(&headers, "gatehouse-admin").as_deref(),
            Some("tok")
        );
        assert_eq!(Cookies::read(&headers, "gatehouse-portal"), None);
    }
}
