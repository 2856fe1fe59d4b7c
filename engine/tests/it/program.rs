//! The whole program as one file: out of one merchant and into another, all of it or nothing, twice as once.

use chrono::TimeDelta;
use futures::future::join_all;
use perennial_domain::customer::CustomerRef;
use perennial_domain::messages::MessageKind;
use perennial_engine::merchants::NewMerchant;
use perennial_engine::program::{
    Outcome, ProgramFile, ProgramProducts, ProgramReport, products_csv, products_of_csv,
};
use perennial_engine::rewards::NewRedemption;
use perennial_engine::{Clock, Cx, Engine, Error};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::intake_support::{Shop, at, buy, patiently, purchase};
use crate::tiers::settle;

fn input<T: DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}

/// A merchant that has nothing.
async fn empty(engine: &Engine, slug: &str) -> Cx {
    let new = NewMerchant {
        name: "Other Shop".parse().unwrap(),
        slug: slug.parse().unwrap(),
        currency: "EUR".parse().unwrap(),
        time_zone: "Europe/Berlin".parse().unwrap(),
        owner_email: format!("owner@{slug}.example").parse().unwrap(),
        owner_name: None,
        owner_password: "correct horse battery staple".to_owned(),
    };
    Cx::system(engine.merchant_create(new).await.unwrap().merchant_id)
}

async fn exported(engine: &Engine, cx: &Cx) -> ProgramFile {
    engine.program_export(cx).await.unwrap()
}

/// As it stands in git.
fn text(file: &ProgramFile) -> String {
    serde_json::to_string_pretty(file).unwrap()
}

fn read(text: &str) -> ProgramFile {
    perennial_engine::json::parse_object(text.as_bytes()).unwrap()
}

/// New, changed, unchanged, refused.
fn counts(report: &ProgramReport) -> (u64, u64, u64, u64) {
    (report.created, report.changed, report.unchanged, report.refused)
}

/// `section name outcome`, with the details.
fn rows(report: &ProgramReport) -> Vec<String> {
    let row = |row: &perennial_engine::program::ProgramRow| {
        format!("{} {} {}: {}", row.section, row.name, row.outcome.as_str(), row.details.join("; "))
    };
    report.rows.iter().map(row).collect()
}

/// A shop with something of everything.
async fn furnished() -> Shop {
    let shop = Shop::open_at(Clock::fixed(at("2026-11-21T12:00:00Z"))).await;
    let (engine, cx) = (&shop.engine, &shop.cx);
    shop.set(json!({
        "points_name": "leaves", "claim_days": 20, "default_country": "AT", "pending_days": 2, "brand_color": "#1f6f54",
        "point_value": {"points": 100, "amount": 100}, "tiers": {"basis": "spend", "grace_days": 10},
        "referrals": {"hold_days": 7, "max_per_day": 3}, "expiry": {"kind": "after_months", "months": 12},
    }))
    .await;
    for product in [
        json!({"sku": "ipa", "name": "Draft IPA", "category": "beer", "tags": ["cold", "bitter"]}),
        json!({"sku": "toast", "name": "Toast"}),
    ] {
        engine.product_create(cx, input(product)).await.unwrap();
    }
    let gone = engine.product_create(cx, input(json!({"sku": "gone", "name": "Gone"}))).await.unwrap().id;
    engine.product_update(cx, gone, input(json!({"archived": true}))).await.unwrap();
    let closed = json!({"code": "closed", "name": "Closed", "region": "east", "business_day_start": "04:00"});
    let closed = engine.retailer_create(cx, input(closed)).await.unwrap().id;
    engine.retailer_update(cx, closed, input(json!({"archived": true}))).await.unwrap();
    let silver = json!({"name": "Silver", "threshold": 10_000, "multiplier": "1.5"});
    engine.tier_create(cx, input(silver), false).await.unwrap();
    let gold =
        json!({"name": "Gold", "threshold": 50_000, "discount": "0.05", "benefits": ["Early booking"]});
    let gold = engine.tier_create(cx, input(gold), false).await.unwrap().tier.unwrap().id;

    let base = shop.promote(json!({"name": "Base", "award_rate": "10"})).await;
    let next = json!({"name": "Base", "award_rate": "12", "max_points_per_purchase": 500});
    let edit = |terms: Value| perennial_domain::promotion::PromotionInput::check(&input(terms)).unwrap();
    engine.promotion_edit(cx, base, edit(next)).await.unwrap();
    engine.promotion_publish(cx, base, Some(at("2026-12-01T00:00:00Z"))).await.unwrap();
    engine.promotion_edit(cx, base, edit(json!({"name": "Base", "award_rate": "15"}))).await.unwrap();
    let beer = json!({
        "name": "Gold beer", "multiplier": "2", "tiers": [gold], "retailers": ["north", "closed"], "weekdays": ["fri"],
        "products": {"include": ["ipa", "category:beer"], "exclude": ["gone"]}, "budget": {"points": 1_000},
    });
    let beer = shop.promote(beer).await;
    engine.promotion_pause(cx, beer).await.unwrap();
    engine.promotion_create(cx, edit(json!({"name": "Draft", "flat_points": 5}))).await.unwrap();
    let over = shop.promote(json!({"name": "Over", "flat_points": 1})).await;
    engine.promotion_end(cx, over).await.unwrap();

    let tenth = json!({"name": "Tenth", "percentage": "0.1", "products": ["tag:cold"], "valid_days": 30});
    engine.cashback_offer_create(cx, input(tenth)).await.unwrap();
    for reward in [
        json!({"name": "Coffee", "kind": "money_off", "value": 300, "points_cost": 100, "stock": 10}),
        json!({"name": "Coffee", "kind": "money_off", "value": 500, "points_cost": 150, "tiers": [gold]}),
        json!({"name": "Beer", "kind": "free_product", "value": "ipa", "points_cost": 50, "valid_days": 14}),
        json!({"name": "Pool", "kind": "voucher_pool", "points_cost": 50}),
    ] {
        engine.reward_create(cx, input(reward)).await.unwrap();
    }
    let file = exported(engine, cx).await;
    assert_eq!(file.rewards.iter().filter(|reward| reward.name == "Coffee").count(), 2);
    let rewards = engine.reward_list(cx, false, &Default::default()).await.unwrap().data;
    let dear = rewards.iter().find(|reward| reward.terms.tiers == [gold.to_string()]).unwrap().id;
    let hello =
        json!({"name": "Hello", "event": {"on": "enrolment"}, "effects": [{"give": "points", "points": 5}]});
    let hello = engine.policy_create(cx, input(hello)).await.unwrap().id;
    engine.policy_publish(cx, hello).await.unwrap();
    let more =
        json!({"name": "Hello", "event": {"on": "enrolment"}, "effects": [{"give": "points", "points": 9}]});
    let more: perennial_domain::policies::PolicyInput = input(more);
    engine.policy_update(cx, hello, more).await.unwrap();
    let reached = json!({
        "name": "Gold!", "event": {"on": "tier", "tier": gold}, "hold_days": 3,
        "effects": [{"give": "reward", "reward": dear}, {"give": "email", "subject": "Gold", "text": "You are gold, {name}."}],
    });
    let reached = engine.policy_create(cx, input(reached)).await.unwrap().id;
    engine.policy_publish(cx, reached).await.unwrap();
    engine.policy_pause(cx, reached).await.unwrap();
    let welcome = json!({"subject": "Good to see you", "text": "Hello {name},\n\nyou are in.\n\n{shop}"});
    engine.message_template_change(cx, MessageKind::Welcome, input(welcome)).await.unwrap();
    shop
}

#[tokio::test]
async fn what_is_exported_is_the_same_at_another_merchant() {
    let shop = furnished().await;
    let (engine, cx) = (&shop.engine, &shop.cx);
    let other = empty(engine, "other").await;
    let file = exported(engine, cx).await;
    let written = text(&file);
    assert_eq!(read(&written), file);
    for named in ["\"Gold\"", "\"Coffee #2\"", "\"closed\"", "\"effective_from\": \"2026-12-01T00:00:00Z\""] {
        assert!(written.contains(named), "{named} in {written}");
    }
    for tier in engine.tier_list(cx).await.unwrap() {
        assert!(!written.contains(&tier.id.to_string()), "an id means nothing elsewhere");
    }
    for left in ["Corner Shop", "\"Over\"", "prn_"] {
        assert!(!written.contains(left), "{left} in {written}");
    }

    let before = exported(engine, &other).await;
    let dry = engine.program_import(&other, file.clone(), true).await.unwrap();
    assert_eq!(exported(engine, &other).await, before, "a dry run leaves no trace");
    let report = engine.program_import(&other, file.clone(), false).await.unwrap();
    assert_eq!(rows(&report), rows(&dry));
    // One row for the settings; 3 stores, 3 products, 2 tiers, 3 promotions, 1 offer, 4 rewards, 2 policies, 1 letter.
    assert_eq!(counts(&report), (19, 1, 0, 0), "{:#?}", rows(&report));
    let there = exported(engine, &other).await;
    assert_eq!(text(&there), written);

    let revision = "SELECT sum(rules + catalogue)::int8 FROM merchant_revisions";
    let revisions: i64 = sqlx::query_scalar(revision).fetch_one(&shop.db.pool).await.unwrap();
    let again = engine.program_import(&other, file, false).await.unwrap();
    assert_eq!(counts(&again), (0, 0, 20, 0), "{:#?}", rows(&again));
    let unmoved: i64 = sqlx::query_scalar(revision).fetch_one(&shop.db.pool).await.unwrap();
    assert_eq!(unmoved, revisions, "what is the same is not even published again");

    let order =
        || purchase("1", 5_000, json!({"lines": [{"product": "ipa", "amount": 5_000}], "amount": null}));
    let (here, there) =
        (buy(engine, cx, order()).await.unwrap(), buy(engine, &other, order()).await.unwrap());
    assert_eq!(here.record.points_earned, there.record.points_earned);
    assert!(here.record.points_earned.get() > 0);
    shop.close().await;
}

/// Somebody has lost patience and imports once more while the first import is still at it; so does a server beside it.
#[tokio::test]
async fn of_many_imports_at_once_each_finds_what_the_one_before_has_entered() {
    let shop = furnished().await;
    let (engine, beside) = (&shop.engine, shop.another_engine().await);
    let file = exported(engine, &shop.cx).await;
    let other = empty(engine, "other").await;
    let engines = [engine, &beside];
    let imports = engines.into_iter().cycle().take(4).map(|engine| {
        let (other, file) = (&other, &file);
        // Who waits too long for the one before is told to come again.
        async move { patiently!(engine.program_import(other, file.clone(), false)).unwrap() }
    });
    let mut told: Vec<_> = join_all(imports).await.iter().map(counts).collect();
    told.sort_unstable();
    assert_eq!(told, [(0, 0, 20, 0), (0, 0, 20, 0), (0, 0, 20, 0), (19, 1, 0, 0)]);
    assert_eq!(text(&exported(engine, &other).await), text(&file));
    beside.shutdown().await;
    shop.close().await;
}

#[tokio::test]
async fn when_anything_is_refused_nothing_is_changed_and_all_of_it_is_named() {
    let shop = furnished().await;
    let (engine, cx) = (&shop.engine, &shop.cx);
    let before = exported(engine, cx).await;
    let wrong = json!({
        "format": "perennial-program-1",
        "merchant": {"claim_days": 0},
        "retailers": [{"code": "new", "name": "New", "time_zone": "UTC"}, {"code": "new", "name": "Twice", "time_zone": "UTC"}],
        "tiers": [{"name": "Bronze", "threshold": 10_000}, {"name": "Iron"}],
        "promotions": [
            {"versions": [{"terms": {"name": "Good", "flat_points": 1}}]},
            {"versions": [{"terms": {"name": "For nobody", "flat_points": 1, "tiers": ["Platinum"]}}]},
            {"versions": [{"terms": {"name": "Nowhere", "flat_points": 1, "retailers": ["moon"]}}]},
            {"versions": [{"terms": {"name": "Base", "award_rate": "1"}}]},
            {},
        ],
        "cashback_offers": [{"name": "All", "percentage": "1"}],
        "rewards": [{"name": "Nothing", "kind": "free_product", "value": "nothing", "points_cost": 5}],
        "reward_policies": [{
            "published": {"name": "Gift", "event": {"on": "enrolment"}, "effects": [{"give": "reward", "reward": "Tea"}]},
        }],
        "messages": [{"kind": "sign_in_code", "subject": "Code", "text": ["There is none."]}],
    });
    let report = engine.program_import(cx, read(&wrong.to_string()), false).await.unwrap();
    assert_eq!((report.refused, report.created), (12, 2), "{:#?}", rows(&report));
    let all = rows(&report).join("\n");
    for expected in [
        "merchant Corner Shop refused: /claim_days: ",
        "retailers new created: ",
        "retailers new refused: Comes twice in the file",
        "tiers Bronze refused: ",
        "tiers Iron refused: /threshold: ",
        "promotions Good created: ",
        "promotions For nobody refused: /tiers/0: There is no tier “Platinum”",
        "promotions Nowhere refused: /retailers/0: There is no retailer moon",
        "promotions Base refused: A version is published that is in force later",
        "promotions  refused: /versions: ",
        "cashback_offers All refused: /percentage: ",
        "rewards Nothing refused: /value: There is no product nothing",
        "reward_policies Gift refused: /effects/0/reward: There is no reward “Tea”",
        "messages sign_in_code refused: /text: ",
    ] {
        assert!(all.contains(expected), "{expected} in {all}");
    }
    assert_eq!(exported(engine, cx).await, before);
    shop.close().await;
}

#[tokio::test]
async fn what_has_changed_in_the_file_changes_and_what_it_does_not_say_stays() {
    let shop = furnished().await;
    let (engine, cx) = (&shop.engine, &shop.cx);
    let other = empty(engine, "other").await;
    let file = exported(engine, cx).await;
    engine.program_import(&other, file, false).await.unwrap();
    // What lives on at the other merchant: a version comes into force, a reward is redeemed, somebody drafts.
    engine.clock().advance(TimeDelta::days(20));
    let maya = buy(engine, &other, purchase("1", 10_000, json!({"currency": "USD"}))).await.unwrap();
    let maya = maya.record.customer_id.unwrap();
    engine.clock().advance(TimeDelta::days(3));
    engine.mature_due().await.unwrap();
    let rewards = engine.reward_list(&other, false, &Default::default()).await.unwrap().data;
    let cheap = rewards.iter().find(|reward| reward.terms.stock == Some(10)).unwrap().id;
    let new = NewRedemption { reward: cheap, points: None, hold_seconds: None };
    engine.redeem(&other, &CustomerRef::Id(maya), new).await.unwrap();

    let mut edited: Value = serde_json::from_str(&text(&exported(engine, cx).await)).unwrap();
    // The second version is in force by now, at both.
    assert_eq!(edited["promotions"][0]["versions"].as_array().unwrap().len(), 1);
    edited["promotions"][0]["versions"][0]["terms"]["award_rate"] = json!("20");
    edited["promotions"][1] = json!({"draft": {"name": "Draft", "flat_points": 7}});
    edited["promotions"][2]["paused"] = json!(false);
    edited["tiers"][0]["multiplier"] = json!("1.25");
    edited["reward_policies"][1]["published"]["effects"][0]["points"] = json!(6);
    edited["retailers"][0]["archived"] = json!(false);
    edited.as_object_mut().unwrap().remove("products");
    edited.as_object_mut().unwrap().remove("messages");
    assert_eq!(edited["promotions"][2]["versions"][0]["terms"]["name"], "Gold beer");
    assert_eq!(edited["reward_policies"][1]["published"]["name"], "Hello");

    let edited = read(&edited.to_string());
    let report = engine.program_import(&other, edited.clone(), false).await.unwrap();
    assert_eq!(
        rows(&report),
        [
            "retailers closed changed: archived",
            "tiers Silver changed: multiplier",
            "promotions Base changed: versions",
            "promotions Draft changed: draft",
            "promotions Gold beer changed: paused",
            "reward_policies Hello changed: published",
        ]
    );
    let there = exported(engine, &other).await;
    let stock = there.rewards.iter().find_map(|reward| reward.stock);
    assert_eq!(stock, Some(9), "what was redeemed stays redeemed");
    let ProgramProducts::Here(products) = &there.products else { panic!("{:?}", there.products) };
    assert_eq!((products.len(), there.messages.len()), (3, 1), "what the file does not name stays");
    let again = engine.program_import(&other, edited, false).await.unwrap();
    assert_eq!((again.created, again.changed, again.refused), (0, 0, 0), "{:#?}", rows(&again));

    // What was bought before is explained by what was in force then.
    let bought = buy(engine, &other, purchase("1", 10_000, json!({"currency": "USD"}))).await.unwrap();
    assert!(bought.replayed);
    settle(&shop).await;
    let reconciled = engine.reconcile(&other, |_| {}).await.unwrap();
    assert!(reconciled.is_clean(), "{:#?}", reconciled.checks);
    shop.close().await;
}

/// All thresholds go up, the lower tier to where the higher one was, and down again.
#[tokio::test]
async fn a_tier_may_come_to_where_another_was() {
    let shop = furnished().await;
    let (engine, cx) = (&shop.engine, &shop.cx);
    let before = exported(engine, cx).await;
    let mut higher = before.clone();
    for (tier, threshold) in higher.tiers.iter_mut().zip([50_000, 100_000]) {
        tier.threshold = Some(threshold);
    }
    for (file, dry_run) in [(&higher, true), (&higher, false), (&before, true), (&before, false)] {
        let report = engine.program_import(cx, file.clone(), dry_run).await.unwrap();
        assert_eq!(rows(&report), ["tiers Silver changed: threshold", "tiers Gold changed: threshold"]);
        if !dry_run {
            assert_eq!(exported(engine, cx).await, *file);
        }
    }
    shop.close().await;
}

#[tokio::test]
async fn only_who_may_change_everything_imports_and_nobody_reads_anothers() {
    let shop = furnished().await;
    let (engine, cx) = (&shop.engine, &shop.cx);
    let file = exported(engine, cx).await;
    let keeper = shop.key(&[perennial_domain::access::Scope::CatalogueWrite], None).await;
    assert!(matches!(engine.program_import(&keeper, file, true).await, Err(Error::Forbidden(_))));
    assert!(matches!(engine.program_export(&keeper).await, Err(Error::Forbidden(_))));
    let other = empty(engine, "other").await;
    let theirs = exported(engine, &other).await;
    assert!(theirs.promotions.is_empty() && theirs.retailers.is_empty() && theirs.tiers.is_empty());
    shop.close().await;
}

#[tokio::test]
async fn products_may_stand_in_a_file_of_their_own() {
    let shop = furnished().await;
    let (engine, cx) = (&shop.engine, &shop.cx);
    let mut file = exported(engine, cx).await;
    let ProgramProducts::Here(products) = file.products.clone() else { panic!("{:?}", file.products) };
    let csv = products_csv(&products).unwrap();
    assert!(String::from_utf8_lossy(&csv).contains("ipa,Draft IPA,beer,bitter|cold\n"));
    let sold: Vec<_> = products.into_iter().filter(|product| !product.archived).collect();
    assert_eq!(products_of_csv(csv.as_slice()).unwrap().unwrap(), sold);
    file.products = ProgramProducts::File("products.csv".to_owned());
    assert!(text(&file).contains("\"products\": \"products.csv\""));
    let unread = engine.program_import(cx, file.clone(), true).await;
    assert!(matches!(unread, Err(Error::Invalid(_))), "{unread:?}");
    file.products = ProgramProducts::Here(sold);
    let report = engine.program_import(cx, file, true).await.unwrap();
    assert!(report.rows.iter().all(|row| row.outcome != Outcome::Refused), "{:#?}", rows(&report));
    assert_eq!((report.created, report.changed), (0, 0), "what is sold no longer is not named");
    shop.close().await;
}
