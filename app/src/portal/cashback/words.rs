//! What the portal says about cashback, written on the server.

use super::Money;
use crate::format::{day, money as amount, time, zone};
use crate::portal::parts::Entry;
use chrono::{DateTime, TimeDelta, Utc};
use perennial_domain::money::Amount;
use perennial_domain::settings::MerchantSettings;
use perennial_engine::cashback::{CashbackEntry, CashbackEvent, CashbackWallet};

/// Dates of expiry that the wallet names.
const EXPIRING_SHOWN: usize = 3;

/// What there is, by currency. Who never got anything has nothing in the merchant's currency.
pub(in crate::portal) fn money(
    wallets: &[CashbackWallet],
    now: DateTime<Utc>,
    settings: &MerchantSettings,
) -> Vec<Money> {
    if wallets.is_empty() {
        let available = amount(0, settings.currency.code());
        return vec![Money { available, pending: None, owed: None, expiring: Vec::new() }];
    }
    let zone = zone(settings.time_zone.as_str());
    wallets
        .iter()
        .map(|wallet| {
            let money = |minor: Amount| amount(minor.get(), &wallet.currency);
            Money {
                available: money(wallet.available),
                pending: (!wallet.pending.is_zero()).then(|| money(wallet.pending)),
                owed: (!wallet.owed.is_zero()).then(|| money(wallet.owed)),
                expiring: wallet
                    .expiring
                    .iter()
                    .take(EXPIRING_SHOWN)
                    // It is gone at the end of a day: the last moment of that day is just before.
                    .map(|soon| (money(soon.amount), day(soon.expires_at - TimeDelta::seconds(1), zone, now)))
                    .collect(),
            }
        })
        .collect()
}

/// The money as the stream of the open page tells it: `USD 410`.
pub(in crate::portal) fn mark(wallets: &[CashbackWallet]) -> String {
    let one = |wallet: &CashbackWallet| {
        format!("{} {}", wallet.currency, wallet.available.get().saturating_add(wallet.pending.get()))
    };
    wallets.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// A movement of the wallet, in a list.
pub(super) fn entry(slug: &str, entry: &CashbackEntry, now: DateTime<Utc>) -> Entry {
    let zone = zone(&entry.time_zone);
    let what = match (entry.event, &entry.retailer_name) {
        (CashbackEvent::Given, Some(shop)) => shop.clone(),
        (CashbackEvent::Given, None) => "Cashback".to_owned(),
        (CashbackEvent::Returned, _) => "Return".to_owned(),
        (CashbackEvent::Spent, Some(shop)) => format!("Paid at {shop}"),
        (CashbackEvent::Spent, None) => "Paid with cashback".to_owned(),
        (CashbackEvent::GivenBack, _) => "Given back by a return".to_owned(),
        (CashbackEvent::Expired, _) => "Expired".to_owned(),
        (CashbackEvent::Merged, _) => "From another account of yours".to_owned(),
    };
    // What a purchase gave counts when it was bought, everything else when it was posted.
    let at = match entry.event {
        CashbackEvent::Given => entry.occurred_at.unwrap_or(entry.posted_at),
        _ => entry.posted_at,
    };
    let sign = if entry.amount > 0 { '+' } else { '−' };
    let minor = i64::try_from(entry.amount.unsigned_abs()).unwrap_or(i64::MAX);
    Entry {
        href: entry.purchase_id.map(|purchase| format!("/p/{slug}/activity/{purchase}")),
        what,
        detail: format!("{}, {}", day(at, zone, now), time(at, zone)),
        receipt: entry.transaction_id.as_ref().map(|number| format!("receipt {number}")),
        points: format!("{sign}{}", amount(minor, &entry.currency)),
        earned: entry.amount > 0,
        is_reward: false,
        waits: false,
    }
}

/// The line of the home page that leads to the wallet: its title and a few words; nothing where there is neither an offer
/// nor a wallet.
pub(in crate::portal) fn line(
    wallets: &[CashbackWallet],
    offers: usize,
    now: DateTime<Utc>,
    settings: &MerchantSettings,
) -> Option<(String, String)> {
    if wallets.is_empty() && offers == 0 {
        return None;
    }
    let all = money(wallets, now, settings);
    let is_empty = wallets.iter().all(|wallet| wallet.available.is_zero() && wallet.pending.is_zero());
    if is_empty {
        let words = match offers {
            0 => "Your wallet is empty",
            1 => "An offer gives you money back",
            _ => "Offers that give you money back",
        };
        return Some(("Cashback".to_owned(), words.to_owned()));
    }
    let available: Vec<&str> = all.iter().map(|money| money.available.as_str()).collect();
    let pending: Vec<&str> = all.iter().filter_map(|money| money.pending.as_deref()).collect();
    let words = if pending.is_empty() {
        "Spend it when you pay".to_owned()
    } else {
        format!("{} more waits until you can spend it", pending.join(" and "))
    };
    Some((format!("{} cashback", available.join(" and ")), words))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn settings() -> MerchantSettings {
        serde_json::from_value(json!({
            "name": "Sola Bakery", "currency": "USD", "time_zone": "America/Los_Angeles", "points_name": "crumbs",
            "unknown_customer": "create", "claim_days": 30, "accepted_lateness_days": 7, "rounding": "floor",
        }))
        .unwrap()
    }

    fn wallet(available: i64, pending: i64) -> CashbackWallet {
        serde_json::from_value(json!({
            "currency": "USD", "available": available, "pending": pending, "owed": 0,
            "expiring": [{"amount": available, "expires_at": "2026-11-25T08:00:00Z"}],
        }))
        .unwrap()
    }

    const NOW: &str = "2026-11-21T12:00:00Z";

    #[test]
    fn the_last_day_is_the_day_before_it_is_gone() {
        let shown = money(&[wallet(410, 200)], NOW.parse().unwrap(), &settings());
        let only = shown.first().unwrap();
        assert_eq!((only.available.as_str(), only.pending.as_deref()), ("$4.10", Some("$2.00")));
        assert_eq!(only.expiring, [("$4.10".to_owned(), "Nov 24".to_owned())], "midnight of Los Angeles");
        assert_eq!(mark(&[wallet(410, 200)]), "USD 610");
    }

    #[test]
    fn the_home_page_speaks_of_it_where_there_is_something_to_say() {
        let line =
            |wallets: &[CashbackWallet], offers| line(wallets, offers, NOW.parse().unwrap(), &settings());
        assert_eq!(line(&[], 0), None);
        assert_eq!(line(&[], 2).unwrap().1, "Offers that give you money back");
        assert_eq!(line(&[wallet(0, 0)], 0).unwrap().1, "Your wallet is empty");
        assert_eq!(line(&[wallet(410, 0)], 0).unwrap().0, "$4.10 cashback");
        assert_eq!(line(&[wallet(0, 200)], 1).unwrap().1, "$2.00 more waits until you can spend it");
    }
}
