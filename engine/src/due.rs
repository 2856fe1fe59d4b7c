//! What is due by now, of all merchants: found in bounded looks, merchant by merchant.
//!
//! There is one look for everybody whose time is that of the world, and one for each sandbox whose time is another. A look
//! takes so many rows and comes again while it finds some, for a bounded number of times. A merchant with whom something is
//! wrong is left out of the looks that follow, so that nobody else waits, and told of at the end.
//!
//! ```text
//! let mut due = Due::of(engine, &LOOK);
//! while let Some(found) = due.next(engine).await? {
//!     if let Err(error) = settle(&found).await { due.leave_out(found.merchant, error) }
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

/// What to look for.
pub(crate) struct Look {
    /// What it is, for the log.
    pub what: &'static str,
    /// Gives `merchant_id` and [`id`](Self::id) of what is due by `$1`, at most `$2` rows, of all merchants but `$3`, or only
    /// of `$4`. It locks nothing: whoever settles it looks again under its locks.
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
    failed: Option<Error>,
}

impl<'l> Due<'l> {
    /// Begins.
    pub fn of(engine: &Engine, look: &'l Look) -> Self {
        let whose = Whose::all(engine);
        Self { look, whose, rounds: look.rounds, found: VecDeque::new(), failed: None }
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
                self.found = self.look.find(engine, whose).await?;
            }
            if self.found.is_empty() {
                self.whose.pop_front();
                self.rounds = self.look.rounds;
            }
        }
    }

    /// Something is wrong with a merchant: it is left out from now on, and told of at the end.
    pub fn leave_out(&mut self, merchant: MerchantId, error: Error) {
        tracing::warn!(%merchant, %error, "{} of a merchant could not be settled", self.look.what);
        if let Some(whose) = self.whose.front_mut() {
            whose.without.push(merchant.uuid());
        }
        self.failed = Some(error);
    }

    /// Ends it, with the last that was wrong.
    ///
    /// # Errors
    /// What was wrong with a merchant.
    pub fn end(self) -> Result<(), Error> {
        self.failed.map_or(Ok(()), Err)
    }
}

impl Look {
    async fn find(&self, engine: &Engine, whose: &Whose) -> Result<VecDeque<Found>, Error> {
        let mut found: BTreeMap<MerchantId, Vec<Uuid>> = BTreeMap::new();
        for row in engine.db().query_all_raw(statement(self.sql, whose.values(self.rows))).await? {
            let merchant = MerchantId::from_uuid(row.try_get("", "merchant_id")?);
            found.entry(merchant).or_default().push(row.try_get("", self.id)?);
        }
        let now = whose.now;
        Ok(found.into_iter().map(|(merchant, ids)| Found { merchant, ids, now }).collect())
    }
}
