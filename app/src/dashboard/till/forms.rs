//! The smaller forms of the till: its store, joining, undoing a sale, a refund.

use super::dto::SaleAsked;
use super::load::undo_seconds;
use super::{REFUND, TILL, door};
use crate::dashboard::flash::done;
use crate::dashboard::posted::{Posted, one, same_name};
use crate::dashboard::purchases::returning_form::shown_or_booked;
use crate::error::PageError;
use crate::state::AppState;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use perennial_domain::access::Action;
use perennial_domain::ids::{PurchaseId, RetailerId};
use perennial_domain::returns::ReturnInput;
use perennial_engine::Error;
use perennial_engine::customers::NewCustomer;

/// What is said when a sale is too old to be undone.
const TOO_LATE: &str = "The minute is over. Bring it back as a refund.";

/// Chooses the store of this device.
pub async fn choose(State(state): State<AppState>, request: Request) -> Result<Response, Response> {
    let posted = Posted::allowed(state, request, Action::TillPage).await?;
    let snapshot = match posted.engine().snapshot(&posted.cx).await {
        Ok(snapshot) => snapshot,
        Err(error) => return Err(PageError::from(error).into_response()),
    };
    let known = posted.text("store").parse::<RetailerId>().ok().and_then(|id| snapshot.retailers.by_id(id));
    match known.filter(|retailer| !retailer.archived) {
        Some(store) => Ok(door::choose(posted.state(), store.id)),
        None => Err(posted.missing()),
    }
}

/// Makes somebody a member, or finds who is one, and goes on with the sale.
pub async fn join(State(state): State<AppState>, request: Request) -> Result<Response, Response> {
    let (posted, till) = door::posted(state, request).await?;
    if posted.given("phone").is_none() {
        return Ok(posted.again(one("phone", "Type the phone number")).await);
    }
    let given = |name: &str| posted.given(name).map(str::to_owned);
    let new = NewCustomer {
        name: given("name"),
        phone: given("phone"),
        email: given("email"),
        ..NewCustomer::default()
    };
    match till.engine.customer_create(&till.cx, new).await {
        Ok(created) => {
            let next = SaleAsked::address(posted.text("amount"), &created.customer.id.to_string());
            Ok(Redirect::to(&next).into_response())
        }
        Err(error) => Ok(posted.refuse(error, same_name).await),
    }
}

/// Undoes a sale: returns everything, once, as long as it is fresh.
pub async fn undo(
    State(state): State<AppState>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Response> {
    let (posted, till) = door::posted(state, request).await?;
    let Ok(purchase) = id.parse::<PurchaseId>() else { return Err(posted.missing()) };
    let view = match till.engine.purchase_get(&till.cx, purchase).await {
        Ok(view) => view,
        Err(error) => return Ok(posted.refuse(error, same_name).await),
    };
    if view.returned.is_some_and(|returned| returned.complete) {
        // Sent twice: it is undone.
        return Ok(Redirect::to(TILL).into_response());
    }
    if undo_seconds(&view, till.engine.now(till.cx.merchant())).is_none() {
        return Ok(posted.again(one("", TOO_LATE)).await);
    }
    // The same name for everybody who undoes it: it comes back once.
    let input = ReturnInput { return_id: "undo".to_owned(), ..ReturnInput::default() };
    let checked = match input.check() {
        Ok(checked) => checked,
        Err(errors) => return Ok(posted.refuse(Error::Invalid(errors), same_name).await),
    };
    match till.engine.return_purchase(&till.cx, purchase, &checked, false).await {
        Ok(_) => Ok(done(TILL, "undone").into_response()),
        Err(error) => Ok(posted.refuse(error, same_name).await),
    }
}

/// Shows what a return of a purchase of this store would take back, or books it.
pub async fn refund(
    State(state): State<AppState>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Response> {
    let (posted, _) = door::posted(state, request).await?;
    let Ok(purchase) = id.parse::<PurchaseId>() else { return Err(posted.missing()) };
    Ok(shown_or_booked(posted, purchase, REFUND).await)
}
