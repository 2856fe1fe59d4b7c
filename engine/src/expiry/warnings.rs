//! Who is told that points are about to expire, once for each of the three warnings.

use std::collections::HashMap;

use chrono::{Days, NaiveDate};
use perennial_domain::codes::Email;
use perennial_domain::events::EventKind;
use perennial_domain::expiry::{Warning, warning_due};
use perennial_domain::ids::CustomerId;
use serde_json::json;
use uuid::Uuid;

use super::job::{BATCH, Program, customers, statement};
use super::{letter, sliding};
use crate::error::Error;
use crate::events::{Happening, announce};
use crate::messages;
use crate::stored::stored;
use sea_orm::ConnectionTrait;

/// Points of a customer that will be gone after a day.
#[derive(Debug, Clone, Copy)]
struct Soon {
    customer: CustomerId,
    expires_on: NaiveDate,
    points: i64,
}

/// Gives every warning that is due and tells how many were given.
pub(super) async fn give(program: &Program<'_>) -> Result<u64, Error> {
    Ok(give_dated(program).await? + give_sliding(program).await?)
}

async fn give_dated(program: &Program<'_>) -> Result<u64, Error> {
    let today = program.today();
    let furthest = today.checked_add_days(Days::new(Warning::Month.days().into())).unwrap_or(today);
    let (mut after, mut given) = ((Uuid::nil(), NaiveDate::MIN), 0);
    loop {
        let values = [
            program.merchant.uuid().into(),
            today.into(),
            furthest.into(),
            after.0.into(),
            // Every lot that can be found is behind this day.
            after.1.max(NaiveDate::from_ymd_opt(1, 1, 1).unwrap_or(today)).into(),
            BATCH.into(),
        ];
        let rows = program.rows(include_str!("soon.sql"), values).await?;
        let mut soon = Vec::with_capacity(rows.len());
        for row in rows {
            soon.push(Soon {
                customer: CustomerId::from_uuid(row.try_get("", "customer_id")?),
                expires_on: row.try_get("", "expires_on")?,
                points: row.try_get("", "remaining")?,
            });
        }
        let Some(last) = soon.last() else { return Ok(given) };
        after = (last.customer.uuid(), last.expires_on);
        given += warn(program, soon).await?;
    }
}

async fn give_sliding(program: &Program<'_>) -> Result<u64, Error> {
    if !program.settings.expiry.is_sliding() {
        return Ok(0);
    }
    let (mut after, mut given) = (Uuid::nil(), 0);
    loop {
        let values = [program.merchant.uuid().into(), after.into(), BATCH.into()];
        let rows = program.rows(include_str!("undated.sql"), values).await?;
        let customers = customers(&rows)?;
        let Some(last) = customers.last() else { return Ok(given) };
        after = last.uuid();
        let db = program.engine.db();
        let dates = sliding::dates(db, program.merchant, &program.settings, &customers, program.now).await?;
        let mut soon = Vec::new();
        for (row, customer) in rows.iter().zip(customers) {
            if let Some(expires_on) = dates.get(&customer).copied() {
                soon.push(Soon { customer, expires_on, points: row.try_get("", "remaining")? });
            }
        }
        given += warn(program, soon).await?;
    }
}

/// Writes down and sends, in one transaction, the warnings that are due of these.
async fn warn(program: &Program<'_>, soon: Vec<Soon>) -> Result<u64, Error> {
    let known = known(program, &soon).await?;
    let zone = program.settings.time_zone;
    let due: Vec<(Soon, Warning)> = soon
        .into_iter()
        .filter_map(|soon| {
            let sent = known.get(&(soon.customer, soon.expires_on)).copied();
            Some((soon, warning_due(soon.expires_on, sent, program.now, zone)?))
        })
        .collect();
    if due.is_empty() {
        return Ok(0);
    }
    let txn = program.engine.begin().await?;
    let values = [
        program.merchant.uuid().into(),
        program.now.into(),
        due.iter().map(|(soon, _)| soon.customer.uuid()).collect::<Vec<_>>().into(),
        due.iter().map(|(soon, _)| soon.expires_on).collect::<Vec<_>>().into(),
        due.iter().map(|(_, warning)| warning.as_str().to_owned()).collect::<Vec<_>>().into(),
        due.iter().map(|(soon, _)| soon.points).collect::<Vec<_>>().into(),
    ];
    let given = txn.query_all_raw(statement(include_str!("warn.sql"), values)).await?;
    let (mut told, mut letters) = (Vec::with_capacity(given.len()), Vec::new());
    for row in &given {
        let customer = CustomerId::from_uuid(row.try_get("", "customer_id")?);
        let points: i64 = row.try_get("", "points")?;
        let expires_on: NaiveDate = row.try_get("", "expires_on")?;
        let data = json!({ "points": points, "expires_on": expires_on });
        told.push(Happening::of(customer, EventKind::PointsExpiring, data));
        // Somebody without an address reads it on the page of the program.
        let Some(address) = row.try_get::<Option<String>>("", "email")? else { continue };
        let address: Email = stored(Email::new(&address), "customer_identities.value")?;
        letters.push(letter::warning(customer, address, points, expires_on));
    }
    // Balances before the rows of customers, which the letters hold.
    announce(&txn, program.engine, program.merchant, told).await?;
    messages::write(&txn, program.engine, program.merchant, letters).await?;
    txn.commit().await?;
    Ok(given.len() as u64)
}

/// The latest warning that was given of each.
async fn known(
    program: &Program<'_>,
    soon: &[Soon],
) -> Result<HashMap<(CustomerId, NaiveDate), Warning>, Error> {
    let values = [
        program.merchant.uuid().into(),
        soon.iter().map(|soon| soon.customer.uuid()).collect::<Vec<_>>().into(),
        soon.iter().map(|soon| soon.expires_on).collect::<Vec<_>>().into(),
    ];
    let mut known: HashMap<_, Warning> = HashMap::new();
    for row in program.rows(include_str!("warned.sql"), values).await? {
        let key = (CustomerId::from_uuid(row.try_get("", "customer_id")?), row.try_get("", "expires_on")?);
        let warning = row.try_get::<String>("", "warning")?;
        let warning: Warning = stored(warning.parse(), "expiry_warnings.warning")?;
        known.entry(key).and_modify(|latest| *latest = (*latest).max(warning)).or_insert(warning);
    }
    Ok(known)
}
