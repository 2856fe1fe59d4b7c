//! What surrounds every page of a signed-in customer: the tab bar, and what is told while the page is open.

use super::live::Live;
use super::merchant::use_merchant;
use crate::ui::{TabBar, TabItem, icon};
use leptos::prelude::*;
use leptos_router::components::Outlet;

/// The frame of the portal.
#[component]
pub fn Layout() -> impl IntoView {
    let merchant = use_merchant();
    let told = Live::provide(merchant.path("events")).told();
    let tab = |tail, label, glyph, covers_children| TabItem {
        href: merchant.path(tail),
        label,
        glyph,
        covers_children,
        also: Vec::new(),
        is_raised: false,
    };
    // Every page has a place, so that nobody is lost.
    let pages = |tails: &[&str]| tails.iter().map(|tail| merchant.path(tail)).collect::<Vec<_>>();
    let home = pages(&["earn", "tiers", "cashback", "leaderboard", "notifications"]);
    let you = pages(&["you", "messages", "your-data", "leave"]);
    let claimed = if merchant.has_referrals { pages(&["claim"]) } else { Vec::new() };
    let tabs = vec![
        TabItem { also: home, ..tab("", "Home", icon::HOME, false) },
        // Vouchers are rewards that the customer has.
        TabItem { also: pages(&["vouchers"]), ..tab("rewards", "Rewards", icon::GIFT, true) },
        TabItem { is_raised: true, also: you, ..tab("card", "Card", icon::QR, false) },
        if merchant.has_referrals {
            tab("invite", "Invite", icon::USERPLUS, true)
        } else {
            tab("claim", "Claim", icon::SCAN, false)
        },
        // Beside the invitations a receipt has no tab of its own.
        TabItem { also: claimed, ..tab("activity", "Activity", icon::HISTORY, true) },
    ];
    view! {
        <a class="skip" href="#main">"Skip to content"</a>
        <div class="portal">
            <main id="main"><Outlet/></main>
            <p class=move || if told.with(String::is_empty) { "visually-hidden" } else { "toast portal__told" } role="status">{told}</p>
            <TabBar items=tabs/>
        </div>
    }
}
