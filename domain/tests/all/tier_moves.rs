//! Who rises, who is kept, who falls, and what staff can do about it.

use perennial_domain::tiers::{
    Assessment, Ladder, ManualMove, ManualMoveError, Membership, Move, MoveReason, Progress, TierPolicy,
    assess, demote, pin, promote, tier_progress,
};
use serde_json::json;

use super::tier_support::*;

/// What becomes of a member with so much progress, for rising and for keeping alike.
fn assessed(
    ladder: &Ladder,
    policy: &TierPolicy,
    today: &str,
    member: &Membership,
    progress: i64,
) -> Assessment {
    let progress = Progress { running: progress, keeping: Some(progress) };
    assess(&on(ladder, policy, today), member, progress)
}

fn up(from: u128, to: u128) -> Move {
    Move::Up { from: (from > 0).then(|| tier_id(from)), to: tier_id(to) }
}

fn down(from: u128, to: u128) -> Move {
    Move::Down { from: tier_id(from), to: (to > 0).then(|| tier_id(to)) }
}

#[test]
fn everybody_begins_at_the_base_or_without_a_tier() {
    let (seed, without_base, policy) = (seed_ladder(), ladder(&[50, 100]), calendar_year());
    assert_eq!(Membership::begin(&on(&seed, &policy, "2026-05-14")), member(1, "2026-05-14", None));
    assert_eq!(Membership::begin(&on(&without_base, &policy, "2026-05-14")), member(0, "2026-05-14", None));
}

#[test]
fn g13_up_at_once_exactly_at_the_threshold_and_over_several() {
    let (ladder, policy) = (seed_ladder(), calendar_year());
    let base = member(1, "2026-01-01", None);
    for (progress, expected) in
        [(0, Move::Stay), (49, Move::Stay), (50, up(1, 2)), (51, up(1, 2)), (99, up(1, 2)), (100, up(1, 3))]
    {
        let found = assessed(&ladder, &policy, "2026-05-14", &base, progress);
        assert_eq!(found.moved, expected, "{progress}");
    }
    let second = assessed(&ladder, &policy, "2026-05-14", &base, 50);
    assert_eq!(second.why, MoveReason::Reached { threshold: 50, progress: 50 });
    assert_eq!(second.after, member(2, "2026-05-14", Some("2026-12-31")));
    // Asked once more, there is nothing left to say.
    let again = assessed(&ladder, &policy, "2026-05-14", &second.after, 50);
    assert_eq!((again.moved, again.after), (Move::Stay, second.after));
}

#[test]
fn nobody_falls_before_the_period_is_over() {
    let (ladder, policy) = (seed_ladder(), calendar_year());
    let gold = member(3, "2026-05-14", Some("2026-12-31"));
    for today in ["2026-05-14", "2026-12-31"] {
        let found = assessed(&ladder, &policy, today, &gold, 0);
        assert_eq!((found.moved, found.why, found.after), (Move::Stay, MoveReason::Unchanged {}, gold));
    }
    let found = assessed(&ladder, &policy, "2027-01-01", &gold, 0);
    assert_eq!(found.moved, down(3, 2));
    assert_eq!(found.why, MoveReason::Missed { threshold: 100, progress: 0, period_end: date("2026-12-31") });
    assert_eq!(found.after, member(2, "2027-01-01", Some("2027-12-31")));
}

#[test]
fn down_one_step_or_straight() {
    let ladder = seed_ladder();
    let steps = calendar_year();
    let straight = policy(json!({"kind": "calendar_year"}), json!({"demotion": "straight"}));
    let gold = member(3, "2026-05-14", Some("2026-12-31"));
    for (progress, by_steps, at_once) in [
        (0, down(3, 2), down(3, 1)),
        (49, down(3, 2), down(3, 1)),
        (50, down(3, 2), down(3, 2)),
        (99, down(3, 2), down(3, 2)),
        (100, Move::Stay, Move::Stay),
    ] {
        let moved = |policy| assessed(&ladder, policy, "2027-01-01", &gold, progress).moved;
        assert_eq!((moved(&steps), moved(&straight)), (by_steps, at_once), "{progress}");
    }
    // Below the lowest tier there is none, unless everybody has it.
    let without_base = ladder.without(tier_id(1));
    let silver = member(2, "2026-05-14", Some("2026-12-31"));
    let found = assessed(&without_base, &steps, "2027-01-01", &silver, 0);
    assert_eq!((found.moved, found.after), (down(2, 0), member(0, "2027-01-01", None)));
}

#[test]
fn a_tier_that_was_earned_again_is_kept_for_the_next_period() {
    let (ladder, policy) = (seed_ladder(), calendar_year());
    let silver = member(2, "2026-05-14", Some("2026-12-31"));
    let found =
        assess(&on(&ladder, &policy, "2027-01-01"), &silver, Progress { running: 0, keeping: Some(50) });
    assert_eq!((found.moved, found.why), (Move::Stay, MoveReason::Kept { threshold: 50, progress: 50 }));
    assert_eq!(found.after, member(2, "2026-05-14", Some("2027-12-31")));
    // Missed by one, but made up for by the running year before a late job came by.
    let late = Progress { running: 50, keeping: Some(49) };
    let found = assess(&on(&ladder, &policy, "2027-02-01"), &silver, late);
    assert_eq!((found.moved, found.after.kept_until), (Move::Stay, Some(date("2027-12-31"))));
}

#[test]
fn grace_leaves_time_to_make_up_for_what_is_missing() {
    let ladder = seed_ladder();
    let policy = policy(json!({"kind": "calendar_year"}), json!({"grace_days": 30}));
    let gold = member(3, "2026-05-14", Some("2026-12-31"));
    let in_grace = MoveReason::InGrace { missing: 10, until: date("2027-01-30") };
    for today in ["2027-01-01", "2027-01-30"] {
        let found = assessed(&ladder, &policy, today, &gold, 90);
        assert_eq!((found.moved, found.why, found.after), (Move::Stay, in_grace, gold), "{today}");
    }
    let made_up = Progress { running: 10, keeping: Some(100) };
    let found = assess(&on(&ladder, &policy, "2027-01-20"), &gold, made_up);
    assert_eq!(found.why, MoveReason::Kept { threshold: 100, progress: 100 });
    assert_eq!(found.after.kept_until, Some(date("2027-12-31")));
    for today in ["2027-01-31", "2027-03-15"] {
        // The same answer, however late the job is.
        let found = assessed(&ladder, &policy, today, &gold, 90);
        assert_eq!((found.moved, found.after), (down(3, 2), member(2, "2027-01-31", Some("2027-12-31"))));
    }
}

#[test]
fn a_late_job_walks_from_period_to_period() {
    let (ladder, policy) = (ladder(&[0, 50, 100, 200]), calendar_year());
    let mut member = member(4, "2024-05-14", Some("2024-12-31"));
    let mut moves = Vec::new();
    loop {
        let found = assessed(&ladder, &policy, "2026-06-01", &member, 0);
        if found.after == member {
            break;
        }
        moves.push((found.moved, found.after.since));
        member = found.after;
    }
    assert_eq!(moves, [(down(4, 3), date("2025-01-01")), (down(3, 2), date("2026-01-01"))]);
    assert_eq!(member.kept_until, Some(date("2026-12-31")));
}

#[test]
fn in_a_rolling_window_a_tier_lasts_as_long_as_the_window() {
    let (ladder, policy) = (seed_ladder(), rolling(12));
    let base = member(1, "2026-01-01", None);
    let silver = assessed(&ladder, &policy, "2026-05-14", &base, 50).after;
    assert_eq!(silver, member(2, "2026-05-14", Some("2027-05-13")));
    assert_eq!(assessed(&ladder, &policy, "2027-05-13", &silver, 0).moved, Move::Stay);
    assert_eq!(assessed(&ladder, &policy, "2027-05-14", &silver, 49).moved, down(2, 1));
    let kept = assessed(&ladder, &policy, "2027-05-14", &silver, 50).after;
    assert_eq!(kept, member(2, "2026-05-14", Some("2028-05-13")));
}

#[test]
fn without_periods_nobody_falls() {
    let (ladder, policy) = (seed_ladder(), ever());
    let silver = assessed(&ladder, &policy, "2026-05-14", &member(1, "2026-01-01", None), 50).after;
    assert_eq!(silver, member(2, "2026-05-14", None));
    // Even when a return takes the progress back.
    assert_eq!(assessed(&ladder, &policy, "2036-05-14", &silver, 0).moved, Move::Stay);
    // When the merchant takes to years, the first one begins then, not in the past.
    let years = calendar_year();
    let found = assessed(&ladder, &years, "2036-05-14", &silver, 0);
    assert_eq!((found.moved, found.after.kept_until), (Move::Stay, Some(date("2036-12-31"))));
    let back = assessed(&ladder, &policy, "2036-05-15", &found.after, 0);
    assert_eq!((back.moved, back.after), (Move::Stay, silver));
}

#[test]
fn staff_promote_to_the_top_and_demote_to_the_bottom_and_no_further() {
    let (ladder, policy) = (seed_ladder(), calendar_year());
    let situation = on(&ladder, &policy, "2026-05-14");
    let base = member(1, "2026-01-01", None);
    let silver = promote(&situation, &base, None).unwrap();
    assert_eq!((silver.moved, silver.why), (up(1, 2), MoveReason::Staff {}));
    let expected =
        Membership { manual: Some(ManualMove::Promoted), ..member(2, "2026-05-14", Some("2026-12-31")) };
    assert_eq!(silver.after, expected);
    let gold = promote(&situation, &silver.after, None).unwrap();
    assert_eq!(gold.moved, up(2, 3));
    assert_eq!(promote(&situation, &gold.after, None), Err(ManualMoveError::AtTheTop));
    assert_eq!(demote(&situation, &base, None), Err(ManualMoveError::AtTheBottom));
    assert_eq!(demote(&situation, &gold.after, None).unwrap().moved, down(3, 2));
    assert_eq!(ManualMoveError::AtTheTop.code(), "at_top");
    assert_eq!(ManualMoveError::AtTheBottom.code(), "at_bottom");

    let without_base = ladder.without(tier_id(1));
    let situation = on(&without_base, &policy, "2026-05-14");
    let nowhere = member(0, "2026-01-01", None);
    assert_eq!(promote(&situation, &nowhere, None).unwrap().moved, up(0, 2));
    assert_eq!(demote(&situation, &member(2, "2026-01-01", None), None).unwrap().moved, down(2, 0));
    assert_eq!(demote(&situation, &nowhere, None), Err(ManualMoveError::AtTheBottom));
    let empty = Ladder::default();
    let situation = on(&empty, &policy, "2026-05-14");
    assert_eq!(promote(&situation, &nowhere, None), Err(ManualMoveError::AtTheTop));
}

#[test]
fn a_promotion_by_staff_lasts_to_the_end_of_the_period() {
    let (ladder, policy) = (seed_ladder(), calendar_year());
    let silver =
        promote(&on(&ladder, &policy, "2026-05-14"), &member(1, "2026-01-01", None), None).unwrap().after;
    assert_eq!(assessed(&ladder, &policy, "2026-12-31", &silver, 0).moved, Move::Stay);
    assert_eq!(assessed(&ladder, &policy, "2026-06-01", &silver, 100).moved, up(2, 3));
    let fallen = assessed(&ladder, &policy, "2027-01-01", &silver, 0);
    assert_eq!((fallen.moved, fallen.after.manual), (down(2, 1), None));
}

#[test]
fn who_was_demoted_by_staff_does_not_rise_again_the_next_minute() {
    let (ladder, policy) = (seed_ladder(), calendar_year());
    let gold = member(3, "2026-02-01", Some("2026-12-31"));
    for (from, to) in [(gold, 2), (member(2, "2026-02-01", Some("2026-12-31")), 1)] {
        let demoted = demote(&on(&ladder, &policy, "2026-05-14"), &from, None).unwrap().after;
        assert_eq!(demoted.tier, Some(tier_id(to)));
        for today in ["2026-05-14", "2026-12-31"] {
            let found = assessed(&ladder, &policy, today, &demoted, 100);
            let until = Some(date("2026-12-31"));
            assert_eq!((found.moved, found.why), (Move::Stay, MoveReason::HeldDown { until }), "{today}");
            assert_eq!(found.after, demoted);
        }
        assert_eq!(assessed(&ladder, &policy, "2027-01-01", &demoted, 100).moved, up(to, 3));
        // Without progress, the mark goes when its time is over.
        let kept = assessed(&ladder, &policy, "2027-01-01", &demoted, 50);
        assert_eq!(kept.after.manual, None);
    }
    let situation = on(&ladder, &policy, "2026-05-14");
    let demoted = demote(&situation, &gold, None).unwrap().after;
    let released = pin(&situation, &demoted, None).unwrap().after;
    assert_eq!(assessed(&ladder, &policy, "2026-05-14", &released, 100).moved, up(2, 3));
}

#[test]
fn a_pinned_customer_stays_until_the_day() {
    let (ladder, policy) = (seed_ladder(), calendar_year());
    let situation = on(&ladder, &policy, "2026-05-14");
    let silver = member(2, "2026-01-15", Some("2026-12-31"));
    let pinned = pin(&situation, &silver, Some(date("2027-03-31"))).unwrap();
    assert_eq!((pinned.moved, pinned.why), (Move::Stay, MoveReason::Staff {}));
    let pinned = pinned.after;
    assert_eq!((pinned.since, pinned.kept_until), (silver.since, Some(date("2027-12-31"))));
    for (today, progress) in [("2026-05-14", 100), ("2027-01-01", 0), ("2027-03-31", 100)] {
        let found = assessed(&ladder, &policy, today, &pinned, progress);
        let why = MoveReason::Pinned { until: date("2027-03-31") };
        assert_eq!((found.moved, found.why, found.after), (Move::Stay, why, pinned), "{today}");
    }
    assert_eq!(assessed(&ladder, &policy, "2027-04-01", &pinned, 100).moved, up(2, 3));
    let released = assessed(&ladder, &policy, "2027-04-01", &pinned, 0);
    assert_eq!((released.moved, released.after.pinned_until), (Move::Stay, None));
    assert_eq!(assessed(&ladder, &policy, "2028-01-01", &released.after, 0).moved, down(2, 1));

    assert_eq!(pin(&situation, &silver, Some(date("2026-05-13"))), Err(ManualMoveError::PinInThePast));
    assert!(pin(&situation, &silver, Some(date("2026-05-14"))).is_ok());
    let base = member(1, "2026-01-01", None);
    assert_eq!(promote(&situation, &base, Some(date("2026-05-13"))), Err(ManualMoveError::PinInThePast));
    assert!(pin(&situation, &silver, Some(date("2126-05-14"))).is_ok());
    for far in [date("2126-05-15"), date("9999-12-31"), chrono::NaiveDate::MAX] {
        assert_eq!(pin(&situation, &silver, Some(far)), Err(ManualMoveError::PinTooFar));
        assert_eq!(promote(&situation, &base, Some(far)), Err(ManualMoveError::PinTooFar));
        assert_eq!(demote(&situation, &silver, Some(far)), Err(ManualMoveError::PinTooFar));
    }
    assert_eq!(ManualMoveError::PinTooFar.code(), "out_of_range");
    let promoted = promote(&situation, &base, Some(date("2027-01-31"))).unwrap().after;
    assert_eq!(promoted.pinned_until, Some(date("2027-01-31")));
    assert_eq!(promoted.kept_until, Some(date("2027-12-31")));
    // Also without a tier.
    let without_base = ladder.without(tier_id(1));
    let nowhere = pin(
        &on(&without_base, &policy, "2026-05-14"),
        &member(0, "2026-01-01", None),
        Some(date("2026-06-30")),
    );
    let nowhere = nowhere.unwrap().after;
    assert_eq!(assessed(&without_base, &policy, "2026-06-30", &nowhere, 100).moved, Move::Stay);
    assert_eq!(assessed(&without_base, &policy, "2026-07-01", &nowhere, 100).moved, up(0, 3));
}

#[test]
fn a_tier_that_is_gone_holds_nobody() {
    let (ladder, policy) = (ladder(&[50, 100]), calendar_year());
    let mut lost = member(9, "2026-01-01", Some("2026-12-31"));
    lost.pinned_until = Some(date("2026-12-31"));
    let found = assessed(&ladder, &policy, "2026-05-14", &lost, 0);
    assert_eq!((found.moved, found.why), (down(9, 0), MoveReason::TierDeleted {}));
    assert_eq!(found.after, member(0, "2026-05-14", None));
    assert_eq!(assessed(&ladder, &policy, "2026-05-14", &lost, 50).moved, up(9, 1));
}

#[test]
fn customers_see_what_is_missing_and_until_when() {
    let ladder = seed_ladder();
    let policy = policy(json!({"kind": "calendar_year"}), json!({"grace_days": 14}));
    let seen = |member: &Membership, running, keeping| {
        let situation = on(&ladder, &policy, "2026-05-14");
        let seen = tier_progress(&situation, member, Progress { running, keeping });
        let next = seen.next.map(|next| (next.threshold, next.missing));
        let keep = seen.keep.map(|keep| {
            let dates = [keep.until, keep.deadline, keep.then_until].map(|date| date.to_string());
            (keep.progress, keep.missing, dates)
        });
        (seen.progress, next, keep)
    };
    let dates = |until: &str| [until.to_owned(), "2027-01-14".to_owned(), "2027-12-31".to_owned()];
    assert_eq!(seen(&member(1, "2026-01-01", None), 20, None), (20, Some((50, 30)), None));
    let silver = member(2, "2026-02-01", Some("2026-12-31"));
    assert_eq!(seen(&silver, 40, Some(40)), (40, Some((100, 60)), Some((40, 10, dates("2026-12-31")))));
    assert_eq!(seen(&silver, 50, Some(50)), (50, Some((100, 50)), Some((50, 0, dates("2027-12-31")))));
    let gold = member(3, "2026-02-01", Some("2026-12-31"));
    assert_eq!(seen(&gold, 20, Some(99)), (20, None, Some((99, 1, dates("2026-12-31")))));
    let pinned = Membership { pinned_until: Some(date("2028-06-30")), ..silver };
    assert_eq!(seen(&pinned, -3, None), (0, Some((100, 100)), Some((0, 50, dates("2028-06-30")))));
}

#[test]
fn whoever_is_merged_stands_where_the_higher_one_stood() {
    let ladder = seed_ladder();
    let silver = member(2, "2026-02-01", Some("2026-12-31"));
    let pinned = Membership {
        pinned_until: Some(date("2028-06-30")),
        manual: Some(ManualMove::Promoted),
        ..member(3, "2026-05-01", Some("2026-12-31"))
    };
    assert_eq!(silver.merged(pinned, &ladder), pinned);
    assert_eq!(pinned.merged(silver, &ladder), pinned);
    // No tier, and one that is not there any more, are below all.
    assert_eq!(silver.merged(member(0, "2026-01-01", None), &ladder), silver);
    assert_eq!(member(9, "2026-01-01", None).merged(silver, &ladder), silver);
    // On the same tier what is kept longer is kept, and nobody is held down who came there otherwise, too.
    let other = Membership {
        pinned_until: Some(date("2026-12-01")),
        manual: Some(ManualMove::Demoted),
        ..member(2, "2026-01-01", Some("2027-12-31"))
    };
    let both = Membership { manual: None, ..other };
    assert_eq!(silver.merged(other, &ladder), both);
    assert_eq!(other.merged(silver, &ladder), both);
}

#[test]
fn reasons_are_told_in_words() {
    let usd = "USD".parse().unwrap();
    let day = date("2026-12-31");
    for (why, text) in [
        (MoveReason::Reached { threshold: 50, progress: 60 }, "60 points of 50 points reached"),
        (
            MoveReason::Missed { threshold: 50, progress: 1, period_end: day },
            "Only 1 point of 50 points in the period to Dec 31, 2026",
        ),
        (
            MoveReason::Kept { threshold: 50, progress: 50 },
            "50 points of 50 points reached, kept for one more period",
        ),
        (
            MoveReason::InGrace { missing: 10, until: day },
            "10 points missing, to be made up for until Dec 31, 2026",
        ),
        (MoveReason::Pinned { until: day }, "Pinned until Dec 31, 2026"),
        (MoveReason::HeldDown { until: Some(day) }, "Moved down by staff, until Dec 31, 2026"),
        (MoveReason::HeldDown { until: None }, "Moved down by staff"),
        (MoveReason::Unchanged {}, "Nothing has changed"),
        (MoveReason::Staff {}, "Decided by staff"),
        (
            MoveReason::ThresholdChanged { threshold: 70, progress: 60 },
            "The threshold is now 70 points, at 60 points",
        ),
        (MoveReason::TierDeleted {}, "The tier was deleted"),
        (MoveReason::Merged {}, "Merged with a customer who stood there"),
    ] {
        assert_eq!(why.text(calendar_year().basis, usd), text);
        let json = serde_json::to_value(why).unwrap();
        assert_eq!(json["code"], why.code());
        assert_eq!(serde_json::from_value::<MoveReason>(json).unwrap(), why);
    }
}
