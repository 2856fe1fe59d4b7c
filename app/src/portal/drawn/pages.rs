//! Which page stands at which address below the portal.

use super::{Ask, Sheet};
use crate::error::PageError;
use crate::portal::{
    activity, card, cashback, claim, earn, invite, leaderboard, messages, notifications, privacy, purchase,
    rewards, tiers, vouchers, you,
};
use futures::future::BoxFuture;
use std::collections::BTreeMap;

/// Draws one page.
pub(super) type Page = fn(Ask) -> BoxFuture<'static, Result<Sheet, PageError>>;

/// Every page that the server draws: its path below `/p/{slug}/`, with a `:name` where any text may stand.
const PAGES: [(&str, Page); 19] = [
    ("activity", |ask| Box::pin(activity::draw(ask))),
    ("activity/:purchase", |ask| Box::pin(purchase::draw(ask))),
    ("card", |ask| Box::pin(card::draw(ask))),
    ("cashback", |ask| Box::pin(cashback::draw(ask))),
    ("claim", |ask| Box::pin(claim::draw(ask))),
    ("earn", |ask| Box::pin(earn::draw(ask))),
    ("invite", |ask| Box::pin(invite::draw(ask))),
    ("leaderboard", |ask| Box::pin(leaderboard::draw(ask))),
    ("leave", |ask| Box::pin(privacy::leave::draw(ask))),
    ("messages", |ask| Box::pin(messages::draw(ask))),
    ("notifications", |ask| Box::pin(notifications::draw(ask))),
    ("rewards", |ask| Box::pin(rewards::draw(ask))),
    ("rewards/:reward", |ask| Box::pin(rewards::detail::draw(ask))),
    ("rewards/:reward/redeem", |ask| Box::pin(rewards::redeem::draw(ask))),
    ("tiers", |ask| Box::pin(tiers::page::draw(ask))),
    ("vouchers", |ask| Box::pin(vouchers::draw(ask))),
    ("vouchers/:voucher", |ask| Box::pin(vouchers::voucher::draw(ask))),
    ("you", |ask| Box::pin(you::draw(ask))),
    ("your-data", |ask| Box::pin(privacy::draw(ask))),
];

/// The page at an address below the portal, and what stands in the place of its names.
pub(super) fn find(tail: &str) -> Option<(Page, BTreeMap<&'static str, String>)> {
    PAGES.iter().find_map(|(path, page)| Some((*page, names(path, tail)?)))
}

fn names(path: &'static str, tail: &str) -> Option<BTreeMap<&'static str, String>> {
    let mut names = BTreeMap::new();
    let mut given = tail.trim_end_matches('/').split('/');
    for wanted in path.split('/') {
        let part = given.next()?;
        match wanted.strip_prefix(':') {
            Some(name) if !part.is_empty() => {
                names.insert(name, part.to_owned());
            }
            None if part == wanted => {}
            _ => return None,
        }
    }
    given.next().is_none().then_some(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_found_by_its_path() {
        let (_, names) = find("rewards/7/redeem/").unwrap();
        assert_eq!(names.get("reward").map(String::as_str), Some("7"));
        assert!(find("tiers").is_some());
        for nowhere in ["", "rewards//redeem", "rewards/7/redeem/8", "tiers/7", "sign-in"] {
            assert!(find(nowhere).is_none(), "{nowhere}");
        }
    }

    #[test]
    fn no_path_stands_twice() {
        let paths: std::collections::BTreeSet<_> = PAGES.iter().map(|(path, _)| path).collect();
        assert_eq!(paths.len(), PAGES.len());
    }
}
