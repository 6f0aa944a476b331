//! What the agent decided: a boolean, or an object with more to say.

use domain::refusal::Refusal;
use http::header::CONTENT_TYPE;
use http::{HeaderName, HeaderValue, StatusCode};
use serde_json::{Map, Value};

use crate::policy::{Answer, Failure, Flow, Verdict};
use crate::upstream::is_framing;

/// A decision, read from `{"result": ...}`.
#[derive(Debug, PartialEq)]
pub(super) struct Decision {
    pub(super) allow: bool,
    headers: Map<String, Value>,
    status: Option<StatusCode>,
    message: Option<String>,
}

impl Decision {
    /// From the agent's answer. An undefined decision (no `result`) denies, as OPA's own documentation asks.
    pub(super) fn read(status: StatusCode, body: &[u8]) -> Result<Self, &'static str> {
        if status != StatusCode::OK {
            return Err("its status is not 200");
        }
        let answer: Value = serde_json::from_slice(body).map_err(|_| "it is not JSON")?;
        let answer = answer.as_object().ok_or("it is not an object")?;
        let plain = |allow| Self {
            allow,
            headers: Map::new(),
            status: None,
            message: None,
        };
        let result = match answer.get("result") {
            None => return Ok(plain(false)),
            Some(Value::Bool(allow)) => return Ok(plain(*allow)),
            Some(Value::Object(result)) => result,
            Some(_) => return Err("its result is neither a boolean nor an object"),
        };
        let allow = match result.get("allow") {
            Some(Value::Bool(allow)) => *allow,
            _ => return Err("its result has no boolean `allow`"),
        };
        let headers = match result.get("headers") {
            None | Some(Value::Null) => Map::new(),
            Some(Value::Object(headers)) => headers.clone(),
            Some(_) => return Err("`headers` of its result is not an object"),
        };
        let status = match result.get("status") {
            None | Some(Value::Null) => None,
            Some(status) => Some(
                status
                    .as_u64()
                    .and_then(|status| u16::try_from(status).ok())
                    .filter(|status| (400..600).contains(status))
                    .and_then(|status| StatusCode::from_u16(status).ok())
                    .ok_or("`status` of its result is not a number from 400 to 599")?,
            ),
        };
        let message = result.get("message").and_then(Value::as_str);
        Ok(Self {
            allow,
            headers,
            status,
            message: message.map(str::to_owned),
        })
    }

    /// A header of the decision.
    pub(super) fn header(&self, name: &HeaderName) -> Option<&str> {
        let found = self
            .headers
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name.as_str()));
        found.and_then(|(_, value)| value.as_str())
    }

    /// The end of a request that was denied: a problem document, or, where the agent chose a status, an answer with it.
    pub(super) fn refuse(self) -> Verdict {
        let message = self
            .message
            .unwrap_or_else(|| "a rule of this API does not allow the request".to_owned());
        let headers: Vec<(HeaderName, HeaderValue)> = self
            .headers
            .iter()
            .filter_map(|(name, value)| {
                let name: HeaderName = name.parse().ok()?;
                let value = HeaderValue::from_str(value.as_str()?).ok()?;
                (!is_framing(&name)).then_some((name, value))
            })
            .collect();
        let Some(status) = self.status else {
            let failure = Failure::new(Refusal::CallerNotAllowed, message);
            return Err(Failure { headers, ..failure });
        };
        let mut headers = headers;
        headers.retain(|(name, _)| *name != CONTENT_TYPE);
        let text = HeaderValue::from_static("text/plain; charset=utf-8");
        headers.push((CONTENT_TYPE, text));
        Ok(Flow::Answer(Box::new(Answer {
            status,
            headers,
            body: message.into(),
            for_upstream: false,
        })))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_a_clear_yes_allows() {
        let read = |body: Value| Decision::read(StatusCode::OK, body.to_string().as_bytes());
        for (body, expected) in [
            (json!({"result": true}), Ok(true)),
            (json!({"result": false}), Ok(false)),
            (json!({}), Ok(false)),
            (json!({"decision_id": "x"}), Ok(false)),
            (json!({"result": {"allow": true}}), Ok(true)),
            (
                json!({"result": {"allow": false, "status": 404}}),
                Ok(false),
            ),
            (json!({"result": null}), Err(())),
            (json!({"result": "true"}), Err(())),
            (json!({"result": 1}), Err(())),
            (json!({"result": {}}), Err(())),
            (json!({"result": {"allow": "true"}}), Err(())),
            (json!({"result": {"allow": true, "headers": []}}), Err(())),
            (json!({"result": {"allow": false, "status": 200}}), Err(())),
            (json!([true]), Err(())),
        ] {
            let found = read(body.clone())
                .map(|decision| decision.allow)
                .map_err(|_| ());
            assert_eq!(found, expected, "{body}");
        }
        assert!(Decision::read(StatusCode::CREATED, b"{\"result\":true}").is_err());
        assert!(Decision::read(StatusCode::OK, b"true").is_err());
        assert!(Decision::read(StatusCode::OK, b"").is_err());
    }
}
