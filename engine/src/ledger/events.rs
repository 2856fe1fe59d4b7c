//! What postings tell: the events that come with every movement of their kind, whoever causes it.

use std::collections::BTreeMap;

use perennial_domain::events::EventKind;
use perennial_domain::ids::CustomerId;
use sea_orm::ConnectionTrait;
use serde_json::json;
use uuid::Uuid;

use super::{Entry, Ledger, PostingKind};
use crate::engine::Engine;
use crate::error::Error;
use crate::events::{Happening, announce};

impl Ledger {
    /// Writes what was posted, as [`write`](Self::write) does, and tells of it, with what else the caller has to tell.
    ///
    /// # Errors
    /// Only when the database fails; then the transaction has to be given up.
    pub async fn write_and_announce(
        self,
        txn: &impl ConnectionTrait,
        engine: &Engine,
        more: Vec<Happening>,
    ) -> Result<(), Error> {
        let merchant = self.merchant;
        let mut happenings = happenings(&self.entries);
        happenings.extend(more);
        self.write(txn).await?;
        announce(txn, engine, merchant, happenings).await
    }

    /// The counter of a customer's posting, for what else comes with it; nothing when it moved nothing.
    pub fn sequence_of(&self, posting: Uuid) -> Option<i64> {
        let mut entries = self.entries.iter().filter(|entry| entry.posting == posting && entry.amount != 0);
        entries.find_map(|entry| entry.sequence)
    }
}

/// A posting of one customer, summed up.
struct Posted<'e> {
    entry: &'e Entry,
    customer: CustomerId,
    sequence: i64,
    available: i64,
    waiting: i64,
    /// What moved in the wallet, and its currency.
    money: i64,
    currency: &'static str,
}

/// Events of the kinds that are always told in the same words.
fn happenings(entries: &[Entry]) -> Vec<Happening> {
    let mut postings: BTreeMap<(Uuid, CustomerId), Posted> = BTreeMap::new();
    for entry in entries {
        let (Some(customer), Some(sequence)) = (entry.customer, entry.sequence) else { continue };
        let new =
            || Posted { entry, customer, sequence, available: 0, waiting: 0, money: 0, currency: entry.unit };
        let posted = postings.entry((entry.posting, customer)).or_insert_with(new);
        // Whatever is posted has been checked to be a number of points; the sum of one posting is no larger.
        match entry.account {
            "available" => posted.available = posted.available.saturating_add(entry.amount),
            "pending" => posted.waiting = posted.waiting.saturating_add(entry.amount),
            "cashback" => {
                posted.money = posted.money.saturating_add(entry.amount);
                posted.currency = entry.unit;
            }
            _ => {}
        }
    }
    let mut happenings: Vec<Happening> = postings.into_values().filter_map(Posted::happening).collect();
    happenings.sort_by_key(|happening| happening.sequence);
    happenings
}

impl Posted<'_> {
    fn happening(self) -> Option<Happening> {
        let moved = self.available.saturating_add(self.waiting);
        let (kind, data) = match self.entry.kind {
            PostingKind::Maturity if self.available > 0 => {
                (EventKind::PointsMatured, json!({ "points": self.available }))
            }
            PostingKind::Expiry if moved < 0 => (EventKind::PointsExpired, json!({ "points": -moved })),
            PostingKind::Adjustment if moved != 0 => {
                (EventKind::PointsAdjusted, json!({ "adjustment_id": self.entry.posting, "points": moved }))
            }
            PostingKind::Award if moved != 0 => {
                (EventKind::PointsAwarded, json!({ "award_id": self.entry.posting, "points": moved }))
            }
            PostingKind::Award if self.money != 0 => (
                EventKind::CashbackAwarded,
                json!({
                    "award_id": self.entry.posting,
                    "amount": self.money,
                    "currency": self.currency,
                }),
            ),
            PostingKind::Return if moved < 0 => (
                EventKind::PointsReversed,
                json!({
                    "purchase_id": self.entry.purchase,
                    "return_id": self.entry.posting,
                    "points": -moved,
                }),
            ),
            _ => return None,
        };
        Some(Happening::of(self.customer, kind, data).with(self.sequence))
    }
}
