//! An act of the dashboard as a call of the admin API.

use askama::Template;

/// The call that does the same.
#[derive(Template, Debug, Clone)]
#[template(path = "parts/api_call.html")]
pub struct ApiCall {
    /// `POST`.
    pub method: &'static str,
    /// The public address of the admin API, without a slash at its end.
    pub base_url: String,
    /// From the root: `/api/v1/plans`.
    pub path: String,
    /// The JSON body, if there is one.
    pub body: Option<String>,
    /// The version that is changed: `If-Match` (RFC 9110, 13.1.1).
    pub version: Option<i64>,
}

impl ApiCall {
    /// The same for a version of the thing.
    #[must_use]
    pub fn at(mut self, version: i64) -> Self {
        self.version = Some(version);
        self
    }

    fn curl(&self) -> String {
        let mut out = String::from("curl");
        if self.method != "GET" {
            out.push_str(&format!(" -X {}", self.method));
        }
        out.push_str(&format!(
            " {} \\\n  -H \"Authorization: Bearer $GATEHOUSE_TOKEN\"",
            quoted(&format!("{}{}", self.base_url, self.path))
        ));
        if let Some(version) = self.version {
            out.push_str(&format!(" \\\n  -H 'If-Match: \"{version}\"'"));
        }
        if let Some(body) = &self.body {
            out.push_str(&format!(
                " \\\n  -H 'Content-Type: application/json' \\\n  -d {}",
                quoted(body)
            ));
        }
        out
    }
}

/// A word for a POSIX shell: in single quotes, which nothing but themselves can end.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::ApiCall;

    fn call(method: &'static str, body: Option<&str>) -> ApiCall {
        ApiCall {
            method,
            base_url: "http://127.0.0.1:8001".to_owned(),
            path: "/api/v1/plans".to_owned(),
            body: body.map(str::to_owned),
            version: None,
        }
    }

    #[test]
    fn a_reading_call_needs_no_method() {
        assert_eq!(
            call("GET", None).curl(),
            "curl 'http://127.0.0.1:8001/api/v1/plans' \\\n  -H \"Authorization: Bearer $GATEHOUSE_TOKEN\""
        );
    }

    #[test]
    fn what_a_person_typed_stays_one_word_of_the_shell() {
        let curl = call("POST", Some(r#"{"name":"it's; rm -rf $HOME"}"#)).curl();
        assert!(
            curl.ends_with(r#"-d '{"name":"it'\''s; rm -rf $HOME"}'"#),
            "{curl}"
        );
        assert!(curl.starts_with("curl -X POST "));
    }
}
