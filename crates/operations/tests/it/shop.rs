//! A small platform to try things in: a product with one API version and three plans, an admin and a developer.

use domain::Timestamp;
use domain::actor::Actor;
use domain::api::{Approval, Lifecycle, ProductState, Visibility};
use domain::id::{
    AccountId, ApiId, ApiVersionId, ApplicationId, PlanId, ProductId, SubscriptionId,
};
use domain::limit::{Period, Quota, RateLimit, Window};
use operations::applications;
use operations::plans::{self, AnswerInput, Input, QuestionInput};
use operations::products;
use operations::subscriptions::{self, Request};
use store::api_versions::ApiVersion;
use store::apis::Api;
use store::plans::{Plan, QuestionKind};
use testkit::TestPlatform;

/// What is in the shop.
pub(crate) struct Shop {
    pub(crate) admin: Actor,
    pub(crate) dev: Actor,
    pub(crate) product: ProductId,
    pub(crate) version: ApiVersionId,
    /// Instant, 60 a minute.
    pub(crate) sandbox: Plan,
    /// Reviewed, 100 a month.
    pub(crate) standard: Plan,
    /// Reviewed, with a question and terms.
    pub(crate) partner: Plan,
    pub(crate) application: ApplicationId,
}

impl Shop {
    pub(crate) async fn open(platform: &TestPlatform) -> Self {
        let admin = platform.admin("ines@harbor.example").await;
        let dev = platform.developer("noor@pier.example").await;
        let (product, version) = api(platform, &admin, "payments").await;
        let sandbox = Input {
            rate_limits: vec![per_minute(60)],
            ..input("Sandbox", Approval::Instant)
        };
        let standard = Input {
            quota: Some(Quota {
                requests: 100,
                period: Period::Month,
            }),
            ..input("Standard", Approval::Reviewed)
        };
        let partner = Input {
            questions: vec![QuestionInput {
                name: "use".to_owned(),
                label: "What will you sell?".to_owned(),
                kind: QuestionKind::Text { max_length: 50 },
                required: true,
            }],
            terms: "Be kind.".to_owned(),
            ..input("Partner", Approval::Reviewed)
        };
        let application = application(platform, &dev, "Pier 9").await;
        Self {
            sandbox: plan(platform, &admin, product, &sandbox).await,
            standard: plan(platform, &admin, product, &standard).await,
            partner: plan(platform, &admin, product, &partner).await,
            admin,
            dev,
            product,
            version,
            application,
        }
    }

    /// Asks for a plan without a form.
    pub(crate) async fn ask(&self, platform: &TestPlatform, plan: PlanId) -> SubscriptionId {
        let request = request(self.application, plan);
        let subscription = subscriptions::request(platform, &self.dev, &request).await;
        subscription.unwrap().id
    }
}

pub(crate) fn request(application: ApplicationId, plan: PlanId) -> Request {
    Request {
        application,
        plan,
        answers: Vec::new(),
        accepts_terms: false,
    }
}

pub(crate) fn answer(name: &str, answer: &str) -> AnswerInput {
    AnswerInput {
        name: name.to_owned(),
        answer: answer.to_owned(),
    }
}

pub(crate) fn input(name: &str, approval: Approval) -> Input {
    Input {
        name: name.to_owned(),
        approval,
        ..Input::default()
    }
}

pub(crate) fn per_minute(requests: u64) -> RateLimit {
    RateLimit {
        requests,
        window: Window::Minute,
    }
}

pub(crate) async fn plan(
    platform: &TestPlatform,
    admin: &Actor,
    product: ProductId,
    input: &Input,
) -> Plan {
    plans::create(platform, admin, product, input)
        .await
        .unwrap()
}

pub(crate) async fn application(
    platform: &TestPlatform,
    owner: &Actor,
    name: &str,
) -> ApplicationId {
    let input = applications::Input {
        name: name.to_owned(),
        description: String::new(),
    };
    applications::create(platform, owner, &input)
        .await
        .unwrap()
        .id
}

/// An API with one published version, in its own published product.
pub(crate) async fn api(
    platform: &TestPlatform,
    admin: &Actor,
    slug: &str,
) -> (ProductId, ApiVersionId) {
    let mut work = platform.begin(admin).await.unwrap();
    let api = Api {
        id: platform.new_id::<domain::id::kind::Api>(),
        workspace_id: admin.workspace,
        slug: slug.parse().unwrap(),
        name: slug.parse().unwrap(),
        summary: String::new(),
        description: String::new(),
        visibility: Visibility::Public,
        tags: Vec::new().into(),
        owner_id: AccountId::NIL,
        created_at: work.at(),
        updated_at: work.at(),
        version: 1,
    };
    store::apis::insert(work.conn(), &api).await.unwrap();
    let version = version(platform, api.id, work.at(), slug);
    store::api_versions::insert(work.conn(), &version)
        .await
        .unwrap();
    let state = ProductState::Published;
    let product = products::offer_version(platform, &mut work, &api, version.id, state).await;
    work.commit().await.unwrap();
    (product.unwrap().id, version.id)
}

fn version(platform: &TestPlatform, api: ApiId, at: Timestamp, slug: &str) -> ApiVersion {
    ApiVersion {
        id: platform.new_id(),
        workspace_id: domain::id::DEFAULT_WORKSPACE,
        api_id: api,
        label: "v1".to_owned(),
        lifecycle: Lifecycle::Published,
        upstream_id: None,
        hosts: Vec::new().into(),
        base_path: format!("/{slug}/v1"),
        spec_revision_id: domain::id::SpecRevisionId::NIL,
        successor_id: ApiVersionId::NIL,
        published_at: Some(at),
        deprecated_at: None,
        sunset_at: None,
        retired_at: None,
        created_at: at,
        updated_at: at,
        version: 1,
    }
}
