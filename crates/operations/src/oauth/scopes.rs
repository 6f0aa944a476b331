//! Which scopes a client may be granted: those that the plans of its application's subscriptions allow.

use domain::oauth::scopes_of;
use store::Conn;

use super::client::Client;
use super::error::{Code, OauthError};

/// What the plans in force allow together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Allowed {
    /// Every scope: one of the plans has no list.
    All,
    /// These.
    Only(Vec<String>),
}

impl Allowed {
    /// What a client's application may be granted now.
    pub(super) async fn to(conn: &mut Conn, client: &Client) -> Result<Self, OauthError> {
        let workspace = client.credential.workspace_id;
        let plans = store::plans::scopes_in_force(conn, workspace, client.application.id).await?;
        let mut together: Vec<String> = Vec::new();
        for plan in plans {
            let Some(scopes) = plan else {
                return Ok(Self::All);
            };
            for scope in scopes {
                if !together.contains(&scope) {
                    together.push(scope);
                }
            }
        }
        Ok(Self::Only(together))
    }

    fn has(&self, scope: &str) -> bool {
        match self {
            Self::All => true,
            Self::Only(scopes) => scopes.iter().any(|one| one == scope),
        }
    }

    /// What a request gets: all that it asks for, or, when it asks for nothing, all that the plans name.
    pub(super) fn grant(&self, asked: Option<&str>) -> Result<Vec<String>, OauthError> {
        let refuse =
            |description: String| Err(OauthError::refused(Code::InvalidScope, description));
        let asked = match asked.map(scopes_of) {
            None => Vec::new(),
            Some(Some(asked)) => asked,
            Some(None) => return refuse("the scopes are not words with blanks between".to_owned()),
        };
        if asked.is_empty() {
            return Ok(match self {
                Self::All => Vec::new(),
                Self::Only(scopes) => scopes.clone(),
            });
        }
        match asked.iter().find(|scope| !self.has(scope)) {
            None => Ok(asked),
            Some(scope) => refuse(format!(
                "no plan that the application is subscribed to allows the scope {scope}"
            )),
        }
    }

    /// What is left of scopes that were granted before.
    pub(super) fn cut(&self, granted: &str) -> Vec<String> {
        let scopes = scopes_of(granted).unwrap_or_default().into_iter();
        scopes.filter(|scope| self.has(scope)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_gets_more_than_the_plans_allow() {
        let only = Allowed::Only(vec!["a".to_owned(), "b".to_owned()]);
        let ask = |asked| only.grant(asked).map(|scopes| scopes.join(" ")).ok();
        assert_eq!(ask(Some("b")), Some("b".to_owned()));
        assert_eq!(ask(None), Some("a b".to_owned()));
        assert_eq!(ask(Some("a c")), None);
        assert_eq!(ask(Some("a\"")), None);
        assert_eq!(only.cut("c b"), ["b"]);
        assert_eq!(
            Allowed::All.grant(Some("x")).ok(),
            Some(vec!["x".to_owned()])
        );
        assert_eq!(Allowed::All.grant(None).ok(), Some(Vec::new()));
        assert!(Allowed::Only(Vec::new()).grant(Some("a")).is_err());
    }
}
