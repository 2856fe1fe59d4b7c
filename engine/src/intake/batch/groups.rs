//! Step 3: purchases with the same key, folded in the order of their arrival.

use std::collections::HashMap;
use std::sync::Arc;

use perennial_domain::access::Action;
use perennial_domain::ids::{MerchantId, RetailerId};

use super::people::People;
use super::recognise::{is_another, recognise};
use super::snapshots::Snapshots;
use crate::error::Error;
use crate::intake::item::Item;
use crate::intake::reply::{Answer, busy};
use crate::purchase_record::PurchaseRecord;
use crate::snapshot::{RetailerEntry, Snapshot};

/// Purchases of a batch by their key, and what is known of their answers.
pub(super) struct Groups<'b> {
    items: &'b [Item],
    groups: Vec<Group<'b>>,
    /// By the place in the batch.
    answers: Vec<Option<Answer>>,
}

/// All purchases of a batch with one key. At most one of them can be new.
pub(super) struct Group<'b> {
    pub merchant: MerchantId,
    pub transaction_id: &'b str,
    pub retailer: Arc<RetailerEntry>,
    pub snapshot: Arc<Snapshot>,
    /// Places in the batch, in the order of arrival.
    members: Vec<usize>,
    /// Whether it is known what is stored under the key; then all members have their answers.
    is_settled: bool,
}

impl<'b> Groups<'b> {
    pub fn fold(items: &'b [Item], snapshots: &Snapshots) -> Self {
        let mut groups = Vec::with_capacity(items.len());
        let mut answers: Vec<Option<Answer>> = std::iter::repeat_with(|| None).take(items.len()).collect();
        let mut by_key: HashMap<(MerchantId, RetailerId, &str), usize> = HashMap::with_capacity(items.len());
        for ((place, item), answer) in items.iter().enumerate().zip(&mut answers) {
            let resolved = snapshots.of(item.merchant()).and_then(|snapshot| {
                let named = item.purchase.retailer.as_deref();
                let retailer = retailer(named, item.submitter.retailer, snapshot, Action::PurchasesWrite)?;
                Ok((snapshot, retailer))
            });
            let (snapshot, retailer) = match resolved {
                Ok(resolved) => resolved,
                Err(error) => {
                    *answer = Some(Err(error));
                    continue;
                }
            };
            let merchant = item.merchant();
            let transaction_id = item.purchase.transaction_id.as_str();
            let group = *by_key.entry((merchant, retailer.id, transaction_id)).or_insert_with(|| {
                groups.push(Group {
                    merchant,
                    transaction_id,
                    retailer: Arc::clone(retailer),
                    snapshot: Arc::clone(snapshot),
                    members: Vec::with_capacity(1),
                    is_settled: false,
                });
                groups.len() - 1
            });
            if let Some(group) = groups.get_mut(group) {
                group.members.push(place);
            }
        }
        Self { items, groups, answers }
    }

    pub fn get(&self, group: usize) -> Option<&Group<'b>> {
        self.groups.get(group)
    }

    /// The groups whose key nobody has been seen to hold.
    pub fn open(&self) -> impl Iterator<Item = (usize, &Group<'b>)> {
        self.groups.iter().enumerate().filter(|(_, group)| !group.is_settled)
    }

    /// The members of a group that have no answer yet, in the order of arrival.
    pub fn waiting<'s>(&'s self, group: &'s Group<'b>) -> impl Iterator<Item = (usize, &'b Item)> + 's {
        group.members.iter().filter_map(|place| {
            let is_open = self.answers.get(*place).is_some_and(Option::is_none);
            is_open.then(|| self.items.get(*place)).flatten().map(|item| (*place, item))
        })
    }

    pub fn refuse(&mut self, place: usize, error: Error) {
        if let Some(answer) = self.answers.get_mut(place) {
            *answer = Some(Err(error));
        }
    }

    /// Whether somebody in a group seems to mean another customer than the one of the stored purchase.
    pub fn names_another(&self, group: usize, record: &PurchaseRecord, people: &People<'_>) -> bool {
        let Some(group) = self.groups.get(group) else { return false };
        self.waiting(group).any(|(_, item)| is_another(item, record, people))
    }

    /// Answers everybody in a group, by what is stored under its key.
    ///
    /// The record itself is kept only where an answer needs it: a thousand wrong guesses at large baskets do not
    /// gather a thousand large baskets in memory.
    pub fn settle(&mut self, group: usize, stored: &Result<Arc<PurchaseRecord>, Error>, people: &People<'_>) {
        let Some(group) = self.groups.get_mut(group) else { return };
        group.is_settled = true;
        for place in &group.members {
            if let (Some(item), Some(answer @ None)) = (self.items.get(*place), self.answers.get_mut(*place))
            {
                *answer = Some(match stored {
                    Ok(record) => recognise(item, record, people),
                    Err(error) => Err(error.clone()),
                });
            }
        }
    }

    /// One answer for every purchase of the batch, in their order.
    pub fn into_answers(self) -> Vec<Answer> {
        // Every group is settled by now, except where all its members were refused: nothing is left open.
        self.answers.into_iter().map(|answer| answer.unwrap_or_else(|| Err(busy()))).collect()
    }
}

/// The retailer that a purchase names, or that its key implies, which may be bound to one. An archived one is found,
/// too: its old purchases can still be sent again.
///
/// # Errors
/// [`Error::UnknownRetailer`]; [`Error::Forbidden`] for another retailer than that of the key; [`Error::Invalid`] when
/// there is none.
pub(crate) fn retailer<'s>(
    named: Option<&str>,
    bound: Option<RetailerId>,
    snapshot: &'s Snapshot,
    action: Action,
) -> Result<&'s Arc<RetailerEntry>, Error> {
    let retailers = &snapshot.retailers;
    match (named, bound) {
        (Some(named), bound) => {
            let retailer = retailers.named(named).ok_or(Error::UnknownRetailer)?;
            match bound {
                Some(bound) if bound != retailer.id => Err(Error::Forbidden(action)),
                _ => Ok(retailer),
            }
        }
        (None, Some(bound)) => retailers.by_id(bound).ok_or(Error::UnknownRetailer),
        (None, None) => Err(Error::field("/retailer", "required", "Which retailer: its id or its code")),
    }
}
