//! Tiers from the engine, in words for the customer.

use super::StandingView;
use crate::error::PageError;
use crate::format::date;
use crate::ui::Rank;
use perennial_domain::money::Currency;
use perennial_domain::tiers::{TierBasis, TierPolicy, TierWindow};
use perennial_engine::tiers::{CustomerTier, TierView};
use perennial_engine::{Cx, Engine};

/// One tier of the ladder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct StepView {
    /// What it is called.
    pub(super) name: String,
    /// “from 800 points”.
    pub(super) from: String,
    /// What it brings.
    pub(super) brings: Vec<String>,
    /// How it is drawn.
    pub(super) rank: Rank,
    /// The customer has it.
    pub(super) is_mine: bool,
}

/// The page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TiersView {
    /// Where the customer stands; nothing while the merchant has no tiers.
    pub(super) standing: Option<StandingView>,
    /// The ladder, the lowest first.
    pub(super) steps: Vec<StepView>,
    /// How customers move on it, in a sentence.
    pub(super) rules: String,
}

/// The page.
pub(super) async fn view(engine: &Engine, cx: &Cx) -> Result<TiersView, PageError> {
    let program = engine.snapshot(cx).await?;
    let (policy, currency) = (program.settings.tiers, program.settings.currency);
    let tiers = engine.tier_list(cx).await?;
    if tiers.is_empty() {
        return Ok(TiersView { standing: None, steps: Vec::new(), rules: String::new() });
    }
    let mine = engine.customer_tier(cx, cx.require_customer()?).await?;
    let steps = tiers.iter().enumerate().map(|(place, tier)| StepView {
        name: tier.terms.name.clone(),
        from: match tier.terms.threshold.unwrap_or_default() {
            0 => "for everybody".to_owned(),
            threshold => format!("from {}", policy.basis.counted(threshold, currency)),
        },
        brings: tier.brings.clone(),
        rank: Rank::new(place, tiers.len()),
        is_mine: mine.tier.as_ref().is_some_and(|one| one.id == tier.id),
    });
    Ok(TiersView {
        steps: steps.collect(),
        standing: Some(standing(&mine, &tiers, currency)),
        rules: rules(&policy),
    })
}

/// Where the customer stands; nothing while the merchant has no tiers.
pub(in crate::portal) async fn mine(engine: &Engine, cx: &Cx) -> Result<Option<StandingView>, PageError> {
    Ok(view(engine, cx).await?.standing)
}

fn standing(mine: &CustomerTier, tiers: &[TierView], currency: Currency) -> StandingView {
    let count = |number| mine.basis.counted(number, currency);
    let name = mine.tier.as_ref().map(|tier| tier.name.clone());
    let place = mine.tier.as_ref().and_then(|tier| tiers.iter().position(|one| one.id == tier.id));
    let mut todo = Vec::new();
    if let Some(next) = &mine.next {
        todo.push((format!("{} more", count(next.missing)), format!(" to {}", next.tier.name)));
    }
    let keep = mine.keep.as_ref();
    if let (Some(keep), Some(name)) = (keep.filter(|keep| keep.missing > 0), &name) {
        // A date is not broken between two lines.
        let whole = |day| date(day).replace(' ', "\u{a0}");
        let rest = format!(" by {} to keep {name} until {}", whole(keep.deadline), whole(keep.then_until));
        todo.push((format!("{} more", count(keep.missing)), rest));
    }
    let way = match (&mine.next, keep) {
        (Some(next), _) => Some((mine.progress, next.threshold)),
        (None, Some(keep)) => Some((keep.progress, keep.threshold)),
        (None, None) => None,
    };
    StandingView {
        rank: place.map(|place| Rank::new(place, tiers.len())),
        until: match (&name, mine.pinned_until, keep) {
            (None, ..) => None,
            (Some(_), Some(pinned), _) => Some(date(pinned)),
            (Some(_), None, Some(keep)) => {
                Some(date(if keep.missing == 0 { keep.then_until } else { keep.until }))
            }
            (Some(_), None, None) => None,
        },
        way: way.map(|(done, whole)| (part(done, whole), format!("{} of {}", count(done), count(whole)))),
        name: name.unwrap_or_else(|| "Your first tier is ahead".to_owned()),
        todo,
    }
}

/// How much of a threshold is reached, in percent. 100 only when all of it is.
fn part(done: i64, whole: i64) -> u8 {
    let (done, whole) = (i128::from(done.max(0)), i128::from(whole.max(1)));
    u8::try_from((done * 100 / whole).min(100)).unwrap_or(100)
}

fn rules(policy: &TierPolicy) -> String {
    let (what, counts) = match policy.basis {
        TierBasis::PointsEarned => ("The points you earn", "count"),
        TierBasis::Spend => ("What you spend", "counts"),
        TierBasis::Purchases => ("Every purchase", "counts"),
        TierBasis::ReferralCredits => ("Every friend you bring", "counts"),
    };
    let (time, kept) = match policy.window {
        TierWindow::RollingMonths { months } => {
            (format!("in the last {months} months"), format!("for {months} months"))
        }
        TierWindow::CalendarYear {} => {
            ("in the calendar year".to_owned(), "to the end of the year".to_owned())
        }
        TierWindow::MembershipYear {} => {
            ("in the year since you joined".to_owned(), "to the end of that year".to_owned())
        }
        TierWindow::Ever {} => {
            return format!(
                "{what} {counts} from your first day on. A tier you have reached is yours for good."
            );
        }
    };
    format!(
        "{what} {time} {counts}. You climb at once, and keep a tier {kept}. Spending points never costs you a tier."
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rules_are_a_sentence_whatever_counts() {
        for basis in TierBasis::ALL {
            for window in [
                TierWindow::RollingMonths { months: 12 },
                TierWindow::CalendarYear {},
                TierWindow::MembershipYear {},
                TierWindow::Ever {},
            ] {
                let text = rules(&TierPolicy { basis, window, ..TierPolicy::default() });
                let plural = basis == TierBasis::PointsEarned;
                assert_eq!(text.contains(" count.") || text.contains(" count "), plural, "{text}");
            }
        }
    }
}
