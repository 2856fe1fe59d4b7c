//! Single things that many rows ask for, read together: a page of fifty purchases takes one statement for its customers,
//! not fifty.

use std::{collections::HashMap, hash::Hash, sync::Arc};

use async_graphql::dataloader::Loader;
use perennial_domain::{
    evaluate::Explanation,
    ids::{CustomerId, PurchaseId},
};
use perennial_engine::{
    Cx, Engine, Error, customers::Customer, points::PointsSummary, purchases::PurchaseView,
};

/// What reads on behalf of one request.
pub struct Reads {
    engine: Engine,
    cx: Arc<Cx>,
}

/// An error that several rows get.
#[derive(Debug, Clone)]
pub struct Shared(crate::api::problem::Problem);

impl From<Error> for Shared {
    fn from(error: Error) -> Self {
        Self(error.into())
    }
}

impl From<Shared> for async_graphql::Error {
    fn from(Shared(problem): Shared) -> Self {
        super::errors::error(&problem)
    }
}

/// A customer with the balance of the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ById(pub CustomerId);

/// Where a customer stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PointsOf(pub CustomerId);

/// A purchase as of now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Bought(pub PurchaseId);

/// Why a purchase earned what it earned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct WhyOf(pub PurchaseId);

impl Reads {
    /// Reads as this caller.
    pub fn new(engine: Engine, cx: Arc<Cx>) -> Self {
        Self { engine, cx }
    }
}

fn keyed<K: Eq + Hash, V>(found: impl IntoIterator<Item = V>, key: impl Fn(&V) -> K) -> HashMap<K, V> {
    found.into_iter().map(|value| (key(&value), value)).collect()
}

impl Loader<ById> for Reads {
    type Value = Customer;
    type Error = Shared;

    async fn load(&self, keys: &[ById]) -> Result<HashMap<ById, Customer>, Shared> {
        let ids: Vec<_> = keys.iter().map(|ById(id)| *id).collect();
        Ok(keyed(self.engine.customers_get(&self.cx, &ids).await?, |customer| ById(customer.id)))
    }
}

impl Loader<PointsOf> for Reads {
    type Value = PointsSummary;
    type Error = Shared;

    async fn load(&self, keys: &[PointsOf]) -> Result<HashMap<PointsOf, PointsSummary>, Shared> {
        let ids: Vec<_> = keys.iter().map(|PointsOf(id)| *id).collect();
        Ok(keyed(self.engine.customers_points(&self.cx, &ids).await?, |summary| {
            PointsOf(summary.customer_id)
        }))
    }
}

impl Loader<Bought> for Reads {
    type Value = Arc<PurchaseView>;
    type Error = Shared;

    async fn load(&self, keys: &[Bought]) -> Result<HashMap<Bought, Arc<PurchaseView>>, Shared> {
        let ids: Vec<_> = keys.iter().map(|Bought(id)| *id).collect();
        let views = self.engine.purchases_get(&self.cx, &ids).await?;
        Ok(keyed(views.into_iter().map(Arc::new), |view| Bought(view.record.id)))
    }
}

impl Loader<WhyOf> for Reads {
    type Value = Arc<Explanation>;
    type Error = Shared;

    async fn load(&self, keys: &[WhyOf]) -> Result<HashMap<WhyOf, Arc<Explanation>>, Shared> {
        let ids: Vec<_> = keys.iter().map(|WhyOf(id)| *id).collect();
        let explained = self.engine.purchases_explained(&self.cx, &ids).await?;
        Ok(explained.into_iter().map(|(view, why)| (WhyOf(view.record.id), Arc::new(why))).collect())
    }
}
