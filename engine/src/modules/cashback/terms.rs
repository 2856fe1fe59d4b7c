//! What each offer said when a purchase happened.
//!
//! A purchase gets what was promised when it happened (`occurred_at`), however late the till sends it or the queue comes
//! to it: of every offer the version that was in force then. Only two things go by other times: an offer that was
//! archived when the purchase came in gives nothing, and the mode (all offers, or the best one) is that of now.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use perennial_domain::cashback::{CompiledOffers, Offer, OfferTerms};
use perennial_domain::ids::{MerchantId, OfferId};
use sea_orm::ConnectionTrait;
use serde::Deserialize;

use super::statement;
use crate::error::Error;
use crate::stored::stored;

/// Every version of every offer of a merchant, by age.
pub(super) struct Versions {
    versions: Vec<Version>,
    /// By the numbers of the versions in them: purchases of one time share theirs.
    compiled: BTreeMap<Vec<usize>, Arc<CompiledOffers>>,
}

/// A version of an offer.
#[derive(Debug, Deserialize)]
pub(crate) struct Version {
    offer: OfferId,
    terms: OfferTerms,
    effective_from: DateTime<Utc>,
    #[serde(default)]
    archived_at: Option<DateTime<Utc>>,
}

/// The numbers of the versions that are in force for a purchase, by offer; `versions` are in the order of their age.
fn in_force(
    versions: &[Version],
    occurred_at: DateTime<Utc>,
    received_at: DateTime<Utc>,
) -> BTreeMap<OfferId, (usize, &Version)> {
    let mut in_force = BTreeMap::new();
    for (number, version) in versions.iter().enumerate() {
        let is_archived = version.archived_at.is_some_and(|archived_at| archived_at <= received_at);
        if version.effective_from <= occurred_at && !is_archived {
            // Later versions come later.
            in_force.insert(version.offer, (number, version));
        }
    }
    in_force
}

fn compiled(in_force: &BTreeMap<OfferId, (usize, &Version)>) -> CompiledOffers {
    let offer =
        |(id, (_, version)): (&OfferId, &(usize, &Version))| Offer { id: *id, terms: version.terms.clone() };
    CompiledOffers::new(in_force.iter().map(offer))
}

/// The offers as they stand for a purchase that happens at `occurred_at` and comes in now.
pub(crate) fn offers_at(
    versions: &[Version],
    occurred_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> CompiledOffers {
    compiled(&in_force(versions, occurred_at, now))
}

impl Versions {
    pub async fn read(txn: &impl ConnectionTrait, merchant: MerchantId) -> Result<Self, Error> {
        let sql = "SELECT v.offer_id, v.terms, v.effective_from, o.archived_at
                   FROM cashback_offer_versions AS v
                   JOIN cashback_offers AS o ON o.merchant_id = v.merchant_id AND o.id = v.offer_id
                   WHERE v.merchant_id = $1
                   ORDER BY v.offer_id, v.version";
        let rows = txn.query_all_raw(statement(sql, [merchant.uuid().into()])).await?;
        let version = |row: &sea_orm::QueryResult| {
            let terms: serde_json::Value = row.try_get("", "terms")?;
            Ok(Version {
                offer: OfferId::from_uuid(row.try_get("", "offer_id")?),
                terms: stored(serde_json::from_value(terms), "cashback_offer_versions.terms")?,
                effective_from: row.try_get("", "effective_from")?,
                archived_at: row.try_get("", "archived_at")?,
            })
        };
        let versions = rows.iter().map(version).collect::<Result<_, Error>>()?;
        Ok(Self { versions, compiled: BTreeMap::new() })
    }

    /// The offers as they stood when a purchase happened.
    pub fn at(&mut self, occurred_at: DateTime<Utc>, received_at: DateTime<Utc>) -> Arc<CompiledOffers> {
        let in_force = in_force(&self.versions, occurred_at, received_at);
        let key = in_force.values().map(|(number, _)| *number).collect();
        let offers = || Arc::new(compiled(&in_force));
        Arc::clone(self.compiled.entry(key).or_insert_with(offers))
    }
}
