//! Does the same steps on the engine and on the model, and compares them after each.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use perennial_domain::codes::{ClaimCode, TransactionId};
use perennial_domain::customer::{CustomerInput, CustomerRef};
use perennial_domain::ids::RedemptionId;
use perennial_domain::purchase::PurchaseInput;
use perennial_domain::returns::ReturnInput;
use perennial_engine::Error;
use perennial_engine::adjustments::NewAdjustment;
use perennial_engine::intake::{SubmitOptions, Submitted};
use perennial_engine::returns::{Arrived, Return};
use perennial_engine::rewards::{NewRedemption, Redeemed};
use sea_orm::TransactionTrait as _;
use serde_json::{Value, json};

use crate::model::Model;
use crate::plain::*;
use crate::program::{Program, name, offer, policy, promotion, tier};
use crate::steps::{Step, retailer_of};

/// Where the engine and the model part.
#[derive(Debug)]
pub struct Difference {
    /// The place of the step in the list; its length stands for the end.
    pub at: usize,
    pub what: String,
}

/// How much is to happen between two steps, so that no two are of one moment.
const TICK: TimeDelta = TimeDelta::seconds(1);

struct Run {
    program: Program,
    model: Model,
    /// When the purchases that were accepted happened, as far as their tills told.
    told: BTreeMap<u32, Option<String>>,
    codes: BTreeMap<u32, ClaimCode>,
    redemptions: BTreeMap<u32, RedemptionId>,
}

/// Does all steps, and at the end what time and queues still have to do.
pub async fn run(setup: &Setup, steps: &[Step]) -> Result<(), Difference> {
    // Some days before the clocks go back, and some weeks before a year ends.
    let start: DateTime<Utc> = "2027-10-25T13:00:00Z".parse().unwrap();
    let program = Program::open(setup, start).await;
    let model = Model::new(setup, program.clock.now());
    let mut run =
        Run { program, model, told: BTreeMap::new(), codes: BTreeMap::new(), redemptions: BTreeMap::new() };
    let mut result = Ok(());
    for (at, step) in steps.iter().chain([&Step::Settle]).enumerate() {
        result = run.both(step).await.map_err(|what| Difference { at, what });
        if result.is_err() {
            break;
        }
    }
    if result.is_ok() {
        result = run.end().await.map_err(|what| Difference { at: steps.len(), what });
    }
    run.program.engine.shutdown().await;
    result
}

impl Run {
    async fn both(&mut self, step: &Step) -> Result<(), String> {
        self.model.now += TICK;
        self.program.clock.advance(TICK);
        let expected = self.model.step(step);
        if expected == Answer::Skipped {
            return Ok(());
        }
        let got = self.step(step).await;
        same("the answer", &expected, &got)?;
        let (expected, got) = (self.model.books(), self.program.books().await);
        for (customer, (expected, got)) in expected.customers.iter().zip(&got.customers).enumerate() {
            same(&format!("customer {customer}"), expected, got)?;
        }
        same("budgets", &expected.budgets, &got.budgets)?;
        same("limits of customers", &expected.uses, &got.uses)?;
        same("stock", &expected.stock, &got.stock)?;
        same("months of cashback", &expected.cashback_uses, &got.cashback_uses)
    }

    async fn step(&mut self, step: &Step) -> Answer {
        let Program { engine, cx, promotions, offers, .. } = &self.program;
        match step {
            Step::Buy(purchase) | Step::Conflict(purchase) => self.buy(purchase).await,
            Step::Again(number) => {
                let purchase = self.model.stored(*number).unwrap().clone();
                self.buy(&purchase).await
            }
            Step::Return { number, name, what } => self.give_back(*number, *name, what).await,
            Step::Claim { number, customer } => {
                let input: CustomerInput =
                    serde_json::from_value(json!({"external_id": name(*customer)})).unwrap();
                let customer = input.check("", None).unwrap();
                match engine.claim(cx, &self.codes[number], &customer).await {
                    Ok(claimed) => Answer::Claim {
                        replayed: claimed.replayed,
                        points: claimed.claim.points.get(),
                        pending: claimed.claim.points_pending.get(),
                        balance: (claimed.claim.balance.points, claimed.claim.balance.pending),
                    },
                    Err(error) => refused(&error),
                }
            }
            Step::Adjust { customer, points, expires_in } => {
                let today = crate::calendar::day(self.model.now);
                let input = NewAdjustment {
                    points: *points,
                    reason: "A step".parse().unwrap(),
                    expires_on: expires_in.map(|days| today + chrono::Days::new(days)),
                };
                let customer = self.program.customer(*customer).await.unwrap();
                match engine.adjustment_create(cx, customer, input).await {
                    Ok(done) => Answer::Adjusted { before: done.points_before, after: done.points_after },
                    Err(error) => refused(&error),
                }
            }
            Step::Redeem { number, customer, reward, hold } => {
                let id = self.program.customer(*customer).await.unwrap();
                let input = NewRedemption {
                    reward: self.program.rewards[*reward],
                    points: None,
                    hold_seconds: *hold,
                };
                let answer = engine.redeem(cx, &CustomerRef::Id(id), input).await;
                if let Ok(redeemed) = &answer {
                    self.redemptions.insert(*number, redeemed.redemption.id);
                }
                redeemed(answer)
            }
            Step::Capture(number) => redeemed(engine.redemption_capture(cx, self.redemptions[number]).await),
            Step::Cancel(number) => redeemed(engine.redemption_cancel(cx, self.redemptions[number]).await),
            Step::Tier { tier: number, terms } => {
                let id = self.program.tiers[*number];
                done(engine.tier_update(cx, id, tier(*number, terms), false).await)
            }
            Step::Promotion { promotion: index, terms } => {
                let id = promotions[*index];
                engine.promotion_edit(cx, id, promotion(terms, &self.program.tiers)).await.unwrap();
                done(engine.promotion_publish(cx, id, None).await)
            }
            Step::Pause { promotion } => {
                let id = promotions[*promotion];
                let is_paused = engine.promotion_get(cx, id).await.unwrap().state.as_str() == "paused";
                done(if is_paused {
                    engine.promotion_resume(cx, id).await
                } else {
                    engine.promotion_pause(cx, id).await
                })
            }
            Step::Offer { offer: index, terms } => {
                done(engine.cashback_offer_update(cx, offers[*index], offer(terms)).await)
            }
            Step::Archive { offer } => done(engine.cashback_offer_archive(cx, offers[*offer]).await),
            Step::Policy(chosen, days) => {
                self.program.set(json!({"return_policy": policy(*chosen), "pending_days": days})).await;
                Answer::Done
            }
            Step::Pass { seconds } => {
                self.program.clock.advance(TimeDelta::seconds(*seconds));
                Answer::Done
            }
            Step::Jobs => done(engine.jobs_run().await),
            Step::Settle => {
                engine.jobs_run().await.unwrap();
                self.settle().await;
                // What came late out of a queue may be over already.
                done(engine.jobs_run().await)
            }
        }
    }

    async fn buy(&mut self, purchase: &Purchase) -> Answer {
        let at = self.model.now;
        let told = self
            .told
            .get(&purchase.number)
            .cloned()
            .unwrap_or_else(|| purchase.ago.map(|ago| (at - TimeDelta::seconds(ago)).to_rfc3339()));
        let input: PurchaseInput = serde_json::from_value(sent(purchase, told.as_deref())).unwrap();
        let checked = input.check(None).unwrap();
        let Program { engine, till, .. } = &self.program;
        let answer = engine.purchases_submit(till, vec![checked], SubmitOptions::default()).await.remove(0);
        match answer {
            Ok(Submitted { replayed, record }) => {
                self.told.insert(purchase.number, told);
                if let Some(code) = &record.claim_code {
                    self.codes.insert(purchase.number, code.clone());
                }
                Answer::Purchase(Bought {
                    replayed,
                    credited: record.customer_id.is_some(),
                    earned: record.points_earned.get(),
                    pending: record.points_pending.get(),
                    claimable: record.points_claimable.map(|points| points.get()),
                    balance: record.balance.map(|balance| (balance.points, balance.pending)),
                    lines: record.lines.iter().map(|line| line.points.get()).collect(),
                })
            }
            Err(error) => refused(&error),
        }
    }

    async fn give_back(&self, number: u32, name: u8, what: &Returning) -> Answer {
        let Program { engine, cx, .. } = &self.program;
        let mut input = json!({"return_id": format!("r{name}")});
        match what {
            Returning::Everything => {}
            Returning::Amount(amount) => input["amount"] = json!(amount),
            Returning::Lines(lines) => {
                let line = |(line, part): &(usize, Part)| match part {
                    Part::Whole => json!({"line": line}),
                    Part::Units(units) => json!({"line": line, "quantity": units}),
                    Part::Amount(amount) => json!({"line": line, "amount": amount}),
                };
                input["lines"] = lines.iter().map(line).collect();
            }
        }
        let checked = serde_json::from_value::<ReturnInput>(input).unwrap().check().unwrap();
        let retailer = engine.return_retailer(cx, Some(RETAILERS[retailer_of(number)])).await.unwrap();
        let transaction = TransactionId::new(&number.to_string()).unwrap();
        let txn = engine.db().begin().await.unwrap();
        match engine.return_transaction_in(&txn, cx, retailer, &transaction, &checked).await {
            Ok(arrived) => {
                txn.commit().await.unwrap();
                match arrived {
                    Arrived::Waiting(_) => Answer::Waiting,
                    Arrived::Booked(booked) => {
                        Answer::Return(Box::new(returned(booked.replayed, &booked.record)))
                    }
                }
            }
            Err(error) => {
                txn.rollback().await.unwrap();
                refused(&error)
            }
        }
    }

    /// Lets the workers run until every message has had its effect.
    async fn settle(&self) {
        let workers = self.program.engine.workers();
        while self.program.count("SELECT count(*) FROM queue").await > 0 {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        workers.stop().await;
    }

    /// What customers see, and what an operator asks: whether the books are right.
    async fn end(&self) -> Result<(), String> {
        let Program { engine, cx, .. } = &self.program;
        for number in 0..CUSTOMERS {
            let Some(customer) = self.program.customer(number).await else { continue };
            let wallets = engine.customer_cashback(cx, customer).await.unwrap();
            let got = wallets.first().map_or((0, 0), |wallet| (wallet.available.get(), wallet.pending.get()));
            same(&format!("the wallet of customer {number}"), &self.model.wallet(number), &got)?;
        }
        same("dead letters", &0, &self.program.count("SELECT count(*) FROM dead_letters").await)?;
        let reconciled = engine.reconcile(cx, |_| {}).await.unwrap();
        let wrong: Vec<_> = reconciled.checks.iter().filter(|check| check.violations > 0).collect();
        if wrong.is_empty() { Ok(()) } else { Err(format!("reconcile: {wrong:#?}")) }
    }
}

fn sent(purchase: &Purchase, occurred_at: Option<&str>) -> Value {
    let line = |line: &Line| {
        let mut sent = json!({"quantity": line.quantity, "amount": line.amount});
        if let Some(product) = line.product {
            sent["product"] = json!(product);
        }
        if line.discount > 0 {
            sent["discount"] = json!(line.discount);
        }
        sent
    };
    let mut sent = json!({
        "transaction_id": purchase.number.to_string(),
        "retailer": RETAILERS[purchase.retailer],
        "lines": purchase.lines.iter().map(line).collect::<Vec<_>>(),
        "currency": "USD",
    });
    if let Some(customer) = purchase.customer {
        sent["customer"] = json!({"external_id": name(customer)});
    }
    if let Some(occurred_at) = occurred_at {
        sent["occurred_at"] = json!(occurred_at);
    }
    sent
}

fn returned(replayed: bool, record: &Return) -> Returned {
    Returned {
        replayed,
        amount: record.amount.get(),
        points: record.points_reversed.get(),
        pending: record.pending_reversed.get(),
        debt: record.debt.get(),
        absorbed: record.absorbed.get(),
        cashback: record.cashback_reversed.get(),
        balance: record.balance.map(|balance| (balance.points, balance.pending)),
        complete: record.complete,
    }
}

fn redeemed(answer: Result<Redeemed, Error>) -> Answer {
    match answer {
        Ok(Redeemed { redemption, balance }) => Answer::Redeemed {
            state: redemption.state.as_str(),
            balance: (balance.points, balance.pending, balance.reserved),
        },
        Err(error) => refused(&error),
    }
}

fn done<T>(result: Result<T, Error>) -> Answer {
    match result {
        Ok(_) => Answer::Done,
        Err(error) => refused(&error),
    }
}

/// The stable words of a refusal.
fn refused(error: &Error) -> Answer {
    let words = match error {
        Error::Conflict { code, .. } => (*code).to_owned(),
        Error::Invalid(errors) | Error::ReturnExceeds(errors) => {
            let words: Vec<_> =
                errors.iter().map(|error| format!("{} {}", error.pointer, error.code)).collect();
            words.join(", ")
        }
        Error::TransactionConflict(differences) => {
            let pointers: Vec<_> = differences.iter().map(|difference| difference.pointer.as_str()).collect();
            format!("conflict {}", pointers.join(" "))
        }
        other => format!("{other:?}"),
    };
    Answer::Refused(words)
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, expected: &T, got: &T) -> Result<(), String> {
    if expected == got {
        return Ok(());
    }
    let mut text = String::new();
    let _ = write!(text, "{what}\n   model: {expected:?}\n  engine: {got:?}");
    Err(text)
}
