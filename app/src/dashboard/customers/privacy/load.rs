//! What can be exported and erased of a customer, in words; and the file.

use super::super::super::clock;
use super::super::super::page::capitalised;
use super::super::super::session::{self, Staff};
use super::super::load::{known, name};
use super::dto::{Amounts, CustomerPrivacy, Erased};
use crate::error::PageError;
use crate::portal::customer_file;
use crate::state::AppState;
use crate::ui::grouped;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use http::HeaderMap;
use perennial_domain::access::Action;
use perennial_domain::ids::CustomerId;
use perennial_domain::settings::MerchantSettings;
use perennial_engine::privacy::{EraseInput, EraseReason, Erasure, Lost};
use std::collections::BTreeMap;

/// Everything for the page.
pub async fn read(id: &str) -> Result<CustomerPrivacy, PageError> {
    let Staff { cx, engine } = session::staff().await?;
    let id = known(&cx, &engine, id).await?;
    let customer = engine.customer_get(&cx, id).await?;
    let settings = engine.merchant_settings(&cx).await?;
    let (zone, now) = (settings.time_zone.tz(), engine.now(cx.merchant()));
    let may_erase = cx.may(Action::CustomersErase);
    let erasure = engine.customer_erasure(&cx, id).await?;
    let preview = match &erasure {
        None if may_erase => Some(engine.customer_erase_preview(&cx, id, EraseInput::default()).await?),
        _ => None,
    };
    Ok(CustomerPrivacy {
        id: id.to_string(),
        name: name(&customer),
        may_export: cx.may(Action::CustomersExport),
        may_erase,
        erased: erasure.map(|erasure| Erased {
            when: clock::day(erasure.erased_at, zone, now),
            by: capitalised(&erasure.by),
            reason: reason(erasure.reason).to_owned(),
            amounts: amounts(erasure, &settings),
        }),
        preview: preview.map(|preview| amounts(preview, &settings)),
    })
}

/// `GET /dashboard/customers/{id}/export.json`.
pub async fn export(State(state): State<AppState>, Path(id): Path<String>, headers: HeaderMap) -> Response {
    let cx = match state.staff_cx(&headers).await {
        Ok(cx) => cx,
        Err(error) => return error.into_response(),
    };
    match id.parse::<CustomerId>() {
        Ok(id) => customer_file(&state, &cx, id, &format!("customer-{id}.json")).await,
        Err(_) => PageError::NotFound.into_response(),
    }
}

const fn reason(reason: EraseReason) -> &'static str {
    match reason {
        EraseReason::Requested => "The customer has asked for it",
        EraseReason::Left => "The customer has left the program",
        EraseReason::Inactive => "Nobody had heard of the customer for long",
        EraseReason::Duplicate => "It was a second account of the same person",
        EraseReason::Other => "Another reason",
    }
}

fn amounts(erasure: Erasure, settings: &MerchantSettings) -> Amounts {
    Amounts {
        removed: counted(erasure.removed),
        kept: counted(erasure.kept),
        lost: lost(&erasure.lost, settings),
    }
}

/// `login_codes` is `Login codes`.
fn counted(rows: BTreeMap<String, i64>) -> Vec<(String, i64)> {
    rows.into_iter().map(|(what, count)| (capitalised(&what.replace('_', " ")), count)).collect()
}

fn lost(lost: &Lost, settings: &MerchantSettings) -> Vec<(String, String)> {
    let unit = capitalised(settings.points_name.as_str());
    let mut rows = Vec::new();
    for (what, number) in [
        (unit.clone(), lost.points),
        (format!("{unit}, pending"), lost.pending),
        (format!("{unit}, reserved"), lost.reserved),
        ("Vouchers".to_owned(), lost.vouchers),
        ("Rewards on the way".to_owned(), lost.awards),
    ] {
        if number != 0 {
            rows.push((what, grouped(number)));
        }
    }
    for wallet in &lost.cashback {
        rows.push(("Cashback".to_owned(), crate::format::money(wallet.amount, &wallet.currency)));
    }
    if let Some(tier) = &lost.tier {
        rows.push(("Tier".to_owned(), tier.clone()));
    }
    rows
}
