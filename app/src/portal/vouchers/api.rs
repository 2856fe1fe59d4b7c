//! What the pages of vouchers ask the server for.

use super::dto::{VoucherView, VouchersView};
use crate::error::PageError;
use leptos::prelude::*;

/// A page of what the customer who is signed in has had for points, behind the entry `after`.
#[server(prefix = "/rpc/portal", endpoint = "vouchers", output = crate::rpc::TextJson)]
pub async fn vouchers(
    slug: String,
    #[server(default)] after: Option<String>,
) -> Result<VouchersView, PageError> {
    use super::words;
    use crate::portal::rewards::words::shelf;
    use crate::session::{app_state, portal_customer};
    use perennial_engine::PageRequest;

    /// Entries on a page.
    const PAGE: u32 = 20;

    let cx = portal_customer(&slug).await?;
    let engine = app_state()?.engine;
    let id = cx.require_customer()?;
    let shelf = shelf(&engine, &cx).await?;
    let page = engine.customer_rewards(&cx, id, &PageRequest::new(Some(PAGE), after)?).await?;
    let now = engine.now(cx.merchant());
    let (open, over): (Vec<_>, Vec<_>) = page.data.iter().partition(|had| had.is_open);
    let cards = |rows: Vec<_>| rows.into_iter().map(|had| words::card(&shelf, had, now)).collect();
    Ok(VouchersView { open: cards(open), over: cards(over), next: page.next })
}

/// One thing that the customer who is signed in has had, by its redemption or, when it was given, its voucher.
#[server(prefix = "/rpc/portal", endpoint = "voucher", output = crate::rpc::TextJson)]
pub async fn voucher(slug: String, voucher: String) -> Result<VoucherView, PageError> {
    use super::words;
    use crate::portal::card::code::qr;
    use crate::portal::rewards::words::shelf;
    use crate::session::{app_state, portal_customer};

    let cx = portal_customer(&slug).await?;
    let engine = app_state()?.engine;
    let customer = cx.require_customer()?;
    let id = voucher.parse().map_err(|_| PageError::NotFound)?;
    let had = engine.customer_reward(&cx, customer, id).await?;
    let steps = match had.redemption_id {
        Some(id) => engine.redemption_get(&cx, id).await?.steps,
        None => Vec::new(),
    };
    let shelf = shelf(&engine, &cx).await?;
    let points = engine.customer_points(&cx, &customer.into()).await?.points;
    let now = engine.now(cx.merchant());
    let code = had.code.as_deref().filter(|_| had.is_open).map(qr).transpose()?;
    Ok(VoucherView {
        href: shelf.path(&format!("vouchers/{}", had.id)),
        worth: words::worth(&shelf, &had),
        state: words::state(&shelf, &had, now),
        is_open: had.is_open,
        code,
        how: words::how(&had, shelf.settings().name.as_str()),
        stages: words::stages(&shelf, &had, &steps, now),
        facts: words::facts(&shelf, &had, now),
        purchase: had
            .purchase_id
            .filter(|_| had.used_at.is_some())
            .map(|id| shelf.path(&format!("activity/{id}"))),
        give_back: had.points.filter(|_| words::can_give_back(&had)).map(|points| shelf.points(points)),
        points: shelf.points(points),
        name: had.name,
        description: had.description,
    })
}
