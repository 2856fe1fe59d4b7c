//! From what is known to a quote: everything a purchase goes by, and nothing that it writes.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use perennial_domain::access::Action;
use perennial_domain::cashback::CashbackFacts;
use perennial_domain::customer::CustomerRef;
use perennial_domain::evaluate::{EvaluationError, LimitUse, Limited, LimitsUsed, PurchaseFacts, limited};
use perennial_domain::expiry::over_by;
use perennial_domain::ids::{OfferId, TierId};
use perennial_domain::money::Amount;
use perennial_domain::points::{Points, Remainder};
use perennial_domain::policies::BoughtLine;
use perennial_domain::purchase::CheckedPurchase;
use perennial_domain::quote::{Quote, QuoteFacts, RewardDue, RewardOnOffer, TierDiscount, quote};
use perennial_domain::rewards::Standing;
use perennial_domain::settings::{MerchantSettings, UnknownCustomer};

use super::known::{Known, Program};
use crate::cashback::offers_at;
use crate::cx::Cx;
use crate::error::Error;
use crate::intake::{fits, purchase_facts, retailer, too_much};
use crate::limits;
use crate::policies::{DueFacts, DueKnown, Shelved, due_in};
use crate::snapshot::Snapshot;

/// For whom a quote is.
#[derive(Clone, Copy)]
enum Buyer<'k> {
    /// Whoever will claim the purchase.
    Nobody,
    /// Somebody who would be created with the purchase.
    New,
    Known(&'k Known),
}

/// What a basket would earn, cost and bring, by these rules and what is known of the customer.
///
/// # Errors
/// Those of a purchase: [`Error::Invalid`], [`Error::UnknownRetailer`], [`Error::CustomerNotFound`],
/// [`Error::Forbidden`] for another retailer than that of the key.
pub(super) fn reckon(
    cx: &Cx,
    snapshot: &Snapshot,
    program: &Program,
    customer: Option<&Known>,
    purchase: &CheckedPurchase,
    now: DateTime<Utc>,
) -> Result<Quote, Error> {
    let settings = &snapshot.settings;
    let retailer = retailer(purchase.retailer.as_deref(), cx.retailer(), snapshot, Action::QuotesRead)?;
    if retailer.archived {
        return Err(Error::UnknownRetailer);
    }
    fits(purchase, settings, cx.may(Action::PurchasesBackdate), now)?;
    let buyer = buyer(purchase, customer, settings.unknown_customer)?;
    let (mut facts, _) = purchase_facts(purchase, &snapshot.catalogue, retailer, now);
    let stored = match buyer {
        Buyer::Known(known) => known.tier,
        Buyer::New | Buyer::Nobody => None,
    };
    if !matches!(buyer, Buyer::Nobody) {
        facts.tier = snapshot.tiers.facts(stored).cloned();
        facts.first_purchase = matches!(buyer, Buyer::New | Buyer::Known(Known { purchases: 0, .. }));
        if snapshot.rules.is_limited() {
            let limited = limited(&facts, &snapshot.rules);
            facts.limits = used(&facts, &limited, program, buyer, snapshot);
        }
        if let Buyer::Known(known) = buyer
            && snapshot.rules.carries_over()
        {
            let carried = known.remainders.iter();
            facts.remainders =
                carried.map(|(promotion, left)| (*promotion, Remainder::from_billionths(*left))).collect();
        }
    }
    let tier = facts.tier.as_ref().map(|tier| tier.id);
    let offers = offers_at(&program.offers, facts.occurred_at, now);
    let used_this_month = used_this_month(&facts, buyer, snapshot);
    let redeemed = |id| match buyer {
        Buyer::Known(known) => known.redeemed.get(&id).copied().unwrap_or(0),
        Buyer::New | Buyer::Nobody => 0,
    };
    let rewards: Vec<RewardOnOffer<'_>> = program
        .rewards
        .iter()
        .map(|reward| RewardOnOffer {
            id: reward.id,
            terms: &reward.terms,
            stock_left: reward.stock.map(i64::unsigned_abs),
            redeemed: redeemed(reward.id),
        })
        .collect();
    let rewards_due = rewards_due(program, buyer, purchase, &facts, settings, now);
    let quoted = quote(&QuoteFacts {
        purchase: &facts,
        rules: &snapshot.rules,
        offers: &offers,
        cashback_mode: settings.cashback_mode,
        used_this_month: &used_this_month,
        discount: tier.and_then(|tier| discount(snapshot, tier)),
        rewards: &rewards,
        standing: standing(buyer, tier, over_by(now, settings.time_zone)),
        rewards_due: &rewards_due,
        zone: settings.time_zone,
        now,
    });
    quoted.map_err(|EvaluationError::Overflow { line }| too_much(purchase, line))
}

/// The rewards that the basket brings the buyer by policies that give for what is bought.
fn rewards_due(
    program: &Program,
    buyer: Buyer<'_>,
    purchase: &CheckedPurchase,
    facts: &PurchaseFacts,
    settings: &MerchantSettings,
    now: DateTime<Utc>,
) -> Vec<RewardDue> {
    let nothing = DueKnown::default();
    let known = match buyer {
        Buyer::Known(known) => &known.promised,
        Buyer::New => &nothing,
        Buyer::Nobody => return Vec::new(),
    };
    let (is_first, zone) = (facts.first_purchase, settings.time_zone);
    let referral_hold_days = settings.referrals.hold_days;
    let due = DueFacts { known, is_first, referral_hold_days, zone, now };
    let lines = facts.lines.iter().zip(&purchase.lines).map(|(known, line)| BoughtLine {
        known: known.product.as_deref(),
        text: known.product_text.as_deref(),
        quantity: line.quantity,
        due: line.paid,
        returned_quantity: 0,
        returned: Amount::ZERO,
    });
    let rewards = program.rewards.iter();
    let rewards = rewards.map(|reward| Shelved { id: reward.id, terms: &reward.terms, left: reward.stock });
    due_in(&program.policies, &due, lines, rewards)
}

fn buyer<'k>(
    purchase: &CheckedPurchase,
    known: Option<&'k Known>,
    unknown: UnknownCustomer,
) -> Result<Buyer<'k>, Error> {
    match (&purchase.customer, known, unknown) {
        (None, ..) => Ok(Buyer::Nobody),
        (Some(_), Some(known), _) => Ok(Buyer::Known(known)),
        // Only Perennial gives ids: one that it does not know is a mistake under every policy.
        (Some(CustomerRef::Id(_)), None, _) | (_, None, UnknownCustomer::Reject) => {
            Err(Error::CustomerNotFound)
        }
        (_, None, UnknownCustomer::Create) => Ok(Buyer::New),
        (_, None, UnknownCustomer::Hold) => Ok(Buyer::Nobody),
    }
}

/// What the promotions that the basket meets have given.
fn used(
    facts: &PurchaseFacts,
    limited: &[Limited],
    program: &Program,
    buyer: Buyer<'_>,
    snapshot: &Snapshot,
) -> LimitsUsed {
    let (instant, zone) = (facts.occurred_at, snapshot.settings.time_zone);
    let of_customer = |limited: &Limited| {
        let (Buyer::Known(known), Some(limit)) = (buyer, limited.customer) else { return 0 };
        let begins_on = limit.per.begins_on(instant, zone);
        known
            .uses
            .iter()
            .find(|used| {
                used.promotion == limited.promotion_id
                    && used.period == limit.per
                    && begins_on.is_none_or(|day| day == used.begins_on)
            })
            .map_or(0, |used| used.points)
    };
    limited
        .iter()
        .map(|limited| {
            let given = program.budgets.get(&limited.promotion_id).copied().unwrap_or(0);
            let budget_left = limited.budget.and_then(|budget| limits::left(budget, given));
            (limited.promotion_id, LimitUse { used: Points::new(of_customer(limited)), budget_left })
        })
        .collect()
}

/// What each cashback offer has given the customer in the month that the basket counts in.
fn used_this_month(
    facts: &PurchaseFacts,
    buyer: Buyer<'_>,
    snapshot: &Snapshot,
) -> BTreeMap<OfferId, Amount> {
    let Buyer::Known(known) = buyer else { return BTreeMap::new() };
    let month = CashbackFacts {
        occurred_at: facts.occurred_at,
        zone: snapshot.settings.time_zone,
        currency: facts.currency,
        lines: &[],
        used_this_month: &BTreeMap::new(),
    }
    .month();
    let of_month = known.months.iter().filter(|used| used.month == month);
    of_month.map(|used| (used.offer, used.amount)).collect()
}

fn discount(snapshot: &Snapshot, tier: TierId) -> Option<TierDiscount<'_>> {
    let tier = snapshot.tiers.ladder().tiers().iter().find(|known| known.id == tier)?;
    let part = tier.terms.discount;
    (!part.is_zero()).then(|| TierDiscount { tier: tier.terms.name.as_str(), part })
}

/// What the buyer can spend, without lots whose last day was `over` or before.
fn standing(buyer: Buyer<'_>, tier: Option<TierId>, over: NaiveDate) -> Option<Standing> {
    let available = match buyer {
        Buyer::Nobody => return None,
        Buyer::New => 0,
        Buyer::Known(known) => {
            let gone = known.lots.iter().filter(|lot| lot.expires_on <= over).map(|lot| lot.points);
            known.available - gone.sum::<i64>()
        }
    };
    Some(Standing { available: Points::new(available), tier, redeemed: 0 })
}
