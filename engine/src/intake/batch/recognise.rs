//! Whether a purchase that comes under a known key is the one that is stored.

use std::sync::Arc;

use perennial_domain::purchase::{CustomerComparison, differences};

use super::people::People;
use crate::error::Error;
use crate::intake::Submitted;
use crate::intake::item::Item;
use crate::intake::reply::Answer;
use crate::purchase_record::PurchaseRecord;

/// Compares what was sent with what is stored under its key.
pub(super) fn recognise(item: &Item, record: &Arc<PurchaseRecord>, people: &People<'_>) -> Answer {
    // Written by this batch, or by an earlier attempt at it whose end nobody saw.
    if record.id == item.id {
        return Ok(Submitted { replayed: false, record: Arc::clone(record) });
    }
    let received = item.purchase.content(record.retailer_id);
    let differences = differences(&record.content(), &received, compare_customers(item, record, people));
    if differences.is_empty() {
        Ok(Submitted { replayed: true, record: Arc::clone(record) })
    } else {
        Err(Error::TransactionConflict(differences))
    }
}

/// Whether an item means a customer whom we know, and not the one of the stored purchase.
pub(super) fn is_another(item: &Item, record: &PurchaseRecord, people: &People<'_>) -> bool {
    people.of(item).is_some() && compare_customers(item, record, people) == CustomerComparison::Different
}

/// The same customer: named in the same words, or found to be the same person by other words. Of whom nothing is known any
/// more, because the customer was erased, nothing differs either.
fn compare_customers(item: &Item, record: &PurchaseRecord, people: &People<'_>) -> CustomerComparison {
    let same_words = record.customer_key == item.customer_key;
    let same_person = || record.customer_id.is_some() && people.of(item) == record.customer_id;
    if record.is_forgotten || same_words || same_person() {
        CustomerComparison::Same
    } else {
        CustomerComparison::Different
    }
}
