//! The team: who works for the merchant, and what they may do.

pub mod api;
mod create;
pub mod dto;
#[cfg(feature = "ssr")]
pub mod form;
#[cfg(feature = "ssr")]
pub mod load;

use super::flash::FlashBanner;
use super::list::{Asked, Chips, List, ListCard, ListHead, Listed, Order, asked};
use super::page::{capitalised, loaded};
use super::parts::Refusal;
use crate::form::use_form;
use crate::ui::Badge;
use api::read_team;
use dto::{PersonRow, TeamData};
use leptos::prelude::*;
use perennial_domain::access::Role;

const PATH: &str = "/dashboard/team";

const LIST: List = List {
    path: PATH,
    title: "Team",
    about: "Who works with this program. A role says what somebody may do; everybody has their own password.",
    nouns: ("person", "people"),
    search: "Name or e-mail",
    order: Order::By("e-mail"),
    no_match: ("Nobody matches", "Nobody in this role has this in the name or the e-mail."),
    nothing: ("Nobody yet", "Add the first person below."),
    has_csv: true,
};

/// The people, and a form for somebody new.
#[component]
pub fn TeamPage() -> impl IntoView {
    let _form = use_form();
    let asked = asked(&["q", "role"]);
    let data = Resource::new(
        move || asked.get(),
        |asked| read_team(asked.q(), asked.get("role").to_owned(), asked.after),
    );
    view! {
        <FlashBanner />
        <ListHead list=LIST />
        <Refusal title="That did not work." />
        {loaded(data, move |data| page(data, asked.get_untracked()))}
    }
}

fn page(data: TeamData, asked: Asked) -> impl IntoView {
    let TeamData { list, once } = data;
    let add = list.may_edit.then(|| view! { <create::NewPersonForm once=once.clone() /> });
    view! {
        <create::FreshPassword />
        {card(list, asked, &once)}
        <div class="cols" style="--main:1fr;--aside:1fr">{add} {roles()}</div>
    }
}

fn card(list: Listed<PersonRow>, asked: Asked, once: &str) -> impl IntoView + use<> {
    let Listed { rows, next, may_edit } = list;
    let count = rows.len();
    let rows = rows.into_iter().map(|person| row(person, may_edit, once)).collect_view();
    view! {
        <ListCard list=LIST asked=asked count=count next=next chips=chips()>
            <div class="table-wrap">
                <table class="table table--fold" role="table">
                    <caption class="visually-hidden">"People of the team, by e-mail"</caption>
                    <thead role="rowgroup">
                        <tr role="row">
                            <th scope="col" role="columnheader">"Name"</th>
                            <th scope="col" role="columnheader">"Role"</th>
                            <th scope="col" role="columnheader">"Account since"</th>
                            <th scope="col" role="columnheader">"Last sign-in"</th>
                            {may_edit.then(|| view! { <th scope="col" role="columnheader"><span class="visually-hidden">"Actions"</span></th> })}
                        </tr>
                    </thead>
                    <tbody role="rowgroup">{rows}</tbody>
                </table>
            </div>
        </ListCard>
    }
}

/// The roles, to narrow the list to one.
fn chips() -> Chips {
    let choices = vec![
        ("", "Everybody"),
        ("owner", "Owners"),
        ("manager", "Managers"),
        ("analyst", "Analysts"),
        ("support", "Support"),
        ("cashier", "Cashiers"),
    ];
    Chips { name: "role", label: "Whom to show", choices }
}

fn row(person: PersonRow, may_edit: bool, once: &str) -> impl IntoView + use<> {
    let you = person.is_self.then(|| view! { " " <Badge>"You"</Badge> });
    let since =
        if person.invited.is_some() { "Not on the team yet".to_owned() } else { person.since.clone() };
    let change = (may_edit && !person.is_self).then(|| match person.invited {
        Some(_) => invited(&person).into_any(),
        None => change(&person, once).into_any(),
    });
    let waits = person.invited.map(|until| view! { " " <Badge>{until}</Badge> });
    view! {
        <tr role="row">
            <td role="cell">
                <b>{person.name}</b>
                {you}
                {waits}
                <small>{person.email}</small>
            </td>
            <td role="cell" data-th="Role"><span>{capitalised(person.role.as_str())}</span></td>
            <td role="cell" data-th="Account since"><span>{since}</span></td>
            <td role="cell" data-th="Last sign-in">
                <span>{person.last_sign_in.unwrap_or_else(|| "Not yet".to_owned())}</span>
            </td>
            {may_edit.then(|| view! { <td role="cell" class="n" data-th="">{change}</td> })}
        </tr>
    }
}

/// What can be done about a person. The first button is the one that Enter presses.
fn change(person: &PersonRow, once: &str) -> impl IntoView + use<> {
    let label = format!("Change {}", person.email);
    let (id, once, now) = (person.id.clone(), once.to_owned(), person.role);
    let options = Role::ALL
        .into_iter()
        .map(|role| {
            let selected = role == now;
            view! { <option value=role.as_str() selected=selected>{capitalised(role.as_str())}</option> }
        })
        .collect_view();
    view! {
        <details class="menu">
            <summary class="btn btn--sm" aria-label=label>"Change"</summary>
            <form class="menu__list menu__panel" method="post" action=PATH>
                <input type="hidden" name="id" value=id />
                <input type="hidden" name="once" value=once />
                <label class="field">
                    <span class="field__label">"Role here"</span>
                    <select class="select" name="role">{options}</select>
                </label>
                <button type="submit" name="do" value="role">"Save the role"</button>
                <p class="small">"Lost the password? A new one ends every session of this person."</p>
                <button type="submit" name="do" value="password">"Make a new password"</button>
                <p class="small">"Whoever is removed is signed out at once. They can be added again."</p>
                <button class="is-danger" type="submit" name="do" value="remove">"Remove from the team"</button>
            </form>
        </details>
    }
}

/// What can be done about an invitation.
fn invited(person: &PersonRow) -> impl IntoView + use<> {
    let label = format!("Change the invitation of {}", person.email);
    let id = person.id.clone();
    view! {
        <details class="menu">
            <summary class="btn btn--sm" aria-label=label>"Change"</summary>
            <form class="menu__list menu__panel" method="post" action=PATH>
                <input type="hidden" name="id" value=id />
                <p class="small">"A new e-mail, valid for a week. The one before it opens nothing any more."</p>
                <button type="submit" name="do" value="send">"Send again"</button>
                <button class="is-danger" type="submit" name="do" value="withdraw">"Withdraw"</button>
            </form>
        </details>
    }
}

/// The role in a sentence: `an owner`.
#[cfg(feature = "ssr")]
pub(super) const fn with_article(role: Role) -> &'static str {
    match role {
        Role::Owner => "an owner",
        Role::Manager => "a manager",
        Role::Analyst => "an analyst",
        Role::Support => "support",
        Role::Cashier => "a cashier",
    }
}

/// What a role may do, in a sentence.
const fn about(role: Role) -> &'static str {
    match role {
        Role::Owner => "May do everything; only owners make API keys and change the team.",
        Role::Manager => "Runs the program: promotions, rewards, customers, settings.",
        Role::Analyst => "Sees everything, changes nothing.",
        Role::Support => "Helps customers: corrects points and details, redeems rewards for them.",
        Role::Cashier => "Serves customers at the till of a store, and sees nothing else.",
    }
}

fn roles() -> impl IntoView {
    let roles = Role::ALL
        .into_iter()
        .map(|role| {
            view! {
                <div>
                    <dt><b>{capitalised(role.as_str())}</b></dt>
                    <dd class="small muted">{about(role)}</dd>
                </div>
            }
        })
        .collect_view();
    view! {
        <section class="card" aria-labelledby="roles">
            <div class="card__head"><h2 id="roles">"Roles"</h2></div>
            <dl class="card__body stack" style="--gap:var(--s-3)">{roles}</dl>
        </section>
    }
}
