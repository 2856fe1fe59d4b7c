//! The letter that warns of points that are about to expire.

use chrono::NaiveDate;
use perennial_domain::codes::Email;
use perennial_domain::ids::CustomerId;
use perennial_domain::settings::MerchantSettings;

use crate::mail::NewMail;

/// Says how many points can be spent until when.
pub(super) fn warning(
    settings: &MerchantSettings,
    (customer, recipient): (CustomerId, Email),
    points: i64,
    expires_on: NaiveDate,
) -> NewMail {
    let (merchant, name) = (&settings.name, &settings.points_name);
    let (points, day) = (grouped(points), expires_on.format("%-d %B %Y"));
    NewMail {
        customer: Some(customer),
        recipient,
        subject: format!("{points} {name} at {merchant} expire on {day}"),
        body: format!(
            "Hello,\n\nyou have {points} {name} at {merchant} that can be spent until the end of {day}. After that they \
             are gone.\n\nWhat you have and what you can get for it is on your page of the program.\n\n{merchant}\n"
        ),
    }
}

/// `12,345`.
fn grouped(number: i64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_says_how_many_until_when() {
        let settings = MerchantSettings::new(
            "Corner".parse().unwrap(),
            "EUR".parse().unwrap(),
            "Europe/Berlin".parse().unwrap(),
            "beans".parse().unwrap(),
        );
        let day = NaiveDate::from_ymd_opt(2028, 2, 29).unwrap();
        let ada = (CustomerId::new(1, [1; 10]), "ada@example.com".parse().unwrap());
        let letter = warning(&settings, ada, 1_234_567, day);
        assert_eq!(letter.subject, "1,234,567 beans at Corner expire on 29 February 2028");
        assert!(letter.body.contains("until the end of 29 February 2028"), "{}", letter.body);
        assert_eq!([grouped(0), grouped(999), grouped(1_000)], ["0", "999", "1,000"]);
    }
}
