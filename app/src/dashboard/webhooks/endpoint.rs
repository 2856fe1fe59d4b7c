//! The page of one endpoint: how it is, what can be done with it, and what was sent to it.

use super::super::flash::FlashBanner;
use super::super::list::{Asked, Chips, Order, asked, choice, pages};
use super::super::page::{dash, loaded, param};
use super::super::parts::{Crumbs, Refusal};
use super::api::read_webhook;
use super::dto::{DeliveryRow, EndpointPageData, EndpointRow, Group};
use super::{PATH, TITLE, address_field, fresh_secret, kind_fields, pill};
use crate::form::{FormState, use_form};
use crate::ui::{Button, ButtonVariant, Column, Empty, Table};
use leptos::prelude::*;
use leptos_meta::Title;

/// The states of deliveries, in the address and for people.
const STATES: [(&str, &str); 3] =
    [("waiting", "Waiting"), ("delivered", "Delivered"), ("failed", "Given up")];
/// The type of the event that only tests an endpoint.
const TEST: &str = "endpoint.test";

/// One endpoint.
#[component]
pub fn WebhookPage() -> impl IntoView {
    let _form = use_form();
    let id = param("id");
    let asked = asked(&["state", "type"]);
    let data = Resource::new(
        move || (id.get(), asked.get()),
        |(id, asked)| {
            let field = |name| asked.get(name).to_owned();
            read_webhook(id, field("state"), field("type"), asked.after)
        },
    );
    view! {
        <FlashBanner />
        {loaded(data, move |data| page(data, &asked.get_untracked()))}
    }
}

fn page(data: EndpointPageData, asked: &Asked) -> impl IntoView + use<> {
    let EndpointPageData { row, kinds, groups, is_on, trouble, old_secret_until, created, .. } = data;
    let path = format!("{PATH}/{}", row.id);
    let narrowing = narrowing(&groups, &path, asked).into_any();
    let may_resend = data.may_edit && is_on && asked.get("state") == "failed" && !data.deliveries.is_empty();
    let resend = may_resend.then(|| resend_form(&path, &data.once, asked.get("type")).into_any());
    let log = log(data.deliveries, data.next, &path, asked, (narrowing, resend));
    let edit = data.may_edit.then(|| edit_form(&row, kinds, groups, &path));
    let acts = data.may_edit.then(|| acts(is_on, &path, &data.once));
    let old_secret = old_secret_until.map(|until| {
        view! {
            <dt>"Old secret signs until"</dt>
            <dd>{until}</dd>
        }
    });
    view! {
        <Title text=format!("Webhook {}", row.url) />
        <div class="page__head">
            <div>
                <Crumbs href=PATH up=TITLE here=row.url.clone() />
                <h1 class="row breaks" style="--gap:var(--s-3)">{row.url.clone()} {pill(row.health, row.state)}</h1>
                {trouble.map(|trouble| view! { <p class="muted">{trouble}</p> })}
            </div>
        </div>
        <Refusal title="Not done." />
        {fresh_secret()}
        <div class="cols" style="--main:1.6fr;--aside:1fr">
            {log}
            <div class="stack" style="--gap:var(--s-5)">
                <section class="card" aria-label="What this is">
                    <div class="card__body">
                        <dl class="kv kv--start">
                            <dt>"Hears"</dt>
                            <dd>{row.hears}</dd>
                            <dt>"Last success"</dt>
                            <dd>{row.last_success.unwrap_or_else(|| "Never".to_owned())}</dd>
                            <dt>"Waiting"</dt>
                            <dd>{row.waiting}</dd>
                            <dt>"Entered"</dt>
                            <dd>{created}</dd>
                            {old_secret}
                            <dt>"Id"</dt>
                            <dd class="mono breaks">{row.id}</dd>
                        </dl>
                    </div>
                </section>
                {acts}
            </div>
        </div>
        {edit}
    }
}

fn log(
    deliveries: Vec<DeliveryRow>,
    next: Option<String>,
    path: &str,
    asked: &Asked,
    (narrowing, resend): (AnyView, Option<AnyView>),
) -> impl IntoView + use<> {
    let is_narrowed = !asked.get("state").is_empty() || !asked.get("type").is_empty();
    let body = if deliveries.is_empty() {
        let (title, text) = if is_narrowed {
            ("Nothing here", "No delivery of the last thirty days fits.")
        } else {
            ("Nothing was sent yet", "Deliveries of the last thirty days stand here.")
        };
        view! { <Empty title=title text=text /> }.into_any()
    } else {
        let columns = vec![
            Column::text("Event"),
            Column::text("Status"),
            Column::text("Answer"),
            Column::text("Written"),
        ];
        let nouns = ("delivery", "deliveries");
        let turn = pages(path, asked, next.as_deref(), Order::NewestFirst, deliveries.len(), nouns);
        view! {
            <Table caption="Deliveries, newest first" columns=columns>
                {deliveries.into_iter().map(delivery).collect_view()}
            </Table>
            {turn}
        }
        .into_any()
    };
    view! {
        <section class="card card--flush" aria-labelledby="deliveries">
            <div class="card__head"><h2 id="deliveries">"Deliveries"</h2></div>
            {narrowing} {body} {resend}
        </section>
    }
}

/// The states to choose from, and the types.
fn narrowing(groups: &[Group], path: &str, asked: &Asked) -> impl IntoView + use<> {
    let kinds = groups.iter().flat_map(|group| &group.kinds).map(|(kind, _)| kind.clone());
    let kinds = kinds.chain([TEST.to_owned()]).map(|kind| (kind.clone(), kind));
    let kinds = choice("type", "Type", "Every type", kinds, asked.get("type"));
    let state = asked.get("state").to_owned();
    let chips = Chips::states("All", STATES).bar(path, asked, &state);
    let state =
        (!state.is_empty()).then(|| view! { <input type="hidden" name="state" value=state.clone() /> });
    view! {
        <form class="filterbar" method="get" action=path.to_owned() role="search" aria-label="Deliveries">
            {kinds} {state} <button class="btn" type="submit">"Apply"</button>
        </form>
        {chips}
    }
}

/// Sends again all that was given up, of the type that is chosen.
fn resend_form(path: &str, once: &str, kind: &str) -> impl IntoView + use<> {
    let (path, once, kind) = (path.to_owned(), once.to_owned(), kind.to_owned());
    let what = if kind.is_empty() {
        "everything that was given up".to_owned()
    } else {
        format!("every {kind} that was given up")
    };
    view! {
        <form class="card__body row" style="--gap:var(--s-3)" method="post" action=path>
            <input type="hidden" name="once" value=once />
            <input type="hidden" name="type" value=kind />
            <Button name="do" value="resend-failed">{format!("Send again {what}")}</Button>
        </form>
    }
}

fn delivery(row: DeliveryRow) -> impl IntoView {
    let href = format!("{PATH}/deliveries/{}", row.id);
    let next = row.next.map(|next| view! { <small>{format!("Next {next}")}</small> });
    view! {
        <tr role="row">
            <td role="cell"><a href=href>{row.kind}</a></td>
            <td role="cell" data-th="Status">{pill(row.health, row.state)} {next}</td>
            <td role="cell" data-th="Answer">
                <span>{dash(row.status)}</span>
                <small>{row.attempts}</small>
            </td>
            <td role="cell" data-th="Written"><span>{row.created}</span></td>
        </tr>
    }
}

fn acts(is_on: bool, path: &str, once: &str) -> impl IntoView + use<> {
    let (path, once) = (path.to_owned(), once.to_owned());
    let test = is_on.then(|| {
        view! { <Button variant=ButtonVariant::Primary name="do" value="test">"Send a test event"</Button> }
    });
    let (switch, label) = if is_on { ("off", "Switch off") } else { ("on", "Switch on") };
    view! {
        <section class="card" aria-labelledby="acts">
            <div class="card__head"><h2 id="acts">"What you can do"</h2></div>
            <div class="card__body stack" style="--gap:var(--s-3)">
                <form class="row" style="--gap:var(--s-2)" method="post" action=path.clone()>
                    <input type="hidden" name="once" value=once.clone() />
                    {test} <Button name="do" value=switch>{label}</Button>
                </form>
                <details>
                    <summary class="small strong disclosure">"New secret"</summary>
                    <form class="stack" style="--gap:var(--s-2)" method="post" action=path.clone()>
                        <p class="small">"The old one signs along for 24 hours, so that nothing is missed while you change over."</p>
                        <input type="hidden" name="once" value=once />
                        <div><Button name="do" value="rotate">"Make a new secret"</Button></div>
                    </form>
                </details>
                <details>
                    <summary class="small strong disclosure">"Delete"</summary>
                    <form class="stack" style="--gap:var(--s-2)" method="post" action=path>
                        <p class="small">"What waits for it is not sent, and its log is gone. This cannot be undone."</p>
                        <div>
                            <Button variant=ButtonVariant::Danger name="do" value="delete">"Delete the endpoint"</Button>
                        </div>
                    </form>
                </details>
            </div>
        </section>
    }
}

fn edit_form(row: &EndpointRow, kinds: Vec<String>, groups: Vec<Group>, path: &str) -> impl IntoView + use<> {
    let form = use_context::<FormState>().unwrap_or_default();
    let sent = form.value("do") == Some("save") && !form.is_clean();
    let ticked = move |kind: &str| {
        if sent {
            form.value(&format!("kind.{kind}")).is_some()
        } else {
            kinds.iter().any(|known| known == kind)
        }
    };
    let (url, path) = (row.url.clone(), path.to_owned());
    view! {
        <section class="card" aria-labelledby="change">
            <div class="card__head"><h2 id="change">"Address and events"</h2></div>
            <form class="card__body stack" method="post" action=path>
                {address_field(url)} {kind_fields(groups, ticked)}
                <div>
                    <Button variant=ButtonVariant::Primary name="do" value="save">"Save"</Button>
                </div>
            </form>
        </section>
    }
}
