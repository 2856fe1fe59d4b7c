//! When points expire, between the form and the settings.

use super::super::posted::Posted;
use super::super::reading::Reading;
use super::api::ExpiryFields;
use perennial_domain::expiry::{ExpiryPolicy, MonthDay};

/// The policy as the form has it.
pub fn fields(policy: &ExpiryPolicy) -> ExpiryFields {
    let empty =
        ExpiryFields { kind: policy.kind().to_owned(), text: policy.text(), ..ExpiryFields::default() };
    match policy {
        ExpiryPolicy::Never {} => empty,
        ExpiryPolicy::AfterMonths { months, month_end } => {
            ExpiryFields { months: months.to_string(), month_end: *month_end, ..empty }
        }
        ExpiryPolicy::Calendar { dates, held_months } => ExpiryFields {
            dates: dates.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
            held_months: held_months.to_string(),
            ..empty
        },
        ExpiryPolicy::Inactivity { months } => ExpiryFields { months: months.to_string(), ..empty },
    }
}

/// The policy that was chosen; nothing when the form had none, or when it cannot be read. Fields of other policies do not
/// count, whatever is in them.
pub fn policy(posted: &Posted, reading: &mut Reading<'_>) -> Option<ExpiryPolicy> {
    let number =
        |field: &str| posted.text(field).parse::<u16>().map_err(|_| "Type a number of months, such as 12");
    let policy = match posted.given("expiry.kind")? {
        "never" => ExpiryPolicy::NEVER,
        "after_months" => ExpiryPolicy::AfterMonths {
            months: reading.keep("expiry.months", number("expiry.months"))?,
            month_end: posted.given("expiry.month_end").is_some(),
        },
        "calendar" => {
            let dates = posted.text("expiry.dates").split(',').map(str::trim).filter(|day| !day.is_empty());
            let dates: Result<Vec<MonthDay>, _> = dates.map(str::parse).collect();
            let dates = reading.keep("expiry.dates", dates);
            let held_months = match posted.given("expiry.held_months") {
                None => Some(0),
                Some(_) => reading.keep("expiry.held_months", number("expiry.held_months")),
            };
            ExpiryPolicy::Calendar { dates: dates?, held_months: held_months? }
        }
        "inactivity" => {
            ExpiryPolicy::Inactivity { months: reading.keep("expiry.months", number("expiry.months"))? }
        }
        _ => return reading.keep("expiry.kind", Err("Choose one of these")),
    };
    Some(policy)
}
