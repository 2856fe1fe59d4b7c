//! The codes of a pool: how many there are, and the way to add more.

use super::super::flash::FlashBanner;
use super::super::format::plural;
use super::super::page::{loaded, param};
use super::super::parts::Problem;
use super::LIST;
use super::api::read_codes;
use super::dto::CodesPage as Data;
use crate::form::{FormState, use_form};
use crate::ui::icon::{self, Icon};
use crate::ui::{Banner, BannerTone, Button, ButtonVariant, Field, LinkButton, TextArea, grouped};
use leptos::prelude::*;
use leptos_meta::Title;

/// The page of the codes of one reward.
#[component]
pub fn CodesPage() -> impl IntoView {
    let _form = use_form();
    let id = param("id");
    let data = Resource::new(move || id.get(), read_codes);
    view! {
        <FlashBanner />
        {loaded(data, page)}
    }
}

fn page(data: Data) -> impl IntoView {
    let Data { id, name, free, taken, withdrawn, may_edit } = data;
    let reward = LIST.row(&id);
    let tile = |label: &'static str, count: i64, note: &'static str| {
        view! {
            <div class="tile">
                <div class="tile__label">{label}</div>
                <div class="tile__value">{grouped(count)}</div>
                <div class="tile__note">{note}</div>
            </div>
        }
    };
    let empty = (free == 0).then(|| {
        view! {
            <Banner tone=BannerTone::Petal title="No code is left.">
                "Customers cannot get this reward until there are codes."
            </Banner>
        }
    });
    view! {
        <Title text=format!("Codes of {name}") />
        <div class="page__head">
            <div>
                <nav class="crumbs" aria-label="Breadcrumb">
                    <a href=LIST.path>{LIST.title}</a>
                    <Icon glyph=icon::RIGHT />
                    <a href=reward.clone()>{name}</a>
                    <Icon glyph=icon::RIGHT />
                    <span aria-current="page">"Codes"</span>
                </nav>
                <h1>"Codes"</h1>
            </div>
        </div>
        {added()} {empty}
        <section class="tiles" style="--tile:9.5rem" aria-label="How many codes there are">
            {tile("Left", free, "nobody has them yet")}
            {tile("Taken", taken, "customers have them")}
            {(withdrawn > 0).then(|| tile("Withdrawn", withdrawn, "taken back, nobody gets them"))}
        </section>
        {may_edit.then(|| upload(&reward))}
    }
}

/// What an upload did, when one was made.
fn added() -> Option<impl IntoView> {
    let form = use_context::<FormState>().unwrap_or_default();
    let number = |name: &str| form.value(name)?.parse::<i64>().ok();
    let (added, repeated) = (number("answer.added")?, number("answer.repeated")?);
    let (tone, title) = if added == 0 {
        (BannerTone::Info, "Nothing new.".to_owned())
    } else {
        (BannerTone::Leaf, format!("{} added.", plural(added, "code", "codes")))
    };
    let text = match repeated {
        0 => String::new(),
        1 => "1 was there already, or twice in the list; it was left as it is.".to_owned(),
        many => {
            format!("{} were there already, or twice in the list; they were left as they are.", grouped(many))
        }
    };
    Some(view! { <Banner tone=tone title=title>{text}</Banner> })
}

/// A file or a list to paste: whichever is there, or both.
fn upload(reward: &str) -> impl IntoView + use<> {
    let form = use_context::<FormState>().unwrap_or_default();
    let invalid = form.error("file").is_some().then_some("true");
    view! {
        <form class="card" method="post" action=format!("{reward}/codes") enctype="multipart/form-data">
            <div class="card__head"><h2>"Add codes"</h2></div>
            <Problem />
            <div class="card__body stack">
                <Field
                    name="file"
                    label="A CSV file"
                    help="One code a line, in the first column; a first line “code” is a heading. At most 100,000 codes. A file can be sent again: what is there already stays."
                >
                    <input
                        class="input input--file"
                        type="file"
                        id="file"
                        name="file"
                        accept=".csv,.txt,text/csv,text/plain"
                        aria-invalid=invalid
                        aria-describedby="file-note"
                    />
                </Field>
                <TextArea
                    name="codes"
                    label="Or paste them"
                    help="One code a line, as customers will be shown it."
                />
            </div>
            <div class="card__foot">
                <Button variant=ButtonVariant::Primary>"Add codes"</Button>
                <LinkButton href=reward.to_owned() variant=ButtonVariant::Quiet>"Back to the reward"</LinkButton>
            </div>
        </form>
    }
}
