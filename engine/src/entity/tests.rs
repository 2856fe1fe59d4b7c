//! The structs and the constraint table against the migrated schema.

use std::collections::BTreeMap;

use perennial_testkit::TestDb;
use sea_orm::{ColumnTrait, EntityTrait, Iden, Iterable};

use crate::constraint;

/// Columns of an entity: name to whether it may be null.
fn columns<E: EntityTrait>() -> (String, BTreeMap<String, bool>) {
    let columns = E::Column::iter().map(|column| (column.to_string(), column.def().is_null()));
    (E::default().table_name().to_owned(), columns.collect())
}

#[tokio::test]
async fn entities_have_the_columns_of_their_tables() {
    let db = TestDb::new().await;
    let rows: Vec<(String, String, bool)> = sqlx::query_as(
        "SELECT table_name::text, column_name::text, is_nullable = 'YES' FROM information_schema.columns
          WHERE table_schema = 'public'",
    )
    .fetch_all(&db.pool)
    .await
    .unwrap();
    let mut schema: BTreeMap<String, BTreeMap<String, bool>> = BTreeMap::new();
    for (table, column, is_null) in rows {
        schema.entry(table).or_default().insert(column, is_null);
    }
    use super::*;
    for (table, columns) in [
        columns::<api_key::Entity>(),
        columns::<customer::Entity>(),
        columns::<customer_identity::Entity>(),
        columns::<directory_api_key::Entity>(),
        columns::<idempotency_key::Entity>(),
        columns::<login_code::Entity>(),
        columns::<mail::Entity>(),
        columns::<merchant::Entity>(),
        columns::<merchant_revision::Entity>(),
        columns::<product::Entity>(),
        columns::<promotion::Entity>(),
        columns::<promotion_version::Entity>(),
        columns::<purchase::Entity>(),
        columns::<retailer::Entity>(),
        columns::<rule_set::Entity>(),
        columns::<session::Entity>(),
        columns::<staff::Entity>(),
        columns::<staff_membership::Entity>(),
    ] {
        assert_eq!(schema.get(&table), Some(&columns), "{table}");
    }
}

#[tokio::test]
async fn every_named_constraint_means_something() {
    let db = TestDb::new().await;
    let names: Vec<String> = sqlx::query_scalar(
        "SELECT conname::text FROM pg_constraint c WHERE connamespace = 'public'::regnamespace
            AND contype IN ('c', 'u', 'f')
         UNION
         SELECT c.relname::text FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
          WHERE i.indisunique AND NOT i.indisprimary AND c.relnamespace = 'public'::regnamespace
         ORDER BY 1",
    )
    .fetch_all(&db.pool)
    .await
    .unwrap();
    // References to a merchant or an account that an authorised context names: it exists.
    let implied =
        |name: &str| name.ends_with("_merchant_id_fkey") || name == "staff_memberships_staff_id_fkey";
    let unlisted: Vec<_> =
        names.iter().filter(|name| !implied(name) && !constraint::is_listed(name)).collect();
    assert!(unlisted.is_empty(), "not in the table of constraints: {unlisted:?}");
}
