//! Cashback: a part of what is paid, back in money, into a wallet of the customer.
//!
//! ```text
//! purchase or claim ─▶ queue ─▶ offers as they stood when it happened ─▶ domain ─▶ wallet, lots, entries, explanation
//!                                                  return ─▶ what is left of it goes back ─┘
//! ```
//! The module comes to each purchase once: the row of `cashback_credits` is its effect, its explanation, and the reason
//! why a message that comes again changes nothing. A purchase that was returned before the module came to it is credited
//! and reversed together; one that is returned later is reversed by the return itself. Everything of a customer is only
//! changed under the lock of the customer's balance, so that either order ends with the same wallet. What was spent before
//! its purchase came back is owed or absorbed, by the merchant's policy for points; while something is owed, the wallet is
//! empty, and what comes into it repays that first.
//!
//! - [`offers`] is what the merchant writes;
//! - [`terms`] finds what counted when;
//! - [`credit`] gives, [`take_back`](mod@take_back) reverses, [`expire`] lets go what nobody spent,
//!   [`put_back`](mod@put_back) gives back what had paid for a purchase that was returned;
//! - [`award`](mod@award) is money of reward policies;
//! - [`merge`] is what becomes of the wallets of two customers of whom one goes on;
//! - [`wallet`] and [`history`] read.

mod award;
mod credit;
mod expire;
mod history;
pub(crate) mod merge;
mod offers;
mod put_back;
mod state;
mod take_back;
mod terms;
mod wallet;

use std::collections::BTreeSet;

use async_trait::async_trait;
use perennial_domain::ids::{MerchantId, PurchaseId};
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use serde::Deserialize;

use crate::engine::Engine;
use crate::error::Error;
use crate::queue::{Message, Module, by_merchant};
use crate::statement::statement;

pub(crate) use award::{AwardedCashback, award, award_back};
pub(crate) use expire::run;
pub use history::{CashbackEntry, CashbackEvent};
pub use offers::{CashbackOffer, OfferFilter, RunningOffer};
pub(crate) use put_back::{PutBack, put_back};
pub use state::{OfferState, UnknownOfferState};
pub(crate) use take_back::{TakeBack, TakenBack, take_back};
pub(crate) use terms::{Version as OfferVersion, offers_at};
pub use wallet::{CashbackExpiring, CashbackGiven, CashbackWallet};

/// The word in `queue.module` and in a snapshot's modules.
pub(crate) const NAME: &str = "cashback";

/// Proves what is stored here; see [`crate::reconcile`].
pub(crate) const RECONCILE_I2: &str = include_str!("reconcile_i2.sql");

/// Proves that a purchase gives once.
pub(crate) const RECONCILE_I8: &str = include_str!("reconcile_i8.sql");

/// The consumer of the queue.
pub(crate) struct Cashback;

/// What a message of the queue says. Other modules' news are none of ours.
#[derive(Deserialize)]
struct News {
    #[serde(default)]
    purchases: Vec<PurchaseId>,
    /// Purchases that somebody has claimed.
    #[serde(default)]
    claims: Vec<PurchaseId>,
}

#[async_trait]
impl Module for Cashback {
    fn name(&self) -> &'static str {
        NAME
    }

    async fn process(
        &self,
        txn: &DatabaseTransaction,
        engine: &Engine,
        messages: &[Message],
    ) -> Result<(), Error> {
        let heard = by_merchant(messages, |purchases: &mut BTreeSet<PurchaseId>, news: News| {
            purchases.extend(news.purchases.into_iter().chain(news.claims));
        })?;
        for (merchant, purchases) in heard {
            if !purchases.is_empty() {
                engine.cashback_credit(txn, merchant, &purchases).await?;
            }
        }
        Ok(())
    }
}

/// Tells the module of a purchase that somebody has claimed, where the merchant has an offer. The balance is locked, so
/// that whoever finds the message sees the claim.
///
/// # Errors
/// Only when the database fails.
pub(crate) async fn tell_claim(
    txn: &impl ConnectionTrait,
    merchant: MerchantId,
    purchase: PurchaseId,
) -> Result<(), Error> {
    let payload = serde_json::json!({ "claims": [purchase] });
    let values = [merchant.uuid().into(), NAME.into(), payload.into()];
    txn.execute_raw(statement(include_str!("tell.sql"), values)).await?;
    Ok(())
}
