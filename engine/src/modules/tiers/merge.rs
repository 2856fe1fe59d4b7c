//! Tiers of two customers of whom one goes on.
//!
//! - **Added up**: what counts, by purchase and by day. So windows of days are those of one customer.
//! - **Kept**: the place of whoever stands higher, with its dates and its pin, at once. It is one more move of the customer
//!   who goes on, and told to nobody: who stood there was told so then, and had then what policies give for it. What the sum
//!   makes of that place is found out by the queue like any other progress, and told like any other move.
//! - **Let go**: the place of the account that ends. Its moves stay under its id, because they are numbered by account.

use perennial_domain::ids::TierId;
use perennial_domain::tiers::{Move, MoveReason};
use sea_orm::ConnectionTrait as _;
use serde_json::json;

use super::program::{Member, Moved, Outcome, Program};
use super::{NAME, ladder, statement};
use crate::error::{Error, What};
use crate::modules::merge::Merging;
use crate::modules::tell;

/// What the tiers are called.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct TiersMerged {
    /// That of the customer who goes on, before.
    pub before: Option<String>,
    /// That of the account that ends.
    pub of_from: Option<String>,
    /// That of the customer who goes on, now.
    pub after: Option<String>,
}

/// Keeps whoever edits the ladder waiting.
pub(crate) async fn hold(merging: &Merging<'_>) -> Result<(), Error> {
    ladder::share(merging.txn, merging.merchant).await.map(drop)
}

/// Adds up what counts and keeps the higher place. The ladder is shared, the balances are locked.
pub(crate) async fn merge(merging: &Merging<'_>) -> Result<TiersMerged, Error> {
    let Merging { engine, txn, merchant, from, into, by, .. } = *merging;
    merging.run(include_str!("merge_counted.sql")).await?;
    let program = Program::read(engine, txn, merchant).await?;
    let members = program.members(txn, &[from, into]).await?;
    let member =
        |id| members.iter().find(|member| member.customer == id).ok_or(Error::NotFound(What::Customer));
    let (ended, stays) = (member(from)?, member(into)?);
    let place = stays.membership.merged(ended.membership, &program.ladder);
    let name = |tier: Option<TierId>| {
        tier.and_then(|id| program.ladder.get(id)).map(|tier| tier.terms.name.to_string())
    };
    let merged = TiersMerged {
        before: name(stays.membership.tier),
        of_from: name(ended.membership.tier),
        after: name(place.tier),
    };
    if ended.is_stored || stays.is_stored {
        let mut outcome = Outcome::of(Member { membership: place, ..stays.clone() });
        outcome.has_changed = place != stays.membership;
        // From a tier that somebody else had: it can only be a higher one.
        if let Some(to) = place.tier.filter(|_| place.tier != stays.membership.tier) {
            let moved = Move::Up { from: stays.membership.tier, to };
            outcome.moves.push(Moved { moved, why: MoveReason::Merged {}, actor: Some(by.to_owned()) });
        }
        program.write_quietly(txn, &[outcome]).await?;
        let gone = "DELETE FROM tier_memberships WHERE merchant_id = $1 AND customer_id = $2";
        let [merchant, from, _] = merging.key();
        txn.execute_raw(statement(gone, [merchant, from])).await?;
    }
    tell(txn, merchant, &[(NAME, json!({ "credited": [into] }))]).await.map(drop)?;
    Ok(merged)
}
