//! The customer's code, the links that carry it, and the friends who came by them.

use chrono::{DateTime, Utc};
use perennial_domain::{
    codes::ReferralCode,
    referrals::{SharingTarget, Target},
    settings::MerchantSettings,
};
use perennial_engine::{
    Engine, Error,
    referrals::{ReferralCodeView, ReferralFriend, ReferralSummary},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::super::referrals::{allowed, link};
use crate::api::{
    ApiState,
    auth::Me,
    call::{Answer, found},
    json::OptionalJson,
    params::{Paging, Params},
    schema::ListOf,
};

/// The routes of this noun.
pub fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(read, share)).routes(routes!(friends))
}

/// The code of the customer, ready to share.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MyReferralCode)]
struct Code {
    /// The code, without the hyphen that people see.
    code: ReferralCode,
    /// The code in two groups, for people.
    shown: String,
    /// The whole link: to the page where people join, or to what was asked for.
    link: String,
    /// What else there is to share, each with its link.
    targets: Vec<Share>,
    /// The sites that a link may lead to: any page of them.
    allowed_origins: Vec<String>,
    /// How far the friends have come.
    friends: ReferralSummary,
    /// Since when the code brings nobody, because the customer was banned.
    disabled_at: Option<DateTime<Utc>>,
}

/// Something to share.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MyShare)]
struct Share {
    /// What it is called.
    name: String,
    /// Where it is.
    url: String,
    /// The link that leads there and carries the code.
    link: String,
}

impl Code {
    fn new(
        engine: &Engine,
        settings: &MerchantSettings,
        code: ReferralCodeView,
        friends: ReferralSummary,
        to: Option<&Target>,
    ) -> Self {
        let share = |target: &SharingTarget| Share {
            name: target.name.to_string(),
            url: target.url.as_str().to_owned(),
            link: link(engine, &code.code, Some(&target.url)),
        };
        Self {
            shown: code.code.grouped(),
            link: link(engine, &code.code, to),
            targets: settings.referrals.targets.iter().map(share).collect(),
            allowed_origins: settings.link_sites().into_iter().map(str::to_owned).collect(),
            friends,
            disabled_at: code.disabled_at,
            code: code.code,
        }
    }
}

/// Read my referral code
///
/// It is made when it is asked for first, and stays the same.
#[utoipa::path(
    get, path = "/me/referral-code", operation_id = "read_my_referral_code", tag = "Client apps",
    responses(
        (status = 200, description = "The code and its links.", body = Code),
        (status = 409, description = "The program has no referrals (`referrals_disabled`)."),
    ),
)]
async fn read(me: Me) -> Answer {
    found(code(&me, None).await)
}

/// What is to be shared.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = MyNewReferralLink)]
struct ShareInput {
    /// Where the link leads: an address within the allowed origins, such as that of a product. To the page where people join
    /// unless given.
    #[serde(default)]
    to: Option<String>,
}

/// Make a link with my referral code
///
/// To a product, a plan or any other page of the allowed sites.
#[utoipa::path(
    post, path = "/me/referral-code", operation_id = "create_my_referral_link", tag = "Client apps",
    request_body = ShareInput,
    responses(
        (status = 200, description = "The code, with that link.", body = Code),
        (status = 409, description = "The program has no referrals (`referrals_disabled`)."),
    ),
)]
async fn share(me: Me, input: OptionalJson<ShareInput>) -> Answer {
    found(code(&me, input.value.to.as_deref()).await)
}

async fn code(me: &Me, to: Option<&str>) -> Result<Code, Error> {
    let (engine, cx) = (me.engine(), &me.call.cx);
    let snapshot = engine.snapshot(cx).await?;
    let settings = &snapshot.settings;
    let to = to.map(|to| allowed(to, settings)).transpose()?;
    let code = engine.referral_code_of(cx, me.id).await?;
    let friends = engine.referral_summary(cx, me.id).await?;
    Ok(Code::new(engine, settings, code, friends, to.as_ref()))
}

/// List the friends whom I have brought
///
/// Newest first, with how far each has come.
#[utoipa::path(
    get, path = "/me/referrals", operation_id = "list_my_referrals", tag = "Client apps", params(Paging),
    responses((status = 200, description = "A page of friends.", body = ListOf<ReferralFriend>)),
)]
async fn friends(me: Me, Params(page): Params<Paging>) -> Answer {
    found(me.engine().referral_friends(&me.call.cx, me.id, &page.request()?).await)
}
