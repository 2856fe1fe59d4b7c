//! What the home page shows.

use crate::error::PageError;
use crate::portal::parts::Entry;
use crate::portal::tiers::StandingView;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// The home page of a customer, in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HomeView {
    /// “Good evening, Maya. You have”.
    pub greeting: String,
    /// Of the customer's name; empty when it is not known.
    pub initials: String,
    /// Points that can be spent.
    pub points: i64,
    /// Points that wait before they can be spent, for the stream of the open page.
    pub pending: i64,
    /// Of those, how many can be spent next, and from when: `120` and “ more from Dec 3”.
    pub waiting: Option<(i64, String)>,
    /// What is owed after a return, a sentence.
    pub owed: Option<String>,
    /// Of the spendable ones, those that are gone soonest, when that is within a month: how many, and the last day.
    pub expiring: Option<(i64, String)>,
    /// What the spendable ones are worth in money, where the merchant says so.
    pub worth: Option<String>,
    /// The line that leads to the wallet of cashback, where there is one: its title and a few words.
    pub cashback: Option<(String, String)>,
    /// What is in the wallet, for the stream of the open page.
    pub mark: String,
    /// The way to the next reward, where the merchant has some that the customer can reach.
    pub tracker: Option<TrackerView>,
    /// The customer's tier, where the merchant has tiers.
    pub tier: Option<StandingView>,
    /// Offers for the customer now, besides what every purchase earns: what each is called, and what it gives.
    pub offers: Vec<(String, String)>,
    /// The newest entries.
    pub latest: Vec<Entry>,
    /// Notifications that the customer has not read.
    pub unread: i64,
    /// Customers can see who has earned most.
    pub has_leaderboard: bool,
}

/// The way to the next reward.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrackerView {
    /// “260 more for Tasting flight”.
    pub title: String,
    /// What is within reach already.
    pub detail: Option<String>,
    /// The steps, the cheapest first, at most five.
    pub steps: Vec<StepView>,
}

/// One step of the way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepView {
    /// What it costs.
    pub cost: String,
    /// The reward's name.
    pub name: String,
    /// There are enough points for it.
    pub is_reached: bool,
    /// It is the next one.
    pub is_next: bool,
    /// How far the line has come between the step before and this one, in percent.
    pub part: u8,
}

/// Offers on the home page.
#[cfg(feature = "ssr")]
const OFFERS: usize = 2;

/// Entries on the home page.
#[cfg(feature = "ssr")]
const LATEST: u32 = 4;

/// The home page of the customer who is signed in.
#[server(prefix = "/rpc/portal", endpoint = "home", output = crate::rpc::TextJson)]
pub async fn home(slug: String) -> Result<HomeView, PageError> {
    use super::{notes, way};
    use crate::portal::{activity, cashback, earn, rewards, tiers, words};
    use crate::session::{app_state, portal_customer};
    use crate::ui::initials;
    use perennial_engine::PageRequest;

    let cx = portal_customer(&slug).await?;
    let engine = app_state()?.engine;
    let id = cx.require_customer()?;
    let program = engine.snapshot(&cx).await?;
    let customer = engine.customer_get(&cx, id).await?;
    let standing = engine.customer_points(&cx, &id.into()).await?;
    let points = standing.points;
    let happened = engine.customer_activity(&cx, id, None, &PageRequest::new(Some(LATEST), None)?).await?;

    let now = engine.now(cx.merchant());
    let offers = engine.cashback_offers_running(&cx).await?.len();
    let wallets = &standing.cashback;
    let (_, rewards) = rewards::words::offers(&engine, &cx, id).await?;
    let promotions = engine.customer_promotions(&cx, id).await?;
    let promotions = earn::words::offers(promotions, &program.settings, now);
    let name = customer.name.as_ref().map(|name| name.as_str().to_owned()).unwrap_or_default();
    let latest = |row| Entry { receipt: None, ..activity::words::entry(&slug, row, now, true) };
    Ok(HomeView {
        greeting: words::greeting(&name, now, &program.settings),
        initials: initials(&name),
        points,
        pending: standing.pending,
        waiting: notes::waiting(&standing, program.settings.time_zone.tz(), now),
        owed: notes::owed(standing.debt, program.settings.points_name.as_str()),
        expiring: standing.expiring.first().and_then(|soon| words::expiring(soon, now, &program.settings)),
        worth: words::worth(points, &program.settings),
        cashback: cashback::words::line(wallets, offers, now, &program.settings),
        mark: cashback::words::mark(wallets),
        tracker: way::tracker(&rewards, points),
        tier: tiers::words::mine(&engine, &cx).await?,
        offers: earn::words::specials(promotions).take(OFFERS).collect(),
        unread: engine.notifications_unread(&cx).await?,
        has_leaderboard: engine.has_leaderboard(&cx).await?,
        latest: happened.data.iter().map(latest).collect(),
    })
}
