//! The friends, by the step that they have come to.

use crate::format::day;
use crate::portal::merchant::use_merchant;
use crate::ui::{Avatar, Badge, Dot, Empty, Icon, LinkButton, Tone, icon};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use leptos::prelude::*;
use perennial_domain::referrals::{ReferralState, Review};
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
    let bought =
        |at: Option<DateTime<Utc>>| at.map_or_else(|| joined.clone(), |at| format!("Bought {}", on(at)));
    let is_looked_at = friend.review == Review::Waiting;
    let looked_at = || "Somebody at the shop has a look at it first. Nothing for you to do.".to_owned();
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
                        "What you get for it arrives {}, when the time for a return is over. Nothing for you to do.",
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
            let why = "This one does not count. Please ask the shop if you think that it should.".to_owned();
            (Step::Over, "Does not count", joined, Some(why))
        }
    };
    FriendView { name, detail, step, badge, why }
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
        view! { <Empty title="Nobody yet" text="Who joins by your link stands here, with what becomes of it."/> }.into_any()
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
    let FriendView { name, detail, step, badge, why } = friend;
    let badge = match step {
        Step::Joined => view! { <Badge dot=Dot::Half>{badge}</Badge> }.into_any(),
        Step::Held => view! { <Badge tone=Tone::Petal><Icon glyph=icon::CLOCK/>{badge}</Badge> }.into_any(),
        Step::Bought => view! { <Badge tone=Tone::Leaf dot=Dot::Full>{badge}</Badge> }.into_any(),
        Step::Rewarded => {
            view! { <Badge tone=Tone::Leaf><Icon glyph=icon::CHECK/>{badge}</Badge> }.into_any()
        }
        Step::Over => view! { <Badge dot=Dot::Ring>{badge}</Badge> }.into_any(),
    };
    let head = view! { <Avatar name=name.clone()/><span><b>{name}</b><small>{detail}</small></span>{badge} };
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
        }
    }

    #[test]
    fn what_is_held_says_until_when_and_why() {
        let now = at("2026-05-13T12:00:00Z");
        let held = view_of(&friend(ReferralState::Qualified), Tz::UTC, now);
        assert_eq!((held.step, held.detail.as_str()), (Step::Held, "Bought yesterday"));
        assert!(
            held.why
                .unwrap()
                .starts_with("What you get for it arrives on May 26, when the time for a return is over.")
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
