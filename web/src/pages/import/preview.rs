//! `/import/{token}`: what the document would make, what not, and what is wrong with it; then the draft.

use askama::Template;
use axum::extract::{Path, State};
use domain::api::Visibility;
use openapi::{Finding, Severity};
use operations::import::{self, New, Preview, Source, UpstreamChoice};
use serde_json::json;

use super::super::apis::edit::visibilities;
use super::bring::kept;
use crate::admin::{Admin, show_form};
use crate::answer::{Answer, done};
use crate::dashboard::Dashboard;
use crate::form::{Form, id};
use crate::layout::{Layout, Screen};
use crate::parts::{ApiCall, Choice, Field, Kind, Notice, State as Sign, Threshold, Tone};
use crate::say;

/// Lines of source that are shown around a finding.
const AROUND: usize = 2;
/// Characters of each that are shown.
const WIDTH: usize = 160;

#[derive(Template)]
#[template(path = "pages/import_preview.html")]
struct Page {
    layout: Layout,
    head: Threshold,
    notice: Option<Notice>,
    token: String,
    preview: Preview,
    form: Form,
    fields: Vec<Field>,
    excerpt: Option<(u32, String)>,
    call: ApiCall,
    base_path: String,
}

impl Page {
    fn size(&self) -> String {
        charts::format::bytes(self.preview.document.bytes as u64)
    }

    fn routes(&self) -> usize {
        self.preview.document.imported().count()
    }

    fn is_chosen(&self, route: &openapi::import::RoutePreview) -> bool {
        // A form that came back says what was chosen; the first time all is.
        route.imported
            && (!self.form.is("chosen_known")
                || self.form.all("route").contains(&route.key.as_str()))
    }

    fn is_open(&self, route: &openapi::import::RoutePreview) -> bool {
        self.form.all("open").contains(&route.key.as_str())
    }

    fn finding_of(&self, route: &openapi::import::RoutePreview) -> Option<&Finding> {
        self.preview.document.findings.iter().find(|finding| {
            finding
                .pointer
                .strip_prefix(&route.pointer)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    }

    fn counts(&self) -> String {
        let count = |severity, one: &str, more: &str| {
            let number = i64::try_from(self.preview.document.count(severity)).unwrap_or(0);
            (number > 0).then(|| say::many(&number, one, more))
        };
        let parts: Vec<String> = [
            count(Severity::Error, "error", "errors"),
            count(Severity::Warning, "warning", "warnings"),
            count(Severity::Note, "remark", "remarks"),
        ]
        .into_iter()
        .flatten()
        .collect();
        if parts.is_empty() {
            "nothing to remark".to_owned()
        } else {
            parts.join(", ")
        }
    }
}

/// How much a finding matters, as a sign.
pub(crate) fn severity(severity: &Severity) -> Sign {
    match severity {
        Severity::Error => Sign::new(Tone::Bad, "cross-circle", "Error"),
        Severity::Warning => Sign::new(Tone::Warn, "alert", "Warning"),
        Severity::Note => Sign::new(Tone::Plain, "info", "Remark"),
    }
}

/// The ink and the icon of a finding in a list.
pub(crate) fn mark(severity: &Severity) -> (&'static str, &'static str) {
    match severity {
        Severity::Error => (" data-tone=\"bad\"", "cross-circle"),
        Severity::Warning => (" data-tone=\"warn\"", "alert"),
        Severity::Note => ("", "info"),
    }
}

/// Where a finding is: its line and column, or its JSON pointer.
pub(crate) fn place(finding: &Finding) -> String {
    match finding.position() {
        Some(position) => position.replacen('l', "L", 1),
        None if finding.pointer.is_empty() => "The document".to_owned(),
        None => finding.pointer.clone(),
    }
}

/// Shows it.
pub(crate) async fn get(
    State(dashboard): State<Dashboard>,
    admin: Admin,
    Path(token): Path<String>,
) -> Answer {
    page(&dashboard, &admin, token, Form::default()).await
}

/// Creates the draft.
pub(crate) async fn create(
    State(dashboard): State<Dashboard>,
    admin: Admin,
    Path(token): Path<String>,
    form: Form,
) -> Answer {
    let source = kept(&dashboard, &admin, &token)?;
    let preview =
        import::preview(&admin.platform, &admin.actor, Source::Bytes(source.clone())).await?;
    let new = new(&form, &preview, source);
    match import::create(&admin.platform, &admin.actor, new).await {
        Ok(imported) => done(
            &format!("/apis/{}/{}", imported.api.slug, imported.version.label),
            &format!(
                "Created {} {} with {}. It is a draft: look it over, then publish it",
                imported.api.name,
                imported.version.label,
                say::many(
                    &i64::try_from(imported.routes).unwrap_or(0),
                    "route",
                    "routes"
                )
            ),
        ),
        Err(error) => page(&dashboard, &admin, token, form.refused(error)?).await,
    }
}

fn new(form: &Form, preview: &Preview, source: Vec<u8>) -> New {
    let chosen = form.all("route");
    let left_out = preview
        .document
        .imported()
        .filter(|route| !chosen.contains(&route.key.as_str()))
        .map(|route| route.key.clone())
        .collect();
    let upstream = match form.get("upstream") {
        "address" => UpstreamChoice::Address(form.text("upstream_url")),
        "later" => UpstreamChoice::Later,
        _ => UpstreamChoice::FromDocument,
    };
    New {
        api: form.some("api").and_then(|text| id(&text).ok()),
        name: form.some("name"),
        slug: form.some("slug"),
        summary: form.some("summary"),
        visibility: form.parse("visibility").unwrap_or(Visibility::Hidden),
        label: form.some("label"),
        upstream,
        hosts: form.lines("hosts"),
        base_path: form.some("base_path"),
        left_out,
        open: form.all("open").into_iter().map(str::to_owned).collect(),
        ..New::from(Source::Bytes(source))
    }
}

async fn page(dashboard: &Dashboard, admin: &Admin, token: String, mut form: Form) -> Answer {
    let source = kept(dashboard, admin, &token)?;
    let preview =
        import::preview(&admin.platform, &admin.actor, Source::Bytes(source.clone())).await?;
    let came_back = form.came_back();
    if !came_back {
        begin(&mut form, &preview);
    }
    let fields = fields(&form, &preview);
    let refs: Vec<&Field> = fields.iter().collect();
    let excerpt = preview
        .document
        .findings
        .iter()
        .find_map(|finding| Some((finding.line?, finding.column.unwrap_or(1))))
        .map(|(line, column)| (line, excerpt(&source, line, column)));
    let base_path = match form.text("base_path") {
        path if path == "/" => String::new(),
        path => path,
    };
    let page = Page {
        layout: admin.layout("Import a document", Some(Screen::Apis)),
        head: Threshold::new(preview.document.info.title.clone())
            .below("APIs", "/apis")
            .below("Import", "/import"),
        notice: form.head(&refs),
        excerpt,
        call: admin.api_call(
            "POST",
            "/api/v1/imports",
            Some(json!({
                "document": "…", "name": form.text("name"), "label": form.text("label"),
                "base_path": form.text("base_path"), "visibility": form.get("visibility"),
            })),
        ),
        base_path,
        token,
        preview,
        fields,
        form,
    };
    show_form(came_back, &page)
}

/// What the document suggests.
fn begin(form: &mut Form, preview: &Preview) {
    let document = &preview.document;
    form.set("name", document.info.title.clone());
    form.set("slug", document.slug.clone());
    form.set("label", label(document.info.version.as_deref()));
    form.set("base_path", document.base_path.clone());
    form.set("visibility", Visibility::Public.to_string());
    form.set("upstream", upstream_default(preview));
    if let Some((api, _)) = &preview.existing_api {
        form.set("api", api.to_string());
    }
}

/// `3.1.4` as `v3`; what does not begin with a number is left to the person.
fn label(version: Option<&str>) -> String {
    let major: String = version
        .unwrap_or("1")
        .trim_start_matches(['v', 'V'])
        .chars()
        .take_while(char::is_ascii_digit)
        .collect();
    if major.is_empty() || major == "0" {
        "v1".to_owned()
    } else {
        format!("v{major}")
    }
}

fn upstream_default(preview: &Preview) -> &'static str {
    match &preview.upstream {
        Some(note) if note.refused.is_none() => "document",
        _ => "address",
    }
}

fn fields(form: &Form, preview: &Preview) -> Vec<Field> {
    let mut apis = vec![Choice::new("", "a new API")];
    if let Some((api, name)) = &preview.existing_api {
        apis.push(Choice::new(
            api.to_string(),
            format!("another version of {name}"),
        ));
    }
    let mut upstreams = Vec::new();
    if let Some(note) = &preview.upstream {
        let hint = match (&note.refused, &note.existing) {
            (Some(refused), _) => format!("cannot be used: it {refused}"),
            (None, Some((_, name))) => format!("the upstream {name} has this address already"),
            (None, None) => "becomes a new upstream".to_owned(),
        };
        if note.refused.is_none() {
            upstreams.push(Choice::new("document", note.url.clone()).hint(hint));
        }
    }
    upstreams.push(Choice::new("address", "Another address").hint("typed below"));
    upstreams
        .push(Choice::new("later", "Nowhere yet").hint("it cannot be published before it has one"));
    let taken = preview
        .base_path_holder
        .as_ref()
        .map(|holder| {
            format!("{holder} is on the gateway with this path: take another, or a host.")
        })
        .unwrap_or_else(|| "Stands before the path of each route.".to_owned());
    vec![
        form.field(Kind::Select(apis), "api", "Becomes"),
        form.field(Kind::Text, "name", "Name"),
        form.field(Kind::Text, "slug", "Name in addresses")
            .mono()
            .optional(),
        form.field(Kind::Text, "label", "Version").mono(),
        form.field(Kind::Text, "base_path", "Base path on the gateway")
            .mono()
            .hint(taken),
        form.field(Kind::Text, "hosts", "Hosts")
            .mono()
            .optional()
            .hint("With commas; empty for every host."),
        form.field(Kind::Radio(upstreams), "upstream", "Requests go to"),
        form.field(Kind::Url, "upstream_url", "Another address")
            .mono()
            .optional(),
        form.field(
            Kind::Select(visibilities()),
            "visibility",
            "Seen in the portal by",
        ),
    ]
}

/// A few lines around one, with their numbers; of long lines what is around the column.
fn excerpt(source: &[u8], line: u32, column: u32) -> String {
    let text = String::from_utf8_lossy(source);
    let (line, column) = (line as usize, column as usize);
    let first = line.saturating_sub(AROUND).max(1);
    text.lines()
        .enumerate()
        .skip(first - 1)
        .take(2 * AROUND + 1)
        .map(|(index, text)| format!("{:>5}  {}\n", index + 1, part(text, column)))
        .collect()
}

/// A line as it fits: its beginning, or the part in which the column is.
fn part(line: &str, column: usize) -> String {
    let from = if column > WIDTH {
        column - WIDTH / 2
    } else {
        0
    };
    let mut letters = line.chars().skip(from);
    let shown: String = letters.by_ref().take(WIDTH).collect();
    let cut = |is_cut: bool| if is_cut { "…" } else { "" };
    format!(
        "{}{shown}{}",
        cut(from > 0 && !shown.is_empty()),
        cut(letters.next().is_some())
    )
}

#[cfg(test)]
mod tests {
    use super::{excerpt, label, place};

    #[test]
    fn a_label_is_the_major_version() {
        assert_eq!(label(Some("3.1.4")), "v3");
        assert_eq!(label(Some("v2")), "v2");
        assert_eq!(label(Some("0.9")), "v1");
        assert_eq!(label(Some("2026-11-20")), "v2026");
        assert_eq!(label(None), "v1");
    }

    #[test]
    fn a_place_in_a_long_line_is_shown() {
        let line = format!("{}here{}", "a".repeat(5_000), "b".repeat(5_000));
        let shown = excerpt(line.as_bytes(), 1, 5_001);
        assert!(
            shown.contains("aaahere") && shown.contains("ereb"),
            "{shown}"
        );
        assert!(
            shown.starts_with("    1  …a") && shown.ends_with("b…\n"),
            "{shown}"
        );
        assert!(excerpt(line.as_bytes(), 1, 9).starts_with("    1  aaa"));
    }

    #[test]
    fn a_place_names_line_and_column() {
        let document = openapi::parse(
            br#"{"openapi":"3.1.0","info":{"title":"A","version":"1"},"paths":{"no-slash":{"get":{}}}}"#,
            &openapi::Limits::default(),
        );
        let preview = openapi::import::preview(&document.unwrap());
        let places: Vec<String> = preview.findings.iter().map(place).collect();
        assert!(
            places
                .iter()
                .any(|place| place.starts_with("Line 1, column ")),
            "{places:?}"
        );
    }

    #[test]
    fn an_excerpt_stays_inside_the_document() {
        assert_eq!(excerpt(b"a\nb\nc", 1, 1), "    1  a\n    2  b\n    3  c\n");
        assert_eq!(excerpt(b"", 9, 1), "");
    }
}
