//! `/products/{id}/plans/new` and `/plans/{id}`: the terms of a plan.

use axum::extract::Path;
use domain::access::Permission;
use domain::api::{Approval, PlanState};
use domain::id::{PlanId, ProductId};
use domain::limit::{Period, Quota, RateLimit, Window};
use operations::plans::{self, Input};
use operations::products;
use serde_json::json;
use store::plans::Plan;

use super::product_form::refused;
use super::questions;
use crate::admin::{Admin, show_form};
use crate::answer::{Answer, done};
use crate::form::{Form, id};
use crate::layout::Screen;
use crate::parts::{Choice, FormPage, FormSection, Kind, Threshold};
use crate::say;

/// The empty form.
pub(crate) async fn new(admin: Admin, Path(product): Path<String>) -> Answer {
    let form = Form::of([
        ("approval", Approval::Instant.to_string()),
        ("review_hours", REVIEW_HOURS.to_string()),
        ("quota_period", Period::Month.to_string()),
    ]);
    page(&admin, id(&product)?, None, &form).await
}

/// Makes a plan.
pub(crate) async fn create(admin: Admin, Path(product): Path<String>, mut form: Form) -> Answer {
    let product: ProductId = id(&product)?;
    let made = match input(&mut form) {
        Ok(input) => plans::create(&admin.platform, &admin.actor, product, &input).await,
        Err(error) => Err(error),
    };
    match made {
        Ok(plan) => done("/products", &format!("Made the plan {}", plan.name)),
        Err(error) => page(&admin, product, None, &form.refused(error)?).await,
    }
}

/// The form of a plan that is there.
pub(crate) async fn edit(admin: Admin, Path(plan): Path<String>) -> Answer {
    let plan = plans::find(&admin.platform, &admin.actor, id(&plan)?).await?;
    page(&admin, plan.product_id, Some(&plan), &form_of(&plan)).await
}

/// Changes its terms.
pub(crate) async fn save(admin: Admin, Path(plan): Path<String>, mut form: Form) -> Answer {
    let plan: PlanId = id(&plan)?;
    let version = form.version();
    let saved = match input(&mut form) {
        Ok(input) => plans::update(&admin.platform, &admin.actor, plan, version, &input).await,
        Err(error) => Err(error),
    };
    match saved {
        Ok(plan) => done(
            "/products",
            &format!("Saved the plan {}; its limits hold at once", plan.name),
        ),
        Err(error) => {
            let form = form.refused(error)?;
            let now = plans::find(&admin.platform, &admin.actor, plan).await?;
            let form = form.compared_with(&form_of(&now));
            page(&admin, now.product_id, Some(&now), &form).await
        }
    }
}

/// Opens it to new subscriptions, or closes it to them.
pub(crate) async fn set_open(admin: Admin, Path(plan): Path<String>, form: Form) -> Answer {
    let plan: PlanId = id(&plan)?;
    let state = form.parse("state").unwrap_or(PlanState::Active);
    let version = form.version();
    match plans::set_open(&admin.platform, &admin.actor, plan, version, state).await {
        Ok(plan) if plan.state == PlanState::Active => done(
            &format!("/plans/{}", plan.id),
            "The plan takes new subscriptions",
        ),
        Ok(plan) => done(
            &format!("/plans/{}", plan.id),
            "The plan takes no new subscriptions; the old ones go on",
        ),
        Err(error) => refused(&format!("/plans/{plan}"), error),
    }
}

/// What an instant plan would begin with, were it reviewed.
const REVIEW_HOURS: i64 = 24;

fn promised(plan: &Plan) -> i64 {
    match plan.review_hours {
        0 => REVIEW_HOURS,
        hours => hours,
    }
}

fn form_of(plan: &Plan) -> Form {
    let mut form = Form::of([
        ("name", plan.name.to_string()),
        ("slug", plan.slug.to_string()),
        ("summary", plan.summary.clone()),
        ("price", plan.price.clone()),
        ("approval", plan.approval.to_string()),
        ("review_hours", promised(plan).to_string()),
        ("terms", plan.terms.clone()),
        ("version", plan.version.to_string()),
    ]);
    for limit in &plan.rate_limits.0 {
        form.set(
            &format!("rate_{}", limit.window),
            limit.requests.to_string(),
        );
    }
    if let Some(scopes) = &plan.scopes {
        form.set("scopes", scopes.0.join(" "));
    }
    match &plan.quota {
        Some(quota) => {
            form.set("quota", quota.0.requests.to_string());
            form.set("quota_period", quota.0.period.to_string());
        }
        None => form.set("quota_period", Period::Month.to_string()),
    }
    questions::fill(&mut form, &plan.questions.0);
    form
}

fn input(form: &mut Form) -> Result<Input, operations::Error> {
    let mut rate_limits = Vec::new();
    for window in Window::ALL {
        let name = format!("rate_{window}");
        if form.some(&name).is_none() {
            continue;
        }
        let requests = u64::try_from(form.whole(&name)).unwrap_or(0);
        let limit = RateLimit {
            requests,
            window: *window,
        };
        if let Err(error) = limit.check() {
            form.refuse(&name, error.to_string());
        }
        rate_limits.push(limit);
    }
    let quota = form.some("quota").map(|_| Quota {
        requests: u64::try_from(form.whole("quota")).unwrap_or(0),
        period: form.parse("quota_period").unwrap_or(Period::Month),
    });
    let review_hours = form.whole("review_hours");
    form.check()?;
    Ok(Input {
        name: form.text("name"),
        slug: form.text("slug"),
        summary: form.text("summary"),
        approval: form.parse("approval").unwrap_or(Approval::Reviewed),
        review_hours,
        price: form.text("price"),
        rate_limits,
        quota,
        scopes: form
            .some("scopes")
            .map(|scopes| scopes.split_whitespace().map(str::to_owned).collect()),
        questions: questions::read(form),
        terms: form.text("terms"),
    })
}

async fn page(admin: &Admin, product: ProductId, plan: Option<&Plan>, form: &Form) -> Answer {
    let whole = products::find(&admin.platform, &admin.actor, product).await?;
    let mut sections = sections(form);
    if let Some(plan) = plan {
        sections.push(FormSection {
            title: "State".to_owned(),
            lede: format!(
                "{} on it.",
                say::many(
                    &whole.open_of(plan),
                    "open subscription is",
                    "open subscriptions are"
                )
            ),
            fields: Vec::new(),
            more: state_links(admin, plan),
        });
    }
    let title = plan.map_or_else(|| "New plan".to_owned(), |plan| plan.name.to_string());
    let mut head = Threshold::new(&title)
        .below("Products and plans", "/products")
        .below(whole.product.name.as_str(), format!("/products/{product}"));
    if let Some(plan) = plan {
        head = head.state(say::plan(&plan.state));
    }
    let mut copy = form.clone();
    let body = input(&mut copy).ok().map(|input| body(&input));
    let (action, call) = match plan {
        Some(plan) => (
            format!("/plans/{}", plan.id),
            admin.api_call("PUT", format!("/api/v1/plans/{}", plan.id), body),
        ),
        None => (
            format!("/products/{product}/plans/new"),
            admin.api_call("POST", format!("/api/v1/products/{product}/plans"), body),
        ),
    };
    let page = FormPage {
        layout: admin.layout(title, Some(Screen::Products)),
        head,
        notice: form.head(&FormPage::fields(&sections)),
        action,
        hidden: vec![
            ("version", form.version().to_string()),
            // The spare rows of this page count as rows of the next.
            ("questions", questions::rows(form).to_string()),
        ],
        sections,
        submit: if plan.is_some() {
            "Save the plan"
        } else {
            "Make the plan"
        }
        .to_owned(),
        cancel: "/products".to_owned(),
        api_call: Some(call),
        after: plan.map(state_forms).unwrap_or_default(),
        tabs: Vec::new(),
    };
    show_form(form.came_back(), &page)
}

fn body(input: &Input) -> serde_json::Value {
    json!({
        "name": input.name, "slug": input.slug, "summary": input.summary, "approval": input.approval,
        "review_hours": input.review_hours, "price": input.price, "rate_limits": input.rate_limits,
        "quota": input.quota, "scopes": input.scopes, "terms": input.terms,
        "questions": input.questions.iter().map(|question| json!({
            "name": question.name, "label": question.label, "kind": question.kind, "required": question.required,
        })).collect::<Vec<_>>(),
    })
}

fn sections(form: &Form) -> Vec<FormSection> {
    let shown = vec![
        form.field(Kind::Text, "name", "Name"),
        form.field(Kind::Text, "price", "Price, in words")
            .optional()
            .hint("Empty reads as free. Gatehouse counts calls; it takes no payments."),
        form.field(Kind::Area(2), "summary", "In a sentence")
            .optional(),
        form.field(Kind::Text, "slug", "Name in addresses and headers")
            .mono()
            .optional()
            .hint("Made from the name when empty."),
    ];
    let rates = Window::ALL
        .iter()
        .map(|window| {
            form.field(
                Kind::Number,
                &format!("rate_{window}"),
                &format!("Calls in each {window}"),
            )
            .affix(format!("{} {window}", say::article(window.as_str())))
            .optional()
        })
        .collect();
    let periods = Period::ALL
        .iter()
        .map(|period| Choice::new(period.as_str(), format!("{period}, UTC")))
        .collect();
    let quota = vec![
        form.field(Kind::Number, "quota", "Calls")
            .optional()
            .hint("When it is used up, calls are refused with 429 until the next period."),
        form.field(Kind::Select(periods), "quota_period", "In each"),
    ];
    let approvals = vec![
        Choice::new(Approval::Instant.as_str(), "At once"),
        Choice::new(Approval::Reviewed.as_str(), "After a review")
            .hint("It waits in Approvals until somebody says yes."),
    ];
    let start = vec![
        form.field(Kind::Radio(approvals), "approval", "A subscription starts"),
        form.field(Kind::Number, "review_hours", "Promised within")
            .affix("hours")
            .hint("Shown to whoever waits; only for reviewed plans."),
        form.field(Kind::Text, "scopes", "Scopes of access tokens")
            .mono()
            .optional()
            .hint("With blanks between. Empty allows all of them; a token never opens more than its plan."),
    ];
    let terms = vec![
        form.field(Kind::Area(5), "terms", "Terms to accept")
            .optional()
            .hint("Markdown."),
    ];
    vec![
        FormSection::new("Shown as", "", shown),
        FormSection::new(
            "Rate limits",
            "Short-term protection, counted for each subscription. Leave out what is not limited.",
            rates,
        ),
        FormSection::new(
            "Quota",
            "A budget for each calendar period; developers see what is left of it.",
            quota,
        ),
        FormSection::new("Start", "", start),
        FormSection::new(
            "Questions",
            "What a developer answers when asking for it. Empty rows are left out.",
            questions::fields(form),
        ),
        FormSection::new("Terms", "", terms),
    ]
}

fn state_links(admin: &Admin, plan: &Plan) -> String {
    if !admin.may(Permission::CatalogWrite) {
        return String::new();
    }
    let id = plan.id;
    let toggle = match plan.state {
        PlanState::Active => "Close it to new subscriptions",
        _ => "Open it to new subscriptions",
    };
    let mut out = format!(
        "<div class=\"row\"><button class=\"button\" data-size=\"small\" type=\"submit\" form=\"state\">{toggle}</button>"
    );
    if plan.state != PlanState::Retired {
        out.push_str(&format!(
            "<a class=\"button\" data-size=\"small\" data-kind=\"danger\" href=\"/plans/{id}/retire\">Retire</a>"
        ));
    }
    out.push_str(&format!(
        "<a class=\"button\" data-size=\"small\" data-kind=\"danger\" href=\"/plans/{id}/delete\">Delete</a></div>"
    ));
    out
}

fn state_forms(plan: &Plan) -> String {
    let next = match plan.state {
        PlanState::Active => PlanState::Deprecated,
        _ => PlanState::Active,
    };
    format!(
        "<form id=\"state\" method=\"post\" action=\"/plans/{}/state\"><input type=\"hidden\" name=\"version\" value=\"{}\">\
         <input type=\"hidden\" name=\"state\" value=\"{next}\"></form>",
        plan.id, plan.version
    )
}
