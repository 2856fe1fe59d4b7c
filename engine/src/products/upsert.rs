//! Many products at once, for imports.

use perennial_domain::access::Action;
use perennial_domain::ids::ProductId;
use sea_orm::{ConnectionTrait, DatabaseTransaction, TransactionTrait};
use serde_json::Value;
use uuid::Uuid;

use super::{NewProduct, raise_catalogue, tags};
use crate::bulk::{nullable, refuse_duplicates, refuse_too_many};
use crate::cx::Cx;
use crate::engine::Engine;
use crate::error::Error;
use crate::retailers::Upserted;
use crate::statement::statement;

impl Engine {
    /// Enters or changes many products by their sku, in one statement.
    ///
    /// An archived one is sold again. Rows that are there exactly so are not touched; when all are, the catalogue's
    /// revision stays.
    ///
    /// # Errors
    /// [`Error::Invalid`] at `/12/sku` when a sku comes twice, at `/12/tags` with too many tags;
    /// [`Error::TooLarge`] above 10,000 rows.
    pub async fn product_upsert(&self, cx: &Cx, inputs: Vec<NewProduct>) -> Result<Upserted, Error> {
        let txn = self.begin().await?;
        let upserted = self.product_upsert_in(&txn, cx, inputs).await?;
        txn.commit().await?;
        Ok(upserted)
    }

    /// [`product_upsert`](Self::product_upsert) within a transaction of the caller.
    ///
    /// # Errors
    /// The same.
    pub async fn product_upsert_in(
        &self,
        txn: &DatabaseTransaction,
        cx: &Cx,
        inputs: Vec<NewProduct>,
    ) -> Result<Upserted, Error> {
        cx.require(Action::CatalogueWrite)?;
        refuse_too_many(inputs.len())?;
        refuse_duplicates(inputs.iter().map(|input| input.sku.as_str()), "sku")?;
        let count = inputs.len();
        let columns = self.columns(inputs)?;
        // The revision is only raised when a row is written: a savepoint takes it back.
        let savepoint = txn.begin().await?;
        let revision = raise_catalogue(&savepoint, cx.merchant()).await?;
        let written = savepoint
            .query_all_raw(statement(
                include_str!("../sql/products_upsert.sql"),
                [
                    cx.merchant().uuid().into(),
                    self.clock().now().into(),
                    revision.into(),
                    columns.ids.into(),
                    columns.skus.into(),
                    columns.names.into(),
                    nullable(columns.categories),
                    // An array of arrays must be rectangular in Postgres; JSON need not.
                    Value::from(columns.tags).into(),
                ],
            ))
            .await?
            .iter()
            .map(|row| row.try_get::<bool>("", "is_new"))
            .collect::<Result<Vec<_>, _>>()?;
        if written.is_empty() {
            savepoint.rollback().await?;
        } else {
            savepoint.commit().await?;
        }
        Ok(Upserted::count(count, &written))
    }

    fn columns(&self, inputs: Vec<NewProduct>) -> Result<Columns, Error> {
        let mut columns = Columns::default();
        for (index, input) in inputs.into_iter().enumerate() {
            let (millis, random) = self.id_parts();
            columns.ids.push(ProductId::new(millis, random).uuid());
            columns.tags.push(tags(input.tags, &format!("/{index}/tags"))?);
            columns.skus.push(input.sku.into());
            columns.names.push(input.name.into());
            columns.categories.push(input.category.map(Into::into));
        }
        Ok(columns)
    }
}

/// The rows turned on their side, one array a column.
#[derive(Default)]
struct Columns {
    ids: Vec<Uuid>,
    skus: Vec<String>,
    names: Vec<String>,
    categories: Vec<Option<String>>,
    tags: Vec<Vec<String>>,
}
