//! `/products/{id}/retire` and `/products/{id}/delete`: the ends of a product, with what they break.

use axum::extract::Path;
use axum::http::StatusCode;
use domain::id::ProductId;
use operations::products;

use crate::admin::{Admin, show};
use crate::answer::{self, Answer, Fault, done, sentence};
use crate::form::{Form, id};
use crate::layout::Screen;
use crate::parts::{Confirm, ConfirmPage, Threshold};
use crate::say;

/// Asks before a product goes off the shelf.
pub(crate) async fn ask_retire(admin: Admin, Path(product): Path<String>) -> Answer {
    show(&page(&admin, id(&product)?, false, None).await?)
}

/// Takes it off the shelf.
pub(crate) async fn retire(admin: Admin, Path(product): Path<String>, form: Form) -> Answer {
    let product: ProductId = id(&product)?;
    match products::retire(&admin.platform, &admin.actor, product, form.version()).await {
        Ok(product) => done(
            "/products",
            &format!(
                "{} is off the shelf; what is subscribed goes on",
                product.name
            ),
        ),
        Err(error) => again(page(&admin, product, false, Some(error)).await?),
    }
}

/// Asks before a product is deleted.
pub(crate) async fn ask_delete(admin: Admin, Path(product): Path<String>) -> Answer {
    show(&page(&admin, id(&product)?, true, None).await?)
}

/// Deletes it, when its name was typed.
pub(crate) async fn delete(admin: Admin, Path(product): Path<String>, form: Form) -> Answer {
    let product: ProductId = id(&product)?;
    let whole = products::find(&admin.platform, &admin.actor, product).await?;
    if let Err(error) = typed(&form, whole.product.name.as_str()) {
        return again(page(&admin, product, true, Some(error)).await?);
    }
    match products::delete(&admin.platform, &admin.actor, product, form.version()).await {
        Ok(()) => done(
            "/products",
            &format!("Deleted the product {}", whole.product.name),
        ),
        Err(error) => again(page(&admin, product, true, Some(error)).await?),
    }
}

/// Refuses when the name was not typed.
pub(crate) fn typed(form: &Form, name: &str) -> Result<(), operations::Error> {
    if form.text("confirm") == name {
        Ok(())
    } else {
        Err(operations::Error::invalid(
            "confirm",
            format!("does not say {name}"),
        ))
    }
}

/// The words of an error beside the typed name or above the buttons.
pub(crate) fn reason(error: &operations::Error) -> String {
    match error {
        operations::Error::Invalid(flaws) if flaws.iter().any(|flaw| flaw.field == "confirm") => {
            "Type the name exactly as it stands there.".to_owned()
        }
        error => sentence(&faces::problem::tell(error)),
    }
}

/// The page again, with what stands in the way.
pub(crate) fn again(page: ConfirmPage) -> Answer {
    Ok(answer::page(StatusCode::UNPROCESSABLE_ENTITY, &page))
}

/// Lets only those errors come back with the page that the page can tell of.
pub(crate) fn telling(error: Option<operations::Error>) -> Result<Option<String>, Fault> {
    use operations::Error;
    match error {
        None => Ok(None),
        Some(
            error @ (Error::Invalid(_)
            | Error::InUse(_)
            | Error::WrongState(_)
            | Error::Conflict { .. }),
        ) => Ok(Some(reason(&error))),
        Some(error) => Err(error.into()),
    }
}

async fn page(
    admin: &Admin,
    product: ProductId,
    delete: bool,
    error: Option<operations::Error>,
) -> Result<ConfirmPage, Fault> {
    let error = telling(error)?;
    let whole = products::find(&admin.platform, &admin.actor, product).await?;
    let open: i64 = whole.open.iter().map(|count| count.open).sum();
    let (name, back) = (
        whole.product.name.to_string(),
        format!("/products/{product}"),
    );
    let (question, consequence, act, path) = if delete {
        (
            format!("Delete {name}?"),
            "Its plans go with it. A product that somebody is or was subscribed to stays.",
            "Delete the product",
            format!("{back}/delete"),
        )
    } else {
        (
            format!("Take {name} off the shelf?"),
            "Nobody can subscribe to it any more. What is subscribed goes on.",
            "Take it off the shelf",
            format!("{back}/retire"),
        )
    };
    Ok(ConfirmPage {
        layout: admin.layout(&question, Some(Screen::Products)),
        head: Threshold::new(&question)
            .below("Products and plans", "/products")
            .below(&name, &back),
        confirm: Confirm {
            id: "end".to_owned(),
            question,
            consequence: consequence.to_owned(),
            impact: vec![
                ("open subscriptions".to_owned(), say::count(&open)),
                ("plans".to_owned(), whole.plans.len().to_string()),
            ],
            fields: Vec::new(),
            typed_name: delete.then(|| name.clone()),
            error,
            action: path.clone(),
            keep: "Keep it as it is".to_owned(),
            act: act.to_owned(),
            version: Some(whole.product.version),
            back,
        },
        api_call: Some(if delete {
            admin.api_call("DELETE", format!("/api/v1/products/{product}"), None)
        } else {
            admin.api_call("POST", format!("/api/v1/products/{product}/retire"), None)
        }),
    })
}
