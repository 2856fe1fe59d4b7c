//! Many retailers at once, for imports.

use perennial_domain::access::Action;
use perennial_domain::ids::RetailerId;
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::NewRetailer;
use crate::bulk::{nullable, refuse_duplicates, refuse_too_many};
use crate::cx::Cx;
use crate::engine::Engine;
use crate::error::Error;
use crate::rules::publish_rules;
use crate::statement::statement;

/// What a set of rows did to a table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upserted {
    /// Rows that were new.
    pub created: u64,
    /// Rows that were there with other content.
    pub changed: u64,
    /// Rows that were there exactly so.
    pub unchanged: u64,
}

impl Upserted {
    /// From what one statement returned: one flag per row that it wrote, `true` where the row was new.
    pub(crate) fn count(rows: usize, written: &[bool]) -> Self {
        let created = written.iter().filter(|created| **created).count();
        let changed = written.len() - created;
        let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        Self {
            created: count(created),
            changed: count(changed),
            unchanged: count(rows.saturating_sub(written.len())),
        }
    }
}

impl Engine {
    /// Enters or changes many retailers by their code, in one statement.
    ///
    /// An archived one takes part again. Rows that are there exactly so are not touched; when all are, nothing is
    /// published.
    ///
    /// # Errors
    /// [`Error::Invalid`] at `/12/code` when a code comes twice; [`Error::TooLarge`] above 10,000 rows.
    pub async fn retailer_upsert(&self, cx: &Cx, inputs: Vec<NewRetailer>) -> Result<Upserted, Error> {
        let txn = self.begin().await?;
        let upserted = self.retailer_upsert_in(&txn, cx, inputs).await?;
        txn.commit().await?;
        Ok(upserted)
    }

    /// [`retailer_upsert`](Self::retailer_upsert) within a transaction of the caller.
    ///
    /// # Errors
    /// The same.
    pub async fn retailer_upsert_in(
        &self,
        txn: &DatabaseTransaction,
        cx: &Cx,
        inputs: Vec<NewRetailer>,
    ) -> Result<Upserted, Error> {
        cx.require(Action::CatalogueWrite)?;
        refuse_too_many(inputs.len())?;
        refuse_duplicates(inputs.iter().map(|input| input.code.as_str()), "code")?;
        if inputs.is_empty() {
            return Ok(Upserted::default());
        }
        let now = self.now(cx.merchant());
        let merchant_zone = self.merchant_settings_in(txn, cx.merchant()).await?.time_zone;
        let ids: Vec<Uuid> = inputs
            .iter()
            .map(|_| {
                let (millis, random) = self.id_parts();
                RetailerId::new(millis, random).uuid()
            })
            .collect();
        let column = |value: fn(&NewRetailer) -> String| inputs.iter().map(value).collect::<Vec<_>>();
        let zones: Vec<String> =
            inputs.iter().map(|input| input.time_zone.unwrap_or(merchant_zone).as_str().to_owned()).collect();
        let regions = nullable(inputs.iter().map(|input| input.region.clone()));
        let written = txn
            .query_all_raw(statement(
                include_str!("../sql/retailers_upsert.sql"),
                [
                    cx.merchant().uuid().into(),
                    now.into(),
                    ids.into(),
                    column(|input| input.code.to_string()).into(),
                    column(|input| input.name.to_string()).into(),
                    regions,
                    zones.into(),
                    column(|input| input.business_day_start.unwrap_or_default().to_string()).into(),
                ],
            ))
            .await?
            .iter()
            .map(|row| row.try_get::<bool>("", "is_new"))
            .collect::<Result<Vec<_>, _>>()?;
        if !written.is_empty() {
            publish_rules(txn, cx.merchant(), now).await?;
        }
        Ok(Upserted::count(inputs.len(), &written))
    }
}
