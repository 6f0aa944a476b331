//! What a page may load, and from where.

use axum::http::{HeaderValue, header};
use axum::response::Response;

/// The `Content-Security-Policy` of one page.
///
/// Scripts run by nonce alone. Only a page with islands may run a module (`wasm-unsafe-eval`) and
/// call the gateway: that is how an API is tried out from its page.
pub(crate) fn content_security_policy(
    nonce: &str,
    has_islands: bool,
    gateway_origin: &str,
) -> HeaderValue {
    let (wasm, gateway) = if has_islands {
        (" 'wasm-unsafe-eval'", format!(" {gateway_origin}"))
    } else {
        ("", String::new())
    };
    let policy = format!(
        "default-src 'self'; script-src 'nonce-{nonce}' 'strict-dynamic'{wasm}; style-src 'self'; \
         img-src 'self'; connect-src 'self'{gateway}; object-src 'none'; base-uri 'none'; \
         form-action 'self'; frame-ancestors 'none'"
    );
    HeaderValue::from_str(&policy).expect("a nonce is base64 and an origin is ASCII")
}

/// Lets the form of a page lead on to another site: browsers hold the address that a form's answer redirects to against
/// `form-action`, too. `target` is an origin, or a scheme of an app's own.
pub(crate) fn lead_form_to(response: &mut Response, target: &str) {
    let headers = response.headers_mut();
    let policy = headers
        .get(header::CONTENT_SECURITY_POLICY)
        .and_then(|policy| policy.to_str().ok())
        .map(|policy| {
            policy.replace(
                "form-action 'self'",
                &format!("form-action 'self' {target}"),
            )
        });
    if let Some(policy) = policy.and_then(|policy| HeaderValue::from_str(&policy).ok()) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
}

#[cfg(test)]
mod tests {
    use axum::response::IntoResponse as _;

    use super::*;

    #[test]
    fn only_the_form_may_lead_elsewhere() {
        let policy = content_security_policy("abc", false, "http://localhost:8000");
        let mut response = ([(header::CONTENT_SECURITY_POLICY, policy)], "").into_response();
        lead_form_to(&mut response, "https://app.example");
        let policy = response.headers()[header::CONTENT_SECURITY_POLICY]
            .to_str()
            .unwrap();
        assert!(policy.contains("form-action 'self' https://app.example;"));
        assert_eq!(policy.matches("app.example").count(), 1);
    }

    #[test]
    fn nothing_inline_and_nothing_from_elsewhere() {
        let policy = content_security_policy("abc", true, "http://localhost:8000");
        let policy = policy.to_str().unwrap();
        assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"));
        assert!(policy.contains("script-src 'nonce-abc' 'strict-dynamic' 'wasm-unsafe-eval';"));
        assert!(policy.contains("connect-src 'self' http://localhost:8000;"));
    }

    #[test]
    fn a_page_without_islands_runs_no_module() {
        let policy = content_security_policy("abc", false, "http://localhost:8000");
        let policy = policy.to_str().unwrap();
        assert!(!policy.contains("wasm"));
        assert!(policy.contains("connect-src 'self';"));
    }
}
