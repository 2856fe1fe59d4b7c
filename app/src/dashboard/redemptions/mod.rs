//! Redemptions: what customers had for their points, what people have still to do about it, and vouchers by their code.

pub mod api;
mod detail;
pub mod dto;
#[cfg(feature = "ssr")]
pub mod form;
#[cfg(feature = "ssr")]
pub mod load;
#[cfg(feature = "ssr")]
pub mod load_voucher;
mod voucher;
pub mod words;

pub use detail::RedemptionPage;
pub use voucher::VoucherPage;

use super::flash::FlashBanner;
use super::list::{Asked, Chips, List, Order, asked, choice, pages};
use super::page::{capitalised, loaded};
use super::parts::PageHead;
use crate::address::address;
use crate::ui::icon::{self, Icon};
use crate::ui::{Button, ButtonSize, Column, Empty, LinkButton, Table, grouped};
use api::list_redemptions;
use dto::{RedemptionList, RedemptionRow};
use leptos::prelude::*;

pub(super) const LIST: List = List {
    path: "/dashboard/redemptions",
    title: "Redemptions",
    about: "What customers got for their points. What has to be prepared, sent or handed over is under “To do”.",
    nouns: ("redemption", "redemptions"),
    search: "Voucher code",
    order: Order::NewestFirst,
    no_match: ("Nothing here", "No redemption is in this state."),
    nothing: (
        "Nothing to do",
        "What has to be prepared, sent or handed over appears here once a customer redeems it. Vouchers need nobody: tills use them.",
    ),
    has_csv: true,
};

/// Where vouchers are found by their code.
pub(super) const VOUCHER: &str = "/dashboard/redemptions/voucher";

/// The word in addresses for every state.
pub(super) const ALL: &str = "all";

/// The list: what is to be done first, then every state.
#[component]
pub fn RedemptionsPage() -> impl IntoView {
    let asked = asked(&["state", "reward"]);
    let list = Resource::new(
        move || asked.get(),
        |asked| list_redemptions(asked.get("state").to_owned(), asked.get("reward").to_owned(), asked.after),
    );
    view! {
        <FlashBanner />
        <PageHead title=LIST.title about=LIST.about>
            <LinkButton href=super::rewards::LIST.path>"Rewards"</LinkButton>
        </PageHead>
        {loaded(list, move |list| card(list, &asked.get_untracked()))}
    }
}

fn card(list: RedemptionList, asked: &Asked) -> impl IntoView + use<> {
    let RedemptionList { rows, next, rewards, points_name, may_redeem } = list;
    let (bar, chips) = (bar(asked, rewards, may_redeem), chips(asked));
    let turn = pages(LIST.path, asked, next.as_deref(), LIST.order, rows.len(), LIST.nouns);
    let body = if rows.is_empty() {
        nothing(shown_state(asked)).into_any()
    } else {
        table(rows, &points_name, true).into_any()
    };
    view! {
        <section class="card card--flush" aria-label=LIST.title>
            {bar} {chips} {body} {turn}
        </section>
    }
}

/// A voucher by its code: what a till would ask.
pub fn find_voucher(code: &str, focus: bool) -> impl IntoView + use<> {
    view! {
        <form class="filterbar" method="get" action=VOUCHER role="search" aria-label="Vouchers">
            {voucher_field(code, focus)}
        </form>
    }
}

fn voucher_field(code: &str, focus: bool) -> impl IntoView + use<> {
    view! {
        <label class="input-group input-group--search">
            <Icon glyph=icon::TICKET />
            <span class="visually-hidden">{LIST.search}</span>
            <input
                class="input mono"
                type="search"
                name="code"
                value=code.to_owned()
                placeholder=LIST.search
                autocomplete="off"
                autocapitalize="characters"
                spellcheck="false"
                maxlength=64
                required=true
                autofocus=focus
            />
        </label>
        <button class="btn" type="submit">"Find voucher"</button>
    }
}

/// The state that the list shows when its address names none: what is to be done, and of one reward all of it.
fn shown_state(asked: &Asked) -> &str {
    match (asked.get("state"), asked.get("reward")) {
        ("", "") => "todo",
        ("", _) => ALL,
        (state, _) => state,
    }
}

/// Two forms in one bar: what finds a voucher, and what narrows the list.
fn bar(asked: &Asked, rewards: Vec<(String, String)>, may_redeem: bool) -> impl IntoView + use<> {
    let (state, reward) = (asked.get("state").to_owned(), asked.get("reward").to_owned());
    let csv = address(&format!("{}.csv", LIST.path), &[("state", &state), ("reward", &reward)], None);
    let narrowed = !reward.is_empty();
    let find = may_redeem.then(|| {
        view! {
            <form method="get" action=VOUCHER role="search" aria-label="Vouchers">
                {voucher_field("", false)}
            </form>
        }
    });
    view! {
        <div class="filterbar">
            {find}
            <form method="get" action=LIST.path aria-label="Narrow the list">
                {(!state.is_empty()).then(|| view! { <input type="hidden" name="state" value=state /> })}
                {choice("reward", "Reward", "Every reward", rewards, &reward)}
                <button class="btn" type="submit">"Apply"</button>
                {narrowed.then(|| view! { <a class="btn btn--quiet" href=LIST.path>"Clear"</a> })}
            </form>
            <a class="btn btn--quiet push" href=csv rel="external" download="">
                <Icon glyph=icon::DOWNLOAD />
                "CSV"
            </a>
        </div>
    }
}

fn chips(asked: &Asked) -> impl IntoView + use<> {
    let choices = [("todo", "To do"), (ALL, "All")].into_iter().chain(words::STATES).collect();
    Chips { name: "state", label: "State", choices }.bar(LIST.path, asked, shown_state(asked))
}

fn nothing(state: &str) -> impl IntoView + use<> {
    let (title, text) = match state {
        "todo" => LIST.nothing,
        ALL => {
            ("Nobody has redeemed anything yet", "It appears here as soon as a customer redeems a reward.")
        }
        _ => LIST.no_match,
    };
    let all = address(LIST.path, &[("state", ALL)], None);
    let way = (state != ALL).then(|| view! { <LinkButton href=all>"Show all redemptions"</LinkButton> });
    view! {
        <h2 class="visually-hidden">{LIST.title}</h2>
        <Empty title=title text=text>{way}</Empty>
    }
}

/// A table of redemptions, each with the step that comes next.
fn table(rows: Vec<RedemptionRow>, points_name: &str, with_customer: bool) -> impl IntoView + use<> {
    let has_steps = rows.iter().any(|row| row.next.is_some());
    let mut columns = vec![Column::text("Reward")];
    columns.extend(with_customer.then(|| Column::text("Customer")));
    columns.extend([
        Column::text("Status"),
        Column::text("Redeemed"),
        Column::number(capitalised(points_name)),
    ]);
    columns.extend(has_steps.then(|| Column::text("Next")));
    let rows = rows.into_iter().map(|of| row(of, with_customer, has_steps)).collect_view();
    view! { <Table caption="Redemptions, newest first" columns=columns>{rows}</Table> }
}

fn row(redemption: RedemptionRow, with_customer: bool, has_steps: bool) -> impl IntoView {
    let (customer, name) = redemption.customer;
    let here = LIST.row(&redemption.id);
    let next = redemption.next.map(|act| {
        let label = format!("{}: {} for {name}", act.label(), redemption.reward);
        view! {
            <form method="post" action=here.clone()>
                <input type="hidden" name="back" value="list" />
                <Button size=ButtonSize::Small name="do" value=act.word()>
                    {act.label()}
                    <span class="visually-hidden">{label.strip_prefix(act.label()).unwrap_or_default().to_owned()}</span>
                </Button>
            </form>
        }
    });
    view! {
        <tr role="row">
            <td role="cell">
                <a href=here>{redemption.reward}</a>
                <small>{redemption.kind}</small>
            </td>
            {with_customer
                .then(|| {
                    view! {
                        <td role="cell" data-th="Customer">
                            <a class="breaks" href=format!("/dashboard/customers/{customer}")>{name}</a>
                        </td>
                    }
                })}
            <td role="cell" data-th="Status">{words::redemption_badge(&redemption.state)}</td>
            <td role="cell" data-th="Redeemed"><span>{redemption.when}</span></td>
            <td role="cell" class="n" data-th="Points"><span>{grouped(redemption.points)}</span></td>
            {has_steps
                .then(|| match next {
                    // Without a step the folded table shows no empty line for it.
                    None => view! { <td role="cell"></td> }.into_any(),
                    next => view! { <td role="cell" data-th="Next">{next}</td> }.into_any(),
                })}
        </tr>
    }
}
