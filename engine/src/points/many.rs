//! Where many customers stand, with as many statements as one of them would take.

use std::collections::HashMap;

use futures::future::try_join_all;
use perennial_domain::{access::Action, ids::CustomerId};

use super::{PointsSummary, loader::Question, maturing};
use crate::{Cx, Engine, customers::CustomerPath, error::Error, expiry::sliding};

impl Engine {
    /// Where these customers stand, in their order; nothing of those whom the merchant does not have.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without the right to read customers.
    pub async fn customers_points(
        &self,
        cx: &Cx,
        customers: &[CustomerId],
    ) -> Result<Vec<PointsSummary>, Error> {
        cx.require(Action::CustomersRead)?;
        let merchant = cx.merchant();
        // The loader puts questions that wait together into one statement.
        let asked = customers.iter().map(|id| Question { merchant, customer: CustomerPath::Id(*id) });
        let answers = try_join_all(asked.map(|question| self.points_loader().load(question))).await?;
        let mut loaded: Vec<_> = answers.into_iter().flatten().collect();
        let with_wallet: Vec<_> =
            loaded.iter().filter(|one| one.has_wallet).map(|one| one.summary.customer_id).collect();
        let mut summaries: Vec<_> = loaded.iter_mut().map(|one| &mut one.summary).collect();
        maturing::show(self, merchant, &mut summaries).await?;
        let mut sliding: Vec<_> =
            loaded.iter_mut().filter(|one| one.is_sliding).map(|one| &mut one.summary).collect();
        sliding::show(self, merchant, &mut sliding).await?;
        let mut wallets: HashMap<_, _> = if with_wallet.is_empty() {
            HashMap::new()
        } else {
            self.customers_cashback(cx, &with_wallet).await?.into_iter().collect()
        };
        Ok(loaded
            .into_iter()
            .map(|one| {
                let mut summary = one.summary;
                summary.cashback = wallets.remove(&summary.customer_id).unwrap_or_default();
                summary
            })
            .collect())
    }
}
