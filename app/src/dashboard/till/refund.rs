//! What comes back: a purchase of the store is looked for by its number, then returned like everywhere else.

use super::api::{find_purchases, read_return};
use super::dto::{RefundData, SaleRow};
use super::frame::no_store;
use super::{RECEIPT, REFUND};
use crate::dashboard::flash::FlashBanner;
use crate::dashboard::page::{capitalised, loaded, param, query_param};
use crate::dashboard::purchases::dto::ReturnForm;
use crate::dashboard::purchases::returning::{about, sheet};
use crate::form::use_form;
use crate::ui::icon;
use crate::ui::{Button, ButtonVariant, Column, Empty, Table, TextField, grouped};
use leptos::prelude::*;
use leptos_meta::Title;

/// The search.
#[component]
pub fn RefundPage() -> impl IntoView {
    let number = query_param("number");
    let data = Resource::new(move || number.get(), find_purchases);
    view! {
        <FlashBanner />
        <Title text="Refund" />
        <div class="till__page stack">
            <h1>"Refund"</h1>
            {loaded(data, |data| match data {
                Some(data) => found(data).into_any(),
                None => no_store().into_any(),
            })}
        </div>
    }
}

fn found(data: RefundData) -> impl IntoView {
    let RefundData { number, rows, points_name } = data;
    let list = match (number.is_empty(), rows.is_empty()) {
        (true, _) => None,
        (false, true) => Some(
            view! { <Empty title="No such purchase" text="No purchase of this store has this number. Compare it with the receipt." /> }
                .into_any(),
        ),
        (false, false) => Some(table(rows, &points_name, REFUND, "Purchases that were found").into_any()),
    };
    view! {
        <form class="card" role="search" method="get" action=REFUND>
            <div class="card__body stack">
                <TextField
                    name="number"
                    label="Number on the receipt"
                    help="Or how it begins. Only purchases of this store are found."
                    value=number
                    maxlength=128
                    required=true
                />
                <div>
                    <Button variant=ButtonVariant::Primary icon=icon::SEARCH>"Look up"</Button>
                </div>
            </div>
        </form>
        {list}
    }
}

/// Sales, each with a link to its page below `path`.
pub fn table(
    rows: Vec<SaleRow>,
    points_name: &str,
    path: &'static str,
    caption: &'static str,
) -> impl IntoView + use<> {
    let columns = vec![
        Column::text("Number"),
        Column::text("When"),
        Column::text("Whose"),
        Column::number("Amount"),
        Column::number(capitalised(points_name)),
    ];
    let rows = rows
        .into_iter()
        .map(|row| {
            let SaleRow { id, number, when, amount, points, state } = row;
            view! {
                <tr role="row">
                    <td role="cell">
                        <a class="mono" href=format!("{path}/{id}") rel="external">{number}</a>
                    </td>
                    <td role="cell" data-th="When"><span>{when}</span></td>
                    <td role="cell" data-th="Whose"><span>{state}</span></td>
                    <td role="cell" class="n" data-th="Amount"><span>{amount}</span></td>
                    <td role="cell" class="n" data-th="Points"><span>{grouped(points)}</span></td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <section class="card card--flush" aria-label=caption>
            <Table caption=caption columns=columns>{rows}</Table>
        </section>
    }
}

/// The form of one purchase, with its preview and, in the end, the button that does it.
#[component]
pub fn RefundedPage() -> impl IntoView {
    let _form = use_form();
    let id = param("id");
    let data = Resource::new(move || id.get(), read_return);
    view! {
        <Title text="Refund" />
        <div class="till__page stack">
            <h1>"Refund"</h1>
            {loaded(data, |data| match data {
                Some(data) => returning(data).into_any(),
                None => no_store().into_any(),
            })}
        </div>
    }
}

fn returning(data: ReturnForm) -> impl IntoView {
    let about = about(&data);
    let (action, receipt) = (format!("{REFUND}/{}", data.id), format!("{RECEIPT}/{}", data.id));
    view! {
        {about}
        {sheet(data, action, receipt)}
    }
}
