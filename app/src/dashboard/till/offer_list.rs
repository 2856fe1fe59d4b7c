//! The other side of a sale: who it is, what they can use, what it comes to, and the button that sells.

use super::dto::{Member, OfferRow, PayField, SaleAsked, SaleData, Sums};
use super::{CONFIRM, SALE, TILL};
use crate::address::address;
use crate::dashboard::page::capitalised;
use crate::ui::icon::{self, Icon};
use crate::ui::{Avatar, Banner, BannerTone, Medal, MedalSize, Rank, grouped};
use leptos::prelude::*;

/// All of it. `amount` is what was typed, for the way to look somebody else up.
pub fn sheet(data: SaleData, amount: String) -> impl IntoView {
    let SaleData {
        transaction,
        store,
        points_name,
        member,
        unknown,
        problems,
        offers,
        more_rewards,
        pay_points,
        pay_cashback,
        sums,
        ..
    } = data;
    let nobody = member.is_none();
    let buyer = member.as_ref().map_or("", |member| member.id.as_str());
    let here = address(TILL, &[("amount", &amount), ("customer", buyer), (SALE, &transaction)], None);
    let unknown = unknown.map(|who| {
        view! {
            <Banner tone=BannerTone::Petal title=format!("Nobody is known by {who}.")>
                "Look again, let them join, or sell without a member: the receipt then has a code for the points."
            </Banner>
        }
    });
    let hint = sums.is_none().then(|| {
        view! { <p class="muted card__body">"Type the amount, and look the member up by card, phone or e-mail."</p> }
    });
    let confirm =
        sums.as_ref().filter(|_| problems.is_empty()).map(|sums| confirm(&transaction, &store, here, sums));
    let can_pay = (pay_points.is_some() || pay_cashback.is_some()).then(|| {
        let problem = |name: &str| problems.get(name).cloned();
        view! {
            <div class="card__body ruled row till__pay">
                {pay_points.map(|pay| pay_field("pay_points", format!("Pay with {points_name}"), pay, problem("pay_points")))}
                {pay_cashback
                    .map(|pay| pay_field("pay_cashback", "Pay with cashback".to_owned(), pay, problem("pay_cashback")))}
            </div>
        }
    });
    // What follows from a change appears elsewhere on the page; whoever does not see it is told.
    let told = match (problems.values().next(), &sums) {
        (Some(problem), _) => problem.clone(),
        (None, Some(sums)) => format!("Left to pay: {}", sums.to_pay),
        (None, None) => String::new(),
    };
    let rows = offers.into_iter().map(row).collect_view();
    let more = more_rewards.then(|| {
        view! { <p class="small muted card__body">"There are more rewards; the member sees all of them in the portal."</p> }
    });
    view! {
        <section class="stack" style="--gap:var(--s-3)" aria-label="Member and rewards">
            {unknown}
            {member.map(|member| who(member, &points_name, &amount))}
            <div class="card card--flush till__sheet">
                {hint}
                {rows}
                {more}
                {can_pay}
                {sums.map(|sums| sums_list(sums, nobody, &points_name))}
            </div>
            {confirm}
            <p class="visually-hidden" role="status">
                {told}
            </p>
        </section>
    }
}

fn who(member: Member, points_name: &str, amount: &str) -> impl IntoView + use<> {
    let Member { id, name, tier, known_by, points } = member;
    let metal = tier.as_ref().and_then(|(_, rank)| *rank).map_or("", Rank::metal);
    let label = format!("Not {name}, look up again");
    let other = SaleAsked::address(amount, "");
    let points_name = points_name.to_owned();
    view! {
        <div class="card">
            <input type="hidden" name="customer" value=id />
            <div class=format!("card__body row nowrap-row till__who {metal}")>
                <Avatar name=name.clone() />
                <div class="grow">
                    <h2 class="display">{name}</h2>
                    <p class="small muted row">
                        {tier
                            .map(|(tier, rank)| {
                                view! {
                                    {rank.map(|rank| view! { <Medal rank=rank size=MedalSize::Small /> })}
                                    <b class="ink">{tier}</b>
                                }
                            })}
                        <span>{known_by}</span>
                    </p>
                </div>
                <p class="till__points">
                    <span class="display">{grouped(points)}</span>
                    <small class="muted">{points_name}</small>
                </p>
                <a class="btn btn--quiet btn--icon" href=other rel="external" aria-label=label>
                    <Icon glyph=icon::CLOSE />
                </a>
            </div>
        </div>
    }
}

/// A voucher or a reward with its switch.
fn row(offer: OfferRow) -> impl IntoView {
    let field = offer.field();
    let OfferRow { name, text, possible, chosen, voucher, .. } = offer;
    let glyph = if voucher { icon::TICKET } else { icon::GIFT };
    let impossible = !possible;
    let class = if chosen { "listrow till__offer is-chosen" } else { "listrow till__offer" };
    let icon_class = if chosen { "listrow__icon is-raised" } else { "listrow__icon is-plain" };
    view! {
        <label class=class>
            <span class=icon_class>
                <Icon glyph=glyph />
            </span>
            <span>
                <b>{name}</b>
                <small class=impossible.then_some("attn")>{text}</small>
            </span>
            <span class="switch">
                <input type="checkbox" name=field value="on" checked=chosen prop:checked=chosen disabled=impossible />
            </span>
        </label>
    }
}

/// A field for what pays a part. What is wrong with it follows from the rest of the sale, not from a form that was refused.
fn pay_field(name: &'static str, label: String, pay: PayField, problem: Option<String>) -> impl IntoView {
    let PayField { help, typed } = pay;
    let note = format!("{name}-note");
    let invalid = problem.is_some().then_some("true");
    let described = note.clone();
    let below = match problem {
        Some(text) => view! {
            <p class="field__error" id=note>
                <Icon glyph=icon::WARNING />
                <span>{text}</span>
            </p>
        }
        .into_any(),
        None => view! { <p class="field__help" id=note>{help}</p> }.into_any(),
    };
    view! {
        <div class="field">
            <label class="field__label" for=name>{label}</label>
            <input
                class="input"
                id=name
                name=name
                value=typed
                inputmode="decimal"
                maxlength="20"
                autocomplete="off"
                aria-invalid=invalid
                aria-describedby=described
            />
            {below}
        </div>
    }
}

fn sums_list(sums: Sums, nobody: bool, points_name: &str) -> impl IntoView + use<> {
    let Sums { taken, to_pay, earns, why, cashback, balance, .. } = sums;
    let earns_label = if nobody { "A claim earns" } else { "Earns now" };
    let taken = taken
        .into_iter()
        .map(|(what, amount)| {
            view! {
                <dt>{what}</dt>
                <dd>{amount}</dd>
            }
        })
        .collect_view();
    let after = format!("{} after", capitalised(points_name));
    view! {
        <dl class="kv card__body ruled till__sums">
            {taken}
            <dt>"Left to pay"</dt>
            <dd>
                <b>{to_pay}</b>
            </dd>
            <dt>{earns_label}</dt>
            <dd>
                <b class="up">{format!("+{}", grouped(earns))}</b>
                <span class="muted">{format!(" {why}")}</span>
            </dd>
            {cashback
                .map(|amount| {
                    view! {
                        <dt>"Cashback"</dt>
                        <dd>{format!("+{amount}")}</dd>
                    }
                })}
            {balance
                .map(|(before, then)| {
                    view! {
                        <dt>{after}</dt>
                        <dd>
                            <span class="shift">
                                <s>
                                    <span class="visually-hidden">"now "</span>
                                    {grouped(before)}
                                </s>
                                <Icon glyph=icon::ARROW />
                                <b>
                                    <span class="visually-hidden">"then "</span>
                                    {grouped(then)}
                                </b>
                            </span>
                        </dd>
                    }
                })}
        </dl>
    }
}

/// The button that sells. It says which sale, what it comes to, and where: that is what is confirmed. Its
/// address, `here`, leads back to this sale when somebody has to sign in again.
fn confirm(transaction: &str, store: &str, here: String, sums: &Sums) -> impl IntoView + use<> {
    let value = format!("{transaction} {} {} {store}", sums.minor, sums.spent);
    let words = format!("Confirm {}", sums.to_pay);
    view! {
        <button
            class="btn btn--primary btn--lg btn--block till__confirm"
            type="submit"
            formmethod="post"
            formaction=here
            name=CONFIRM
            value=value
        >
            {words}
        </button>
    }
}
