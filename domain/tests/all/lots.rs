//! What expires first is spent first.

use chrono::{DateTime, Utc};
use perennial_domain::calendar::{days_later, end_of_day_after};
use perennial_domain::lots::{Lot, Short, Taken, consume, expired};
use proptest::prelude::*;

use super::support::*;

fn lot(id: u8, left: u64, expires_at: Option<&str>) -> Lot<u8> {
    Lot { id, left, expires_at: expires_at.map(at) }
}

#[test]
fn g18_the_earliest_expiry_goes_first_and_none_goes_last() {
    let lots = [
        lot(1, 10, None),
        lot(2, 10, Some("2026-07-01T00:00:00Z")),
        lot(4, 10, Some("2026-06-01T00:00:00Z")),
        lot(3, 10, Some("2026-06-01T00:00:00Z")),
        lot(5, 10, Some("2026-05-01T00:00:00Z")),
    ];
    let now = at("2026-05-14T10:00:00Z");
    let taken = |amount| {
        consume(&lots, amount, now).map(|taken| taken.iter().map(|t| (t.id, t.amount)).collect::<Vec<_>>())
    };
    assert_eq!(taken(0), Ok(vec![]));
    assert_eq!(taken(10), Ok(vec![(3, 10)]));
    assert_eq!(taken(25), Ok(vec![(3, 10), (4, 10), (2, 5)]));
    assert_eq!(taken(40), Ok(vec![(3, 10), (4, 10), (2, 10), (1, 10)]));
    assert_eq!(taken(43), Err(Short { missing: 3 }));
    assert_eq!(expired(&lots, now), [Taken { id: 5, amount: 10 }]);
}

#[test]
fn the_end_is_exclusive() {
    let lots = [lot(1, 5, Some("2026-05-14T10:00:00Z"))];
    assert!(consume(&lots, 5, at("2026-05-14T09:59:59Z")).is_ok());
    assert_eq!(consume(&lots, 5, at("2026-05-14T10:00:00Z")), Err(Short { missing: 5 }));
}

#[test]
fn days_follow_the_local_calendar() {
    let berlin = zone("Europe/Berlin");
    let table = [
        // The night of 29 March 2026 has 23 hours, that of 25 October 25.
        (days_later(at("2026-03-28T12:00:00Z"), 1, berlin), "2026-03-29T11:00:00Z"),
        (days_later(at("2026-10-24T12:00:00Z"), 1, berlin), "2026-10-25T13:00:00Z"),
        (days_later(at("2026-10-24T12:00:00Z"), 0, berlin), "2026-10-24T12:00:00Z"),
        // 02:30 does not exist on that day.
        (days_later(at("2026-03-28T01:30:00Z"), 1, berlin), "2026-03-29T01:00:00Z"),
        (end_of_day_after(at("2026-03-28T12:00:00Z"), 0, berlin), "2026-03-28T23:00:00Z"),
        (end_of_day_after(at("2026-03-28T12:00:00Z"), 1, berlin), "2026-03-29T22:00:00Z"),
        // Already the next day in Berlin.
        (end_of_day_after(at("2028-02-28T23:30:00Z"), 0, berlin), "2028-02-29T23:00:00Z"),
        (end_of_day_after(at("2028-02-28T23:30:00Z"), 365, berlin), "2029-02-28T23:00:00Z"),
    ];
    for (found, expected) in table {
        assert_eq!(found, at(expected));
    }
    assert_eq!(end_of_day_after(DateTime::<Utc>::MAX_UTC, 9, berlin), DateTime::<Utc>::MAX_UTC);
}

proptest! {
    #[test]
    fn what_is_taken_is_what_was_asked_for_and_there(
        lots in proptest::collection::vec((0..50_u64, proptest::option::of(0..5_i64)), 0..8),
        amount in 0..200_u64,
        now in 0..5_i64,
    ) {
        let instant = |second| DateTime::from_timestamp(second, 0).unwrap();
        let lots: Vec<_> = (0_u8..).zip(lots).map(|(id, (left, second))| {
            Lot { id, left, expires_at: second.map(instant) }
        }).collect();
        let open: u64 = lots.iter().filter(|lot| !lot.is_over(instant(now))).map(|lot| lot.left).sum();
        let gone: u64 = expired(&lots, instant(now)).iter().map(|taken| taken.amount).sum();
        prop_assert_eq!(open + gone, lots.iter().map(|lot| lot.left).sum::<u64>());
        match consume(&lots, amount, instant(now)) {
            Err(Short { missing }) => prop_assert_eq!(open + missing, amount),
            Ok(taken) => {
                prop_assert_eq!(taken.iter().map(|taken| taken.amount).sum::<u64>(), amount);
                for part in &taken {
                    prop_assert!(part.amount > 0 && part.amount <= lots[usize::from(part.id)].left);
                }
                // No lot is touched while one that expires earlier still holds something.
                let left = |id: u8| {
                    let taken = taken.iter().find(|part| part.id == id).map_or(0, |part| part.amount);
                    lots[usize::from(id)].left - taken
                };
                let far = i64::MAX;
                let expiry = |lot: &Lot<u8>| lot.expires_at.map_or(far, |instant| instant.timestamp());
                for part in &taken {
                    let own = expiry(&lots[usize::from(part.id)]);
                    let earlier = lots.iter().filter(|lot| !lot.is_over(instant(now)) && expiry(lot) < own);
                    prop_assert_eq!(earlier.map(|lot| left(lot.id)).sum::<u64>(), 0);
                }
            }
        }
    }
}
