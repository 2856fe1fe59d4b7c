//! The settings, ready for the form.

use crate::error::PageError;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// The settings as the form shows them, and what there is to choose from.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SettingsPageData {
    /// The name of the merchant.
    pub name: String,
    /// Its word for points.
    pub points_name: String,
    /// Its colour, or nothing.
    pub brand_color: String,
    /// Its IANA zone.
    pub time_zone: String,
    /// Its country, or nothing.
    pub default_country: String,
    /// The address of its portal.
    pub portal: String,
    /// Its currency.
    pub currency: String,
    /// How fractions of a point are rounded.
    pub rounding: String,
    /// Whether what that leaves is kept for the customer's next purchase.
    pub carry_over: bool,
    /// So many points …
    pub value_points: String,
    /// … are worth this much.
    pub value_amount: String,
    /// What happens to a purchase of somebody unknown.
    pub unknown_customer: String,
    /// Days to claim a purchase.
    pub claim_days: u16,
    /// Days that a purchase may be late.
    pub accepted_lateness_days: u16,
    /// What happens when points are taken back that were spent.
    pub return_policy: String,
    /// Days that points wait.
    pub pending_days: u16,
    /// When points expire.
    pub expiry: ExpiryFields,
    /// How cashback offers meet on one purchase.
    pub cashback_mode: String,
    /// The sites whose pages may call the API, one a line.
    pub allowed_origins: String,
    /// Every currency.
    pub currencies: Vec<String>,
    /// Every IANA zone.
    pub zones: Vec<String>,
    /// Every rounding, and what it does.
    pub roundings: Vec<(String, String)>,
    /// Whether who looks may change anything.
    pub may_edit: bool,
}

/// When points expire, as the form has it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct ExpiryFields {
    /// `never`, `after_months`, `calendar`, `inactivity`.
    pub kind: String,
    /// After how many months, or nothing.
    pub months: String,
    /// Whether they last to the end of the month.
    pub month_end: bool,
    /// The days of every year, with commas between them.
    pub dates: String,
    /// How many months old they must be on such a day, or nothing.
    pub held_months: String,
    /// The policy as a sentence.
    pub text: String,
}

/// Reads the settings.
#[server(prefix = "/rpc/dashboard", endpoint = "settings")]
pub async fn read_settings() -> Result<SettingsPageData, PageError> {
    use crate::dashboard::session::{Staff, staff};
    use crate::dashboard::{money, page::capitalised};
    use perennial_domain::access::Action;
    use perennial_domain::money::Currency;
    use perennial_domain::points::Rounding;

    let Staff { cx, engine } = staff().await?;
    let base_url = crate::session::app_state()?.config.base_url;
    let settings = engine.merchant_settings(&cx).await?;
    let slug = engine.snapshot(&cx).await?.slug.clone();
    let text = |value: Option<String>| value.unwrap_or_default();
    Ok(SettingsPageData {
        name: settings.name.to_string(),
        points_name: settings.points_name.to_string(),
        brand_color: text(settings.brand_color.as_ref().map(ToString::to_string)),
        time_zone: settings.time_zone.as_str().to_owned(),
        default_country: text(settings.default_country.as_ref().map(ToString::to_string)),
        portal: format!("{base_url}/p/{slug}"),
        currency: settings.currency.to_string(),
        rounding: settings.rounding.as_str().to_owned(),
        carry_over: settings.carry_over,
        value_points: text(settings.point_value.map(|value| value.points.get().to_string())),
        value_amount: text(
            settings.point_value.map(|value| money::plain(value.amount.get(), settings.currency)),
        ),
        unknown_customer: settings.unknown_customer.as_str().to_owned(),
        claim_days: settings.claim_days,
        accepted_lateness_days: settings.accepted_lateness_days,
        return_policy: settings.return_policy.as_str().to_owned(),
        pending_days: settings.pending_days,
        expiry: super::expiry::fields(&settings.expiry),
        cashback_mode: settings.cashback_mode.as_str().to_owned(),
        allowed_origins: settings
            .allowed_origins
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join("\n"),
        currencies: Currency::all().map(|currency| currency.to_string()).collect(),
        zones: perennial_domain::codes::Zone::names().into_iter().map(str::to_owned).collect(),
        roundings: Rounding::ALL
            .iter()
            .map(|way| (way.as_str().to_owned(), capitalised(way.text())))
            .collect(),
        may_edit: cx.may(Action::SettingsWrite),
    })
}
