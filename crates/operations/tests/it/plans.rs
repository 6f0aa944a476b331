//! Products and plans: what cannot be kept, what cannot be deleted, what is in the way.

use domain::api::{Approval, PlanState, ProductState, Visibility};
use domain::limit::{Period, Quota};
use operations::plans::{self, Input};
use operations::{Error, Paging, products, subscriptions as subs};
use testkit::each_platform;

use crate::shop::{Shop, api, input, per_minute, request};

fn complaints(result: Result<store::plans::Plan, Error>) -> Vec<String> {
    match result {
        Err(Error::Invalid(errors)) => errors
            .into_iter()
            .map(|e| format!("{} {}", e.field, e.message))
            .collect(),
        Err(error) => vec![error.to_string()],
        Ok(_) => Vec::new(),
    }
}

#[tokio::test]
async fn limits_that_refuse_everything_are_refused() {
    each_platform(async |p| {
        let shop = Shop::open(&p).await;
        let wrong = Input {
            quota: Some(Quota {
                requests: 0,
                period: Period::Month,
            }),
            rate_limits: vec![per_minute(1), per_minute(0)],
            review_hours: 0,
            ..input("Gold", Approval::Reviewed)
        };
        let result = plans::create(&p, &shop.admin, shop.product, &wrong).await;
        assert_eq!(
            complaints(result),
            [
                "rate_limits/1 of 0 would refuse every call; leave it out for no limit, or retire the plan",
                "rate_limits/1 is the second limit by minute",
                "quota of 0 would refuse every call; leave it out for no limit, or retire the plan",
                "review_hours must lie between 1 and 720",
            ]
        );
        let again = input("Sandbox", Approval::Instant);
        let taken = plans::create(&p, &shop.admin, shop.product, &again);
        assert_eq!(
            complaints(taken.await),
            ["slug `sandbox` is the name of another plan of this product"]
        );
    })
    .await;
}

#[tokio::test]
async fn plans_in_use_are_not_deleted() {
    each_platform(async |p| {
        let shop = Shop::open(&p).await;
        for n in 0..3 {
            let application = crate::shop::application(&p, &shop.dev, &format!("App {n}")).await;
            let ask = request(application, shop.standard.id);
            subs::request(&p, &shop.dev, &ask).await.unwrap();
        }
        let plan = &shop.standard;
        let used = plans::delete(&p, &shop.admin, plan.id, plan.version)
            .await
            .unwrap_err();
        assert_eq!(used.to_string(), "plan `standard` has 3 open subscriptions");
        let product = products::find(&p, &shop.admin, shop.product).await.unwrap();
        assert_eq!(product.open_of(plan), 3);
        let version = product.product.version;
        let used = products::delete(&p, &shop.admin, shop.product, version)
            .await
            .unwrap_err();
        assert_eq!(
            used.to_string(),
            "product `payments` has 3 open subscriptions; retire it instead"
        );
    })
    .await;
}

#[tokio::test]
async fn plans_are_deleted_with_the_subscriptions_that_ended() {
    each_platform(async |p| {
        let shop = Shop::open(&p).await;
        let id = shop.ask(&p, shop.standard.id).await;
        subs::reject(&p, &shop.admin, id, None, "No.")
            .await
            .unwrap();
        let plan = &shop.standard;
        plans::delete(&p, &shop.admin, plan.id, plan.version)
            .await
            .unwrap();
        let gone = subs::find(&p, &shop.dev, id).await;
        assert!(matches!(gone, Err(Error::NotFound { .. })));
    })
    .await;
}

#[tokio::test]
async fn the_second_of_two_editors_is_told() {
    each_platform(async |p| {
        let shop = Shop::open(&p).await;
        let plan = &shop.sandbox;
        let changed = input("Sandbox", Approval::Instant);
        plans::update(&p, &shop.admin, plan.id, plan.version, &changed)
            .await
            .unwrap();
        let late = plans::update(&p, &shop.admin, plan.id, plan.version, &changed).await;
        let Err(Error::Conflict {
            current_version, ..
        }) = late
        else {
            panic!("the second edit was taken");
        };
        assert_eq!(current_version, plan.version + 1);
    })
    .await;
}

#[tokio::test]
async fn plans_keep_the_order_they_are_put_in() {
    each_platform(async |p| {
        let shop = Shop::open(&p).await;
        let order = [shop.partner.id, shop.sandbox.id, shop.standard.id];
        let plans = plans::reorder(&p, &shop.admin, shop.product, &order)
            .await
            .unwrap();
        assert_eq!(plans.iter().map(|p| p.id).collect::<Vec<_>>(), order);
        let some = plans::reorder(&p, &shop.admin, shop.product, &order[1..]).await;
        assert!(some.is_err());
    })
    .await;
}

#[tokio::test]
async fn what_is_not_on_offer_cannot_be_asked_for() {
    each_platform(async |p| {
        let shop = Shop::open(&p).await;
        let plan = plans::set_open(
            &p,
            &shop.admin,
            shop.sandbox.id,
            shop.sandbox.version,
            PlanState::Deprecated,
        )
        .await
        .unwrap();
        let ask = request(shop.application, plan.id);
        let closed = subs::request(&p, &shop.dev, &ask).await.unwrap_err();
        assert!(closed.to_string().contains("is deprecated"), "{closed}");

        let product = products::find(&p, &shop.admin, shop.product)
            .await
            .unwrap()
            .product;
        products::retire(&p, &shop.admin, product.id, product.version)
            .await
            .unwrap();
        let ask = request(shop.application, shop.standard.id);
        let hidden = subs::request(&p, &shop.dev, &ask).await;
        assert!(matches!(hidden, Err(Error::NotFound { what: "plan", .. })));
    })
    .await;
}

#[tokio::test]
async fn each_api_has_a_product_of_its_own() {
    each_platform(async |p| {
        let admin = p.admin("ines@harbor.example").await;
        let bundle = products::Input {
            name: "Labels".to_owned(),
            slug: String::new(),
            summary: String::new(),
            visibility: Visibility::Public,
        };
        let bundle = products::create(&p, &admin, &bundle).await.unwrap();
        assert_eq!(bundle.state, ProductState::Draft);
        let (own, version) = api(&p, &admin, "labels").await;
        let whole = products::find(&p, &admin, own).await.unwrap();
        assert_eq!(whole.product.slug.as_str(), "labels-2");
        assert_eq!(whole.product.state, ProductState::Published);
        assert_eq!(whole.items[0].api_version_id, version);

        products::add_item(&p, &admin, bundle.id, version)
            .await
            .unwrap();
        products::add_item(&p, &admin, bundle.id, version)
            .await
            .unwrap();
        let items = products::find(&p, &admin, bundle.id).await.unwrap().items;
        assert_eq!(items.len(), 1);
        products::remove_item(&p, &admin, bundle.id, version)
            .await
            .unwrap();
        let page = products::list(&p, &admin, None, Some("lab"), &Paging::first(1))
            .await
            .unwrap();
        assert_eq!(page.items.len(), 1);
        let rest = Paging {
            limit: 5,
            after: page.next,
        };
        let rest = products::list(&p, &admin, None, Some("lab"), &rest)
            .await
            .unwrap();
        assert_eq!(rest.items.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn versions_that_are_called_stay_in_their_product() {
    each_platform(async |p| {
        let shop = Shop::open(&p).await;
        shop.ask(&p, shop.sandbox.id).await;
        let used = products::remove_item(&p, &shop.admin, shop.product, shop.version).await;
        assert_eq!(
            used.unwrap_err().to_string(),
            "product `payments` has 1 open subscription that may call payments v1; retire that version first"
        );
    })
    .await;
}

#[tokio::test]
async fn the_shelf_holds_what_can_be_asked_for() {
    each_platform(async |p| {
        let shop = Shop::open(&p).await;
        let visitor = p.visitor();
        let shelves = products::shelves_of(&p, &visitor, shop.version)
            .await
            .unwrap();
        assert_eq!(shelves.len(), 1);
        let names: Vec<_> = shelves[0].plans.iter().map(|p| p.slug.as_str()).collect();
        assert_eq!(names, ["sandbox", "standard", "partner"]);

        let (plan, closed) = (&shop.sandbox, PlanState::Deprecated);
        plans::set_open(&p, &shop.admin, plan.id, plan.version, closed)
            .await
            .unwrap();
        let gone = products::shelf_with(&p, &visitor, plan.id).await;
        assert!(matches!(gone, Err(Error::NotFound { what: "plan", .. })));
        let open = products::shelf_with(&p, &visitor, shop.partner.id)
            .await
            .unwrap();
        assert_eq!(open.plans.len(), 2);

        let product = open.product;
        let hidden = products::Input {
            name: product.name.as_str().to_owned(),
            slug: product.slug.as_str().to_owned(),
            summary: String::new(),
            visibility: Visibility::Registered,
        };
        products::update(&p, &shop.admin, product.id, product.version, &hidden)
            .await
            .unwrap();
        assert!(products::shelf(&p, &visitor, product.id).await.is_err());
        assert!(products::shelf(&p, &shop.dev, product.id).await.is_ok());
    })
    .await;
}
