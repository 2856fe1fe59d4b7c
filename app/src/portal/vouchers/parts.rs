//! A voucher as a slip to tear off.

use super::dto::VoucherCard;
use crate::portal::rewards::glyph;
use crate::ui::{Icon, IconSize, icon};
use leptos::prelude::*;

/// Something that can be used, or is on its way. The whole slip leads to its page.
#[component]
pub(in crate::portal) fn VoucherSlip(
    /// What it is.
    card: VoucherCard,
) -> impl IntoView {
    let VoucherCard { href, name, kind, code, detail } = card;
    let (mark, first, second) = match (&code, kind.as_str()) {
        (Some(_), "voucher_pool") => (icon::TICKET, "Open", "the code"),
        (Some(_), _) => (icon::QR, "Show", "at the till"),
        (None, _) => (glyph(&kind), "See", "how far it is"),
    };
    view! {
        <div class="voucher">
            <div class="voucher__main">
                <a class="voucher__name" href=href>{name}</a>
                {code.map(|code| view! { <span class="voucher__code">{code}</span> })}
                <span class="voucher__until">{detail}</span>
            </div>
            <div class="voucher__stub" aria-hidden="true">
                <Icon glyph=mark size=IconSize::Large/>
                <b>{first}</b>
                <span>{second}</span>
            </div>
        </div>
    }
}
