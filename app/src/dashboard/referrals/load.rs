//! Referrals from the engine, in words.

use super::super::clock;
use super::super::format::{self, plural};
use super::super::load::chosen;
use super::super::session::{self, Staff};
use super::dto::{
    AdvocateRow, CodeRow, CustomerFriends, DayRow, PolicyFields, ReferralRow, ReferralsData, Step,
};
use crate::error::PageError;
use chrono::{DateTime, Utc};
use perennial_domain::access::Action;
use perennial_domain::referrals::{CameBy, ReferralPolicy, ReferralState, Review};
use perennial_domain::settings::MerchantSettings;
use perennial_engine::PageRequest;
use perennial_engine::referrals::{AdvocateFigures, ReferralDay, ReferralFilter, ReferralView};

/// The days of the funnel.
const DAYS: u16 = 30;
/// Referrals to decide about that are shown at once: each is tall.
const WAITING: u32 = 20;

/// The page.
pub async fn page(state: &str, queue: String, after: String) -> Result<ReferralsData, PageError> {
    let Staff { cx, engine } = session::staff().await?;
    let settings = engine.merchant_settings(&cx).await?;
    let now = engine.now(cx.merchant());
    let funnel = engine.referral_funnel(&cx, DAYS).await?;
    let open = ReferralFilter { review: Some(Review::Waiting), ..ReferralFilter::default() };
    let waiting = engine.referral_list(&cx, &open, &PageRequest::new(Some(WAITING), Some(queue))?).await?;
    let filter = ReferralFilter { state: chosen(state, "state")?, ..ReferralFilter::default() };
    let list = engine.referral_list(&cx, &filter, &PageRequest::new(None, Some(after))?).await?;
    let row = |view: ReferralView| row(view, &settings, now);
    Ok(ReferralsData {
        steps: steps(&funnel.days),
        days: days(&funnel.days),
        advocates: funnel.advocates.into_iter().map(advocate).collect(),
        waiting: waiting.data.into_iter().map(row).collect(),
        waiting_next: waiting.next,
        waiting_count: funnel.waiting,
        rows: list.data.into_iter().map(row).collect(),
        next: list.next,
        policy: policy(&settings.referrals),
        may_review: cx.may(Action::ReferralsReview),
        may_edit: cx.may(Action::SettingsWrite),
    })
}

fn counts(day: &ReferralDay) -> [i64; 4] {
    [day.clicks, day.registered, day.qualified, day.rewarded]
}

fn steps(days: &[ReferralDay]) -> Vec<Step> {
    let totals = days.iter().map(counts).fold([0; 4], |sum: [i64; 4], day| {
        std::array::from_fn(|step| sum.get(step).copied().unwrap_or(0) + day.get(step).copied().unwrap_or(0))
    });
    let widest = totals.iter().copied().max().unwrap_or(0).max(1);
    let names = [
        ("Clicked", ""),
        ("Registered", "of clicks"),
        ("Qualified", "of registered"),
        ("Rewarded", "of qualified"),
    ];
    let mut before = 0;
    let step = names.into_iter().zip(totals).map(|((name, of), count)| {
        // Not everybody who registers has clicked: a code is typed, too. Then a part would be more than the whole.
        let share = (!of.is_empty() && before > 0 && count <= before)
            .then(|| format!("{}% {of}", count * 100 / before));
        before = count;
        Step {
            name: name.to_owned(),
            count,
            percent: count * 100 / widest,
            of_before: share.unwrap_or_default(),
        }
    });
    step.collect()
}

fn days(days: &[ReferralDay]) -> Vec<DayRow> {
    let busy = days.iter().rev().filter(|day| counts(day).iter().any(|count| *count > 0));
    busy.map(|day| DayRow { day: format::day(day.day), counts: counts(day) }).collect()
}

fn advocate(figures: AdvocateFigures) -> AdvocateRow {
    AdvocateRow {
        id: figures.customer_id.to_string(),
        name: called(figures.name),
        code: figures.code.grouped(),
        is_banned: figures.is_banned,
        counts: [figures.clicks, figures.registered, figures.qualified, figures.rewarded],
    }
}

fn called(name: Option<String>) -> String {
    name.unwrap_or_else(|| "No name".to_owned())
}

fn row(view: ReferralView, settings: &MerchantSettings, now: DateTime<Utc>) -> ReferralRow {
    let zone = settings.time_zone.tz();
    let moment = |at: DateTime<Utc>| clock::day(at, zone, now);
    let way = match view.came_by {
        CameBy::Link => "by a link",
        CameBy::Purchase => "by a code in a purchase",
        CameBy::Signup => "by a code at the sign-up",
    };
    let mut since = Vec::new();
    if let Some(at) = view.qualified_at {
        since.push(format!("bought {}", moment(at)));
    }
    match (view.state, view.rewarded_at, view.held_until, view.ended_at) {
        (ReferralState::Qualified, _, Some(held), _) if held > now => {
            since.push(format!("held until {}", moment(held)));
        }
        (ReferralState::Rewarded, Some(at), ..) => since.push(format!("rewarded {}", moment(at))),
        (ReferralState::Reversed, _, _, Some(at)) => since.push(format!("returned {}", moment(at))),
        (ReferralState::Rejected, _, _, Some(at)) => since.push(format!("rejected {}", moment(at))),
        _ => {}
    }
    if let Some(name) = &view.reviewed_by {
        since.push(format!("decided by {name}"));
    }
    ReferralRow {
        friend: view.friend_id.to_string(),
        friend_name: called(view.friend_name),
        advocate: view.advocate_id.to_string(),
        advocate_name: called(view.advocate_name),
        advocate_banned: view.advocate_banned,
        state: view.state,
        waits: view.review == Review::Waiting && !view.state.is_final(),
        score: view.score,
        reasons: view.risks.into_iter().map(|risk| risk.text).collect(),
        came: format!("{}, {way}", moment(view.registered_at)),
        since: since.join(", "),
    }
}

fn policy(policy: &ReferralPolicy) -> PolicyFields {
    let origins = policy.allowed_origins.iter().map(|origin| origin.as_str().to_owned());
    let targets = policy.targets.iter().map(|target| format!("{} | {}", target.name, target.url.as_str()));
    PolicyFields {
        enabled: policy.enabled,
        attribution_days: policy.attribution_days.to_string(),
        touch: policy.touch.as_str().to_owned(),
        hold_days: policy.hold_days.to_string(),
        same_person: policy.same_person.as_str().to_owned(),
        max_per_hour: policy.max_per_hour.to_string(),
        max_per_day: policy.max_per_day.to_string(),
        allowed_origins: origins.collect::<Vec<_>>().join("\n"),
        targets: targets.collect::<Vec<_>>().join("\n"),
    }
}

/// By whom a customer came, and a page of the friends.
pub async fn of_customer(id: &str, after: String) -> Result<CustomerFriends, PageError> {
    let Staff { cx, engine } = session::staff().await?;
    let customer = id.parse().map_err(|_| PageError::NotFound)?;
    let settings = engine.merchant_settings(&cx).await?;
    let now = engine.now(cx.merchant());
    let came = ReferralFilter { friend: Some(customer), ..ReferralFilter::default() };
    let came = engine.referral_list(&cx, &came, &PageRequest::default()).await?.data;
    let brought = ReferralFilter { advocate: Some(customer), ..ReferralFilter::default() };
    let brought = engine.referral_list(&cx, &brought, &PageRequest::new(None, Some(after))?).await?;
    let zone = settings.time_zone.tz();
    let code = engine.referral_code_known(&cx, customer).await?.map(|view| CodeRow {
        code: view.code.grouped(),
        brought: format!(
            "Followed {}. {} came by it.",
            plural(view.clicks, "time", "times"),
            plural(view.friends, "friend", "friends"),
        ),
        banned: view.disabled_at.map(|at| clock::day(at, zone, now)).unwrap_or_default(),
    });
    let row = |view: ReferralView| row(view, &settings, now);
    Ok(CustomerFriends {
        code,
        may_review: cx.may(Action::ReferralsReview),
        came: came.into_iter().next().map(row),
        rows: brought.data.into_iter().map(row).collect(),
        next: brought.next,
    })
}
