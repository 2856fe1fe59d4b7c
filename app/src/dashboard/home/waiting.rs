//! What waits for somebody, and who has which tier, from the engine.

use super::super::customers::OWING_LIST;
use super::super::format::plural;
use super::api::{Attention, TierShare, TierShares};
use crate::error::PageError;
use crate::ui::{Rank, grouped};
use perennial_domain::access::Action;
use perennial_domain::ids::TierId;
use perennial_domain::referrals::Review;
use perennial_engine::inbox::{EventFilter, EventState};
use perennial_engine::referrals::ReferralFilter;
use perennial_engine::rewards::RedemptionFilter;
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
            let title = format!("{}: {} % of its budget", budget.name, budget.percent());
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
