//! Step 2: purchases with the same key, folded in the order of their arrival.

use std::collections::HashMap;
use std::sync::Arc;

use perennial_domain::access::Action;
use perennial_domain::ids::{MerchantId, RetailerId};

use super::credit::Credit;
use super::snapshots::Snapshots;
use crate::error::Error;
use crate::intake::item::Item;
use crate::purchase_record::PurchaseRecord;
use crate::snapshot::{RetailerEntry, Snapshot};

/// Purchases of a batch by their key, and those that have none because their retailer is not known.
pub(super) struct Groups<'b> {
    pub groups: Vec<Group<'b>>,
    /// Purchases that were refused, by their place in the batch.
    pub refused: HashMap<usize, Error>,
}

/// All purchases of a batch with one key. At most one of them can be new.
pub(super) struct Group<'b> {
    pub merchant: MerchantId,
    pub transaction_id: &'b str,
    pub retailer: Arc<RetailerEntry>,
    pub snapshot: Arc<Snapshot>,
    /// Places in the batch, in the order of arrival.
    pub members: Vec<usize>,
    /// What is stored under the key, by now.
    pub stored: Option<Result<Arc<PurchaseRecord>, Error>>,
}

impl<'b> Groups<'b> {
    pub fn fold(items: &'b [Item], snapshots: &Snapshots) -> Self {
        let mut groups = Vec::with_capacity(items.len());
        let mut refused = HashMap::new();
        let mut by_key: HashMap<(MerchantId, RetailerId, &str), usize> = HashMap::with_capacity(items.len());
        for (place, item) in items.iter().enumerate() {
            let resolved = snapshots
                .of(item.merchant())
                .and_then(|snapshot| resolve_retailer(item, snapshot).map(|retailer| (snapshot, retailer)));
            let (snapshot, retailer) = match resolved {
                Ok(resolved) => resolved,
                Err(error) => {
                    refused.insert(place, error);
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
                    stored: None,
                });
                groups.len() - 1
            });
            if let Some(group) = groups.get_mut(group) {
                group.members.push(place);
            }
        }
        Self { groups, refused }
    }

    /// The groups whose key nobody has been seen to hold.
    pub fn open(&self) -> impl Iterator<Item = (usize, &Group<'b>)> {
        self.groups.iter().enumerate().filter(|(_, group)| group.stored.is_none())
    }

    /// Notes what was written.
    pub fn store(&mut self, credits: Vec<Credit>) {
        for credit in credits {
            if let Some(group) = self.groups.get_mut(credit.group) {
                group.stored = Some(Ok(credit.record));
            }
        }
    }
}

/// The retailer that a purchase names, or that its key implies. An archived one is found, too: its old purchases can
/// still be sent again.
fn resolve_retailer<'s>(item: &Item, snapshot: &'s Snapshot) -> Result<&'s Arc<RetailerEntry>, Error> {
    let retailers = &snapshot.retailers;
    match (&item.purchase.retailer, item.submitter.retailer) {
        (Some(named), bound) => {
            let retailer = retailers.named(named).ok_or(Error::UnknownRetailer)?;
            match bound {
                Some(bound) if bound != retailer.id => Err(Error::Forbidden(Action::PurchasesWrite)),
                _ => Ok(retailer),
            }
        }
        (None, Some(bound)) => retailers.by_id(bound).ok_or(Error::UnknownRetailer),
        (None, None) => Err(Error::field("/retailer", "required", "Which retailer: its id or its code")),
    }
}
