//! Does the same steps on the engine and on the model, and compares them after each.

mod answers;
mod books;
mod program;
mod step;
mod terms;
mod till;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use perennial_domain::codes::ClaimCode;
use perennial_domain::leaderboard::LeaderboardPeriod;

use crate::model::Model;
use crate::plain::*;
use program::Program;

/// Where the engine and the model part.
#[derive(Debug)]
pub struct Difference {
    /// The place of the step in the list; its length stands for the end.
    pub at: usize,
    pub what: String,
}

/// How much is to happen between two steps, so that no two are of one moment.
const TICK: TimeDelta = TimeDelta::seconds(1);
/// Longer than anything waits that only waits for another module.
const LATER: TimeDelta = TimeDelta::seconds(6);

struct Run<'s> {
    setup: &'s Setup,
    program: Program,
    model: Model,
    /// When the purchases that were accepted happened, as far as their tills told.
    told: BTreeMap<u32, Option<String>>,
    codes: BTreeMap<u32, ClaimCode>,
}

/// Does all steps, and at the end what time and queues still have to do.
pub async fn run(setup: &Setup, steps: &[Step]) -> Result<(), Difference> {
    // Some days before the clocks go back, and some weeks before a year ends.
    let start: DateTime<Utc> = "2027-10-25T13:00:00Z".parse().unwrap();
    let program = Program::open(setup, start).await;
    let model = Model::new(setup, program.clock.now());
    let mut run = Run { setup, program, model, told: BTreeMap::new(), codes: BTreeMap::new() };
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

impl Run<'_> {
    async fn both(&mut self, step: &Step) -> Result<(), String> {
        self.model.now += TICK;
        self.program.clock.advance(TICK);
        let is_delicate = self.setup.is_careful() && step.is_delicate();
        if is_delicate {
            self.drain().await?;
        }
        let expected = self.model.step(step);
        if expected == Answer::Skipped {
            return Ok(());
        }
        let got = self.step(step).await;
        same("the answer", &expected, &got)?;
        self.compare().await?;
        if is_delicate {
            self.drain().await?;
        }
        Ok(())
    }

    /// Both do what is due and come to what waits. Workers do all that time causes when they begin, so that the model has
    /// to do it, too. What one module wants to know of another that is late it asks again some seconds later.
    async fn drain(&mut self) -> Result<(), String> {
        for _ in 0..2 {
            self.model.now += LATER;
            self.program.clock.advance(LATER);
            self.model.jobs();
            self.model.drain();
            self.program.engine.jobs_run().await.unwrap();
            if self.program.count("SELECT count(*) FROM queue").await > 0 {
                self.settle().await?;
            }
        }
        self.compare().await?;
        self.program.rises(self.setup).await
    }

    async fn compare(&self) -> Result<(), String> {
        let expected = self.model.books();
        let got = self.program.books(self.setup, self.model.now).await;
        for (customer, (expected, got)) in expected.customers.iter().zip(&got.customers).enumerate() {
            same(&format!("customer {customer}"), expected, got)?;
        }
        same("budgets", &expected.budgets, &got.budgets)?;
        same("limits of customers", &expected.uses, &got.uses)?;
        same("what is carried over", &expected.carried, &got.carried)?;
        same("stock", &expected.stock, &got.stock)?;
        same("months of cashback", &expected.cashback_uses, &got.cashback_uses)?;
        same("vouchers", &expected.vouchers, &got.vouchers)?;
        same("referrals", &expected.referrals, &got.referrals)?;
        same("awards", &expected.awards, &got.awards)?;
        same("leaderboard", &expected.board, &got.board)
    }

    /// Lets the workers run until every message has had its effect. What they do besides, when they begin, may tell of more.
    async fn settle(&self) -> Result<(), String> {
        let waits = "SELECT count(*) FROM queue";
        let workers = self.program.engine.workers();
        let mut is_empty = false;
        // Far longer than it takes: a message that never ends is a difference and not a hanging test.
        for _ in 0..20_000 {
            let was_empty = std::mem::replace(&mut is_empty, self.program.count(waits).await == 0);
            if was_empty && is_empty {
                break;
            }
            tokio::time::sleep(Duration::from_millis(3)).await;
        }
        workers.stop().await;
        let left = "SELECT module, payload::text, last_error FROM queue";
        let left: Vec<(String, String, Option<String>)> = self.program.rows(left).await;
        if left.is_empty() { Ok(()) } else { Err(format!("the queue does not end: {left:?}")) }
    }

    /// What customers see, and what an operator asks: whether the books are right.
    async fn end(&self) -> Result<(), String> {
        let Program { engine, cx, .. } = &self.program;
        for number in 0..CUSTOMERS {
            let Some(customer) = self.program.customer(number).await else { continue };
            let wallets = engine.customer_cashback(cx, customer).await.unwrap();
            let got = wallets.first().map_or((0, 0), |wallet| (wallet.available.get(), wallet.pending.get()));
            same(&format!("the wallet of customer {number}"), &self.model.wallet(number), &got)?;
            if self.setup.has_board {
                let standing = engine.leaderboard_standing(cx, LeaderboardPeriod::Ever, customer).await;
                let (rank, points) = self.model.rank(number);
                let got = standing.unwrap();
                same(&format!("the rank of customer {number}"), &(rank, points), &(got.rank, got.points))?;
            }
        }
        same("dead letters", &0, &self.program.count("SELECT count(*) FROM dead_letters").await)?;
        let reconciled = engine.reconcile(cx, |_| {}).await.unwrap();
        let wrong: Vec<_> = reconciled.checks.iter().filter(|check| check.violations > 0).collect();
        if wrong.is_empty() { Ok(()) } else { Err(format!("reconcile: {wrong:#?}")) }
    }
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, expected: &T, got: &T) -> Result<(), String> {
    if expected == got {
        return Ok(());
    }
    let mut text = String::new();
    let _ = write!(text, "{what}\n   model: {expected:?}\n  engine: {got:?}");
    Err(text)
}
