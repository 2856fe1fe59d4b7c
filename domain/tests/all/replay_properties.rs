//! What holds of every replay, whatever was bought and whatever is tried.

use perennial_domain::promotion::RuleSet;
use perennial_domain::returns::Returning;
use proptest::prelude::*;

use super::properties::{facts, promotion_json, rule_set};
use super::replay::trying;
use super::support::*;

proptest! {
    /// The promotion is new, so that all that changes is what it makes; and what it gives and others give less is the same
    /// whether it is counted as a whole, by promotion, or by day.
    #[test]
    fn the_figures_fit_together(
        purchases in proptest::collection::vec((facts(), any::<bool>()), 1..8),
        (own, before, carry_over) in (promotion_json(), rule_set(), any::<bool>()),
    ) {
        let mut trying = trying(own, RuleSet { carry_over, ..before });
        for (number, (facts, is_returned)) in (0_u128..).zip(purchases) {
            // Two of each customer.
            let (customer, facts) = (number / 2, facts.currency("USD"));
            let paid: i64 = facts.lines.iter().map(|line| line.paid.get()).sum();
            if is_returned && paid > 1 {
                trying.returns(customer, facts, Returning::Amount(amount(paid / 2)));
            } else {
                trying.buys(customer, facts);
            }
        }
        let replay = trying.replay();
        prop_assert!(replay.left_out.is_empty());
        prop_assert_eq!((replay.gave, replay.change), (0, replay.points));
        prop_assert!(replay.gives >= 0 && replay.customers <= replay.looked_at.customers);
        let displaced: i64 = replay.overlaps.iter().map(|overlap| overlap.displaced).sum();
        prop_assert_eq!((replay.displaces, replay.points), (displaced, replay.gives - displaced));
        let days = replay.days.iter().map(|day| (day.matched, day.points));
        let days = days.fold((0, 0), |sum, day| (sum.0 + day.0, sum.1 + day.1));
        prop_assert_eq!(days, (replay.matched, replay.points));
        // Those who lose something are not among them.
        let won: i64 = replay.winners.iter().map(|winner| winner.points).sum();
        prop_assert!(won >= replay.points);
    }
}
