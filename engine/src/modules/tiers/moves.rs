//! Real changes of tiers: written down, told, and read again.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use perennial_domain::access::Action;
use perennial_domain::codes::Email;
use perennial_domain::events::EventKind;
use perennial_domain::ids::{CustomerId, TierId};
use perennial_domain::money::Currency;
use perennial_domain::tiers::{Ladder, ManualMove, Move, MoveReason, TierBasis};
use sea_orm::{ConnectionTrait, DatabaseTransaction, QueryResult};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::ladder::TierName;
use super::letter;
use super::program::{Moved, Outcome, Program, due_on};
use super::statement;
use crate::cx::Cx;
use crate::engine::Engine;
use crate::error::Error;
use crate::events::{Happening, announce};
use crate::messages;
use crate::modules::{self, policies};
use crate::page::{Page, PageRequest};
use crate::stored::stored;

/// Customers that one message to the reward policies names.
const POLICIES_TOLD: usize = 200;

/// A change of a customer's tier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TierMove {
    /// The customer's moves are numbered from 1.
    pub number: i32,
    /// `up` or `down`.
    pub moved: String,
    /// From which tier, as it was called then; nothing for none.
    pub from: Option<TierName>,
    /// To which.
    pub to: Option<TierName>,
    /// Why.
    pub reason: MoveReason,
    /// The same for people, one sentence without a full stop.
    pub text: String,
    /// The member of the staff or the API key that did it; nothing where the program itself did.
    pub by: Option<String>,
    /// When.
    pub happened_at: DateTime<Utc>,
}

impl Engine {
    /// The changes of a customer's tier, the newest first.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a customer of nobody or of another merchant.
    pub async fn customer_tier_moves(
        &self,
        cx: &Cx,
        customer: CustomerId,
        page: &PageRequest,
    ) -> Result<Page<TierMove>, Error> {
        cx.require_for(Action::CustomersRead, customer)?;
        self.customer_must_exist(cx, customer).await?;
        let settings = self.merchant_settings_in(self.db(), cx.merchant()).await?;
        let before: Option<i32> = page.after()?;
        let values = [
            cx.merchant().uuid().into(),
            customer.uuid().into(),
            before.unwrap_or(i32::MAX).into(),
            page.probe().into(),
        ];
        let sql = "SELECT * FROM tier_moves
                   WHERE merchant_id = $1 AND customer_id = $2 AND number < $3
                   ORDER BY number DESC LIMIT $4";
        let rows = self.db().query_all_raw(statement(sql, values)).await?;
        let moves = rows.iter().map(|row| tier_move(row, settings.currency)).collect::<Result<_, _>>()?;
        Ok(page.page(moves, |moved: &TierMove| moved.number))
    }
}

impl Program<'_> {
    /// Writes down where these customers stand by now, every move that led there, and who is told of it.
    pub async fn write(&self, txn: &DatabaseTransaction, outcomes: &[Outcome]) -> Result<(), Error> {
        self.write_edited(txn, &Ladder::default(), outcomes).await
    }

    /// The same after an edit, where a tier that somebody comes from may only be on the old ladder.
    pub async fn write_edited(
        &self,
        txn: &DatabaseTransaction,
        old: &Ladder,
        outcomes: &[Outcome],
    ) -> Result<(), Error> {
        if outcomes.is_empty() {
            return Ok(());
        }
        let (rows, told) = self.store(txn, old, outcomes).await?;
        announce(txn, self.engine, self.merchant, told).await?;
        let mut addresses = BTreeMap::new();
        for row in &rows {
            let address: String = row.try_get("", "email")?;
            let address: Email = stored(Email::new(&address), "customer_identities.value")?;
            addresses.insert(CustomerId::from_uuid(row.try_get("", "customer_id")?), address);
        }
        let mut letters = Vec::new();
        for outcome in outcomes {
            // Somebody without an address reads it on the page of the program.
            let customer = outcome.member.customer;
            let Some(address) = addresses.get(&customer) else { continue };
            for moved in &outcome.moves {
                let kept_until = outcome.member.membership.kept_until;
                let reader = (customer, address.clone());
                letters.extend(letter::moved(self, old, reader, moved.moved, kept_until));
            }
        }
        messages::write(txn, self.engine, self.merchant, letters).await?;
        self.tell_policies(txn, outcomes).await
    }

    /// The same, and nobody is told of it: whoever stood there before was told then.
    pub async fn write_quietly(&self, txn: &DatabaseTransaction, outcomes: &[Outcome]) -> Result<(), Error> {
        self.store(txn, &Ladder::default(), outcomes).await.map(drop)
    }

    /// Stores places and moves. Answers with the addresses of those who moved, and what there is to tell.
    async fn store(
        &self,
        txn: &DatabaseTransaction,
        old: &Ladder,
        outcomes: &[Outcome],
    ) -> Result<(Vec<QueryResult>, Vec<Happening>), Error> {
        let (mut memberships, mut moves, mut told) = (Vec::new(), Vec::new(), Vec::new());
        for outcome in outcomes {
            memberships.push(self.membership_row(outcome));
            let first = outcome.member.moves;
            for (number, moved) in (first + 1..).zip(&outcome.moves) {
                let row = self.move_row(old, outcome.member.customer, number, moved);
                told.push(row.happening());
                moves.push(row);
            }
        }
        let values =
            [self.merchant.uuid().into(), self.now.into(), json(&memberships)?.into(), json(&moves)?.into()];
        let rows = txn.query_all_raw(statement(include_str!("write.sql"), values)).await?;
        metrics::counter!("tier_moves_total").increment(moves.len() as u64);
        Ok((rows, told))
    }

    /// What a tier brings by a reward policy is the business of those.
    async fn tell_policies(&self, txn: &DatabaseTransaction, outcomes: &[Outcome]) -> Result<(), Error> {
        let moved: Vec<CustomerId> = outcomes
            .iter()
            .filter(|outcome| !outcome.moves.is_empty())
            .map(|outcome| outcome.member.customer)
            .collect();
        // An edit of the ladder may move everybody.
        let news: Vec<_> = moved
            .chunks(POLICIES_TOLD)
            .map(|moved| (policies::NAME, serde_json::json!({ "tiers": moved })))
            .collect();
        if !news.is_empty() {
            modules::tell(txn, self.merchant, &news).await?;
        }
        Ok(())
    }

    fn membership_row(&self, outcome: &Outcome) -> MembershipRow {
        let member = &outcome.member;
        let membership = member.membership;
        MembershipRow {
            customer_id: member.customer,
            tier_id: membership.tier,
            since: membership.since,
            kept_until: membership.kept_until,
            pinned_until: membership.pinned_until,
            manual: membership.manual.map(ManualMove::as_str),
            due_on: due_on(&membership, &self.settings.tiers, self.today),
            moves: member.moves + i32::try_from(outcome.moves.len()).unwrap_or(i32::MAX),
        }
    }

    fn move_row(&self, old: &Ladder, customer_id: CustomerId, number: i32, moved: &Moved) -> MoveRow {
        let (direction, from_tier, to_tier) = match moved.moved {
            Move::Up { from, to } => ("up", from, Some(to)),
            Move::Down { from, to } => ("down", Some(from), to),
            // Nobody is told of it, and it is never written.
            Move::Stay => ("up", None, None),
        };
        MoveRow {
            customer_id,
            number,
            moved: direction,
            from_tier,
            from_name: from_tier.and_then(|id| self.name(old, id)),
            to_tier,
            to_name: to_tier.and_then(|id| self.name(old, id)),
            reason: moved.why,
            basis: self.settings.tiers.basis,
            actor_name: moved.actor.clone(),
        }
    }

    /// What a tier is, or was, called.
    pub fn name(&self, old: &Ladder, id: TierId) -> Option<String> {
        self.ladder.get(id).or_else(|| old.get(id)).map(|tier| tier.terms.name.to_string())
    }
}

/// Rows for `write.sql`.
#[derive(Serialize)]
struct MembershipRow {
    customer_id: CustomerId,
    tier_id: Option<TierId>,
    since: NaiveDate,
    kept_until: Option<NaiveDate>,
    pinned_until: Option<NaiveDate>,
    manual: Option<&'static str>,
    due_on: Option<NaiveDate>,
    moves: i32,
}

#[derive(Serialize)]
struct MoveRow {
    customer_id: CustomerId,
    number: i32,
    moved: &'static str,
    from_tier: Option<TierId>,
    from_name: Option<String>,
    to_tier: Option<TierId>,
    to_name: Option<String>,
    reason: MoveReason,
    basis: TierBasis,
    actor_name: Option<String>,
}

impl MoveRow {
    fn happening(&self) -> Happening {
        let tier = |id: Option<TierId>, name: &Option<String>| {
            id.map(|id| serde_json::json!({ "id": id, "name": name.as_deref().unwrap_or_default() }))
        };
        let data = serde_json::json!({
            "number": self.number,
            "moved": self.moved,
            "from": tier(self.from_tier, &self.from_name),
            "to": tier(self.to_tier, &self.to_name),
        });
        Happening::of(self.customer_id, EventKind::TierChanged, data)
    }
}

fn tier_move(row: &QueryResult, currency: Currency) -> Result<TierMove, Error> {
    let reason: serde_json::Value = row.try_get("", "reason")?;
    let reason: MoveReason = stored(serde_json::from_value(reason), "tier_moves.reason")?;
    let basis: String = row.try_get("", "basis")?;
    let basis: TierBasis = stored(basis.parse(), "tier_moves.basis")?;
    Ok(TierMove {
        number: row.try_get("", "number")?,
        moved: row.try_get("", "moved")?,
        from: mentioned(row, "from_tier", "from_name")?,
        to: mentioned(row, "to_tier", "to_name")?,
        text: reason.text(basis, currency),
        reason,
        by: row.try_get("", "actor_name")?,
        happened_at: row.try_get("", "happened_at")?,
    })
}

fn mentioned(row: &QueryResult, id: &str, name: &str) -> Result<Option<TierName>, Error> {
    let id: Option<Uuid> = row.try_get("", id)?;
    let name: Option<String> = row.try_get("", name)?;
    Ok(id.map(|id| TierName { id: TierId::from_uuid(id), name: name.unwrap_or_default() }))
}

fn json(value: &impl Serialize) -> Result<serde_json::Value, Error> {
    stored(serde_json::to_value(value), "tier_moves")
}
