//! What a promotion would have given for purchases that were.

use perennial_domain::evaluate::{Applied, LineAward, LineFacts, PurchaseFacts};
use perennial_domain::ids::{CustomerId, PurchaseId};
use perennial_domain::money::Amount;
use perennial_domain::points::Points;
use perennial_domain::promotion::{RuleSet, WhenExhausted};
use perennial_domain::replay::{
    Draft, Ending, LeftOutReason, Past, Replay, ReplayRules, ReplayWindow, Tally, Unclaimed,
};
use perennial_domain::returns::{
    GivenTenders, LinePaid, ReturnState, ReturnableLine, ReturnablePurchase, Returning, Share, plan,
};
use perennial_domain::settings::{MerchantPatch, MerchantSettings};
use serde_json::{Value, json};
use uuid::Uuid;

use super::support::*;

/// The promotion that is tried is the ninth; the rules of tests begin at 1.
const OWN: u128 = 9;
const NOW: &str = "2026-05-31T22:00:00Z";

fn settings() -> MerchantSettings {
    let point_value = json!({"point_value": {"points": 100, "amount": 100}});
    let patch: MerchantPatch = serde_json::from_value(point_value).unwrap();
    let settings = MerchantSettings::new(
        "Corner".parse().unwrap(),
        "USD".parse().unwrap(),
        zone("Europe/Berlin"),
        "points".parse().unwrap(),
    );
    settings.with(patch).unwrap()
}

/// The May of 2026 in Berlin.
fn may() -> ReplayWindow {
    ReplayWindow::new(Some(at("2026-04-30T22:00:00Z")), Some(at(NOW)), at(NOW)).unwrap()
}

pub struct Trying {
    rules: ReplayRules,
    before: RuleSet,
    tally: Tally,
    purchases: u128,
}

/// Tries a promotion beside those that were in force.
pub fn trying(promotion: Value, before: RuleSet) -> Trying {
    trying_of(Draft::new(id(OWN), 3, terms(promotion)), before)
}

fn trying_of(draft: Draft, before: RuleSet) -> Trying {
    let rules = draft.among(before.clone(), may());
    let tally = Tally::new(draft, may(), &settings());
    Trying { rules, before, tally, purchases: 0 }
}

impl Trying {
    /// A purchase as the rules of its time gave it.
    fn past(&mut self, customer: Option<u128>, facts: PurchaseFacts) -> Past {
        self.purchases += 1;
        let given = earn(&facts, &self.before);
        let shares = |applied: &[Applied]| applied.iter().map(Share::from).collect::<Vec<_>>();
        let line = |(line, award): (&LineFacts, &LineAward)| ReturnableLine {
            quantity: 1,
            amount: line.paid,
            paid: LinePaid { money: line.paid, ..LinePaid::default() },
            applied: shares(&award.applied),
        };
        Past {
            id: PurchaseId::from_uuid(Uuid::from_u128(self.purchases)),
            customer: customer.map(|number| CustomerId::from_uuid(Uuid::from_u128(number))),
            counts_at: facts.occurred_at,
            goods: ReturnablePurchase {
                currency: facts.currency,
                lines: facts.lines.iter().zip(&given.lines).map(line).collect(),
                flat: shares(&given.applied),
                tenders: GivenTenders::default(),
            },
            facts,
            returned: None,
        }
    }

    pub fn buys(&mut self, customer: u128, facts: PurchaseFacts) -> &mut Self {
        let past = self.past(Some(customer), facts);
        self.tally.add(past, &self.rules);
        self
    }

    /// Buys and brings so much of it back.
    pub fn returns(&mut self, customer: u128, facts: PurchaseFacts, back: Returning) -> &mut Self {
        let mut past = self.past(Some(customer), facts);
        past.returned = Some(plan(&past.goods, &ReturnState::default(), &back).unwrap().state);
        self.tally.add(past, &self.rules);
        self
    }

    pub fn replay(self) -> Replay {
        self.tally.finish(Ending { complete: true, now: at(NOW) })
    }
}

fn base() -> RuleSet {
    rules([json!({"name": "Base", "award_rate": "10"})])
}

#[test]
fn it_gives_for_what_it_matches_and_nothing_else() {
    let mut trying = trying(json!({"award_rate": "5", "products": {"include": ["A"]}}), base());
    trying
        .buys(1, purchase().line("A", 1_000).line("B", 1_000))
        .buys(1, purchase().line("B", 5_000))
        .buys(2, purchase().on("2026-05-20T10:00:00Z").line("A", 2_030));
    let replay = trying.replay();
    assert_eq!((replay.version, replay.matched, replay.customers), (3, 2, 2));
    assert_eq!((replay.looked_at.purchases, replay.looked_at.customers), (3, 2));
    assert_eq!((replay.looked_at.amount, replay.looked_at.points), (9_030, 200 + 500 + 203));
    // 50 of A for ten dollars, 101 of 101.5 … the whole line rounds once: 15 × 20.30 = 304.5 is 304, less 203.
    assert_eq!((replay.points, replay.gives, replay.displaces, replay.gave), (50 + 101, 151, 0, 0));
    assert_eq!(replay.change, replay.points);
    assert_eq!(replay.cost, Some(151));
    assert_eq!(replay.share.unwrap().to_string(), "0.016722");
    let winners: Vec<_> =
        replay.winners.iter().map(|winner| (winner.customer_id.uuid().as_u128(), winner.points)).collect();
    assert_eq!(winners, [(2, 101), (1, 50)]);
    let days: Vec<_> = replay.days.iter().filter(|day| day.matched > 0).collect();
    assert_eq!(replay.days.len(), 31);
    assert_eq!((days[0].date.to_string().as_str(), days[0].points), ("2026-05-14", 50));
    assert_eq!((days[1].date.to_string().as_str(), days[1].points), ("2026-05-20", 101));
    assert_eq!(replay.overlaps.len(), 1);
    let base = &replay.overlaps[0];
    assert_eq!((base.name.as_str(), base.purchases, base.points, base.displaced), ("Base", 2, 403, 0));
}

#[test]
fn its_dates_are_not_tested_its_days_and_hours_are() {
    let dates = json!({"flat_points": 7, "starts_at": "2030-01-01T00:00", "ends_at": "2030-02-01T00:00",
        "weekdays": ["thu"], "hours": {"from": "12:00", "to": "13:00"}});
    let mut trying = trying(dates, base());
    trying
        .buys(1, purchase().line("A", 100))
        .buys(1, purchase().on("2026-05-15T10:00:00Z").line("A", 100))
        .buys(1, purchase().on("2026-05-14T11:00:00Z").line("A", 100));
    let replay = trying.replay();
    assert_eq!((replay.looked_at.purchases, replay.matched, replay.gives), (3, 1, 7));
}

#[test]
fn a_limit_per_customer_counts_from_nothing_by_its_period() {
    let limit =
        |per: &str| json!({"flat_points": 40, "max_points_per_customer": {"points": 100, "per": per}});
    for (per, gives) in [("day", 100 + 40 + 40), ("month", 100 + 40), ("ever", 100 + 40)] {
        let mut trying = trying(limit(per), base());
        // What an older version had given is not counted.
        let facts = || purchase().line("A", 100).given(OWN, 90, None);
        trying.buys(1, facts()).buys(1, facts()).buys(1, facts()).buys(1, facts());
        trying.buys(1, facts().on("2026-05-15T10:00:00Z")).buys(2, facts());
        let replay = trying.replay();
        assert_eq!(replay.gives, gives, "{per}");
        assert_eq!(replay.customers, 2);
    }
}

#[test]
fn what_was_returned_is_left_out_and_is_no_longer_used_of_a_limit() {
    let promotion = json!({"award_rate": "5", "max_points_per_customer": {"points": 60, "per": "ever"}});
    let mut trying = trying(promotion, base());
    // 50 of its own and 100 of the base; floor(150 × 700 / 1000) = 105 are kept, of which 35 are its own.
    let back = Returning::Amount(amount(300));
    trying.returns(1, purchase().line("A", 1_000), back).buys(1, purchase().line("A", 1_000));
    let replay = trying.replay();
    assert_eq!((replay.looked_at.amount, replay.looked_at.points), (1_700, 170));
    // What is left of 60 after the 35 is 25.
    assert_eq!((replay.gives, replay.points), (35 + 25, 35 + 25));
    assert_eq!(replay.winners[0].points, 60);
}

#[test]
fn what_is_wholly_returned_gives_nothing() {
    let mut trying = trying(json!({"flat_points": 500}), base());
    trying.returns(1, purchase().line("A", 1_000), Returning::Everything);
    let replay = trying.replay();
    assert_eq!((replay.matched, replay.customers, replay.points), (1, 0, 0));
    assert_eq!((replay.looked_at.amount, replay.looked_at.points), (0, 0));
    assert!(replay.winners.is_empty() && replay.proposed_budget.is_none());
}

#[test]
fn it_displaces_others_of_its_group_and_is_displaced() {
    let best =
        |rate: &str| json!({"name": "Rival", "award_rate": rate, "stacking": {"group": "g", "mode": "best"}});
    let mut better = trying(best("30"), rules([best("20")]));
    better.buys(1, purchase().line("A", 1_000));
    let replay = better.replay();
    assert_eq!((replay.matched, replay.gives, replay.displaces, replay.points), (1, 300, 200, 100));
    assert_eq!((replay.overlaps[0].points, replay.overlaps[0].displaced), (0, 200));

    let mut worse = trying(best("10"), rules([best("20")]));
    worse.buys(1, purchase().line("A", 1_000));
    let replay = worse.replay();
    assert_eq!((replay.matched, replay.gives, replay.points, replay.customers), (1, 0, 0, 0));

    let alone = json!({"award_rate": "5", "stacking": {"group": "default", "mode": "exclusive"}});
    let mut alone = trying(alone, base());
    alone.buys(1, purchase().line("A", 1_000));
    let replay = alone.replay();
    assert_eq!((replay.gives, replay.displaces, replay.points, replay.cost), (50, 100, -50, Some(-50)));
    assert!(replay.winners.is_empty() && replay.share.is_none());
}

#[test]
fn tiers_multiply_as_they_did_then() {
    let mut trying = trying(json!({"award_rate": "1", "tiers": [tier_id(4)]}), base());
    trying.buys(1, purchase().tier(4, "1.5").line("A", 1_000)).buys(2, purchase().line("A", 1_000));
    let replay = trying.replay();
    assert_eq!((replay.matched, replay.points), (1, 15));
}

#[test]
fn its_own_versions_of_that_time_are_replaced() {
    let mut before = base();
    before.promotions.push(promotion(OWN, json!({"flat_points": 30})));
    let mut trying = trying(json!({"flat_points": 50, "minimum_amount": 500}), before);
    trying.buys(1, purchase().line("A", 1_000)).buys(1, purchase().line("A", 100));
    let replay = trying.replay();
    assert_eq!((replay.matched, replay.gives, replay.points, replay.gave), (1, 50, 50, 60));
    // 50 in the place of 30 + 30.
    assert_eq!(replay.change, -10);
}

#[test]
fn a_budget_runs_out_by_time_whoever_comes_first() {
    let promotion = json!({"flat_points": 100, "starts_at": "2026-06-01T00:00", "ends_at": "2026-06-11T00:00",
        "budget": {"points": 250, "when_exhausted": "partial"}});
    let mut trying = trying(promotion, base());
    trying
        .buys(1, purchase().on("2026-05-20T08:30:00Z").line("A", 100))
        .buys(1, purchase().on("2026-05-02T08:00:00Z").line("A", 100))
        .buys(2, purchase().on("2026-05-10T08:15:00Z").line("A", 100))
        .buys(3, purchase().on("2026-05-30T08:00:00Z").line("A", 100));
    let replay = trying.replay();
    let budget = replay.budget.unwrap();
    assert_eq!((replay.gives, budget.needed), (400, 400), "the budget cuts nothing");
    assert_eq!((budget.points, budget.when_exhausted), (Points::new(250), WhenExhausted::Partial));
    // The third of them in time, in the hour of the window that begins at 08:00.
    assert_eq!(budget.ran_out_at, Some(at("2026-05-20T08:00:00Z")));
    // 400 in 31 days are 129.03 in ten: enough, and 250 last for 19.375 days from the first of June on.
    assert!(!budget.is_short);
    assert_eq!(budget.ends_at, Some(at("2026-06-10T22:00:00Z")));
    assert_eq!(budget.lasts_until, Some(at("2026-06-20T07:00:00Z")));
    // 130 and a tenth of it are 143.
    assert_eq!(replay.proposed_budget, Some(Points::new(150)));
}

#[test]
fn a_budget_that_is_spent_to_the_point_has_not_run_out() {
    for (points, ran_out, short) in [(200, false, false), (199, true, true)] {
        let mut trying = trying(json!({"flat_points": 100, "budget": {"points": points}}), base());
        trying.buys(1, purchase().line("A", 100)).buys(2, purchase().line("A", 100));
        let budget = trying.replay().budget.unwrap();
        assert_eq!((budget.ran_out_at.is_some(), budget.is_short), (ran_out, short), "{points}");
        assert_eq!(budget.ends_at, None);
    }
}

/// What earlier versions have given of a budget is not there any more.
#[test]
fn a_budget_lasts_as_long_as_what_is_left_of_it() {
    let promotion = json!({"flat_points": 100, "budget": {"points": 1_000}});
    let mut trying =
        trying_of(Draft::new(id(OWN), 3, terms(promotion)).having_given(Points::new(900)), base());
    trying.buys(1, purchase().line("A", 100)).buys(2, purchase().line("A", 100));
    let replay = trying.replay();
    let budget = replay.budget.unwrap();
    // All of it would have been enough for the window; of the 100 that are left half of the window's 200 are missing.
    assert_eq!((budget.points, budget.ran_out_at, budget.is_short), (Points::new(1_000), None, true));
    assert_eq!(budget.lasts_until, Some(at("2026-06-16T10:00:00Z")));
    // 900, 200 and a tenth of that are 1,120.
    assert_eq!(replay.proposed_budget, Some(Points::new(1_200)));
}

#[test]
fn what_nobody_has_claimed_is_counted_apart() {
    let mut trying = trying(json!({"flat_points": 5}), base());
    let past = trying.past(None, purchase().line("A", 100));
    trying.tally.add(past, &trying.rules);
    let replay = trying.replay();
    assert_eq!(replay.unclaimed, Unclaimed { purchases: 1, matched: 1, points: 5 });
    assert_eq!((replay.looked_at.purchases, replay.gives, replay.points), (0, 0, 0));
}

#[test]
fn what_cannot_be_evaluated_is_told_with_its_reason() {
    let mut trying = trying(json!({"award_rate": "1000000"}), RuleSet::default());
    trying.buys(1, purchase().line("A", Amount::MAX.get())).buys(1, purchase().currency("EUR").line("A", 5));
    trying.tally.leave_out(LeftOutReason::Unreadable, PurchaseId::from_uuid(Uuid::from_u128(7)));
    assert_eq!(trying.tally.met(), 3);
    let replay = trying.replay();
    let told: Vec<_> = replay.left_out.iter().map(|left| (left.reason, left.purchases)).collect();
    let reasons = [LeftOutReason::Unreadable, LeftOutReason::Overflow, LeftOutReason::OtherCurrency];
    assert_eq!(told, reasons.map(|reason| (reason, 1)));
    assert_eq!((replay.looked_at.purchases, replay.looked_at.customers), (0, 0));
}

#[test]
fn twenty_winners_are_named_the_largest_first() {
    let mut trying = trying(json!({"award_rate": "1"}), base());
    for customer in 1..=30 {
        trying.buys(customer, purchase().line("A", i64::try_from(customer % 7).unwrap() * 100));
    }
    let replay = trying.replay();
    let points: Vec<_> = replay.winners.iter().map(|winner| winner.points).collect();
    assert_eq!(points.len(), 20);
    assert!(points.is_sorted_by(|one, next| one >= next));
    let first: Vec<_> = replay.winners[..4].iter().map(|w| w.customer_id.uuid().as_u128()).collect();
    assert_eq!(first, [6, 13, 20, 27], "of those who gain the same, the one who was first");
}

#[test]
fn what_was_cut_short_foretells_nothing() {
    let mut trying = trying(json!({"flat_points": 5, "budget": {"points": 1}}), base());
    trying.buys(1, purchase().line("A", 100));
    let replay = trying.tally.finish(Ending { complete: false, now: at(NOW) });
    assert!(!replay.complete && replay.budget.is_none() && replay.proposed_budget.is_none());
    assert_eq!(replay.gives, 5);
}

#[test]
fn windows_are_over_and_not_too_long() {
    let now = at(NOW);
    let window = ReplayWindow::new(None, None, now).unwrap();
    assert_eq!((window.to(), window.length().num_days()), (now, 30));
    assert_eq!(window.last(), at("2026-05-31T21:59:59.999999Z"));
    let ahead = ReplayWindow::new(None, Some(at("2026-07-01T00:00:00Z")), now).unwrap();
    assert_eq!(ahead.to(), now, "what is to come has no purchases");
    for (from, to, code) in [
        ("2026-06-01T00:00:00Z", None, "not_before_end"),
        ("2026-05-02T00:00:00Z", Some("2026-05-02T00:00:00Z"), "not_before_end"),
        ("2025-04-26T21:59:59Z", None, "too_long"),
        ("-0001-01-01T00:00:00Z", None, "out_of_range"),
    ] {
        let errors = ReplayWindow::new(Some(at(from)), to.map(at), now).unwrap_err();
        assert_eq!((errors[0].pointer.as_str(), &*errors[0].code), ("/from", code), "{from}");
    }
    assert!(ReplayWindow::new(Some(at("2025-04-26T22:00:00Z")), None, now).is_ok());
}

/// Rule sets have everything that was ever published. What of it is in memory is what the window can meet.
#[test]
fn what_cannot_be_in_force_in_the_window_is_left_out() {
    let many: Vec<_> = (0..300).map(|number| format!("SKU-{number}")).collect();
    let ten = |until: Value| json!({"award_rate": "10", "ends_at": until});
    // Version 3 is over on the 18th; version 2, which would still hold, does not come back.
    let base = || {
        vec![
            (2, Some("2026-04-01T00:00:00Z"), ten(Value::Null)),
            (3, Some("2026-05-16T00:00:00Z"), ten(json!("2026-05-18T00:00"))),
        ]
    };
    let mut history = base();
    history.insert(0, (1, None, json!({"award_rate": "99", "products": {"include": &many}})));
    history.push((4, Some(NOW), json!({"award_rate": "99", "products": {"exclude": &many}})));
    let mut ended = promotion(2, json!({"award_rate": "99", "products": {"include": &many}}));
    ended.ended_at = Some(may().from());
    let over = json!({"award_rate": "99", "products": {"exclude": &many}, "ends_at": "2026-04-29T22:00"});
    let of = |promotions| RuleSet { promotions, ..RuleSet::default() };
    let needed = of(vec![versions(1, base())]);
    let stored = of(vec![versions(1, history), ended, promotion(3, over)]);

    let draft = Draft::new(id(OWN), 3, terms(json!({"multiplier": "2"})));
    let size = |rules: &RuleSet| draft.among(rules.clone(), may()).size();
    assert_eq!(size(&stored), size(&needed));
    let mut named = needed.clone();
    named.promotions[0].versions[0].terms.products = stored.promotions[1].versions[0].terms.products.clone();
    assert_eq!(size(&named), size(&needed) + 300, "what a promotion names counts");
    for before in [needed, stored] {
        let mut trying = trying(json!({"multiplier": "2"}), before);
        for day in [1, 15, 17, 18, 31] {
            trying.buys(day, purchase().on(&format!("2026-05-{day:02}T10:00:00Z")).line("A", 1_000));
        }
        let replay = trying.replay();
        let winners: Vec<_> =
            replay.winners.iter().map(|w| (w.customer_id.uuid().as_u128(), w.points)).collect();
        assert_eq!(winners, [(1, 100), (15, 100), (17, 100)]);
        assert_eq!(replay.looked_at.points, 300);
    }
}

#[test]
fn what_rounding_leaves_is_carried_within_the_window() {
    let before = RuleSet { carry_over: true, ..base() };
    let mut trying = trying(json!({"award_rate": "1"}), before);
    // 0.4 and 0.8 are nothing yet, 1.2 is one.
    for _ in 0..3 {
        trying.buys(1, purchase().line("A", 40));
    }
    // Whoever comes next begins with nothing, and what comes back takes along what it has left.
    trying.returns(2, purchase().line("A", 250), Returning::Everything).buys(2, purchase().line("A", 50));
    trying.buys(2, purchase().line("A", 50));
    let replay = trying.replay();
    assert_eq!(replay.gives, 1 + 1);
    let gains: Vec<_> = replay.winners.iter().map(|winner| winner.points).collect();
    assert_eq!(gains, [1, 1]);
}

/// What the return of the stored purchase had taken off is that of another promotion, which has the first place there.
#[test]
fn what_was_taken_off_then_is_not_taken_for_its_own() {
    let before = RuleSet { carry_over: true, ..base() };
    let mut trying = trying(json!({"award_rate": "1", "priority": 5}), before);
    // Of 2.5 the return leaves 2.05, of which two points were given; 0.05 and 0.95 are one more.
    let back = Returning::Amount(amount(45));
    trying.returns(1, purchase().line("A", 250), back).buys(1, purchase().line("A", 95));
    let replay = trying.replay();
    assert_eq!((replay.matched, replay.gives), (2, 3));
}
