//! Two accounts of one person become one: what every program module has of them adds up, is proved, and is told and given
//! once, also when messages of before are still waiting.

use perennial_domain::codes::ReferralCode;
use perennial_domain::customer::CustomerRef;
use perennial_domain::ids::{CustomerId, PurchaseId, RewardId};
use perennial_domain::leaderboard::LeaderboardPeriod;
use perennial_domain::messages::MessageKind;
use perennial_domain::policies::Template;
use perennial_engine::cashback::CashbackEvent;
use perennial_engine::customers::NewCustomer;
use perennial_engine::merge::{MergeInput, Merged};
use perennial_engine::rewards::NewRedemption;
use perennial_engine::tiers::TierStep;
use perennial_engine::{Clock, Error, PageRequest};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::intake_support::{Shop, at, buy, patiently, purchase};
use crate::policies::{became, bought, days_later, policy, publish};
use crate::referrals::{advocate, come};
use crate::tiers::{START, assert_clean, by, earn, give_back, ladder, letters, moves, name, standing};
use crate::{policies, tiers};

const MAYA: &str = "maya@example.com";
const MAY: &str = "may@example.com";

fn of(from: CustomerId) -> MergeInput {
    serde_json::from_value(json!({"from": {"id": from}})).unwrap()
}

async fn merge(shop: &Shop, from: CustomerId, into: CustomerId) -> Merged {
    shop.engine.customer_merge(&shop.cx, into, of(from)).await.unwrap()
}

/// Everything that waits has its effect, and every proof holds.
async fn settled(shop: &Shop) {
    policies::settle(shop).await;
    assert_clean(shop).await;
}

async fn customer(shop: &Shop, email: &str) -> CustomerId {
    let new = NewCustomer { email: Some(email.to_owned()), ..NewCustomer::default() };
    shop.engine.customer_create(&shop.cx, new).await.unwrap().customer.id
}

async fn buyer(shop: &Shop, number: &str, cents: i64, email: &str) -> (PurchaseId, CustomerId) {
    let record = shop.bought(purchase(number, cents, by(email))).await;
    (record.id, record.customer_id.unwrap())
}

async fn adjust(shop: &Shop, customer: CustomerId, points: i64) {
    let adjustment = serde_json::from_value(json!({"points": points, "reason": "test"})).unwrap();
    shop.engine.adjustment_create(&shop.cx, customer, adjustment).await.unwrap();
}

/// The tier of whoever stands higher is there at once, and nobody is told of it: each was told of the own one.
#[tokio::test]
async fn the_higher_tier_stays_and_nobody_is_told_again() {
    let shop = tiers::shop().await;
    ladder(&shop).await;
    let (_, maya) = earn(&shop, "1", 60, json!({})).await;
    let (_, may) = earn(&shop, "2", 100, by(MAY)).await;
    let told = letters(&shop).await.len();
    let tier = merge(&shop, may, maya).await.merge.tier;
    let tier = [tier.before, tier.other, tier.after].map(Option::unwrap_or_default);
    assert_eq!(tier, ["Silver", "Gold", "Gold"]);
    assert_eq!(name(&shop, maya).await.as_deref(), Some("Gold"), "at once");
    settled(&shop).await;
    assert_eq!(moves(&shop, maya).await, ["Bronze up Silver", "Silver up Gold"]);
    assert_eq!(letters(&shop).await.len(), told);
    assert_eq!(standing(&shop, maya).await.progress, 160);
    assert_eq!(shop.count(&format!("tier_memberships WHERE customer_id = '{may}'")).await, 0);
    assert_eq!(shop.count(&format!("tier_activity WHERE customer_id = '{may}'")).await, 0);
    shop.close().await;
}

/// What both have done leads higher, with a purchase that nobody had counted yet when they were merged: told once.
#[tokio::test]
async fn what_both_have_done_leads_higher_and_is_told_once() {
    let shop = tiers::shop().await;
    let [_, _, gold] = ladder(&shop).await;
    let reached = json!({"on": "tier", "tier": gold});
    let reached = policy(&shop, reached, json!({"give": "points", "points": 7}), json!({})).await;
    let (_, maya) = earn(&shop, "1", 60, json!({})).await;
    let (_, may) = earn(&shop, "2", 30, by(MAY)).await;
    let told = letters(&shop).await.len();
    buyer(&shop, "3", 20, MAY).await;
    merge(&shop, may, maya).await;
    assert_eq!(name(&shop, maya).await.as_deref(), Some("Silver"));
    settled(&shop).await;
    assert_eq!(moves(&shop, maya).await, ["Bronze up Silver", "Silver up Gold"]);
    assert_eq!(letters(&shop).await.len(), told + 1);
    assert_eq!(became(&shop, reached).await, ["paid 7"], "Gold was reached");
    shop.close().await;
}

/// A tier that came with a merge was reached by nobody: policies give nothing for it, also later.
#[tokio::test]
async fn a_tier_that_came_with_an_account_is_not_reached() {
    let shop = policies::shop().await;
    let [_, silver, gold] = ladder(&shop).await;
    let gives = || json!({"give": "points", "points": 7});
    let of_silver = policy(&shop, json!({"on": "tier", "tier": silver}), gives(), json!({})).await;
    let of_gold = policy(&shop, json!({"on": "tier", "tier": gold}), gives(), json!({})).await;
    let (_, maya) = buyer(&shop, "1", 10, MAYA).await;
    let (_, may) = buyer(&shop, "2", 10, MAY).await;
    settled(&shop).await;
    // The policies have not heard of it when the accounts are merged.
    shop.engine.customer_tier_promote(&shop.cx, may, TierStep::default(), false).await.unwrap();
    merge(&shop, may, maya).await;
    settled(&shop).await;
    assert_eq!(name(&shop, maya).await.as_deref(), Some("Silver"));
    assert_eq!(became(&shop, of_silver).await, ["paid 7"], "hers, once");
    buyer(&shop, "3", 90, MAYA).await;
    settled(&shop).await;
    assert_eq!((became(&shop, of_silver).await.len(), became(&shop, of_gold).await.len()), (1, 1));
    shop.close().await;
}

/// Wallets add up, what one of them owed is repaid by the other, and purchases of before still find their cashback.
#[tokio::test]
async fn wallets_add_up_and_what_is_owed_is_repaid() {
    let shop = Shop::open_at(Clock::fixed(at(START))).await;
    let ten = serde_json::from_value(json!({"name": "Ten percent", "percentage": "0.1"})).unwrap();
    shop.engine.cashback_offer_create(&shop.cx, ten).await.unwrap();
    let wallet = async |customer| {
        let wallets = shop.engine.customer_cashback(&shop.cx, customer).await.unwrap();
        wallets.first().map(|wallet| (wallet.available.get(), wallet.owed.get()))
    };
    let (first, maya) = buyer(&shop, "1", 3_000, MAYA).await;
    let (second, may) = buyer(&shop, "2", 2_000, MAY).await;
    settled(&shop).await;
    let spent = json!({"customer": {"email": MAY}, "pay_with_cashback": 200});
    shop.bought(purchase("3", 500, spent)).await;
    settled(&shop).await;
    give_back(&shop, second, "r", json!({})).await;
    let owed = wallet(may).await.unwrap().1;
    assert!(owed > 0, "what was spent is owed");
    buyer(&shop, "4", 1_000, MAY).await;
    let moved = merge(&shop, may, maya).await.merge.moved.cashback;
    assert_eq!((moved.len(), moved[0].amount), (1, -owed));
    assert_eq!(wallet(maya).await, Some((300 - owed, 0)));
    assert_eq!(shop.count(&format!("cashback_wallets WHERE customer_id = '{may}'")).await, 0);
    settled(&shop).await;
    assert_eq!(
        wallet(maya).await,
        Some((400 - owed, 0)),
        "what was bought before the merge gives to the one there is"
    );
    let entries =
        shop.engine.customer_cashback_entries(&shop.cx, maya, &PageRequest::default()).await.unwrap();
    let merged = entries.data.iter().filter(|entry| entry.event == CashbackEvent::Merged);
    assert_eq!(merged.map(|entry| entry.amount).collect::<Vec<_>>(), [-owed]);
    give_back(&shop, first, "r", json!({})).await;
    let left = wallet(maya).await.unwrap();
    assert_eq!(left.0 - left.1, 100 - owed);
    settled(&shop).await;
    shop.close().await;
}

/// Numbers are of the sum; one that only the sum has passed was passed by nobody. Who has joined, and bought for the first
/// time, in either account, has done so.
#[tokio::test]
async fn counts_add_up_and_what_was_given_counts_as_given() {
    let shop = policies::shop().await;
    let gives = |points: i64| json!({"give": "points", "points": points});
    let own = policy(&shop, json!({"on": "own_count", "at": [2, 4]}), gives(10), json!({})).await;
    let joined = policy(&shop, json!({"on": "enrolment"}), gives(5), json!({})).await;
    let first = policy(&shop, json!({"on": "first_purchase"}), gives(3), json!({})).await;
    let (_, maya) = buyer(&shop, "1", 100, MAYA).await;
    let (_, may) = buyer(&shop, "2", 100, MAY).await;
    settled(&shop).await;
    assert_eq!(became(&shop, own).await, [""; 0]);
    bought(&shop, "3", 100, MAY).await;
    merge(&shop, may, maya).await;
    for news in [json!({"enrolled": [may]}), json!({"enrolled": [maya], "moved": [may]})] {
        sqlx::query("INSERT INTO queue (module, merchant_id, payload) VALUES ('policies', $1, $2)")
            .bind(shop.merchant.uuid())
            .bind(&news)
            .execute(&shop.db.pool)
            .await
            .unwrap();
    }
    settled(&shop).await;
    assert_eq!(became(&shop, own).await, [""; 0], "two were bought by two");
    let fourth = bought(&shop, "4", 100, MAY).await;
    settled(&shop).await;
    assert_eq!(became(&shop, own).await, ["paid 10"]);
    assert_eq!(became(&shop, joined).await, ["paid 5", "paid 5"], "each has joined once");
    assert_eq!(became(&shop, first).await, ["paid 3", "paid 3"]);
    let hers = shop.engine.customer_progress(&shop.cx, maya).await.unwrap();
    assert_eq!(hers.iter().find(|progress| progress.policy_id == own).unwrap().counted, Some(4));
    assert_eq!(shop.points_of(MAYA).await, 400 + 10 + 2 * 5 + 2 * 3);
    give_back(&shop, fourth, "r", json!({})).await;
    settled(&shop).await;
    assert_eq!(became(&shop, own).await, ["reversed 10 returned"]);
    shop.close().await;
}

/// What one of the two has passed before is undone when less than that is left of both.
#[tokio::test]
async fn a_number_that_was_passed_before_is_undone_with_the_sum() {
    let shop = policies::shop().await;
    let gives = json!({"give": "points", "points": 10});
    let own = policy(&shop, json!({"on": "own_count", "at": [2]}), gives, json!({})).await;
    let (_, maya) = buyer(&shop, "1", 100, MAYA).await;
    let (second, may) = buyer(&shop, "2", 100, MAY).await;
    let (third, _) = buyer(&shop, "3", 100, MAY).await;
    settled(&shop).await;
    assert_eq!(became(&shop, own).await, ["paid 10"]);
    merge(&shop, may, maya).await;
    give_back(&shop, second, "r", json!({})).await;
    settled(&shop).await;
    assert_eq!(became(&shop, own).await, ["paid 10"], "two are left");
    give_back(&shop, third, "r", json!({})).await;
    settled(&shop).await;
    assert_eq!(became(&shop, own).await, ["reversed 10 returned"]);
    bought(&shop, "4", 100, MAYA).await;
    settled(&shop).await;
    assert_eq!(became(&shop, own).await, ["reversed 10 returned", "paid 10"]);
    shop.close().await;
}

/// A number that one of the two has passed is not passed for the first time by the sum, also when what was given for it cannot be
/// taken back.
#[tokio::test]
async fn a_number_that_was_passed_before_gives_nothing_again() {
    let shop = policies::shop().await;
    let off = json!({"give": "discount", "value": "0.1"});
    let own = policy(&shop, json!({"on": "own_count", "at": [2]}), off, json!({})).await;
    let maya = customer(&shop, MAYA).await;
    let (first, may) = buyer(&shop, "1", 100, MAY).await;
    bought(&shop, "2", 100, MAY).await;
    settled(&shop).await;
    let vouchers = shop.engine.customer_vouchers(&shop.cx, may, &PageRequest::default()).await.unwrap().data;
    shop.engine.voucher_use(&shop.cx, &vouchers[0].code.parse().unwrap()).await.unwrap();
    merge(&shop, may, maya).await;
    give_back(&shop, first, "r", json!({})).await;
    settled(&shop).await;
    assert_eq!(became(&shop, own).await, ["paid 1 used"]);
    bought(&shop, "3", 100, MAYA).await;
    settled(&shop).await;
    assert_eq!(became(&shop, own).await, ["paid 1 used"]);
    shop.close().await;
}

/// What waits is given to who goes on, and caps are of one customer.
#[tokio::test]
async fn what_waits_is_given_to_who_goes_on() {
    let shop = policies::shop().await;
    let gives = json!({"give": "points", "points": 10});
    let rest = json!({"hold_days": 3, "cap": {"times": 2, "per": "day"}});
    let own = policy(&shop, json!({"on": "own_count", "every": 1}), gives, rest).await;
    let (_, maya) = buyer(&shop, "1", 100, MAYA).await;
    let (_, may) = buyer(&shop, "2", 100, MAY).await;
    settled(&shop).await;
    assert_eq!(became(&shop, own).await, ["held 10", "held 10"]);
    assert_eq!(merge(&shop, may, maya).await.merge.moved.awards, 1);
    bought(&shop, "3", 100, MAYA).await;
    settled(&shop).await;
    assert_eq!(became(&shop, own).await, ["held 10", "held 10", "refused 10 cap"]);
    days_later(&shop, 4).await;
    assert_eq!(became(&shop, own).await, ["paid 10", "paid 10", "refused 10 cap"]);
    assert_eq!(shop.points_of(MAYA).await, 320);
    settled(&shop).await;
    shop.close().await;
}

/// Points that come with an account are no rise. A rise that nobody had looked at yet is one.
#[tokio::test]
async fn points_that_come_with_an_account_cross_nothing() {
    let shop = policies::shop().await;
    let mail = publish(&shop, Template::HundredPointsMail.draft(None)).await;
    let (_, maya) = buyer(&shop, "1", 80, MAYA).await;
    let (_, may) = buyer(&shop, "2", 90, MAY).await;
    settled(&shop).await;
    merge(&shop, may, maya).await;
    settled(&shop).await;
    assert_eq!((shop.points_of(MAYA).await, became(&shop, mail).await.len()), (170, 0));
    adjust(&shop, maya, -100).await;
    adjust(&shop, maya, 50).await;
    settled(&shop).await;
    assert_eq!(became(&shop, mail).await, ["paid 1"], "from 70 to 120");
    let (_, zoe) = buyer(&shop, "3", 90, "zoe@example.com").await;
    settled(&shop).await;
    adjust(&shop, zoe, 20).await;
    merge(&shop, zoe, maya).await;
    settled(&shop).await;
    assert_eq!(became(&shop, mail).await, ["paid 1", "paid 1"]);
    shop.close().await;
}

/// The state and the advocate of whoever came by a friend.
async fn referral(shop: &Shop, friend: CustomerId) -> Option<(String, CustomerId)> {
    let row: Option<(String, uuid::Uuid)> =
        sqlx::query_as("SELECT state, advocate_id FROM referrals WHERE friend_id = $1")
            .bind(friend.uuid())
            .fetch_optional(&shop.db.pool)
            .await
            .unwrap();
    row.map(|(state, advocate)| (state, CustomerId::from_uuid(advocate)))
}

fn is(state: &str, advocate: CustomerId) -> Option<(String, CustomerId)> {
    Some((state.to_owned(), advocate))
}

async fn code_of(shop: &Shop, customer: CustomerId) -> ReferralCode {
    shop.engine.referral_code_of(&shop.cx, customer).await.unwrap().code
}

/// Both codes bring friends to who goes on; the one that is shown stays.
#[tokio::test]
async fn both_codes_go_on_bringing_friends() {
    let shop = policies::shop().await;
    let (ada, code) = advocate(&shop, "ada@example.com").await;
    let (eve, other) = advocate(&shop, "eve@example.com").await;
    let (ben, _) = come(&shop, "1", "ben@example.com", &other).await;
    settled(&shop).await;
    merge(&shop, eve, ada).await;
    let (cora, warnings) = come(&shop, "2", "cora@example.com", &other).await;
    assert_eq!(warnings, Vec::<String>::new());
    let (dan, _) = come(&shop, "3", "dan@example.com", &code).await;
    settled(&shop).await;
    for friend in [ben, cora, dan] {
        assert_eq!(referral(&shop, friend).await, is("qualified", ada));
    }
    assert_eq!(code_of(&shop, ada).await, code);
    let friends = shop.engine.referral_friends(&shop.cx, ada, &PageRequest::default()).await.unwrap().data;
    assert_eq!(friends.len(), 3);
    // Who had no code has the other one's.
    let new = customer(&shop, "new@example.com").await;
    merge(&shop, ada, new).await;
    assert_eq!(code_of(&shop, new).await, code);
    settled(&shop).await;
    shop.close().await;
}

/// Of two advocates the one of who goes on stays, and only that one is paid.
#[tokio::test]
async fn one_of_two_advocates_stays_and_is_paid() {
    let shop = policies::shop().await;
    let to = json!({"to": "advocate", "hold_days": 3});
    let gives = json!({"give": "points", "points": 10});
    let brought = policy(&shop, json!({"on": "friend_purchase"}), gives, to).await;
    let (zoe, of_zoe) = advocate(&shop, "zoe@example.com").await;
    let (yan, of_yan) = advocate(&shop, "yan@example.com").await;
    let (ada, _) = come(&shop, "1", "ada@example.com", &of_zoe).await;
    settled(&shop).await;
    let (eve, _) = come(&shop, "2", "eve@example.com", &of_yan).await;
    settled(&shop).await;
    merge(&shop, eve, ada).await;
    settled(&shop).await;
    assert_eq!(referral(&shop, ada).await, is("qualified", zoe));
    assert_eq!(referral(&shop, eve).await, is("rejected", yan));
    days_later(&shop, 4).await;
    assert_eq!(became(&shop, brought).await, ["paid 10", "cancelled 10 referral"]);
    assert_eq!(referral(&shop, ada).await, is("rewarded", zoe));
    settled(&shop).await;
    shop.close().await;
}

/// Who goes on and had come by nobody has come by whoever brought the other account, whose purchase is followed to the end.
#[tokio::test]
async fn the_advocate_of_the_other_account_is_kept() {
    let shop = policies::shop().await;
    let gives = json!({"give": "points", "points": 10});
    let brought = policy(&shop, json!({"on": "friend_purchase"}), gives, json!({"to": "advocate"})).await;
    let (zoe, code) = advocate(&shop, "zoe@example.com").await;
    let ada = customer(&shop, "ada@example.com").await;
    settled(&shop).await;
    let (eve, _) = come(&shop, "1", "eve@example.com", &code).await;
    merge(&shop, eve, ada).await;
    settled(&shop).await;
    assert_eq!(referral(&shop, ada).await, is("rewarded", zoe));
    assert_eq!(referral(&shop, eve).await, None);
    assert_eq!(became(&shop, brought).await, ["paid 10"]);
    // Somebody who was a customer before is nobody's friend.
    let (_, fay) = buyer(&shop, "2", 100, "fay@example.com").await;
    settled(&shop).await;
    let (gus, _) = come(&shop, "3", "gus@example.com", &code).await;
    merge(&shop, gus, fay).await;
    settled(&shop).await;
    assert_eq!(referral(&shop, fay).await, is("rejected", zoe));
    assert_eq!(became(&shop, brought).await, ["paid 10"]);
    shop.close().await;
}

/// Nobody brings oneself, directly or by others, whichever account goes on.
#[tokio::test]
async fn nobody_brings_oneself() {
    let shop = policies::shop().await;
    let (ada, code) = advocate(&shop, "ada@example.com").await;
    let (eve, _) = come(&shop, "1", "eve@example.com", &code).await;
    let (cora, code) = advocate(&shop, "cora@example.com").await;
    let (dan, _) = come(&shop, "2", "dan@example.com", &code).await;
    let (gil, code) = advocate(&shop, "gil@example.com").await;
    let (hal, _) = come(&shop, "3", "hal@example.com", &code).await;
    settled(&shop).await;
    let code = code_of(&shop, hal).await;
    let (ivy, _) = come(&shop, "4", "ivy@example.com", &code).await;
    let (jan, code) = advocate(&shop, "jan@example.com").await;
    let (kim, _) = come(&shop, "5", "kim@example.com", &code).await;
    settled(&shop).await;
    let code = code_of(&shop, kim).await;
    let (leo, _) = come(&shop, "6", "leo@example.com", &code).await;
    settled(&shop).await;

    merge(&shop, eve, ada).await;
    assert_eq!((referral(&shop, ada).await, referral(&shop, eve).await), (None, is("rejected", ada)));
    merge(&shop, cora, dan).await;
    assert_eq!((referral(&shop, dan).await, referral(&shop, cora).await), (None, is("rejected", dan)));
    merge(&shop, ivy, gil).await;
    assert_eq!((referral(&shop, gil).await, referral(&shop, ivy).await), (None, is("rejected", hal)));
    assert_eq!(referral(&shop, hal).await, is("qualified", gil));
    merge(&shop, jan, leo).await;
    assert_eq!((referral(&shop, leo).await, referral(&shop, jan).await), (None, is("rejected", kim)));
    assert_eq!(referral(&shop, kim).await, is("qualified", leo));
    settled(&shop).await;
    shop.close().await;
}

/// What friends have bought before a merge was counted for whoever had brought them, and a return takes it from there, also
/// when the friend has another advocate by now, or is the advocate.
#[tokio::test]
async fn a_return_takes_from_whom_it_was_counted() {
    let shop = policies::shop().await;
    let gives = || json!({"give": "points", "points": 10});
    let to = || json!({"to": "advocate"});
    let (zoe, of_zoe) = advocate(&shop, "zoe@example.com").await;
    let (yan, of_yan) = advocate(&shop, "yan@example.com").await;
    let (ada, _) = come(&shop, "1", "ada@example.com", &of_zoe).await;
    let (eve, _) = come(&shop, "2", "eve@example.com", &of_yan).await;
    settled(&shop).await;
    let together = policy(&shop, json!({"on": "friends_count", "at": [2]}), gives(), to()).await;
    let (first, _) = buyer(&shop, "3", 100, "eve@example.com").await;
    buyer(&shop, "4", 100, "eve@example.com").await;
    buyer(&shop, "5", 100, "ada@example.com").await;
    settled(&shop).await;
    assert_eq!(became(&shop, together).await, ["paid 10"], "Yan's friend");
    merge(&shop, eve, ada).await;
    settled(&shop).await;
    give_back(&shop, first, "r", json!({})).await;
    settled(&shop).await;
    assert_eq!(became(&shop, together).await, ["reversed 10 returned"]);
    let counted =
        |advocate: CustomerId| format!("policy_counters WHERE subject_id = '{advocate}' AND counted = 1");
    assert_eq!((shop.count(&counted(zoe)).await, shop.count(&counted(yan)).await), (1, 1));

    // Of themselves: what the friend had bought gave something to the advocate, who is the same by now.
    let each = policy(&shop, json!({"on": "friend_purchase"}), gives(), to()).await;
    let (gus, _) = come(&shop, "6", "gus@example.com", &of_yan).await;
    let (second, _) = buyer(&shop, "7", 100, "gus@example.com").await;
    settled(&shop).await;
    assert_eq!(became(&shop, each).await, ["paid 10", "paid 10"]);
    merge(&shop, gus, yan).await;
    settled(&shop).await;
    give_back(&shop, second, "r", json!({})).await;
    settled(&shop).await;
    assert_eq!(became(&shop, each).await, ["paid 10", "reversed 10 returned"]);
    shop.close().await;
}

/// What somebody had bought before was bought by nobody's friend, and a return of a part of it gives nothing to the advocate who
/// came along.
#[tokio::test]
async fn a_return_gives_nothing_for_what_no_friend_had_bought() {
    let shop = policies::shop().await;
    let gives = json!({"give": "points", "points": 10});
    let brought = policy(&shop, json!({"on": "friend_purchase"}), gives, json!({"to": "advocate"})).await;
    let (zoe, code) = advocate(&shop, "zoe@example.com").await;
    let (old, fay) = buyer(&shop, "1", 100, "fay@example.com").await;
    let (gus, _) = come(&shop, "2", "gus@example.com", &code).await;
    settled(&shop).await;
    assert_eq!(became(&shop, brought).await, ["paid 10"]);
    merge(&shop, gus, fay).await;
    settled(&shop).await;
    assert_eq!(referral(&shop, fay).await, is("rewarded", zoe));
    give_back(&shop, old, "r", json!({"amount": 40})).await;
    settled(&shop).await;
    assert_eq!(became(&shop, brought).await, ["paid 10"]);
    let next = bought(&shop, "3", 100, "fay@example.com").await;
    settled(&shop).await;
    assert_eq!(became(&shop, brought).await, ["paid 10", "paid 10"], "she is a friend by now");
    give_back(&shop, next, "r", json!({})).await;
    settled(&shop).await;
    assert_eq!(became(&shop, brought).await, ["paid 10", "reversed 10 returned"]);
    shop.close().await;
}

/// A ban is of the person.
#[tokio::test]
async fn a_ban_of_either_holds() {
    let shop = policies::shop().await;
    let (ada, code) = advocate(&shop, "ada@example.com").await;
    let (eve, _) = advocate(&shop, "eve@example.com").await;
    let (ben, _) = come(&shop, "1", "ben@example.com", &code).await;
    settled(&shop).await;
    shop.engine.referral_ban(&shop.cx, eve).await.unwrap();
    merge(&shop, eve, ada).await;
    assert_eq!(referral(&shop, ben).await, is("rejected", ada));
    let (cora, _) = come(&shop, "2", "cora@example.com", &code).await;
    assert_eq!(referral(&shop, cora).await, None);
    settled(&shop).await;
    shop.close().await;
}

/// One place on the board, with the points of both; who did not want to be seen in one account is not seen.
#[tokio::test]
async fn places_on_the_leaderboard_become_one() {
    let shop = tiers::shop().await;
    shop.engine.leaderboard_set(&shop.cx, true).await.unwrap();
    let (_, ada) = buyer(&shop, "1", 300, "ada@example.com").await;
    let (_, ben) = buyer(&shop, "2", 200, "ben@example.com").await;
    let (_, cora) = buyer(&shop, "3", 400, "cora@example.com").await;
    let (_, dan) = buyer(&shop, "4", 50, "dan@example.com").await;
    settled(&shop).await;
    let stands = async |customer| {
        let place =
            shop.engine.leaderboard_standing(&shop.cx, LeaderboardPeriod::Week, customer).await.unwrap();
        (place.rank, place.points, place.customers)
    };
    assert_eq!(stands(ada).await, (Some(2), 300, 4));
    buyer(&shop, "5", 10, "ben@example.com").await;
    merge(&shop, ben, ada).await;
    assert_eq!(stands(ada).await, (Some(1), 500, 3), "at once");
    settled(&shop).await;
    assert_eq!(stands(ada).await, (Some(1), 510, 3));
    shop.engine.leaderboard_hide(&shop.cx, dan, true).await.unwrap();
    assert_eq!(stands(cora).await, (Some(2), 400, 2));
    merge(&shop, dan, cora).await;
    assert_eq!(stands(cora).await, (None, 450, 1));
    settled(&shop).await;
    shop.engine.leaderboard_hide(&shop.cx, cora, false).await.unwrap();
    assert_eq!(stands(cora).await, (Some(2), 450, 2));
    settled(&shop).await;
    shop.close().await;
}

/// Who wants not to be seen while the account is merged is told to come again, and is hidden as the customer there is: nothing is
/// written down under an id that is gone.
#[tokio::test]
async fn nobody_is_hidden_under_an_id_that_is_gone() {
    let shop = tiers::shop().await;
    shop.engine.leaderboard_set(&shop.cx, true).await.unwrap();
    let (_, ada) = buyer(&shop, "1", 300, "ada@example.com").await;
    let (_, ben) = buyer(&shop, "2", 200, "ben@example.com").await;
    settled(&shop).await;
    merge(&shop, ben, ada).await;
    let late = shop.engine.leaderboard_hide(&shop.cx, ben, true).await;
    assert!(matches!(late, Err(Error::Busy { .. })), "{late:?}");
    assert_eq!(shop.count("leaderboard_hidden").await, 0);
    shop.engine.leaderboard_hide(&shop.cx, ada, true).await.unwrap();
    assert_eq!(shop.count(&format!("leaderboard_hidden WHERE customer_id = '{ada}'")).await, 1);
    settled(&shop).await;
    shop.close().await;
}

/// Redemptions and vouchers go along, what is held can be captured, and the limit of one customer counts both.
#[tokio::test]
async fn redemptions_go_along_and_count_together() {
    let shop = Shop::open_at(Clock::fixed(at(START))).await;
    let reward = async |fields: Value| -> RewardId {
        let mut input = json!({"name": "Five off", "kind": "money_off", "value": 500, "points_cost": 100});
        input.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        shop.engine.reward_create(&shop.cx, serde_json::from_value(input).unwrap()).await.unwrap().id
    };
    let redeem = async |customer, reward, hold_seconds| {
        let what = NewRedemption { reward, points: None, hold_seconds };
        shop.engine.redeem(&shop.cx, &CustomerRef::Id(customer), what).await
    };
    let (once, other) = (reward(json!({"limit_per_customer": 1})).await, reward(json!({})).await);
    let (maya, may) = (customer(&shop, MAYA).await, customer(&shop, MAY).await);
    for customer in [maya, may] {
        adjust(&shop, customer, 300).await;
        redeem(customer, once, None).await.unwrap();
    }
    let held = redeem(may, other, Some(600)).await.unwrap().redemption.id;
    let moved = merge(&shop, may, maya).await.merge.moved;
    assert_eq!((moved.redemptions, moved.vouchers, moved.points, moved.reserved), (2, 1, 100, 100));
    let refused = redeem(maya, once, None).await;
    assert!(matches!(refused, Err(Error::Conflict { code: "limit_reached", .. })), "{refused:?}");
    let captured = shop.engine.redemption_capture(&shop.cx, held).await.unwrap().redemption;
    assert_eq!(captured.customer_id, maya);
    let vouchers = shop.engine.customer_vouchers(&shop.cx, maya, &PageRequest::default()).await.unwrap().data;
    assert_eq!(vouchers.len(), 3);
    for voucher in vouchers {
        shop.engine.voucher_use(&shop.cx, &voucher.code.parse().unwrap()).await.unwrap();
    }
    settled(&shop).await;
    shop.close().await;
}

/// What both have had of a promotion counts together, and a return gives back to the one there is.
#[tokio::test]
async fn limits_of_promotions_count_together() {
    let shop = Shop::open_at(Clock::fixed(at(START))).await;
    let limit = json!({"points": 100, "per": "day"});
    shop.promote(json!({"name": "Forty", "flat_points": 40, "max_points_per_customer": limit})).await;
    let earned = async |number: &str, email: &str| {
        shop.bought(purchase(number, 100, by(email))).await.points_earned.get()
    };
    let (_, maya) = buyer(&shop, "1", 100, MAYA).await;
    let (second, may) = buyer(&shop, "2", 100, MAY).await;
    assert_eq!(earned("3", MAY).await, 40);
    merge(&shop, may, maya).await;
    assert_eq!(shop.count("promotion_uses WHERE used = 120").await, 1);
    assert_eq!(shop.count("promotion_uses").await, 1);
    assert_eq!(earned("4", MAYA).await, 0);
    give_back(&shop, second, "r", json!({})).await;
    assert_eq!(earned("5", MAY).await, 20, "her e-mail leads here");
    settled(&shop).await;
    shop.close().await;
}

/// What rounding has left of both comes to a point together.
#[tokio::test]
async fn what_is_carried_over_adds_up() {
    let shop = Shop::open_at(Clock::fixed(at(START))).await;
    shop.set(json!({"carry_over": true})).await;
    shop.promote(json!({"name": "Slow", "award_rate": "0.4"})).await;
    let (_, maya) = buyer(&shop, "1", 100, MAYA).await;
    let (_, may) = buyer(&shop, "2", 100, MAY).await;
    assert_eq!(shop.count("carried_remainders WHERE remainder = 400000000").await, 2);
    merge(&shop, may, maya).await;
    assert_eq!(shop.count("carried_remainders WHERE remainder = 800000000").await, 1);
    let third = shop.bought(purchase("3", 100, by(MAYA))).await;
    assert_eq!(third.points_earned.get(), 1);
    settled(&shop).await;
    shop.close().await;
}

/// A letter that one of the two did not want is not wanted; apps that spoke for the account that ended sign in again; and what
/// is told of a purchase of before has a number of who goes on.
#[tokio::test]
async fn wishes_hold_tokens_end_and_numbers_do_not_meet() {
    let shop = tiers::shop().await;
    let url = json!({"url": "https://shop.example/hooks", "events": []});
    shop.engine.webhook_create(&shop.cx, serde_json::from_value(url).unwrap()).await.unwrap();
    let (_, maya) = buyer(&shop, "1", 100, MAYA).await;
    let (_, may) = buyer(&shop, "2", 100, MAY).await;
    let kinds: Vec<MessageKind> = MessageKind::optional().take(2).collect();
    for (customer, kind) in [(maya, kinds[0]), (may, kinds[1])] {
        let chosen = json!({"preferences": [{"kind": kind, "email": false}]});
        let chosen = serde_json::from_value(chosen).unwrap();
        shop.engine.message_preferences_change(&shop.cx, customer, chosen).await.unwrap();
    }
    shop.engine.customer_token_create(&shop.cx, may, None).await.unwrap();
    merge(&shop, may, maya).await;
    let chosen = shop.engine.message_preferences(&shop.cx, maya).await.unwrap().preferences;
    let unwanted: Vec<MessageKind> =
        chosen.into_iter().filter(|wish| !wish.email).map(|wish| wish.kind).collect();
    assert_eq!(unwanted, kinds);
    assert_eq!(shop.count("customer_tokens").await, 0);
    // Nobody sends them here: only what is written down is looked at.
    sqlx::query("DELETE FROM webhook_endpoints").execute(&shop.db.pool).await.unwrap();
    settled(&shop).await;
    let of_purchases = format!("events WHERE customer_id = '{maya}' AND kind = 'points.credited'");
    assert_eq!(shop.count(&of_purchases).await, 2, "also of what was told after the merge");
    let twice =
        "(SELECT FROM events WHERE sequence > 0 GROUP BY customer_id, sequence HAVING count(*) > 1) AS twice";
    assert_eq!(shop.count(twice).await, 0);
    shop.close().await;
}

/// Tills, workers and a merge beside each other: every purchase is of the one there is, and every proof holds.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn tills_and_workers_go_on_beside_a_merge() {
    let shop = policies::shop().await;
    ladder(&shop).await;
    shop.engine.leaderboard_set(&shop.cx, true).await.unwrap();
    let ten = serde_json::from_value(json!({"name": "Ten percent", "percentage": "0.1"})).unwrap();
    shop.engine.cashback_offer_create(&shop.cx, ten).await.unwrap();
    let gives = json!({"give": "cashback", "amount": 5});
    let own = policy(&shop, json!({"on": "own_count", "every": 10}), gives, json!({})).await;
    let limit = json!({"points": 500, "per": "day"});
    shop.promote(json!({"name": "Forty", "flat_points": 40, "max_points_per_customer": limit})).await;
    let (_, maya) = buyer(&shop, "maya", 100, MAYA).await;
    let (_, may) = buyer(&shop, "may", 100, MAY).await;
    let workers = shop.engine.workers();
    let mut tills = JoinSet::new();
    for number in 0..40 {
        let (engine, cx) = (shop.engine.clone(), shop.cx.clone());
        let email = if number % 2 == 0 { MAYA } else { MAY };
        let one = purchase(format!("{number}"), 100, by(email));
        tills.spawn(async move { patiently!(buy(&engine, &cx, one.clone())).unwrap() });
    }
    patiently!(shop.engine.customer_merge(&shop.cx, maya, of(may))).unwrap();
    tills.join_all().await;
    workers.stop().await;
    settled(&shop).await;
    assert_eq!(shop.count(&format!("purchases WHERE customer_id = '{maya}'")).await, 42);
    assert_eq!(
        shop.count(&format!("balances WHERE customer_id = '{may}' AND merged_into = '{maya}'")).await,
        1
    );
    let hers = shop.engine.customer_progress(&shop.cx, maya).await.unwrap();
    assert_eq!(hers.iter().find(|progress| progress.policy_id == own).unwrap().counted, Some(42));
    let wallets = shop.engine.customer_cashback(&shop.cx, maya).await.unwrap();
    let awards = i64::try_from(became(&shop, own).await.len()).unwrap();
    assert_eq!(wallets[0].available.get(), 42 * 10 + 5 * awards);
    shop.close().await;
}
