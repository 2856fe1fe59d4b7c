//! What waits for somebody, and who has which tier, from the engine.

use super::super::customers::OWING_LIST;
use super::super::format::plural;
use super::super::rewards;
use super::super::rewards::dto::State;
use super::api::{Attention, TierShare, TierShares};
use crate::error::PageError;
use crate::ui::{Rank, grouped};
use perennial_domain::access::Action;
use perennial_domain::ids::{RewardId, TierId};
use perennial_domain::referrals::Review;
use perennial_domain::rewards::RewardKind;
use perennial_engine::inbox::{EventFilter, EventState};
use perennial_engine::referrals::ReferralFilter;
use perennial_engine::reward_search::RewardFilter;
use perennial_engine::rewards::{RedemptionFilter, Reward, RewardCounts};
use perennial_engine::statistics::Overview;
use perennial_engine::tiers::TierCustomers;
use perennial_engine::webhooks::{WebhookFilter, WebhookState};
use perennial_engine::{Cx, Engine, Page, PageRequest};

/// How many of a kind are counted; beyond that, there are more.
const COUNTED: u32 = 50;
/// From how many percent on a budget is nearly used.
const NEARLY: i64 = 80;
/// Budgets that are named.
const BUDGETS: usize = 3;
/// With fewer codes than this a pool runs low, however small it is.
const FEW_CODES: i64 = 10;
/// With at most this many percent of its codes left, too.
const LAST_CODES: i64 = 10;
/// Pools that are named.
const POOLS: usize = 3;

/// What somebody should look at, as far as this person may see it.
pub async fn attention(
    engine: &Engine,
    cx: &Cx,
    overview: &Overview,
    points_name: &str,
) -> Result<Vec<Attention>, PageError> {
    let page = PageRequest::new(Some(COUNTED), None)?;
    let mut list = Vec::new();
    if cx.may(Action::ReferralsRead) {
        let filter = ReferralFilter { review: Some(Review::Waiting), ..ReferralFilter::default() };
        let found = engine.referral_list(cx, &filter, &page).await?;
        list.extend(of(&found, ("referral waits for review", "referrals wait for review")).map(|title| {
            let text = "Nothing is given until somebody decides.";
            item(title, text, "/dashboard/referrals", "Review")
        }));
    }
    if cx.may(Action::RewardsRead) {
        let filter = RedemptionFilter { to_fulfil: true, ..RedemptionFilter::default() };
        let found = engine.redemption_list(cx, &filter, &page).await?;
        list.extend(
            of(&found, ("reward is on its way to a customer", "rewards are on their way to customers")).map(
                |title| {
                    let text = "What was redeemed has to be prepared, sent or handed over.";
                    item(title, text, "/dashboard/redemptions", "Look")
                },
            ),
        );
    }
    if cx.may(Action::RewardsRead) {
        list.extend(pools(engine, cx, &page).await?);
    }
    if cx.may(Action::PurchasesRead) {
        let found = engine.return_waiting_list(cx, &page).await?;
        // Those that need somebody are the first of them.
        let refused = found.data.into_iter().filter(|waiting| waiting.refusal.is_some()).collect();
        let found = Page { data: refused, next: None };
        list.extend(of(&found, ("return could not be booked", "returns could not be booked")).map(|title| {
            let text = "What the till sent does not fit the purchase. The reason stands there.";
            item(title, text, super::super::returns::LIST.path, "Look")
        }));
    }
    if cx.may(Action::EventsRead) {
        let filter = EventFilter { state: Some(EventState::Refused), ..EventFilter::default() };
        let found = engine.event_list(cx, &filter, &page).await?;
        list.extend(of(&found, ("event was refused", "events were refused")).map(|title| {
            let text = "What they should have caused has not happened. Try them again, or discard them.";
            item(title, text, "/dashboard/events?state=refused", "Open")
        }));
    }
    if cx.may(Action::WebhooksRead) {
        let filter = WebhookFilter { state: Some(WebhookState::Failing), ..WebhookFilter::default() };
        let found = engine.webhook_list(cx, &filter, &page).await?;
        list.extend(of(&found, ("webhook fails", "webhooks fail")).map(|title| {
            let text = "What happens waits for its program, and is tried again.";
            item(title, text, "/dashboard/webhooks?state=failing", "Open")
        }));
    }
    if cx.may(Action::PromotionsRead) {
        let near = engine.promotion_budgets_near(cx, NEARLY).await?;
        list.extend(near.iter().take(BUDGETS).map(|budget| {
            let title = format!("{}: {}% of its budget", budget.name, budget.percent());
            let given = format!("{} of {} {points_name}", grouped(budget.used), grouped(budget.points));
            let text = if budget.used < budget.points {
                format!("{given} are given. After the last of them it gives nothing any more.")
            } else {
                format!("{given} are given. It gives nothing any more.")
            };
            let verb = if cx.may(Action::PromotionsWrite) { "Adjust" } else { "Look" };
            item(title, &text, &format!("/dashboard/promotions/{}", budget.promotion_id), verb)
        }));
    }
    if overview.owing_customers > 0 && cx.may(Action::CustomersRead) {
        let title =
            format!("{} {points_name}", plural(overview.owing_customers, "customer owes", "customers owe"));
        let text = format!(
            "{} {points_name} that were spent before a return took them. What they earn next settles it.",
            grouped(overview.owed)
        );
        list.push(item(title, &text, OWING_LIST, "Look"));
    }
    Ok(list)
}

/// The pools that run out of codes, the emptiest first, among the newest of those that are not over.
async fn pools(engine: &Engine, cx: &Cx, page: &PageRequest) -> Result<Vec<Attention>, PageError> {
    let kind = RewardKind::VoucherPool.as_str().to_owned();
    let filter = RewardFilter { kind: Some(kind), ..RewardFilter::default() };
    let mut pools: Vec<Reward> = engine.reward_search(cx, &filter, page).await?.data;
    if pools.is_empty() {
        return Ok(Vec::new());
    }
    let (zone, now) = (engine.merchant_settings(cx).await?.time_zone, engine.now(cx.merchant()));
    let ids: Vec<RewardId> = pools.iter().map(|pool| pool.id).collect();
    let counts = engine.reward_counts(cx, &ids).await?;
    pools.retain(|pool| {
        let RewardCounts { claimed, .. } = counts.get(&pool.id).copied().unwrap_or_default();
        rewards::load::state(pool, zone, now) != State::Over && runs_low(pool.left.unwrap_or(0), claimed)
    });
    pools.sort_by_key(|pool| pool.left);
    let verb = if cx.may(Action::RewardsWrite) { "Add codes" } else { "Look" };
    let attention = pools.into_iter().take(POOLS).map(|pool| {
        let left = pool.left.unwrap_or(0);
        let (title, text) = match left {
            0 => {
                (format!("{}: no codes left", pool.terms.name), "Nobody can redeem it until there are more.")
            }
            _ => (
                format!("{}: {} left", pool.terms.name, plural(left, "code", "codes")),
                "After the last of them nobody can redeem it.",
            ),
        };
        item(title, text, &format!("{}/codes", rewards::LIST.row(&pool.id.to_string())), verb)
    });
    Ok(attention.collect())
}

/// Whether a pool with so many codes left, of which customers have so many, needs more of them.
fn runs_low(left: i64, taken: i64) -> bool {
    left < FEW_CODES || left.saturating_mul(100) <= left.saturating_add(taken).saturating_mul(LAST_CODES)
}

/// How many there are, by these nouns; nothing where there are none.
fn of<T>(page: &Page<T>, (one, many): (&str, &str)) -> Option<String> {
    let count = i64::try_from(page.data.len()).unwrap_or(i64::MAX);
    match count {
        0 => None,
        _ if page.next.is_some() => Some(format!("More than {} {many}", grouped(count))),
        _ => Some(plural(count, one, many)),
    }
}

fn item(title: String, text: &str, href: &str, verb: &str) -> Attention {
    Attention { title, text: text.to_owned(), href: href.to_owned(), verb: verb.to_owned() }
}

/// Who has which tier, the highest first; nothing without a ladder, or for whoever may not see it.
pub async fn tiers(engine: &Engine, cx: &Cx) -> Result<Option<TierShares>, PageError> {
    if !cx.may(Action::TiersRead) {
        return Ok(None);
    }
    let tiers = engine.tier_list(cx).await?;
    if tiers.is_empty() {
        return Ok(None);
    }
    let standing = engine.tier_customers(cx).await?;
    let count = |tier: Option<TierId>| -> i64 {
        standing.iter().filter(|there: &&TierCustomers| there.tier == tier).map(|there| there.customers).sum()
    };
    let steps = tiers.len();
    let mut rows: Vec<TierShare> = tiers
        .into_iter()
        .enumerate()
        .map(|(place, tier)| TierShare {
            customers: count(Some(tier.id)),
            name: tier.terms.name,
            rank: Rank::new(place, steps),
            percent: 0,
        })
        .collect();
    let most = rows.iter().map(|row| row.customers).max().unwrap_or(0).max(1);
    for row in &mut rows {
        row.percent = row.customers.saturating_mul(100) / most;
    }
    rows.reverse();
    Ok(Some(TierShares { rows, below: count(None) }))
}

#[cfg(test)]
mod tests {
    use super::runs_low;

    #[test]
    fn a_pool_runs_low_with_the_last_ten_codes_or_the_last_tenth() {
        assert!(runs_low(0, 0) && runs_low(9, 0));
        assert!(!runs_low(10, 0) && !runs_low(10, 89));
        assert!(runs_low(10, 90) && runs_low(1_000, 9_000));
        assert!(!runs_low(1_001, 9_000));
    }
}
