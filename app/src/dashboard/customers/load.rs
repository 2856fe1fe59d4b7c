//! Customers from the engine, in words.

use super::super::csv::{Cell, Csv};
use super::super::format::day_of_year;
use super::super::load::{StateSearch, searched};
use super::super::page::capitalised;
use super::super::session::{self, Staff};
use super::super::{clock, money, purchases, tiers};
use super::dto::{
    CustomerDetail, CustomerEntries, CustomerForm, CustomerList, CustomerPurchases, CustomerRow,
    CustomerTimeline, EntryRow, TimelineRow,
};
use crate::error::PageError;
use crate::format::zone;
use axum::extract::Query;
use axum::response::Response;
use chrono::{DateTime, Utc};
use perennial_domain::access::Action;
use perennial_domain::ids::CustomerId;
use perennial_domain::settings::MerchantSettings;
use perennial_engine::customers::{Customer, CustomerFilter, CustomerPath, IdentityKind};
use perennial_engine::points::{Activity, Movements};
use perennial_engine::purchases::PurchaseFilter;
use perennial_engine::{Cx, Engine, PageRequest};

/// How to call a customer: the name, else the best identity there is.
pub fn name(customer: &Customer) -> String {
    if customer.erased_at.is_some() {
        return "Erased customer".to_owned();
    }
    let known = [&customer.name, &customer.email, &customer.phone, &customer.external_id, &customer.card];
    known.into_iter().flatten().next().cloned().unwrap_or_else(|| format!("Customer {}", customer.id))
}

/// Another way to know a customer, besides the name.
pub fn detail(customer: &Customer) -> String {
    let called = name(customer);
    let known = [&customer.email, &customer.phone, &customer.card, &customer.external_id];
    known.into_iter().flatten().find(|value| **value != called).cloned().unwrap_or_default()
}

/// The customer of an address. The id of an account that was merged leads to the page of the customer who goes on.
pub async fn known(cx: &Cx, engine: &Engine, id: &str) -> Result<CustomerId, PageError> {
    let id: CustomerId = id.parse().map_err(|_| PageError::NotFound)?;
    Ok(engine.customer_resolve(cx, &CustomerPath::Id(id)).await?)
}

fn filter(q: &str, state: &str) -> Result<CustomerFilter, PageError> {
    let owing = match state {
        "" => false,
        super::OWING => true,
        _ => return Err(PageError::Invalid("There is no such state.".to_owned())),
    };
    Ok(CustomerFilter { search: searched(q), owing })
}

/// A page of the list.
pub async fn list(q: &str, state: &str, after: String) -> Result<CustomerList, PageError> {
    let filter = filter(q, state)?;
    let Staff { cx, engine } = session::staff().await?;
    let settings = engine.merchant_settings(&cx).await?;
    let page = engine.customer_list(&cx, &filter, &PageRequest::new(None, Some(after))?).await?;
    let now = engine.now(cx.merchant());
    Ok(CustomerList {
        rows: page.data.iter().map(|customer| row(customer, &settings, now)).collect(),
        next: page.next,
        points_name: settings.points_name.to_string(),
    })
}

pub(super) fn row(customer: &Customer, settings: &MerchantSettings, now: DateTime<Utc>) -> CustomerRow {
    let zone = settings.time_zone.tz();
    CustomerRow {
        id: customer.id.to_string(),
        name: name(customer),
        detail: detail(customer),
        points: customer.points,
        purchases: customer.purchases,
        spent: money::show(customer.spent, settings.currency),
        last_purchase: customer.last_purchase_at.map(|at| clock::day(at, zone, now)),
        joined: clock::day(customer.created_at, zone, now),
    }
}

/// One customer.
pub async fn find(asked: &str) -> Result<CustomerDetail, PageError> {
    let Staff { cx, engine } = session::staff().await?;
    let id = known(&cx, &engine, asked).await?;
    if asked.parse::<CustomerId>().ok() != Some(id) {
        session::send_to(&super::LIST.row(&id.to_string()));
    }
    let customer = engine.customer_get(&cx, id).await?;
    let points = engine.customer_points(&cx, &CustomerPath::Id(id)).await?;
    let settings = engine.merchant_settings(&cx).await?;
    let (zone, now) = (settings.time_zone.tz(), engine.now(cx.merchant()));
    let called = name(&customer);
    let tier = match customer.erased_at {
        None => tiers::glance(&engine, &cx, id).await?,
        Some(_) => None,
    };
    let further = customer.other_identities.iter().map(|other| {
        let kind = match other.kind {
            IdentityKind::Email => "Other e-mail",
            IdentityKind::Phone => "Other phone",
            IdentityKind::Card => "Other card",
            IdentityKind::ExternalId => "Other external id",
        };
        (kind.to_owned(), other.value.clone())
    });
    let identities = [
        ("E-mail", &customer.email),
        ("Phone", &customer.phone),
        ("Card", &customer.card),
        ("External id", &customer.external_id),
        ("Birthday", &customer.birthday.map(crate::format::birthday)),
    ];
    Ok(CustomerDetail {
        id: customer.id.to_string(),
        name: called,
        joined: clock::day(customer.created_at, zone, now),
        identities: identities
            .into_iter()
            .filter_map(|(kind, value)| value.clone().map(|value| (kind.to_owned(), value)))
            .chain(further)
            .collect(),
        tier,
        points: points.points,
        worth: worth(&settings, points.points),
        pending: points.pending,
        maturing: points
            .maturing
            .first()
            .map(|soon| (soon.points, clock::moment(soon.matures_at, zone, now))),
        debt: points.debt,
        reserved: points.reserved,
        lifetime: points.lifetime,
        purchases: customer.purchases,
        spent: money::show(customer.spent, settings.currency),
        last_purchase: customer.last_purchase_at.map(|at| clock::day(at, zone, now)),
        points_name: settings.points_name.to_string(),
        cashback: crate::cashback::standing(&points.cashback, zone, now),
        expiring: points.expiring.first().map(|soon| (soon.points, day_of_year(soon.expires_on))),
        may_adjust: cx.may(Action::PointsAdjust) && customer.erased_at.is_none(),
        erased: customer.erased_at.map(|at| clock::day(at, zone, now)),
        may_edit: cx.may(Action::CustomersWrite) && customer.erased_at.is_none(),
        may_merge: cx.may(Action::CustomersMerge) && customer.erased_at.is_none(),
    })
}

/// The form of who a customer is.
pub async fn form(id: &str) -> Result<CustomerForm, PageError> {
    let Staff { cx, engine } = session::staff().await?;
    let id = known(&cx, &engine, id).await?;
    let customer = engine.customer_get(&cx, id).await?;
    Ok(CustomerForm {
        id: id.to_string(),
        called: name(&customer),
        name: customer.name.unwrap_or_default(),
        email: customer.email.unwrap_or_default(),
        phone: customer.phone.unwrap_or_default(),
        card: customer.card.unwrap_or_default(),
        external_id: customer.external_id.unwrap_or_default(),
        birthday: customer.birthday.map(|birthday| birthday.to_string()).unwrap_or_default(),
        may_edit: cx.may(Action::CustomersWrite) && customer.erased_at.is_none(),
    })
}

/// What so many points are worth, rounded down; nothing when the merchant does not say.
pub fn worth(settings: &MerchantSettings, points: i64) -> Option<String> {
    let value = settings.point_value?;
    let exact =
        i128::from(points.max(0)) * i128::from(value.amount.get()) / i128::from(value.points.get().max(1));
    i64::try_from(exact).ok().map(|amount| money::show(amount, settings.currency))
}

/// What happened to a customer's points, purchase by purchase.
pub async fn timeline(id: &str, after: String) -> Result<CustomerTimeline, PageError> {
    let Staff { cx, engine } = session::staff().await?;
    let id = known(&cx, &engine, id).await?;
    let page = engine.customer_activity(&cx, id, None, &PageRequest::new(None, Some(after))?).await?;
    let now = engine.now(cx.merchant());
    Ok(CustomerTimeline {
        rows: page.data.into_iter().map(|activity| happened(activity, now)).collect(),
        next: page.next,
    })
}

fn happened(activity: Activity, now: DateTime<Utc>) -> TimelineRow {
    let zone = zone(&activity.time_zone);
    let retailer = activity.retailer_name.unwrap_or_default();
    let is_reward = activity.reward_name.is_some();
    let what = match activity.kind.as_str() {
        "purchase" => format!("Purchase at {retailer}"),
        "claim" => format!("Claimed a purchase at {retailer}"),
        // The redemption of a reward, and what became of it: which reward it was.
        other => match activity.reward_name {
            Some(reward) => format!("{}: {reward}", posted(other)),
            None => posted(other).to_owned(),
        },
    };
    let is_purchase = activity.kind == "purchase" || activity.kind == "claim";
    let amount = activity
        .amount
        .filter(|_| is_purchase)
        .zip(activity.currency)
        .map(|(amount, currency)| crate::format::money(amount, &currency));
    // Points that paid for a purchase were spent when it was bought.
    let paid = activity.kind == "redemption" && activity.purchase_id.is_some();
    let at = if is_purchase || paid { activity.occurred_at } else { activity.posted_at };
    TimelineRow {
        what,
        is_reward,
        reason: activity.reason,
        amount,
        purchase: activity.purchase_id.map(|id| id.to_string()).zip(activity.transaction_id),
        points: activity.points,
        when: clock::moment(at, zone, now),
    }
}

/// The movements on a customer's accounts; of the sort that `show` names, else all.
pub async fn entries(id: &str, show: &str, after: String) -> Result<CustomerEntries, PageError> {
    let Staff { cx, engine } = session::staff().await?;
    let id = known(&cx, &engine, id).await?;
    let of: Option<Movements> = show.parse().ok();
    let page = engine.customer_entries(&cx, id, of, &PageRequest::new(None, Some(after))?).await?;
    let settings = engine.merchant_settings(&cx).await?;
    let (zone, now) = (settings.time_zone.tz(), engine.now(cx.merchant()));
    Ok(CustomerEntries {
        rows: page
            .data
            .into_iter()
            .map(|entry| EntryRow {
                sequence: entry.sequence,
                what: posted(&entry.kind).to_owned(),
                account: capitalised(&entry.account),
                purchase: entry.purchase_id.map(|id| id.to_string()),
                amount: entry.amount,
                when: clock::moment(entry.posted_at, zone, now),
            })
            .collect(),
        next: page.next,
    })
}

/// What was posted, in words.
fn posted(kind: &str) -> &str {
    match kind {
        "purchase" => "Purchase",
        "claim" => "Claimed purchase",
        "opening" => "Opening balance",
        "maturity" => "Points became spendable",
        "return" => "Return",
        "expiry" => "Points expired",
        "adjustment" => "Adjustment",
        "redemption" => "Redemption",
        "release" => "Hold released",
        "cancellation" => "Redemption cancelled",
        "cashback" => "Cashback",
        "award" => "By a reward policy",
        "merge" => "Merged with another account",
        other => other,
    }
}

/// A customer's purchases.
pub async fn purchases(id: &str, after: String) -> Result<CustomerPurchases, PageError> {
    let Staff { cx, engine } = session::staff().await?;
    let id = known(&cx, &engine, id).await?;
    let filter = PurchaseFilter { customer: Some(id), ..PurchaseFilter::default() };
    let page = engine.purchase_list(&cx, &filter, &PageRequest::new(None, Some(after))?).await?;
    let settings = engine.merchant_settings(&cx).await?;
    let now = engine.now(cx.merchant());
    Ok(CustomerPurchases {
        rows: page.data.into_iter().map(|purchase| purchases::load::row(purchase, now)).collect(),
        next: page.next,
        points_name: settings.points_name.to_string(),
    })
}

/// The list as CSV, every page of it.
pub async fn csv(staff: Staff, Query(query): Query<StateSearch>) -> Result<Response, PageError> {
    let filter = filter(&query.q, &query.state)?;
    let currency = staff.engine.merchant_settings(&staff.cx).await?.currency.to_string();
    let file = Csv {
        name: "customers",
        columns: &[
            "id",
            "name",
            "email",
            "phone",
            "card",
            "external_id",
            "birthday",
            "points",
            "purchases",
            "spent",
            "currency",
            "last_purchase_at",
            "created_at",
        ],
    };
    file.of(
        staff,
        filter,
        |staff, filter, page| Box::pin(staff.engine.customer_list(&staff.cx, filter, page)),
        move |customer| cells(customer, &currency),
    )
    .await
}

fn cells(customer: Customer, currency: &str) -> Vec<Cell> {
    vec![
        customer.id.to_string().into(),
        customer.name.into(),
        customer.email.into(),
        // E.164 begins with a plus and is no formula, but it stays text: a number would lose it.
        customer.phone.into(),
        customer.card.into(),
        customer.external_id.into(),
        customer.birthday.map(|birthday| birthday.to_string()).into(),
        customer.points.into(),
        customer.purchases.into(),
        customer.spent.into(),
        currency.into(),
        customer.last_purchase_at.map(|at| at.to_rfc3339()).into(),
        customer.created_at.to_rfc3339().into(),
    ]
}
