//! The ladder from the engine, in words.

use super::super::cashback::percents;
use super::super::money;
use super::super::session::{self, Staff};
use super::dto::{LadderPage, PolicyFields, TierFields, TierForm, TierRow};
use crate::error::PageError;
use crate::ui::{Rank, grouped};
use perennial_domain::access::Action;
use perennial_domain::ids::TierId;
use perennial_domain::money::Currency;
use perennial_domain::tiers::{Demotion, TierBasis, TierPolicy, TierWindow};
use perennial_engine::fingerprint;
use perennial_engine::tiers::{TierCustomers, TierFlow, TierView};
use std::collections::BTreeMap;

/// The days that the arrows of the ladder tell of.
const FLOW_DAYS: u16 = 30;

/// The page of the ladder.
pub async fn ladder() -> Result<LadderPage, PageError> {
    let Staff { cx, engine } = session::staff().await?;
    let tiers = engine.tier_list(&cx).await?;
    let standing = engine.tier_customers(&cx).await?;
    let settings = &engine.snapshot(&cx).await?.settings;
    let (policy, currency) = (settings.tiers, settings.currency);
    let of = |tier: Option<TierId>| -> i64 {
        standing.iter().filter(|there: &&TierCustomers| there.tier == tier).map(|there| there.customers).sum()
    };
    let flow = engine.tier_flow(&cx, FLOW_DAYS).await?;
    let names: BTreeMap<TierId, String> =
        tiers.iter().map(|tier| (tier.id, tier.terms.name.clone())).collect();
    let all: i64 = standing.iter().map(|there| there.customers).sum();
    let steps = tiers.len();
    let rows = tiers.into_iter().enumerate().map(|(place, tier)| {
        let customers = of(Some(tier.id));
        let (rose, fell) = moves(&flow, &names, tier.id);
        let row = row(tier, Rank::new(place, steps), customers, all, policy.basis, currency);
        TierRow { rose, fell, ..row }
    });
    Ok(LadderPage {
        tiers: rows.collect(),
        below: of(None),
        about: about(&policy),
        policy: fields(&policy),
        may_edit: cx.may(Action::TiersWrite),
    })
}

/// Who left a tier, up to which others and down. Those who rose to a tier that is gone are not named.
fn moves(flow: &[TierFlow], names: &BTreeMap<TierId, String>, tier: TierId) -> (Vec<(String, i64)>, i64) {
    let from = || flow.iter().filter(|moved| moved.from == Some(tier));
    let rose = from()
        .filter(|moved| moved.up)
        .filter_map(|moved| Some((names.get(&moved.to?)?.clone(), moved.moves)))
        .collect();
    (rose, from().filter(|moved| !moved.up).map(|moved| moved.moves).sum())
}

fn row(
    tier: TierView,
    rank: Rank,
    customers: i64,
    all: i64,
    basis: TierBasis,
    currency: Currency,
) -> TierRow {
    let threshold = tier.terms.threshold.unwrap_or_default();
    TierRow {
        id: tier.id.to_string(),
        name: tier.terms.name,
        from: match threshold {
            0 => "for everybody".to_owned(),
            _ => format!("from {}", basis.counted(threshold, currency)),
        },
        brings: tier.brings,
        customers,
        rose: Vec::new(),
        fell: 0,
        share: (all > 0).then(|| format!("{}%", (customers * 100 + all / 2) / all)),
        rank,
    }
}

/// How customers move on the ladder.
fn about(policy: &TierPolicy) -> String {
    let basis = match policy.basis {
        TierBasis::PointsEarned => "the points they earned",
        TierBasis::Spend => "what they spent",
        TierBasis::Purchases => "their purchases",
        TierBasis::ReferralCredits => "the friends they brought",
    };
    let window = match policy.window {
        TierWindow::RollingMonths { months: 1 } => "in the last month".to_owned(),
        TierWindow::RollingMonths { months } => format!("in the last {months} months"),
        TierWindow::CalendarYear {} => "in the calendar year".to_owned(),
        TierWindow::MembershipYear {} => {
            "in the year since they joined, or since its last anniversary".to_owned()
        }
        TierWindow::Ever {} => {
            return format!("Customers climb by {basis} since the beginning, at once. Nobody falls.");
        }
    };
    let fall = match policy.demotion {
        Demotion::OneStep => "one step at a time",
        Demotion::Straight => "straight to where they belong",
    };
    let grace = match policy.grace_days {
        0 => String::new(),
        1 => ", after a day of grace".to_owned(),
        days => format!(", after {days} days of grace"),
    };
    format!(
        "Customers climb by {basis} {window}, at once. They fall only at the end of the period, {fall}{grace}."
    )
}

fn fields(policy: &TierPolicy) -> PolicyFields {
    let months = match policy.window {
        TierWindow::RollingMonths { months } => months.to_string(),
        _ => "12".to_owned(),
    };
    PolicyFields {
        basis: policy.basis.as_str().to_owned(),
        window: policy.window.kind().to_owned(),
        months,
        demotion: policy.demotion.as_str().to_owned(),
        grace_days: policy.grace_days.to_string(),
    }
}

/// The form of a new tier, or of one.
pub async fn form(id: Option<&str>) -> Result<TierForm, PageError> {
    let Staff { cx, engine } = session::staff().await?;
    let settings = &engine.snapshot(&cx).await?.settings;
    let (basis, currency) = (settings.tiers.basis, settings.currency);
    let (tier, rank) = match id {
        Some(id) => {
            let id: TierId = id.parse().map_err(|_| PageError::NotFound)?;
            let tiers = engine.tier_list(&cx).await?;
            let steps = tiers.len();
            let place = tiers.iter().position(|tier| tier.id == id).ok_or(PageError::NotFound)?;
            let tier = tiers.into_iter().nth(place).map(|tier| typed(tier, basis, currency)).transpose()?;
            (tier, Some(Rank::new(place, steps)))
        }
        None => {
            cx.require(Action::TiersWrite)?;
            (None, None)
        }
    };
    Ok(TierForm { tier, unit: unit(basis, currency), rank, may_edit: cx.may(Action::TiersWrite) })
}

/// What a threshold counts.
fn unit(basis: TierBasis, currency: Currency) -> String {
    match basis {
        TierBasis::PointsEarned => "points earned".to_owned(),
        TierBasis::Spend => format!("{} spent", currency.code()),
        TierBasis::Purchases => "purchases".to_owned(),
        TierBasis::ReferralCredits => "friends".to_owned(),
    }
}

fn typed(tier: TierView, basis: TierBasis, currency: Currency) -> Result<TierFields, PageError> {
    let threshold = tier.terms.threshold.unwrap_or_default();
    let seen = fingerprint(&tier.terms)?;
    Ok(TierFields {
        id: tier.id.to_string(),
        name: tier.terms.name,
        seen,
        threshold: match basis {
            TierBasis::Spend => money::plain(threshold, currency),
            _ => grouped(threshold),
        },
        multiplier: tier.terms.multiplier.unwrap_or_default(),
        discount: tier.terms.discount.map(|part| percents(&part)).unwrap_or_default(),
        benefits: tier.terms.benefits.join("\n"),
    })
}
