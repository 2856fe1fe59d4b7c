//! A customer's rewards from the engine, in words.

use super::super::super::redemptions::load::last_day;
use super::super::super::redemptions::load_voucher::worth;
use super::super::super::rewards::kind;
use super::super::super::session::{self, Staff};
use super::super::super::{clock, redemptions};
use super::super::load::known;
use super::dto::{CustomerRewards, HadRow, Offer, Offers, Who};
use crate::address::address;
use crate::error::PageError;
use crate::ui::grouped;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use perennial_domain::access::Action;
use perennial_domain::ids::RewardId;
use perennial_domain::money::Currency;
use perennial_domain::rewards::{CostInput, Eligibility, RedemptionState};
use perennial_engine::customer_rewards::CustomerReward;
use perennial_engine::customers::CustomerPath;
use perennial_engine::rewards::{Redemption, RedemptionFilter, Reward};
use perennial_engine::{PageRequest, rewards::RewardOffer};

/// What a customer had for points, and the vouchers that were given. Codes are not for those who only look; they see the
/// redemptions.
pub async fn had(id: &str, after: String) -> Result<CustomerRewards, PageError> {
    let Staff { cx, engine } = session::staff().await?;
    let id = known(&cx, &engine, id).await?;
    let settings = engine.merchant_settings(&cx).await?;
    let (zone, now) = (settings.time_zone.tz(), engine.now(cx.merchant()));
    let page = PageRequest::new(None, Some(after))?;
    let may_redeem = cx.may(Action::RedemptionsWrite);
    let page = if may_redeem {
        engine.customer_rewards(&cx, id, &page).await?.map(|had| row(had, settings.currency, zone, now))
    } else {
        let filter = RedemptionFilter { customer: Some(id), ..RedemptionFilter::default() };
        engine
            .redemption_list(&cx, &filter, &page)
            .await?
            .map(|redemption| without_code(redemption, zone, now))
    };
    Ok(CustomerRewards {
        rows: page.data,
        next: page.next,
        points_name: settings.points_name.to_string(),
        may_redeem,
    })
}

fn row(had: CustomerReward, currency: Currency, zone: Tz, now: DateTime<Utc>) -> HadRow {
    let until = match had.held_until.filter(|_| had.redemption == Some(RedemptionState::Reserved)) {
        Some(held_until) => format!("until {}", clock::moment(held_until, zone, now)),
        None => until(had.used_at, had.expires_at, zone, now),
    };
    let href = match (had.redemption_id, &had.code) {
        (Some(id), _) => redemptions::LIST.row(&id.to_string()),
        (None, Some(code)) => address(redemptions::VOUCHER, &[("code", code)], None),
        (None, None) => redemptions::VOUCHER.to_owned(),
    };
    HadRow {
        href,
        worth: match had.worth.kind.as_str() {
            "external" | "voucher_pool" => kind::label(&had.worth.kind),
            _ => worth(&had.worth, currency),
        },
        voucher: had.voucher.map(|state| state.as_str().to_owned()),
        redemption: had.redemption.map(|state| state.as_str().to_owned()),
        name: had.name,
        code: had.code,
        until,
        points: had.points,
        when: clock::moment(had.created_at, zone, now),
    }
}

fn without_code(redemption: Redemption, zone: Tz, now: DateTime<Utc>) -> HadRow {
    let voucher = redemption.voucher.as_ref();
    let used_at = voucher.and_then(|voucher| voucher.used_at);
    HadRow {
        name: redemption.reward.name,
        href: redemptions::LIST.row(&redemption.id.to_string()),
        worth: kind::label(&redemption.reward.kind),
        voucher: voucher.map(|voucher| voucher.state.as_str().to_owned()),
        redemption: Some(redemption.state.as_str().to_owned()),
        code: None,
        until: until(used_at, voucher.and_then(|voucher| voucher.expires_at), zone, now),
        points: Some(redemption.points),
        when: clock::moment(redemption.created_at, zone, now),
    }
}

fn until(used_at: Option<DateTime<Utc>>, end: Option<DateTime<Utc>>, zone: Tz, now: DateTime<Utc>) -> String {
    match (used_at, end) {
        (Some(used_at), _) => format!("on {}", clock::moment(used_at, zone, now)),
        (None, Some(end)) => format!("until {}", last_day(end, zone, now)),
        (None, None) => String::new(),
    }
}

/// What a customer can have, and what is missing for the rest; with a reward, what it would be to redeem it.
pub async fn offers(id: &str, reward: &str, after: String) -> Result<Offers, PageError> {
    let Staff { cx, engine } = session::staff().await?;
    cx.require(Action::RedemptionsWrite)?;
    let id = known(&cx, &engine, id).await?;
    let customer = engine.customer_get(&cx, id).await?;
    let points = engine.customer_points(&cx, &CustomerPath::Id(id)).await?.points;
    let points_name = engine.merchant_settings(&cx).await?.points_name.to_string();
    let chosen = match reward {
        "" => None,
        reward => {
            let reward: RewardId = reward.parse().map_err(|_| PageError::NotFound)?;
            // What is missing is found out under the locks, when it is redeemed.
            Some(offer(engine.reward_get(&cx, reward).await?, 0, Vec::new()))
        }
    };
    let page = match chosen {
        Some(_) => perennial_engine::Page { data: Vec::new(), next: None },
        None => engine.reward_offers(&cx, id, &PageRequest::new(None, Some(after))?).await?,
    };
    let page = page.map(|RewardOffer { reward, redeemed, eligibility }| {
        let missing = match eligibility {
            Eligibility::Eligible => Vec::new(),
            Eligibility::Missing { reasons } => reasons.into_iter().map(|reason| reason.text).collect(),
        };
        offer(reward, redeemed, missing)
    });
    Ok(Offers {
        customer: Who { id: id.to_string(), name: super::super::load::name(&customer), points, points_name },
        chosen,
        rows: page.data,
        next: page.next,
        once: uuid::Uuid::now_v7().to_string(),
    })
}

fn offer(reward: Reward, had: u32, missing: Vec<String>) -> Offer {
    let (cost, choice) = match reward.terms.points_cost {
        Some(CostInput::Fixed(points)) => (points, None),
        Some(CostInput::Variable(cost)) => {
            let least = cost.min.unwrap_or(cost.step);
            let most = cost.max.map(|max| format!(" to {}", grouped(max))).unwrap_or_default();
            (least, Some(format!("A multiple of {} from {}{most}.", grouped(cost.step), grouped(least))))
        }
        None => (0, None),
    };
    Offer {
        id: reward.id.to_string(),
        name: reward.terms.name,
        summary: reward.summary,
        cost,
        choice,
        had,
        missing,
    }
}
