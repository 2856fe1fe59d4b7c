//! Messages: what the program's e-mails say.

pub mod api;
pub mod dto;
mod edit;
#[cfg(feature = "ssr")]
pub mod form;
#[cfg(feature = "ssr")]
mod load;
mod preview;

pub use edit::MessagePage;

use super::flash::FlashBanner;
use super::page::loaded;
use super::parts::PageHead;
use crate::ui::{Badge, Column, Dot, Table, Tone};
use api::read_messages;
use dto::{MessageRow, MessagesData};
use leptos::prelude::*;

const PATH: &str = "/dashboard/messages";
const TITLE: &str = "Messages";

/// The kinds of messages.
#[component]
pub fn MessagesPage() -> impl IntoView {
    let data = Resource::new(|| (), |()| read_messages());
    view! {
        <FlashBanner />
        <PageHead
            title=TITLE
            about="Your e-mails to customers, in your name and colour, for those who have not unsubscribed."
        />
        {loaded(data, list)}
    }
}

fn list(data: MessagesData) -> impl IntoView {
    let columns = vec![
        Column::text("Message"),
        Column::text("Subject"),
        Column::text("Text"),
        Column::text("Customers"),
    ];
    view! {
        <section class="card card--flush" aria-label=TITLE>
            <Table caption="Messages" columns=columns>{data.rows.into_iter().map(row).collect_view()}</Table>
        </section>
    }
}

fn row(row: MessageRow) -> impl IntoView {
    let MessageRow { kind, subject, changed } = row;
    let is_changed = changed.is_some();
    let customers = if kind.is_optional() { "May unsubscribe" } else { "Always get it" };
    view! {
        <tr role="row">
            <td role="cell">
                <a href=format!("{PATH}/{kind}")>{kind.title()}</a>
                <small>{kind.sent_when()}</small>
            </td>
            <td role="cell" data-th="Subject"><span>{subject}</span></td>
            <td role="cell" data-th="Text">{state(is_changed)} {changed.map(|changed| view! { <small>{changed}</small> })}</td>
            <td role="cell" data-th="Customers"><span>{customers}</span></td>
        </tr>
    }
}

/// Whether the merchant has changed it, as a pill: shape, word and colour.
fn state(is_changed: bool) -> impl IntoView {
    let (tone, dot, word) =
        if is_changed { (Tone::Leaf, Dot::Full, "Changed") } else { (Tone::Plain, Dot::Ring, "Default") };
    view! { <Badge tone=tone dot=dot>{word}</Badge> }
}
