//! `/settings`: what is configured. The values come from the configuration file, the environment and flags.

use askama::Template;
use domain::access::Permission;
use domain::account::Face;
use operations::settings::{Mail, SignUp};

use crate::admin::{Admin, show};
use crate::answer::Answer;
use crate::layout::{Layout, Screen};
use crate::parts::Threshold;

/// A setting: its name in the configuration file, its value, and what it means.
struct Setting {
    name: &'static str,
    value: String,
    text: &'static str,
}

#[derive(Template)]
#[template(path = "pages/settings.html")]
struct Settings {
    layout: Layout,
    head: Threshold,
    groups: Vec<(&'static str, Vec<Setting>)>,
}

fn setting(name: &'static str, value: impl Into<String>, text: &'static str) -> Setting {
    Setting {
        name,
        value: value.into(),
        text,
    }
}

/// Shows them.
pub(crate) async fn get(admin: Admin) -> Answer {
    if !admin.may(Permission::SystemRead) {
        return Err(operations::Error::Forbidden {
            permission: Permission::SystemRead,
        }
        .into());
    }
    let settings = &admin.platform.settings;
    let providers = |face: Face| {
        let names: Vec<&str> = settings
            .providers
            .iter()
            .filter(|provider| provider.faces.contains(&face))
            .map(|provider| provider.label.as_str())
            .collect();
        if names.is_empty() {
            "password only".to_owned()
        } else {
            format!("password, {}", names.join(", "))
        }
    };
    let support = if settings.support_email.is_empty() {
        "none"
    } else {
        settings.support_email.as_str()
    };
    let groups = vec![
        (
            "Addresses",
            vec![
                setting(
                    "gateway.public_url",
                    settings.gateway_url.as_str(),
                    "where published APIs are called",
                ),
                setting(
                    "admin.public_url",
                    settings.admin_url.as_str(),
                    "this dashboard and the admin API",
                ),
                setting(
                    "portal.public_url",
                    settings.portal_url.as_str(),
                    "where developers find APIs; links in mails begin with it",
                ),
            ],
        ),
        (
            "Shown as",
            vec![
                setting(
                    "portal.publisher",
                    settings.publisher_name.as_str(),
                    "who publishes the APIs",
                ),
                setting("portal.support_url", support, "where developers can ask"),
            ],
        ),
        (
            "People",
            vec![
                setting(
                    "accounts.sign_up, accounts.approval",
                    match settings.sign_up {
                        SignUp::Open => "open",
                        SignUp::Approved => "approved",
                        SignUp::Closed => "closed",
                    },
                    match settings.sign_up {
                        SignUp::Open => "whoever confirms an address has an account of the portal",
                        SignUp::Approved => "whoever confirms an address waits in Approvals",
                        SignUp::Closed => "accounts of the portal are made here only",
                    },
                ),
                setting(
                    "sign-in to the portal",
                    providers(Face::Portal),
                    "how developers sign in",
                ),
                setting(
                    "sign-in to the dashboard",
                    providers(Face::Admin),
                    "how the platform team signs in",
                ),
            ],
        ),
        (
            "Mail",
            vec![setting(
                "mail.smtp_url",
                match settings.mail {
                    Mail::Smtp => "SMTP",
                    Mail::Kept => "kept",
                },
                match settings.mail {
                    Mail::Smtp => "messages leave by the configured server",
                    Mail::Kept => {
                        "messages stay in the outbox and are written to the log; set mail.smtp_url to send them"
                    }
                },
            )],
        ),
    ];
    show(&Settings {
        layout: admin.layout("Settings", Some(Screen::Settings)),
        head: Threshold::new("Settings").lede("These come from gatehouse.toml, the environment and flags, and are read at start. gatehouse --show-config says where each one comes from."),
        groups,
    })
}
