//! The tab of a customer: the code, by whom the customer came, and which friends came by the customer.

use super::super::list::{Asked, Order, pages};
use super::dto::{CodeRow, CustomerFriends, ReferralRow};
use super::{PATH, ban_button, customer, status};
use crate::ui::{Badge, Column, Dot, Empty, Table, Tone};
use leptos::prelude::*;

/// The tab.
pub fn friends_table(page: CustomerFriends, id: &str, asked: &Asked) -> impl IntoView + use<> {
    let CustomerFriends { code, may_review, came, rows, next } = page;
    let code = code_card(code, id, may_review);
    let came = came.map(|row| {
        view! {
            <p class="card__body">
                "Invited by "
                <a href=customer(&row.advocate)>{row.advocate_name}</a>
                ". Came " {row.came} ". "
                {status(row.state, row.waits)}
            </p>
        }
    });
    let body = if rows.is_empty() {
        view! { <Empty title="No friends yet" text="Whoever comes by this customer's link or code is listed here." /> }
            .into_any()
    } else {
        let path = customer(id);
        let nouns = ("friend", "friends");
        let turn = pages(&path, asked, next.as_deref(), Order::NewestFirst, rows.len(), nouns);
        let columns = vec![Column::text("Friend"), Column::text("State"), Column::text("Came")];
        view! {
            <Table caption="Friends, the newest first" columns=columns>{rows.into_iter().map(row).collect_view()}</Table>
            {turn}
        }
        .into_any()
    };
    view! {
        {code}
        <section class="card card--flush" aria-label="Friends">
            {came}
            {body}
        </section>
    }
}

/// The code, whether it brings anybody, and who may decide about that does it here.
fn code_card(code: Option<CodeRow>, id: &str, may_review: bool) -> impl IntoView + use<> {
    let Some(CodeRow { code, brought, banned }) = code else {
        let text = "There is none yet. It is made when the customer opens Invite in the portal.";
        return view! {
            <section class="card" aria-label="Referral code"><p class="card__body muted">{text}</p></section>
        }
        .into_any();
    };
    let is_banned = !banned.is_empty();
    let badge = if is_banned {
        view! { <Badge tone=Tone::Danger dot=Dot::Square>{format!("Banned since {banned}")}</Badge> }
            .into_any()
    } else {
        view! { <Badge tone=Tone::Leaf dot=Dot::Full>"Brings friends"</Badge> }.into_any()
    };
    let act = may_review.then(|| {
        view! {
            <form method="post" action=PATH aria-label=format!("Code {code}")>
                <input type="hidden" name="customer" value=id.to_owned() />
                <input type="hidden" name="from" value="customer" />
                {ban_button(is_banned)}
            </form>
        }
    });
    view! {
        <section class="card" aria-labelledby="referral-code">
            <div class="card__head">
                <h2 id="referral-code">"Referral code"</h2>
                {badge}
            </div>
            <div class="card__body row">
                <p>
                    <span class="mono">{code.clone()}</span>
                    " "
                    <span class="small muted">{brought}</span>
                </p>
                {act}
            </div>
        </section>
    }
    .into_any()
}

fn row(row: ReferralRow) -> impl IntoView {
    view! {
        <tr role="row">
            <td role="cell">
                <a href=customer(&row.friend)>{row.friend_name}</a>
                <small>{row.since}</small>
            </td>
            <td role="cell" data-th="State">{status(row.state, row.waits)}</td>
            <td role="cell" data-th="Came"><span>{row.came}</span></td>
        </tr>
    }
}
