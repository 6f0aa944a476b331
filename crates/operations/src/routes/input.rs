//! What is given to make or change a route, checked.

use domain::Timestamp;
use domain::api::PathKind;
use domain::id::{ApiVersionId, OperationId, RouteId};
use domain::text::Name;
use gateway_snapshot::model;
use gateway_snapshot::settings::RouteSettings;
use serde_json::json;
use store::api_versions::ApiVersion;
use store::routes::Route;

use crate::error::Result;
use crate::fields::Fields;
use crate::routes::path;

/// The most methods of one route.
const METHODS_MOST: usize = 20;
/// The longest method, in characters.
const METHOD_MOST: usize = 20;
/// The largest body that can be let through: 1 GiB.
const BODY_MOST: u64 = 1 << 30;
/// Priorities go from the negative to the positive of this.
const PRIORITY_MOST: i64 = 1_000_000;

/// What a route is to be.
#[derive(Debug, Clone)]
pub struct Input {
    /// Its name for people; method and path when left out.
    pub name: Option<String>,
    /// Methods; none for every method.
    pub methods: Vec<String>,
    /// The path after the version's base path.
    pub path: String,
    /// How the path is read.
    pub path_kind: PathKind,
    /// Routes with a higher one are tried first.
    pub priority: i64,
    /// Who may call it, and what becomes of its path.
    pub settings: RouteSettings,
    /// The operation that it serves.
    pub operation: Option<OperationId>,
    /// Whether it matches at all.
    pub enabled: bool,
}

impl Input {
    /// An enabled route for one method and path template.
    pub fn template(method: &str, path: &str) -> Self {
        Self {
            name: None,
            methods: vec![method.to_owned()],
            path: path.to_owned(),
            path_kind: PathKind::Template,
            priority: 0,
            settings: RouteSettings::default(),
            operation: None,
            enabled: true,
        }
    }
}

/// What passed.
#[derive(Debug, Clone)]
pub(crate) struct Checked {
    name: String,
    methods: Vec<String>,
    path: String,
    path_kind: PathKind,
    priority: i64,
    settings: RouteSettings,
    pub(crate) operation: Option<OperationId>,
    enabled: bool,
}

impl Checked {
    /// The row of a new route.
    pub(crate) fn row(self, id: RouteId, of: &ApiVersion, at: Timestamp) -> Route {
        Route {
            id,
            workspace_id: of.workspace_id,
            api_version_id: of.id,
            operation_id: self.operation.unwrap_or_default(),
            name: self.name,
            methods: self.methods.into(),
            path: self.path,
            path_kind: self.path_kind,
            priority: self.priority,
            settings: json!(self.settings).into(),
            enabled: self.enabled,
            created_at: at,
            updated_at: at,
            version: 1,
        }
    }
}

/// Checks all of it, naming each flaw.
pub(crate) fn check(input: Input) -> Result<Checked> {
    let mut fields = Fields::new();
    let path = input.path.trim().to_owned();
    fields.check("path", path::check(input.path_kind, &path));
    let methods = check_methods(&mut fields, &input.methods);
    if !(-PRIORITY_MOST..=PRIORITY_MOST).contains(&input.priority) {
        fields.refuse(
            "priority",
            format!(
                "is {}; -{PRIORITY_MOST} to {PRIORITY_MOST} are possible",
                input.priority
            ),
        );
    }
    if !(1..=BODY_MOST).contains(&input.settings.max_body_bytes) {
        let given = input.settings.max_body_bytes;
        fields.refuse(
            "settings/max_body_bytes",
            format!("is {given}; 1 to {BODY_MOST} bytes are possible"),
        );
    }
    if let Some(rewrite) = &input.settings.rewrite {
        fields.check(
            "settings/rewrite",
            path::check_rewrite(input.path_kind, &path, rewrite),
        );
    }
    let name = match input.name.as_deref().filter(|name| !name.trim().is_empty()) {
        Some(name) => fields
            .parse::<Name>("name", name)
            .map(|name| name.to_string()),
        None => Some(default_name(&methods, &path)),
    };
    let Some(name) = name else {
        return Err(fields.into_error());
    };
    fields.finish()?;
    let checked = Checked {
        name,
        methods,
        path,
        path_kind: input.path_kind,
        priority: input.priority,
        settings: input.settings,
        operation: input.operation,
        enabled: input.enabled,
    };
    gateway_takes(&checked)?;
    Ok(checked)
}

/// A route that does not compile stays as it was on the gateway: none is saved that the gateway refuses.
fn gateway_takes(checked: &Checked) -> Result<()> {
    let route = model::Route {
        id: RouteId::NIL,
        api_version: ApiVersionId::NIL,
        operation: OperationId::NIL,
        name: checked.name.clone(),
        methods: checked.methods.clone(),
        path: checked.path.clone(),
        path_kind: checked.path_kind,
        priority: i32::try_from(checked.priority).unwrap_or_default(),
        settings: checked.settings.clone(),
        enabled: true,
    };
    let mut fields = Fields::new();
    for problem in gateway_snapshot::check::route(&route)
        .err()
        .into_iter()
        .flatten()
    {
        let message = problem.message;
        let field = if message.starts_with("redirect") {
            "settings/redirect"
        } else if message.contains("condition") || message.contains("name of a header") {
            "settings/headers"
        } else if message.starts_with("rewrite") {
            "settings/rewrite"
        } else {
            "path"
        };
        fields.refuse(field, format!("cannot be routed: {message}"));
    }
    fields.finish()
}

/// "GET /rates/{id}", cut to the length of a name.
pub(crate) fn default_name(methods: &[String], path: &str) -> String {
    let methods = if methods.is_empty() {
        "any".to_owned()
    } else {
        methods.join("|")
    };
    let name = format!("{methods} {path}");
    name.chars().take(domain::text::NAME_MOST).collect()
}

/// Methods in capitals, each once (RFC 9110, 9.1: a method is a token).
fn check_methods(fields: &mut Fields, given: &[String]) -> Vec<String> {
    let mut methods: Vec<String> = Vec::new();
    for (index, method) in given.iter().enumerate() {
        let method = method.trim().to_ascii_uppercase();
        let token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
        if method.is_empty() || method.len() > METHOD_MOST || !method.bytes().all(token) {
            fields.refuse(
                format!("methods/{index}"),
                "is not a request method, such as GET",
            );
        } else if method == "CONNECT" {
            fields.refuse(
                format!("methods/{index}"),
                "is CONNECT, which the gateway refuses",
            );
        } else if !methods.contains(&method) {
            methods.push(method);
        }
    }
    if methods.len() > METHODS_MOST {
        fields.refuse(
            "methods",
            format!("are {}; at most {METHODS_MOST} are kept", methods.len()),
        );
    }
    methods
}
