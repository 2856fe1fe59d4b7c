//! What somebody has to decide about, with the reasons to doubt it.

use super::super::list::Asked;
use super::super::parts::Confirm;
use super::dto::ReferralRow;
use super::{BANNING, PATH, QUEUE, customer, status};
use crate::ui::{Button, ButtonSize, Empty, LinkButton, grouped};
use leptos::prelude::*;

/// A page of the queue, what has waited longest first.
pub fn card(
    rows: Vec<ReferralRow>,
    next: Option<String>,
    count: i64,
    may_review: bool,
    asked: &Asked,
) -> impl IntoView + use<> {
    let first = (!asked.get(QUEUE).is_empty()).then(|| asked.choosing(PATH, QUEUE, ""));
    let next = next.map(|after| asked.choosing(PATH, QUEUE, &after));
    // No landmark: the list below has one for its pages.
    let more = (first.is_some() || next.is_some()).then(|| {
        let text = format!("{} in all, what has waited longest first.", grouped(count));
        let link = |href: String, label: &'static str| {
            view! { <LinkButton href=href size=ButtonSize::Small>{label}</LinkButton> }
        };
        view! {
            <div class="card__body row">
                <span class="small muted">{text}</span>
                {first.map(|href| link(href, "First to decide"))}
                {next.map(|href| link(href, "Next to decide"))}
            </div>
        }
    });
    let body = if rows.is_empty() {
        view! { <Empty title="Nothing to decide" text="Nobody who came gives reason to doubt." /> }.into_any()
    } else {
        let rows = rows.into_iter().map(|row| item(row, may_review)).collect_view();
        view! { <ul class="card__rows" aria-label="Referrals to decide about">{rows}</ul> }.into_any()
    };
    view! {
        <section class="card" aria-labelledby="review">
            <div class="card__head">
                <h2 id="review">"To decide"</h2>
                <span class="small muted">"Nothing is given until you decide"</span>
            </div>
            {body}
            {more}
        </section>
    }
}

fn item(row: ReferralRow, may_review: bool) -> impl IntoView {
    let label = format!("{} invited {}", row.advocate_name, row.friend_name);
    let reasons = row.reasons.into_iter().map(|reason| view! { <li>{reason} "."</li> }).collect_view();
    let decide = may_review.then(|| {
        view! {
            <form method="post" action=PATH>
                <input type="hidden" name="customer" value=row.friend.clone() />
                // A group and no landmark: two of them may be called alike.
                <div class="row row--top" style="--gap:var(--s-2)" role="group" aria-label=label>
                    <Button size=ButtonSize::Small name="do" value="approve">"Approve"</Button>
                    <Confirm button="Reject" value="reject" text="Neither of them is given anything for it." small=true />
                </div>
            </form>
            <form class="row" method="post" action=PATH>
                <input type="hidden" name="customer" value=row.advocate.clone() />
                <Confirm button=format!("Ban {}", row.advocate_name) value="ban" text=BANNING small=true />
            </form>
        }
    });
    view! {
        <li class="stack" style="--gap:var(--s-2)">
            <p>
                <a href=customer(&row.advocate)><b>{row.advocate_name}</b></a>
                " invited "
                <a href=customer(&row.friend)><b>{row.friend_name}</b></a>
            </p>
            <p class="row small muted">
                {status(row.state, row.waits)}
                <span>{format!("Risk {} of 100. {}", row.score, row.came)}</span>
            </p>
            <ul class="small">{reasons}</ul>
            <div class="row row--top" style="--gap:var(--s-2)">{decide}</div>
        </li>
    }
}
