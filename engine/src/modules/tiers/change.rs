//! What another policy would do to everybody, told before it is made.

use perennial_domain::calendar::local_date;
use perennial_domain::ids::MerchantId;
use perennial_domain::settings::MerchantSettings;
use perennial_domain::tiers::spans;
use sea_orm::{ConnectionTrait as _, DatabaseTransaction};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::impact::{BATCH, Movements, TierMovement};
use super::program::{Outcome, Program};
use super::{ladder, statement};
use crate::engine::Engine;
use crate::error::Error;
use crate::sample::Share;

/// What another policy would do to customers, as soon as the job has come by. Whoever it would let fall at the end of a
/// period that is not over is not among them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TierChange {
    /// Who would go where, those from the highest tier first.
    pub moves: Vec<TierMovement>,
    /// Whether the numbers of `moves` were worked out from a sample of the customers.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sampled: bool,
}

/// What settings that the merchant does not have yet would do: what the job finds once they are saved, and writes then.
/// Changes nothing.
///
/// It looks at some ten thousand customers a second, of many at a sample, and keeps nobody waiting but those who edit the
/// ladder.
///
/// # Errors
/// Only when the database fails.
pub(crate) async fn change(
    engine: &Engine,
    merchant: MerchantId,
    settings: &MerchantSettings,
) -> Result<TierChange, Error> {
    let txn = engine.begin().await?;
    ladder::share(&txn, merchant).await?;
    let mut program = Program::read(engine, &txn, merchant).await?;
    program.settings = settings.clone();
    program.today = local_date(program.now, settings.time_zone);
    // Without a ladder there is nothing to look at.
    let share = if program.ladder.tiers().is_empty() { Share::ALL } else { program.share(&txn).await? };
    let moves = program.moves_of_everybody(&txn, share).await?;
    txn.rollback().await?;
    Ok(TierChange { moves, sampled: share.is_sample() })
}

impl Program<'_> {
    /// Who goes where by time and progress. Who goes several steps, one period after the other, is counted once.
    async fn moves_of_everybody(
        &self,
        txn: &DatabaseTransaction,
        share: Share,
    ) -> Result<Vec<TierMovement>, Error> {
        let mut movements = Movements::default();
        if self.ladder.tiers().is_empty() {
            return Ok(Vec::new());
        }
        let mut after = Uuid::nil();
        loop {
            let values = [self.merchant.uuid().into(), after.into(), BATCH.into(), share.bytes().into()];
            let rows = txn.query_all_raw(statement(include_str!("page.sql"), values)).await?;
            let Some(last) = rows.last() else { return Ok(movements.in_order(share)) };
            after = last.try_get("", "customer_id")?;
            let mut members = Vec::with_capacity(rows.len());
            for row in &rows {
                let member = self.member(&self.ladder, row)?;
                // The job looks at whoever stands somewhere; nothing has ever counted for the others.
                if member.is_stored {
                    members.push(member);
                }
            }
            let before: Vec<_> = members.iter().map(|member| member.membership.tier).collect();
            let outcomes = self.assess(txn, members).await?;
            let moved: Vec<_> = before
                .into_iter()
                .zip(outcomes)
                .filter(|(from, Outcome { member, .. })| *from != member.membership.tier)
                .collect();
            if moved.is_empty() {
                continue;
            }
            let asked = moved.iter().map(|(_, Outcome { member, .. })| {
                (member.customer, spans(&self.situation(member), &member.membership).running, None)
            });
            let sums = self.sums(txn, asked.collect()).await?;
            for ((from, Outcome { member, .. }), sums) in moved.iter().zip(sums) {
                let way = (*from, member.membership.tier);
                movements.add(self, &self.ladder, member, way, sums.running);
            }
        }
    }
}
