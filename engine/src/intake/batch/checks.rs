//! Step 4: what is new is checked against the merchant's state.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use perennial_domain::customer::CustomerRef;
use perennial_domain::error::FieldError;
use perennial_domain::ids::{CustomerId, MerchantId};
use perennial_domain::purchase::CheckedPurchase;
use perennial_domain::settings::{MerchantSettings, UnknownCustomer};

use super::groups::{Group, Groups};
use super::people::People;
use super::tenders::no_customer;
use crate::error::Error;
use crate::intake::item::Item;

/// How far a till's clock may be ahead.
const AHEAD: TimeDelta = TimeDelta::minutes(5);

/// A purchase that is new and may be credited.
pub(super) struct Fresh<'b> {
    /// Its place in the batch.
    pub place: usize,
    /// Its group.
    pub group: usize,
    pub merchant: MerchantId,
    pub item: &'b Item,
    pub buyer: Buyer<'b>,
}

/// Who is to be credited.
#[derive(Clone, Copy)]
pub(super) enum Buyer<'b> {
    /// Nobody yet: the purchase waits to be claimed.
    Nobody,
    Known(CustomerId),
    /// Somebody who has to be created first.
    New(&'b CustomerRef),
}

/// Who takes the keys of a batch, and who may not.
pub(super) struct Election<'b> {
    /// In the order of arrival.
    pub fresh: Vec<Fresh<'b>>,
    /// Place and group of those who are refused, and why.
    refused: Vec<(usize, usize, Error)>,
}

impl Election<'_> {
    /// The groups in which somebody is refused. What is stored under their keys counts more than any check.
    pub fn doubtful(&self) -> BTreeSet<usize> {
        self.refused.iter().map(|(_, group, _)| *group).collect()
    }
}

/// Finds in each open group the one purchase that takes its key: the first to arrive that is acceptable. Those before it
/// are refused and leave no trace; those after it follow it.
pub(super) fn elect<'b>(groups: &Groups<'b>, people: &People<'b>, now: DateTime<Utc>) -> Election<'b> {
    let mut election = Election { fresh: Vec::new(), refused: Vec::new() };
    for (number, group) in groups.open() {
        for (place, item) in groups.waiting(group) {
            match check(item, group, people, now) {
                Ok(buyer) => {
                    let merchant = group.merchant;
                    election.fresh.push(Fresh { place, group: number, merchant, item, buyer });
                    break;
                }
                Err(error) => election.refused.push((place, number, error)),
            }
        }
    }
    election.fresh.sort_unstable_by_key(|fresh| fresh.place);
    election
}

/// Tells those who are refused, and leaves those who take the keys.
pub(super) fn settle<'b>(election: Election<'b>, groups: &mut Groups<'b>) -> Vec<Fresh<'b>> {
    for (place, _, error) in election.refused {
        groups.refuse(place, error);
    }
    election.fresh
}

fn check<'b>(
    item: &'b Item,
    group: &Group<'_>,
    people: &People<'b>,
    now: DateTime<Utc>,
) -> Result<Buyer<'b>, Error> {
    if group.retailer.archived {
        return Err(Error::UnknownRetailer);
    }
    let received_at = item.submitter.accepted_at.unwrap_or(now);
    fits(&item.purchase, &group.snapshot.settings, item.submitter.may_be_late, received_at)?;
    let buyer = buyer(item, group, people)?;
    if matches!(buyer, Buyer::Nobody) && !item.purchase.tenders.is_empty() {
        return Err(no_customer());
    }
    Ok(buyer)
}

/// Refuses another currency than the merchant's, and a time of the purchase that is too far from now.
///
/// # Errors
/// [`Error::Invalid`] with both.
pub(crate) fn fits(
    purchase: &CheckedPurchase,
    settings: &MerchantSettings,
    may_be_late: bool,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let errors: Vec<FieldError> = [currency(purchase, settings), time(purchase, settings, may_be_late, now)]
        .into_iter()
        .flatten()
        .collect();
    if errors.is_empty() { Ok(()) } else { Err(Error::Invalid(errors)) }
}

fn currency(purchase: &CheckedPurchase, settings: &MerchantSettings) -> Option<FieldError> {
    let expected = settings.currency;
    (purchase.currency != expected).then(|| {
        let detail = format!("Must be {}, the currency of the program", expected.code());
        FieldError::new("/currency", "currency_mismatch", detail)
    })
}

fn time(
    purchase: &CheckedPurchase,
    settings: &MerchantSettings,
    may_be_late: bool,
    now: DateTime<Utc>,
) -> Option<FieldError> {
    let occurred_at = purchase.occurred_at?.to_utc();
    let wrong = |code, detail: String| Some(FieldError::new("/occurred_at", code, detail));
    if occurred_at > now + AHEAD {
        return wrong("in_future", format!("Must be at most {} minutes in the future", AHEAD.num_minutes()));
    }
    let days = settings.accepted_lateness_days;
    if !may_be_late && occurred_at < now - TimeDelta::days(days.into()) {
        return wrong("too_late", format!("Must be at most {days} days in the past"));
    }
    None
}

fn buyer<'b>(item: &'b Item, group: &Group<'_>, people: &People<'b>) -> Result<Buyer<'b>, Error> {
    let Some(customer) = &item.purchase.customer else { return Ok(Buyer::Nobody) };
    if let Some(customer) = people.of(item) {
        return Ok(Buyer::Known(customer));
    }
    if people.is_erased(item) {
        return Err(Error::erased());
    }
    match (customer, group.snapshot.settings.unknown_customer) {
        // Only Perennial gives ids: one that it does not know is a mistake under every policy.
        (CustomerRef::Id(_), _) | (_, UnknownCustomer::Reject) => Err(Error::CustomerNotFound),
        (_, UnknownCustomer::Create) => Ok(Buyer::New(customer)),
        (_, UnknownCustomer::Hold) => Ok(Buyer::Nobody),
    }
}
