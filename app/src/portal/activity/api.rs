//! What the activity list shows.

use crate::error::PageError;
use crate::portal::parts::Entry;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// A page of the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActivityView {
    /// The days that something happened on, newest first.
    pub days: Vec<Day>,
    /// Where the next page begins, if there is one.
    pub next: Option<String>,
}

/// One day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Day {
    /// “Today”, “May 12”.
    pub label: String,
    /// What happened, newest first.
    pub entries: Vec<Entry>,
}

/// Entries on a page.
#[cfg(feature = "ssr")]
const PAGE: u32 = 25;

/// A page of the customer's activity, behind the entry `after`.
#[server(prefix = "/rpc/portal", endpoint = "activity", output = crate::rpc::TextJson)]
pub async fn activity(
    slug: String,
    #[server(default)] after: Option<String>,
) -> Result<ActivityView, PageError> {
    use crate::portal::words;
    use crate::session::{app_state, portal_customer};
    use perennial_engine::PageRequest;

    let cx = portal_customer(&slug).await?;
    let engine = app_state()?.engine;
    let id = cx.require_customer()?;
    let page = engine.customer_activity(&cx, id, &PageRequest::new(Some(PAGE), after)?).await?;

    let now = engine.now(cx.merchant());
    let mut days: Vec<Day> = Vec::new();
    for row in &page.data {
        let label = words::day_of(row, now);
        let entry = words::entry(&slug, row, now, false);
        match days.last_mut() {
            Some(day) if day.label == label => day.entries.push(entry),
            _ => days.push(Day { label, entries: vec![entry] }),
        }
    }
    Ok(ActivityView { days, next: page.next })
}
