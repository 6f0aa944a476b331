//! What a token must claim to be taken (RFC 7519, section 4.1; RFC 9068, section 4).

use std::collections::BTreeMap;

use domain::Timestamp;
use serde_json::Value;

use crate::claim;

/// The rules of a token's claims.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    /// Who must have issued it; none: anybody whose key fits.
    pub issuers: Vec<String>,
    /// For whom it must be, one of them; none: for anybody.
    pub audiences: Vec<String>,
    /// Scopes it must have, all of them.
    pub scopes: Vec<String>,
    /// Claims it must have, with their values.
    pub claims: BTreeMap<String, Value>,
    /// Seconds that clocks may be apart.
    pub skew: i64,
    /// Whether it must have an end.
    pub needs_end: bool,
    /// The longest life in seconds, from `iat` to `exp`; 0 for any.
    pub longest_life: i64,
}

/// Why a token is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Broken {
    /// Its time is over.
    Expired(String),
    /// It does not say what it must, or is for somebody else.
    Invalid(String),
    /// It is good, but does not allow this.
    Forbidden(String),
}

/// Numbers above would not be exact in every JSON reader; no clock gets there.
const LAST_SECOND: f64 = 9_007_199_254_740_991.0;

/// A NumericDate: whole seconds since 1970, or a fraction of them. Anything but a number is wrong, a text with digits too.
fn date(claims: &Value, name: &str) -> Result<Option<i64>, Broken> {
    let Some(value) = claims.get(name) else {
        return Ok(None);
    };
    #[expect(
        clippy::cast_possible_truncation,
        reason = "between 0 and 2^53: the fraction of a second is what is cut off"
    )]
    let seconds = value
        .as_f64()
        .filter(|seconds| (0.0..=LAST_SECOND).contains(seconds))
        .map(|seconds| seconds as i64);
    match seconds {
        Some(seconds) => Ok(Some(seconds)),
        None => Err(Broken::Invalid(format!(
            "the token's `{name}` is not a time in seconds"
        ))),
    }
}

impl Rules {
    /// Whether the claims hold at `now`.
    pub fn check(&self, claims: &Value, now: Timestamp) -> Result<(), Broken> {
        if !claims.is_object() {
            return Err(Broken::Invalid(
                "the token's payload is not an object".into(),
            ));
        }
        self.times(claims, now.seconds())?;
        self.parties(claims)?;
        if let Some(claim) = claim::first_missing(claims, &self.claims) {
            let detail =
                format!("the token's claim `{claim}` has not the value that the API asks for");
            return Err(Broken::Forbidden(detail));
        }
        let missing: Vec<&str> = self
            .scopes
            .iter()
            .map(String::as_str)
            .filter(|scope| !claim::has_scope(claims, scope))
            .collect();
        if !missing.is_empty() {
            let detail = format!("the token lacks the scope {}", missing.join(" "));
            return Err(Broken::Forbidden(detail));
        }
        Ok(())
    }

    fn times(&self, claims: &Value, now: i64) -> Result<(), Broken> {
        let invalid = |detail: &str| Err(Broken::Invalid(detail.to_owned()));
        let end = date(claims, "exp")?;
        let start = date(claims, "nbf")?;
        let issued = date(claims, "iat")?;
        match end {
            Some(end) if end.saturating_add(self.skew) <= now => {
                return Err(Broken::Expired(
                    "the token has expired; fetch a new one".into(),
                ));
            }
            None if self.needs_end => return invalid("the token has no end (`exp`)"),
            _ => {}
        }
        if start.is_some_and(|start| start > now.saturating_add(self.skew)) {
            return invalid("the token is not valid yet (`nbf`)");
        }
        if issued.is_some_and(|issued| issued > now.saturating_add(self.skew)) {
            return invalid("the token was issued in the future (`iat`)");
        }
        if self.longest_life > 0 {
            let (Some(end), Some(issued)) = (end, issued) else {
                return invalid(
                    "the token must say when it was issued (`iat`) and when it ends (`exp`)",
                );
            };
            if end.saturating_sub(issued) > self.longest_life {
                return invalid("the token lives longer than the API takes");
            }
        }
        Ok(())
    }

    fn parties(&self, claims: &Value) -> Result<(), Broken> {
        let is_one_of = |list: &[String], value: &Value| {
            value
                .as_str()
                .is_some_and(|text| list.iter().any(|one| one == text))
        };
        if !self.issuers.is_empty() {
            let issuer = claims.get("iss");
            if !issuer.is_some_and(|issuer| is_one_of(&self.issuers, issuer)) {
                return Err(Broken::Invalid(
                    "the token is from another issuer (`iss`)".into(),
                ));
            }
        }
        if !self.audiences.is_empty() {
            let fits = match claims.get("aud") {
                Some(Value::Array(list)) => list.iter().any(|one| is_one_of(&self.audiences, one)),
                Some(one) => is_one_of(&self.audiences, one),
                None => false,
            };
            if !fits {
                return Err(Broken::Invalid(
                    "the token is for somebody else (`aud`)".into(),
                ));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: i64 = 1_790_000_000;

    fn rules() -> Rules {
        Rules {
            issuers: vec!["https://idp".into()],
            audiences: vec!["api".into(), "api2".into()],
            scopes: vec!["read".into()],
            claims: BTreeMap::from([("tier".into(), json!(["gold", "silver"]))]),
            skew: 30,
            needs_end: true,
            longest_life: 0,
        }
    }

    fn good() -> Value {
        json!({"iss": "https://idp", "aud": ["x", "api"], "scope": "read", "tier": "gold", "exp": NOW + 60, "nbf": NOW, "iat": NOW})
    }

    fn with(name: &str, value: Value) -> Value {
        let mut claims = good();
        if value == json!("absent") {
            claims.as_object_mut().unwrap().shift_remove(name);
        } else {
            claims[name] = value;
        }
        claims
    }

    fn check(claims: &Value) -> Result<(), Broken> {
        rules().check(claims, Timestamp::from_seconds(NOW))
    }

    #[test]
    fn what_holds_is_taken() {
        assert_eq!(check(&good()), Ok(()));
        for claims in [
            with("exp", json!(NOW - 29)),
            with("exp", json!(NOW as f64 + 0.5)),
            with("nbf", json!(NOW + 30)),
            with("nbf", json!("absent")),
            with("iat", json!("absent")),
            with("aud", json!("api2")),
            with("tier", json!(["bronze", "silver"])),
        ] {
            assert_eq!(check(&claims), Ok(()), "{claims}");
        }
    }

    #[test]
    fn what_is_not_right_is_never_taken() {
        type Kind = fn(String) -> Broken;
        let (expired, invalid, forbidden): (Kind, Kind, Kind) =
            (Broken::Expired, Broken::Invalid, Broken::Forbidden);
        for (name, value, kind) in [
            ("exp", json!(NOW - 30), expired),
            ("exp", json!(0), expired),
            ("exp", json!("absent"), invalid),
            ("exp", json!(null), invalid),
            ("exp", json!((NOW + 60).to_string()), invalid),
            ("exp", json!([NOW + 60]), invalid),
            ("exp", json!(true), invalid),
            ("exp", json!(-1), invalid),
            ("exp", json!(1e300), invalid),
            ("nbf", json!(NOW + 31), invalid),
            ("nbf", json!((NOW).to_string()), invalid),
            ("nbf", json!(null), invalid),
            ("iat", json!(NOW + 31), invalid),
            ("iat", json!("now"), invalid),
            ("iss", json!("https://idp/"), invalid),
            ("iss", json!(["https://idp"]), invalid),
            ("iss", json!("absent"), invalid),
            ("aud", json!("API"), invalid),
            ("aud", json!([]), invalid),
            ("aud", json!({"api": true}), invalid),
            ("aud", json!("absent"), invalid),
            ("scope", json!("reader"), forbidden),
            ("scope", json!("absent"), forbidden),
            ("tier", json!("bronze"), forbidden),
            ("tier", json!("absent"), forbidden),
        ] {
            let claims = with(name, value);
            let found = check(&claims).unwrap_err();
            let wanted = kind(String::new());
            assert_eq!(
                std::mem::discriminant(&found),
                std::mem::discriminant(&wanted),
                "{claims}: {found:?}"
            );
        }
        for claims in [json!([]), json!("x"), json!(null), json!({})] {
            assert!(check(&claims).is_err(), "{claims}");
        }
    }

    #[test]
    fn a_life_can_be_bounded() {
        let rules = Rules {
            longest_life: 60,
            ..Rules::default()
        };
        let at = Timestamp::from_seconds(NOW);
        assert!(
            rules
                .check(&json!({"iat": NOW, "exp": NOW + 60}), at)
                .is_ok()
        );
        assert!(
            rules
                .check(&json!({"iat": NOW, "exp": NOW + 61}), at)
                .is_err()
        );
        assert!(rules.check(&json!({"exp": NOW + 10}), at).is_err());
    }
}
