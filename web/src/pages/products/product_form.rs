//! `/products/-/new` and `/products/{id}`: what a product is called, who sees it, and what it holds.

use axum::extract::Path;
use domain::access::Permission;
use domain::api::{ProductState, Visibility};
use domain::id::{ApiVersionId, ProductId};
use operations::products::{self, Input, Whole};
use operations::versions;
use serde_json::json;

use crate::admin::{Admin, show_form};
use crate::answer::{Answer, Fault, done, not_done};
use crate::form::{Form, id};
use crate::layout::Screen;
use crate::parts::{Choice, FormPage, FormSection, Kind, Threshold};
use crate::say;

/// The empty form.
pub(crate) async fn new(admin: Admin) -> Answer {
    let form = Form::of([("visibility", Visibility::Public.to_string())]);
    new_page(&admin, &form).await
}

/// The form of a new product, which may hold an API from the beginning.
async fn new_page(admin: &Admin, form: &Form) -> Answer {
    let all = versions::all(&admin.platform, &admin.actor).await?;
    let mut choices = vec![Choice::new("", "none yet")];
    choices.extend(all.iter().map(|version| {
        Choice::new(
            version.id.to_string(),
            format!("{} {}", version.api_name, version.label),
        )
    }));
    page(admin, None, choices, form)
}

/// Makes a product.
pub(crate) async fn create(admin: Admin, form: Form) -> Answer {
    match products::create(&admin.platform, &admin.actor, &input(&form)).await {
        Ok(product) => {
            if let Some(version) = form.some("api_version") {
                let version = id(&version)?;
                products::add_item(&admin.platform, &admin.actor, product.id, version).await?;
            }
            done(
                &format!("/products/{}", product.id),
                &format!(
                    "Made the product {}. Make its plans, then put it on offer",
                    product.name
                ),
            )
        }
        Err(error) => new_page(&admin, &form.refused(error)?).await,
    }
}

/// The form of a product that is there.
pub(crate) async fn edit(admin: Admin, Path(product): Path<String>) -> Answer {
    let (whole, form) = load(&admin, &product).await?;
    let whole = with_choices(&admin, whole).await?;
    page(&admin, Some(&whole), Vec::new(), &form)
}

/// Changes it.
pub(crate) async fn save(admin: Admin, Path(product): Path<String>, form: Form) -> Answer {
    let product: ProductId = id(&product)?;
    let input = input(&form);
    let saved = products::update(
        &admin.platform,
        &admin.actor,
        product,
        form.version(),
        &input,
    );
    match saved.await {
        Ok(product) => done("/products", &format!("Saved the product {}", product.name)),
        Err(error) => {
            let form = form.refused(error)?;
            let (whole, now) = load(&admin, &product.to_string()).await?;
            let whole = with_choices(&admin, whole).await?;
            page(&admin, Some(&whole), Vec::new(), &form.compared_with(&now))
        }
    }
}

/// Puts an API version into it.
pub(crate) async fn add_item(admin: Admin, Path(product): Path<String>, form: Form) -> Answer {
    let product: ProductId = id(&product)?;
    let version: ApiVersionId = id(form.get("api_version"))?;
    let back = format!("/products/{product}");
    match products::add_item(&admin.platform, &admin.actor, product, version).await {
        Ok(()) => done(&back, "The API is in the product now"),
        Err(error) => refused(&back, error),
    }
}

/// Takes an API version out of it.
pub(crate) async fn remove_item(
    admin: Admin,
    Path((product, version)): Path<(String, String)>,
) -> Answer {
    let (product, version): (ProductId, ApiVersionId) = (id(&product)?, id(&version)?);
    let back = format!("/products/{product}");
    match products::remove_item(&admin.platform, &admin.actor, product, version).await {
        Ok(()) => done(&back, "The API is not in the product any more"),
        Err(error) => refused(&back, error),
    }
}

/// Puts it on the shelf.
pub(crate) async fn publish(admin: Admin, Path(product): Path<String>, form: Form) -> Answer {
    let product: ProductId = id(&product)?;
    let published = products::publish(&admin.platform, &admin.actor, product, form.version()).await;
    match published {
        Ok(product) => done("/products", &format!("{} is on offer now", product.name)),
        Err(error) => refused(&format!("/products/{product}"), error),
    }
}

/// Back to a page, with the reason why something was not done.
pub(crate) fn refused(back: &str, error: operations::Error) -> Answer {
    use operations::Error;
    match error {
        error @ (Error::InUse(_)
        | Error::WrongState(_)
        | Error::Invalid(_)
        | Error::Conflict { .. }) => not_done(
            back,
            crate::answer::sentence(&error.to_string()).trim_end_matches('.'),
        ),
        error => Err(error.into()),
    }
}

async fn load(admin: &Admin, product: &str) -> Result<(Whole, Form), Fault> {
    let whole = products::find(&admin.platform, &admin.actor, id(product)?).await?;
    let form = Form::of([
        ("name", whole.product.name.to_string()),
        ("slug", whole.product.slug.to_string()),
        ("summary", whole.product.summary.clone()),
        ("visibility", whole.product.visibility.to_string()),
        ("version", whole.product.version.to_string()),
    ]);
    Ok((whole, form))
}

/// A product and the versions that could go into it.
struct WithChoices {
    whole: Whole,
    choices: Vec<Choice>,
}

async fn with_choices(admin: &Admin, whole: Whole) -> Result<WithChoices, Fault> {
    let all = versions::all(&admin.platform, &admin.actor).await?;
    let choices = all
        .iter()
        .filter(|version| {
            !whole
                .items
                .iter()
                .any(|item| item.api_version_id == version.id)
        })
        .map(|version| {
            Choice::new(
                version.id.to_string(),
                format!("{} {}", version.api_name, version.label),
            )
        })
        .collect();
    Ok(WithChoices { whole, choices })
}

fn input(form: &Form) -> Input {
    Input {
        name: form.text("name"),
        slug: form.text("slug"),
        summary: form.text("summary"),
        visibility: form.parse("visibility").unwrap_or(Visibility::Hidden),
    }
}

fn page(admin: &Admin, product: Option<&WithChoices>, holds: Vec<Choice>, form: &Form) -> Answer {
    let visibilities = Visibility::ALL
        .iter()
        .map(|visibility| {
            let label = match visibility {
                Visibility::Public => "Everybody",
                Visibility::Registered => "Whoever is signed in",
                Visibility::Hidden => "Nobody outside the platform team",
            };
            Choice::new(visibility.as_str(), label)
        })
        .collect();
    let fields = vec![
        form.field(Kind::Text, "name", "Name")
            .hint("Developers see it beside its plans."),
        form.field(Kind::Text, "slug", "Name in addresses")
            .mono()
            .optional()
            .hint("Made from the name when empty."),
        form.field(Kind::Area(2), "summary", "In a sentence")
            .optional(),
        form.field(Kind::Radio(visibilities), "visibility", "Who sees it"),
    ];
    let mut sections = vec![FormSection::new("Shown as", "", fields)];
    if product.is_none() {
        let holds = form
            .field(Kind::Select(holds), "api_version", "API")
            .hint("More can be put in later.");
        sections.push(FormSection::new("Holds", "", vec![holds]));
    }
    let (title, action, call, submit) = match product {
        Some(with) => {
            let product = &with.whole.product;
            (
                product.name.to_string(),
                format!("/products/{}", product.id),
                admin.api_call(
                    "PUT",
                    format!("/api/v1/products/{}", product.id),
                    Some(body(form)),
                ),
                "Save the product",
            )
        }
        None => (
            "New product".to_owned(),
            "/products/-/new".to_owned(),
            admin.api_call("POST", "/api/v1/products", Some(body(form))),
            "Make the product",
        ),
    };
    let mut head = Threshold::new(&title).below("Products and plans", "/products");
    if let Some(with) = product {
        head = head.state(say::product(&with.whole.product.state));
    }
    if let Some(with) = product {
        sections.push(FormSection {
            title: "Plans and state".to_owned(),
            lede: String::new(),
            fields: Vec::new(),
            more: state_links(admin, &with.whole),
        });
    }
    let page = FormPage {
        layout: admin.layout(title, Some(Screen::Products)),
        head,
        notice: form.head(&FormPage::fields(&sections)),
        action,
        hidden: vec![("version", form.version().to_string())],
        sections,
        submit: submit.to_owned(),
        cancel: "/products".to_owned(),
        api_call: Some(call),
        after: product.map(|with| items(admin, with)).unwrap_or_default(),
        tabs: Vec::new(),
    };
    show_form(form.came_back(), &page)
}

fn body(form: &Form) -> serde_json::Value {
    json!({
        "name": form.text("name"), "slug": form.text("slug"),
        "summary": form.text("summary"), "visibility": form.get("visibility"),
    })
}

#[derive(askama::Template)]
#[template(path = "pages/product_items.html")]
struct Items<'a> {
    whole: &'a Whole,
    choices: &'a [Choice],
    may_write: bool,
}

fn items(admin: &Admin, with: &WithChoices) -> String {
    askama::Template::render(&Items {
        whole: &with.whole,
        choices: &with.choices,
        may_write: admin.may(Permission::CatalogWrite),
    })
    .expect("writing into a String cannot fail")
}

/// Links to what changes the product's state: forms cannot stand inside the form.
fn state_links(admin: &Admin, whole: &Whole) -> String {
    if !admin.may(Permission::CatalogWrite) {
        return String::new();
    }
    let id = whole.product.id;
    let mut out = format!(
        "<div class=\"row\"><a class=\"button\" data-size=\"small\" href=\"/products/{id}/plans/new\">New plan</a>"
    );
    if whole.product.state == ProductState::Published {
        out.push_str(&format!(
            "<a class=\"button\" data-size=\"small\" data-kind=\"danger\" href=\"/products/{id}/retire\">Take it off the shelf</a>"
        ));
    } else {
        out.push_str("<button class=\"button\" data-size=\"small\" type=\"submit\" form=\"publish\">Put it on offer</button>");
    }
    out.push_str(&format!(
        "<a class=\"button\" data-size=\"small\" data-kind=\"danger\" href=\"/products/{id}/delete\">Delete</a></div>"
    ));
    out
}
