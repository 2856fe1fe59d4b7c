//! The leaderboard: who earned most, and whether there is one at all.

pub mod api;
pub mod dto;
#[cfg(feature = "ssr")]
pub mod form;
#[cfg(feature = "ssr")]
mod load;

use super::flash::FlashBanner;
use super::list::{Asked, Order, asked, pages};
use super::page::{capitalised, loaded};
use super::parts::{Confirm, PageHead, Refusal};
use crate::address::address;
use crate::form::use_form;
use crate::ui::{Banner, Button, ButtonVariant, Column, Empty, Table, grouped};
use api::read_leaderboard;
use dto::{BoardData, BoardRow, LeaderboardData};
use leptos::prelude::*;

const PATH: &str = "/dashboard/leaderboard";

/// The words of the periods in the address, and for people.
const PERIODS: [(&str, &str); 3] = [("week", "This week"), ("month", "This month"), ("ever", "Ever")];

/// The list, or the way to have one.
#[component]
pub fn LeaderboardPage() -> impl IntoView {
    let _form = use_form();
    let asked = asked(&["period"]);
    let key = move || asked.with(|asked| (asked.get("period").to_owned(), asked.after.clone()));
    let data = Resource::new(key, |(period, after)| read_leaderboard(period, after));
    view! {
        <FlashBanner />
        <PageHead
            title="Leaderboard"
            about="Customers by the points their purchases earned, less returns. They see each other by first name and initial; whoever opts out is hidden."
        />
        <Refusal title="Not done." />
        {loaded(data, move |data| page(data, &asked.get_untracked()))}
    }
}

fn page(data: LeaderboardData, asked: &Asked) -> impl IntoView + use<> {
    let LeaderboardData { board, may_switch } = data;
    match board {
        Some(board) => view! {
            {list(board, asked)}
            {may_switch.then(close)}
        }
        .into_any(),
        None => view! {
            <section class="card">
                <h2 class="visually-hidden">"No leaderboard yet"</h2>
                <Empty
                    title="No leaderboard yet"
                    text="It shows customers who earned most this week, this month and ever. Earlier purchases count; where there are many, counting takes some minutes."
                >
                    {may_switch
                        .then(|| {
                            view! {
                                <form method="post" action=PATH>
                                    <Button variant=ButtonVariant::Primary name="do" value="open">"Open the leaderboard"</Button>
                                </form>
                            }
                        })}
                </Empty>
            </section>
        }
        .into_any(),
    }
}

fn list(board: BoardData, asked: &Asked) -> impl IntoView + use<> {
    let BoardData { period, about, counting, points_name, rows, next } = board;
    let counting = counting.then(|| {
        view! { <Banner title="Still counting.">"What was bought before is being counted: places may change until that is done."</Banner> }
    });
    let tabs = PERIODS
        .into_iter()
        .map(|(word, label)| {
            let here = (word == period).then_some("page");
            view! { <a href=address(PATH, &[("period", word)], None) aria-current=here>{label}</a> }
        })
        .collect_view();
    let body = if rows.is_empty() {
        view! { <Empty title="Nobody has earned anything yet" text="The first purchase of the period opens the list." /> }.into_any()
    } else {
        let nouns = ("customer", "customers");
        let turn = pages(PATH, asked, next.as_deref(), Order::Unsaid, rows.len(), nouns);
        let word = capitalised(&points_name);
        let columns = vec![Column::text("Customer"), Column::number(word.clone())];
        view! {
            <Table caption="Who earned most, the highest first" columns=columns>
                {rows.into_iter().map(|place| row(place, word.clone())).collect_view()}
            </Table>
            {turn}
        }
        .into_any()
    };
    view! {
        <nav class="tabs" aria-label="Period">{tabs}</nav>
        {counting}
        <section class="card card--flush narrow" aria-labelledby="standing">
            <div class="card__head">
                <h2 id="standing">"Standing"</h2>
                <span class="small muted">{about}</span>
            </div>
            {body}
        </section>
    }
}

fn row(row: BoardRow, word: String) -> impl IntoView {
    let BoardRow { id, name, rank, points } = row;
    view! {
        <tr role="row">
            <td role="cell">
                <a class="place" href=format!("/dashboard/customers/{id}")>
                    <span class="visually-hidden">"Number "</span>
                    <span class="place__rank num">{grouped(rank)}</span>
                    " "
                    {name}
                </a>
            </td>
            <td role="cell" class="n" data-th=word><span>{grouped(points)}</span></td>
        </tr>
    }
}

/// The way out, which forgets nothing that cannot be counted again.
fn close() -> impl IntoView {
    view! {
        <section class="card" aria-labelledby="end">
            <div class="card__head"><h2 id="end">"Close it"</h2></div>
            <form class="card__body stack" method="post" action=PATH>
                <p class="small muted">
                    "Customers no longer see it. If you open it again, everything is counted anew, and whoever is hidden stays hidden."
                </p>
                <Confirm button="Close the leaderboard" value="close" />
            </form>
        </section>
    }
}
