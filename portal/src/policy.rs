//! What a page may load, and from where.

use axum::http::HeaderValue;

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

#[cfg(test)]
mod tests {
    use super::*;

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
