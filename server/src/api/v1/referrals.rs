//! `/referral-codes` and `/referrals`: who recommends the program, who came by that, and what becomes of it.

use perennial_domain::{
    access::Action,
    codes::ReferralCode,
    customer::CustomerInput,
    error::FieldError,
    ids::CustomerId,
    referrals::{ReferralState, Review, Target, link_path},
    settings::MerchantSettings,
};
use perennial_engine::{
    Engine, Error,
    customers::CustomerPath,
    referrals::{ReferralCodeView, ReferralFilter, ReferralView},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::api::{
    ApiState,
    auth::{Bare, Once},
    call::{Answer, Call, found},
    json::Json,
    params::{Id, Paging, Params},
    schema::ListOf,
};

/// The routes of this noun.
pub fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(create_code))
        .routes(routes!(read_code))
        .routes(routes!(ban))
        .routes(routes!(unban))
        .routes(routes!(list))
        .routes(routes!(read))
        .routes(routes!(approve))
        .routes(routes!(reject))
}

/// Whose code is wanted, and where its link is to lead.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewReferralCode)]
struct CodeInput {
    /// Who recommends: exactly one of the fields.
    #[serde(deserialize_with = "perennial_domain::objects::one")]
    customer: CustomerInput,
    /// Where the link leads: an address within the allowed origins of the program's settings, such as that of a product. To
    /// the page where people join unless given.
    #[serde(default)]
    to: Option<String>,
}

/// A code and its link.
#[derive(Debug, Serialize, ToSchema)]
struct CodeAnswer {
    #[serde(flatten)]
    code: ReferralCodeView,
    /// The code in two groups, for people.
    shown: String,
    /// The whole link, as customers share it.
    link: String,
    /// The link, below the address of this server.
    path: String,
}

impl CodeAnswer {
    fn new(engine: &Engine, code: ReferralCodeView, to: Option<&Target>) -> Self {
        let link = link(engine, &code.code, to);
        Self { shown: code.code.grouped(), link, path: link_path(&code.code, to), code }
    }
}

/// The whole link of a code, by the address under which people reach this server.
pub(super) fn link(engine: &Engine, code: &ReferralCode, to: Option<&Target>) -> String {
    format!("{}{}", engine.config().base_url, link_path(code, to))
}

/// Give a customer a referral code
///
/// Each customer has one: who has one gets it again. A code in a purchase, or a link that somebody signs up by, brings a
/// friend who has not bought anything and has no advocate.
#[utoipa::path(
    post, path = "/referral-codes", operation_id = "create_referral_code", tag = "Referrals", request_body = CodeInput,
    responses(
        (status = 201, description = "The code.", body = CodeAnswer),
        (status = 404, description = "There is no such customer (`customer_not_found`)."),
        (status = 409, description = "The program has no referrals (`referrals_disabled`)."),
    ),
)]
async fn create_code(call: Call, once: Once, input: Json<CodeInput>) -> Answer {
    let Json { value: CodeInput { customer, to }, bytes } = input;
    let snapshot = call.engine().snapshot(&call.cx).await?;
    let home = snapshot.settings.default_country.as_ref();
    let customer = customer.check("/customer", home).map_err(Error::Invalid)?;
    let to = to.map(|to| allowed(&to, &snapshot.settings)).transpose()?;
    call.create(once.with(Action::ReferralsWrite, &bytes), move |engine, txn, cx| {
        Box::pin(async move {
            let code = engine.referral_code_for_in(txn, cx, &customer).await?;
            Ok(CodeAnswer::new(engine, code, to.as_ref()))
        })
    })
    .await
}

/// Where a link may lead.
pub(super) fn allowed(to: &str, settings: &MerchantSettings) -> Result<Target, Error> {
    let wrong =
        |code: &'static str, detail: String| Error::Invalid(vec![FieldError::new("/to", code, detail)]);
    let target = Target::new(to).map_err(|error| wrong(error.code(), format!("An address {error}")))?;
    if settings.links_may_lead_to(&target) {
        Ok(target)
    } else {
        Err(wrong("not_allowed", "Must be on one of the sites that links may lead to".to_owned()))
    }
}

/// Read a referral code
///
/// Whose it is, how often its links were followed, and how many friends it has brought.
#[utoipa::path(
    get, path = "/referral-codes/{code}", operation_id = "read_referral_code", tag = "Referrals",
    params(("code" = String, Path, description = "The code, with or without its hyphen.")),
    responses((status = 200, description = "The code.", body = CodeAnswer)),
)]
async fn read_code(call: Call, Id(code): Id<ReferralCode>) -> Answer {
    let code = call.engine().referral_code_get(&call.cx, &code).await;
    found(code.map(|code| CodeAnswer::new(call.engine(), code, None)))
}

/// Ban an advocate
///
/// The code brings nobody any more, and nothing is given for whom it brought and was not rewarded for.
#[utoipa::path(
    post, path = "/referral-codes/{code}/ban", operation_id = "ban_advocate", tag = "Referrals",
    params(("code" = String, Path, description = "The code, with or without its hyphen.")),
    responses((status = 200, description = "The code.", body = CodeAnswer)),
)]
async fn ban(call: Call, Id(code): Id<ReferralCode>, bare: Bare) -> Answer {
    let advocate = owner(call.engine(), &call, &code).await?;
    call.change(bare.with(Action::ReferralsReview), move |engine, txn, cx| {
        Box::pin(async move {
            let code = engine.referral_ban_in(txn, cx, advocate).await?;
            Ok(CodeAnswer::new(engine, code, None))
        })
    })
    .await
}

/// Let a banned advocate go on
///
/// The code brings friends again. What was rejected stays so.
#[utoipa::path(
    post, path = "/referral-codes/{code}/unban", operation_id = "unban_advocate", tag = "Referrals",
    params(("code" = String, Path, description = "The code, with or without its hyphen.")),
    responses((status = 200, description = "The code.", body = CodeAnswer)),
)]
async fn unban(call: Call, Id(code): Id<ReferralCode>, bare: Bare) -> Answer {
    let advocate = owner(call.engine(), &call, &code).await?;
    call.change(bare.with(Action::ReferralsReview), move |engine, txn, cx| {
        Box::pin(async move {
            let code = engine.referral_unban_in(txn, cx, advocate).await?;
            Ok(CodeAnswer::new(engine, code, None))
        })
    })
    .await
}

async fn owner(engine: &Engine, call: &Call, code: &ReferralCode) -> Result<CustomerId, Error> {
    call.cx.require(perennial_domain::access::Action::ReferralsReview)?;
    engine.referral_code_owner(&call.cx, code).await
}

/// What a list is narrowed to.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListParams {
    /// Only in this state.
    state: Option<ReferralState>,
    /// Only with this review; `waiting` is what somebody has to decide about, what has waited longest first.
    review: Option<Review>,
    /// Only of this advocate.
    advocate: Option<CustomerId>,
    /// Only of this friend.
    friend: Option<CustomerId>,
    /// At most so many rows, 1 to 200; 50 unless given.
    limit: Option<u32>,
    /// The `next` of the page before.
    after: Option<String>,
}

/// List referrals
///
/// Newest first; with `review=waiting`, oldest first, and without those that are over by now.
#[utoipa::path(
    get, path = "/referrals", operation_id = "list_referrals", tag = "Referrals", params(ListParams),
    responses((status = 200, description = "A page of referrals.", body = ListOf<ReferralView>)),
)]
async fn list(call: Call, Params(params): Params<ListParams>) -> Answer {
    let filter = ReferralFilter {
        state: params.state,
        review: params.review,
        advocate: params.advocate,
        friend: params.friend,
    };
    let page = Paging { limit: params.limit, after: params.after }.request()?;
    found(call.engine().referral_list(&call.cx, &filter, &page).await)
}

/// Read a referral
///
/// By the friend, who has one at most.
#[utoipa::path(
    get, path = "/referrals/{friend}", operation_id = "read_referral", tag = "Referrals",
    params(("friend" = String, Path, description = "Id of the friend, or `ext:` and the external id, for which the key also needs `customers:read`.")),
    responses((status = 200, description = "The referral.", body = ReferralView)),
)]
async fn read(call: Call, Id(friend): Id<CustomerPath>) -> Answer {
    let friend = resolve(&call, Action::ReferralsRead, &friend).await?;
    found(call.engine().referral_get(&call.cx, friend).await)
}

/// Approve a referral
///
/// One that somebody has to decide about counts from now on, and what waited for it goes on.
#[utoipa::path(
    post, path = "/referrals/{friend}/approve", operation_id = "approve_referral", tag = "Referrals",
    params(("friend" = String, Path, description = "Id of the friend, or `ext:` and the external id, for which the key also needs `customers:read`.")),
    responses(
        (status = 200, description = "The referral.", body = ReferralView),
        (status = 409, description = "Nobody has to decide about it (`not_waiting`)."),
    ),
)]
async fn approve(call: Call, Id(friend): Id<CustomerPath>, bare: Bare) -> Answer {
    let friend = resolve(&call, Action::ReferralsReview, &friend).await?;
    call.change(bare.with(Action::ReferralsReview), move |engine, txn, cx| {
        Box::pin(engine.referral_approve_in(txn, cx, friend))
    })
    .await
}

/// Reject a referral
///
/// It does not count any more, and nothing is given for it.
#[utoipa::path(
    post, path = "/referrals/{friend}/reject", operation_id = "reject_referral", tag = "Referrals",
    params(("friend" = String, Path, description = "Id of the friend, or `ext:` and the external id, for which the key also needs `customers:read`.")),
    responses(
        (status = 200, description = "The referral.", body = ReferralView),
        (status = 409, description = "It was rewarded, reversed or rejected before (`referral_over`)."),
    ),
)]
async fn reject(call: Call, Id(friend): Id<CustomerPath>, bare: Bare) -> Answer {
    let friend = resolve(&call, Action::ReferralsReview, &friend).await?;
    call.change(bare.with(Action::ReferralsReview), move |engine, txn, cx| {
        Box::pin(engine.referral_reject_in(txn, cx, friend))
    })
    .await
}

/// The friend of the path. Whoever may not read customers has to know the id.
async fn resolve(call: &Call, action: Action, friend: &CustomerPath) -> Result<CustomerId, Error> {
    call.cx.require(action)?;
    match friend {
        CustomerPath::Id(id) => Ok(*id),
        CustomerPath::ExternalId(_) => call.engine().customer_resolve(&call.cx, friend).await,
    }
}
