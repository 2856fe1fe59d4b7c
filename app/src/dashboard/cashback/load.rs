//! Offers from the engine, in words.

use super::super::clock;
use super::super::csv::{Cell, Csv};
use super::super::format::day_of_year;
use super::super::load::{StateSearch, chosen, searched};
use super::super::session::{self, Staff};
use super::dto::{Known, OfferForm, OfferList, OfferRow, State};
use super::fields;
use crate::error::PageError;
use axum::extract::Query;
use axum::response::Response;
use perennial_domain::access::Action;
use perennial_domain::cashback::{CashbackMode, OfferInput};
use perennial_domain::promotion::parse_local;
use perennial_engine::cashback::{CashbackOffer, OfferFilter, OfferState};
use perennial_engine::products::ProductFilter;
use perennial_engine::{Cx, Engine, LIMIT_MAX, PageRequest, fingerprint};

impl From<OfferState> for State {
    fn from(state: OfferState) -> Self {
        match state {
            OfferState::Scheduled => Self::Scheduled,
            OfferState::Active => Self::Active,
            OfferState::Paused => Self::Paused,
            OfferState::Over => Self::Over,
            OfferState::Archived => Self::Archived,
        }
    }
}

fn filter(q: &str, state: &str) -> Result<OfferFilter, PageError> {
    Ok(OfferFilter { search: searched(q), state: chosen(state, "state")?, with_archived: false })
}

/// A page of the list.
pub async fn list(q: &str, state: &str, after: String) -> Result<OfferList, PageError> {
    let Staff { cx, engine } = session::staff().await?;
    let mode = engine.merchant_settings(&cx).await?.cashback_mode;
    let page =
        engine.cashback_offer_list(&cx, &filter(q, state)?, &PageRequest::new(None, Some(after))?).await?;
    let page = page.map(row);
    Ok(OfferList {
        rows: page.data,
        next: page.next,
        best_only: mode == CashbackMode::Best,
        may_edit: cx.may(Action::PromotionsWrite),
    })
}

fn row(offer: CashbackOffer) -> OfferRow {
    OfferRow {
        id: offer.id.to_string(),
        state: offer.state.into(),
        summary: offer.summary,
        percentage: format!("{}%", fields::percents(&offer.terms.percentage)),
        dates: dates(&offer.terms),
        name: offer.terms.name,
    }
}

/// `Always`, `From May 1, 2026`, `Until …`, `May 1, 2026 – May 28, 2026`.
fn dates(terms: &OfferInput) -> String {
    let day =
        |local: &Option<String>| local.as_deref().and_then(parse_local).map(|at| day_of_year(at.date()));
    match (day(&terms.starts_at), day(&terms.expires_at)) {
        (None, None) => "Always".to_owned(),
        (Some(from), None) => format!("From {from}"),
        (None, Some(to)) => format!("Until {to}"),
        (Some(from), Some(to)) => format!("{from} – {to}"),
    }
}

/// The form of a new offer, or of one.
pub async fn form(id: Option<&str>) -> Result<OfferForm, PageError> {
    let Staff { cx, engine } = session::staff().await?;
    let offer = match id {
        Some(id) => {
            let id = id.parse().map_err(|_| PageError::NotFound)?;
            Some(engine.cashback_offer_get(&cx, id).await?)
        }
        None => {
            cx.require(Action::PromotionsWrite)?;
            None
        }
    };
    let settings = engine.merchant_settings(&cx).await?;
    let now = engine.now(cx.merchant());
    let seen = offer.as_ref().map(|offer| fingerprint(&offer.terms)).transpose()?.unwrap_or_default();
    let known = offer.as_ref().map(|offer| Known {
        id: offer.id.to_string(),
        name: offer.terms.name.clone(),
        seen,
        state: offer.state.into(),
        version: format!(
            "Version {}, since {}.",
            offer.version,
            clock::moment(offer.changed_at, settings.time_zone.tz(), now)
        ),
    });
    let is_open = offer.as_ref().is_none_or(|offer| offer.state != OfferState::Archived);
    let input = offer.map(|offer| offer.terms).unwrap_or_default();
    Ok(OfferForm {
        known,
        values: fields::values(input, settings.currency),
        things: things(&engine, &cx).await?,
        currency: settings.currency,
        time_zone: settings.time_zone.as_str().to_owned(),
        best_only: settings.cashback_mode == CashbackMode::Best,
        may_edit: is_open && cx.may(Action::PromotionsWrite),
        once: uuid::Uuid::now_v7().to_string(),
    })
}

/// What an offer may be about: every category, and the tags and skus of the first products. Others can be typed.
async fn things(engine: &Engine, cx: &Cx) -> Result<Vec<(String, String)>, PageError> {
    let categories = engine.product_categories(cx).await?;
    let page = PageRequest::new(Some(LIMIT_MAX.into()), None)?;
    let products = engine.product_list(cx, &ProductFilter::default(), &page).await?.data;
    let mut tags: Vec<&String> = products.iter().flat_map(|product| &product.tags).collect();
    tags.sort_unstable();
    tags.dedup();
    let categories = categories.iter().map(|name| (format!("category:{name}"), "a category".to_owned()));
    let tags = tags.into_iter().map(|tag| (format!("tag:{tag}"), "a tag".to_owned()));
    let skus = products.iter().map(|product| (product.sku.clone(), product.name.clone()));
    Ok(categories.chain(tags).chain(skus).collect())
}

/// The list as CSV, every page of it.
pub async fn csv(staff: Staff, Query(query): Query<StateSearch>) -> Result<Response, PageError> {
    let file = Csv {
        name: "cashback-offers",
        columns: &[
            "id",
            "name",
            "state",
            "version",
            "percentage",
            "products",
            "starts_at",
            "expires_at",
            "cap_per_purchase",
            "cap_per_month",
            "pending_days",
            "valid_days",
            "summary",
        ],
    };
    file.of(
        staff,
        filter(&query.q, &query.state)?,
        |staff, filter, page| Box::pin(staff.engine.cashback_offer_list(&staff.cx, filter, page)),
        cells,
    )
    .await
}

fn cells(offer: CashbackOffer) -> Vec<Cell> {
    let number = |number: Option<i64>| number.map_or_else(|| Cell::from(""), Cell::from);
    let CashbackOffer { id, state, version, summary, terms, .. } = offer;
    vec![
        id.to_string().into(),
        terms.name.into(),
        state.as_str().into(),
        i64::from(version).into(),
        terms.percentage.into(),
        terms.products.join(", ").into(),
        terms.starts_at.into(),
        terms.expires_at.into(),
        number(terms.cap_per_purchase),
        number(terms.cap_per_month),
        number(terms.pending_days),
        number(terms.valid_days),
        summary.into(),
    ]
}
