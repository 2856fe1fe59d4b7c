//! The lists of the document, each read by the operation that shows it elsewhere.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use perennial_domain::ids::{CustomerId, PurchaseId};
use perennial_domain::points::Remainder;
use sea_orm::{ConnectionTrait, QueryResult};
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::value;
use crate::cx::Cx;
use crate::engine::Engine;
use crate::error::Error;
use crate::page::{Page, PageRequest};
use crate::purchase_record::PurchaseAnswer;
use crate::purchases::{ClaimView, PurchaseFilter, PurchaseView, RetailerLabel};
use crate::returns::Return;
use crate::rewards::RedemptionFilter;
use crate::statement::statement;

/// A list of the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Section {
    Entries,
    Lots,
    Purchases,
    Adjustments,
    TierMoves,
    CashbackEntries,
    Redemptions,
    Vouchers,
    Awards,
    BroughtBy,
    Friends,
    Notifications,
    Letters,
    MessagePreferences,
    Merges,
}

impl Section {
    /// All of them, in the order of the document.
    pub const ALL: [Self; 15] = [
        Self::Entries,
        Self::Lots,
        Self::Purchases,
        Self::Adjustments,
        Self::TierMoves,
        Self::CashbackEntries,
        Self::Redemptions,
        Self::Vouchers,
        Self::Awards,
        Self::BroughtBy,
        Self::Friends,
        Self::Notifications,
        Self::Letters,
        Self::MessagePreferences,
        Self::Merges,
    ];

    /// What it is called in the document.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Entries => "entries",
            Self::Lots => "lots",
            Self::Purchases => "purchases",
            Self::Adjustments => "adjustments",
            Self::TierMoves => "tier_history",
            Self::CashbackEntries => "cashback_entries",
            Self::Redemptions => "redemptions",
            Self::Vouchers => "vouchers",
            Self::Awards => "awards",
            Self::BroughtBy => "brought_by",
            Self::Friends => "friends",
            Self::Notifications => "notifications",
            Self::Letters => "letters",
            Self::MessagePreferences => "message_preferences",
            Self::Merges => "merges",
        }
    }

    /// Whether what there was of an account that was merged stays under its own id. The rest is the customer's; entries are
    /// read of all accounts together.
    pub const fn stays(self) -> bool {
        matches!(self, Self::TierMoves | Self::CashbackEntries | Self::BroughtBy | Self::Notifications)
    }

    /// A page of it, of the account that reads.
    pub async fn page(self, engine: &Engine, own: &Cx, page: &PageRequest) -> Result<Page<Value>, Error> {
        let customer = own.require_customer()?;
        // What staff see of every customer, and a customer in other words, is read as the operator reads it.
        let system = Cx::system(own.merchant());
        match self {
            Self::Entries => values(engine.customer_entries(own, customer, None, page).await?),
            Self::Lots => values(engine.customer_lots(own, customer, page).await?),
            Self::Purchases => purchases(engine, &system, customer, page).await,
            Self::Adjustments => values(engine.adjustment_list(&system, customer, page).await?),
            Self::TierMoves => values(engine.customer_tier_moves(own, customer, page).await?),
            Self::CashbackEntries => values(engine.customer_cashback_entries(own, customer, page).await?),
            Self::Redemptions => {
                let filter = RedemptionFilter { customer: Some(customer), ..RedemptionFilter::default() };
                values(engine.redemption_list(own, &filter, page).await?)
            }
            Self::Vouchers => values(engine.customer_vouchers(own, customer, page).await?),
            Self::Awards => values(engine.customer_awards(own, customer, page).await?),
            Self::BroughtBy => engine.export_brought_by(own, customer).await,
            Self::Friends => values(engine.referral_friends(own, customer, page).await?),
            Self::Notifications => values(engine.notification_list(own, page).await?),
            Self::Letters => engine.export_letters(own, customer, page).await,
            Self::MessagePreferences => {
                let chosen = engine.message_preferences(own, customer).await?;
                values(Page { data: chosen.preferences, next: None })
            }
            Self::Merges => values(engine.customer_merges(&system, customer, page).await?),
        }
    }
}

/// A page of anything as a page of values.
fn values<T: Serialize>(page: Page<T>) -> Result<Page<Value>, Error> {
    let data = page.data.into_iter().map(value).collect::<Result<_, _>>()?;
    Ok(Page { data, next: page.next })
}

/// A purchase with its lines, how it was claimed and what was returned of it.
#[derive(Serialize)]
struct Bought<'r> {
    #[serde(flatten)]
    purchase: PurchaseAnswer<'r>,
    retailer: &'r RetailerLabel,
    business_date: NaiveDate,
    received_at: DateTime<Utc>,
    #[serde(skip_serializing_if = "Option::is_none")]
    claim: Option<&'r ClaimView>,
    returns: Vec<Return>,
}

impl<'r> Bought<'r> {
    fn new(view: &'r PurchaseView, returns: Vec<Return>) -> Self {
        Self {
            purchase: view.answer(),
            retailer: &view.retailer,
            business_date: view.record.business_date,
            received_at: view.record.received_at,
            claim: view.claim.as_ref(),
            returns,
        }
    }
}

async fn purchases(
    engine: &Engine,
    system: &Cx,
    customer: CustomerId,
    page: &PageRequest,
) -> Result<Page<Value>, Error> {
    let filter = PurchaseFilter { customer: Some(customer), ..PurchaseFilter::default() };
    let rows = engine.purchase_list(system, &filter, page).await?;
    let ids: Vec<PurchaseId> = rows.data.iter().map(|row| PurchaseId::from_uuid(row.id)).collect();
    let mut returns: BTreeMap<PurchaseId, Vec<Return>> = BTreeMap::new();
    for returned in engine.returns_of(system, &ids).await? {
        returns.entry(returned.purchase_id).or_default().push(returned);
    }
    let views = engine.purchases_get(system, &ids).await?;
    let views: BTreeMap<PurchaseId, PurchaseView> =
        views.into_iter().map(|view| (view.record.id, view)).collect();
    let mut data = Vec::with_capacity(ids.len());
    for id in ids {
        if let Some(view) = views.get(&id) {
            data.push(value(Bought::new(view, returns.remove(&id).unwrap_or_default()))?);
        }
    }
    Ok(Page { data, next: rows.next })
}

impl Engine {
    /// How the customer came to be a friend of somebody: one row at most, without who that is.
    async fn export_brought_by(&self, own: &Cx, customer: CustomerId) -> Result<Page<Value>, Error> {
        let sql = "SELECT code, came_by, state, registered_at, qualified_at, rewarded_at FROM referrals
                   WHERE merchant_id = $1 AND friend_id = $2";
        let key = [own.merchant().uuid().into(), customer.uuid().into()];
        let rows = self.db().query_all_raw(statement(sql, key)).await?;
        let row = |row: &QueryResult| {
            let at = |column: &str| row.try_get::<Option<DateTime<Utc>>>("", column);
            let text = |column: &str| row.try_get::<String>("", column);
            Ok(json!({
                "code": text("code")?,
                "came_by": text("came_by")?,
                "state": text("state")?,
                "registered_at": at("registered_at")?,
                "qualified_at": at("qualified_at")?,
                "rewarded_at": at("rewarded_at")?,
            }))
        };
        Ok(Page { data: rows.iter().map(row).collect::<Result<_, Error>>()?, next: None })
    }

    /// Letters of the last 30 days, the newest first.
    async fn export_letters(
        &self,
        own: &Cx,
        customer: CustomerId,
        page: &PageRequest,
    ) -> Result<Page<Value>, Error> {
        let sql = "SELECT id, recipient, subject, body_text, created_at, sent_at FROM mail
                   WHERE merchant_id = $1 AND customer_id = $2 AND ($3::uuid IS NULL OR id < $3)
                   ORDER BY id DESC LIMIT $4";
        let after: Option<Uuid> = page.after()?;
        let values =
            [own.merchant().uuid().into(), customer.uuid().into(), after.into(), page.probe().into()];
        let rows = self.db().query_all_raw(statement(sql, values)).await?;
        let row = |row: &QueryResult| {
            let id: Uuid = row.try_get("", "id")?;
            let (to, subject, body): (String, String, String) =
                (row.try_get("", "recipient")?, row.try_get("", "subject")?, row.try_get("", "body_text")?);
            let created_at: DateTime<Utc> = row.try_get("", "created_at")?;
            let sent_at: Option<DateTime<Utc>> = row.try_get("", "sent_at")?;
            let letter = json!({
                "to": to,
                "subject": subject,
                "text": body,
                "written_at": created_at,
                "sent_at": sent_at,
            });
            Ok((id, letter))
        };
        let rows = rows.iter().map(row).collect::<Result<Vec<_>, Error>>()?;
        Ok(page.page(rows, |(id, _)| *id).map(|(_, letter)| letter))
    }

    /// What promotions carry over, in points with the fractions that rounding left.
    pub(super) async fn export_carried_over(
        &self,
        own: &Cx,
        customer: CustomerId,
    ) -> Result<Vec<Value>, Error> {
        let sql = "SELECT promotion_id, remainder FROM carried_remainders
                   WHERE merchant_id = $1 AND customer_id = $2 AND remainder <> 0 ORDER BY promotion_id";
        let key = [own.merchant().uuid().into(), customer.uuid().into()];
        let rows = self.db().query_all_raw(statement(sql, key)).await?;
        let row = |row: &QueryResult| {
            let (promotion, remainder): (Uuid, i64) =
                (row.try_get("", "promotion_id")?, row.try_get("", "remainder")?);
            Ok(json!({ "promotion_id": promotion, "points": Remainder::from_billionths(remainder) }))
        };
        rows.iter().map(row).collect()
    }

    /// Whether others may see the customer on leaderboards.
    pub(super) async fn export_is_shown(&self, own: &Cx, customer: CustomerId) -> Result<bool, Error> {
        let sql = "SELECT FROM leaderboard_hidden WHERE merchant_id = $1 AND customer_id = $2";
        let key = [own.merchant().uuid().into(), customer.uuid().into()];
        Ok(self.db().query_one_raw(statement(sql, key)).await?.is_none())
    }
}
