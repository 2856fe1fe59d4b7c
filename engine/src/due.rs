//! What is due by now, of all merchants: found in bounded looks, merchant by merchant.
//!
//! There is one look for everybody whose time is that of the world, and one for each sandbox whose time is another. A look
//! takes so many rows and comes again while it finds some, for a bounded number of times. What could not be settled together
//! comes again one by one; the one with which something is wrong is left out of the looks that follow, so that nobody else
//! waits, of other merchants or its own, and told of at the end.
//!
//! ```text
//! let mut due = Due::of(engine, &LOOK);
//! while let Some(found) = due.next(engine).await? {
//!     if let Err(error) = settle(&found).await { due.failed(found, error) }
//! }
//! due.end()
//! ```

use std::collections::{BTreeMap, VecDeque};

use chrono::{DateTime, Utc};
use perennial_domain::ids::MerchantId;
use sea_orm::{ConnectionTrait, Value};
use uuid::Uuid;

use crate::engine::Engine;
use crate::error::Error;
use crate::statement::statement;

/// So much of one merchant may fail in one run; then there is something wrong with the merchant, who is left out.
const FAILED_MAX: usize = 100;

/// What to look for.
pub(crate) struct Look {
    /// What it is, for the log.
    pub what: &'static str,
    /// Gives `merchant_id` and [`id`](Self::id) of what is due by `$1`, at most `$2` rows, of all merchants but `$3`, or only
    /// of `$4`, and none of the ids `$5`. It locks nothing: whoever settles it looks again under its locks.
    pub sql: &'static str,
    /// The column with what is due: a customer, an award.
    pub id: &'static str,
    /// Rows of one look: short locks, whatever falls due in one night.
    pub rows: i64,
    /// How often it looks in one run.
    pub rounds: usize,
}

/// Whose time it is: one sandbox's, or everybody's but the sandboxes'.
pub(crate) struct Whose {
    /// That time.
    pub now: DateTime<Utc>,
    only: Option<MerchantId>,
    without: Vec<Uuid>,
}

impl Whose {
    /// Everybody, and each sandbox whose clock is ahead.
    pub fn all(engine: &Engine) -> VecDeque<Self> {
        let sandboxes = engine.clock().ahead();
        let without = sandboxes.iter().map(|sandbox| sandbox.uuid()).collect();
        let everybody = Self { now: engine.clock().now(), only: None, without };
        let each = sandboxes.into_iter().map(|sandbox| Self {
            now: engine.now(sandbox),
            only: Some(sandbox),
            without: Vec::new(),
        });
        std::iter::once(everybody).chain(each).collect()
    }

    /// The parameters of a statement that looks for them, or ends them at once.
    pub fn values(&self, rows: i64) -> [Value; 4] {
        [self.now.into(), rows.into(), self.without.clone().into(), self.only.map(MerchantId::uuid).into()]
    }
}

/// What one look has found of one merchant.
pub(crate) struct Found {
    /// The merchant.
    pub merchant: MerchantId,
    /// What is due, in the order in which it was found.
    pub ids: Vec<Uuid>,
    /// The time of the merchant by which it is due.
    pub now: DateTime<Utc>,
}

/// A run over everything that is due.
pub(crate) struct Due<'l> {
    look: &'l Look,
    whose: VecDeque<Whose>,
    rounds: usize,
    found: VecDeque<Found>,
    /// With what something is wrong.
    left_out: BTreeMap<MerchantId, Vec<Uuid>>,
    failed: Option<Error>,
}

impl<'l> Due<'l> {
    /// Begins.
    pub fn of(engine: &Engine, look: &'l Look) -> Self {
        let whose = Whose::all(engine);
        let (found, left_out) = (VecDeque::new(), BTreeMap::new());
        Self { look, whose, rounds: look.rounds, found, left_out, failed: None }
    }

    /// What is due of the next merchant; nothing at the end, and when it has looked often enough.
    pub async fn next(&mut self, engine: &Engine) -> Result<Option<Found>, Error> {
        loop {
            if let Some(found) = self.found.pop_front() {
                return Ok(Some(found));
            }
            let Some(whose) = self.whose.front() else { return Ok(None) };
            if self.rounds > 0 {
                self.rounds -= 1;
                let left_out = self.left_out.values().flatten().copied().collect();
                self.found = self.look.find(engine, whose, left_out).await?;
            }
            if self.found.is_empty() {
                self.whose.pop_front();
                self.rounds = self.look.rounds;
            }
        }
    }

    /// This could not be settled. Several come again one by one; one alone is left out from now on, and told of at the end.
    /// While a merchant's rows are locked, or the database is busy, the merchant waits for the next run.
    pub fn failed(&mut self, found: Found, error: Error) {
        let Found { merchant, ids, now } = found;
        if matches!(error, Error::Busy { .. }) {
            self.leave_out(merchant, error);
        } else if let [id] = ids.as_slice() {
            tracing::warn!(%merchant, %id, ?error, "{} could not be settled", self.look.what);
            let left_out = self.left_out.entry(merchant).or_default();
            left_out.push(*id);
            if left_out.len() >= FAILED_MAX {
                self.leave_out(merchant, error);
            } else {
                self.failed = Some(error);
            }
        } else {
            let singly = ids.into_iter().map(|id| Found { merchant, ids: vec![id], now });
            self.found = singly.chain(self.found.drain(..)).collect();
        }
    }

    /// Leaves out all of a merchant.
    fn leave_out(&mut self, merchant: MerchantId, error: Error) {
        tracing::warn!(%merchant, %error, "{} of a merchant could not be settled", self.look.what);
        if let Some(whose) = self.whose.front_mut() {
            whose.without.push(merchant.uuid());
        }
        self.found.retain(|found| found.merchant != merchant);
        self.failed = Some(error);
    }

    /// Ends it, with the last that was wrong.
    ///
    /// # Errors
    /// What was wrong.
    pub fn end(self) -> Result<(), Error> {
        self.failed.map_or(Ok(()), Err)
    }
}

impl Look {
    async fn find(
        &self,
        engine: &Engine,
        whose: &Whose,
        left_out: Vec<Uuid>,
    ) -> Result<VecDeque<Found>, Error> {
        let mut found: BTreeMap<MerchantId, Vec<Uuid>> = BTreeMap::new();
        let [by, rows, without, only] = whose.values(self.rows);
        let look = statement(self.sql, [by, rows, without, only, left_out.into()]);
        for row in engine.db().query_all_raw(look).await? {
            let merchant = MerchantId::from_uuid(row.try_get("", "merchant_id")?);
            found.entry(merchant).or_default().push(row.try_get("", self.id)?);
        }
        let now = whose.now;
        Ok(found.into_iter().map(|(merchant, ids)| Found { merchant, ids, now }).collect())
    }
}
