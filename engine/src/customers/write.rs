//! Entering and changing one customer.

use chrono::{DateTime, Utc};
use perennial_domain::access::Action;
use perennial_domain::birthday::Birthday;
use perennial_domain::calendar::local_date;
use perennial_domain::codes::Email;
use perennial_domain::ids::{CustomerId, MerchantId};
use sea_orm::sea_query::{LockType, OnConflict};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter,
    QueryOrder, QuerySelect,
};
use serde::{Deserialize, Serialize};

use super::birthday;
use super::identity::{CheckedCustomer, Identity};
use super::read::{Customer, load};
use super::revision::lock_revision;
use super::{CustomerPatch, IdentityKind, NewCustomer};
use crate::cx::Cx;
use crate::engine::Engine;
use crate::entity::{customer, customer_identity};
use crate::error::{Error, What};
use crate::statement::statement;

/// How often a customer is looked up again after somebody else entered it at the same moment.
const ROUNDS: usize = 3;

/// A customer that was entered, or had been.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerCreated {
    /// The customer.
    pub customer: Customer,
    /// Whether it is new.
    pub is_new: bool,
}

impl Engine {
    /// Enters a customer, or finds the one who has one of the identities.
    ///
    /// Somebody who is found gets the identities that were missing, and a name and a birthday when there were none.
    ///
    /// # Errors
    /// [`Error::Invalid`] names every wrong field; [`Error::Conflict`] `customer_differs` when the one who is found
    /// has another identity of a kind that was given, `customers_differ` when the identities belong to several.
    pub async fn customer_create(&self, cx: &Cx, input: NewCustomer) -> Result<CustomerCreated, Error> {
        let txn = self.begin().await?;
        let created = self.customer_create_in(&txn, cx, input).await?;
        txn.commit().await?;
        Ok(created)
    }

    /// [`customer_create`](Self::customer_create) within a transaction of the caller.
    ///
    /// # Errors
    /// The same.
    pub async fn customer_create_in(
        &self,
        txn: &DatabaseTransaction,
        cx: &Cx,
        input: NewCustomer,
    ) -> Result<CustomerCreated, Error> {
        cx.require(Action::CustomersWrite)?;
        let settings = self.merchant_settings_in(txn, cx.merchant()).await?;
        let today = local_date(self.now(cx.merchant()), settings.time_zone);
        let checked = input.check("", settings.default_country.as_ref(), today).map_err(Error::Invalid)?;
        let (id, is_new) = get_or_insert(txn, self, cx.merchant(), checked, "api").await?;
        Ok(CustomerCreated { customer: load(txn, cx.merchant(), id).await?, is_new })
    }

    /// Changes a customer's name and identities.
    ///
    /// # Errors
    /// [`Error::Invalid`] names every wrong field; [`Error::NotFound`]; [`Error::Conflict`] `identity_taken` when
    /// another customer has one of the identities, `identity_required` when none would be left, `customer_erased`.
    pub async fn customer_update(
        &self,
        cx: &Cx,
        id: CustomerId,
        patch: CustomerPatch,
    ) -> Result<Customer, Error> {
        let txn = self.begin().await?;
        let customer = self.customer_update_in(&txn, cx, id, patch).await?;
        txn.commit().await?;
        Ok(customer)
    }

    /// [`customer_update`](Self::customer_update) within a transaction of the caller.
    ///
    /// # Errors
    /// The same.
    pub async fn customer_update_in(
        &self,
        txn: &DatabaseTransaction,
        cx: &Cx,
        id: CustomerId,
        patch: CustomerPatch,
    ) -> Result<Customer, Error> {
        cx.require(Action::CustomersWrite)?;
        let settings = self.merchant_settings_in(txn, cx.merchant()).await?;
        let today = local_date(self.now(cx.merchant()), settings.time_zone);
        let patch = patch.check(settings.default_country.as_ref(), today).map_err(Error::Invalid)?;
        if !(patch.set.is_empty() && patch.clear.is_empty()) {
            lock_revision(txn, cx.merchant()).await?;
        }
        // The identities first, then the customer: the order of everybody.
        customer_identity::Entity::find()
            .filter(customer_identity::Column::MerchantId.eq(cx.merchant().uuid()))
            .filter(customer_identity::Column::CustomerId.eq(id.uuid()))
            .order_by_asc(customer_identity::Column::Kind)
            .order_by_asc(customer_identity::Column::Value)
            .lock(LockType::NoKeyUpdate)
            .all(txn)
            .await?;
        let row = customer::Entity::find_by_id((cx.merchant().uuid(), id.uuid()))
            .lock(LockType::NoKeyUpdate)
            .one(txn)
            .await?
            .ok_or(Error::NotFound(What::Customer))?;
        if row.erased_at.is_some() {
            return Err(Error::erased());
        }
        if row.merged_into.is_some() {
            return Err(Error::merged());
        }
        if let Some(name) = patch.name {
            customer::Entity::update_many()
                .set(customer::ActiveModel { name: Set(name), ..Default::default() })
                .filter(customer::Column::MerchantId.eq(cx.merchant().uuid()))
                .filter(customer::Column::Id.eq(id.uuid()))
                .exec(txn)
                .await?;
        }
        if let Some(told) = patch.birthday.filter(|told| *told != known(&row)) {
            birthday::write(txn, self, cx.merchant(), &[(id.uuid(), told)]).await?;
        }
        for kind in patch.clear {
            customer_identity::Entity::delete_many()
                .filter(customer_identity::Column::MerchantId.eq(cx.merchant().uuid()))
                .filter(customer_identity::Column::CustomerId.eq(id.uuid()))
                .filter(customer_identity::Column::Kind.eq(kind.as_str()))
                .exec(txn)
                .await?;
        }
        for identity in patch.set {
            set_identity(txn, cx.merchant(), id, identity).await?;
        }
        let customer = load(txn, cx.merchant(), id).await?;
        let has_identity = customer.external_id.is_some()
            || customer.email.is_some()
            || customer.phone.is_some()
            || customer.card.is_some();
        if !has_identity {
            return Err(Error::conflict("identity_required", "A customer keeps at least one identity"));
        }
        Ok(customer)
    }
}

/// The customer of a proven e-mail, entered when there is none; and whether it is new.
pub(crate) async fn enrol(
    txn: &DatabaseTransaction,
    engine: &Engine,
    merchant: MerchantId,
    email: &Email,
) -> Result<(CustomerId, bool), Error> {
    let identities = vec![Identity { kind: IdentityKind::Email, value: email.to_string() }];
    get_or_insert(txn, engine, merchant, CheckedCustomer { name: None, birthday: None, identities }, "portal")
        .await
}

/// The birthday of a customer who is stored.
fn known(customer: &customer::Model) -> Option<Birthday> {
    Birthday::stored(customer.birth_day?, customer.birth_year)
}

/// The customer who has one of the identities, or a new one; and whether it is new.
async fn get_or_insert(
    txn: &DatabaseTransaction,
    engine: &Engine,
    merchant: MerchantId,
    checked: CheckedCustomer,
    came_by: &'static str,
) -> Result<(CustomerId, bool), Error> {
    for _ in 0..ROUNDS {
        let mut owners = Vec::new();
        // In the order of their keys, as whoever erases a customer takes them.
        let mut asked: Vec<&Identity> = checked.identities.iter().collect();
        asked.sort_unstable_by_key(|identity| identity.kind.as_str());
        for Identity { kind, value } in asked {
            owners.extend(owner_for_share(txn, merchant, kind.as_str(), value).await?);
        }
        owners.sort_unstable();
        owners.dedup();
        match owners.as_slice() {
            [] => {
                let (millis, random) = engine.id_parts();
                let id = CustomerId::new(millis, random);
                if insert(txn, merchant, id, &checked, came_by, engine.now(merchant)).await? {
                    remember(txn, engine, merchant, id, &checked).await?;
                    return Ok((id, true));
                }
                // Somebody else entered one of the identities after we looked; look again.
            }
            [id] => {
                complete(txn, merchant, *id, &checked).await?;
                remember(txn, engine, merchant, *id, &checked).await?;
                return Ok((*id, false));
            }
            _ => {
                return Err(Error::conflict(
                    "customers_differ",
                    "These identities belong to different customers",
                ));
            }
        }
    }
    Err(Error::Busy { retry_after: std::time::Duration::from_secs(1) })
}

/// The customer who has this e-mail address, if somebody has, who is not erased before the transaction ends.
pub(crate) async fn known_by_email(
    txn: &DatabaseTransaction,
    merchant: MerchantId,
    email: &Email,
) -> Result<Option<CustomerId>, Error> {
    owner_for_share(txn, merchant, IdentityKind::Email.as_str(), email.as_str()).await
}

/// To whom an identity belongs. It stays so until the transaction ends: whoever erases the customer waits, and somebody who
/// is erased at this moment is waited for and then not found.
async fn owner_for_share(
    txn: &DatabaseTransaction,
    merchant: MerchantId,
    kind: &str,
    value: &str,
) -> Result<Option<CustomerId>, Error> {
    let row = customer_identity::Entity::find()
        .filter(customer_identity::Column::MerchantId.eq(merchant.uuid()))
        .filter(customer_identity::Column::Kind.eq(kind))
        .filter(customer_identity::Column::Value.eq(value))
        .lock(LockType::KeyShare)
        .one(txn)
        .await?;
    Ok(row.map(|row| CustomerId::from_uuid(row.customer_id)))
}

/// Enters a customer with all identities, or nothing when one of them is taken.
async fn insert(
    txn: &DatabaseTransaction,
    merchant: MerchantId,
    id: CustomerId,
    checked: &CheckedCustomer,
    came_by: &'static str,
    now: DateTime<Utc>,
) -> Result<bool, Error> {
    // Taking the first identity decides the race: who loses waits for the winner's commit, writes nothing and looks
    // again. A loser of a later one fails on the constraint, with everything it wrote.
    let (mut kinds, mut values) = (Vec::new(), Vec::new());
    for Identity { kind, value } in &checked.identities {
        kinds.push(kind.as_str().to_owned());
        values.push(value.clone());
    }
    let result = txn
        .execute_raw(statement(
            include_str!("../sql/customer_insert.sql"),
            [
                merchant.uuid().into(),
                id.uuid().into(),
                checked.name.clone().into(),
                now.into(),
                kinds.into(),
                values.into(),
                came_by.into(),
            ],
        ))
        .await?;
    Ok(result.rows_affected() == 1)
}

/// Gives somebody who was found what was missing.
async fn complete(
    txn: &DatabaseTransaction,
    merchant: MerchantId,
    id: CustomerId,
    checked: &CheckedCustomer,
) -> Result<(), Error> {
    let known: Vec<(String, String)> = customer_identity::Entity::find()
        .select_only()
        .column(customer_identity::Column::Kind)
        .column(customer_identity::Column::Value)
        .filter(customer_identity::Column::MerchantId.eq(merchant.uuid()))
        .filter(customer_identity::Column::CustomerId.eq(id.uuid()))
        .into_tuple()
        .all(txn)
        .await?;
    for identity in &checked.identities {
        let kind = identity.kind.as_str();
        let of_kind: Vec<&String> =
            known.iter().filter(|(known, _)| known == kind).map(|(_, value)| value).collect();
        if of_kind.is_empty() {
            set_identity(txn, merchant, id, identity.clone()).await?;
        } else if !of_kind.contains(&&identity.value) {
            // One that came with an account that was merged is as good as the first.
            return Err(Error::conflict(
                "customer_differs",
                format!("The customer who was found has another {kind}; change the customer instead"),
            ));
        }
    }
    if let Some(name) = &checked.name {
        customer::Entity::update_many()
            .set(customer::ActiveModel { name: Set(Some(name.clone())), ..Default::default() })
            .filter(customer::Column::MerchantId.eq(merchant.uuid()))
            .filter(customer::Column::Id.eq(id.uuid()))
            .filter(customer::Column::Name.is_null())
            .exec(txn)
            .await?;
    }
    Ok(())
}

/// Writes down the birthday of somebody of whom none is known.
async fn remember(
    txn: &DatabaseTransaction,
    engine: &Engine,
    merchant: MerchantId,
    id: CustomerId,
    checked: &CheckedCustomer,
) -> Result<(), Error> {
    if checked.birthday.is_none() {
        return Ok(());
    }
    let stored = customer::Entity::find_by_id((merchant.uuid(), id.uuid()))
        .lock(LockType::NoKeyUpdate)
        .one(txn)
        .await?
        .ok_or(Error::NotFound(What::Customer))?;
    if stored.birth_day.is_some() {
        return Ok(());
    }
    birthday::write(txn, engine, merchant, &[(id.uuid(), checked.birthday)]).await
}

/// Gives a customer an identity in place of the first of that kind. That it is somebody else's is for the database to
/// say; a further one of the customer's own becomes the first.
async fn set_identity(
    txn: &DatabaseTransaction,
    merchant: MerchantId,
    customer: CustomerId,
    Identity { kind, value }: Identity,
) -> Result<(), Error> {
    customer_identity::Entity::delete_many()
        .filter(customer_identity::Column::MerchantId.eq(merchant.uuid()))
        .filter(customer_identity::Column::Kind.eq(kind.as_str()))
        .filter(customer_identity::Column::Value.eq(value.as_str()))
        .filter(customer_identity::Column::CustomerId.eq(customer.uuid()))
        .filter(customer_identity::Column::Place.gt(0))
        .exec(txn)
        .await?;
    customer_identity::Entity::insert(customer_identity::ActiveModel {
        merchant_id: Set(merchant.uuid()),
        kind: Set(kind.as_str().to_owned()),
        value: Set(value),
        customer_id: Set(customer.uuid()),
        place: Set(0),
        merged_from: Set(None),
    })
    .on_conflict(
        OnConflict::columns([
            customer_identity::Column::MerchantId,
            customer_identity::Column::CustomerId,
            customer_identity::Column::Kind,
            customer_identity::Column::Place,
        ])
        .update_columns([customer_identity::Column::Value, customer_identity::Column::MergedFrom])
        .to_owned(),
    )
    .exec_without_returning(txn)
    .await?;
    Ok(())
}
