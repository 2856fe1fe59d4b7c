//! Step 6: what buyers have lost by inactivity, set aside before their purchases count as activity. Only merchants with that
//! policy are asked about.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use perennial_domain::ids::{CustomerId, MerchantId};
use sqlx::{PgConnection, Row as _};
use uuid::Uuid;

use super::Failure;
use super::checks::{Buyer, Fresh};
use super::groups::Groups;
use crate::expiry::sliding::{Inactivity, SET_ASIDE};

/// Sets aside what is over of buyers whose balances are locked. Tells whether a balance was written: then its row is not where
/// it was.
pub(super) async fn set_aside(
    conn: &mut PgConnection,
    groups: &Groups<'_>,
    fresh: &[Fresh<'_>],
    now: DateTime<Utc>,
) -> Result<bool, Failure> {
    let mut moved = false;
    for (merchant, (inactivity, buyers)) in buyers(groups, fresh, now) {
        let buyers: Vec<Uuid> = buyers.into_iter().map(CustomerId::uuid).collect();
        let row = sqlx::query(SET_ASIDE)
            .bind(merchant.uuid())
            .bind(buyers)
            .bind(inactivity.zone)
            .bind(inactivity.months)
            .bind(inactivity.today)
            .bind(inactivity.now)
            .fetch_one(&mut *conn)
            .await?;
        moved |= row.try_get::<i64, _>("customers")? > 0;
    }
    Ok(moved)
}

/// Known buyers, by the merchants that count inactivity.
fn buyers(
    groups: &Groups<'_>,
    fresh: &[Fresh<'_>],
    now: DateTime<Utc>,
) -> BTreeMap<MerchantId, (Inactivity, BTreeSet<CustomerId>)> {
    let mut buyers: BTreeMap<MerchantId, (Inactivity, BTreeSet<CustomerId>)> = BTreeMap::new();
    for fresh in fresh {
        let customer = match fresh.buyer {
            Buyer::Known(customer) => customer,
            Buyer::Nobody | Buyer::New(_) => continue,
        };
        if let Some((_, known)) = buyers.get_mut(&fresh.merchant) {
            known.insert(customer);
            continue;
        }
        let settings = groups.get(fresh.group).map(|group| &group.snapshot.settings);
        if let Some(inactivity) = settings.and_then(|settings| Inactivity::of(settings, now)) {
            buyers.insert(fresh.merchant, (inactivity, BTreeSet::from([customer])));
        }
    }
    buyers
}
