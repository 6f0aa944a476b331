//! What a file holds that becomes nothing here.

use std::collections::HashSet;

use serde_json::Value;

use super::file::{File, Kind, is_read};
use crate::report::Report;
use crate::source::objects;

/// Other lists at the top that are known, and why they are not taken over.
const KNOWN: &[(&str, &str)] = &[
    (
        "certificates",
        "private keys do not belong in this file: give them in `certificates` by `${file:...}`",
    ),
    ("ca_certificates", "give them in `authorities`"),
    (
        "snis",
        "the names of a certificate are read from the certificate itself",
    ),
    ("vaults", "use `${vault:...}` and `${file:...}` references"),
    (
        "oauth2_credentials",
        "tokens of Kong end with Kong; make OAuth clients anew",
    ),
    (
        "mtls_auth_credentials",
        "upload the certificates to their applications",
    ),
    ("keys", "keys of issuers stand in a `jwt` policy"),
    ("key_sets", "keys of issuers stand in a `jwt` policy"),
    ("rbac_roles", "roles are given to accounts"),
    ("filter_chains", "there are no WASM filters here"),
    (
        "partials",
        "shared Redis settings are settings of the gateway",
    ),
    ("licenses", "there is no licence to bring"),
];

/// Keys at the top that say nothing of the traffic.
const SILENT: &[&str] = &[
    "_format_version",
    "_transform",
    "_info",
    "_comment",
    "_ignore",
    "_workspace",
    "_konnect",
    "_plugin_configs",
    "consumer_group_consumers",
];

/// Tells of lists at the top that are not taken over.
pub(super) fn unknown(root: &Value, report: &mut Report) {
    for (key, value) in root.as_object().into_iter().flatten() {
        let count = value.as_array().map_or(1, Vec::len);
        if is_read(key) || SILENT.contains(&key.as_str()) || count == 0 {
            continue;
        }
        match KNOWN.iter().find(|(known, _)| known == key) {
            Some((_, why)) => report.left_out(key, format!("{count} of them: {why}")),
            None => report.left_out(key, "is not known here"),
        }
    }
}

/// Tells of what belongs to something that is not in the file, and so is of no use.
pub(super) fn orphans(file: &File<'_>, report: &mut Report) {
    let known: HashSet<(Kind, &str)> = file
        .entities
        .iter()
        .flat_map(|one| one.names.iter().map(|name| (one.kind, name.as_str())))
        .collect();
    for one in &file.entities {
        let is_lost = |(kind, name): &&(Kind, String)| {
            // a consumer is there without its group as well
            let is_group = one.kind == Kind::Consumer && *kind == Kind::Group;
            !is_group && !known.contains(&(*kind, name.as_str()))
        };
        let lost = one.owners.iter().find(is_lost);
        if let Some((kind, name)) = lost {
            let what = kind.word();
            let note = format!("belongs to the {what} `{name}`, which is not in the file");
            report.left_out(&one.place, note);
        }
    }
}

/// Tells of what consumers have that is not taken over.
pub(super) fn of_consumers(file: &File<'_>, report: &mut Report) {
    for consumer in file.of_kind(Kind::Consumer) {
        for (list, why) in KNOWN {
            let count = objects(consumer.value, list).count();
            if count > 0 {
                let place = format!("{}.{list}", consumer.place);
                report.left_out(&place, format!("{count} of them: {why}"));
            }
        }
    }
}
