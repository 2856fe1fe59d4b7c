//! Messages for modules of what a purchase did not tell itself: a claim, a return, what another module has found out.

use perennial_domain::ids::MerchantId;
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

use crate::error::Error;
use crate::statement::statement;

/// Tells modules, each with what it is to hear, where the merchant uses them: in one statement, whatever the number. Whoever
/// finds a message sees what it is about: it is written in the same transaction, and the balance concerned is locked.
///
/// What the words in a message are, each module says. Returns the names of those that listen.
///
/// # Errors
/// Only when the database fails.
pub(crate) async fn tell(
    txn: &impl ConnectionTrait,
    merchant: MerchantId,
    news: &[(&'static str, Value)],
) -> Result<Vec<String>, Error> {
    let news: Vec<Value> =
        news.iter().map(|(module, payload)| json!({ "module": module, "payload": payload })).collect();
    let values = [merchant.uuid().into(), Value::Array(news).into()];
    let rows = txn.query_all_raw(statement(include_str!("tell.sql"), values)).await?;
    rows.iter().map(|row| Ok(row.try_get("", "module")?)).collect()
}
