//! The lives of redemptions and vouchers.

use perennial_domain::rewards::{
    PointsPlace, RedemptionEvent as R, RedemptionState, Step, VoucherEvent as V, VoucherState, voucher_expiry,
};
use proptest::prelude::*;

use super::support::*;

#[test]
fn a_voucher_goes_these_ways_and_no_others() {
    use VoucherState::*;
    let moves = [
        (Issued, V::Reserve, Reserved),
        (Issued, V::Use, Used),
        (Issued, V::Cancel, Cancelled),
        (Issued, V::Expire, Expired),
        (Reserved, V::Release, Issued),
        (Reserved, V::Use, Used),
        (Used, V::Restore, Issued),
        (Used, V::Reverse, Reversed),
    ];
    let stays = [
        (Issued, V::Release),
        (Issued, V::Restore),
        (Cancelled, V::Cancel),
        (Expired, V::Expire),
        (Reversed, V::Reverse),
    ];
    for state in VoucherState::ALL {
        for event in V::ALL {
            let moved =
                moves.iter().find(|(from, by, _)| (*from, *by) == (state, event)).map(|(_, _, to)| *to);
            match state.after(event) {
                Ok(Step::To(to)) => assert_eq!(Some(to), moved, "{state:?} {event:?}"),
                Ok(Step::Stay) => assert!(stays.contains(&(state, event)), "{state:?} {event:?}"),
                Err(_) => assert!(moved.is_none() && !stays.contains(&(state, event)), "{state:?} {event:?}"),
            }
        }
    }
    let twice = Used.after(V::Use).unwrap_err();
    assert_eq!(twice.to_string(), "a voucher that is used cannot be used");
}

#[test]
fn a_redemption_goes_these_ways_and_no_others() {
    use RedemptionState::*;
    let moves = [
        (Reserved, R::Capture, Captured),
        (Reserved, R::Release, Released),
        (Reserved, R::Cancel, Released),
        (Captured, R::Prepare, Preparing),
        (Captured, R::Ship, Shipped),
        (Captured, R::Fulfil, Fulfilled),
        (Captured, R::Cancel, Cancelled),
        (Preparing, R::Ship, Shipped),
        (Preparing, R::Fulfil, Fulfilled),
        (Preparing, R::Cancel, Cancelled),
        (Shipped, R::Fulfil, Fulfilled),
        (Shipped, R::Reverse, Reversed),
        (Fulfilled, R::Reverse, Reversed),
        (Fulfilled, R::Restore, Captured),
    ];
    let stays = [
        (Captured, R::Capture),
        (Captured, R::Restore),
        (Preparing, R::Prepare),
        (Shipped, R::Ship),
        (Fulfilled, R::Fulfil),
        (Released, R::Release),
        (Released, R::Cancel),
        (Cancelled, R::Cancel),
        (Reversed, R::Reverse),
    ];
    for state in RedemptionState::ALL {
        for event in R::ALL {
            let moved =
                moves.iter().find(|(from, by, _)| (*from, *by) == (state, event)).map(|(_, _, to)| *to);
            match state.after(event) {
                Ok(Step::To(to)) => assert_eq!(Some(to), moved, "{state:?} {event:?}"),
                Ok(Step::Stay) => assert!(stays.contains(&(state, event)), "{state:?} {event:?}"),
                Err(_) => assert!(moved.is_none() && !stays.contains(&(state, event)), "{state:?} {event:?}"),
            }
        }
    }
    let late = Released.after(R::Capture).unwrap_err();
    assert_eq!(late.to_string(), "a redemption that is released cannot be captured");
}

#[test]
fn time_runs_out_whether_a_worker_was_there_or_not() {
    let until = Some(at("2026-05-14T10:00:00Z"));
    let (before, then) = (at("2026-05-14T09:59:59Z"), at("2026-05-14T10:00:00Z"));
    assert_eq!(RedemptionState::Reserved.at(before, until), RedemptionState::Reserved);
    assert_eq!(RedemptionState::Reserved.at(then, until), RedemptionState::Released);
    assert_eq!(RedemptionState::Captured.at(then, until), RedemptionState::Captured);
    assert_eq!(RedemptionState::Reserved.at(then, None), RedemptionState::Reserved);
    assert_eq!(VoucherState::Issued.at(before, until), VoucherState::Issued);
    assert_eq!(VoucherState::Issued.at(then, until), VoucherState::Expired);
    for state in [VoucherState::Reserved, VoucherState::Used, VoucherState::Cancelled] {
        assert_eq!(state.at(then, until), state);
    }
}

#[test]
fn vouchers_live_to_the_end_of_the_local_day() {
    let berlin = zone("Europe/Berlin");
    assert_eq!(voucher_expiry(at("2026-05-14T21:59:59Z"), Some(1), berlin), Some(at("2026-05-15T22:00:00Z")));
    assert_eq!(voucher_expiry(at("2026-05-14T22:00:00Z"), Some(1), berlin), Some(at("2026-05-16T22:00:00Z")));
    assert_eq!(voucher_expiry(at("2026-05-14T22:00:00Z"), None, berlin), None);
}

#[test]
fn states_have_their_words() {
    for state in VoucherState::ALL {
        assert_eq!(state.as_str().parse(), Ok(state));
        assert_eq!(serde_json::to_value(state).unwrap(), state.as_str());
    }
    for state in RedemptionState::ALL {
        assert_eq!(state.as_str().parse(), Ok(state));
        assert_eq!(serde_json::to_value(state).unwrap(), state.as_str());
    }
    assert!("lost".parse::<VoucherState>().is_err() && "lost".parse::<RedemptionState>().is_err());
}

proptest! {
    #[test]
    fn points_go_away_once_and_come_back_at_most_once(
        one_phase in any::<bool>(),
        events in proptest::collection::vec(proptest::sample::select(R::ALL.to_vec()), 0..20),
    ) {
        let mut state = if one_phase { RedemptionState::Captured } else { RedemptionState::Reserved };
        let (mut spent, mut back) = (u8::from(one_phase), 0);
        for event in events {
            let before = state.points();
            if let Ok(Step::To(next)) = state.after(event) {
                state = next;
            }
            prop_assert!(before != PointsPlace::Back || state.points() == PointsPlace::Back);
            spent += u8::from(before == PointsPlace::Held && state.points() == PointsPlace::Spent);
            back += u8::from(before != PointsPlace::Back && state.points() == PointsPlace::Back);
            prop_assert_eq!(state.counts(), back == 0);
            prop_assert!(state.takes_stock() || !state.counts());
        }
        prop_assert!(spent <= 1 && back <= 1);
    }

    #[test]
    fn a_voucher_is_used_once_for_each_time_it_is_restored(
        events in proptest::collection::vec(proptest::sample::select(V::ALL.to_vec()), 0..30),
    ) {
        let mut state = VoucherState::Issued;
        let (mut used, mut restored) = (0, 0);
        for event in events {
            if let Ok(Step::To(next)) = state.after(event) {
                used += i32::from(next == VoucherState::Used);
                restored += i32::from(event == V::Restore);
                state = next;
            }
            prop_assert!(used - restored <= 1 && used >= restored);
        }
    }
}
