//! Policies from the engine, in words.

use super::super::clock;
use super::super::csv::{Cell, Csv};
use super::super::list::Listed;
use super::super::load::{StateSearch, chosen, searched};
use super::super::session::{self, Staff};
use super::dto::{AwardRow, AwardTone, Awards, Known, PolicyForm, PolicyRow, State, TrialWords};
use super::fields;
use crate::error::PageError;
use crate::ui::grouped;
use axum::extract::Query;
use axum::response::Response;
use chrono::{DateTime, Utc};
use perennial_domain::access::Action;
use perennial_domain::ids::PolicyId;
use perennial_domain::money::{Amount, Currency, format_amount};
use perennial_domain::policies::{PolicyInput, Template};
use perennial_domain::settings::MerchantSettings;
use perennial_engine::policies::{Award, AwardState, PolicyFilter, PolicyState, PolicyView, Trial};
use perennial_engine::{Cx, Engine, LIMIT_MAX, PageRequest, fingerprint};

/// Awards of a page.
const AWARDS: u32 = 25;
/// Days that a policy is tried over.
pub(super) const TRIAL_DAYS: u32 = 90;

impl From<PolicyState> for State {
    fn from(state: PolicyState) -> Self {
        match state {
            PolicyState::Draft => Self::Draft,
            PolicyState::Running => Self::Running,
            PolicyState::Paused => Self::Paused,
            PolicyState::Archived => Self::Archived,
        }
    }
}

fn filter(q: &str, state: &str) -> Result<PolicyFilter, PageError> {
    Ok(PolicyFilter { search: searched(q), state: chosen(state, "state")? })
}

/// A page of the list.
pub async fn list(q: &str, state: &str, after: String) -> Result<Listed<PolicyRow>, PageError> {
    let Staff { cx, engine } = session::staff().await?;
    let page = engine.policy_list(&cx, &filter(q, state)?, &PageRequest::new(None, Some(after))?).await?;
    Ok(Listed::of(page, row, cx.may(Action::PromotionsWrite)))
}

fn row(policy: PolicyView) -> PolicyRow {
    PolicyRow {
        id: policy.id.to_string(),
        name: policy.terms.name,
        summary: policy.summary,
        state: policy.state.into(),
        has_draft: policy.has_draft && policy.version > 0,
        paid: policy.gave.paid,
        held: policy.gave.held,
    }
}

/// The form of a new policy.
pub async fn blank(template: &str) -> Result<PolicyForm, PageError> {
    let Staff { cx, engine } = session::staff().await?;
    cx.require(Action::PromotionsWrite)?;
    let rewards = rewards(&engine, &cx).await?;
    let first = rewards.first().and_then(|(id, _)| id.parse().ok());
    let input = template.parse::<Template>().map(|template| template.draft(first)).unwrap_or_default();
    complete(&engine, &cx, None, input, rewards).await
}

/// The form of a policy.
pub async fn form(id: &str, trial: bool, after: String) -> Result<PolicyForm, PageError> {
    let Staff { cx, engine } = session::staff().await?;
    let id: PolicyId = id.parse().map_err(|_| PageError::NotFound)?;
    let policy = engine.policy_get(&cx, id).await?;
    let settings = engine.merchant_settings(&cx).await?;
    let now = engine.now(cx.merchant());
    let trial = if trial {
        let trial = engine.policy_try(&cx, policy.terms.clone(), TRIAL_DAYS).await?;
        Some(trial_words(&trial, settings.currency))
    } else {
        None
    };
    let awards = if cx.may(Action::CustomersRead) {
        let page = PageRequest::new(Some(AWARDS), Some(after))?;
        let page = engine.policy_awards(&cx, id, &page).await?.map(|award| award_row(award, &settings, now));
        Some(Awards { rows: page.data, next: page.next })
    } else {
        None
    };
    let changed = clock::moment(policy.changed_at, settings.time_zone.tz(), now);
    let version = match (policy.version, policy.has_draft) {
        (0, _) => "A draft: nothing of it counts before it is published.".to_owned(),
        (version, true) => format!("Version {version} is in force; this change counts when it is published."),
        (version, false) => format!("Version {version}, since {changed}."),
    };
    let known = Known {
        id: id.to_string(),
        name: policy.terms.name.clone(),
        seen: fingerprint(&policy.terms)?,
        summary: policy.summary,
        state: policy.state.into(),
        has_draft: policy.has_draft,
        version,
        trial,
        awards,
    };
    let rewards = rewards(&engine, &cx).await?;
    complete(&engine, &cx, Some(known), policy.terms, rewards).await
}

async fn complete(
    engine: &Engine,
    cx: &Cx,
    known: Option<Known>,
    input: PolicyInput,
    rewards: Vec<(String, String)>,
) -> Result<PolicyForm, PageError> {
    let settings = engine.merchant_settings(cx).await?;
    let tiers = engine.tier_list(cx).await?;
    let is_open = known.as_ref().is_none_or(|known| known.state != State::Archived);
    Ok(PolicyForm {
        known,
        values: fields::values(input, settings.currency),
        rewards,
        tiers: tiers.into_iter().map(|tier| (tier.id.to_string(), tier.terms.name)).collect(),
        currency: settings.currency,
        may_edit: is_open && cx.may(Action::PromotionsWrite),
        once: uuid::Uuid::now_v7().to_string(),
    })
}

/// The rewards that a policy can give: those that take something off a purchase.
async fn rewards(engine: &Engine, cx: &Cx) -> Result<Vec<(String, String)>, PageError> {
    let page = PageRequest::new(Some(LIMIT_MAX.into()), None)?;
    let rewards = engine.reward_list(cx, false, &page).await?.data;
    let giveable = |kind: &str| !matches!(kind, "voucher_pool" | "external");
    let rewards = rewards.into_iter().filter(|reward| giveable(&reward.terms.kind));
    Ok(rewards.map(|reward| (reward.id.to_string(), reward.terms.name)).collect())
}

/// What a customer was given.
pub async fn of_customer(id: &str, after: String) -> Result<Awards, PageError> {
    let Staff { cx, engine } = session::staff().await?;
    let id = id.parse().map_err(|_| PageError::NotFound)?;
    let settings = engine.merchant_settings(&cx).await?;
    let now = engine.now(cx.merchant());
    let page = PageRequest::new(Some(AWARDS), Some(after))?;
    let page = engine.customer_awards(&cx, id, &page).await?.map(|award| award_row(award, &settings, now));
    Ok(Awards { rows: page.data, next: page.next })
}

fn award_row(award: Award, settings: &MerchantSettings, now: DateTime<Utc>) -> AwardRow {
    let zone = settings.time_zone.tz();
    let (state, tone) = match award.state {
        AwardState::Held if award.waits_for_review => ("Waits for review".to_owned(), AwardTone::Waits),
        AwardState::Held => (format!("Held until {}", clock::day(award.due_at, zone, now)), AwardTone::Waits),
        AwardState::Paid => ("Given".to_owned(), AwardTone::Good),
        AwardState::Cancelled => ("Cancelled".to_owned(), AwardTone::Gone),
        AwardState::Reversed => ("Taken back".to_owned(), AwardTone::Gone),
        AwardState::Refused => ("Not given".to_owned(), AwardTone::Gone),
    };
    AwardRow {
        customer: award.customer_name.unwrap_or_else(|| "No name".to_owned()),
        customer_id: award.customer_id.to_string(),
        policy_id: award.policy_id.to_string(),
        policy: award.policy_name,
        gives: award.gives,
        state,
        tone,
        why: award.reason.as_deref().map(why).unwrap_or_default().to_owned(),
        when: clock::moment(award.awarded_at, zone, now),
        purchase: award.purchase_id.map(|id| id.to_string()),
    }
}

/// The reason in words.
fn why(reason: &str) -> &'static str {
    match reason {
        "returned" => "The purchase was returned",
        "referral" => "The referral does not count",
        "cap" => "The customer has had it often enough",
        "cool_down" => "Too soon after the last time",
        "out_of_stock" => "The reward was out of stock",
        "archived" | "no_reward" => "The reward is gone",
        "no_address" => "No e-mail address is known",
        "used" => "The purchase was returned, but the voucher had been used",
        "sent" => "The purchase was returned, but the e-mail had been sent",
        _ => "",
    }
}

/// `The last 90 days would have given 12 customers something, 14 times: 7,000 points and 3 letters.`
pub(super) fn trial_words(trial: &Trial, currency: Currency) -> TrialWords {
    let given = trial.gives.iter().map(|gives| {
        let number = grouped(gives.amount);
        match gives.kind.as_str() {
            "points" => format!("{number} points"),
            "credits" => format!("{number} referral credits"),
            "cashback" => {
                let amount = Amount::new(gives.amount).unwrap_or_default();
                format!("{} cashback", format_amount(amount, currency))
            }
            "email" => format!("{number} e-mails"),
            _ => format!("{number} vouchers"),
        }
    });
    let given = given.collect::<Vec<_>>().join(", ");
    let count = |number: u64| grouped(i64::try_from(number).unwrap_or(i64::MAX));
    let text = if trial.times == 0 {
        format!("The last {TRIAL_DAYS} days would have given nobody anything.")
    } else {
        format!(
            "The last {TRIAL_DAYS} days would have given something {} times, to {} customers: {given}.",
            count(trial.times),
            count(trial.customers)
        )
    };
    let mut note = format!("Counted from nothing over {} stored events.", count(trial.looked_at));
    if trial.refused > 0 {
        note.push_str(&format!(" The limits would have held back {}.", count(trial.refused)));
    }
    if trial.is_cut {
        note.push_str(" There is more than could be looked at.");
    }
    TrialWords { text, note }
}

/// The list as CSV, every page of it.
pub async fn csv(staff: Staff, Query(query): Query<StateSearch>) -> Result<Response, PageError> {
    let file = Csv {
        name: "reward-policies",
        columns: &["id", "name", "state", "version", "has_draft", "event", "to", "hold_days", "summary"],
    };
    file.of(
        staff,
        filter(&query.q, &query.state)?,
        |staff, filter, page| Box::pin(staff.engine.policy_list(&staff.cx, filter, page)),
        cells,
    )
    .await
}

fn cells(policy: PolicyView) -> Vec<Cell> {
    let PolicyView { id, state, version, has_draft, terms, summary, .. } = policy;
    vec![
        id.to_string().into(),
        terms.name.into(),
        state.as_str().into(),
        i64::from(version).into(),
        has_draft.to_string().into(),
        terms.event.on.into(),
        terms.to.into(),
        terms.hold_days.map_or_else(|| Cell::from(""), Cell::from),
        summary.into(),
    ]
}
