//! The receipt: why a basket earns what it earns. The same for a stored purchase and for “Try it”.

use crate::ui::grouped;
use leptos::prelude::*;
use perennial_domain::evaluate::{
    Applied, Explanation, LineCarried, LineExplanation, Outcome, PendingPoints,
};
use perennial_domain::money::Currency;
use serde::{Deserialize, Serialize};

/// An explanation in words.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The lines of the basket.
    pub lines: Vec<ReceiptLine>,
    /// What was earned for the purchase as a whole.
    pub whole: Vec<ReceiptPart>,
    /// Promotions of which something took a part away, and what.
    pub cuts: Vec<ReceiptMiss>,
    /// Promotions that did not apply, and what was missing.
    pub misses: Vec<ReceiptMiss>,
    /// Which of the points cannot be spent at once: `30 wait 14 days`; empty when all can.
    pub waiting: String,
    /// All points.
    pub total: i64,
    /// What returns took back of them.
    pub taken_back: i64,
    /// What paid besides money, and what was left to pay: `Voucher “Five off”` and `$5.00`. Empty when money paid for all.
    pub paid: Vec<(String, String)>,
}

/// A line of the basket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiptLine {
    /// What was bought: `Draft, 2 × $9.00`.
    pub what: String,
    /// What it earned.
    pub points: i64,
    /// By which promotions.
    pub parts: Vec<ReceiptPart>,
    /// Why it earned nothing, or how it was rounded; empty when the parts say everything.
    pub why: String,
}

/// The share of one promotion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiptPart {
    /// The id of the promotion.
    pub promotion: String,
    /// Its name.
    pub name: String,
    /// Its version and what it gives: `version 5, 2× points`.
    pub effect: String,
    /// Its points.
    pub points: i64,
    /// Whether the points come on top of others of the line.
    pub more: bool,
}

/// A promotion that did not apply, or not in full.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiptMiss {
    /// The id of the promotion.
    pub promotion: String,
    /// Its name.
    pub name: String,
    /// What was missing, or took a part away.
    pub why: String,
}

impl Receipt {
    /// Puts an explanation into words; `labels` says what was bought, line by line.
    #[must_use]
    pub fn new(explanation: &Explanation, labels: &[String]) -> Self {
        let lines = explanation
            .lines
            .iter()
            .enumerate()
            .map(|(index, line)| {
                let what = labels.get(index).cloned().or_else(|| line.product.clone()).unwrap_or_default();
                ReceiptLine::new(line, what, explanation)
            })
            .collect();
        let (mut cuts, mut misses) = (Vec::new(), Vec::new());
        for promotion in &explanation.promotions {
            let (list, why): (_, Vec<&str>) = match &promotion.outcome {
                Outcome::Applied { cuts: taken, .. } => {
                    (&mut cuts, taken.iter().map(|cut| cut.text.as_str()).collect())
                }
                Outcome::Missed { reasons } => {
                    (&mut misses, reasons.iter().map(|miss| miss.text.as_str()).collect())
                }
            };
            if !why.is_empty() {
                list.push(ReceiptMiss {
                    promotion: promotion.promotion_id.to_string(),
                    name: promotion.name.clone(),
                    why: why.join(". "),
                });
            }
        }
        let whole = parts(&explanation.applied, &[], explanation.currency);
        let waiting = waiting(&explanation.pending);
        let total = explanation.points.get();
        Self { lines, whole, cuts, misses, waiting, total, taken_back: 0, paid: Vec::new() }
    }
}

impl ReceiptLine {
    fn new(line: &LineExplanation, what: String, explanation: &Explanation) -> Self {
        let parts = parts(&line.applied, &line.carried, explanation.currency);
        let why = if parts.is_empty() {
            line.text.clone()
        } else if line.exact.contains('.') && !explanation.carry_over {
            format!("{} {}", line.exact, explanation.rounding.text())
        } else {
            String::new()
        };
        Self { what, points: line.points.get(), parts, why }
    }
}

/// `30 wait 14 days and 5 wait 1 day`.
fn waiting(pending: &[PendingPoints]) -> String {
    let parts: Vec<String> = pending
        .iter()
        .map(|pending| {
            let days = if pending.days == 1 { "day" } else { "days" };
            format!("{} wait {} {days}", pending.points.grouped(), pending.days)
        })
        .collect();
    parts.join(" and ")
}

fn parts(applied: &[Applied], carried: &[LineCarried], currency: Currency) -> Vec<ReceiptPart> {
    applied
        .iter()
        .enumerate()
        .map(|(index, applied)| {
            let mut effect = format!("version {}, {}", applied.version, applied.effect.text(currency));
            if !applied.cut.is_zero() {
                effect.push_str(&format!(", {} less", applied.cut.grouped()));
            }
            if let Some(own) = carried.iter().find(|own| own.promotion_id == applied.promotion_id) {
                effect.push_str(&format!(", {}", own.carried.text));
            }
            ReceiptPart {
                promotion: applied.promotion_id.to_string(),
                name: applied.name.to_string(),
                effect,
                points: applied.points.get(),
                more: index > 0,
            }
        })
        .collect()
}

/// Lines, the share of each promotion, what was missing, and the ruled total.
#[component]
pub fn ReceiptTree(
    /// What to show.
    receipt: Receipt,
    /// What stands before the total: `Earns`, `Credited`.
    total: &'static str,
    /// The merchant's word for points.
    #[prop(into)]
    points_name: String,
    /// Promotions are links to their pages.
    #[prop(optional)]
    linked: bool,
) -> impl IntoView {
    let lines = receipt
        .lines
        .into_iter()
        .map(|line| {
            let missed = line.parts.is_empty();
            let parts = line.parts.into_iter().map(|share| part(share, linked)).collect_view();
            view! {
                <li class=missed.then_some("is-miss")>
                    <div class="explain__line">
                        <span>{line.what}</span>
                        <span class="lead"></span>
                        <b>{grouped(line.points)}</b>
                    </div>
                    {(!missed).then(|| view! { <ul>{parts}</ul> })}
                    {(!line.why.is_empty()).then(|| view! { <div class="explain__why">{line.why}</div> })}
                </li>
            }
        })
        .collect_view();
    let whole = receipt
        .whole
        .into_iter()
        .map(|share| part(ReceiptPart { more: true, ..share }, linked))
        .collect_view();
    let cuts = receipt.cuts.into_iter().map(|cut| reason(cut, "not in full", linked)).collect_view();
    let misses = receipt.misses.into_iter().map(|miss| reason(miss, "did not apply", linked)).collect_view();
    let paid = receipt
        .paid
        .into_iter()
        .map(|(what, amount)| {
            view! {
                <li>
                    <div class="explain__line">
                        <span>{what}</span>
                        <span class="lead"></span>
                        <b>{amount}</b>
                    </div>
                </li>
            }
        })
        .collect_view();
    view! {
        <div class="explain">
            <ul>{paid} {lines} {whole} {cuts} {misses}</ul>
            <div class="explain__total">
                <span>{total}</span>
                <span>{format!("{} {points_name}", grouped(receipt.total))}</span>
            </div>
            {(receipt.taken_back > 0).then(|| view! {
                <p class="small muted">
                    {format!(
                        "{} were taken back by what was returned; {} are left",
                        grouped(receipt.taken_back),
                        grouped(receipt.total - receipt.taken_back),
                    )}
                </p>
            })}
            {(!receipt.waiting.is_empty()).then(|| view! {
                <p class="small muted">{format!("{} before they can be spent", receipt.waiting)}</p>
            })}
        </div>
    }
}

fn name(promotion: &str, name: String, linked: bool) -> AnyView {
    if linked {
        view! { <a href=format!("/dashboard/promotions/{promotion}")>{name}</a> }.into_any()
    } else {
        name.into_any()
    }
}

/// A promotion that gave nothing, or less than it would have, and why.
fn reason(miss: ReceiptMiss, outcome: &'static str, linked: bool) -> impl IntoView {
    view! {
        <li class="is-miss">
            <div class="explain__line">
                <span>{name(&miss.promotion, miss.name, linked)}</span>
                <span class="lead"></span>
                <b>{outcome}</b>
            </div>
            <div class="explain__why">{miss.why}</div>
        </li>
    }
}

fn part(share: ReceiptPart, linked: bool) -> impl IntoView {
    let points = if share.more { crate::ui::signed(share.points) } else { grouped(share.points) };
    view! {
        <li class="explain__part">
            <div class="explain__line">
                <span>{name(&share.promotion, share.name, linked)} {format!(", {}", share.effect)}</span>
                <span class="lead"></span>
                <b>{points}</b>
            </div>
        </li>
    }
}
