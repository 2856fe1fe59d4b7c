//! What a return would change of the customer, before and after, in words.

use super::super::format::day_of_year;
use super::super::money;
use super::dto::Change;
use crate::ui::grouped;
use perennial_domain::money::Currency;
use perennial_domain::points::Points;
use perennial_engine::returns::ReturnPreview;
use perennial_engine::tiers::CustomerTier;

/// Every number and place of the customer that the return touches; nothing while nobody has claimed the purchase.
pub fn changes(preview: &ReturnPreview, points_name: &str, currency: Currency) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut push = |label: &str, before: String, after: String| {
        changes.push(Change { label: label.to_owned(), before, after });
    };
    if let Some(balances) = preview.record.balances() {
        let (before, after) = (balances.before, balances.after);
        push(&super::super::page::capitalised(points_name), grouped(before.points), grouped(after.points));
        if before.pending != after.pending {
            push("Waiting", grouped(before.pending), grouped(after.pending));
        }
    }
    if let (Some(before), Some(after)) = (&preview.tier_before, &preview.tier_after) {
        let name = |standing: &CustomerTier| {
            standing.tier.as_ref().map_or_else(|| "No tier".to_owned(), |tier| tier.name.clone())
        };
        let count = |standing: &CustomerTier, number| standing.basis.counted(number, currency);
        push("Tier", name(before), name(after));
        push("Counts towards tiers", count(before, before.progress), count(after, after.progress));
        if let (Some(keep), Some(then)) = (&before.keep, &after.keep) {
            let label = format!("Missing by {} to keep the tier", day_of_year(then.deadline));
            push(&label, count(before, keep.missing), count(after, then.missing));
        }
    }
    if let (Some(before), Some(after)) = (preview.cashback_before, preview.cashback_after)
        && before != after
    {
        push("Cashback", money::show(before.get(), currency), money::show(after.get(), currency));
    }
    for reward in &preview.record.rewards_returned {
        let after = match (reward.usable, reward.points) {
            (true, _) => "can be used again".to_owned(),
            (false, 0) => "over".to_owned(),
            (false, points) => format!("over, {} back", Points::new(points).counted()),
        };
        push(&format!("Voucher “{}”", reward.name), "used".to_owned(), after);
    }
    changes
}
