//! Birthdays: what may be written, and on which day they are celebrated.

use chrono::NaiveDate;
use perennial_domain::birthday::{Birthday, celebrating};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn born(text: &str) -> Birthday {
    Birthday::new(text).unwrap()
}

#[test]
fn a_birthday_is_a_month_and_a_day_and_the_year_of_those_who_tell_it() {
    for text in ["05-17", "1990-05-17", "02-29", "2000-02-29", "12-31"] {
        let birthday = born(text);
        assert_eq!(birthday.to_string(), text);
        let year = birthday.year().map(|year| i16::try_from(year).unwrap());
        assert_eq!(Birthday::stored(birthday.key(), year), Some(birthday));
        assert_eq!(serde_json::from_value::<Birthday>(text.into()).unwrap(), birthday);
        assert_eq!(serde_json::to_value(birthday).unwrap(), text);
    }
    assert_eq!(born(" 05-17 "), born("05-17"));
    let wrong = [
        "",
        "17",
        "5-17",
        "05-32",
        "13-01",
        "02-30",
        "1900-02-29",
        "1899-12-31",
        "90-05-17",
        "05/17",
        "05-1x",
        "1990-05-17-1",
        "+5-17",
    ];
    for text in wrong {
        assert!(Birthday::new(text).is_err(), "{text:?}");
    }
}

#[test]
fn the_29th_of_february_is_the_28th_where_there_is_none() {
    assert_eq!(celebrating(day("2027-02-28")), [228, 229]);
    assert_eq!(celebrating(day("2028-02-28")), [228]);
    assert_eq!(celebrating(day("2028-02-29")), [229]);
    assert_eq!(celebrating(day("2027-12-31")), [1231]);
    let leap = born("2000-02-29");
    assert!(leap.is_on(day("2027-02-28")) && !leap.is_on(day("2027-03-01")));
    assert!(leap.is_on(day("2028-02-29")) && !leap.is_on(day("2028-02-28")));
}

/// Everybody celebrates once a year, whatever the year.
#[test]
fn every_birthday_comes_once_a_year() {
    for year in [2027, 2028, 2100] {
        let mut days = Vec::new();
        let mut date = NaiveDate::from_ymd_opt(year, 1, 1).unwrap();
        while date.to_string().starts_with(&year.to_string()) {
            days.extend(celebrating(date));
            date = date.succ_opt().unwrap();
        }
        assert_eq!(days.len(), 366, "{year}");
        days.sort_unstable();
        days.dedup();
        assert_eq!(days.len(), 366, "{year}");
    }
}

#[test]
fn nobody_is_born_tomorrow() {
    let today = day("2026-11-21");
    assert!(born("2026-11-21").is_born_by(today) && !born("2026-11-22").is_born_by(today));
    assert!(born("11-22").is_born_by(today), "the year is not known");
}
