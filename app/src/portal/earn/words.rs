//! What there is to earn by, in words: promotions, milestones, and the rest that policies promise.

use crate::format::date_in;
use crate::portal::promises::{part, to_you};
use crate::ui::grouped;
use chrono::{DateTime, Datelike, Days, NaiveDateTime, NaiveTime, Utc};
use perennial_domain::calendar::local;
use perennial_domain::policies::PolicyEvent;
use perennial_domain::promotion::LimitPeriod;
use perennial_domain::settings::MerchantSettings;
use perennial_domain::written;
use perennial_engine::policies::PolicyProgress;
use perennial_engine::promotions::{OfferLimit, PromotionOffer};

/// A promotion that the customer can earn by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::portal) struct OfferView {
    /// What it is called.
    pub(in crate::portal) name: String,
    /// What it gives, in a sentence.
    pub(in crate::portal) summary: String,
    /// “Until Dec 23”.
    pub(in crate::portal) until: Option<String>,
    /// What is left of a limit, and how much of it is used, in percent.
    pub(in crate::portal) limit: Option<(String, u8)>,
    /// Every purchase earns by it.
    pub(in crate::portal) is_for_all: bool,
}

/// Something that is given when a number is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct MilestoneView {
    /// What it is called.
    pub(super) name: String,
    /// What is given for what, in a sentence.
    pub(super) summary: String,
    /// “3 of 10 purchases”.
    pub(super) words: String,
    /// In percent.
    pub(super) part: u8,
}

/// What policies promise a customer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Promised {
    /// What is counted for the customer.
    pub(super) milestones: Vec<MilestoneView>,
    /// What else there is, by name and in a sentence.
    pub(super) others: Vec<(String, String)>,
    /// What there is on the birthday.
    pub(super) birthday: Vec<String>,
    /// What friends bring, a sentence each.
    pub(super) friends: Vec<String>,
}

/// The promotions, in the order in which they came.
pub(in crate::portal) fn offers(
    offers: Vec<PromotionOffer>,
    settings: &MerchantSettings,
    now: DateTime<Utc>,
) -> Vec<OfferView> {
    let here = local(now, settings.time_zone);
    let unit = settings.points_name.as_str();
    let view = |PromotionOffer { name, summary, ends_at, limit, is_for_all, .. }| OfferView {
        name,
        summary,
        until: ends_at.map(|end| until(end, here)),
        limit: limit.map(|limit| left(limit, unit)),
        is_for_all,
    };
    offers.into_iter().map(view).collect()
}

/// Of the promotions, those that not every purchase earns by: what each is called, and what it gives until when.
pub(in crate::portal) fn specials(offers: Vec<OfferView>) -> impl Iterator<Item = (String, String)> {
    offers.into_iter().filter(|offer| !offer.is_for_all).map(|OfferView { name, summary, until, .. }| {
        let until = until.map(|until| format!(" {until}.")).unwrap_or_default();
        (name, summary + &until)
    })
}

/// “Until Dec 23”: the last day, or the time of the clock on it. What is over at midnight is over with the day before.
fn until(end: NaiveDateTime, here: NaiveDateTime) -> String {
    let at_midnight = end.time() == NaiveTime::MIN;
    let last = if at_midnight { end.date().checked_sub_days(Days::new(1)) } else { None };
    let last = last.unwrap_or_else(|| end.date());
    let (today, clock) = (last == here.date(), written::time(end.time()));
    match (today, at_midnight) {
        (true, true) => "Today only".to_owned(),
        (true, false) => format!("Until {clock} today"),
        (false, true) => format!("Until {}", date_in(last, here.year())),
        (false, false) => format!("Until {clock} on {}", date_in(last, here.year())),
    }
}

/// What is left of a limit, and how much of it is used, in percent.
fn left(OfferLimit { points, per, left }: OfferLimit, unit: &str) -> (String, u8) {
    let whole = grouped(points);
    let words = match (left > 0, per) {
        (true, LimitPeriod::Day) => format!("{} of {whole} {unit} left today", grouped(left)),
        (true, LimitPeriod::Month) => format!("{} of {whole} {unit} left this month", grouped(left)),
        (true, LimitPeriod::Ever) => format!("{} of {whole} {unit} left", grouped(left)),
        (false, LimitPeriod::Day) => format!("You have all {whole} {unit} of today. More tomorrow"),
        (false, LimitPeriod::Month) => format!("You have all {whole} {unit} of this month. More next month"),
        (false, LimitPeriod::Ever) => format!("You have all {whole} {unit}"),
    };
    (words, part(points.saturating_sub(left), points))
}

/// What running policies promise a customer who has bought so often.
pub(super) fn promised(progress: &[PolicyProgress], purchases: i64) -> Promised {
    let mut promised = Promised::default();
    for policy in progress {
        // A letter is told of when it comes.
        let is_letter = policy.kinds.iter().all(|kind| kind == "email");
        let is_over = match policy.on.as_str() {
            "enrolment" => true,
            "first_purchase" => !policy.of_friends && purchases > 0,
            "tier" => policy.given > 0,
            _ => false,
        };
        if is_letter || is_over {
            continue;
        }
        // What a letter is called is no promise either.
        let has_letter = policy.kinds.iter().any(|kind| kind == "email");
        let summary = if has_letter { policy.name.clone() } else { to_you(&policy.summary) };
        if policy.of_friends {
            promised.friends.push(summary);
        } else if policy.on == PolicyEvent::Birthday.word() {
            promised.birthday.push(policy.name.clone());
        } else if let Some(counted) = policy.counted {
            let next = policy.next.filter(|next| *next > 0);
            promised.milestones.extend(next.map(|next| milestone(policy, summary, counted, next)));
        } else {
            promised.others.push((policy.name.clone(), summary));
        }
    }
    promised
}

fn milestone(policy: &PolicyProgress, summary: String, counted: i64, next: i64) -> MilestoneView {
    let unit = policy.unit.as_deref().unwrap_or("purchases");
    MilestoneView {
        name: policy.name.clone(),
        summary,
        words: format!("{} of {} {unit}", grouped(counted), grouped(next)),
        part: part(counted, next),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use perennial_domain::ids::PolicyId;

    fn at(text: &str) -> NaiveDateTime {
        text.parse().unwrap()
    }

    #[test]
    fn an_end_is_the_last_day_that_is_worth_a_visit() {
        let here = at("2026-12-22T12:00:00");
        let said = |end: &str| until(at(end), here);
        assert_eq!(said("2026-12-24T00:00:00"), "Until Dec 23");
        assert_eq!(said("2026-12-23T00:00:00"), "Today only");
        assert_eq!(said("2026-12-22T17:30:00"), "Until 5:30 pm today");
        assert_eq!(said("2026-12-24T17:00:00"), "Until 5:00 pm on Dec 24");
        assert_eq!(said("2027-01-02T00:00:00"), "Until Jan 1, 2027");
    }

    #[test]
    fn a_limit_is_counted_down() {
        let said = |left_of, per| left(OfferLimit { points: 1_000, per, left: left_of }, "crumbs");
        assert_eq!(said(400, LimitPeriod::Day), ("400 of 1,000 crumbs left today".to_owned(), 60));
        assert_eq!(said(1_000, LimitPeriod::Ever), ("1,000 of 1,000 crumbs left".to_owned(), 0));
        let over = said(0, LimitPeriod::Month);
        assert_eq!(over, ("You have all 1,000 crumbs of this month. More next month".to_owned(), 100));
    }

    fn policy(on: &str, summary: &str) -> PolicyProgress {
        PolicyProgress {
            policy_id: PolicyId::new(0, [1; 10]),
            name: format!("About {on}"),
            summary: summary.to_owned(),
            on: on.to_owned(),
            kinds: vec!["points".to_owned()],
            of_friends: false,
            unit: None,
            counted: None,
            next: None,
            given: 0,
        }
    }

    #[test]
    fn what_is_promised_stands_where_it_belongs() {
        let tenth = "When a customer makes every 10th purchase, the customer gets 50 points.";
        let policies = [
            policy("enrolment", "When somebody joins, the customer gets 50 points."),
            policy(
                "first_purchase",
                "When a customer makes the first purchase, the customer gets 50 points.",
            ),
            PolicyProgress { counted: Some(13), next: Some(20), ..policy("own_count", tenth) },
            PolicyProgress { counted: Some(9), next: None, ..policy("own_count", tenth) },
            PolicyProgress {
                of_friends: true,
                ..policy("friend_purchase", "For every purchase of a friend, the advocate gets 5 points.")
            },
            PolicyProgress { kinds: vec!["email".to_owned()], ..policy("points", "A letter.") },
            policy("birthday", "On the birthday of a customer, the customer gets 50 points."),
            PolicyProgress {
                given: 1,
                ..policy("tier", "When a customer reaches Gold, the customer gets 50 points.")
            },
        ];
        let seen = promised(&policies, 0);
        assert_eq!(seen.friends, ["For every purchase a friend makes, you get 5 points."]);
        assert_eq!(seen.birthday, ["About birthday"]);
        let first = "When you make your first purchase, you get 50 points.";
        assert_eq!(seen.others, [("About first_purchase".to_owned(), first.to_owned())]);
        let [only] = seen.milestones.as_slice() else { panic!("{seen:?}") };
        assert_eq!((only.words.as_str(), only.part), ("13 of 20 purchases", 65));
        assert_eq!(only.summary, "When you make every 10th purchase, you get 50 points.");
        assert!(promised(&policies, 3).others.is_empty(), "the first purchase is over");
    }
}
