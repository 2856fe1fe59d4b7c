//! The way from a link that was followed to something that was given, in figures.

use chrono::{Days, NaiveDate};
use perennial_domain::access::Action;
use perennial_domain::calendar::local_date;
use perennial_domain::codes::ReferralCode;
use perennial_domain::ids::CustomerId;
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};

use super::statement;
use crate::cx::Cx;
use crate::engine::Engine;
use crate::error::Error;
use crate::stored::stored;

/// The longest time that is looked at, in days.
const DAYS_MAX: u16 = 366;
/// Advocates shown at most.
const ADVOCATES: i64 = 10;

/// One day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReferralDay {
    /// The merchant's local day.
    pub day: NaiveDate,
    /// How often links were followed.
    pub clicks: i64,
    /// How many friends came; rejected ones are not counted.
    pub registered: i64,
    /// For how many it was the day of the first purchase.
    pub qualified: i64,
    /// For how many something was given for the first time.
    pub rewarded: i64,
}

/// What one advocate has brought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdvocateFigures {
    /// Who.
    pub customer_id: CustomerId,
    /// What the customer is called.
    pub name: Option<String>,
    /// The code.
    pub code: ReferralCode,
    /// Whether the advocate is banned.
    pub is_banned: bool,
    /// How often the links were followed.
    pub clicks: i64,
    /// How many friends came; rejected ones are not counted.
    pub registered: i64,
    /// How many of these have bought.
    pub qualified: i64,
    /// For how many of these something was given.
    pub rewarded: i64,
}

/// A stretch of days and who brought most in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReferralFunnel {
    /// Day by day, the oldest first.
    pub days: Vec<ReferralDay>,
    /// At most ten, the best first.
    pub advocates: Vec<AdvocateFigures>,
    /// How many a person has to look at now.
    pub waiting: i64,
}

impl Engine {
    /// The funnel of the last so many days, today among them, 1 to 366.
    ///
    /// # Errors
    /// [`Error::Invalid`] at `/days`.
    pub async fn referral_funnel(&self, cx: &Cx, days: u16) -> Result<ReferralFunnel, Error> {
        cx.require(Action::ReferralsRead)?;
        if !(1..=DAYS_MAX).contains(&days) {
            let detail = format!("Must be between 1 and {DAYS_MAX}");
            return Err(Error::field("/days", "out_of_range", detail));
        }
        let merchant = cx.merchant();
        let zone = self.merchant_settings_in(self.db(), merchant).await?.time_zone;
        let today = local_date(self.now(merchant), zone);
        let first = today - Days::new(u64::from(days) - 1);
        let values =
            || [merchant.uuid().into(), first.into(), today.into(), zone.as_str().into()].into_iter();
        let rows = self.db().query_all_raw(statement(include_str!("sql/funnel_days.sql"), values())).await?;
        let days = rows.iter().map(|row| {
            Ok(ReferralDay {
                day: row.try_get("", "day")?,
                clicks: row.try_get("", "clicks")?,
                registered: row.try_get("", "registered")?,
                qualified: row.try_get("", "qualified")?,
                rewarded: row.try_get("", "rewarded")?,
            })
        });
        let days = days.collect::<Result<_, Error>>()?;
        let with_limit = values().chain([ADVOCATES.into()]);
        let rows =
            self.db().query_all_raw(statement(include_str!("sql/funnel_advocates.sql"), with_limit)).await?;
        let advocates = rows.iter().map(|row| {
            let code: String = row.try_get("", "code")?;
            Ok(AdvocateFigures {
                customer_id: CustomerId::from_uuid(row.try_get("", "customer_id")?),
                name: row.try_get("", "name")?,
                code: stored(ReferralCode::new(&code), "referral_codes.code")?,
                is_banned: row.try_get("", "is_banned")?,
                clicks: row.try_get("", "clicks")?,
                registered: row.try_get("", "registered")?,
                qualified: row.try_get("", "qualified")?,
                rewarded: row.try_get("", "rewarded")?,
            })
        });
        let advocates = advocates.collect::<Result<_, Error>>()?;
        Ok(ReferralFunnel { days, advocates, waiting: self.referral_waiting(cx).await? })
    }

    /// How many referrals a person has to look at.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn referral_waiting(&self, cx: &Cx) -> Result<i64, Error> {
        cx.require(Action::ReferralsRead)?;
        let sql = "SELECT count(*) AS waiting FROM referrals
                   WHERE merchant_id = $1 AND review = 'waiting' AND state IN ('registered', 'qualified')";
        let row = self.db().query_one_raw(statement(sql, [cx.merchant().uuid().into()])).await?;
        Ok(row.map_or(Ok(0), |row| row.try_get("", "waiting"))?)
    }
}
