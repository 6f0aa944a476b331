//! Why a call has no answer, in words that say what to do.

/// The ways in which it fails before its end.
#[derive(Clone)]
pub(super) enum Failure {
    /// Fields that need a second look: name and message.
    Form(Vec<(String, String)>),
    /// The portal said no.
    Portal(String),
    /// The portal did not answer.
    PortalAway,
    /// The gateway's address does not answer from this browser.
    GatewayAway(String),
    /// Something answered there, but the browser may not show it (CORS).
    NotReadable(String),
    /// The browser does not send such a call.
    NotSendable,
    /// The answer leads elsewhere, which browsers do not show to pages.
    Redirected,
    /// The answer broke off.
    BrokeOff,
    /// The person ended it.
    Cancelled,
}

impl Failure {
    /// What happened.
    pub(super) fn title(&self) -> &'static str {
        match self {
            Self::Form(_) => "The call was not sent",
            Self::Portal(_) | Self::PortalAway => "The call was not prepared",
            Self::GatewayAway(_) => "The gateway was not reached",
            Self::NotReadable(_) => "The answer may not be shown",
            Self::NotSendable => "The browser does not send this call",
            Self::Redirected => "The answer is a redirect",
            Self::BrokeOff => "The answer broke off",
            Self::Cancelled => "The call was cancelled",
        }
    }

    /// What it means, and what to do.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Form(wrong) => {
                let whole = wrong.iter().find(|(field, _)| field.is_empty());
                whole.map_or_else(
                    || "A field above needs a second look.".to_owned(),
                    |(_, message)| sentence(message),
                )
            }
            Self::Portal(message) => sentence(message),
            Self::PortalAway => {
                "The portal did not answer. Look at your connection, then send the call again."
                    .to_owned()
            }
            Self::GatewayAway(origin) => format!(
                "Nothing answers at {origin} from this browser: the gateway is down, or a network, proxy or extension is in the way."
            ),
            Self::NotReadable(origin) => format!(
                "{origin} answered without the CORS headers that let this page read it, or the connection was closed before an answer."
            ),
            Self::NotSendable => {
                "Browsers send no call with this method, address or headers from a page.".to_owned()
            }
            Self::Redirected => {
                "Browsers do not show a page where a redirect of another site leads.".to_owned()
            }
            Self::BrokeOff => {
                "The connection ended before all of the answer was here; what came is below."
                    .to_owned()
            }
            Self::Cancelled => "It may have reached the API, and may have been counted.".to_owned(),
        }
    }

    /// Whether the portal could send the call in the browser's place.
    pub(super) fn may_relay(&self) -> bool {
        matches!(
            self,
            Self::GatewayAway(_) | Self::NotReadable(_) | Self::NotSendable | Self::Redirected
        )
    }
}

/// A message as a sentence.
pub(super) fn sentence(message: &str) -> String {
    let mut text = message.to_owned();
    if let Some(first) = text.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    if !text.ends_with('.') {
        text.push('.');
    }
    text
}
