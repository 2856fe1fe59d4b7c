//! The friends, by the step that they have come to.

use crate::format::day;
use crate::portal::merchant::use_merchant;
use crate::portal::promises::part;
use crate::ui::{Avatar, Badge, Dot, Empty, Icon, LinkButton, Tone, grouped, icon};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use leptos::prelude::*;
use perennial_domain::referrals::{ReferralState, Review};
use perennial_engine::policies::FriendMilestone;
use perennial_engine::referrals::{ReferralFriend, ReferralSummary};

/// The step that a friend has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Joined,
    Held,
    Bought,
    Rewarded,
    Over,
}

/// A friend in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FriendView {
    name: String,
    detail: String,
    step: Step,
    badge: &'static str,
    /// Why nothing has come of it yet, or nothing will.
    why: Option<String>,
    /// “42 of 100 purchases · A free meal”, and how far that is, in percent.
    ways: Vec<(String, u8)>,
}

/// The friends, in words.
pub(super) fn views(friends: &[ReferralFriend], zone: Tz, now: DateTime<Utc>) -> Vec<FriendView> {
    friends.iter().map(|friend| view_of(friend, zone, now)).collect()
}

fn view_of(friend: &ReferralFriend, zone: Tz, now: DateTime<Utc>) -> FriendView {
    let on = |at: DateTime<Utc>| {
        // In the middle of a sentence.
        match day(at, zone, now).as_str() {
            "Today" => "today".to_owned(),
            "Yesterday" => "yesterday".to_owned(),
            date => format!("on {date}"),
        }
    };
    let name = friend.name.clone().unwrap_or_else(|| "A friend".to_owned());
    let joined = format!("Joined {}", on(friend.registered_at));
    let bought = |at: Option<DateTime<Utc>>| match (at, friend.purchases) {
        (None, _) => joined.clone(),
        (Some(at), 2..) => format!("First bought {}, {} purchases so far", on(at), grouped(friend.purchases)),
        (Some(at), _) => format!("Bought {}", on(at)),
    };
    let is_looked_at = friend.review == Review::Waiting;
    let looked_at = || "Somebody at the shop checks it first. Nothing for you to do.".to_owned();
    let (step, badge, detail, why) = match friend.state {
        ReferralState::Registered => {
            let why = is_looked_at.then(looked_at);
            (Step::Joined, "Joined", format!("{joined}, no purchase yet"), why)
        }
        ReferralState::Qualified => {
            let held = friend.held_until.filter(|until| *until > now);
            let detail = bought(friend.qualified_at);
            match (is_looked_at, held) {
                (true, _) => (Step::Held, "Held", detail, Some(looked_at())),
                (false, Some(until)) => {
                    let why = format!(
                        "What you get for it arrives {}, when the return window closes. Nothing for you to do.",
                        on(until)
                    );
                    (Step::Held, "Held", detail, Some(why))
                }
                (false, None) => (Step::Bought, "Bought", detail, None),
            }
        }
        ReferralState::Rewarded => (Step::Rewarded, "Rewarded", bought(friend.qualified_at), None),
        ReferralState::Reversed => {
            let why = "The purchase was returned, so nothing is given for it.".to_owned();
            (Step::Over, "Returned", bought(friend.qualified_at), Some(why))
        }
        ReferralState::Rejected => {
            let why = "This one does not count. Please ask the shop if you think it should.".to_owned();
            (Step::Over, "Does not count", joined, Some(why))
        }
    };
    let ways = friend.milestones.iter().map(way).collect();
    FriendView { name, detail, step, badge, why, ways }
}

/// How far it is to what the next purchases of a friend bring.
fn way(milestone: &FriendMilestone) -> (String, u8) {
    let FriendMilestone { name, unit, counted, next, .. } = milestone;
    let words = format!("{} of {} {unit} · {name}", grouped(*counted), grouped(*next));
    (words, part(*counted, *next))
}

/// How many came and how many of them have bought; nothing while nobody has come.
pub(super) fn brought(summary: &ReferralSummary) -> Option<String> {
    let bought = summary.qualified + summary.rewarded;
    let all = summary.registered + bought;
    (all > 0).then(|| format!("{bought} of {all} bought"))
}

/// The list.
#[component]
pub(super) fn Friends(
    /// The newest first.
    friends: Vec<FriendView>,
    /// “2 of 5 bought”.
    brought: Option<String>,
    /// This is not the first page.
    later: bool,
    /// Where the next page begins.
    next: Option<String>,
) -> impl IntoView {
    let here = use_merchant().path("invite");
    let list = if friends.is_empty() {
        view! { <Empty title="Nobody yet" text="Friends who join with your link appear here."/> }.into_any()
    } else {
        view! { <ul class="card card--flush">{friends.into_iter().map(row).collect_view()}</ul> }.into_any()
    };
    let newest = later.then(|| view! { <LinkButton href=here.clone()>"Newest"</LinkButton> });
    let older =
        next.map(|next| view! { <LinkButton href=format!("{here}?after={next}")>"Older"</LinkButton> });
    let pages = (newest.is_some() || older.is_some())
        .then(|| view! { <nav class="row" aria-label="Pages">{newest}{older}</nav> });
    view! {
        <section class="portal__section" aria-labelledby="friends">
            <div class="split">
                <h2 id="friends">"Your friends"</h2>
                {brought.map(|text| view! { <span class="small muted num">{text}</span> })}
            </div>
            {list}
            {pages}
        </section>
    }
}

fn row(friend: FriendView) -> impl IntoView {
    let FriendView { name, detail, step, badge, why, ways } = friend;
    let ways = ways
        .into_iter()
        .map(|(words, part)| {
            let width = format!("--v:{part}%");
            view! { <small class="num">{words}</small><span class="bar" aria-hidden="true"><i style=width></i></span> }
        })
        .collect_view();
    let badge = match step {
        Step::Joined => view! { <Badge dot=Dot::Half>{badge}</Badge> }.into_any(),
        Step::Held => view! { <Badge tone=Tone::Petal><Icon glyph=icon::CLOCK/>{badge}</Badge> }.into_any(),
        Step::Bought => view! { <Badge tone=Tone::Leaf dot=Dot::Full>{badge}</Badge> }.into_any(),
        Step::Rewarded => {
            view! { <Badge tone=Tone::Leaf><Icon glyph=icon::CHECK/>{badge}</Badge> }.into_any()
        }
        Step::Over => view! { <Badge dot=Dot::Ring>{badge}</Badge> }.into_any(),
    };
    let head =
        view! { <Avatar name=name.clone()/><span><b>{name}</b><small>{detail}</small>{ways}</span>{badge} };
    match why {
        Some(why) => view! {
            <li><details><summary class="listrow">{head}</summary><p class="small muted invite__why">{why}</p></details></li>
        }
        .into_any(),
        None => view! { <li class="listrow">{head}</li> }.into_any(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use perennial_domain::ids::PolicyId;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn friend(state: ReferralState) -> ReferralFriend {
        ReferralFriend {
            name: Some("Tomás B.".to_owned()),
            state,
            review: Review::None,
            registered_at: at("2026-05-01T12:00:00Z"),
            qualified_at: Some(at("2026-05-12T12:00:00Z")),
            held_until: Some(at("2026-05-26T12:00:00Z")),
            rewarded_at: None,
            purchases: 1,
            milestones: Vec::new(),
        }
    }

    #[test]
    fn how_far_a_friend_is_stands_with_the_friend() {
        let meals = FriendMilestone {
            policy_id: PolicyId::new(0, [1; 10]),
            name: "A free meal".to_owned(),
            unit: "units".to_owned(),
            counted: 42,
            next: 100,
        };
        let friend =
            ReferralFriend { purchases: 12, milestones: vec![meals], ..friend(ReferralState::Rewarded) };
        let view = view_of(&friend, Tz::UTC, at("2026-06-30T12:00:00Z"));
        assert_eq!(view.detail, "First bought on May 12, 12 purchases so far");
        assert_eq!(view.ways, [("42 of 100 units · A free meal".to_owned(), 42)]);
    }

    #[test]
    fn what_is_held_says_until_when_and_why() {
        let now = at("2026-05-13T12:00:00Z");
        let held = view_of(&friend(ReferralState::Qualified), Tz::UTC, now);
        assert_eq!((held.step, held.detail.as_str()), (Step::Held, "Bought yesterday"));
        assert!(
            held.why
                .unwrap()
                .starts_with("What you get for it arrives on May 26, when the return window closes.")
        );
        let later = view_of(&friend(ReferralState::Qualified), Tz::UTC, at("2026-05-27T12:00:00Z"));
        assert_eq!((later.step, later.why), (Step::Bought, None));
    }

    #[test]
    fn who_is_looked_at_waits_whatever_the_day_is() {
        let waiting = ReferralFriend { review: Review::Waiting, ..friend(ReferralState::Qualified) };
        let view = view_of(&waiting, Tz::UTC, at("2026-06-30T12:00:00Z"));
        assert_eq!(view.step, Step::Held);
        assert!(view.why.unwrap().starts_with("Somebody at the shop"));
    }

    #[test]
    fn all_who_came_are_counted() {
        assert_eq!(brought(&ReferralSummary::default()), None);
        let summary = ReferralSummary { registered: 3, qualified: 1, rewarded: 1, waiting: 0 };
        assert_eq!(brought(&summary).as_deref(), Some("2 of 5 bought"));
    }
}
