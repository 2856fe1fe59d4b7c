//! What friends bring: the promises, how far the customer is, and what is on its way.

use crate::format::day;
use crate::portal::promises::{part, to_you};
use crate::ui::{Icon, grouped, icon};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use leptos::prelude::*;
use perennial_engine::policies::{Award, AwardState, PolicyProgress};

/// What friends bring, in words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Promise {
    /// What is given for what, a sentence each.
    sentences: Vec<String>,
    /// How far it is to the next milestone.
    milestones: Vec<Milestone>,
    /// What was earned and waits: what, and how often and until when.
    held: Vec<(String, String)>,
}

/// A way with an end.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Milestone {
    name: String,
    /// “3 of 10 purchases”.
    words: String,
    /// In percent.
    part: u8,
}

impl Promise {
    /// Of all that a merchant promises a customer, what is about friends.
    pub(super) fn of(progress: &[PolicyProgress], awards: &[Award], zone: Tz, now: DateTime<Utc>) -> Self {
        let about_friends = || progress.iter().filter(|policy| policy.of_friends);
        let held = awards.iter().filter(|award| award.state == AwardState::Held && award.friend_id.is_some());
        Self {
            sentences: about_friends().map(|policy| to_you(&policy.summary)).collect(),
            milestones: about_friends().filter_map(milestone).collect(),
            held: together(held.map(|award| {
                let until = if award.waits_for_review {
                    "Somebody at the shop checks it first".to_owned()
                } else {
                    format!("Arrives on {}", day(award.due_at, zone, now))
                };
                (award.gives.clone(), until)
            })),
        }
    }
}

/// The same thing of the same day is told once, with how often it comes; in the order in which each came first.
fn together(held: impl Iterator<Item = (String, String)>) -> Vec<(String, String)> {
    let mut groups: Vec<(String, String, usize)> = Vec::new();
    for (what, until) in held {
        match groups.iter_mut().find(|(known, when, _)| *known == what && *when == until) {
            Some((.., times)) => *times += 1,
            None => groups.push((what, until, 1)),
        }
    }
    let told = |(what, until, times): (String, String, usize)| match times {
        1 => (what, until),
        _ => (format!("{times} × {what}"), until),
    };
    groups.into_iter().map(told).collect()
}

fn milestone(policy: &PolicyProgress) -> Option<Milestone> {
    let (counted, next) = (policy.counted?, policy.next.filter(|next| *next > 0)?);
    let unit = policy.unit.as_deref().unwrap_or("purchases");
    Some(Milestone {
        name: policy.name.clone(),
        words: format!("{} of {} {unit} of friends", grouped(counted), grouped(next)),
        part: part(counted, next),
    })
}

/// The sentences, in front of the link.
#[component]
pub(super) fn Sentences(
    /// What friends bring.
    promise: Promise,
) -> impl IntoView {
    let sentences = promise.sentences.into_iter().map(|text| view! { <p>{text}</p> }).collect_view();
    view! { <div class="stack stack--tight invite__promise">{sentences}</div> }
}

/// How far it is, and what is on its way.
#[component]
pub(super) fn Progress(
    /// What friends bring.
    promise: Promise,
) -> impl IntoView {
    let Promise { milestones, held, .. } = promise;
    let milestones = milestones
        .into_iter()
        .map(|Milestone { name, words, part }| {
            view! {
                <div class="card"><div class="card__body stack stack--tight">
                    <h3>{name}</h3>
                    <span class="bar bar--lg" aria-hidden="true"><i style=format!("--v:{part}%")></i></span>
                    <p class="small muted num">{words}</p>
                </div></div>
            }
        })
        .collect_view();
    let held = (!held.is_empty()).then(|| {
        let rows = held
            .into_iter()
            .map(|(what, until)| {
                view! {
                    <li class="listrow">
                        <span class="listrow__icon is-petal"><Icon glyph=icon::CLOCK/></span>
                        <span><b>{what}</b><small>{until}</small></span>
                    </li>
                }
            })
            .collect_view();
        view! {
            <section class="portal__section" aria-labelledby="held">
                <h2 id="held">"On its way to you"</h2>
                <ul class="card card--flush">{rows}</ul>
            </section>
        }
    });
    view! { {milestones}{held} }
}

#[cfg(test)]
mod tests {
    use super::*;
    use perennial_domain::ids::PolicyId;

    fn policy(counted: Option<i64>, next: Option<i64>) -> PolicyProgress {
        PolicyProgress {
            policy_id: PolicyId::new(0, [1; 10]),
            name: "Bonus".to_owned(),
            summary: "When a friend buys for the first time, the advocate gets 500 points, after 14 days."
                .to_owned(),
            on: "friends_count".to_owned(),
            kinds: vec!["points".to_owned()],
            of_friends: true,
            unit: Some("purchases".to_owned()),
            counted,
            next,
            given: 0,
        }
    }

    #[test]
    fn who_brings_friends_is_spoken_to() {
        let policies =
            [policy(Some(3), Some(10)), PolicyProgress { of_friends: false, ..policy(None, None) }];
        let promise = Promise::of(&policies, &[], Tz::UTC, DateTime::UNIX_EPOCH);
        let sentence = "When a friend buys for the first time, you get 500 points, after 14 days.";
        assert_eq!(promise.sentences, [sentence]);
        let milestone = &promise.milestones[0];
        assert_eq!((milestone.words.as_str(), milestone.part), ("3 of 10 purchases of friends", 30));
    }

    #[test]
    fn what_comes_on_the_same_day_is_told_once() {
        let one = |what: &str, until: &str| (what.to_owned(), until.to_owned());
        let held = [
            one("500 points", "Arrives on Dec 5"),
            one("1 referral credit", "Arrives on Dec 5"),
            one("500 points", "Arrives on Dec 5"),
            one("500 points", "Arrives on Dec 6"),
        ];
        let told = together(held.into_iter());
        let dec_5 = "Arrives on Dec 5";
        assert_eq!(
            told,
            [
                one("2 × 500 points", dec_5),
                one("1 referral credit", dec_5),
                one("500 points", "Arrives on Dec 6"),
            ]
        );
    }

    #[test]
    fn a_way_without_an_end_is_none() {
        assert_eq!(milestone(&policy(Some(3), None)), None);
        assert_eq!(milestone(&policy(None, Some(10))), None);
        assert_eq!(milestone(&policy(Some(-2), Some(10))).map(|one| one.part), Some(0));
    }
}
