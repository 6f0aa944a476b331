//! How mails leave: by an SMTP server, or not at all.

use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::AsyncSmtpTransport;
use lettre::{AsyncTransport as _, Message, Tokio1Executor};

use design::mail::Rendered;

/// Sends letters.
#[derive(Clone)]
pub struct Mailer {
    from: Mailbox,
    transport: Option<AsyncSmtpTransport<Tokio1Executor>>,
}

/// Why mail is not set up.
#[derive(Debug, thiserror::Error)]
pub enum SetUpError {
    /// The sender is not a mailbox.
    #[error("`mail.from` is not a mailbox such as `Gatehouse <gatehouse@example.com>`")]
    From(#[source] lettre::address::AddressError),
    /// The server's URL is not one.
    #[error("`mail.smtp_url` is not a URL such as smtps://user:password@host:465: {0}")]
    Url(String),
}

/// Why a letter did not leave.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// The recipient is no mailbox, or a header cannot be written. Trying again does not help.
    #[error("the letter cannot be addressed: {0}")]
    Letter(String),
    /// The server did not take it.
    #[error("the mail server did not take it: {0}")]
    Transport(#[from] lettre::transport::smtp::Error),
}

impl SendError {
    /// Whether trying again can help (RFC 5321, section 4.2.1: 5yz is final).
    pub fn is_final(&self) -> bool {
        match self {
            Self::Letter(_) => true,
            Self::Transport(error) => error.is_permanent(),
        }
    }
}

impl Mailer {
    /// A mailer for `smtp://` (STARTTLS demanded), `smtps://` or `smtp+plain://` (a catcher on this network); an empty
    /// URL keeps letters.
    pub fn new(smtp_url: &str, from: &str) -> Result<Self, SetUpError> {
        let from = from.parse().map_err(SetUpError::From)?;
        if smtp_url.is_empty() {
            return Ok(Self {
                from,
                transport: None,
            });
        }
        let url = match smtp_url.strip_prefix("smtp+plain://") {
            Some(rest) => format!("smtp://{rest}"),
            None if smtp_url.starts_with("smtp://") && !smtp_url.contains("?tls=") => {
                format!("{smtp_url}?tls=required")
            }
            None => smtp_url.to_owned(),
        };
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(&url)
            .map_err(|error| SetUpError::Url(error.to_string()))?
            .timeout(Some(std::time::Duration::from_secs(20)))
            .build();
        Ok(Self {
            from,
            transport: Some(transport),
        })
    }

    /// Whether letters leave at all.
    pub const fn sends(&self) -> bool {
        self.transport.is_some()
    }

    /// Hands a letter to the server; `id` names it, so that a second try is known as the same.
    pub async fn send(&self, to: &str, id: &str, letter: &Rendered) -> Result<(), SendError> {
        let Some(transport) = &self.transport else {
            return Err(SendError::Letter("no mail server is configured".to_owned()));
        };
        let message = self.message(to, id, letter)?;
        transport.send(message).await?;
        Ok(())
    }

    fn message(&self, to: &str, id: &str, letter: &Rendered) -> Result<Message, SendError> {
        let unfit = |error: String| SendError::Letter(error);
        let to: Mailbox = to
            .parse()
            .map_err(|e: lettre::address::AddressError| unfit(e.to_string()))?;
        let host = self.from.email.domain();
        Message::builder()
            .from(self.from.clone())
            .to(to)
            .subject(letter.subject.clone())
            .message_id(Some(format!("<{id}@{host}>")))
            .multipart(MultiPart::alternative_plain_html(
                letter.text.clone(),
                letter.html.clone(),
            ))
            .map_err(|e| unfit(e.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_the_settings_is_named() {
        let error = Mailer::new("", "nobody").err().unwrap();
        assert!(
            error
                .to_string()
                .starts_with("`mail.from` is not a mailbox"),
            "{error}"
        );
        let error = Mailer::new("http://mail.example", "A <a@b.example>")
            .err()
            .unwrap();
        assert!(
            error
                .to_string()
                .starts_with("`mail.smtp_url` is not a URL"),
            "{error}"
        );
        assert!(!Mailer::new("", "A <a@b.example>").unwrap().sends());
    }
}
