//! Redeeming for a customer: first one of the rewards is chosen, then it is asked once more.

use super::super::super::list::{Asked, Order, asked, pages};
use super::super::super::page::{loaded, param};
use super::super::super::parts::{Crumbs, Refusal};
use super::super::LIST;
use super::api::list_offers;
use super::dto::{Offer, Offers, Who};
use crate::address::address;
use crate::form::use_form;
use crate::ui::{Button, ButtonVariant, Column, Empty, LinkButton, Table, TextField, grouped};
use leptos::prelude::*;
use leptos_meta::Title;

/// The rewards with what is missing for each, or the one that was chosen. Needs no script.
#[component]
pub fn RedeemPage() -> impl IntoView {
    // A refused form comes back without the reward in its address.
    let sent = use_form().value("reward").map(str::to_owned);
    let (id, asked) = (param("id"), asked(&["reward"]));
    let key = move || {
        let asked = asked.get();
        let chosen = Some(asked.get("reward").to_owned()).filter(|reward| !reward.is_empty());
        (id.get(), chosen.or_else(|| sent.clone()).unwrap_or_default(), asked.after)
    };
    let data = Resource::new(key, |(id, reward, after)| list_offers(id, reward, after));
    loaded(data, move |data| page(data, &asked.get_untracked()))
}

fn page(data: Offers, asked: &Asked) -> impl IntoView + use<> {
    let Offers { customer, chosen, rows, next, once } = data;
    let Who { id, name, points, points_name } = customer.clone();
    let here = LIST.row(&id);
    let body = match chosen {
        Some(offer) => confirm(offer, &customer, once).into_any(),
        None => choice(rows, next, &customer, asked).into_any(),
    };
    view! {
        <Title text=format!("Redeem for {name}") />
        <div class="page__head">
            <div>
                <Crumbs href=LIST.path up=LIST.title of=(here, name.clone()) here="Redeem" />
                <h1>"Redeem"</h1>
                <p>
                    {format!("{name} has {} {points_name} to spend.", grouped(points))}
                </p>
            </div>
        </div>
        <Refusal title="Not redeemed." />
        {body}
    }
}

fn choice(rows: Vec<Offer>, next: Option<String>, customer: &Who, asked: &Asked) -> impl IntoView + use<> {
    let here = format!("{}/redeem", LIST.row(&customer.id));
    if rows.is_empty() {
        return view! {
            <section class="card">
                <h2 class="visually-hidden">"Rewards"</h2>
                <Empty title="There is nothing to redeem" text="Available rewards appear here.">
                    <LinkButton href=super::super::super::rewards::LIST.path>"Rewards"</LinkButton>
                </Empty>
            </section>
        }
        .into_any();
    }
    let nouns = ("reward", "rewards");
    let turn = pages(&here, asked, next.as_deref(), Order::NewestFirst, rows.len(), nouns);
    let columns =
        vec![Column::text("Reward"), Column::number("Cost"), Column::number("Had"), Column::text("Choose")];
    let rows = rows.into_iter().map(|offer| row(offer, &here)).collect_view();
    view! {
        <section class="card card--flush" aria-label="Rewards">
            <Table caption="Rewards, newest first" columns=columns>{rows}</Table>
            {turn}
        </section>
    }
    .into_any()
}

fn row(offer: Offer, here: &str) -> impl IntoView + use<> {
    let cost =
        if offer.choice.is_some() { format!("from {}", grouped(offer.cost)) } else { grouped(offer.cost) };
    let label = if offer.missing.is_empty() { "Choose" } else { "Not yet" };
    let end = if offer.missing.is_empty() {
        let href = address(here, &[("reward", &offer.id)], None);
        view! {
            <a class="btn btn--sm" href=href>
                "Choose"
                <span class="visually-hidden">{format!(" {}", offer.name)}</span>
            </a>
        }
        .into_any()
    } else {
        view! { <span class="small muted">{format!("{}.", offer.missing.join(". "))}</span> }.into_any()
    };
    view! {
        <tr role="row">
            <td role="cell">
                <b>{offer.name}</b>
                <small>{offer.summary}</small>
            </td>
            <td role="cell" class="n" data-th="Cost"><span>{cost}</span></td>
            <td role="cell" class="n" data-th="Had"><span>{offer.had.to_string()}</span></td>
            <td role="cell" data-th=label>{end}</td>
        </tr>
    }
}

/// What will happen, and the button that does it.
fn confirm(offer: Offer, customer: &Who, once: String) -> impl IntoView + use<> {
    let Who { id, points, points_name, .. } = customer.clone();
    let here = format!("{}/redeem", LIST.row(&id));
    let (cost, after) = (grouped(offer.cost), grouped(points - offer.cost));
    let what = match offer.choice {
        Some(help) => view! {
            <TextField
                name="points"
                label=format!("How many {points_name}")
                help=help
                value=offer.cost.to_string()
                inputmode="numeric"
                maxlength=20
                required=true
            />
        }
        .into_any(),
        None if points >= offer.cost => {
            view! { <p>{format!("{cost} {points_name} are spent, {after} stay.")}</p> }.into_any()
        }
        None => view! { <p>{format!("It costs {cost} {points_name}.")}</p> }.into_any(),
    };
    view! {
        <form class="card" method="post" action=here.clone()>
            <div class="card__body stack">
                <input type="hidden" name="once" value=once />
                <input type="hidden" name="reward" value=offer.id />
                <h2 class="display">{offer.name}</h2>
                <p class="muted">{offer.summary}</p>
                {what}
            </div>
            <div class="card__foot">
                <Button variant=ButtonVariant::Primary>"Redeem it"</Button>
                <LinkButton href=here.clone() variant=ButtonVariant::Quiet>"Another one"</LinkButton>
            </div>
        </form>
    }
}
