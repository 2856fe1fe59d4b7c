//! A drawn page in the browser: fetched again when the address changes or something has moved.

use super::{Place, State, page, passing};
use crate::error::PageError;
use crate::portal::live::Live;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::location::Location;
use std::collections::HashSet;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlDivElement, HtmlElement};

/// What somebody is in the middle of: a page with one of these is not taken away. A link that goes while a finger is on it
/// would not be followed.
const BUSY: &str =
    "[data-still], details[open], :is(input, select, textarea):focus, :is(a, button, summary):active";
/// What leads to the entries of a list of what happened.
const ENTRIES: &str = ".timeline__what";

/// Keeps the page at what its address says and what is true now.
pub(super) fn follow(place: Place, here: Location) {
    let is_there = matches!(place.state.get_untracked(), State::There);
    let turn = StoredValue::new(0_u32);
    // The address of what is shown.
    let shown = StoredValue::new(None::<(String, String)>);
    Effect::new(move |before: Option<()>| {
        let (address, _) = ((here.pathname.get(), here.search.get()), Live::changes());
        if before.is_none() && is_there {
            place.read(false);
            shown.set_value(Some(address));
            return;
        }
        // The front page and what lies elsewhere are not drawn here: this one is about to go.
        let below = address.0.strip_prefix(&place.merchant.path("")).and_then(|rest| rest.strip_prefix('/'));
        let Some(tail) = below.filter(|tail| !tail.is_empty()) else { return };
        let mine = turn.get_value().wrapping_add(1);
        turn.set_value(mine);
        let asked = page(place.merchant.slug.clone(), tail.to_owned(), address.1.clone());
        let place = place.clone();
        spawn_local(async move {
            let answer = asked.await;
            // The last question counts, as long as the page is open.
            if turn.try_get_value() == Some(mine) {
                let is_new = shown.with_value(|shown| shown.as_ref() != Some(&address));
                shown.set_value(Some(address));
                place.receive(answer, is_new);
            }
        });
    });
}

impl Place {
    fn receive(&self, answer: Result<String, PageError>, is_new: bool) {
        let Some(sheet) = self.sheet.get_untracked() else { return };
        match answer {
            Ok(_) if !is_new && (self.touched.get_value() || finds(&sheet, BUSY)) => {}
            Ok(html) => {
                self.exchange(&sheet, &html, is_new);
                self.touched.set_value(false);
                self.state.set(State::There);
                self.read(!is_new);
            }
            // What stands there is better than nothing.
            Err(PageError::Unavailable | PageError::Busy) if !is_new => {}
            Err(error) => {
                sheet.set_inner_html("");
                self.title.set(self.merchant.name.clone());
                self.state.set(State::Refused(error));
            }
        }
    }

    /// Puts the new page in the place of the old one. When it is the same page, the focus stays where it was, and
    /// entries that were not there before grow into their list.
    fn exchange(&self, sheet: &HtmlDivElement, html: &str, is_new: bool) {
        if is_new {
            return sheet.set_inner_html(html);
        }
        let focused = document()
            .active_element()
            .filter(|active| sheet.contains(Some(active)))
            .and_then(|active| active.get_attribute("href"));
        let known: HashSet<_> = leading(sheet).map(|entry| entry.get_attribute("href")).collect();
        sheet.set_inner_html(html);
        for entry in leading(sheet).filter(|entry| !known.contains(&entry.get_attribute("href"))) {
            if let (false, Ok(Some(row))) = (known.is_empty(), entry.closest("li")) {
                _ = row.set_attribute("data-new", "");
            }
        }
        if let Some(href) = focused
            && let Ok(Some(link)) = sheet.query_selector(&format!("[href={href:?}]"))
            && let Ok(link) = link.dyn_into::<HtmlElement>()
        {
            _ = link.focus();
        }
    }

    /// Reads what the page says about itself; `is_change`: it was there before, and something has moved.
    fn read(&self, is_change: bool) {
        let Some(sheet) = self.sheet.get_untracked() else { return };
        passing::offer(&sheet);
        let Some(told) = sheet.first_element_child() else { return };
        if let Some(title) = told.get_attribute("data-title") {
            self.title.set(title);
        }
        if let Some(points) = told.get_attribute("data-points").and_then(|points| points.parse().ok()) {
            self.live.showing(points);
        }
        if let Some(held) = told.get_attribute("data-held") {
            self.live.holding(held);
        }
        let said = told.get_attribute("data-said");
        let before = self.told.try_update_value(|told| std::mem::replace(told, said.clone())).flatten();
        if is_change && said != before {
            self.said.set(said.unwrap_or_default());
        }
    }
}

fn finds(sheet: &HtmlDivElement, selector: &str) -> bool {
    sheet.query_selector(selector).is_ok_and(|found| found.is_some())
}

/// The links of the entries in a list of what happened.
fn leading(sheet: &HtmlDivElement) -> impl Iterator<Item = Element> {
    let found = sheet.query_selector_all(ENTRIES).ok();
    let entries = found.into_iter().flat_map(|list| (0..list.length()).filter_map(move |at| list.get(at)));
    entries.filter_map(|entry| entry.dyn_into().ok())
}
