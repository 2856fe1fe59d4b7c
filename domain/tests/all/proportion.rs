//! Shares that add up, and what returns leave.

use perennial_domain::proportion::{kept, split};
use proptest::prelude::*;

#[test]
fn the_largest_remainders_get_what_is_left_over() {
    let table: [(u64, &[u64], &[u64]); 8] = [
        (100, &[1, 1, 1], &[34, 33, 33]),
        (10, &[3, 3, 4], &[3, 3, 4]),
        (5, &[1, 2, 3], &[1, 2, 2]),
        (1, &[1, 2, 3], &[0, 0, 1]),
        (7, &[0, 5, 0], &[0, 7, 0]),
        (7, &[0, 0], &[0, 0]),
        (0, &[4, 5], &[0, 0]),
        (9, &[], &[]),
    ];
    for (total, weights, parts) in table {
        assert_eq!(split(total, weights), parts, "{total} over {weights:?}");
    }
    assert_eq!(split(u64::MAX, &[u64::MAX, u64::MAX]), [1 << 63, (1 << 63) - 1]);
}

#[test]
fn what_is_kept_is_rounded_down() {
    let table = [(10, 3, 1, 6), (10, 3, 3, 0), (10, 3, 0, 10), (10, 3, 4, 0), (10, 0, 0, 10), (0, 5, 2, 0)];
    for (whole, amount, returned, expected) in table {
        assert_eq!(kept(whole, amount, returned), expected, "{whole} of {amount} less {returned}");
    }
    assert_eq!(kept(u64::MAX, u64::MAX, 1), u64::MAX - 1);
}

proptest! {
    #[test]
    fn parts_add_up_and_stay_next_to_their_share(
        total in 0..10_000_u64,
        weights in proptest::collection::vec(0..500_u64, 0..12),
    ) {
        let parts = split(total, &weights);
        let all: u64 = weights.iter().sum();
        prop_assert_eq!(parts.len(), weights.len());
        prop_assert_eq!(parts.iter().sum::<u64>(), if all == 0 { 0 } else { total });
        for (part, weight) in parts.iter().zip(&weights) {
            if let Some(share) = (total * weight).checked_div(all) {
                prop_assert!(*part == share || (*part == share + 1 && (total * weight) % all > 0));
                prop_assert!(total > all || part <= weight);
            }
        }
    }

    #[test]
    fn returning_more_never_leaves_more(whole in 0..1_000_u64, amount in 1..500_u64, a in 0..500_u64, b in 0..500_u64) {
        let (less, more) = (a.min(b).min(amount), a.max(b).min(amount));
        prop_assert!(kept(whole, amount, more) <= kept(whole, amount, less));
        prop_assert_eq!(kept(whole, amount, amount), 0);
        prop_assert_eq!(kept(whole, amount, 0), whole);
    }
}
