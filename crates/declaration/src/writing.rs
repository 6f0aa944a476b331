//! A declaration as files: in a stable order, one file for each API and product, documents beside them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::catalog::Document;
use crate::flaw::{Flaw, Flaws};
use crate::model::{Declaration, FORMAT};
use crate::parse::{Syntax, parse};
use crate::reference::escape_all;

/// One file to write: its path in the folder, and what is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Its path in the folder.
    pub path: PathBuf,
    /// What is in it.
    pub text: String,
}

impl Written {
    /// Whether a file that is there says the same already, in whatever layout and with whatever comments.
    pub fn is_said_by(&self, text: &str) -> bool {
        if self.text == text {
            return true;
        }
        match (parse(&self.text), parse(text)) {
            (Ok(ours), Ok(theirs)) => ours == theirs,
            _ => false,
        }
    }
}

impl Declaration {
    /// Brings what has no order of its own into one.
    pub fn sort(&mut self) {
        self.authorities.sort_by(|a, b| a.name.cmp(&b.name));
        self.certificates.sort_by(|a, b| a.name.cmp(&b.name));
        self.upstreams.sort_by(|a, b| a.slug.cmp(&b.slug));
        for upstream in &mut self.upstreams {
            upstream.targets.sort_by(|a, b| a.url.cmp(&b.url));
        }
        self.apis.sort_by(|a, b| a.slug.cmp(&b.slug));
        for api in &mut self.apis {
            api.versions.sort_by(|a, b| a.label.cmp(&b.label));
            for version in &mut api.versions {
                version.routes.sort_by(|a, b| {
                    let key = |one: &crate::Route| {
                        (
                            one.path.clone(),
                            one.methods.clone(),
                            one.name.clone(),
                            one.priority,
                        )
                    };
                    key(a)
                        .cmp(&key(b))
                        .then_with(|| json!(a).to_string().cmp(&json!(b).to_string()))
                });
            }
        }
        self.products.sort_by(|a, b| a.slug.cmp(&b.slug));
        for product in &mut self.products {
            product.versions.sort();
        }
        self.applications
            .sort_by(|a, b| (&a.owner, &a.name).cmp(&(&b.owner, &b.name)));
        for application in &mut self.applications {
            application
                .subscriptions
                .sort_by(|a, b| a.product.cmp(&b.product));
            application
                .credentials
                .sort_by(|a, b| (a.kind, &a.label, &a.hash).cmp(&(b.kind, &b.label, &b.hash)));
        }
    }
}

/// All of it in one text, documents in place.
pub fn one_file(all: &Declaration, syntax: Syntax) -> Result<String, Flaws> {
    text(all, syntax)
}

/// As a folder: `gatehouse.yaml` with what is for all, `upstreams.yaml`, `certificates.yaml`, `applications.yaml`, and a
/// file for each API and product, an API's documents beside it.
pub fn folder(mut all: Declaration) -> Result<Vec<Written>, Flaws> {
    let mut files = Vec::new();
    let mut documents = BTreeMap::new();
    for api in std::mem::take(&mut all.apis) {
        let mut api = api;
        let slug = safe(&api.slug);
        for version in &mut api.versions {
            if let Some(Document::Text(document)) = &version.document {
                let ending = match Syntax::of(&document.text) {
                    Syntax::Json => "json",
                    Syntax::Yaml => "yaml",
                };
                let name = format!("{slug}.{}.openapi.{ending}", safe(&version.label));
                documents.insert(Path::new("apis").join(&name), document.text.clone());
                version.document = Some(Document::Path(name));
            }
        }
        let part = Declaration {
            gatehouse: FORMAT,
            apis: vec![api],
            ..Declaration::default()
        };
        files.push(written(format!("apis/{slug}.yaml"), &part)?);
    }
    for product in std::mem::take(&mut all.products) {
        let name = format!("products/{}.yaml", safe(&product.slug));
        let part = Declaration {
            gatehouse: FORMAT,
            products: vec![product],
            ..Declaration::default()
        };
        files.push(written(name, &part)?);
    }
    let upstreams = std::mem::take(&mut all.upstreams);
    if !upstreams.is_empty() {
        let part = Declaration {
            gatehouse: FORMAT,
            upstreams,
            ..Declaration::default()
        };
        files.push(written("upstreams.yaml", &part)?);
    }
    let applications = std::mem::take(&mut all.applications);
    if !applications.is_empty() {
        let part = Declaration {
            gatehouse: FORMAT,
            applications,
            ..Declaration::default()
        };
        files.push(written("applications.yaml", &part)?);
    }
    if !all.authorities.is_empty() || !all.certificates.is_empty() {
        let part = Declaration {
            gatehouse: FORMAT,
            authorities: std::mem::take(&mut all.authorities),
            certificates: std::mem::take(&mut all.certificates),
            ..Declaration::default()
        };
        files.push(written("certificates.yaml", &part)?);
    }
    files.push(written("gatehouse.yaml", &all)?);
    files.extend(
        documents
            .into_iter()
            .map(|(path, text)| Written { path, text }),
    );
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

fn written(path: impl Into<PathBuf>, part: &Declaration) -> Result<Written, Flaws> {
    Ok(Written {
        path: path.into(),
        text: text(part, Syntax::Yaml)?,
    })
}

fn text(part: &Declaration, syntax: Syntax) -> Result<String, Flaws> {
    let failed = |error: String| Flaws::from(Flaw::at("", error));
    let mut value = serde_json::to_value(part).map_err(|error| failed(error.to_string()))?;
    escape_all(&mut value);
    match syntax {
        Syntax::Json => serde_json::to_string_pretty(&value)
            .map(|text| text + "\n")
            .map_err(|error| failed(error.to_string())),
        Syntax::Yaml => yaml_serde::to_string(&value).map_err(|error| failed(error.to_string())),
    }
}

/// A name of a file that is the same on every system.
fn safe(name: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    name.chars()
        .map(|c| if plain(c) { c } else { '-' })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back_whatever_it_holds() {
        let mut all = Declaration {
            gatehouse: FORMAT,
            ..Declaration::default()
        };
        for (index, text) in [
            "${NOT_A_REFERENCE}",
            "yes",
            "1e3",
            "a: b\n- c\n",
            "  x ",
            "~",
            "\u{e9}\t",
        ]
        .into_iter()
        .enumerate()
        {
            all.apis.push(crate::Api {
                slug: format!("a{index}"),
                name: Some(text.to_owned()),
                summary: text.to_owned(),
                description: text.to_owned(),
                visibility: domain::api::Visibility::Hidden,
                tags: vec![text.to_owned()],
                policies: Vec::new(),
                versions: Vec::new(),
                id: crate::RowId::default(),
            });
        }
        for syntax in [Syntax::Json, Syntax::Yaml] {
            let folder = tempfile::tempdir().expect("a folder");
            let path = folder.path().join("all.yaml");
            std::fs::write(&path, one_file(&all, syntax).expect("it is written"))
                .expect("it is kept");
            let draft = crate::read(&path).expect("it is read");
            assert!(draft.references().is_empty());
            assert_eq!(
                draft.resolve(&crate::Answers::new()).expect("it is sound"),
                all
            );
        }
    }
}
