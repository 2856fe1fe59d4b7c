//! Who moves when the ladder itself is edited.

use perennial_domain::tiers::{
    Ladder, ManualMove, Membership, Move, MoveReason, Progress, TierPolicy, assess, impact,
};
use proptest::prelude::*;

use super::tier_support::*;

/// Where an edit on 14 May 2026 moves a member of a tier with so much progress.
fn moved(
    old: &Ladder,
    new: &Ladder,
    member: &Membership,
    running: i64,
    merit: Option<i64>,
) -> (Move, Option<u128>) {
    let policy = calendar_year();
    let found = impact(old, &on(new, &policy, "2026-05-14"), member, running, merit);
    (found.moved, found.after.tier.map(|tier| tier.uuid().as_u128()))
}

fn of(tier: u128) -> Membership {
    member(tier, "2026-02-01", (tier > 1).then_some("2026-12-31"))
}

#[test]
fn seed_001_an_order_of_50_leads_to_the_second_tier_and_deleting_it_to_the_one_below() {
    let (ladder, policy) = (seed_ladder(), calendar_year());
    let situation = on(&ladder, &policy, "2026-05-14");
    let begun = Membership::begin(&situation);
    let promoted = assess(&situation, &begun, Progress { running: 50, keeping: None });
    assert_eq!(promoted.moved, Move::Up { from: Some(tier_id(1)), to: tier_id(2) });

    let left = ladder.clone().without(tier_id(2));
    let found = impact(&ladder, &on(&left, &policy, "2026-05-14"), &promoted.after, 50, None);
    assert_eq!(found.moved, Move::Down { from: tier_id(2), to: Some(tier_id(1)) });
    assert_eq!((found.why, found.after), (MoveReason::TierDeleted {}, member(1, "2026-05-14", None)));
}

#[test]
fn a_new_name_and_new_benefits_move_nobody() {
    let old = seed_ladder();
    let mut silver = tier(2, 50);
    silver.terms.name = "Argent".parse().unwrap();
    silver.terms.multiplier = "2".parse().unwrap();
    silver.terms.benefits = vec!["A chair".parse().unwrap()];
    let new = old.clone().replacing(silver).unwrap();
    for (tier, running) in [(1, 49), (2, 50), (2, 99), (2, 0), (3, 100), (3, 0)] {
        assert_eq!(moved(&old, &new, &of(tier), running, None), (Move::Stay, Some(tier)), "{tier} {running}");
    }
}

#[test]
fn g15_a_deleted_tier_moves_all_its_members_and_nobody_else() {
    let old = ladder(&[0, 50, 100, 200]);
    let without =
        |tiers: &[u128]| tiers.iter().fold(old.clone(), |ladder, number| ladder.without(tier_id(*number)));
    let down = |from: u128, to: Option<u128>| Move::Down { from: tier_id(from), to: to.map(tier_id) };
    assert_eq!(moved(&old, &without(&[3]), &of(3), 150, None), (down(3, Some(2)), Some(2)));
    assert_eq!(moved(&old, &without(&[3]), &of(2), 99, None), (Move::Stay, Some(2)));
    assert_eq!(moved(&old, &without(&[3]), &of(4), 250, None), (Move::Stay, Some(4)));
    // The one below is the next that is left.
    assert_eq!(moved(&old, &without(&[2, 3]), &of(3), 150, None), (down(3, Some(1)), Some(1)));
    assert_eq!(moved(&old, &without(&[1]), &of(1), 10, None), (down(1, None), None));
    assert_eq!(moved(&old, &Ladder::default(), &of(4), 250, None), (down(4, None), None));
    // Also those who are pinned: there is nothing left to be pinned to.
    let pinned = Membership { pinned_until: Some(date("2027-12-31")), ..of(3) };
    let policy = calendar_year();
    let left = without(&[3]);
    let found = impact(&old, &on(&left, &policy, "2026-05-14"), &pinned, 0, None);
    assert_eq!((found.moved, found.after.pinned_until), (down(3, Some(2)), None));
    // Who was moved down by staff is not moved up by it.
    let demoted = Membership { manual: Some(ManualMove::Demoted), ..of(2) };
    let left = without(&[2]);
    let found = impact(&old, &on(&left, &policy, "2026-05-14"), &demoted, 250, None);
    assert_eq!((found.moved, found.after.manual), (down(2, Some(1)), Some(ManualMove::Demoted)));
    let next = assess(
        &on(&left, &policy, "2026-05-15"),
        &found.after,
        Progress { running: 250, keeping: Some(250) },
    );
    assert_eq!(next.moved, Move::Stay);
}

#[test]
fn a_tier_that_is_deleted_for_another_one_moves_those_who_reached_that() {
    let old = seed_ladder();
    let policy = calendar_year();
    for (threshold, expected) in [
        (40, Move::Down { from: tier_id(2), to: Some(tier_id(5)) }),
        (50, Move::Up { from: Some(tier_id(2)), to: tier_id(5) }),
        (60, Move::Up { from: Some(tier_id(2)), to: tier_id(5) }),
    ] {
        let new = old.clone().without(tier_id(2)).with(tier(5, threshold)).unwrap();
        let found = impact(&old, &on(&new, &policy, "2026-05-14"), &of(2), 60, None);
        assert_eq!((found.moved, found.after.tier), (expected, Some(tier_id(5))), "{threshold}");
    }
}

#[test]
fn g16_a_lower_threshold_moves_up_who_has_reached_it() {
    let old = seed_ladder();
    let new = old.clone().replacing(tier(3, 80)).unwrap();
    let up = Move::Up { from: Some(tier_id(2)), to: tier_id(3) };
    assert_eq!(moved(&old, &new, &of(2), 79, None), (Move::Stay, Some(2)));
    assert_eq!(moved(&old, &new, &of(2), 80, None), (up, Some(3)));
    assert_eq!(moved(&old, &new, &of(2), 81, None), (up, Some(3)));
    // By what was earned this year; what was earned last year does not lift anybody.
    assert_eq!(moved(&old, &new, &of(2), 79, Some(99)), (Move::Stay, Some(2)));
    let pinned = Membership { pinned_until: Some(date("2026-05-14")), ..of(2) };
    assert_eq!(moved(&old, &new, &pinned, 80, None), (Move::Stay, Some(2)));
    let demoted = Membership { manual: Some(ManualMove::Demoted), ..of(2) };
    assert_eq!(moved(&old, &new, &demoted, 80, None), (Move::Stay, Some(2)));
    let inserted = old.clone().with(tier(4, 80)).unwrap();
    let up = Move::Up { from: Some(tier_id(2)), to: tier_id(4) };
    assert_eq!(moved(&old, &inserted, &of(2), 80, None), (up, Some(4)));
    assert_eq!(moved(&old, &inserted, &of(3), 80, None), (Move::Stay, Some(3)));
}

#[test]
fn g16_a_higher_threshold_moves_down_whom_it_robs_of_the_tier() {
    let old = seed_ladder();
    let new = old.clone().replacing(tier(3, 150)).unwrap();
    let down = Move::Down { from: tier_id(3), to: Some(tier_id(2)) };
    assert_eq!(moved(&old, &new, &of(3), 100, None), (down, Some(2)));
    assert_eq!(moved(&old, &new, &of(3), 149, None), (down, Some(2)));
    assert_eq!(moved(&old, &new, &of(3), 150, None), (Move::Stay, Some(3)));
    // By what was earned last year, as far as that reaches.
    assert_eq!(moved(&old, &new, &of(3), 0, Some(149)), (down, Some(2)));
    assert_eq!(moved(&old, &new, &of(3), 0, Some(150)), (Move::Stay, Some(3)));
    assert_eq!(moved(&old, &new, &of(3), 149, Some(150)), (Move::Stay, Some(3)));
    // Not by the threshold at all: staff's kindness, or a period that is not over.
    assert_eq!(moved(&old, &new, &of(3), 99, Some(20)), (Move::Stay, Some(3)));
    let pinned = Membership { pinned_until: Some(date("2026-12-31")), ..of(3) };
    assert_eq!(moved(&old, &new, &pinned, 100, None), (Move::Stay, Some(3)));
    // Straight to where the progress leads.
    let higher = Ladder::new([tier(1, 0), tier(2, 120), tier(3, 150)]).unwrap();
    let to_base = Move::Down { from: tier_id(3), to: Some(tier_id(1)) };
    assert_eq!(moved(&old, &higher, &of(3), 100, None), (to_base, Some(1)));
}

#[test]
fn who_gains_a_tier_from_which_one_can_fall_gets_a_period_for_it() {
    let old = seed_ladder();
    // The base is no base any more, and its members can fall from it.
    let raised = old.clone().replacing(tier(1, 10)).unwrap();
    let policy = calendar_year();
    let base = member(1, "2026-01-01", None);
    let found = impact(&old, &on(&raised, &policy, "2026-05-14"), &base, 20, None);
    assert_eq!((found.moved, found.after.kept_until), (Move::Stay, Some(date("2026-12-31"))));
    let found = impact(&old, &on(&raised, &policy, "2026-05-14"), &base, 9, None);
    assert_eq!(found.moved, Move::Down { from: tier_id(1), to: None });
}

fn ladders() -> impl Strategy<Value = Ladder> {
    prop::collection::btree_map(0..200_i64, 1..9_u128, 0..6).prop_map(|tiers| {
        tiers.into_iter().fold(Ladder::default(), |ladder, (threshold, number)| {
            ladder.clone().with(tier(number, threshold)).unwrap_or(ladder)
        })
    })
}

fn policies() -> impl Strategy<Value = TierPolicy> {
    let window = prop::sample::select(vec![
        serde_json::json!({"kind": "calendar_year"}),
        serde_json::json!({"kind": "membership_year"}),
        serde_json::json!({"kind": "ever"}),
        serde_json::json!({"kind": "rolling_months", "months": 3}),
    ]);
    (window, any::<bool>(), 0..60_u16).prop_map(|(window, straight, grace_days)| {
        let demotion = if straight { "straight" } else { "one_step" };
        policy(window, serde_json::json!({"demotion": demotion, "grace_days": grace_days}))
    })
}

fn members() -> impl Strategy<Value = Membership> {
    let days = || prop::option::of(0..900_u64);
    let manual = prop::sample::select(vec![None, Some(ManualMove::Promoted), Some(ManualMove::Demoted)]);
    (0..9_u128, days(), days(), manual).prop_map(|(tier, kept, pinned, manual)| {
        let day = |days: u64| date("2025-06-01") + chrono::Days::new(days);
        Membership {
            kept_until: kept.map(day),
            pinned_until: pinned.map(day),
            manual,
            ..member(tier, "2025-06-01", None)
        }
    })
}

proptest! {
    #[test]
    fn after_an_edit_nobody_is_told_twice(
        old in ladders(), new in ladders(), policy in policies(), member in members(),
        running in 0..250_i64, merit in prop::option::of(0..250_i64),
    ) {
        let situation = on(&new, &policy, "2026-05-14");
        let first = impact(&old, &situation, &member, running, merit);
        prop_assert_eq!(first.moved == Move::Stay, first.after.tier == member.tier);
        prop_assert!(first.after.tier.is_none_or(|tier| new.get(tier).is_some()));
        // Whoever asks again, with the ladder as it is now, is told that nobody moves.
        let again = impact(&new, &situation, &first.after, running, merit);
        prop_assert_eq!((again.moved, again.after), (Move::Stay, first.after));
        let keeping = Some(running);
        let assessed = assess(&situation, &first.after, Progress { running, keeping });
        if first.after.kept_until.is_none_or(|until| until >= situation.today) {
            prop_assert_eq!(assessed.moved, Move::Stay);
        }
    }

    #[test]
    fn an_edit_of_other_terms_only_lifts_who_is_due(
        old in ladders(), policy in policies(), member in members(), running in 0..250_i64,
    ) {
        let situation = on(&old, &policy, "2026-05-14");
        let found = impact(&old, &situation, &member, running, None);
        let is_gone = member.tier.is_some_and(|tier| old.get(tier).is_none());
        if let (Move::Down { .. }, false) = (found.moved, is_gone) {
            prop_assert!(false, "moved down by nothing: {:?}", found);
        }
    }

    #[test]
    fn assessing_ends_at_a_place_that_is_stable_and_right(
        ladder in ladders(), policy in policies(), member in members(),
        running in 0..250_i64, more in 0..50_i64,
    ) {
        let situation = on(&ladder, &policy, "2026-05-14");
        let progress = Progress { running, keeping: Some(running + more) };
        let mut current = member;
        let mut steps = 0;
        loop {
            let found = assess(&situation, &current, progress);
            prop_assert_eq!(found.moved == Move::Stay, found.after.tier == current.tier);
            prop_assert!(found.after.pinned_until.is_none_or(|until| until >= situation.today));
            if found.after == current {
                break;
            }
            current = found.after;
            steps += 1;
            prop_assert!(steps < 40, "does not come to rest");
        }
        prop_assert!(current.tier.is_none_or(|tier| ladder.get(tier).is_some()));
        let reached = ladder.standing(running).map(|tier| tier.id);
        let is_free = !current.is_pinned(situation.today) && current.manual != Some(ManualMove::Demoted);
        if is_free {
            prop_assert!(ladder.rank(current.tier) >= ladder.rank(reached), "{:?} below {:?}", current, reached);
        }
        let is_due = current.kept_until.is_some_and(|until| {
            until + chrono::Days::new(policy.grace_days.into()) < situation.today
        });
        prop_assert!(!is_due || current.is_pinned(situation.today), "{:?} is still due", current);
    }
}
