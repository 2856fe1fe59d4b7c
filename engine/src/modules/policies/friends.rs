//! Who has referred whom, as this module needs to know.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use perennial_domain::ids::{CustomerId, MerchantId};
use perennial_domain::referrals::{ReferralState, Review};
use sea_orm::ConnectionTrait;

use crate::engine::Engine;
use crate::error::Error;
use crate::modules::referrals;

/// The advocate of a friend.
#[derive(Debug, Clone, Copy)]
pub(super) struct Referral {
    pub advocate: CustomerId,
    /// Whether what depends on it may be given.
    pub pays: Pays,
    /// Whether the friend is known to have bought something.
    pub is_qualified: bool,
    /// Nothing is given before this.
    pub held_until: Option<DateTime<Utc>>,
}

/// Whether what depends on a referral may be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pays {
    Yes,
    /// A person has to look at it first.
    Waits,
    Never,
}

/// The advocates of those of these customers who have one.
pub(super) async fn of(
    db: &impl ConnectionTrait,
    engine: &Engine,
    merchant: MerchantId,
    customers: &[CustomerId],
) -> Result<BTreeMap<CustomerId, Referral>, Error> {
    let advocates = referrals::advocates_of(db, engine, merchant, customers).await?;
    let referral = |(friend, advocacy): (CustomerId, referrals::Advocacy)| {
        let pays = match advocacy {
            referrals::Advocacy { pays: true, .. } => Pays::Yes,
            referrals::Advocacy { review: Review::Waiting, state, .. } if !state.is_final() => Pays::Waits,
            _ => Pays::Never,
        };
        let is_qualified = advocacy.state != ReferralState::Registered;
        let (advocate, held_until) = (advocacy.advocate, advocacy.held_until);
        (friend, Referral { advocate, pays, is_qualified, held_until })
    };
    Ok(advocates.into_iter().map(referral).collect())
}
