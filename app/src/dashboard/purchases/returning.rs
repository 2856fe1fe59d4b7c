//! Returning a purchase: a form that first shows what would be taken back.

use super::super::edit::LOOKED_AT;
use super::super::page::{loaded, param};
use super::super::parts::{Crumbs, Problem};
use super::api::read_return;
use super::dto::{Change, ReturnForm, ReturnLine, ReturnRow};
use crate::form::{FormState, use_form};
use crate::ui::icon::{self, Icon};
use crate::ui::{
    Banner, BannerTone, Button, ButtonVariant, Column, LinkButton, Receipt, Table, TextField, grouped,
};
use leptos::prelude::*;
use leptos_meta::Title;

/// The form, its preview and, in the end, the button that does it. Needs no script.
#[component]
pub fn ReturnPage() -> impl IntoView {
    let _form = use_form();
    let id = param("id");
    let data = Resource::new(move || id.get(), read_return);
    loaded(data, page)
}

fn page(data: ReturnForm) -> impl IntoView {
    let purchase = super::LIST.row(&data.id);
    let transaction_id = data.transaction_id.clone();
    let about = about(&data);
    let form = sheet(data, format!("{purchase}/return"), purchase.clone());
    view! {
        <Title text=format!("Return of {transaction_id}") />
        <div class="page__head">
            <div>
                <Crumbs href="/dashboard/purchases" up="Purchases" of=(purchase.clone(), transaction_id.clone()) here="Return" />
                <h1>"Return"</h1>
                {about}
            </div>
        </div>
        {form}
    }
}

/// What is left of which purchase, and what becomes of what was spent.
pub fn about(data: &ReturnForm) -> impl IntoView + use<> {
    let ReturnForm { transaction_id, left, policy, complete, .. } = data.clone();
    view! {
        <p>
            {if complete { "Nothing is left of purchase ".to_owned() } else { format!("{left} is left of purchase ") }}
            <span class="mono">{transaction_id}</span>
            {format!(". What came back takes back what it had earned. {policy}")}
        </p>
    }
}

/// The form, which is sent to `action`; `back` leads away from it.
pub fn sheet(data: ReturnForm, action: String, back: String) -> impl IntoView {
    let ReturnForm { points_name, lines, left, once, may_return, complete, .. } = data;
    let form = use_context::<FormState>().unwrap_or_default();
    let preview = preview(&form, &points_name);
    let seen = preview.is_some();
    // Only with what it is about: what is refused or new is looked at first.
    let mark = form.value(LOOKED_AT).filter(|_| seen).map(str::to_owned);
    let everything = form.value("everything") == Some("yes");
    let closed = !may_return || complete;
    view! {
        <form class="card narrow" method="post" action=action>
            <Problem />
            <fieldset class="card__body stack bare" disabled=closed>
                <input type="hidden" name="once" value=once />
                {mark.map(|mark| view! { <input type="hidden" name=LOOKED_AT value=mark /> })}
                {preview}
                <label class="check">
                    <input type="checkbox" name="everything" value="yes" checked=everything />
                    <span>{format!("Everything that is left, {left}")}</span>
                </label>
                {lines.into_iter().enumerate().map(|(place, line)| one_line(place, line)).collect_view()}
                <TextField
                    name="amount"
                    label="Or one amount for the whole purchase"
                    help=format!("When you do not know the lines. At most {left}.")
                    inputmode="decimal"
                    maxlength=30
                />
                <TextField
                    name="return_id"
                    label="Number of the return"
                    help="As the till knows it; optional. The same number never counts twice."
                    maxlength=128
                />
            </fieldset>
            {(!closed)
                .then(|| {
                    let look = if seen { ButtonVariant::Default } else { ButtonVariant::Primary };
                    view! {
                        <div class="card__foot">
                            {seen
                                .then(|| {
                                    view! { <Button variant=ButtonVariant::Primary name="do" value="return">"Book the return"</Button> }
                                })}
                            <Button variant=look name="do" value="preview">
                                {if seen { "Look again" } else { "See what it takes back" }}
                            </Button>
                            <LinkButton href=back variant=ButtonVariant::Quiet>"Cancel"</LinkButton>
                        </div>
                    }
                })}
        </form>
    }
}

/// Units and an amount of one line; nothing of a line that is back already.
fn one_line(place: usize, line: ReturnLine) -> impl IntoView {
    let ReturnLine { label, units_left, left, done } = line;
    let heading = format!("Line {}: {label}", place + 1);
    if done {
        return view! { <p class="small muted">{format!("{heading}. All of it is back.")}</p> }.into_any();
    }
    let units = (units_left > 0).then(|| {
        view! {
            <TextField
                name=format!("units.{place}")
                label="Units"
                help=format!("{} left", grouped(i64::try_from(units_left).unwrap_or(i64::MAX)))
                inputmode="numeric"
                maxlength=15
            />
        }
    });
    view! {
        <fieldset class="stack bare" style="--gap:var(--s-2)">
            <legend class="strong">{heading}</legend>
            <div class="row" style="--gap:var(--s-4)">
                {units}
                <TextField
                    name=format!("sum.{place}")
                    label="Amount"
                    help=format!("{left} left")
                    inputmode="decimal"
                    maxlength=30
                />
            </div>
        </fieldset>
    }
    .into_any()
}

/// What the form would do, when it was asked.
fn preview(form: &FormState, points_name: &str) -> Option<impl IntoView + use<>> {
    let number = |name: &str| form.value(name)?.parse::<i64>().ok();
    let amount = form.value("preview.amount")?.to_owned();
    let points = number("preview.points")?;
    let mut text = match (number("preview.before"), number("preview.after")) {
        (Some(before), Some(after)) => format!(
            "{amount} comes back and takes back {} {points_name}: {} before, {} after.",
            grouped(points),
            grouped(before),
            grouped(after),
        ),
        _ => format!("{amount} comes back. Nobody has claimed the purchase: a claim will give so much less."),
    };
    if let (Some(before), Some(after)) = (number("preview.pending_before"), number("preview.pending_after"))
        && before != after
    {
        text.push_str(&format!(" Waiting: {} before, {} after.", grouped(before), grouped(after)));
    }
    if let Some(debt) = number("preview.debt").filter(|debt| *debt > 0) {
        text.push_str(&format!(" {} were spent already and will be owed.", grouped(debt)));
    }
    if let Some(absorbed) = number("preview.absorbed").filter(|absorbed| *absorbed > 0) {
        text.push_str(&format!(" {} were spent already; they are your loss.", grouped(absorbed)));
    }
    if let Some(back) = form.value("preview.back").filter(|back| !back.is_empty()) {
        text.push_str(&format!(" {back}"));
    }
    text.push_str(" Nothing has happened yet.");
    let title = if form.value("preview.other") == Some("yes") {
        "The fields have changed since the last look. This is what it does now."
    } else {
        "This is what it does."
    };
    let changes: Vec<Change> =
        form.value("preview.changes").and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    Some(view! {
        <Banner tone=BannerTone::Info title=title>{text}</Banner>
        {(!changes.is_empty())
            .then(|| {
                view! {
                    <dl class="kv kv--changes" aria-label="What changes">
                        {changes.into_iter().map(change).collect_view()}
                    </dl>
                }
            })}
    })
}

/// What is and what would be; what stays as it is once.
fn change(change: Change) -> impl IntoView {
    let Change { label, before, after } = change;
    let value = if before == after {
        view! { <dd>{after}</dd> }.into_any()
    } else {
        view! {
            <dd>
                <span class="shift">
                    <s><span class="visually-hidden">"now "</span>{before}</s>
                    <Icon glyph=icon::ARROW />
                    <b><span class="visually-hidden">"then "</span>{after}</b>
                </span>
            </dd>
        }
        .into_any()
    };
    view! {
        <dt>{label}</dt>
        {value}
    }
}

/// What was returned of a purchase; nothing where nothing was.
pub fn returns(rows: Vec<ReturnRow>, points_name: &str) -> Option<impl IntoView + use<>> {
    if rows.is_empty() {
        return None;
    }
    let columns = vec![
        Column::text("Return"),
        Column::text("When"),
        Column::text("By"),
        Column::number("Amount"),
        Column::number(format!("Took back {points_name}")),
    ];
    let only = rows.len() == 1;
    let receipts = rows.iter().map(|row| receipt(row, only)).collect_view();
    let rows = rows.into_iter().map(row).collect_view();
    Some(view! {
        <section class="card" aria-labelledby="returns">
            <div class="card__head">
                <h2 id="returns">"Returns"</h2>
            </div>
            <Table caption="What was returned, oldest first" columns=columns>
                {rows}
            </Table>
            <div class="card__body stack" style="--gap:var(--s-3)">{receipts}</div>
        </section>
    })
}

/// What a return took back, line by line.
fn receipt(row: &ReturnRow, open: bool) -> impl IntoView + use<> {
    view! {
        <details open=open>
            <summary class="small strong disclosure">{format!("What {} took back", row.return_id)}</summary>
            <Receipt receipt=row.receipt.clone() />
        </details>
    }
}

fn row(row: ReturnRow) -> impl IntoView {
    let ReturnRow { return_id, when, by, amount, points, note, .. } = row;
    view! {
        <tr role="row">
            <td role="cell" class="mono breaks">{return_id}</td>
            <td role="cell" data-th="When"><span>{when}</span></td>
            <td role="cell" data-th="By"><span>{by}</span></td>
            <td role="cell" class="n" data-th="Amount"><span>{amount}</span></td>
            <td role="cell" class="n" data-th="Took back">
                <span>{grouped(points)}</span>
                {(!note.is_empty()).then(|| view! { <span class="small muted">{format!(" {note}")}</span> })}
            </td>
        </tr>
    }
}
