//! Merging one account into another.

use perennial_domain::access::Action;
use perennial_domain::customer::CustomerRef;
use perennial_domain::events::EventKind;
use perennial_domain::ids::CustomerId;
use sea_orm::DatabaseTransaction;
use serde_json::json;
use uuid::{Builder, Uuid};

use super::find::{self, Ends};
use super::{Merge, MergeInput, Merged, MergedTiers, Moved, record, rehome};
use crate::customers;
use crate::cx::Cx;
use crate::engine::Engine;
use crate::error::{Error, What};
use crate::events::{Happening, announce};
use crate::expiry::{expire_over, sliding};
use crate::ledger::Ledger;
use crate::modules::merge::Merging;
use crate::page::{Page, PageRequest};

impl Engine {
    /// Merges the account that the input names into `into`, which goes on: points, cashback, purchases, vouchers and everything
    /// else that the one has belong to the other from then on, and the id of the one leads to the other. What the one owes is
    /// repaid by what the other has.
    ///
    /// Merging the same two again changes nothing and gives the first answer again.
    ///
    /// # Errors
    /// [`Error::Invalid`] names every wrong field; [`Error::NotFound`]; [`Error::CustomerNotFound`] when the input names
    /// nobody; [`Error::Conflict`] `same_customer`, `already_merged` when the account was merged into somebody else,
    /// `customer_erased`.
    pub async fn customer_merge(
        &self,
        cx: &Cx,
        into: CustomerId,
        input: MergeInput,
    ) -> Result<Merged, Error> {
        let txn = self.begin().await?;
        let merged = self.customer_merge_in(&txn, cx, into, input).await?;
        txn.commit().await?;
        self.outbox_wake().wake();
        Ok(merged)
    }

    /// What [`customer_merge`](Self::customer_merge) would do, which is the same rolled back.
    ///
    /// # Errors
    /// The same.
    pub async fn customer_merge_preview(
        &self,
        cx: &Cx,
        into: CustomerId,
        input: MergeInput,
    ) -> Result<Merged, Error> {
        let txn = self.begin().await?;
        let merged = self.customer_merge_in(&txn, cx, into, input).await?;
        txn.rollback().await?;
        Ok(merged)
    }

    /// [`customer_merge`](Self::customer_merge) within a transaction of the caller, who wakes the outbox after the commit.
    ///
    /// # Errors
    /// The same.
    pub async fn customer_merge_in(
        &self,
        txn: &DatabaseTransaction,
        cx: &Cx,
        into: CustomerId,
        input: MergeInput,
    ) -> Result<Merged, Error> {
        cx.require(Action::CustomersMerge)?;
        let merchant = cx.merchant();
        let settings = self.merchant_settings_in(txn, merchant).await?;
        let named = input.from.check("/from", settings.default_country.as_ref()).map_err(Error::Invalid)?;
        let into = find::stays(txn, merchant, into).await?;
        let from = match find::ends(txn, merchant, &named, into).await? {
            Ends::Account(from) => from,
            Ends::Already(from) => return record::again(txn, merchant, from, into).await,
        };
        let now = self.now(merchant);
        let both = [from, into];
        let merging = Merging { engine: self, txn, merchant, from, into, now, by: cx.actor_name() };
        customers::lock_revision(txn, merchant).await?;
        merging.hold().await?;
        rehome::lock_claims(txn, merchant, from).await?;
        rehome::lock_identities(txn, merchant, both).await?;
        merging.hold_things().await?;
        let people = merging.people().await?;
        let mut ledger =
            Ledger::lock_also_merged(txn, merchant, &people, now).await.map_err(|error| match error {
                Error::CustomerNotFound => Error::NotFound(What::Customer),
                other => other,
            })?;
        rehome::lock_customers(txn, merchant, both).await?;
        // Only now nobody can change it any more.
        if ledger.balance(into)?.is_merged {
            return Err(Error::merged());
        }
        if ledger.balance(from)?.is_merged {
            return match find::ends(txn, merchant, &CustomerRef::Id(from), into).await? {
                Ends::Already(from) => record::again(txn, merchant, from, into).await,
                Ends::Account(_) => Err(Error::merged()),
            };
        }
        for customer in &people {
            if !both.contains(customer) && ledger.balance(*customer)?.is_merged {
                return Err(Error::merged());
            }
        }
        ledger.refuse_erased(from)?;
        ledger.refuse_erased(into)?;

        let before = merging.before(&ledger).await?;
        // What is over stays over: a merge counts as an activity.
        if sliding::set_aside(txn, merchant, &settings, &both, now).await? {
            ledger = Ledger::lock_also_merged(txn, merchant, &people, now).await?;
        }
        for customer in both {
            expire_over(&mut ledger, customer, &settings, now, self.new_merge_posting())?;
        }
        let rehomed = rehome::rehome(txn, merchant, from, into, now).await?;
        let (out, back) = (self.new_merge_posting(), self.new_merge_posting());
        let had = ledger.merge(from, into, out, back)?;
        let cashback = merging.wallets(&mut ledger).await?;
        ledger.write_and_announce(txn, self, Vec::new()).await?;
        rehome::close(txn, merchant, from, into).await?;
        let modules = merging.merge(before).await?;

        let merge = Merge {
            customer_id: into,
            from_id: from,
            merged_at: now,
            by: cx.actor_name().to_owned(),
            note: input.note.map(Into::into),
            moved: Moved {
                points: had.available.max(0),
                pending: had.pending,
                reserved: had.reserved,
                debt: had.debt,
                lifetime: had.lifetime,
                cashback,
                purchases: rehomed.purchases,
                identities: rehomed.identities,
                redemptions: modules.redemptions,
                vouchers: modules.vouchers,
                awards: modules.awards,
            },
            tier: MergedTiers {
                before: modules.tier_before,
                other: modules.tier_of_from,
                after: modules.tier_after,
            },
        };
        record::write(txn, cx, &merge, had.moves().then_some((out, back))).await?;
        let data = json!({ "from_id": from, "points": had.available, "pending": had.pending });
        announce(txn, self, merchant, vec![Happening::of(into, EventKind::CustomerMerged, data)]).await?;
        let customer = customers::load(txn, merchant, into).await?;
        Ok(Merged { merge, customer })
    }

    /// The accounts that were merged into a customer, also by way of others, newest first.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a customer of nobody or of another merchant; [`Error::Invalid`] at `/after`.
    pub async fn customer_merges(
        &self,
        cx: &Cx,
        customer: CustomerId,
        page: &PageRequest,
    ) -> Result<Page<Merge>, Error> {
        cx.require(Action::CustomersRead)?;
        self.customer_must_exist(cx, customer).await?;
        record::of(self.db(), cx.merchant(), customer, page).await
    }

    fn new_merge_posting(&self) -> Uuid {
        let (millis, random) = self.id_parts();
        Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
    }
}
