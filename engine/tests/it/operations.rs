//! Every operation on tenants, people and promotions, for the tests that must not forget one.

use futures::future::BoxFuture;
use futures::{FutureExt, TryFutureExt};
use perennial_domain::access::{Action, Role, Scope};
use perennial_domain::cashback::OfferInput;
use perennial_domain::codes::{ReferralCode, VoucherCode};
use perennial_domain::customer::CustomerRef;
use perennial_domain::ids::{
    ApiKeyId, CustomerId, CustomerTokenId, OfferId, PolicyId, ProductId, PromotionId, PurchaseId,
    RedemptionId, RetailerId, RewardId, StaffId, TierId, WebhookDeliveryId, WebhookId,
};
use perennial_domain::leaderboard::LeaderboardPeriod;
use perennial_domain::messages::MessageKind;
use perennial_domain::policies::PolicyInput;
use perennial_domain::quote::QuoteInput;
use perennial_domain::returns::{CheckedReturn, ReturnInput};
use perennial_domain::rewards::RewardInput;
use perennial_domain::tiers::TierInput;
use perennial_engine::api_keys::{ApiKeyFilter, ApiKeyPatch, NewApiKey};
use perennial_engine::cashback::OfferFilter;
use perennial_engine::customers::{CustomerFilter, CustomerPath, NewCustomer};
use perennial_engine::inbox::{EventFilter, Refusal, RefusedEnvelope, Unreadable};
use perennial_engine::merge::MergeInput;
use perennial_engine::messages::TrialTemplate;
use perennial_engine::policies::PolicyFilter;
use perennial_engine::privacy::EraseInput;
use perennial_engine::products::ProductFilter;
use perennial_engine::promotions::{PromotionFilter, ReplaySpan, Tried};
use perennial_engine::referrals::ReferralFilter;
use perennial_engine::requests::RequestFilter;
use perennial_engine::retailers::{NewRetailer, RetailerFilter};
use perennial_engine::reward_search::RewardFilter;
use perennial_engine::rewards::{NewRedemption, RedemptionFilter, Stage};
use perennial_engine::staff::{NewStaff, Newcomer, StaffFilter};
use perennial_engine::tiers::{TierPin, TierStep};
use perennial_engine::webhooks::{DeliveryFilter, NewWebhook, WebhookChange, WebhookFilter};
use perennial_engine::{Cx, Engine, Error};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{PASSWORD, first, product, terms};

/// Things of one merchant.
pub struct Ids {
    pub retailer: RetailerId,
    pub product: ProductId,
    pub customer: CustomerId,
    pub staff: StaffId,
    pub key: ApiKeyId,
    pub promotion: PromotionId,
    pub offer: OfferId,
    pub policy: PolicyId,
    pub tier: TierId,
    pub reward: RewardId,
    pub redemption: RedemptionId,
    pub voucher: VoucherCode,
    pub purchase: PurchaseId,
    /// A return of a part of it.
    pub returned: Uuid,
    pub webhook: WebhookId,
    pub delivery: WebhookDeliveryId,
}

impl Ids {
    /// Things that nobody has.
    pub fn of_nobody() -> Self {
        Self {
            retailer: RetailerId::new(0, [0; 10]),
            product: ProductId::new(0, [0; 10]),
            customer: CustomerId::new(0, [0; 10]),
            staff: StaffId::new(0, [0; 10]),
            key: ApiKeyId::new(0, [0; 10]),
            promotion: PromotionId::new(0, [0; 10]),
            offer: OfferId::new(0, [0; 10]),
            policy: PolicyId::new(0, [0; 10]),
            tier: TierId::new(0, [0; 10]),
            reward: RewardId::new(0, [0; 10]),
            redemption: RedemptionId::new(0, [0; 10]),
            voucher: VoucherCode::from_random([0; 10]),
            purchase: PurchaseId::new(0, [0; 10]),
            returned: Uuid::nil(),
            webhook: WebhookId::new(0, [0; 10]),
            delivery: WebhookDeliveryId::new(0, [0; 10]),
        }
    }
}

/// What an operation does when it is given the ids of another merchant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Foreign {
    /// It finds nothing.
    NotFound,
    /// It takes no ids and keeps to its own merchant.
    Own,
}

/// One operation of the engine.
pub struct Operation {
    pub name: &'static str,
    /// What the caller must be allowed to do.
    pub action: Action,
    pub foreign: Foreign,
    /// Runs it and tells what it returned.
    pub run: for<'a> fn(&'a Engine, &'a Cx, &'a Ids) -> BoxFuture<'a, Result<String, Error>>,
}

macro_rules! operations {
    ($($name:ident: $action:ident, $foreign:ident, |$engine:ident, $cx:ident, $ids:ident| $call:expr;)+) => {
        vec![$(Operation {
            name: stringify!($name),
            action: Action::$action,
            foreign: Foreign::$foreign,
            run: |$engine, $cx, $ids| {
                let _ = $ids;
                async move { $call.await.map(|returned| format!("{returned:?}")) }.boxed()
            },
        }),+]
    };
}

fn input<T: serde::de::DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}

fn new_customer(code: &str) -> NewCustomer {
    input(json!({"external_id": code}))
}

fn nobody_else() -> MergeInput {
    input(json!({"from": {"id": CustomerId::new(0, [1; 10])}}))
}

fn new_retailer(code: &str) -> NewRetailer {
    input(json!({"code": code, "name": code}))
}

fn policy() -> PolicyInput {
    let policy =
        json!({"name": "New", "event": {"on": "enrolment"}, "effects": [{"give": "points", "points": 5}]});
    serde_json::from_value(policy).unwrap()
}

fn offer() -> OfferInput {
    input(json!({"name": "Offer", "percentage": "0.1"}))
}

fn tier() -> TierInput {
    input(json!({"name": "Tier", "threshold": 500}))
}

fn no_token() -> CustomerTokenId {
    CustomerTokenId::new(0, [0; 10])
}

fn no_code() -> ReferralCode {
    input(json!("0000000000"))
}

fn unreadable() -> RefusedEnvelope {
    let refusal = Refusal::unreadable(Unreadable::Malformed("no".to_owned()));
    RefusedEnvelope { source: "/bus".to_owned(), id: "9".to_owned(), kind: String::new(), refusal }
}

fn new_reward() -> RewardInput {
    input(json!({"name": "Reward", "kind": "money_off", "value": 500, "points_cost": 100}))
}

fn redeeming(reward: RewardId) -> NewRedemption {
    NewRedemption { reward, points: None, hold_seconds: None }
}

fn redeemed_by(customer: CustomerId) -> RedemptionFilter {
    RedemptionFilter { customer: Some(customer), ..RedemptionFilter::default() }
}

fn returning() -> CheckedReturn {
    input::<ReturnInput>(json!({"return_id": "r"})).check().unwrap()
}

fn quoted(ids: &Ids) -> QuoteInput {
    input(json!({"customer": {"id": ids.customer}, "retailer": "north", "amount": 100}))
}

fn new_staff() -> NewStaff {
    NewStaff {
        email: "new@operations.example".parse().unwrap(),
        name: None,
        role: Role::Analyst,
        password: PASSWORD.to_owned(),
    }
}

fn newcomer() -> Newcomer {
    Newcomer { email: "newcomer@operations.example".parse().unwrap(), name: None, role: Role::Analyst }
}

fn new_webhook() -> NewWebhook {
    input(json!({"url": "https://shop.example/hooks"}))
}

fn new_key(retailer: Option<RetailerId>) -> NewApiKey {
    let retailer = retailer.map(|id| id.to_string());
    NewApiKey { name: "key".parse().unwrap(), scopes: vec![Scope::PurchasesRead], retailer }
}

fn tried(ids: &Ids) -> Tried {
    Tried::Version { id: ids.promotion, version: None }
}

/// All of them, in order of their nouns.
pub fn operations() -> Vec<Operation> {
    operations! {
        adjustment_create: PointsAdjust, NotFound, |e, cx, ids| e.adjustment_create(cx, ids.customer, input(json!({"points": 5, "reason": "r"})));
        adjustment_list: CustomersRead, NotFound, |e, cx, ids| e.adjustment_list(cx, ids.customer, &first());
        api_key_create: KeysWrite, NotFound, |e, cx, ids| e.api_key_create(cx, new_key(Some(ids.retailer)));
        api_key_get: KeysRead, NotFound, |e, cx, ids| e.api_key_get(cx, ids.key);
        api_key_list: KeysRead, Own, |e, cx, ids| e.api_key_list(cx, &ApiKeyFilter::default(), &first());
        api_key_revoke: KeysWrite, NotFound, |e, cx, ids| e.api_key_revoke(cx, ids.key);
        api_key_update: KeysWrite, NotFound, |e, cx, ids| e.api_key_update(cx, ids.key, ApiKeyPatch::default());
        birthday_set: CustomersWrite, NotFound,
            |e, cx, ids| e.birthday_set(cx, ids.customer, "05-17".parse().unwrap());
        cashback_offer_archive: PromotionsWrite, NotFound, |e, cx, ids| e.cashback_offer_archive(cx, ids.offer);
        cashback_offer_create: PromotionsWrite, Own, |e, cx, ids| e.cashback_offer_create(cx, offer());
        cashback_offer_get: PromotionsRead, NotFound, |e, cx, ids| e.cashback_offer_get(cx, ids.offer);
        cashback_offer_list: PromotionsRead, Own, |e, cx, ids| e.cashback_offer_list(cx, &OfferFilter::default(), &first());
        cashback_offer_update: PromotionsWrite, NotFound, |e, cx, ids| e.cashback_offer_update(cx, ids.offer, offer());
        cashback_offers_running: PromotionsRead, Own, |e, cx, ids| e.cashback_offers_running(cx);
        customer_awards: CustomersRead, NotFound, |e, cx, ids| e.customer_awards(cx, ids.customer, &first());
        customer_cashback: CustomersRead, NotFound, |e, cx, ids| e.customer_cashback(cx, ids.customer);
        customer_cashback_entries: CustomersRead, NotFound, |e, cx, ids| e.customer_cashback_entries(cx, ids.customer, &first());
        customer_count: CustomersRead, Own, |e, cx, ids| e.customer_count(cx);
        customer_create: CustomersWrite, Own, |e, cx, ids| e.customer_create(cx, new_customer("created"));
        customer_erase: CustomersErase, NotFound, |e, cx, ids| e.customer_erase(cx, ids.customer, EraseInput::default());
        customer_erase_preview: CustomersErase, NotFound,
            |e, cx, ids| e.customer_erase_preview(cx, ids.customer, EraseInput::default());
        customer_erasure: CustomersRead, Own, |e, cx, ids| e.customer_erasure(cx, ids.customer);
        customer_export: CustomersExport, NotFound, |e, cx, ids| e.customer_export(cx, ids.customer).map_ok(drop);
        customer_find: CustomersRead, Own, |e, cx, ids| e.customer_find(cx, &CustomerRef::Id(ids.customer));
        customer_get: CustomersRead, NotFound, |e, cx, ids| e.customer_get(cx, ids.customer);
        customer_list: CustomersRead, Own, |e, cx, ids| e.customer_list(cx, &CustomerFilter::default(), &first());
        customer_lost: CustomersRead, NotFound, |e, cx, ids| e.customer_lost(cx, ids.customer);
        customer_merge: CustomersMerge, NotFound, |e, cx, ids| e.customer_merge(cx, ids.customer, nobody_else());
        customer_merge_preview: CustomersMerge, NotFound,
            |e, cx, ids| e.customer_merge_preview(cx, ids.customer, nobody_else());
        customer_merges: CustomersRead, NotFound, |e, cx, ids| e.customer_merges(cx, ids.customer, &first());
        customer_progress: CustomersRead, NotFound, |e, cx, ids| e.customer_progress(cx, ids.customer);
        customer_promotions: CustomersRead, NotFound, |e, cx, ids| e.customer_promotions(cx, ids.customer);
        customer_resolve: CustomersRead, NotFound,
            |e, cx, ids| e.customer_resolve(cx, &CustomerPath::Id(ids.customer));
        customer_reward: RedemptionsWrite, NotFound,
            |e, cx, ids| e.customer_reward(cx, ids.customer, ids.redemption.uuid());
        customer_rewards: RedemptionsWrite, NotFound, |e, cx, ids| e.customer_rewards(cx, ids.customer, &first());
        customer_sign_out_elsewhere: TokensWrite, NotFound,
            |e, cx, ids| e.customer_sign_out_elsewhere(cx, ids.customer, &[7; 32]);
        customer_tier: CustomersRead, NotFound, |e, cx, ids| e.customer_tier(cx, ids.customer);
        customer_tier_demote: TiersAssign, NotFound,
            |e, cx, ids| e.customer_tier_demote(cx, ids.customer, TierStep::default(), false);
        customer_tier_moves: CustomersRead, NotFound, |e, cx, ids| e.customer_tier_moves(cx, ids.customer, &first());
        customer_tier_pin: TiersAssign, NotFound,
            |e, cx, ids| e.customer_tier_pin(cx, ids.customer, TierPin::default(), false);
        customer_tier_promote: TiersAssign, NotFound,
            |e, cx, ids| e.customer_tier_promote(cx, ids.customer, TierStep::default(), false);
        customer_token_create: TokensWrite, NotFound, |e, cx, ids| e.customer_token_create(cx, ids.customer, None);
        customer_token_end: TokensWrite, NotFound, |e, cx, ids| e.customer_token_end(cx, ids.customer, no_token());
        customer_token_list: TokensWrite, NotFound, |e, cx, ids| e.customer_token_list(cx, ids.customer, &first());
        customer_tokens_end: TokensWrite, NotFound, |e, cx, ids| e.customer_tokens_end(cx, ids.customer);
        customer_update: CustomersWrite, NotFound,
            |e, cx, ids| e.customer_update(cx, ids.customer, input(json!({"name": "Changed"})));
        customer_upsert: CustomersWrite, Own, |e, cx, ids| e.customer_upsert(cx, vec![new_customer("shared")]);
        customer_vouchers: RedemptionsWrite, NotFound, |e, cx, ids| e.customer_vouchers(cx, ids.customer, &first());
        customers_called: CustomersRead, Own, |e, cx, ids| e.customers_called(cx, &[ids.customer]);
        customers_cashback: CustomersRead, Own, |e, cx, ids| e.customers_cashback(cx, &[ids.customer]);
        customers_get: CustomersRead, Own, |e, cx, ids| e.customers_get(cx, &[ids.customer]);
        dead_letter_discard: SettingsWrite, NotFound, |e, cx, ids| e.dead_letter_discard(cx, "tiers", 7);
        dead_letter_list: StatisticsRead, Own, |e, cx, ids| e.dead_letter_list(cx, None, &first());
        dead_letter_retry: SettingsWrite, NotFound, |e, cx, ids| e.dead_letter_retry(cx, "tiers", 7);
        dead_letters_retry: SettingsWrite, Own, |e, cx, ids| e.dead_letters_retry(cx, "tiers");
        event_by_key: EventsRead, NotFound, |e, cx, ids| e.event_by_key(cx, Uuid::nil());
        event_discard: EventsWrite, NotFound, |e, cx, ids| e.event_discard(cx, "/s", "1");
        event_get: EventsRead, NotFound, |e, cx, ids| e.event_get(cx, "/s", "1");
        event_list: EventsRead, Own, |e, cx, ids| e.event_list(cx, &EventFilter::default(), &first());
        event_refuse: EventsWrite, Own, |e, cx, ids| e.event_refuse(cx, unreadable());
        event_retry: EventsWrite, NotFound, |e, cx, ids| e.event_retry(cx, "/s", "1");
        events_receive: EventsWrite, Own, |e, cx, ids| e.events_receive(cx, Vec::new());
        leaderboard: CustomersRead, NotFound, |e, cx, ids| e.leaderboard(cx, LeaderboardPeriod::Ever, &first());
        leaderboard_hide: CustomersWrite, NotFound, |e, cx, ids| e.leaderboard_hide(cx, ids.customer, true);
        leaderboard_set: SettingsWrite, Own, |e, cx, ids| e.leaderboard_set(cx, true);
        leaderboard_standing: CustomersRead, NotFound,
            |e, cx, ids| e.leaderboard_standing(cx, LeaderboardPeriod::Ever, ids.customer);
        leaderboard_state: CustomersRead, Own, |e, cx, ids| e.leaderboard_state(cx);
        merchant_preview: SettingsWrite, Own, |e, cx, ids| e.merchant_preview(cx, input(json!({"claim_days": 3})));
        merchant_settings: SettingsRead, Own, |e, cx, ids| e.merchant_settings(cx);
        merchant_update: SettingsWrite, Own, |e, cx, ids| e.merchant_update(cx, input(json!({"claim_days": 3})));
        message_example: MessagesRead, Own, |e, cx, ids| e.message_example(cx, MessageKind::Welcome);
        message_preferences: CustomersRead, NotFound, |e, cx, ids| e.message_preferences(cx, ids.customer);
        message_preferences_change: CustomersWrite, NotFound,
            |e, cx, ids| e.message_preferences_change(cx, ids.customer, input(json!({"preferences": []})));
        message_template_change: MessagesWrite, Own,
            |e, cx, ids| e.message_template_change(cx, MessageKind::Welcome, input(json!({"subject": "s", "text": "t"})));
        message_template_get: MessagesRead, Own, |e, cx, ids| e.message_template_get(cx, MessageKind::Welcome);
        message_template_list: MessagesRead, Own, |e, cx, ids| e.message_template_list(cx);
        message_template_preview: MessagesRead, Own,
            |e, cx, ids| e.message_template_preview(cx, MessageKind::Welcome, TrialTemplate::default());
        message_template_reset: MessagesWrite, Own, |e, cx, ids| e.message_template_reset(cx, MessageKind::Welcome);
        message_template_test: MessagesWrite, Own,
            |e, cx, ids| e.message_template_test(cx, MessageKind::Welcome, input(json!({"to": "test@example.com"})));
        policy_archive: PromotionsWrite, NotFound, |e, cx, ids| e.policy_archive(cx, ids.policy);
        policy_awards: CustomersRead, NotFound, |e, cx, ids| e.policy_awards(cx, ids.policy, &first());
        policy_create: PromotionsWrite, Own, |e, cx, ids| e.policy_create(cx, policy());
        policy_get: PromotionsRead, NotFound, |e, cx, ids| e.policy_get(cx, ids.policy);
        policy_list: PromotionsRead, Own, |e, cx, ids| e.policy_list(cx, &PolicyFilter::default(), &first());
        policy_pause: PromotionsWrite, NotFound, |e, cx, ids| e.policy_pause(cx, ids.policy);
        policy_publish: PromotionsWrite, NotFound, |e, cx, ids| e.policy_publish(cx, ids.policy);
        policy_resume: PromotionsWrite, NotFound, |e, cx, ids| e.policy_resume(cx, ids.policy);
        policy_try: PromotionsRead, Own, |e, cx, ids| e.policy_try(cx, policy(), 30);
        policy_update: PromotionsWrite, NotFound, |e, cx, ids| e.policy_update(cx, ids.policy, policy());
        policy_versions: PromotionsRead, NotFound, |e, cx, ids| e.policy_versions(cx, ids.policy, &first());
        product_categories: CatalogueRead, Own, |e, cx, ids| e.product_categories(cx);
        product_create: CatalogueWrite, Own, |e, cx, ids| e.product_create(cx, product("created", json!({})));
        product_get: CatalogueRead, NotFound, |e, cx, ids| e.product_get(cx, ids.product);
        product_list: CatalogueRead, Own, |e, cx, ids| e.product_list(cx, &ProductFilter::default(), &first());
        product_update: CatalogueWrite, NotFound,
            |e, cx, ids| e.product_update(cx, ids.product, input(json!({"name": "Changed"})));
        product_upsert: CatalogueWrite, Own, |e, cx, ids| e.product_upsert(cx, vec![product("shared", json!({}))]);
        promotion_archive: PromotionsWrite, NotFound, |e, cx, ids| e.promotion_archive(cx, ids.promotion);
        promotion_budgets_near: PromotionsRead, Own, |e, cx, ids| e.promotion_budgets_near(cx, 0);
        promotion_budgets_used: PromotionsRead, Own, |e, cx, ids| e.promotion_budgets_used(cx, &[ids.promotion]);
        promotion_create: PromotionsWrite, Own, |e, cx, ids| e.promotion_create(cx, terms(json!({})));
        promotion_discard: PromotionsWrite, NotFound, |e, cx, ids| e.promotion_discard(cx, ids.promotion);
        promotion_edit: PromotionsWrite, NotFound,
            |e, cx, ids| e.promotion_edit(cx, ids.promotion, terms(json!({"award_rate": "99"})));
        promotion_end: PromotionsWrite, NotFound, |e, cx, ids| e.promotion_end(cx, ids.promotion);
        promotion_get: PromotionsRead, NotFound, |e, cx, ids| e.promotion_get(cx, ids.promotion);
        promotion_list: PromotionsRead, Own,
            |e, cx, ids| e.promotion_list(cx, &PromotionFilter::default(), &first());
        promotion_pause: PromotionsWrite, NotFound, |e, cx, ids| e.promotion_pause(cx, ids.promotion);
        promotion_publish: PromotionsWrite, NotFound, |e, cx, ids| e.promotion_publish(cx, ids.promotion, None);
        promotion_replay: PromotionsReplay, NotFound, |e, cx, ids| e.promotion_replay(cx, tried(ids), ReplaySpan::default()).map_ok(drop);
        promotion_resume: PromotionsWrite, NotFound, |e, cx, ids| e.promotion_resume(cx, ids.promotion);
        promotion_versions: PromotionsRead, NotFound,
            |e, cx, ids| e.promotion_versions(cx, ids.promotion, &first());
        purchase_cashback: PurchasesRead, NotFound, |e, cx, ids| e.purchase_cashback(cx, ids.purchase);
        queue_list: StatisticsRead, Own, |e, cx, ids| e.queue_list(cx);
        quote: QuotesRead, NotFound, |e, cx, ids| e.quote(cx, quoted(ids));
        redeem: RedemptionsWrite, NotFound,
            |e, cx, ids| e.redeem(cx, &CustomerRef::Id(ids.customer), redeeming(ids.reward));
        redemption_advance: RedemptionsWrite, NotFound,
            |e, cx, ids| e.redemption_advance(cx, ids.redemption, Stage::Fulfilled);
        redemption_cancel: RedemptionsWrite, NotFound, |e, cx, ids| e.redemption_cancel(cx, ids.redemption);
        redemption_capture: RedemptionsWrite, NotFound, |e, cx, ids| e.redemption_capture(cx, ids.redemption);
        redemption_get: RewardsRead, NotFound, |e, cx, ids| e.redemption_get(cx, ids.redemption);
        redemption_list: RewardsRead, Own, |e, cx, ids| e.redemption_list(cx, &redeemed_by(ids.customer), &first());
        referral_approve: ReferralsReview, NotFound, |e, cx, ids| e.referral_approve(cx, ids.customer);
        referral_ban: ReferralsReview, NotFound, |e, cx, ids| e.referral_ban(cx, ids.customer);
        referral_code_get: ReferralsRead, NotFound, |e, cx, ids| e.referral_code_get(cx, &no_code());
        referral_code_known: ReferralsRead, NotFound, |e, cx, ids| e.referral_code_known(cx, ids.customer);
        referral_code_of: ReferralsWrite, NotFound, |e, cx, ids| e.referral_code_of(cx, ids.customer);
        referral_code_owner: ReferralsReview, NotFound, |e, cx, ids| e.referral_code_owner(cx, &no_code());
        referral_friends: ReferralsRead, NotFound, |e, cx, ids| e.referral_friends(cx, ids.customer, &first());
        referral_funnel: ReferralsRead, Own, |e, cx, ids| e.referral_funnel(cx, 30);
        referral_get: ReferralsRead, NotFound, |e, cx, ids| e.referral_get(cx, ids.customer);
        referral_list: ReferralsRead, Own, |e, cx, ids| e.referral_list(cx, &ReferralFilter::default(), &first());
        referral_reject: ReferralsReview, NotFound, |e, cx, ids| e.referral_reject(cx, ids.customer);
        referral_summary: ReferralsRead, NotFound, |e, cx, ids| e.referral_summary(cx, ids.customer);
        referral_targets: ReferralsRead, Own, |e, cx, ids| e.referral_targets(cx);
        referral_unban: ReferralsReview, NotFound, |e, cx, ids| e.referral_unban(cx, ids.customer);
        referral_waiting: ReferralsRead, Own, |e, cx, ids| e.referral_waiting(cx);
        request_get: RequestsRead, NotFound, |e, cx, ids| e.request_get(cx, Uuid::nil());
        request_list: RequestsRead, Own, |e, cx, ids| e.request_list(cx, &RequestFilter::default(), &first());
        request_routes: RequestsRead, Own, |e, cx, ids| e.request_routes(cx, 24);
        request_totals: RequestsRead, Own, |e, cx, ids| e.request_totals(cx, 24);
        retailer_count: CatalogueRead, Own, |e, cx, ids| e.retailer_count(cx);
        retailer_create: CatalogueWrite, Own, |e, cx, ids| e.retailer_create(cx, new_retailer("created"));
        retailer_get: CatalogueRead, NotFound, |e, cx, ids| e.retailer_get(cx, ids.retailer);
        retailer_list: CatalogueRead, Own, |e, cx, ids| e.retailer_list(cx, &RetailerFilter::default(), &first());
        retailer_update: CatalogueWrite, NotFound,
            |e, cx, ids| e.retailer_update(cx, ids.retailer, input(json!({"name": "Changed"})));
        retailer_upsert: CatalogueWrite, Own, |e, cx, ids| e.retailer_upsert(cx, vec![new_retailer("shared")]);
        return_get: PurchasesRead, NotFound, |e, cx, ids| e.return_get(cx, ids.returned);
        return_list: PurchasesRead, NotFound, |e, cx, ids| e.return_list(cx, ids.purchase, &first());
        return_preview: ReturnsWrite, NotFound, |e, cx, ids| e.return_preview(cx, ids.purchase, &returning());
        return_purchase: ReturnsWrite, NotFound, |e, cx, ids| e.return_purchase(cx, ids.purchase, &returning(), false);
        return_state: PurchasesRead, NotFound, |e, cx, ids| e.return_state(cx, ids.purchase);
        return_waiting_discard: SettingsWrite, NotFound,
            |e, cx, ids| e.return_waiting_discard(cx, ids.retailer.uuid(), "early", "part");
        return_waiting_list: PurchasesRead, Own, |e, cx, ids| e.return_waiting_list(cx, &first());
        reward_archive: RewardsWrite, NotFound, |e, cx, ids| e.reward_archive(cx, ids.reward);
        reward_code_counts: RewardsRead, NotFound, |e, cx, ids| e.reward_code_counts(cx, ids.reward);
        reward_codes_add: RewardsWrite, NotFound, |e, cx, ids| e.reward_codes_add(cx, ids.reward, b"code");
        reward_counts: RewardsRead, Own, |e, cx, ids| e.reward_counts(cx, &[ids.reward]);
        reward_create: RewardsWrite, Own, |e, cx, ids| e.reward_create(cx, new_reward());
        reward_get: RewardsRead, NotFound, |e, cx, ids| e.reward_get(cx, ids.reward);
        reward_list: RewardsRead, Own, |e, cx, ids| e.reward_list(cx, false, &first());
        reward_offers: RewardsRead, NotFound, |e, cx, ids| e.reward_offers(cx, ids.customer, &first());
        reward_search: RewardsRead, Own, |e, cx, ids| e.reward_search(cx, &RewardFilter::default(), &first());
        reward_shelf: RewardsRead, NotFound, |e, cx, ids| e.reward_shelf(cx, ids.customer, &first());
        reward_update: RewardsWrite, NotFound, |e, cx, ids| e.reward_update(cx, ids.reward, new_reward(), None);
        rule_set: PromotionsRead, Own, |e, cx, ids| e.rule_set(cx);
        staff_add: StaffWrite, Own, |e, cx, ids| e.staff_add(cx, new_staff());
        staff_appoint: StaffWrite, Own, |e, cx, ids| e.staff_appoint(cx, newcomer());
        staff_get: StaffRead, NotFound, |e, cx, ids| e.staff_get(cx, ids.staff);
        staff_invitation_send: StaffWrite, NotFound, |e, cx, ids| e.staff_invitation_send(cx, ids.staff);
        staff_invitation_withdraw: StaffWrite, NotFound, |e, cx, ids| e.staff_invitation_withdraw(cx, ids.staff);
        staff_list: StaffRead, Own, |e, cx, ids| e.staff_list(cx, &StaffFilter::default(), &first());
        staff_password_reset: StaffWrite, NotFound, |e, cx, ids| e.staff_password_reset(cx, ids.staff);
        staff_remove: StaffWrite, NotFound, |e, cx, ids| e.staff_remove(cx, ids.staff);
        staff_role_change: StaffWrite, NotFound, |e, cx, ids| e.staff_role_change(cx, ids.staff, Role::Support);
        tier_create: TiersWrite, Own, |e, cx, ids| e.tier_create(cx, tier(), false);
        tier_customers: TiersRead, Own, |e, cx, ids| e.tier_customers(cx);
        tier_delete: TiersWrite, NotFound, |e, cx, ids| e.tier_delete(cx, ids.tier, false);
        tier_flow: TiersRead, Own, |e, cx, ids| e.tier_flow(cx, 30);
        tier_get: TiersRead, NotFound, |e, cx, ids| e.tier_get(cx, ids.tier);
        tier_list: TiersRead, Own, |e, cx, ids| e.tier_list(cx);
        tier_update: TiersWrite, NotFound, |e, cx, ids| e.tier_update(cx, ids.tier, tier(), false);
        voucher_get: RedemptionsWrite, NotFound, |e, cx, ids| e.voucher_get(cx, &ids.voucher);
        voucher_use: RedemptionsWrite, NotFound, |e, cx, ids| e.voucher_use(cx, &ids.voucher);
        webhook_create: WebhooksWrite, Own, |e, cx, ids| e.webhook_create(cx, new_webhook());
        webhook_delete: WebhooksWrite, NotFound, |e, cx, ids| e.webhook_delete(cx, ids.webhook);
        webhook_delivery_get: WebhooksRead, NotFound, |e, cx, ids| e.webhook_delivery_get(cx, ids.delivery);
        webhook_delivery_list: WebhooksRead, NotFound, |e, cx, ids| e.webhook_delivery_list(cx, ids.webhook, &DeliveryFilter::default(), &first());
        webhook_get: WebhooksRead, NotFound, |e, cx, ids| e.webhook_get(cx, ids.webhook);
        webhook_list: WebhooksRead, Own, |e, cx, ids| e.webhook_list(cx, &WebhookFilter::default(), &first());
        webhook_resend: WebhooksWrite, NotFound, |e, cx, ids| e.webhook_resend(cx, ids.delivery);
        webhook_resend_failed: WebhooksWrite, NotFound, |e, cx, ids| e.webhook_resend_failed(cx, ids.webhook, None);
        webhook_rotate: WebhooksWrite, NotFound, |e, cx, ids| e.webhook_rotate(cx, ids.webhook);
        webhook_test: WebhooksWrite, NotFound, |e, cx, ids| e.webhook_test(cx, ids.webhook);
        webhook_update: WebhooksWrite, NotFound, |e, cx, ids| e.webhook_update(cx, ids.webhook, WebhookChange::default());
    }
}

/// Operations of these nouns that the table leaves out, and why.
const EXEMPT: [(&str, &str); 3] = [
    ("has_leaderboard", "what pages of anybody ask, about the context's own merchant"),
    ("snapshot", "what pages of anybody show; holds no customers, and only of the context's own merchant"),
    ("return_retailer", "finds out which retailer a return means, before the return itself asks who may"),
];

#[test]
fn the_table_has_every_operation_of_its_nouns() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src");
    let nouns = [
        "adjustments",
        "api_keys",
        "customer_rewards",
        "customer_tokens",
        "customers",
        "expiry",
        "inbox",
        "merchants",
        "merge",
        "messages",
        "modules/cashback",
        "modules/leaderboard",
        "modules/policies",
        "modules/referrals",
        "modules/tiers",
        "privacy",
        "products",
        "promotions",
        "queue",
        "quotes",
        "requests",
        "retailers",
        "returns",
        "reward_search",
        "rewards",
        "staff",
        "webhooks",
    ];
    let mut found = Vec::new();
    for noun in nouns {
        let children = std::fs::read_dir(format!("{folder}/{noun}")).into_iter().flatten();
        let files = children.map(|child| child.unwrap().path()).chain([format!("{folder}/{noun}.rs").into()]);
        for file in files.filter(|file| file.extension().is_some_and(|end| end == "rs") && file.exists()) {
            found.extend(operations_in(&std::fs::read_to_string(file).unwrap()));
        }
    }
    found.retain(|name| !name.ends_with("_in") && !EXEMPT.iter().any(|(exempt, _)| exempt == name));
    found.sort_unstable();
    let listed: Vec<_> = operations().iter().map(|operation| operation.name.to_owned()).collect();
    assert_eq!(found, listed);
}

/// Names of public methods that take the context, and of the steps that a macro writes.
fn operations_in(source: &str) -> Vec<String> {
    let mut names = Vec::new();
    for rest in source.split("pub async fn ").skip(1) {
        let (name, rest) = rest.split_once('(').unwrap();
        let arguments = rest.split("->").next().unwrap();
        if !name.starts_with('$') && arguments.contains("cx: &Cx") {
            names.push(name.to_owned());
        }
    }
    for step in source.split("step!(").skip(1) {
        let mut lines = step.lines().map(str::trim);
        let name = lines.find(|line| !line.starts_with("//") && line.ends_with(',')).unwrap();
        names.push(name.trim_end_matches(',').to_owned());
    }
    names
}
