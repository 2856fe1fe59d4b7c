//! Many customers at once, for imports.

use std::collections::HashMap;

use perennial_domain::access::Action;
use perennial_domain::birthday::Birthday;
use perennial_domain::calendar::local_date;
use perennial_domain::error::FieldError;
use perennial_domain::ids::{CustomerId, MerchantId};
use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult};
use uuid::Uuid;

use super::NewCustomer;
use super::birthday::{self, Told};
use super::identity::{CheckedCustomer, Identity};
use crate::bulk::{nullable, refuse_too_many};
use crate::cx::Cx;
use crate::engine::Engine;
use crate::error::Error;
use crate::retailers::Upserted;
use crate::statement::statement;

/// An identity that is stored, with the name and the birthday of whom it belongs to.
#[derive(FromQueryResult)]
struct Stored {
    customer_id: Uuid,
    name: Option<String>,
    birth_day: Option<i16>,
    birth_year: Option<i16>,
    kind: String,
    value: String,
    came_along: bool,
}

/// Whose an identity is.
#[derive(Clone, Copy)]
struct Owner {
    customer: Uuid,
    /// It came with an account that was merged into the customer, who may have had none of the kind.
    came_along: bool,
}

/// What is stored about the customers that an import names.
#[derive(Default)]
struct Known {
    owners: HashMap<(String, String), Owner>,
    names: HashMap<Uuid, Option<String>>,
    birthdays: HashMap<Uuid, Birthday>,
}

/// What there is to write, turned on its side: one array a column.
#[derive(Default)]
struct Work {
    new_ids: Vec<Uuid>,
    new_names: Vec<Option<String>>,
    renamed_ids: Vec<Uuid>,
    renamed_names: Vec<String>,
    birthdays: Vec<Told>,
    identity_customers: Vec<Uuid>,
    identity_kinds: Vec<String>,
    identity_values: Vec<String>,
    /// Who each row is, and what becomes of them.
    rows: Vec<(CustomerId, Upsert)>,
}

/// What becomes of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Upsert {
    Created,
    Changed,
    Unchanged,
}

impl Engine {
    /// Enters or changes many customers with a fixed number of statements.
    ///
    /// A row is a customer who is there when one of its identities is, the external id believed before the e-mail,
    /// the phone and the card; other identities of the row replace those of their kind. What a row does not say stays. A row
    /// of an account that was merged into another, found by what came with it, changes nothing.
    ///
    /// # Errors
    /// [`Error::Invalid`] names the fields of all rows that are wrong (`/12/email`), also identities that come twice or
    /// that belong to somebody else than the row's customer; [`Error::TooLarge`] above 10,000 rows.
    pub async fn customer_upsert(&self, cx: &Cx, inputs: Vec<NewCustomer>) -> Result<Upserted, Error> {
        let txn = self.begin().await?;
        let upserted = self.customer_upsert_in(&txn, cx, inputs).await?;
        txn.commit().await?;
        Ok(upserted)
    }

    /// [`customer_upsert`](Self::customer_upsert) within a transaction of the caller.
    ///
    /// # Errors
    /// The same.
    pub async fn customer_upsert_in(
        &self,
        txn: &DatabaseTransaction,
        cx: &Cx,
        inputs: Vec<NewCustomer>,
    ) -> Result<Upserted, Error> {
        let rows = self.customers_enter_in(txn, cx, inputs).await?;
        Ok(Upserted::of(rows.into_iter().map(|(_, upsert)| upsert)))
    }

    /// The same, and tells for each row who that is and what became of them.
    pub(crate) async fn customers_enter_in(
        &self,
        txn: &DatabaseTransaction,
        cx: &Cx,
        inputs: Vec<NewCustomer>,
    ) -> Result<Vec<(CustomerId, Upsert)>, Error> {
        cx.require(Action::CustomersWrite)?;
        refuse_too_many(inputs.len())?;
        let settings = self.merchant_settings_in(txn, cx.merchant()).await?;
        let (home, zone) = (settings.default_country, settings.time_zone);
        let today = local_date(self.now(cx.merchant()), zone);
        let (mut rows, mut errors) = (Vec::with_capacity(inputs.len()), Vec::new());
        for (index, input) in inputs.iter().enumerate() {
            match input.check(&format!("/{index}"), home.as_ref(), today) {
                Ok(row) => rows.push(row),
                Err(wrong) => errors.extend(wrong),
            }
        }
        if errors.is_empty() {
            errors = duplicates(&rows);
        }
        if !errors.is_empty() {
            return Err(Error::Invalid(errors));
        }
        let known = Known::read(txn, cx.merchant(), &rows).await?;
        let work = self.plan(&rows, &known)?;
        write(txn, self, cx.merchant(), &work).await?;
        birthday::write(txn, self, cx.merchant(), &work.birthdays).await?;
        Ok(work.rows)
    }

    /// Decides for each row who it is and what is to be written.
    fn plan(&self, rows: &[CheckedCustomer], known: &Known) -> Result<Work, Error> {
        let (mut work, mut errors) = (Work::default(), Vec::new());
        let mut row_of: HashMap<Uuid, usize> = HashMap::new();
        for (index, row) in rows.iter().enumerate() {
            let owner_of = |identity: &Identity| {
                known.owners.get(&(identity.kind.as_str().to_owned(), identity.value.clone())).copied()
            };
            let Some(Owner { customer: id, came_along }) = row.identities.iter().find_map(owner_of) else {
                let (millis, random) = self.id_parts();
                let id = CustomerId::new(millis, random).uuid();
                work.rows.push((CustomerId::from_uuid(id), Upsert::Created));
                work.new_ids.push(id);
                work.new_names.push(row.name.clone());
                row.identities.iter().for_each(|identity| work.identity(id, identity));
                work.birthdays.extend(row.birthday.map(|birthday| (id, Some(birthday))));
                continue;
            };
            if came_along {
                // The account of this row was merged: who the customer is, is said by the row of the one that goes on.
                work.rows.push((CustomerId::from_uuid(id), Upsert::Unchanged));
                continue;
            }
            if let Some(earlier) = row_of.insert(id, index) {
                errors.push(FieldError::new(
                    format!("/{index}"),
                    "duplicate",
                    format!("The same customer is in row {earlier}"),
                ));
                continue;
            }
            let mut changed = false;
            for identity in &row.identities {
                match owner_of(identity) {
                    Some(owner) if owner.customer == id => {}
                    Some(_) => errors.push(FieldError::new(
                        format!("/{index}/{}", identity.kind.as_str()),
                        "identity_taken",
                        "Another customer has this identity",
                    )),
                    None => {
                        work.identity(id, identity);
                        changed = true;
                    }
                }
            }
            if let Some(name) = &row.name
                && known.names.get(&id).and_then(Option::as_ref) != Some(name)
            {
                work.renamed_ids.push(id);
                work.renamed_names.push(name.clone());
                changed = true;
            }
            if let Some(birthday) = row.birthday
                && known.birthdays.get(&id) != Some(&birthday)
            {
                work.birthdays.push((id, Some(birthday)));
                changed = true;
            }
            let upsert = if changed { Upsert::Changed } else { Upsert::Unchanged };
            work.rows.push((CustomerId::from_uuid(id), upsert));
        }
        if errors.is_empty() { Ok(work) } else { Err(Error::Invalid(errors)) }
    }
}

impl Upserted {
    /// Of rows of which each is one thing.
    pub(crate) fn of(rows: impl IntoIterator<Item = Upsert>) -> Self {
        let mut upserted = Self::default();
        for row in rows {
            match row {
                Upsert::Created => upserted.created += 1,
                Upsert::Changed => upserted.changed += 1,
                Upsert::Unchanged => upserted.unchanged += 1,
            }
        }
        upserted
    }
}

/// Identities that come twice, at their second place.
fn duplicates(rows: &[CheckedCustomer]) -> Vec<FieldError> {
    let mut first: HashMap<&Identity, usize> = HashMap::new();
    let mut errors = Vec::new();
    for (index, row) in rows.iter().enumerate() {
        for identity in &row.identities {
            if let Some(earlier) = first.insert(identity, index) {
                let kind = identity.kind.as_str();
                errors.push(FieldError::new(
                    format!("/{index}/{kind}"),
                    "duplicate",
                    format!("The same {kind} is in row {earlier}"),
                ));
            }
        }
    }
    errors
}

impl Known {
    async fn read(
        txn: &DatabaseTransaction,
        merchant: MerchantId,
        rows: &[CheckedCustomer],
    ) -> Result<Self, Error> {
        let (mut kinds, mut values) = (Vec::new(), Vec::new());
        for Identity { kind, value } in rows.iter().flat_map(|row| &row.identities) {
            kinds.push(kind.as_str().to_owned());
            values.push(value.clone());
        }
        let asked = || [merchant.uuid().into(), kinds.clone().into(), values.clone().into()];
        // Nobody of them is erased before the transaction ends.
        txn.execute_raw(statement(include_str!("../sql/customers_known_lock.sql"), asked())).await?;
        let known = statement(include_str!("../sql/customers_known.sql"), asked());
        let stored = Stored::find_by_statement(known).all(txn).await?;
        let mut known = Self::default();
        for row in stored {
            let birthday = row.birth_day.and_then(|key| Birthday::stored(key, row.birth_year));
            known.birthdays.extend(birthday.map(|birthday| (row.customer_id, birthday)));
            known.names.insert(row.customer_id, row.name);
            let owner = Owner { customer: row.customer_id, came_along: row.came_along };
            known.owners.insert((row.kind, row.value), owner);
        }
        Ok(known)
    }
}

impl Work {
    fn identity(&mut self, customer: Uuid, Identity { kind, value }: &Identity) {
        self.identity_customers.push(customer);
        self.identity_kinds.push(kind.as_str().to_owned());
        self.identity_values.push(value.clone());
    }
}

async fn write(
    txn: &DatabaseTransaction,
    engine: &Engine,
    merchant: MerchantId,
    work: &Work,
) -> Result<(), Error> {
    let now = engine.now(merchant);
    let merchant = sea_orm::Value::from(merchant.uuid());
    if !work.new_ids.is_empty() {
        txn.execute_raw(statement(
            include_str!("../sql/customers_insert.sql"),
            vec![merchant.clone(), work.new_ids.clone().into(), nullable(work.new_names.clone()), now.into()],
        ))
        .await?;
    }
    if !work.renamed_ids.is_empty() {
        txn.execute_raw(statement(
            include_str!("../sql/customers_rename.sql"),
            vec![merchant.clone(), work.renamed_ids.clone().into(), work.renamed_names.clone().into()],
        ))
        .await?;
    }
    if !work.identity_customers.is_empty() {
        txn.execute_raw(statement(
            include_str!("../sql/customers_identify.sql"),
            vec![
                merchant,
                work.identity_customers.clone().into(),
                work.identity_kinds.clone().into(),
                work.identity_values.clone().into(),
            ],
        ))
        .await?;
    }
    Ok(())
}
