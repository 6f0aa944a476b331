//! What any policy has beside its configuration, as fields of its form: a name, when it applies, and what happens when it fails.

use operations::Error;
use operations::policies::Aside;
use serde_json::Value;

use crate::form::Form;
use crate::parts::{Choice, Field, Kind};

/// Puts what is stored into the form.
pub(super) fn begin(form: &mut Form, aside: &Aside) {
    form.set("name", aside.name.clone());
    form.set("on_error", aside.on_error.clone());
    let conditions = match &aside.conditions {
        Value::Null => String::new(),
        Value::Object(parts) if parts.is_empty() => String::new(),
        conditions => format!("{conditions:#}"),
    };
    form.set("conditions", conditions);
}

/// The fields.
pub(super) fn fields(form: &Form) -> Vec<Field> {
    let on_error = vec![
        Choice::new("", "as its configuration says, otherwise refuse"),
        Choice::new("closed", "refuse the request"),
        Choice::new("open", "let the request pass without it"),
    ];
    vec![
        form.field(Kind::Text, "name", "Name").optional(),
        form.field(Kind::Area(4), "conditions", "Applies when")
            .mono()
            .optional()
            .hint("JSON; empty for always. Parts: methods, paths, headers, query, plans, applications. {\"methods\": [\"POST\"], \"paths\": [\"/shop/**\"]}"),
        form.field(Kind::Select(on_error), "on_error", "When it cannot do its work"),
    ]
}

/// What the form says; `kept` where it came from the JSON, which speaks of the configuration alone.
pub(super) fn read(form: &Form, kept: Aside) -> Result<Aside, Error> {
    if form.get("as") == "json" {
        return Ok(kept);
    }
    let conditions = match form.some("conditions") {
        None => Value::Null,
        Some(text) => serde_json::from_str(&text)
            .map_err(|error| Error::invalid("conditions", format!("is not JSON: {error}")))?,
    };
    Ok(Aside {
        name: form.text("name"),
        conditions,
        on_error: form.get("on_error").to_owned(),
    })
}
