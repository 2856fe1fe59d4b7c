//! Points that nobody spends in time, and the warnings before.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use perennial_domain::ids::CustomerId;
use perennial_engine::expiry::{ExpiryMove, ExpiryRound, Held};
use perennial_engine::points::LotView;
use serde_json::{Value, json};

use crate::intake_support::{buy, purchase, refusal};
use crate::support::{House, first, instant};
use crate::support_ledger::assert_ledger_clean;

/// A merchant in New York who gives one point per cent, and one customer.
struct Program {
    house: House,
    ada: CustomerId,
}

impl Program {
    async fn at(now: &str, expiry: Value) -> Self {
        let house = House::fixed(now).await;
        house.published(json!({"award_rate": "100"})).await;
        let input = serde_json::from_value(json!({"email": "ada@example.com"})).unwrap();
        let ada = house.engine.customer_create(&house.cx, input).await.unwrap().customer.id;
        let program = Self { house, ada };
        program.set(expiry).await;
        program
    }

    async fn set(&self, expiry: Value) {
        self.change(json!({"expiry": expiry})).await;
    }

    async fn change(&self, settings: Value) {
        let patch = serde_json::from_value(settings).unwrap();
        self.house.engine.merchant_update(&self.house.cx, patch).await.unwrap();
    }

    async fn buy(&self, transaction: &str, cents: i64) {
        let purchase = purchase(transaction, cents, json!({"customer": {"email": "ada@example.com"}}));
        buy(&self.house.engine, &self.house.cx, purchase).await.unwrap();
    }

    async fn adjust(&self, points: i64, expires_on: Option<&str>) {
        let input = json!({"points": points, "reason": "A test", "expires_on": expires_on});
        let input = serde_json::from_value(input).unwrap();
        self.house.engine.adjustment_create(&self.house.cx, self.ada, input).await.unwrap();
    }

    /// Moves the clock forward to an instant.
    fn go(&self, to: &str) {
        let clock = self.house.engine.clock();
        let by: TimeDelta = instant(to) - clock.now();
        assert!(by >= TimeDelta::zero(), "time does not run backwards");
        clock.advance(by);
    }

    async fn round(&self) -> ExpiryRound {
        self.house.engine.expiry_round().await.unwrap()
    }

    async fn round_at(&self, to: &str) -> ExpiryRound {
        self.go(to);
        self.round().await
    }

    /// Whatever is due, at an instant.
    async fn jobs_at(&self, to: &str) {
        self.go(to);
        self.house.engine.jobs_run().await.unwrap();
    }

    async fn lots(&self) -> Vec<(Option<NaiveDate>, i64)> {
        let lots = self.house.engine.customer_lots(&self.house.cx, self.ada, &first()).await.unwrap().data;
        lots.into_iter().map(|LotView { expires_on, remaining }| (expires_on, remaining)).collect()
    }

    async fn points(&self) -> i64 {
        self.house.engine.customer_get(&self.house.cx, self.ada).await.unwrap().points
    }

    async fn letters(&self) -> Vec<String> {
        let letters = self.house.engine.mailbox_list(None, &first()).await.unwrap().data;
        letters.into_iter().rev().map(|letter| letter.subject).collect()
    }

    async fn close(self) {
        assert_ledger_clean(&self.house.db.pool).await;
    }
}

fn day(text: &str) -> Option<NaiveDate> {
    Some(text.parse().unwrap())
}

fn micro_before(text: &str) -> String {
    let before: DateTime<Utc> = instant(text) - TimeDelta::microseconds(1);
    before.to_rfc3339()
}

/// G17: points expire at the end of the merchant's local day, also when that day has 23 or 25 hours.
#[tokio::test]
async fn g17_the_day_ends_at_local_midnight_on_both_nights_of_daylight_saving() {
    for (day_of_change, midnight) in
        [("2027-03-14", "2027-03-15T04:00:00Z"), ("2027-11-07", "2027-11-08T05:00:00Z")]
    {
        let program = Program::at("2027-03-10T12:00:00Z", json!({"kind": "never"})).await;
        program.adjust(70, Some(day_of_change)).await;
        program.adjust(30, None).await;
        let before = program.round_at(&micro_before(midnight)).await;
        assert_eq!((before.points, program.points().await), (0, 100), "{day_of_change}");
        let night = program.round_at(midnight).await;
        assert_eq!((night.customers, night.points, program.points().await), (1, 70, 30), "{day_of_change}");
        assert_eq!(program.lots().await, [(None, 30)]);
        program.close().await;
    }
}

/// G17: twelve months after 29 February is 28 February; "02-29" of every year is the last day of February.
#[tokio::test]
async fn g17_the_29th_of_february() {
    let months = json!({"kind": "after_months", "months": 12});
    let program = Program::at("2028-02-29T12:00:00Z", months).await;
    program.buy("leap", 100).await;
    assert_eq!(program.lots().await, [(day("2029-02-28"), 100)]);
    program.set(json!({"kind": "calendar", "dates": ["02-29"]})).await;
    program.buy("next", 5).await;
    assert_eq!(program.lots().await, [(day("2029-02-28"), 105)]);
    assert_eq!(program.round_at(&micro_before("2029-03-01T05:00:00Z")).await.points, 0);
    assert_eq!(program.round_at("2029-03-01T05:00:00Z").await.points, 105);
    program.close().await;
}

/// G18: what goes first is spent first, what never goes last.
#[tokio::test]
async fn g18_the_earliest_expiry_is_spent_first_and_no_expiry_last() {
    let program = Program::at("2027-01-01T12:00:00Z", json!({"kind": "never"})).await;
    program.adjust(50, None).await;
    program.adjust(30, Some("2027-03-01")).await;
    program.adjust(20, Some("2027-02-01")).await;
    program.adjust(-60, None).await;
    assert_eq!(program.lots().await, [(None, 40)]);
    program.close().await;
}

/// What is over is gone, whether the job came round yet or not: nobody spends it, and it expires with an entry.
#[tokio::test]
async fn nobody_spends_what_is_over_before_the_job_came_round() {
    let program = Program::at("2027-01-01T12:00:00Z", json!({"kind": "never"})).await;
    program.adjust(20, Some("2027-02-01")).await;
    program.adjust(5, None).await;
    program.go("2027-02-03T12:00:00Z");
    let input = serde_json::from_value(json!({"points": -10, "reason": "Too much"})).unwrap();
    let refused = program.house.engine.adjustment_create(&program.house.cx, program.ada, input).await;
    assert_eq!(crate::support::code(refused), "insufficient_points");
    program.adjust(-5, None).await;
    assert_eq!((program.points().await, program.round().await.points), (0, 0));
    let expired =
        program.house.number("SELECT sum(amount)::int8 FROM entries WHERE account = 'expired'").await;
    assert_eq!(expired, 20);
    program.close().await;
}

#[tokio::test]
async fn a_lot_keeps_the_day_that_it_was_given() {
    let program = Program::at("2027-01-15T12:00:00Z", json!({"kind": "never"})).await;
    program.buy("1", 10).await;
    program.set(json!({"kind": "after_months", "months": 1, "month_end": true})).await;
    program.buy("2", 20).await;
    program.set(json!({"kind": "calendar", "dates": ["12-31"], "held_months": 12})).await;
    program.buy("3", 30).await;
    program.set(json!({"kind": "never"})).await;
    program.buy("4", 40).await;
    assert_eq!(program.lots().await, [(day("2027-02-28"), 20), (day("2028-12-31"), 30), (None, 50)]);
    // A whole year late, and it is the same.
    assert_eq!(program.round_at("2028-02-01T12:00:00Z").await.points, 20);
    assert_eq!(program.round_at("2029-06-01T12:00:00Z").await.points, 30);
    assert_eq!(program.points().await, 50);
    program.close().await;
}

/// The job runs twice, on several servers at once, and late: every point expires once.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn rounds_on_several_servers_expire_every_point_once() {
    let program = Program::at("2027-01-15T12:00:00Z", json!({"kind": "never"})).await;
    program.adjust(100, Some("2027-01-20")).await;
    program.adjust(10, Some("2027-01-22")).await;
    program.go("2027-02-20T12:00:00Z");
    let mut servers = Vec::new();
    for _ in 0..4 {
        servers.push(program.house.another_engine().await);
    }
    let rounds = servers.iter().map(|engine| engine.expiry_round());
    let rounds: Vec<_> = futures::future::try_join_all(rounds).await.unwrap();
    assert_eq!(rounds.iter().map(|round| round.points).sum::<i64>(), 110);
    assert_eq!(program.round().await, ExpiryRound::default(), "nothing is looked at again on the same day");
    let postings = "SELECT count(DISTINCT posting_id) FROM entries WHERE kind = 'expiry'";
    assert_eq!(program.house.number(postings).await, 1, "both lots in one posting");
    program.close().await;
}

/// A customer whose rows contradict themselves stops nobody else, and is tried again.
#[tokio::test]
async fn one_customer_who_cannot_be_expired_stops_nobody() {
    let program = Program::at("2027-01-15T12:00:00Z", json!({"kind": "never"})).await;
    program.adjust(100, Some("2027-01-20")).await;
    sqlx::raw_sql(
        "INSERT INTO lots SELECT merchant_id, gen_random_uuid(), '2027-01-18', 7 FROM balances;
         INSERT INTO lots SELECT merchant_id, gen_random_uuid(), '2027-01-18', 7 FROM balances",
    )
    .execute(&program.house.db.pool)
    .await
    .unwrap();
    let round = program.round_at("2027-02-01T12:00:00Z").await;
    assert_eq!((round.customers, round.points), (1, 100));
    assert_eq!(program.round().await.merchants, 1, "the day is not complete");
}

/// Settings that nobody can read stop only the merchant whose they are.
#[tokio::test]
async fn one_merchant_whose_settings_cannot_be_read_stops_nobody() {
    let program = Program::at("2027-01-15T12:00:00Z", json!({"kind": "never"})).await;
    program.adjust(100, Some("2027-01-20")).await;
    let neighbour = program.house.neighbour().await.merchant_id;
    sqlx::query("UPDATE merchants SET expiry = '{\"kind\": \"whenever\"}' WHERE id = $1")
        .bind(neighbour.uuid())
        .execute(&program.house.db.pool)
        .await
        .unwrap();
    let round = program.round_at("2027-02-01T12:00:00Z").await;
    assert_eq!((round.merchants, round.points), (1, 100));
    program.close().await;
}

/// All points of a customer live on with whatever the customer earns; gifts of the staff are no activity.
#[tokio::test]
async fn inactivity_takes_all_points_at_once_and_a_purchase_saves_them() {
    let program = Program::at("2027-01-10T12:00:00Z", json!({"kind": "inactivity", "months": 6})).await;
    program.buy("1", 100).await;
    program.go("2027-06-01T12:00:00Z");
    program.buy("2", 50).await;
    program.adjust(7, None).await;
    assert_eq!(program.lots().await, [(day("2027-12-01"), 7), (None, 150)]);
    let summary = program
        .house
        .engine
        .customer_points(&program.house.cx, &perennial_engine::customers::CustomerPath::Id(program.ada))
        .await
        .unwrap();
    let expiring: Vec<_> = summary.expiring.iter().map(|soon| (soon.expires_on, soon.points)).collect();
    assert_eq!(expiring, [("2027-12-01".parse().unwrap(), 157)]);
    assert_eq!(program.round_at(&micro_before("2027-12-02T05:00:00Z")).await.points, 0);
    assert_eq!(program.round_at("2027-12-02T05:00:00Z").await.points, 157);
    program.close().await;
}

/// What has waited counts from the day on which it could be spent: when the job came by says nothing about the customer.
#[tokio::test]
async fn inactivity_counts_what_has_matured_by_its_day_however_late_the_job() {
    for is_late in [false, true] {
        let program = Program::at("2027-01-10T12:00:00Z", json!({"kind": "inactivity", "months": 1})).await;
        program.change(json!({"pending_days": 14})).await;
        program.buy("1", 100).await;
        if !is_late {
            program.jobs_at("2027-01-24T13:00:00Z").await;
            program.jobs_at("2027-02-24T12:00:00Z").await;
            assert_eq!(program.points().await, 100, "the last day");
            program.jobs_at("2027-02-25T12:00:00Z").await;
            assert_eq!(program.points().await, 0);
        }
        program.jobs_at("2027-03-11T12:00:00Z").await;
        assert_eq!(program.points().await, 0, "late: {is_late}");
        let gone = "SELECT sum(amount)::int8 FROM entries WHERE account = 'expired'";
        assert_eq!(program.house.number(gone).await, 100, "late: {is_late}");
        program.close().await;
    }
}

/// What was gone before something else matured stays gone, and what matured then lives from that day on.
#[tokio::test]
async fn what_matures_late_brings_nothing_back() {
    let in_time = ["2027-02-12T12:00:00Z", "2027-03-12T13:00:00Z"];
    for jobs in [&in_time[..], &[]] {
        let program = Program::at("2027-01-10T12:00:00Z", json!({"kind": "inactivity", "months": 1})).await;
        program.buy("1", 100).await;
        program.change(json!({"pending_days": 60})).await;
        program.go("2027-01-11T12:00:00Z");
        program.buy("2", 50).await;
        for instant in jobs {
            program.jobs_at(instant).await;
        }
        program.jobs_at("2027-03-20T12:00:00Z").await;
        assert_eq!(program.lots().await, [(None, 50)], "{jobs:?}");
        program.jobs_at("2027-04-12T12:00:00Z").await;
        assert_eq!(program.points().await, 50, "{jobs:?}");
        program.jobs_at("2027-04-13T12:00:00Z").await;
        assert_eq!(program.points().await, 0, "{jobs:?}");
        program.close().await;
    }
}

/// Whoever comes back after the last day begins anew, though the round has not been yet: nothing of what is gone is spent,
/// and nothing of it lives on.
#[tokio::test]
async fn whoever_comes_back_too_late_brings_nothing_back() {
    let program = Program::at("2027-01-10T12:00:00Z", json!({"kind": "inactivity", "months": 6})).await;
    program.change(json!({"point_value": {"points": 1, "amount": 1}})).await;
    program.buy("1", 100).await;
    // The last day was 10 July.
    program.go("2027-08-01T12:00:00Z");
    let paid = json!({"customer": {"email": "ada@example.com"}, "pay_with_points": 60});
    let paid = buy(&program.house.engine, &program.house.cx, purchase("2", 100, paid)).await;
    assert_eq!(refusal(&paid), "/pay_with_points insufficient_points");
    let input = serde_json::from_value(json!({"points": -10, "reason": "Too much"})).unwrap();
    let taken = program.house.engine.adjustment_create(&program.house.cx, program.ada, input).await;
    assert_eq!(crate::support::code(taken), "insufficient_points");
    program.buy("3", 50).await;
    program.buy("4", 5).await;
    assert_eq!(program.lots().await, [(day("2027-07-10"), 100), (None, 55)]);
    assert_eq!((program.round().await.points, program.points().await), (100, 55));
    assert_eq!(program.round_at("2028-02-01T12:00:00Z").await.points, 0);
    assert_eq!(program.round_at("2028-02-02T12:00:00Z").await.points, 55);
    program.close().await;
}

/// Whoever has done nothing for long does not lose everything on the night after the policy was set.
#[tokio::test]
async fn inactivity_counts_from_the_day_on_which_the_policy_was_set() {
    let program = Program::at("2027-01-10T12:00:00Z", json!({"kind": "never"})).await;
    program.buy("1", 100).await;
    program.go("2028-05-31T12:00:00Z");
    program.set(json!({"kind": "inactivity", "months": 1})).await;
    assert_eq!(program.round_at("2028-06-05T12:00:00Z").await.points, 0);
    assert_eq!(program.letters().await, ["100 points at corner expire on Jun 30, 2028"]);
    assert_eq!(program.round_at("2028-07-01T04:00:00Z").await.points, 100);
    program.close().await;
}

/// What a change of the policy would do is told before: to points with a day nothing, to those without one by the last
/// activity of each customer. What comes of it afterwards is what was told.
#[tokio::test]
async fn a_change_of_the_policy_is_told_before_it_is_made() {
    let program = Program::at("2027-01-10T12:00:00Z", json!({"kind": "after_months", "months": 12})).await;
    program.buy("dated", 300).await;
    let patch = |expiry: Value| serde_json::from_value(json!({"expiry": expiry})).unwrap();
    let engine = &program.house.engine;
    let told = async |expiry: Value| {
        let preview = engine.merchant_preview(&program.house.cx, patch(expiry)).await.unwrap();
        preview.expiry.unwrap()
    };
    let held = |customers, points| Held { customers, points };
    let other = told(json!({"kind": "never"})).await;
    assert_eq!((other.earned_today_before, other.earned_today_after), (day("2028-01-10"), None));
    let existing = other.existing.unwrap();
    assert_eq!((existing.kept, existing.earlier, existing.moves), (held(1, 300), held(0, 0), Vec::new()));

    program.set(json!({"kind": "never"})).await;
    program.buy("undated", 50).await;
    let bob = purchase("b", 20, json!({"customer": {"email": "bob@example.com"}}));
    buy(engine, &program.house.cx, bob).await.unwrap();
    let idle = json!({"kind": "inactivity", "months": 6});
    let existing = told(idle.clone()).await.existing.unwrap();
    assert_eq!((existing.kept, existing.earlier, existing.sampled), (held(1, 300), held(2, 70), false));
    let moved = |from, to, customers, points| ExpiryMove { from, to, customers, points };
    assert_eq!(existing.moves, [moved(None, day("2027-07-01"), 2, 70)]);
    assert_eq!(engine.merchant_settings(&program.house.cx).await.unwrap().expiry.kind(), "never");

    program.set(idle).await;
    program.go("2027-03-05T12:00:00Z");
    program.buy("active", 5).await;
    let existing = told(json!({"kind": "inactivity", "months": 4})).await.existing.unwrap();
    // Ada was here today; Bob’s time begins anew, and ends in the same month, five days before.
    assert_eq!((existing.earlier, existing.later), (held(2, 75), held(0, 0)));
    let july = day("2027-07-01");
    assert_eq!(existing.moves, [moved(july, july, 1, 20), moved(day("2027-09-01"), july, 1, 55)]);
    let ended = told(json!({"kind": "never"})).await.existing.unwrap();
    assert_eq!((ended.later, ended.same, ended.moves.len()), (held(2, 75), held(0, 0), 2));

    program.set(json!({"kind": "inactivity", "months": 4})).await;
    assert_eq!(program.round_at("2027-07-06T04:00:00Z").await.points, 75);
    program.close().await;
}

/// Warnings 30, 7 and 1 days before, each once, however often the job runs and whoever runs it.
#[tokio::test]
async fn warnings_are_given_once_each() {
    let program = Program::at("2027-01-01T12:00:00Z", json!({"kind": "never"})).await;
    program.adjust(1_200, Some("2027-03-31")).await;
    let another = program.house.another_engine().await;
    let mut given = Vec::new();
    program.go("2027-02-25T12:00:00Z");
    for _ in 0..40 {
        given.push(program.round().await.warnings + another.expiry_round().await.unwrap().warnings);
        program.house.engine.clock().advance(TimeDelta::days(1));
    }
    let days: Vec<_> = given.iter().enumerate().filter(|(_, given)| **given > 0).collect();
    // 25 February and 4, 27 and 33 days: 1, 24 and 30 March.
    assert_eq!(days, [(4, &1), (27, &1), (33, &1)]);
    assert_eq!(program.letters().await, vec!["1,200 points at corner expire on Mar 31, 2027"; 3]);
    assert_eq!(program.points().await, 0);
    program.close().await;
}

/// A job that was away for weeks gives the latest warning only, and none for what is gone.
#[tokio::test]
async fn a_late_job_sends_one_letter() {
    let program = Program::at("2027-01-01T12:00:00Z", json!({"kind": "never"})).await;
    program.adjust(10, Some("2027-03-31")).await;
    program.adjust(20, Some("2027-03-01")).await;
    assert_eq!(program.round_at("2027-03-30T12:00:00Z").await.warnings, 1);
    assert_eq!(program.letters().await, ["10 points at corner expire on Mar 31, 2027"]);
    let stored = "SELECT count(*) FROM expiry_warnings WHERE warning = 'day' AND points = 10";
    assert_eq!(program.house.number(stored).await, 1);
    program.close().await;
}
