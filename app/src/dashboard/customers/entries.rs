//! The entries of a customer as the ledger has them, all or those of one sort.

use super::super::list::{Asked, Chips, Order, pages};
use super::dto::CustomerEntries;
use crate::ui::{Column, Empty, Table, grouped, signed};
use leptos::prelude::*;

/// The sorts of entries, by their words in the address and for people.
const SORTS: [(&str, &str); 5] =
    [("", "All"), ("earned", "Earned"), ("spent", "Spent"), ("pending", "Pending"), ("expired", "Expired")];

/// The entries as the ledger has them, all or those of one sort.
pub fn entries(page: CustomerEntries, id: &str, asked: &Asked) -> impl IntoView + use<> {
    let path = super::LIST.row(id);
    let show = asked.get("show");
    let chips = Chips { name: "show", label: "Sort of entries", choices: SORTS.to_vec() };
    let chips = chips.bar(&path, asked, show);
    if page.rows.is_empty() {
        let (title, text) = match show {
            "" => ("No entries yet", "Every movement of the balance is an entry here. None is ever changed."),
            _ => ("No such entries", "This customer has none of this sort."),
        };
        return view! { <section class="card card--flush" aria-label="Ledger entries">{chips} <Empty title=title text=text /></section> }
            .into_any();
    }
    let nouns = ("entry", "entries");
    let turn = pages(&path, asked, page.next.as_deref(), Order::NewestFirst, page.rows.len(), nouns);
    let rows = page
        .rows
        .into_iter()
        .map(|entry| {
            let number = grouped(entry.sequence);
            let number = match entry.purchase {
                Some(purchase) => {
                    view! { <a href=format!("/dashboard/purchases/{purchase}")>{number}</a> }.into_any()
                }
                None => number.into_any(),
            };
            view! {
                <tr role="row">
                    <td role="cell">{number}</td>
                    <td role="cell" data-th="What"><span>{entry.what}</span></td>
                    <td role="cell" data-th="Account"><span>{entry.account}</span></td>
                    <td role="cell" data-th="Posted"><span>{entry.when}</span></td>
                    <td role="cell" class="n" data-th="Amount"><span>{signed(entry.amount)}</span></td>
                </tr>
            }
        })
        .collect_view();
    let columns = vec![
        Column::text("Number"),
        Column::text("What"),
        Column::text("Account"),
        Column::text("Posted"),
        Column::number("Amount"),
    ];
    view! {
        <section class="card card--flush" aria-label="Ledger entries">
            {chips}
            <Table caption="Ledger entries, newest first" columns=columns>{rows}</Table>
            {turn}
        </section>
    }
    .into_any()
}
