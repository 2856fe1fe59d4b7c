//! The page of one customer: who they are, what they have, what happened.

use super::super::flash::FlashBanner;
use super::super::list::{Asked, Order, asked, pages};
use super::super::page::{loaded, param};
use super::super::parts::Crumbs;
use super::super::policies;
use super::super::policies::api::customer_awards;
use super::super::purchases;
use super::super::referrals;
use super::super::referrals::api::list_customer_friends;
use super::api::{
    list_customer_entries, list_customer_lots, list_customer_purchases, list_customer_timeline, read_customer,
};
use super::dto::{CustomerDetail, CustomerPurchases, CustomerTimeline};
use super::entries;
use super::lots;
use super::rewards;
use super::rewards::api::list_customer_rewards;
use super::who;
use crate::address::address;
use crate::ui::icon::{self, Icon};
use crate::ui::{Banner, BannerTone, Empty, LinkButton, grouped, signed};
use leptos::prelude::*;
use leptos_meta::Title;

/// The page of one customer. The tab is part of the address: `?tab=purchases`.
#[component]
pub fn CustomerPage() -> impl IntoView {
    let (id, asked) = (param("id"), asked(&["tab", "show"]));
    let key = move || (id.get(), asked.get().after);
    let customer = Resource::new(move || id.get(), read_customer);
    let shown = Memo::new(move |_| asked.with(|asked| Tab::of(asked.get("tab"))));
    view! {
        <FlashBanner />
        {loaded(customer, head)}
        <div class="stack unless-erased">
            {move || tabs(&id.get(), shown.get())}
            {move || match shown.get() {
                Tab::Timeline => {
                    let page = Resource::new(key, |(id, after)| list_customer_timeline(id, after));
                    loaded(page, move |page| timeline(page, &id.get_untracked(), &asked.get_untracked())).into_any()
                }
                Tab::Purchases => {
                    let page = Resource::new(key, |(id, after)| list_customer_purchases(id, after));
                    loaded(page, move |page| bought(page, &id.get_untracked(), &asked.get_untracked())).into_any()
                }
                Tab::Lots => {
                    let page = Resource::new(key, |(id, after)| list_customer_lots(id, after));
                    loaded(page, move |page| lots::lots(page, &id.get_untracked(), &asked.get_untracked())).into_any()
                }
                Tab::Rewards => {
                    let page = Resource::new(key, |(id, after)| list_customer_rewards(id, after));
                    loaded(page, move |page| rewards::rewards(page, &id.get_untracked(), &asked.get_untracked())).into_any()
                }
                Tab::Awards => {
                    let page = Resource::new(key, |(id, after)| customer_awards(id, after));
                    loaded(page, move |page| policies::customer_table(page, &id.get_untracked(), &asked.get_untracked())).into_any()
                }
                Tab::Friends => {
                    let page = Resource::new(key, |(id, after)| list_customer_friends(id, after));
                    loaded(page, move |page| referrals::friends_table(page, &id.get_untracked(), &asked.get_untracked())).into_any()
                }
                Tab::Entries => {
                    let key = move || asked.with(|asked| (id.get(), asked.get("show").to_owned(), asked.after.clone()));
                    let page = Resource::new(key, |(id, show, after)| list_customer_entries(id, show, after));
                    loaded(page, move |page| entries::entries(page, &id.get_untracked(), &asked.get_untracked())).into_any()
                }
            }}
        </div>
    }
}

/// What is shown below the head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tab {
    Timeline,
    Purchases,
    Lots,
    Rewards,
    Awards,
    Friends,
    Entries,
}

impl Tab {
    const ALL: [Self; 7] = [
        Self::Timeline,
        Self::Purchases,
        Self::Lots,
        Self::Rewards,
        Self::Awards,
        Self::Friends,
        Self::Entries,
    ];

    /// The word in the address; the first tab has none.
    const fn word(self) -> &'static str {
        match self {
            Self::Timeline => "",
            Self::Purchases => "purchases",
            Self::Lots => "lots",
            Self::Rewards => "rewards",
            Self::Awards => "awards",
            Self::Friends => "friends",
            Self::Entries => "entries",
        }
    }

    const fn label(self) -> &'static str {
        match self {
            Self::Timeline => "Timeline",
            Self::Purchases => "Purchases",
            Self::Lots => "Lots",
            Self::Rewards => "Rewards",
            Self::Awards => "By policies",
            Self::Friends => "Friends",
            Self::Entries => "Ledger entries",
        }
    }

    fn of(word: &str) -> Self {
        Self::ALL.into_iter().find(|tab| tab.word() == word).unwrap_or(Self::Timeline)
    }
}

fn tabs(id: &str, shown: Tab) -> impl IntoView + use<> {
    let here = super::LIST.row(id);
    let links = Tab::ALL
        .into_iter()
        .map(|tab| {
            let href = address(&here, &[("tab", tab.word())], None);
            view! { <a href=href aria-current=(tab == shown).then_some("page")>{tab.label()}</a> }
        })
        .collect_view();
    view! {
        <nav class="tabs" aria-label="Customer">
            {links}
            <a href=format!("{here}/tier")>"Tier"</a>
            <a href=format!("{here}/privacy")>"Privacy"</a>
        </nav>
    }
}

fn head(customer: CustomerDetail) -> impl IntoView {
    let CustomerDetail { id, name, points_name, may_adjust, may_edit, may_merge, erased, .. } =
        customer.clone();
    let privacy = format!("{}/privacy", super::LIST.row(&id));
    // Below this mark nothing but the sums is shown.
    let class = if erased.is_some() { "page__head is-erased" } else { "page__head" };
    let erased = erased.map(|when| {
        view! {
            <Banner tone=BannerTone::Info title=format!("Erased on {when}.")>
                "Nothing personal is left, and the account is closed. The sums stay in the books. "
                <a href=privacy>"Who did it, and why"</a>
            </Banner>
        }
    });
    let here = super::LIST.row(&id);
    let adjust = may_adjust.then(|| {
        view! { <LinkButton href=format!("{here}/adjust")>{format!("Adjust {points_name}")}</LinkButton> }
    });
    let edit = may_edit.then(|| view! { <LinkButton href=format!("{here}/edit")>"Edit"</LinkButton> });
    let merge = may_merge.then(|| {
        view! { <LinkButton href=format!("{here}/merge")>"Merge"</LinkButton> }
    });
    let tiles = tiles(&customer, &points_name);
    view! {
        <Title text=name.clone() />
        <div class=class>
            <div>
                <Crumbs href="/dashboard/customers" up="Customers" here=name.clone() />
                <h1>{name}</h1>
            </div>
            <div class="page__actions">{edit} {merge} {adjust}</div>
        </div>
        {erased}
        <div class="cols profile">
            {who::card(&customer)}
            {tiles}
        </div>
    }
}

fn tiles(customer: &CustomerDetail, points_name: &str) -> impl IntoView + use<> {
    let tile = |label: &'static str, value: String, note: String| {
        view! {
            <div class="tile">
                <div class="tile__label">{label}</div>
                <div class="tile__value">{value}</div>
                <div class="tile__note">{note}</div>
            </div>
        }
    };
    let worth = match &customer.worth {
        _ if customer.debt > 0 => {
            format!("{} {points_name} owed after a return: the next ones repay them", grouped(customer.debt))
        }
        Some(worth) => format!("{points_name}, worth {worth}"),
        None => points_name.to_owned(),
    };
    let held = (customer.pending + customer.reserved > 0).then(|| {
        let mut parts = Vec::new();
        if customer.pending > 0 {
            let next = customer.maturing.clone().map(|(points, from)| match points == customer.pending {
                true => format!(" until {from}"),
                false => format!(", {} of them until {from}", grouped(points)),
            });
            parts.push(format!("{} pending{}", grouped(customer.pending), next.unwrap_or_default()));
        }
        if customer.reserved > 0 {
            parts.push(format!("{} reserved", grouped(customer.reserved)));
        }
        tile("Held", grouped(customer.pending + customer.reserved), parts.join(", "))
    });
    let expiring = customer
        .expiring
        .clone()
        .map(|(points, until)| tile("Expiring next", grouped(points), format!("Can be spent until {until}")));
    let cashback = customer.cashback.clone().map(|(available, note)| tile("Cashback", available, note));
    let last = customer
        .last_purchase
        .clone()
        .map_or_else(|| "None yet".to_owned(), |when| format!("Last on {when}"));
    view! {
        <section class="tiles tiles--fill" style="--tile:9.5rem" aria-label="Balance">
            {tile("Available", grouped(customer.points), worth)}
            {held}
            {expiring}
            {cashback}
            {tile("Lifetime", grouped(customer.lifetime), format!("{points_name} earned"))}
            {tile("Purchases", grouped(customer.purchases), last)}
            {tile("Spent", customer.spent.clone(), "On credited purchases".to_owned())}
        </section>
    }
}

fn timeline(page: CustomerTimeline, id: &str, asked: &Asked) -> impl IntoView + use<> {
    if page.rows.is_empty() {
        return view! {
            <section class="card">
                <Empty title="Nothing has happened yet" text="Purchases and what they earned appear here, newest first." />
            </section>
        }
        .into_any();
    }
    let path = super::LIST.row(id);
    let nouns = ("item", "items");
    let turn = pages(&path, asked, page.next.as_deref(), Order::NewestFirst, page.rows.len(), nouns);
    let rows = page
        .rows
        .into_iter()
        .map(|row| {
            let gain = row.points > 0;
            let glyph = match (row.is_reward, gain) {
                (true, _) => icon::GIFT,
                (_, true) => icon::PLUS,
                _ => icon::PURCHASES,
            };
            view! {
                <li>
                    <span class=if gain { "timeline__icon is-earn" } else { "timeline__icon" }>
                        <Icon glyph=glyph />
                    </span>
                    <div>
                        <div class="timeline__what">{row.what}</div>
                        <div class="timeline__why breaks">
                            {row.reason}
                            {row.amount.map(|amount| format!("{amount}, "))}
                            {row.purchase.map(|(id, number)| view! {
                                "receipt " <a href=format!("/dashboard/purchases/{id}")>{number}</a>
                            })}
                        </div>
                    </div>
                    <div class=if gain { "timeline__amt up" } else { "timeline__amt" }>
                        {signed(row.points)} <small>{row.when}</small>
                    </div>
                </li>
            }
        })
        .collect_view();
    view! {
        <section class="card card--flush" aria-label="Timeline">
            <ul class="timeline" style="padding-inline:var(--s-5)">{rows}</ul>
            {turn}
        </section>
    }
    .into_any()
}

fn bought(page: CustomerPurchases, id: &str, asked: &Asked) -> impl IntoView + use<> {
    if page.rows.is_empty() {
        return view! {
            <section class="card">
                <Empty title="No purchases yet" text="They appear here as soon as a till posts one for this customer.">
                    <LinkButton href="/dashboard/purchases">"All purchases"</LinkButton>
                </Empty>
            </section>
        }
        .into_any();
    }
    let path = super::LIST.row(id);
    let nouns = ("purchase", "purchases");
    let turn = pages(&path, asked, page.next.as_deref(), Order::NewestFirst, page.rows.len(), nouns);
    view! {
        <section class="card card--flush" aria-label="Purchases">
            {purchases::rows(page.rows, &page.points_name, false)} {turn}
        </section>
    }
    .into_any()
}
