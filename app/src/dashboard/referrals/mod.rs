//! Referrals: the way from a click to a reward, who brings friends, and what somebody has to decide about.

pub mod api;
mod customer;
pub mod dto;
#[cfg(feature = "ssr")]
pub mod form;
#[cfg(feature = "ssr")]
pub mod load;
mod policy;
mod review;

pub use customer::friends_table;

use super::flash::FlashBanner;
use super::list::{Asked, Chips, Order, asked, pages};
use super::page::loaded;
use super::parts::{Confirm, PageHead, Refusal};
use crate::form::use_form;
use crate::ui::{Badge, Button, ButtonSize, Column, Dot, Empty, Table, Tone, grouped};
use api::read_referrals;
use dto::{AdvocateRow, DayRow, ReferralRow, ReferralsData, Step};
use leptos::prelude::*;
use perennial_domain::referrals::ReferralState;

const PATH: &str = "/dashboard/referrals";
/// Where the page of what somebody has to decide about begins, in the address.
const QUEUE: &str = "queue";
/// What follows from banning an advocate.
const BANNING: &str = "The code brings nobody any more, and what waits for its friends is not given.";

/// The page.
#[component]
pub fn ReferralsPage() -> impl IntoView {
    let _form = use_form();
    let asked = asked(&["state", QUEUE]);
    let data = Resource::new(
        move || asked.get(),
        |asked| read_referrals(asked.get("state").to_owned(), asked.get(QUEUE).to_owned(), asked.after),
    );
    view! {
        <FlashBanner />
        <PageHead
            title="Referrals"
            about="Customers who bring friends, by link or code. Your reward policies decide what a friend is worth; here you see who came, and what needs a review."
        />
        <Refusal title="Not done." />
        {loaded(data, move |data| page(data, &asked.get_untracked()))}
    }
}

fn page(data: ReferralsData, asked: &Asked) -> impl IntoView + use<> {
    let ReferralsData {
        steps,
        days,
        advocates,
        waiting,
        waiting_next,
        waiting_count,
        rows,
        next,
        policy,
        may_review,
        may_edit,
    } = data;
    view! {
        {funnel(steps, days)}
        {review::card(waiting, waiting_next, waiting_count, may_review, asked)}
        {list(rows, next, asked)}
        {board(advocates, may_review)}
        {policy::card(policy, may_edit)}
    }
}

/// The last thirty days, from the click to the reward.
fn funnel(steps: Vec<Step>, days: Vec<DayRow>) -> impl IntoView {
    let bars = steps.into_iter().map(|step| {
        let width = format!("--v:{}%", step.percent);
        let share = (!step.of_before.is_empty()).then(|| view! { <small>{step.of_before}</small> });
        view! {
            <li>
                <span class="funnel__bar" aria-hidden="true">
                    <i style=width></i>
                </span>
                <span class="funnel__name">{step.name}</span>
                <span class="funnel__count num">{grouped(step.count)}</span>
                {share}
            </li>
        }
    });
    let columns = ["Day", "Clicked", "Registered", "Qualified", "Rewarded"];
    let columns = columns.into_iter().enumerate();
    let columns =
        columns.map(|(at, name)| if at == 0 { Column::text(name) } else { Column::number(name) }).collect();
    let by_day = (!days.is_empty()).then(|| {
        view! {
            <details class="card__body ruled">
                <summary class="small strong disclosure">"Day by day"</summary>
                <Table caption="Each day on which something happened, the newest first" columns=columns>
                    {days.into_iter().map(day).collect_view()}
                </Table>
            </details>
        }
    });
    view! {
        <section class="card" aria-labelledby="funnel">
            <div class="card__head">
                <h2 id="funnel">"From click to reward"</h2>
                <span class="small muted">"The last 30 days"</span>
            </div>
            <div class="card__body"><ul class="funnel">{bars.collect_view()}</ul></div>
            {by_day}
        </section>
    }
}

fn day(row: DayRow) -> impl IntoView {
    view! { <tr role="row"><td role="cell">{row.day}</td> {numbers(row.counts)}</tr> }
}

fn numbers(counts: [i64; 4]) -> impl IntoView {
    let names = ["Clicked", "Registered", "Qualified", "Rewarded"];
    names
        .into_iter()
        .zip(counts)
        .map(|(name, count)| view! { <td role="cell" class="n" data-th=name><span>{grouped(count)}</span></td> })
        .collect_view()
}

fn list(rows: Vec<ReferralRow>, next: Option<String>, asked: &Asked) -> impl IntoView + use<> {
    let states = Chips::states("All", ReferralState::ALL.map(|state| (state.as_str(), label(state))));
    let chips = states.bar(PATH, asked, asked.get("state"));
    let body = if rows.is_empty() {
        let (title, text) = if asked.get("state").is_empty() {
            (
                "No referral yet",
                "Customers find their link and code in the portal, under Invite. Tills send the code with the friend's first purchase.",
            )
        } else {
            ("Nothing matches", "No referral is in this state.")
        };
        view! { <Empty title=title text=text /> }.into_any()
    } else {
        let columns = vec![
            Column::text("Friend"),
            Column::text("Invited by"),
            Column::text("State"),
            Column::text("Came"),
        ];
        let nouns = ("referral", "referrals");
        let turn = pages(PATH, asked, next.as_deref(), Order::NewestFirst, rows.len(), nouns);
        view! {
            <Table caption="Referrals, the newest first" columns=columns>{rows.into_iter().map(row).collect_view()}</Table>
            {turn}
        }
        .into_any()
    };
    view! {
        <section class="card card--flush" aria-labelledby="all">
            <div class="card__head"><h2 id="all">"All referrals"</h2></div>
            {chips}
            {body}
        </section>
    }
}

fn row(row: ReferralRow) -> impl IntoView {
    view! {
        <tr role="row">
            <td role="cell">
                <a href=customer(&row.friend)>{row.friend_name}</a>
                <small>{row.since}</small>
            </td>
            <td role="cell" data-th="Invited by"><a href=customer(&row.advocate)>{row.advocate_name}</a></td>
            <td role="cell" data-th="State">{status(row.state, row.waits)}</td>
            <td role="cell" data-th="Came"><span>{row.came}</span></td>
        </tr>
    }
}

/// The page of a customer.
fn customer(id: &str) -> String {
    format!("/dashboard/customers/{id}")
}

/// A state for people.
const fn label(state: ReferralState) -> &'static str {
    match state {
        ReferralState::Registered => "Registered",
        ReferralState::Qualified => "Qualified",
        ReferralState::Rewarded => "Rewarded",
        ReferralState::Reversed => "Reversed",
        ReferralState::Rejected => "Rejected",
    }
}

/// The state as a pill: shape, word and colour.
pub(super) fn status(state: ReferralState, waits: bool) -> impl IntoView {
    if waits {
        return view! { <Badge tone=Tone::Petal dot=Dot::Pause>"Waits for you"</Badge> }.into_any();
    }
    let (tone, dot) = match state {
        ReferralState::Registered => (Tone::Sky, Dot::Ring),
        ReferralState::Qualified => (Tone::Leaf, Dot::Ring),
        ReferralState::Rewarded => (Tone::Leaf, Dot::Full),
        ReferralState::Reversed => (Tone::Plain, Dot::Square),
        ReferralState::Rejected => (Tone::Danger, Dot::Square),
    };
    view! { <Badge tone=tone dot=dot>{label(state)}</Badge> }.into_any()
}

/// Bans an advocate, or lets a banned one go on.
fn ban_button(is_banned: bool) -> impl IntoView {
    if is_banned {
        view! { <Button size=ButtonSize::Small name="do" value="unban">"Lift ban"</Button> }.into_any()
    } else {
        view! { <Confirm button="Ban" value="ban" text=BANNING small=true /> }.into_any()
    }
}

/// Who brings most.
fn board(advocates: Vec<AdvocateRow>, may_review: bool) -> impl IntoView {
    if advocates.is_empty() {
        return ().into_any();
    }
    let mut columns = vec![Column::text("Advocate")];
    columns.extend(["Clicked", "Registered", "Qualified", "Rewarded"].map(Column::number));
    columns.extend(may_review.then(|| Column::number("Action")));
    let rows = advocates.into_iter().map(|row| advocate(row, may_review)).collect_view();
    view! {
        <section class="card card--flush" aria-labelledby="advocates">
            <div class="card__head">
                <h2 id="advocates">"Advocates"</h2>
                <span class="small muted">"Of the last 30 days, who brought most"</span>
            </div>
            <Table caption="Advocates" columns=columns>{rows}</Table>
        </section>
    }
    .into_any()
}

fn advocate(row: AdvocateRow, may_review: bool) -> impl IntoView {
    let AdvocateRow { id, name, code, is_banned, counts } = row;
    let banned = is_banned.then(|| view! { " " <Badge tone=Tone::Danger dot=Dot::Square>"Banned"</Badge> });
    let act = may_review.then(|| {
        let label = format!("{name}, {code}");
        view! {
            <td role="cell" class="n" data-th="">
                <form method="post" action=PATH aria-label=label>
                    <input type="hidden" name="customer" value=id.clone() />
                    {ban_button(is_banned)}
                </form>
            </td>
        }
    });
    view! {
        <tr role="row">
            <td role="cell">
                <a href=customer(&id)>{name}</a>
                {banned}
                <small class="mono">{code}</small>
            </td>
            {numbers(counts)}
            {act}
        </tr>
    }
}
