//! The page of one redemption: where it is in its life, what happened, and what can be done about it.

use super::super::flash::FlashBanner;
use super::super::page::{loaded, param};
use super::super::parts::{Crumbs, Refusal};
use super::api::read_redemption;
use super::dto::{Act, RedemptionDetail, StepRow, VoucherLine};
use super::{LIST, VOUCHER, words};
use crate::address::address;
use crate::form::use_form;
use crate::ui::icon::Icon;
use crate::ui::{Button, ButtonVariant, grouped};
use leptos::prelude::*;
use leptos_meta::Title;

/// One redemption.
#[component]
pub fn RedemptionPage() -> impl IntoView {
    let _form = use_form();
    let id = param("id");
    let data = Resource::new(move || id.get(), read_redemption);
    view! {
        <FlashBanner />
        {loaded(data, page)}
    }
}

fn page(data: RedemptionDetail) -> impl IntoView {
    let RedemptionDetail { row, reward_id, voucher, held_until, steps, acts, is_pool, points_name } = data;
    let points = format!("{} {points_name}", grouped(row.points));
    let (customer, called) = row.customer;
    let held = held_until.map(|until| {
        view! {
            <dt>"Held until"</dt>
            <dd>{until}</dd>
        }
    });
    let voucher = voucher.map(voucher_lines);
    let acts = acts_card(&row.id, &acts, &points, is_pool);
    let history = steps.into_iter().rev().map(step).collect_view();
    view! {
        <Title text=format!("{} for {called}", row.reward) />
        <div class="page__head">
            <div>
                <Crumbs href=LIST.path up=LIST.title here=row.reward.clone() />
                <h1 class="row" style="--gap:var(--s-3)">{row.reward.clone()} {words::redemption_badge(&row.state)}</h1>
            </div>
        </div>
        <Refusal title="Not done." />
        <div class="cols" style="--main:1.6fr;--aside:1fr">
            <section class="card card--flush" aria-labelledby="history">
                <div class="card__head"><h2 id="history">"What happened"</h2></div>
                <ol class="timeline" style="padding-inline:var(--s-5)">{history}</ol>
            </section>
            <div class="stack" style="--gap:var(--s-5)">
                {acts}
                <section class="card" aria-label="What this is">
                    <div class="card__body">
                        <dl class="kv kv--start">
                            <dt>"Customer"</dt>
                            <dd class="breaks"><a href=format!("/dashboard/customers/{customer}?tab=rewards")>{called}</a></dd>
                            <dt>"Reward"</dt>
                            <dd class="breaks"><a href=super::super::rewards::LIST.row(&reward_id)>{row.reward}</a></dd>
                            <dt>"Kind"</dt>
                            <dd>{row.kind}</dd>
                            <dt>"Cost"</dt>
                            <dd>{points}</dd>
                            {held} {voucher}
                            <dt>"Id"</dt>
                            <dd class="mono breaks">{row.id}</dd>
                        </dl>
                    </div>
                </section>
            </div>
        </div>
    }
}

fn voucher_lines(voucher: VoucherLine) -> impl IntoView {
    let code = voucher.code.map(|code| {
        let href = address(VOUCHER, &[("code", &code)], None);
        view! {
            <dt>"Voucher"</dt>
            <dd class="breaks"><a class="mono" href=href>{code}</a></dd>
        }
    });
    view! {
        {code}
        <dt>"Voucher is"</dt>
        <dd>
            {words::voucher_badge(&voucher.state)}
            {voucher.when.map(|when| view! { <small class="muted block">{when}</small> })}
        </dd>
    }
}

fn step(step: StepRow) -> impl IntoView {
    let (glyph, class, what) = words::step(&step.state);
    view! {
        <li>
            <span class=class><Icon glyph=glyph /></span>
            <div>
                <div class="timeline__what">{what}</div>
                <div class="timeline__why breaks">{step.by}</div>
            </div>
            <div class="timeline__amt"><small>{step.when}</small></div>
        </li>
    }
}

/// The buttons, what comes next first. Giving points back is asked twice: the second button is inside the first.
fn acts_card(id: &str, acts: &[Act], points: &str, is_pool: bool) -> Option<impl IntoView + use<>> {
    if acts.is_empty() {
        return None;
    }
    let action = LIST.row(id);
    let buttons = acts
        .iter()
        .copied()
        .filter(|act| !act.gives_back())
        .enumerate()
        .map(|(index, act)| {
            let variant = if index == 0 { ButtonVariant::Primary } else { ButtonVariant::Default };
            view! { <Button variant=variant name="do" value=act.word()>{act.label()}</Button> }
        })
        .collect_view();
    let has_buttons = acts.iter().any(|act| !act.gives_back());
    let forward = has_buttons.then(|| {
        view! { <form class="row" style="--gap:var(--s-2)" method="post" action=action.clone()>{buttons}</form> }
    });
    let back = acts.iter().copied().find(|act| act.gives_back()).map(|act| {
        let mut text =
            format!("{points} go back to the customer, into the lots that they came from, with their days.");
        if is_pool && act == Act::Cancel {
            text.push_str(" The code was shown to the customer, so nobody else gets it.");
        }
        view! {
            <details class="menu">
                <summary class="btn btn--danger">{act.label()}</summary>
                <form class="menu__list menu__list--start menu__panel" method="post" action=action>
                    <p class="small">{text}</p>
                    <button class="is-danger" type="submit" name="do" value=act.word()>
                        {format!("Give {points} back")}
                    </button>
                </form>
            </details>
        }
    });
    Some(view! {
        <section class="card" aria-labelledby="next">
            <div class="card__head"><h2 id="next">"What comes next"</h2></div>
            <div class="card__body stack" style="--gap:var(--s-3)">{forward} {back.map(|back| view! { <div>{back}</div> })}</div>
        </section>
    })
}
