//! `/plans/{id}/retire` and `/plans/{id}/delete`: the ends of a plan, with what they break.

use axum::extract::Path;
use domain::id::PlanId;
use operations::plans::{self, Open};
use operations::products;

use super::end::{again, telling, typed};
use crate::admin::{Admin, show};
use crate::answer::{Answer, Fault, done};
use crate::form::{Form, id};
use crate::layout::Screen;
use crate::parts::{Confirm, ConfirmPage, Field, Kind, Threshold};
use crate::say;

/// Asks before a plan is retired.
pub(crate) async fn ask_retire(admin: Admin, Path(plan): Path<String>) -> Answer {
    show(&page(&admin, id(&plan)?, false, None).await?)
}

/// Retires it, with its subscriptions when that was checked.
pub(crate) async fn retire(admin: Admin, Path(plan): Path<String>, form: Form) -> Answer {
    let plan: PlanId = id(&plan)?;
    let open = if form.is("cancel") {
        Open::Cancel
    } else {
        Open::Refuse
    };
    match plans::retire(&admin.platform, &admin.actor, plan, form.version(), open).await {
        Ok(plan) => done("/products", &format!("Retired the plan {}", plan.name)),
        Err(error) => again(page(&admin, plan, false, Some(error)).await?),
    }
}

/// Asks before a plan is deleted.
pub(crate) async fn ask_delete(admin: Admin, Path(plan): Path<String>) -> Answer {
    show(&page(&admin, id(&plan)?, true, None).await?)
}

/// Deletes it, when its name was typed.
pub(crate) async fn delete(admin: Admin, Path(plan): Path<String>, form: Form) -> Answer {
    let plan: PlanId = id(&plan)?;
    let found = plans::find(&admin.platform, &admin.actor, plan).await?;
    if let Err(error) = typed(&form, found.name.as_str()) {
        return again(page(&admin, plan, true, Some(error)).await?);
    }
    match plans::delete(&admin.platform, &admin.actor, plan, form.version()).await {
        Ok(()) => done("/products", &format!("Deleted the plan {}", found.name)),
        Err(error) => again(page(&admin, plan, true, Some(error)).await?),
    }
}

async fn page(
    admin: &Admin,
    id: PlanId,
    delete: bool,
    error: Option<operations::Error>,
) -> Result<ConfirmPage, Fault> {
    let error = telling(error)?;
    let plan = plans::find(&admin.platform, &admin.actor, id).await?;
    let whole = products::find(&admin.platform, &admin.actor, plan.product_id).await?;
    let open = whole.open_of(&plan);
    let (name, back) = (plan.name.to_string(), format!("/plans/{id}"));
    let (question, consequence, act, path) = if delete {
        (
            format!("Delete the plan {name}?"),
            "A plan with open subscriptions stays; ended subscriptions go with it.",
            "Delete the plan",
            format!("{back}/delete"),
        )
    } else {
        (
            format!("Retire the plan {name}?"),
            "It authorises nothing any more: calls under it are refused within a second.",
            "Retire the plan",
            format!("{back}/retire"),
        )
    };
    let fields = if delete || open == 0 {
        Vec::new()
    } else {
        vec![
            Field::new(Kind::Checkbox, "cancel", "End its open subscriptions too")
                .hint("Their owners are told. Without it, open subscriptions keep the plan from being retired."),
        ]
    };
    Ok(ConfirmPage {
        layout: admin.layout(&question, Some(Screen::Products)),
        head: Threshold::new(&question)
            .below("Products and plans", "/products")
            .below(
                whole.product.name.as_str(),
                format!("/products/{}", plan.product_id),
            )
            .below(&name, &back),
        confirm: Confirm {
            id: "end".to_owned(),
            question,
            consequence: consequence.to_owned(),
            impact: vec![("open subscriptions".to_owned(), say::count(&open))],
            fields,
            typed_name: delete.then(|| name.clone()),
            error,
            action: path,
            keep: "Keep the plan".to_owned(),
            act: act.to_owned(),
            version: Some(plan.version),
            back,
        },
        api_call: Some(if delete {
            admin.api_call("DELETE", format!("/api/v1/plans/{id}"), None)
        } else {
            admin.api_call("POST", format!("/api/v1/plans/{id}/retire"), None)
        }),
    })
}
