//! The forms of the page about the customer: telling the birthday, and signing out everywhere else.

use crate::form::FormState;
use crate::portal::posted::{Posted, missing};
use crate::state::AppState;
use axum::extract::{Request, State};
use axum::response::Response;
use perennial_domain::birthday::Birthday;
use perennial_engine::Error;
use serde::Deserialize;

/// What the button says that signs out everywhere else.
pub(super) const SIGN_OUT: &str = "sign-out-elsewhere";

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Sent {
    /// Which form it is: that of the birthday says nothing.
    r#do: String,
    day: String,
    month: String,
    year: String,
}

/// `POST /p/{slug}/you`. Sending the same again changes nothing.
pub(crate) async fn submit(State(state): State<AppState>, request: Request) -> Result<Response, Response> {
    let (posted, sent) = Posted::read::<Sent>(state, request).await?;
    let sent = sent.unwrap_or_default();
    if sent.r#do == SIGN_OUT {
        return sign_out_elsewhere(posted).await;
    }
    let (field, text) = match read(&sent) {
        Ok(birthday) => match posted.state.engine.birthday_set(&posted.cx, posted.customer, birthday).await {
            Ok(_) => return Ok(posted.to("you?done=birthday")),
            Err(error) => refusal(&error),
        },
        Err(refused) => refused,
    };
    let Sent { day, month, year, .. } = sent;
    let form = FormState::sent([("day", day), ("month", month), ("year", year)]).refuse(field, text);
    Ok(posted.again(form).await)
}

/// Ends the sessions of other browsers and of apps; this one stays.
async fn sign_out_elsewhere(posted: Posted) -> Result<Response, Response> {
    let slug = &posted.merchant.slug;
    let here = posted.state.sessions.portal_hash(slug, &posted.parts.headers).ok_or_else(missing)?;
    match posted.state.engine.customer_sign_out_elsewhere(&posted.cx, posted.customer, &here).await {
        Ok(()) => Ok(posted.to("you?done=signed-out")),
        Err(error) => {
            tracing::error!(?error, "a customer was not signed out elsewhere");
            let form = FormState::default().refuse("", "This did not work just now. Please try again.");
            Ok(posted.again(form).await)
        }
    }
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
        let sent =
            Sent { day: day.to_owned(), month: month.to_owned(), year: year.to_owned(), ..Sent::default() };
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
