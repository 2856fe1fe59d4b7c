//! Reward policies: what can be written, what is counted, passed and crossed, and how it reads.

use perennial_domain::codes::Zone;
use perennial_domain::evaluate::KnownProduct;
use perennial_domain::ids::{RewardId, TierId};
use perennial_domain::money::{Amount, Currency};
use perennial_domain::policies::{
    Beneficiary, BoughtLine, CapPeriod, LetterText, MAX_PASSED, Milestones, Movement, NoNames, PolicyInput,
    PolicyNames, PolicyTerms, Template, crossings, sentence,
};
use proptest::prelude::*;
use serde_json::{Value, json};

fn input(value: Value) -> PolicyInput {
    serde_json::from_value(value).unwrap()
}

fn terms(value: Value) -> PolicyTerms {
    input(value).check().unwrap()
}

/// What is wrong, as pointer and code.
fn wrong(value: Value) -> Vec<(String, String)> {
    let errors = input(value).check().unwrap_err();
    errors.into_iter().map(|error| (error.pointer, error.code.into_owned())).collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(pointer, code)| ((*pointer).to_owned(), (*code).to_owned())).collect()
}

fn points(points: i64) -> Value {
    json!([{ "give": "points", "points": points }])
}

#[test]
fn a_policy_survives_being_stored() {
    let reward = RewardId::new(1, [3; 10]);
    for template in Template::ALL {
        for reward in [None, Some(reward)] {
            let terms = template.draft(reward).check().unwrap();
            let stored = serde_json::to_value(&terms).unwrap();
            assert_eq!(serde_json::from_value::<PolicyTerms>(stored).unwrap(), terms, "{template:?}");
            assert_eq!(template.as_str().parse::<Template>().unwrap(), template);
        }
    }
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    assert_eq!(
        wrong(json!({})),
        pairs(&[("/name", "required"), ("/event/on", "required"), ("/effects", "required")])
    );
    let policy = json!({
        "name": "x",
        "event": { "on": "friend_count", "at": [0, 5], "every": 3, "above": 7 },
        "effects": [{ "give": "points", "amount": 5 }, { "give": "gold" }, { "give": "email", "subject": "Hi {you}" }],
        "to": "customer",
        "cap": { "times": 0, "per": "week" },
        "cool_down_days": 0,
        "hold_days": 5000,
    });
    assert_eq!(
        wrong(policy),
        pairs(&[
            ("/event/above", "not_for_kind"),
            ("/event/at", "exactly_one"),
            ("/effects/0/amount", "not_for_kind"),
            ("/effects/0/points", "required"),
            ("/effects/1/give", "malformed"),
            ("/effects/2/subject", "malformed"),
            ("/effects/2/text", "required"),
            ("/cap/times", "out_of_range"),
            ("/cap/per", "malformed"),
            ("/cool_down_days", "out_of_range"),
            ("/hold_days", "out_of_range"),
        ])
    );
}

#[test]
fn what_friends_do_goes_to_friends_and_advocates_and_the_rest_to_the_customer() {
    let policy = |on: Value, to: &str| json!({ "name": "x", "event": on, "effects": points(1), "to": to });
    assert_eq!(
        wrong(policy(json!({ "on": "registration" }), "customer")),
        pairs(&[("/to", "not_for_event")])
    );
    assert_eq!(wrong(policy(json!({ "on": "birthday" }), "both")), pairs(&[("/to", "not_for_event")]));
    assert_eq!(
        wrong(policy(json!({ "on": "points", "above": 100 }), "advocate")),
        pairs(&[("/to", "not_for_event")])
    );
    for to in Beneficiary::ALL {
        let terms = terms(policy(json!({ "on": "first_purchase" }), to.as_str()));
        assert_eq!(terms.to, to, "a first purchase can be anybody's");
    }
    // Who is meant unless it is said.
    let unsaid = |on: Value| terms(json!({ "name": "x", "event": on, "effects": points(1) })).to;
    assert_eq!(unsaid(json!({ "on": "friend_purchase" })), Beneficiary::Advocate);
    assert_eq!(unsaid(json!({ "on": "own_count", "every": 10 })), Beneficiary::Customer);
    let resolved = |to: Beneficiary, advocate| to.resolve(1, advocate).collect::<Vec<_>>();
    assert_eq!(resolved(Beneficiary::Customer, Some(2)), [1]);
    assert_eq!(resolved(Beneficiary::Friend, Some(2)), [1]);
    assert_eq!(resolved(Beneficiary::Advocate, Some(2)), [2]);
    assert_eq!(resolved(Beneficiary::Both, Some(2)), [1, 2]);
    assert!(resolved(Beneficiary::Both, None).is_empty() && resolved(Beneficiary::Friend, None).is_empty());
}

#[test]
fn sentences_say_all_of_it() {
    struct Names;
    impl PolicyNames for Names {
        fn reward(&self, _: RewardId) -> Option<String> {
            Some("Free meal".to_owned())
        }
        fn tier(&self, _: TierId) -> Option<String> {
            Some("Gold".to_owned())
        }
    }
    let usd: Currency = "USD".parse().unwrap();
    let id = RewardId::new(1, [3; 10]).to_string();
    let cases = [
        (
            json!({ "name": "x", "event": { "on": "friend_count", "at": [1000, 1, 100, 1], "count": "units",
                "products": { "include": ["category:meals"] } },
                "effects": [{ "give": "reward", "reward": id }] }),
            "When a friend buys the 1st, 100th or 1,000th unit of category “meals”, the advocate gets “Free meal”.",
        ),
        (
            json!({ "name": "x", "event": { "on": "friend_purchase", "minimum_amount": 1000 }, "hold_days": 14,
                "effects": [{ "give": "credits", "credits": 1 }, { "give": "cashback", "amount": 150 }], "to": "both",
                "cap": { "times": 2, "per": "month" }, "cool_down_days": 1 }),
            "For every purchase of a friend for at least $10.00, friend and advocate each get 1 referral credit and \
             $1.50 cashback, after 14 days, at most twice a month, not again within 1 day.",
        ),
        (
            json!({ "name": "x", "event": { "on": "friends_count", "every": 22 }, "effects": points(1000) }),
            "When the friends of an advocate together make every 22nd purchase, the advocate gets 1,000 points.",
        ),
        (
            json!({ "name": "x", "event": { "on": "points", "above": 100 },
                "effects": [{ "give": "email", "subject": "Well done", "text": "You have {points}." }] }),
            "When the balance of a customer rises above 100 points, the customer gets an e-mail “Well done”.",
        ),
        (
            json!({ "name": "x", "event": { "on": "tier", "tier": id },
                "effects": [{ "give": "discount", "value": "0.1", "valid_days": 30 }] }),
            "When a customer reaches Gold, the customer gets 10% off a purchase within 30 days.",
        ),
        (
            json!({ "name": "x", "event": { "on": "birthday" }, "effects": points(500) }),
            "On the birthday of a customer, the customer gets 500 points.",
        ),
    ];
    for (policy, expected) in cases {
        assert_eq!(sentence(&terms(policy), usd, &Names), expected);
    }
    let free = Template::FreeMealAtMilestones.draft(RewardId::new(1, [3; 10]).into()).check().unwrap();
    assert!(sentence(&free, usd, &NoNames).contains("a reward"));
}

fn product(sku: &str, category: &str) -> KnownProduct {
    serde_json::from_value(json!({ "sku": sku, "category": category })).unwrap()
}

fn line(known: Option<&KnownProduct>, quantity: u64, due: i64) -> BoughtLine<'_> {
    let due = Amount::new(due).unwrap();
    BoughtLine { known, text: None, quantity, due, returned_quantity: 0, returned: Amount::ZERO }
}

#[test]
fn purchases_and_units_count_what_is_left_of_the_lines_that_are_meant() {
    let (meal, drink) = (product("M", "meals"), product("D", "drinks"));
    let policy = |count: &str, minimum: Option<i64>| {
        let mut event = json!({ "on": "own_count", "every": 1, "count": count,
            "products": { "include": ["category:meals"], "exclude": ["X"] } });
        if let Some(minimum) = minimum {
            event["minimum_amount"] = json!(minimum);
        }
        terms(json!({ "name": "x", "event": event, "effects": points(1) }))
    };
    let counted = |terms: &PolicyTerms, lines: &[BoughtLine<'_>], complete: bool| {
        terms.event.counting().unwrap().count(lines.iter().copied(), complete)
    };
    let (purchases, units) = (policy("purchases", None), policy("units", None));
    let basket = [line(Some(&meal), 3, 900), line(Some(&drink), 5, 500), line(None, 2, 100)];
    assert_eq!((counted(&purchases, &basket, false), counted(&units, &basket, false)), (1, 3));
    assert_eq!((counted(&purchases, &basket, true), counted(&units, &basket, true)), (0, 0));
    let drinks = [line(Some(&drink), 5, 500)];
    assert_eq!((counted(&purchases, &drinks, false), counted(&units, &drinks, false)), (0, 0));
    // One of three meals came back.
    let less = [BoughtLine { returned_quantity: 1, returned: Amount::new(300).unwrap(), ..basket[0] }];
    assert_eq!((counted(&purchases, &less, false), counted(&units, &less, false)), (1, 2));
    // All that was paid for them came back, by amount: none is left, though no unit was named.
    let none = [BoughtLine { returned: Amount::new(900).unwrap(), ..basket[0] }, basket[1]];
    assert_eq!((counted(&purchases, &none, false), counted(&units, &none, false)), (0, 0));
    // What is free is there until its units come back.
    let free = [line(Some(&meal), 2, 0)];
    assert_eq!((counted(&purchases, &free, false), counted(&units, &free, false)), (1, 2));
    let back = [BoughtLine { returned_quantity: 2, ..free[0] }];
    assert_eq!((counted(&purchases, &back, false), counted(&units, &back, false)), (0, 0));
    // The minimum is about what is left of the lines that are meant.
    let least = policy("units", Some(900));
    assert_eq!((counted(&least, &basket, false), counted(&least, &less, false)), (3, 0));
}

#[test]
fn numbers_are_passed_from_exactly_to_exactly() {
    let at = Milestones::At(vec![1, 100, 1_000]);
    assert_eq!(at.passed(0, 1), [1]);
    assert_eq!(at.passed(1, 1), [0; 0]);
    assert_eq!(at.passed(99, 100), [100]);
    assert_eq!(at.passed(100, 999), [0; 0]);
    assert_eq!(at.passed(0, 5_000), [1, 100, 1_000], "one basket passes each once");
    assert_eq!(at.passed(100, 50), [0; 0], "a return passes nothing");
    assert_eq!((at.next(0), at.next(1), at.next(1_000)), (Some(1), Some(100), None));
    let every = Milestones::Every(10);
    assert_eq!(every.passed(9, 10), [10]);
    assert_eq!(every.passed(10, 19), [0; 0]);
    assert_eq!(every.passed(10, 41), [20, 30, 40]);
    assert_eq!((every.next(0), every.next(10), every.next(u64::MAX)), (Some(10), Some(20), None));
    assert_eq!(Milestones::Every(1).passed(0, u64::MAX).len(), MAX_PASSED);
}

#[test]
fn g21_the_threshold_fires_when_it_is_exceeded_and_again_only_after_falling_back() {
    let moved = |amounts: &[(i64, i64)]| -> Vec<Movement> {
        amounts.iter().map(|(sequence, amount)| Movement { sequence: *sequence, amount: *amount }).collect()
    };
    assert_eq!(crossings(100, 0, &moved(&[(1, 100)])), [0; 0], "100 is not more than 100");
    assert_eq!(crossings(100, 0, &moved(&[(1, 100), (2, 1)])), [2]);
    assert_eq!(crossings(100, 101, &moved(&[(3, 50)])), [0; 0], "it was above already");
    assert_eq!(crossings(100, 150, &moved(&[(3, -50), (4, 1), (5, 30), (6, -100), (7, 200)])), [4, 7]);
    // Taken and given in one event: only where it ended counts.
    assert_eq!(crossings(100, 150, &moved(&[(3, -100), (3, 100)])), [0; 0]);
    assert_eq!(crossings(0, -20, &moved(&[(1, 20), (2, 5)])), [2], "a debt is below zero");
}

#[test]
fn letters_are_filled_in_once_and_only_with_what_there_is() {
    let filled = LetterText::fill("Hi {name}, {points} at {shop}. {name}", "{points}", 7, "Café {x}");
    assert_eq!(filled, "Hi {points}, 7 at Café {x}. {points}");
    let nameless = LetterText::fill("Hello {name},\n{shop}", "", 7, "Café");
    assert_eq!(nameless, "Hello,\nCafé", "nobody is greeted with a gap");
    assert!(LetterText::new("Hello {customer}").is_err());
    assert!(LetterText::new("an open { brace").is_err());
    assert_eq!(LetterText::new(" a\r\nb ").unwrap().as_str(), "a\nb");
    assert!(LetterText::new("bell \u{7}").is_err());
}

#[test]
fn caps_begin_with_the_day_the_month_and_the_year_of_the_merchant() {
    let zone: Zone = "America/New_York".parse().unwrap();
    let instant = "2026-03-01T03:00:00Z".parse().unwrap();
    let begins = |per: CapPeriod| per.begins_on(instant, zone).map(|day| day.to_string());
    assert_eq!(begins(CapPeriod::Day).as_deref(), Some("2026-02-28"));
    assert_eq!(begins(CapPeriod::Month).as_deref(), Some("2026-02-01"));
    assert_eq!(begins(CapPeriod::Year).as_deref(), Some("2026-01-01"));
    assert_eq!(begins(CapPeriod::Ever), None);
}

proptest! {
    /// However a count is cut into purchases, each number is passed exactly once.
    #[test]
    fn every_number_is_passed_once_however_the_count_gets_there(
        steps in prop::collection::vec(0_u64..40, 1..30), every in 1_u64..60, at in prop::collection::btree_set(1_u64..600, 1..8),
    ) {
        let total: u64 = steps.iter().sum();
        for milestones in [Milestones::Every(every), Milestones::At(at.iter().copied().collect())] {
            let (mut count, mut passed) = (0, Vec::new());
            for step in &steps {
                prop_assert!(milestones.next(count).is_none_or(|next| next > count));
                passed.extend(milestones.passed(count, count + step));
                count += step;
            }
            let expected: Vec<u64> = match &milestones {
                Milestones::Every(every) => (1..=total).filter(|number| number % every == 0).collect(),
                Milestones::At(numbers) => numbers.iter().copied().filter(|number| *number <= total).collect(),
            };
            prop_assert_eq!(passed, expected);
        }
    }

    /// Reading a history in parts finds what reading it at once finds.
    #[test]
    fn crossings_do_not_depend_on_where_the_reading_was_cut(
        amounts in prop::collection::vec(-60_i64..60, 0..60), cut in 0_usize..60, threshold in -20_i64..80,
    ) {
        let moved: Vec<Movement> =
            amounts.iter().zip(1..).map(|(amount, sequence)| Movement { sequence, amount: *amount }).collect();
        let (first, second) = moved.split_at(cut.min(moved.len()));
        let between: i64 = first.iter().map(|movement| movement.amount).sum();
        let mut found = crossings(threshold, 0, first);
        found.extend(crossings(threshold, between, second));
        prop_assert_eq!(&found, &crossings(threshold, 0, &moved));
        // Between two of them the balance has been at or below the threshold.
        for pair in found.windows(2) {
            let balance_at = |sequence: i64| -> i64 {
                moved.iter().filter(|movement| movement.sequence <= sequence).map(|movement| movement.amount).sum()
            };
            let fell_back = (pair[0] + 1..pair[1]).any(|sequence| balance_at(sequence) <= threshold);
            prop_assert!(fell_back);
        }
    }
}
