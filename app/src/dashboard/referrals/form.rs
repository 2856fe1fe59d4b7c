//! What the staff decide about referrals, and the settings of the program.

use super::super::flash::{done, done_at};
use super::super::posted::{Posted, one};
use super::super::reading::{Reading, lines};
use super::PATH;
use crate::state::AppState;
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use perennial_domain::access::Action;
use perennial_domain::codes::Label;
use perennial_domain::error::FieldError;
use perennial_domain::ids::CustomerId;
use perennial_domain::referrals::{
    Origin, ReferralPolicyPatch, SamePerson, SharingTarget, Target, TouchModel,
};
use perennial_domain::settings::MerchantPatch;

/// The buttons beside a referral and an advocate, and the form of the settings. Who was on the page of a customer stays there.
pub async fn submit(State(state): State<AppState>, request: Request) -> Result<Response, Response> {
    let posted = Posted::allowed(state, request, Action::ReferralsRead).await?;
    if posted.text("do") == "policy" {
        return policy(posted).await;
    }
    let Ok(customer) = posted.text("customer").parse::<CustomerId>() else { return Err(posted.missing()) };
    let (engine, cx) = (posted.engine(), &posted.cx);
    let (outcome, word) = match posted.text("do") {
        "approve" => (engine.referral_approve(cx, customer).await.map(drop), "referral-approved"),
        "reject" => (engine.referral_reject(cx, customer).await.map(drop), "referral-rejected"),
        "ban" => (engine.referral_ban(cx, customer).await.map(drop), "advocate-banned"),
        "unban" => (engine.referral_unban(cx, customer).await.map(drop), "advocate-unbanned"),
        _ => return Err(posted.missing()),
    };
    if outcome.is_ok() && posted.text("from") == "customer" {
        let page = format!("/dashboard/customers/{customer}");
        return Ok(done_at(&page, &[("tab", "friends")], word).into_response());
    }
    Ok(posted.finish(outcome, PATH, word).await)
}

async fn policy(posted: Posted) -> Result<Response, Response> {
    let mut reading = Reading::new(&posted);
    let days = |text: &str| text.parse::<u16>().map_err(|_| "Type a number of days");
    let friends = |text: &str| text.parse::<u32>().map_err(|_| "Type a number of friends");
    let attribution_days = reading.required("attribution_days", days);
    let hold_days = reading.required("hold_days", days);
    let touch = reading.required("touch", str::parse::<TouchModel>);
    let same_person = reading.required("same_person", str::parse::<SamePerson>);
    let max_per_hour = reading.required("max_per_hour", friends);
    let max_per_day = reading.required("max_per_day", friends);
    let allowed_origins = reading.required("allowed_origins", |text| lines(text, Origin::new));
    let targets = reading.required("targets", |text| lines(text, target));
    let errors = reading.into_errors();
    if !errors.is_empty() {
        return Ok(posted.again(errors).await);
    }
    let referrals = ReferralPolicyPatch {
        enabled: Some(posted.given("enabled").is_some()),
        attribution_days,
        touch,
        hold_days,
        same_person,
        max_per_hour,
        max_per_day,
        allowed_origins,
        targets,
    };
    let patch = MerchantPatch { referrals: Some(referrals), ..MerchantPatch::default() };
    match posted.engine().merchant_update(&posted.cx, patch).await {
        Ok(_) => Ok(done(PATH, "settings-saved").into_response()),
        Err(perennial_engine::Error::Forbidden(action)) => {
            Ok(posted.again(one("", &format!("You may not {}.", action.text()))).await)
        }
        Err(error) => Ok(posted.refuse(error, policy_field).await),
    }
}

/// `Plan 7 | https://shop.example/plans/7`.
fn target(line: &str) -> Result<SharingTarget, String> {
    let (name, url) = line.split_once('|').ok_or("must be a name, a bar and an address")?;
    Ok(SharingTarget {
        name: Label::new(name).map_err(|error| format!("has a name that {error}"))?,
        url: Target::new(url).map_err(|error| error.to_string())?,
    })
}

/// `/referrals/targets/0/url` is `targets`.
fn policy_field(error: &FieldError) -> String {
    error.pointer.trim_start_matches("/referrals/").split('/').next().unwrap_or_default().to_owned()
}
