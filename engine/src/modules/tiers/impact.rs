//! What an edit of the ladder does to everybody.

use std::collections::BTreeMap;

use perennial_domain::ids::{CustomerId, TierId};
use perennial_domain::tiers::{Ladder, Move, impact, spans};
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::ladder::TierName;
use super::program::{Member, Outcome, Program};
use super::statement;
use crate::error::Error;
use crate::sample::Share;

/// Customers that are looked at, and moved, together.
pub(super) const BATCH: i64 = 2_000;
/// Customers that a movement names.
const EXAMPLES: usize = 5;

/// Customers who go the same way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TierMovement {
    /// From which tier; nothing for those who had none.
    pub from: Option<TierName>,
    /// To which; nothing for those who have none any more.
    pub to: Option<TierName>,
    /// How many; in a dry run over many customers about so many.
    pub customers: u64,
    /// Some of them, at most five.
    pub examples: Vec<TierExample>,
}

/// One of the customers who go the same way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TierExample {
    /// The customer.
    pub customer_id: CustomerId,
    /// What the customer is called.
    pub name: Option<String>,
    /// What counts for the customer today, in what the merchant's tiers count; where that is to change, in what they would.
    pub progress: i64,
}

/// Whether customers move, or it is only told who would.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Walk {
    /// They do.
    Move,
    /// Nothing is written; this share of them is looked at.
    Preview(Share),
}

/// Movements by the places they lead from and to; those from the highest tier come last.
#[derive(Default)]
pub(super) struct Movements(BTreeMap<(Option<usize>, Option<usize>), TierMovement>);

impl Movements {
    /// One customer more who goes this way, with what counts for the customer.
    pub fn add(
        &mut self,
        program: &Program<'_>,
        old: &Ladder,
        member: &Member,
        (from, to): (Option<TierId>, Option<TierId>),
        progress: i64,
    ) {
        let named = |id| Some(TierName { id, name: program.name(old, id)? });
        let movement =
            self.0.entry((old.rank(from), program.ladder.rank(to))).or_insert_with(|| TierMovement {
                from: from.and_then(named),
                to: to.and_then(named),
                customers: 0,
                examples: Vec::new(),
            });
        movement.customers += 1;
        if movement.examples.len() < EXAMPLES {
            movement.examples.push(TierExample {
                customer_id: member.customer,
                name: member.name.clone(),
                progress: progress.max(0),
            });
        }
    }

    /// Those from the highest tier first, with what those who were looked at stand for.
    pub fn in_order(self, share: Share) -> Vec<TierMovement> {
        let all = |movement: TierMovement| {
            let found = i64::try_from(movement.customers).unwrap_or(i64::MAX);
            TierMovement { customers: share.all(found).unsigned_abs(), ..movement }
        };
        self.0.into_values().rev().map(all).collect()
    }
}

impl Program<'_> {
    /// Moves everybody along with the ladder, from `old` to that of the program, and tells who went where. A dry run
    /// finds out the same and writes nothing.
    ///
    /// It looks at some ten thousand customers a second; who moves is locked by the ladder alone, so that tills do not
    /// wait, and is told in the same transaction. A dry run may look at a share of them, and tells what that stands for.
    pub async fn move_everybody(
        &self,
        txn: &DatabaseTransaction,
        old: &Ladder,
        actor: &str,
        walk: Walk,
    ) -> Result<Vec<TierMovement>, Error> {
        let mut movements = Movements::default();
        if !moves_anybody(old, &self.ladder) {
            return Ok(Vec::new());
        }
        let share = match walk {
            Walk::Move => Share::ALL,
            Walk::Preview(share) => share,
        };
        // Whom nobody has looked at yet stands on the tier that everybody has: a change of that one concerns them all.
        let base = |ladder: &Ladder| ladder.base().map(|tier| tier.id);
        let concerns_all = base(old) != base(&self.ladder);
        let mut after = Uuid::nil();
        loop {
            let values = [self.merchant.uuid().into(), after.into(), BATCH.into(), share.bytes().into()];
            let rows = txn.query_all_raw(statement(include_str!("page.sql"), values)).await?;
            let Some(last) = rows.last() else { break };
            after = last.try_get("", "customer_id")?;
            let (mut members, mut active) = (Vec::new(), Vec::new());
            for row in &rows {
                let (member, is_active) = (self.member(old, row)?, row.try_get::<bool>("", "is_active")?);
                if concerns_all || member.is_stored || is_active {
                    members.push(member);
                    active.push(is_active);
                }
            }
            let asked = members.iter().map(|member| {
                let spans = spans(&self.situation_on(old, member), &member.membership);
                (member.customer, spans.running, spans.merit)
            });
            let sums = self.sums(txn, asked.collect()).await?;
            let mut outcomes = Vec::with_capacity(members.len());
            for ((member, is_active), sums) in members.into_iter().zip(active).zip(sums) {
                let membership = member.membership;
                let assessment = impact(old, &self.situation(&member), &membership, sums.running, sums.other);
                let mut outcome = Outcome::of(member);
                outcome.apply(assessment, Some(actor));
                self.count(&mut movements, old, &outcome, sums.running);
                if outcome.has_changed || is_active && !outcome.member.is_stored {
                    outcomes.push(outcome);
                }
            }
            if walk == Walk::Move {
                self.write_edited(txn, old, &outcomes).await?;
            }
        }
        Ok(movements.in_order(share))
    }

    /// The share of the customers that a preview looks at.
    pub async fn share(&self, txn: &DatabaseTransaction) -> Result<Share, Error> {
        let count =
            "SELECT count(*) AS customers FROM customers WHERE merchant_id = $1 AND merged_into IS NULL";
        let row = txn.query_one_raw(statement(count, [self.merchant.uuid().into()])).await?;
        let customers = row.map(|row| row.try_get::<i64>("", "customers")).transpose()?;
        Ok(customers.map_or(Share::ALL, Share::of))
    }

    fn count(&self, movements: &mut Movements, old: &Ladder, outcome: &Outcome, progress: i64) {
        for moved in &outcome.moves {
            let (from, to) = match moved.moved {
                Move::Up { from, to } => (from, Some(to)),
                Move::Down { from, to } => (Some(from), to),
                Move::Stay => continue,
            };
            movements.add(self, old, &outcome.member, (from, to), progress);
        }
    }
}

/// Whether such an edit concerns anybody.
pub(super) fn moves_anybody(old: &Ladder, new: &Ladder) -> bool {
    steps(old) != steps(new)
}

/// What of a ladder decides about customers: names, multipliers and benefits do not.
fn steps(ladder: &Ladder) -> Vec<(Uuid, i64)> {
    ladder.tiers().iter().map(|tier| (tier.id.uuid(), tier.terms.threshold)).collect()
}
