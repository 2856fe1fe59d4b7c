//! The last step: what each caller is told.

use std::sync::Arc;

use perennial_domain::purchase::{CustomerComparison, differences};

use super::groups::Groups;
use super::people::People;
use crate::error::Error;
use crate::intake::Submitted;
use crate::intake::item::Item;
use crate::intake::reply::{Answer, busy};
use crate::purchase_record::PurchaseRecord;

/// One answer for every purchase of the batch, in their order.
pub(super) fn answers(items: &[Item], groups: Groups<'_>, people: &People<'_>) -> Vec<Answer> {
    let Groups { groups, refused } = groups;
    let mut answers: Vec<Option<Answer>> = std::iter::repeat_with(|| None).take(items.len()).collect();
    let mut put = |place: usize, answer: Answer| {
        if let Some(slot) = answers.get_mut(place) {
            *slot = Some(answer);
        }
    };
    for group in &groups {
        for (place, item) in group.members.iter().filter_map(|place| Some((*place, items.get(*place)?))) {
            match &group.stored {
                Some(Ok(record)) => put(place, recognise(item, record, people)),
                Some(Err(error)) => put(place, Err(error.clone())),
                None => {}
            }
        }
    }
    for (place, error) in refused {
        put(place, Err(error));
    }
    // Every purchase is in a group that is stored by now, or refused.
    answers.into_iter().map(|answer| answer.unwrap_or_else(|| Err(busy()))).collect()
}

/// Compares what was sent with what is stored under its key.
fn recognise(item: &Item, record: &Arc<PurchaseRecord>, people: &People<'_>) -> Answer {
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

/// The same customer: named in the same words, or found to be the same person by other words.
fn compare_customers(item: &Item, record: &PurchaseRecord, people: &People<'_>) -> CustomerComparison {
    let same_words = record.customer_key == item.customer_key;
    let same_person =
        || record.customer_id.is_some() && people.of(item).map(|person| person.id) == record.customer_id;
    if same_words || same_person() { CustomerComparison::Same } else { CustomerComparison::Different }
}
