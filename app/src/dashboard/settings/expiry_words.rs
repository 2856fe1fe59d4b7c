//! What another expiry policy would do, from the engine, in words.

use super::expiry_change::{ChangeWords, MoveWords};
use crate::ui::grouped;
use chrono::NaiveDate;
use perennial_engine::expiry::{ExistingPoints, ExpiryChange, Held};

/// The preview in words; `unit` is the merchant's word for points.
pub fn words(change: &ExpiryChange, unit: &str) -> ChangeWords {
    let until = |day: Option<NaiveDate>| {
        day.map_or_else(|| "never expire".to_owned(), |day| format!("until {}", crate::format::date(day)))
    };
    let month = |day: Option<NaiveDate>| {
        day.map_or_else(|| "Never".to_owned(), |day| day.format("%B %Y").to_string())
    };
    let moves = change.existing.iter().flat_map(|existing| &existing.moves);
    ChangeWords {
        policy: (change.before.clone(), change.after.clone()),
        earned_today: (until(change.earned_today_before), until(change.earned_today_after)),
        existing: change.existing.as_ref().map_or_else(uncounted, |existing| sentences(existing, unit)),
        moves: moves
            .map(|moved| MoveWords {
                from: month(moved.from),
                to: month(moved.to),
                customers: moved.customers,
                points: moved.points,
            })
            .collect(),
    }
}

fn uncounted() -> Vec<String> {
    let text = "There are too many customers to count what they have at once. What has a day keeps it; what has none gets \
                one by inactivity only, from today at the earliest.";
    vec![text.to_owned()]
}

fn sentences(existing: &ExistingPoints, unit: &str) -> Vec<String> {
    let held = |held: Held| {
        let who = if held.customers == 1 { "customer" } else { "customers" };
        format!("{} {unit} of {} {who}", grouped(held.points), grouped(held.customers))
    };
    let parts = [
        (existing.kept, "keep the day that they have."),
        (existing.earlier, "would be gone sooner, unless something is earned or spent before."),
        (existing.later, "would last longer."),
        (existing.same, "have no day and get none, or the same."),
    ];
    let told = parts.into_iter().filter(|(part, _)| part.points > 0);
    let mut sentences: Vec<String> =
        told.map(|(part, becomes)| format!("{} {becomes}", held(part))).collect();
    if sentences.is_empty() {
        sentences.push(format!("No customer has any {unit} yet."));
    }
    if existing.sampled {
        sentences.push("These are estimates from a sample of the customers.".to_owned());
    }
    sentences
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn change(existing: serde_json::Value) -> ExpiryChange {
        serde_json::from_value(json!({
            "before": "Points never expire", "after": "Points expire after 6 months without activity",
            "earned_today_before": null, "earned_today_after": "2027-05-21", "existing": existing,
        }))
        .unwrap()
    }

    #[test]
    fn every_part_has_its_sentence() {
        let told = words(
            &change(json!({
                "kept": {"customers": 1, "points": 300}, "earlier": {"customers": 1_200, "points": 70_000},
                "later": {"customers": 0, "points": 0}, "same": {"customers": 0, "points": 0}, "sampled": true,
                "moves": [{"from": null, "to": "2027-05-01", "customers": 1_200, "points": 70_000}],
            })),
            "crumbs",
        );
        assert_eq!(told.earned_today, ("never expire".to_owned(), "until May 21, 2027".to_owned()));
        assert_eq!(
            told.existing,
            [
                "300 crumbs of 1 customer keep the day that they have.",
                "70,000 crumbs of 1,200 customers would be gone sooner, unless something is earned or spent before.",
                "These are estimates from a sample of the customers.",
            ]
        );
        assert_eq!((told.moves[0].from.as_str(), told.moves[0].to.as_str()), ("Never", "May 2027"));
    }

    #[test]
    fn what_cannot_be_counted_is_said() {
        let told = words(&change(json!(null)), "points");
        assert!(told.existing[0].contains("too many customers") && told.moves.is_empty());
    }
}
