//! The form by which a customer tells the birthday.

use crate::form::FormState;
use crate::portal::merchant::PortalMerchant;
use crate::session::SignedIn;
use crate::shell::{App, render_form};
use crate::state::AppState;
use axum::Form;
use axum::extract::{FromRequest, Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::{Method, StatusCode};
use perennial_domain::birthday::Birthday;
use perennial_engine::Error;
use serde::Deserialize;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Sent {
    day: String,
    month: String,
    year: String,
}

/// `POST /p/{slug}/you`. Sending the same again changes nothing.
pub(crate) async fn submit(State(state): State<AppState>, request: Request) -> Response {
    let (mut parts, body) = request.into_parts();
    let (Some(SignedIn { cx, .. }), Some(merchant)) =
        (parts.extensions.get().cloned(), parts.extensions.get::<PortalMerchant>().cloned())
    else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let whole = Request::from_parts(parts.clone(), body);
    let Form(sent) = Form::<Sent>::from_request(whole, &state).await.unwrap_or_default();
    let Some(customer) = cx.customer() else { return StatusCode::NOT_FOUND.into_response() };
    let (field, text) = match read(&sent) {
        Ok(birthday) => match state.engine.birthday_set(&cx, customer, birthday).await {
            Ok(_) => return Redirect::to(&merchant.path("you?done=birthday")).into_response(),
            Err(error) => refusal(&error),
        },
        Err(refused) => refused,
    };
    let Sent { day, month, year } = sent;
    let form = FormState::sent([("day", day), ("month", month), ("year", year)]).refuse(field, text);
    // The page is rendered as if it had been asked for.
    parts.method = Method::GET;
    render_form(&state, App::Portal, parts, form).await
}

fn read(sent: &Sent) -> Result<Birthday, (&'static str, &'static str)> {
    let number = |text: &str| text.trim().parse::<u16>().ok();
    let day = number(&sent.day).ok_or(("day", "Type the day as a number, such as 17."))?;
    let month = number(&sent.month).ok_or(("month", "Choose the month."))?;
    let year = match sent.year.trim() {
        "" => None,
        text => Some(number(text).ok_or(("year", "Type all four digits, such as 1990, or leave it empty."))?),
    };
    Birthday::of(year, month, day).ok_or(match Birthday::of(None, month, day) {
        Some(_) if year.is_some_and(|year| year < 1900) => ("year", "Type all four digits, such as 1990."),
        Some(_) => ("day", "That year had no such day. Please check it."),
        None => ("day", "There is no such day. Please check day and month."),
    })
}

/// Which field a refusal belongs to, and what to tell the customer.
fn refusal(error: &Error) -> (&'static str, &'static str) {
    match error {
        Error::Invalid(_) => ("year", "This lies in the future. Please check it."),
        Error::Conflict { .. } => ("", "Your birthday is noted already. The shop can correct it."),
        error => {
            tracing::error!(?error, "a birthday was not noted");
            ("", "This did not work just now. Please try again.")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(day: &str, month: &str, year: &str) -> Result<String, &'static str> {
        let sent = Sent { day: day.to_owned(), month: month.to_owned(), year: year.to_owned() };
        read(&sent).map(|birthday| birthday.to_string()).map_err(|(field, _)| field)
    }

    #[test]
    fn the_three_fields_are_one_day() {
        assert_eq!(sent("17", "5", "").as_deref(), Ok("05-17"));
        assert_eq!(sent(" 7 ", "5", "1990").as_deref(), Ok("1990-05-07"));
        assert_eq!(sent("29", "2", "").as_deref(), Ok("02-29"));
        let wrong = [
            ("29", "2", "1990", "day"),
            ("31", "4", "", "day"),
            ("", "4", "", "day"),
            ("1", "", "", "month"),
            ("1", "4", "90", "year"),
            ("1", "4", "last", "year"),
        ];
        for (day, month, year, field) in wrong {
            assert_eq!(sent(day, month, year), Err(field), "{day} {month} {year}");
        }
    }
}
