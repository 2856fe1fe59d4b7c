//! The tier of a customer from the engine, in words.

use super::super::clock;
use super::super::customers::dto::TierGlance;
use super::super::customers::name;
use super::super::format::day_of_year;
use super::super::session::{self, Staff};
use super::dto::{CustomerTierPage, MoveLine};
use crate::error::PageError;
use crate::ui::Rank;
use perennial_domain::access::Action;
use perennial_domain::ids::CustomerId;
use perennial_domain::money::Currency;
use perennial_engine::tiers::{CustomerTier, TierView};
use perennial_engine::{Cx, Engine, PageRequest};

/// The page.
pub async fn page(id: &str, after: String) -> Result<CustomerTierPage, PageError> {
    let Staff { cx, engine } = session::staff().await?;
    let id: CustomerId = id.parse().map_err(|_| PageError::NotFound)?;
    let customer = engine.customer_get(&cx, id).await?;
    let tiers = engine.tier_list(&cx).await?;
    let standing = engine.customer_tier(&cx, id).await?;
    let moves = engine.customer_tier_moves(&cx, id, &PageRequest::new(None, Some(after))?).await?;
    let settings = engine.merchant_settings(&cx).await?;
    let (zone, now) = (settings.time_zone.tz(), engine.now(cx.merchant()));
    let rows = moves.data.into_iter().map(|moved| MoveLine {
        up: moved.moved == "up",
        from: moved.from.map(|tier| tier.name),
        to: moved.to.map(|tier| tier.name),
        when: clock::moment(moved.happened_at, zone, now),
        why: moved.text,
        by: moved.by,
    });
    Ok(CustomerTierPage {
        id: id.to_string(),
        name: name(&customer),
        has_tiers: !tiers.is_empty(),
        tier: standing.tier.as_ref().map_or_else(|| "No tier yet".to_owned(), |tier| tier.name.clone()),
        rank: rank(&standing, &tiers),
        facts: facts(&standing, settings.currency),
        progress: standing.next.as_ref().map(|next| part(standing.progress, next.threshold)),
        moves: rows.collect(),
        next: moves.next,
        may_assign: cx.may(Action::TiersAssign),
        pinned: standing.pinned_until.is_some(),
    })
}

/// The tier at a glance, for the page of the customer.
pub async fn glance(engine: &Engine, cx: &Cx, id: CustomerId) -> Result<Option<TierGlance>, PageError> {
    if !cx.may(Action::TiersRead) {
        return Ok(None);
    }
    let tiers = engine.tier_list(cx).await?;
    if tiers.is_empty() {
        return Ok(None);
    }
    let standing = engine.customer_tier(cx, id).await?;
    let currency = engine.merchant_settings(cx).await?.currency;
    let count = |number| standing.basis.counted(number, currency);
    // What would be lost comes before what could be won.
    let keep =
        standing.keep.filter(|keep| keep.missing > 0).zip(standing.tier.as_ref()).map(|(keep, tier)| {
            let missing = format!("{} more by {}", count(keep.missing), day_of_year(keep.deadline));
            (part(keep.progress, keep.threshold), format!("{missing} to keep {}", tier.name))
        });
    let rise = standing.next.as_ref().map(|next| {
        let missing = format!("{} more for {}", count(next.missing), next.tier.name);
        (part(standing.progress, next.threshold), missing)
    });
    Ok(Some(TierGlance {
        name: standing.tier.as_ref().map_or_else(|| "No tier yet".to_owned(), |tier| tier.name.clone()),
        rank: rank(&standing, &tiers),
        kept: standing.kept_until.map(|until| format!("until {}", day_of_year(until))),
        way: keep.or(rise),
    }))
}

/// Which step of the ladder it is.
fn rank(standing: &CustomerTier, tiers: &[TierView]) -> Option<Rank> {
    let tier = standing.tier.as_ref()?;
    tiers.iter().position(|one| one.id == tier.id).map(|place| Rank::new(place, tiers.len()))
}

/// How much of a threshold is reached, in percent. 100 only when all of it is.
fn part(progress: i64, threshold: i64) -> u8 {
    let (progress, threshold) = (i128::from(progress.max(0)), i128::from(threshold.max(1)));
    u8::try_from((progress * 100 / threshold).min(100)).unwrap_or(100)
}

fn facts(standing: &CustomerTier, currency: Currency) -> Vec<(String, String)> {
    let count = |number| standing.basis.counted(number, currency);
    let mut facts = vec![
        ("Since".to_owned(), day_of_year(standing.since)),
        ("Counts today".to_owned(), count(standing.progress)),
    ];
    if let Some(next) = &standing.next {
        let missing = format!("{} more, at {}", count(next.missing), count(next.threshold));
        facts.push((format!("To {}", next.tier.name), missing));
    }
    if let Some(keep) = &standing.keep {
        facts.push(("Kept until".to_owned(), day_of_year(keep.until)));
        let then = day_of_year(keep.then_until);
        facts.push(match keep.missing {
            0 => ("Then".to_owned(), format!("Kept until {then}: enough has been done")),
            missing => {
                let deadline = day_of_year(keep.deadline);
                (format!("To keep it until {then}"), format!("{} more by {deadline}", count(missing)))
            }
        });
    }
    if let Some(until) = standing.pinned_until {
        facts.push(("Pinned until".to_owned(), day_of_year(until)));
    }
    if let Some(manual) = standing.manual {
        facts.push(("By hand".to_owned(), super::super::page::capitalised(manual.as_str())));
    }
    facts
}

#[cfg(test)]
mod tests {
    use super::part;

    #[test]
    fn the_whole_way_is_only_shown_when_it_is_done() {
        assert_eq!(part(0, 800), 0);
        assert_eq!(part(799, 800), 99);
        assert_eq!(part(800, 800), 100);
        assert_eq!(part(i64::MAX, 1), 100);
        assert_eq!(part(-5, 800), 0);
        assert_eq!(part(5, 0), 100);
    }
}
