//! Two accounts of one person from the engine, in words.

use super::super::super::clock;
use super::super::super::money;
use super::super::super::page::capitalised;
use super::super::super::session::{self, Staff};
use super::super::load::{known, name, row};
use super::OTHER;
use super::dto::{Chosen, MergeData, MergedRow, Outcome, Side};
use crate::error::PageError;
use crate::ui::grouped;
use perennial_domain::access::Action;
use perennial_domain::customer::CustomerInput;
use perennial_domain::ids::CustomerId;
use perennial_domain::settings::MerchantSettings;
use perennial_engine::customers::{Customer, CustomerFilter, CustomerPath};
use perennial_engine::merge::{Merge, MergeInput, Merged, Moved};
use perennial_engine::points::PointsSummary;
use perennial_engine::privacy::Money;
use perennial_engine::{Cx, Engine, Error, PageRequest};

/// How many are shown of those who were found.
const FOUND: u32 = 20;

/// Everything for the page.
pub async fn read(id: &str, q: &str, with: &str, keep: &str, after: String) -> Result<MergeData, PageError> {
    let Staff { cx, engine } = session::staff().await?;
    let id = known(&cx, &engine, id).await?;
    let customer = engine.customer_get(&cx, id).await?;
    let desk = Desk { settings: engine.merchant_settings(&cx).await?, cx, engine };
    let may_merge = desk.cx.may(Action::CustomersMerge) && customer.erased_at.is_none();
    let chosen = match with.parse::<CustomerId>() {
        Ok(other) if may_merge => Some(desk.chosen(id, other, keep == OTHER).await?),
        _ => None,
    };
    let (found, more) =
        if may_merge && chosen.is_none() { desk.search(id, q).await? } else { (Vec::new(), false) };
    let page = PageRequest::new(None, Some(after))?;
    let merges = desk.engine.customer_merges(&desk.cx, id, &page).await?;
    let now = desk.engine.now(desk.cx.merchant());
    Ok(MergeData {
        id: id.to_string(),
        name: name(&customer),
        points_name: desk.settings.points_name.to_string(),
        may_merge,
        q: q.to_owned(),
        found: found.iter().map(|customer| row(customer, &desk.settings, now)).collect(),
        more,
        chosen,
        merges: merges.data.into_iter().map(|merge| desk.merged(merge)).collect(),
        next: merges.next,
    })
}

/// Who asks, and what they need to be told in words.
struct Desk {
    cx: Cx,
    engine: Engine,
    settings: MerchantSettings,
}

impl Desk {
    /// Others whom the search finds, by name, e-mail, telephone number, card, external id or id; and whether there are more.
    async fn search(&self, own: CustomerId, q: &str) -> Result<(Vec<Customer>, bool), PageError> {
        let q = q.trim();
        if q.is_empty() {
            return Ok((Vec::new(), false));
        }
        if let Ok(id) = q.parse::<CustomerId>() {
            let found = match self.engine.customer_resolve(&self.cx, &CustomerPath::Id(id)).await {
                Err(Error::NotFound(_)) => Vec::new(),
                resolved => self.engine.customers_get(&self.cx, &[resolved?]).await?,
            };
            return Ok((others(found, own), false));
        }
        let filter = CustomerFilter { search: Some(q.to_owned()), ..CustomerFilter::default() };
        let page =
            self.engine.customer_list(&self.cx, &filter, &PageRequest::new(Some(FOUND), None)?).await?;
        Ok((others(page.data, own), page.next.is_some()))
    }

    async fn chosen(
        &self,
        own: CustomerId,
        other: CustomerId,
        keeps_other: bool,
    ) -> Result<Chosen, PageError> {
        let (into, from) = if keeps_other { (other, own) } else { (own, other) };
        let outcome = match self.preview(into, from).await {
            Ok(merged) => Ok(self.outcome(merged)),
            Err(Error::Conflict { detail, .. }) => Err(detail),
            Err(Error::CustomerNotFound | Error::NotFound(_)) => return Err(PageError::NotFound),
            Err(error) => return Err(error.into()),
        };
        Ok(Chosen {
            id: other.to_string(),
            keeps_other,
            stays: self.side(into).await?,
            ends: self.side(from).await?,
            outcome,
        })
    }

    async fn preview(&self, into: CustomerId, from: CustomerId) -> Result<Merged, Error> {
        let from = CustomerInput { id: Some(from.to_string()), ..CustomerInput::default() };
        self.engine.customer_merge_preview(&self.cx, into, MergeInput { from, note: None }).await
    }

    async fn side(&self, id: CustomerId) -> Result<Side, PageError> {
        let id = self.engine.customer_resolve(&self.cx, &CustomerPath::Id(id)).await?;
        let customer = self.engine.customer_get(&self.cx, id).await?;
        let points = self.engine.customer_points(&self.cx, &CustomerPath::Id(id)).await?;
        Ok(Side { name: name(&customer), facts: self.facts(&customer, &points) })
    }

    /// Who somebody is, and what there is.
    fn facts(&self, customer: &Customer, points: &PointsSummary) -> Vec<(String, String)> {
        let (zone, now) = (self.settings.time_zone.tz(), self.engine.now(self.cx.merchant()));
        let unit = capitalised(self.settings.points_name.as_str());
        let mut facts = Vec::new();
        for (kind, value) in [
            ("E-mail", &customer.email),
            ("Phone", &customer.phone),
            ("Card", &customer.card),
            ("External id", &customer.external_id),
            ("Birthday", &customer.birthday.map(crate::format::birthday)),
        ] {
            facts.extend(value.clone().map(|value| (kind.to_owned(), value)));
        }
        facts.push(("Joined".to_owned(), clock::day(customer.created_at, zone, now)));
        facts.push((unit.clone(), grouped(points.points)));
        for (what, number) in
            [("pending", points.pending), ("reserved", points.reserved), ("owed", points.debt)]
        {
            if number != 0 {
                facts.push((format!("{unit}, {what}"), grouped(number)));
            }
        }
        facts.extend(points.tier.as_ref().map(|tier| ("Tier".to_owned(), tier.name.to_string())));
        facts.push(("Purchases".to_owned(), grouped(customer.purchases)));
        facts.push(("Spent".to_owned(), money::show(customer.spent, self.settings.currency)));
        facts
    }

    fn outcome(&self, merged: Merged) -> Outcome {
        let Merged { merge, customer } = merged;
        let unit = capitalised(self.settings.points_name.as_str());
        let mut after = vec![(unit.clone(), grouped(customer.points))];
        if customer.pending != 0 {
            after.push((format!("{unit}, pending"), grouped(customer.pending)));
        }
        after.extend(merge.tier.after.clone().map(|tier| ("Tier".to_owned(), tier)));
        after.push(("Purchases".to_owned(), grouped(customer.purchases)));
        after.push(("Spent".to_owned(), money::show(customer.spent, self.settings.currency)));
        Outcome { moved: moved(merge.moved, &unit), after }
    }

    fn merged(&self, merge: Merge) -> MergedRow {
        let (zone, now) = (self.settings.time_zone.tz(), self.engine.now(self.cx.merchant()));
        MergedRow {
            id: merge.from_id.to_string(),
            when: clock::moment(merge.merged_at, zone, now),
            by: capitalised(&merge.by),
            note: merge.note,
            points: merge.moved.points - merge.moved.debt,
            purchases: merge.moved.purchases,
        }
    }
}

fn others(found: Vec<Customer>, own: CustomerId) -> Vec<Customer> {
    let is_other = |customer: &Customer| customer.id != own && customer.erased_at.is_none();
    found.into_iter().filter(is_other).collect()
}

/// What comes along, without what there is none of.
fn moved(moved: Moved, unit: &str) -> Vec<(String, String)> {
    let mut rows = Vec::new();
    for (what, number) in [
        (unit.to_owned(), moved.points),
        (format!("{unit}, pending"), moved.pending),
        (format!("{unit}, reserved"), moved.reserved),
        (format!("{unit}, owed"), moved.debt),
    ] {
        if number != 0 {
            rows.push((what, grouped(number)));
        }
    }
    for Money { amount, currency } in &moved.cashback {
        rows.push(("Cashback".to_owned(), crate::format::money(*amount, currency)));
    }
    for (what, number) in [
        ("Purchases", moved.purchases),
        ("Addresses, numbers and cards", moved.identities),
        ("Redemptions", moved.redemptions),
        ("Vouchers", moved.vouchers),
        ("Rewards by policies", moved.awards),
    ] {
        if number != 0 {
            rows.push((what.to_owned(), grouped(number)));
        }
    }
    rows
}
