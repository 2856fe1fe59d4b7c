//! Webhooks: the endpoints that hear events, and what became of each event.

pub mod api;
mod delivery;
pub mod dto;
mod endpoint;
#[cfg(feature = "ssr")]
pub mod form;
#[cfg(feature = "ssr")]
pub mod load;

pub use delivery::DeliveryPage;
pub use endpoint::WebhookPage;

use super::flash::FlashBanner;
use super::list::{Asked, Chips, List, ListCard, ListHead, Listed, Order, asked};
use super::page::loaded;
use super::parts::{Refusal, behind_button};
use crate::form::{FormState, use_form};
use crate::ui::icon::{self, Icon};
use crate::ui::{Badge, Button, ButtonVariant, CodeBlock, Column, Dot, Table, TextField, Tone};
use api::read_webhooks;
use dto::{EndpointRow, Group, Health, WebhooksData};
use leptos::prelude::*;

const PATH: &str = "/dashboard/webhooks";
const TITLE: &str = "Webhooks";

const LIST: List = List {
    path: PATH,
    title: TITLE,
    about: "Events of your program, sent to your own systems within seconds, signed, and retried until they arrive.",
    nouns: ("endpoint", "endpoints"),
    search: "URL",
    order: Order::NewestFirst,
    no_match: ("Nothing matches", "No endpoint in this state has this in its address."),
    nothing: (
        "No endpoint yet",
        "Enter the address of your own system, and it hears of points, tiers, rewards and referrals as they happen.",
    ),
    has_csv: true,
};

/// The endpoints, and a form for a new one.
#[component]
pub fn WebhooksPage() -> impl IntoView {
    let _form = use_form();
    let asked = asked(&["q", "state"]);
    let data = Resource::new(
        move || asked.get(),
        |asked| read_webhooks(asked.q(), asked.get("state").to_owned(), asked.after),
    );
    view! {
        <FlashBanner />
        <ListHead list=LIST />
        <Refusal title="That did not work." />
        {loaded(data, move |data| page(data, asked.get_untracked()))}
    }
}

fn page(data: WebhooksData, asked: Asked) -> impl IntoView {
    let WebhooksData { list, groups, once } = data;
    let has_some = !list.rows.is_empty() || asked.is_narrowed();
    let is_refused = use_context::<FormState>().is_some_and(|form| form.is_refused("create"));
    let form = list.may_edit.then(|| new_form(groups, once).into_any());
    let (above, below) = match has_some {
        true => (form.map(|form| behind_button("New endpoint", is_refused, form)), None),
        false => (None, form),
    };
    view! {
        {fresh_secret()}
        {above}
        {card(list, asked)}
        {below}
    }
}

fn card(list: Listed<EndpointRow>, asked: Asked) -> impl IntoView {
    let Listed { rows, next, .. } = list;
    let chips = Chips::states(
        "All",
        [("active", "Active"), ("failing", "Failing"), ("disabled", "Switched off or given up")],
    );
    let columns = vec![
        Column::text("Address"),
        Column::text("Status"),
        Column::text("Hears"),
        Column::text("Last success"),
        Column::number("Waiting"),
    ];
    view! {
        <ListCard list=LIST asked=asked count=rows.len() next=next chips=chips>
            <Table caption="Endpoints, newest first" columns=columns>
                {rows.into_iter().map(row).collect_view()}
            </Table>
        </ListCard>
    }
}

fn row(row: EndpointRow) -> impl IntoView {
    let href = format!("{PATH}/{}", row.id);
    view! {
        <tr role="row">
            <td role="cell" class="breaks"><a href=href>{row.url}</a></td>
            <td role="cell" data-th="Status">{pill(row.health, row.state)}</td>
            <td role="cell" data-th="Hears"><span>{row.hears}</span></td>
            <td role="cell" data-th="Last success"><span>{row.last_success.unwrap_or_else(|| "Never".to_owned())}</span></td>
            <td role="cell" class="n" data-th="Waiting"><span>{row.waiting}</span></td>
        </tr>
    }
}

/// A state as a pill: shape, word and colour.
fn pill(health: Health, state: String) -> impl IntoView {
    let (tone, dot) = match health {
        Health::Well => (Tone::Leaf, Dot::Full),
        Health::Waiting => (Tone::Sky, Dot::Ring),
        Health::Failing => (Tone::Petal, Dot::Ring),
        Health::Failed => (Tone::Danger, Dot::Square),
        Health::Off => (Tone::Plain, Dot::Square),
    };
    view! { <Badge tone=tone dot=dot>{state}</Badge> }
}

/// The secret that this answer brings, if it brings one. It is nowhere else: not in the address, not in a list.
fn fresh_secret() -> Option<impl IntoView> {
    let secret = use_context::<FormState>()?.value("fresh.secret")?.to_owned();
    Some(view! {
        <section class="banner banner--petal" role="status" aria-label="The secret">
            <Icon glyph=icon::KEY />
            <div class="grow stack" style="--gap:var(--s-3)">
                <p>
                    <b>"Copy the secret now."</b>
                    " Your program verifies with it that a request is from us. It is shown this once."
                </p>
                <CodeBlock text=secret copy_label="Copy the secret" />
            </div>
        </section>
    })
}

fn new_form(groups: Vec<Group>, once: String) -> impl IntoView {
    let form = use_context::<FormState>().unwrap_or_default();
    let sent = form.is_refused("create");
    let ticked = move |kind: &str| sent && form.value(&format!("kind.{kind}")).is_some();
    view! {
        <section class="card" aria-labelledby="new-endpoint">
            <div class="card__head"><h2 id="new-endpoint">"New endpoint"</h2></div>
            <form class="card__body stack" method="post" action=PATH>
                <input type="hidden" name="once" value=once />
                {address_field(String::new())} {kind_fields(groups, ticked)}
                <div>
                    <Button variant=ButtonVariant::Primary name="do" value="create">"Add endpoint"</Button>
                </div>
            </form>
        </section>
    }
}

fn address_field(value: String) -> impl IntoView {
    view! {
        <TextField
            name="url"
            label="Address"
            help="An https address on the public internet. We send POST requests with JSON, and wait ten seconds for an answer."
            value=value
            kind="url"
            maxlength=2000
            required=true
        />
    }
}

/// A box for every kind, by the thing that it is about.
fn kind_fields(groups: Vec<Group>, ticked: impl Fn(&str) -> bool) -> impl IntoView {
    let groups = groups
        .into_iter()
        .map(|group| {
            let kinds = group
                .kinds
                .into_iter()
                .map(|(kind, when)| {
                    let (name, checked) = (format!("kind.{kind}"), ticked(&kind));
                    view! {
                        <label class="check">
                            <input type="checkbox" name=name value="on" checked=checked />
                            <span>
                                <code>{kind}</code> " " <span class="small muted">{when}</span>
                            </span>
                        </label>
                    }
                })
                .collect_view();
            view! {
                <fieldset class="bare stack" style="--gap:var(--s-2)">
                    <legend class="field__label">{group.name}</legend>
                    {kinds}
                </fieldset>
            }
        })
        .collect_view();
    view! {
        <p class="small muted">"Tick what it should hear. With nothing ticked it hears every event, including those of later versions."</p>
        <div class="ticks ticks--groups">{groups}</div>
    }
}
