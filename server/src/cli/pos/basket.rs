//! What the simulated customers buy: things that the merchant sells, at its stores.

use anyhow::{Context as _, ensure};
use rand::{Rng, seq::IndexedRandom as _};
use serde::Deserialize;
use serde_json::json;

use super::till::Till;

/// Stores and products of a merchant, as the API tells them.
pub(super) struct Shop {
    currency: String,
    retailers: Vec<String>,
    products: Vec<String>,
    customers: u32,
}

#[derive(Deserialize)]
struct List<T> {
    data: Vec<T>,
}

#[derive(Deserialize)]
struct Retailer {
    code: String,
}

#[derive(Deserialize)]
struct Product {
    sku: String,
}

#[derive(Deserialize)]
struct Merchant {
    currency: String,
}

impl Shop {
    /// Asks the API what there is to buy and where.
    pub async fn visit(till: &Till, customers: u32) -> anyhow::Result<Self> {
        let retailers: List<Retailer> = till.get("/api/v1/retailers?limit=200").await?;
        let products: List<Product> = till.get("/api/v1/products?limit=200").await?;
        let merchant: Merchant = till.get("/api/v1/merchant").await?;
        ensure!(!retailers.data.is_empty(), "the merchant has no retailers to buy at");
        Ok(Self {
            currency: merchant.currency,
            retailers: retailers.data.into_iter().map(|retailer| retailer.code).collect(),
            products: products.data.into_iter().map(|product| product.sku).collect(),
            customers,
        })
    }

    /// A basket of one to six lines as the body of a request.
    pub fn basket(&self, random: &mut impl Rng, transaction_id: &str) -> anyhow::Result<String> {
        let retailer = self.retailers.choose(random).context("no retailers")?;
        let lines: Vec<_> = (0..random.random_range(1..=6))
            .map(|_| {
                let product = self.products.choose(random).map_or("misc", String::as_str);
                let price = random.random_range(95..=2_495_i64);
                json!({"product": product, "quantity": random.random_range(1..=3), "unit_price": price})
            })
            .collect();
        let body = json!({
            "transaction_id": transaction_id,
            "retailer": retailer,
            "customer": {"external_id": format!("pos-{}", random.random_range(0..self.customers))},
            "currency": self.currency,
            "lines": lines,
        });
        Ok(body.to_string())
    }
}
