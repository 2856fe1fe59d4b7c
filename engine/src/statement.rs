//! A statement with its values, for those that SeaORM does not build.

use sea_orm::{DbBackend, Statement, Value};

/// `sql` with its values in the order of the placeholders.
pub(crate) fn statement(sql: &'static str, values: impl IntoIterator<Item = Value>) -> Statement {
    Statement::from_sql_and_values(DbBackend::Postgres, sql, values)
}
