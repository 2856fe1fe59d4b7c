//! Who is meant, before anything is locked.

use perennial_domain::customer::CustomerRef;
use perennial_domain::ids::{CustomerId, MerchantId};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use crate::error::{Error, What};
use crate::statement::statement;

/// The account that is to end.
pub(super) enum Ends {
    /// This one, which is another than the one that goes on.
    Account(CustomerId),
    /// It has ended already: it was merged into the one that goes on.
    Already(CustomerId),
}

/// The account that goes on, of whichever id it goes by.
///
/// # Errors
/// [`Error::NotFound`].
pub(super) async fn stays(
    db: &impl ConnectionTrait,
    merchant: MerchantId,
    named: CustomerId,
) -> Result<CustomerId, Error> {
    let account = account(db, merchant, named).await?.ok_or(Error::NotFound(What::Customer))?;
    Ok(account.unwrap_or(named))
}

/// Who is meant by the id of a customer: who goes on, where that account was merged. Whether there is such a customer is for
/// the caller to ask.
///
/// # Errors
/// Only when the database fails.
pub(crate) async fn goes_on(
    db: &impl ConnectionTrait,
    merchant: MerchantId,
    named: CustomerId,
) -> Result<CustomerId, Error> {
    Ok(account(db, merchant, named).await?.flatten().unwrap_or(named))
}

/// The accounts that were merged into a customer, also by way of others, in the order of their ids.
///
/// # Errors
/// Only when the database fails.
pub(crate) async fn former(
    db: &impl ConnectionTrait,
    merchant: MerchantId,
    customer: CustomerId,
) -> Result<Vec<CustomerId>, Error> {
    let sql = "SELECT id FROM customers WHERE merchant_id = $1 AND merged_into = $2 ORDER BY id";
    let rows = db.query_all_raw(statement(sql, [merchant.uuid().into(), customer.uuid().into()])).await?;
    rows.iter().map(|row| Ok(CustomerId::from_uuid(row.try_get("", "id")?))).collect()
}

/// The account that is to end.
///
/// # Errors
/// [`Error::CustomerNotFound`]; [`Error::Conflict`] `same_customer` and `already_merged`.
pub(super) async fn ends(
    db: &impl ConnectionTrait,
    merchant: MerchantId,
    named: &CustomerRef,
    into: CustomerId,
) -> Result<Ends, Error> {
    let CustomerRef::Id(id) = named else {
        let sql = "SELECT customer_id, merged_from FROM customer_identities
                   WHERE merchant_id = $1 AND kind = $2 AND value = $3";
        let values = [merchant.uuid().into(), named.kind().into(), named.value().into()];
        let row = db.query_one_raw(statement(sql, values)).await?.ok_or(Error::CustomerNotFound)?;
        let owner = CustomerId::from_uuid(row.try_get("", "customer_id")?);
        if owner != into {
            return Ok(Ends::Account(owner));
        }
        // The address of who was merged is now one of who goes on: what was asked for is there.
        let came_with: Option<Uuid> = row.try_get("", "merged_from")?;
        return came_with.map(CustomerId::from_uuid).map(Ends::Already).ok_or_else(same);
    };
    match account(db, merchant, *id).await?.ok_or(Error::CustomerNotFound)? {
        _ if *id == into => Err(same()),
        None => Ok(Ends::Account(*id)),
        Some(other) if other == into => Ok(Ends::Already(*id)),
        Some(_) => Err(elsewhere()),
    }
}

/// Of an account that there is: into whom it was merged, if it was.
async fn account(
    db: &impl ConnectionTrait,
    merchant: MerchantId,
    id: CustomerId,
) -> Result<Option<Option<CustomerId>>, Error> {
    let sql = "SELECT merged_into FROM customers WHERE merchant_id = $1 AND id = $2";
    let row = db.query_one_raw(statement(sql, [merchant.uuid().into(), id.uuid().into()])).await?;
    let Some(row) = row else { return Ok(None) };
    let into: Option<Uuid> = row.try_get("", "merged_into")?;
    Ok(Some(into.map(CustomerId::from_uuid)))
}

fn same() -> Error {
    Error::conflict("same_customer", "Both are the same customer")
}

/// The account went to somebody else.
pub(super) fn elsewhere() -> Error {
    Error::conflict("already_merged", "This account was merged into another customer already")
}
