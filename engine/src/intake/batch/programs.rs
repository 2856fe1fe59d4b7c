//! Step 10: what the program modules are told.

use std::collections::BTreeMap;

use perennial_domain::ids::{MerchantId, PurchaseId};
use serde_json::json;
use sqlx::PgConnection;

use super::Failure;
use super::credit::Credit;
use super::groups::Groups;
use crate::events::Announcements;

/// Writes one message per merchant and module that the merchant uses. Of purchases of nobody
/// only those hear at once to whom they are announced; the others when they are claimed.
pub(super) async fn tell(
    conn: &mut PgConnection,
    groups: &Groups<'_>,
    credits: &[Credit],
) -> Result<(), Failure> {
    let mut news: BTreeMap<(MerchantId, &str), Vec<PurchaseId>> = BTreeMap::new();
    for Credit { group, record, .. } in credits {
        let Some(group) = groups.get(*group) else { continue };
        let hears = |module: &&String| record.customer_id.is_some() || *module == Announcements::NAME;
        for module in group.snapshot.modules.iter().filter(hears) {
            news.entry((record.merchant_id, module)).or_default().push(record.id);
        }
    }
    if news.is_empty() {
        return Ok(());
    }
    let (mut merchants, mut modules, mut payloads) = (Vec::new(), Vec::new(), Vec::new());
    for ((merchant, module), purchases) in news {
        merchants.push(merchant.uuid());
        modules.push(module.to_owned());
        payloads.push(json!({ "purchases": purchases }).to_string());
    }
    sqlx::query(
        "INSERT INTO queue (module, merchant_id, payload)
         SELECT module, merchant_id, payload::jsonb
         FROM unnest($1::text[], $2::uuid[], $3::text[]) AS new (module, merchant_id, payload)",
    )
    .bind(modules)
    .bind(merchants)
    .bind(payloads)
    .execute(conn)
    .await?;
    Ok(())
}
