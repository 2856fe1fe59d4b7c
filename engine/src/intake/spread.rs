//! Which lane a purchase takes.
//!
//! All purchases of a customer go through one lane: they are credited in their order, and no two transactions of this
//! process wait for each other's customers. Those of a merchant are spread over all lanes, so that a single merchant
//! can use the whole machine. What is nobody's is spread by its transaction id.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher as _};

use super::item::Item;

/// The purchases of one submission by the number of their lane, each lane's in their order.
///
/// When a submission names a transaction twice, both take the lane of the first: whatever else differs, the first one
/// is stored and the second is compared with it.
pub(super) fn spread(items: impl ExactSizeIterator<Item = Item>, lanes: usize) -> Vec<Vec<Item>> {
    let mut spread: Vec<Vec<Item>> = (0..lanes).map(|_| Vec::new()).collect();
    let mut seen = HashMap::with_capacity(items.len());
    for item in items {
        let purchase = &item.purchase;
        let key =
            (hash_of(&(purchase.retailer.as_deref(), purchase.transaction_id.as_str())), item.merchant());
        let lane = *seen.entry(key).or_insert_with(|| home_of(&item, lanes));
        if let Some(lane) = spread.get_mut(lane) {
            lane.push(item);
        }
    }
    spread
}

fn home_of(item: &Item, lanes: usize) -> usize {
    let home = match &item.customer_key {
        Some(customer) => hash_of(&(item.merchant(), customer)),
        None => hash_of(&(item.merchant(), item.purchase.transaction_id.as_str())),
    };
    // The remainder fits wherever the number of lanes came from.
    (home % lanes.max(1) as u64) as usize
}

fn hash_of(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
