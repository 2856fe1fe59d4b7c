//! Letters: what they say, who gets them, and the way out of them.

use chrono::TimeDelta;
use perennial_domain::access::Role;
use perennial_domain::ids::CustomerId;
use perennial_domain::messages::MessageKind;
use perennial_engine::mail::Letter;
use perennial_engine::messages::{
    MessagePreferencesChange, MessageTemplateChange, TestMessage, TrialTemplate,
};
use perennial_engine::tiers::TierStep;
use perennial_engine::{Clock, Cx, Error, PageRequest};
use serde_json::{Value, json};

use crate::intake_support::{Shop, at, purchase};
use crate::support::{House, code, first};
use crate::tiers::{START, by, ladder, settle};

const BROWSER: &[u8] = b"a secret of one browser";
const MAYA: &str = "maya@example.com";

async fn shop() -> Shop {
    let shop = Shop::open_at(Clock::fixed(at(START))).await;
    shop.promote(json!({"name": "Base", "award_rate": "100"})).await;
    shop
}

fn input<T: serde::de::DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}

async fn customer(shop: &Shop, name: &str, email: &str) -> CustomerId {
    let new = input(json!({"name": name, "email": email}));
    shop.engine.customer_create(&shop.cx, new).await.unwrap().customer.id
}

/// Letters to an address, the oldest first.
async fn letters(shop: &Shop, email: &str) -> Vec<Letter> {
    let page = PageRequest::new(Some(200), None).unwrap();
    let mut letters = shop.engine.mailbox_list(Some(email), &page).await.unwrap().data;
    letters.reverse();
    letters
}

async fn subjects(shop: &Shop, email: &str) -> Vec<String> {
    letters(shop, email).await.into_iter().map(|letter| letter.subject).collect()
}

fn change(subject: &str, text: &str) -> MessageTemplateChange {
    MessageTemplateChange { subject: subject.to_owned(), text: text.to_owned(), updated_at: None }
}

async fn says(shop: &Shop, kind: MessageKind, subject: &str, text: &str) {
    shop.engine.message_template_change(&shop.cx, kind, change(subject, text)).await.unwrap();
}

async fn prefers(shop: &Shop, customer: CustomerId, kind: MessageKind, email: bool) {
    let cx = shop.engine.customer_cx(shop.merchant, customer).await.unwrap();
    let chosen: MessagePreferencesChange = input(json!({"preferences": [{"kind": kind, "email": email}]}));
    shop.engine.message_preferences_change(&cx, customer, chosen).await.unwrap();
}

/// Which kinds a customer does not want.
async fn unwanted(shop: &Shop, customer: CustomerId) -> Vec<MessageKind> {
    let chosen = shop.engine.message_preferences(&shop.cx, customer).await.unwrap();
    let unwanted = chosen.preferences.into_iter().filter(|preference| !preference.email);
    unwanted.map(|preference| preference.kind).collect()
}

/// Somebody meets everything that a letter tells of; the letters that came.
async fn everything_happens(shop: &Shop) -> Vec<Letter> {
    ladder(shop).await;
    let reward =
        json!({"name": "Free meal", "kind": "percent", "value": "1", "points_cost": 1000, "valid_days": 30});
    let reward = shop.engine.reward_create(&shop.cx, input(reward)).await.unwrap().id;
    for effect in [
        json!({"give": "reward", "reward": reward}),
        json!({"give": "email", "subject": "Hello {name}", "text": "You have {points} points.\n\nSee you at {shop}."}),
    ] {
        let policy = json!({"name": "Policy", "event": {"on": "first_purchase"}, "effects": [effect], "to": "customer"});
        let policy = shop.engine.policy_create(&shop.cx, input(policy)).await.unwrap().id;
        shop.engine.policy_publish(&shop.cx, policy).await.unwrap();
    }
    let maya = customer(shop, "Maya Lindqvist", MAYA).await;
    settle(shop).await;
    shop.bought(purchase("1", 60, by(MAYA))).await;
    for _ in 0..2 {
        settle(shop).await;
        shop.engine.clock().advance(TimeDelta::seconds(6));
        shop.engine.awards_settle_due().await.unwrap();
    }
    settle(shop).await;
    shop.engine.customer_tier_demote(&shop.cx, maya, TierStep::default(), false).await.unwrap();
    // Without the lowest tier, whoever was on it has none.
    let tiers = shop.engine.tier_list(&shop.cx).await.unwrap();
    for tier in tiers.iter().rev() {
        shop.engine.tier_delete(&shop.cx, tier.id, false).await.unwrap();
    }
    let soon = json!({"points": 40, "reason": "A test", "expires_on": "2026-11-25"});
    shop.engine.adjustment_create(&shop.cx, maya, input(soon)).await.unwrap();
    shop.engine.clock().advance(TimeDelta::days(1));
    shop.engine.expiry_round().await.unwrap();
    shop.engine.login_code_request(shop.merchant, MAYA, BROWSER, None).await.unwrap();
    letters(shop, MAYA).await
}

#[tokio::test]
async fn every_letter_is_filled_in_both_forms_and_all_but_the_code_can_be_ended() {
    let shop = shop().await;
    shop.set(json!({"brand_color": "#b5482a"})).await;
    let letters = everything_happens(&shop).await;
    for (about, says) in [
        ("Welcome to Corner Shop", "You are in the program of Corner Shop now"),
        ("A present from Corner Shop: Free meal", "Show this code at the till"),
        ("Hello Maya Lindqvist", "You have 60 points.\n\nSee you at Corner Shop."),
        ("You have reached Silver at Corner Shop", "/p/corner"),
        ("Your tier at Corner Shop is now Bronze", "You are no longer on Silver"),
        ("You are no longer on", "have no tier for now"),
        ("40 points at Corner Shop expire on Nov 25, 2026", "until the end of Nov 25, 2026"),
        ("is your code for Corner Shop", "It works for 10 minutes"),
    ] {
        let letter = letters.iter().find(|letter| letter.subject.contains(about));
        let letter = letter.unwrap_or_else(|| panic!("no {about} in {letters:#?}"));
        assert!(letter.body.contains(says), "{}", letter.body);
        let html = letter.html.as_deref().unwrap();
        assert!(html.contains("#b5482a") && html.contains("Corner Shop"), "{html}");
        let is_code = about.contains("your code");
        assert_eq!(letter.body.contains("/u/"), !is_code, "{}", letter.body);
        assert_eq!(html.contains("/p/corner/messages"), !is_code, "{html}");
        for form in [&letter.subject, &letter.body, html] {
            assert!(!form.contains(['{', '}']), "something is not filled: {form}");
        }
        if !is_code && about != "Hello Maya Lindqvist" {
            assert!(letter.body.starts_with("Hello Maya Lindqvist,\n\n"), "{}", letter.body);
        }
    }
    let ended = "mail WHERE (unsubscribe_url IS NULL) <> (subject LIKE '%is your code%')";
    assert_eq!(shop.count(ended).await, 0, "the header goes with the footer");
    assert_eq!(shop.count("mail WHERE sender_name IS DISTINCT FROM 'Corner Shop'").await, 0);
    shop.close().await;
}

#[tokio::test]
async fn what_somebody_does_not_want_is_not_written_and_a_code_always_is() {
    let shop = shop().await;
    ladder(&shop).await;
    let maya = customer(&shop, "Maya", MAYA).await;
    let noah = customer(&shop, "Noah", "noah@example.com").await;
    prefers(&shop, maya, MessageKind::TierUp, false).await;
    assert_eq!(unwanted(&shop, maya).await, [MessageKind::TierUp]);
    assert_eq!(unwanted(&shop, noah).await, []);
    for (number, email) in [("1", MAYA), ("2", "noah@example.com")] {
        shop.bought(purchase(number, 60, by(email))).await;
    }
    settle(&shop).await;
    assert_eq!(subjects(&shop, MAYA).await, ["Welcome to Corner Shop"]);
    let reached = "You have reached Silver at Corner Shop";
    assert!(subjects(&shop, "noah@example.com").await.iter().any(|subject| subject == reached));
    // It is told in the portal all the same.
    assert_eq!(shop.count("events WHERE kind = 'tier.changed'").await, 2);

    // Everything off, and on again.
    for kind in MessageKind::optional() {
        prefers(&shop, maya, kind, false).await;
    }
    shop.engine.login_code_request(shop.merchant, MAYA, BROWSER, None).await.unwrap();
    assert_eq!(subjects(&shop, MAYA).await.len(), 2);
    prefers(&shop, maya, MessageKind::TierUp, true).await;
    shop.bought(purchase("3", 60, by(MAYA))).await;
    settle(&shop).await;
    // Letters of one instant have no order.
    let reached = "You have reached Gold at Corner Shop";
    assert!(subjects(&shop, MAYA).await.iter().any(|subject| subject == reached));
    shop.close().await;
}

#[tokio::test]
async fn what_is_always_sent_cannot_be_chosen_and_nobody_chooses_for_others() {
    let shop = shop().await;
    let (maya, noah) =
        (customer(&shop, "Maya", MAYA).await, customer(&shop, "Noah", "noah@example.com").await);
    let chosen = || {
        input(
            json!({"preferences": [{"kind": "tier_up", "email": false}, {"kind": "sign_in_code", "email": false}]}),
        )
    };
    let refused = shop.engine.message_preferences_change(&shop.cx, maya, chosen()).await;
    assert_eq!(code(refused), "/preferences/1/kind always_sent");
    assert_eq!(unwanted(&shop, maya).await, [], "a refused choice changes nothing");
    let cx = shop.engine.customer_cx(shop.merchant, noah).await.unwrap();
    let chosen: MessagePreferencesChange = input(json!({"preferences": []}));
    let others = shop.engine.message_preferences_change(&cx, maya, chosen).await;
    assert!(matches!(others, Err(Error::NotFound(_))), "{others:?}");
    let others = shop.engine.message_preferences(&cx, maya).await;
    assert!(matches!(others, Err(Error::NotFound(_))), "{others:?}");
    shop.close().await;
}

#[tokio::test]
async fn a_changed_template_is_used_until_it_is_reset() {
    let house = House::fixed(START).await;
    let (engine, cx) = (&house.engine, &house.cx);
    let kind = MessageKind::SignInCode;
    let came = engine.message_template_get(cx, kind).await.unwrap();
    assert!(!came.changed && came.updated_at.is_none() && came.placeholders[0].required);
    let changed = engine
        .message_template_change(cx, kind, change("Psst: {code}", "  {shop} says:\r\n\r\n{code}  \r\n"))
        .await
        .unwrap();
    assert_eq!(
        (changed.subject.as_str(), changed.text.as_str()),
        ("Psst: {code}", "  {shop} says:\n\n{code}")
    );
    assert!(changed.changed && changed.updated_by.as_deref() == Some("system"));
    assert_eq!(engine.message_template_list(cx).await.unwrap()[0], changed);
    // Only there: another merchant's letters say what they said.
    let neighbour = house.neighbour().await.merchant_id;
    assert_eq!(engine.message_template_get(&Cx::system(neighbour), kind).await.unwrap(), came);

    engine.login_code_request(house.merchant, MAYA, BROWSER, None).await.unwrap();
    engine.login_code_request(neighbour, MAYA, BROWSER, None).await.unwrap();
    let letters = engine.mailbox_list(Some(MAYA), &first()).await.unwrap().data;
    let mine = letters.iter().find(|letter| letter.subject.starts_with("Psst: ")).unwrap();
    assert!(mine.body.contains("corner says:"), "{}", mine.body);
    let code: String = mine.subject.chars().filter(char::is_ascii_digit).collect();
    engine.login_code_verify(house.merchant, MAYA, &code, BROWSER, None).await.unwrap();
    assert!(letters.iter().any(|letter| letter.subject.ends_with("is your code for neighbour")));

    assert_eq!(engine.message_template_reset(cx, kind).await.unwrap(), came);
    assert_eq!(engine.message_template_reset(cx, kind).await.unwrap(), came, "twice is as good");
}

#[tokio::test]
async fn who_saves_what_somebody_else_has_changed_is_told() {
    let house = House::fixed(START).await;
    let (engine, cx, kind) = (&house.engine, &house.cx, MessageKind::Welcome);
    let save = async |subject: &str, updated_at| {
        let change = MessageTemplateChange { updated_at: Some(updated_at), ..change(subject, "Text") };
        engine.message_template_change(cx, kind, change).await
    };
    let one = save("One", None).await.unwrap();
    assert_eq!(code(save("Other", None).await), "changed_meanwhile", "it is no longer as it came");
    let two = save("Two", one.updated_at).await.unwrap();
    assert!(two.updated_at > one.updated_at, "although no time has passed");
    assert_eq!(code(save("Other", one.updated_at).await), "changed_meanwhile");
    engine.message_template_reset(cx, kind).await.unwrap();
    assert_eq!(code(save("Other", two.updated_at).await), "changed_meanwhile", "it was reset");
    assert_eq!(engine.message_template_get(cx, kind).await.unwrap().subject, kind.default_subject());
}

#[tokio::test]
async fn two_who_save_at_once_do_not_both_win() {
    let house = House::fixed(START).await;
    let other = house.another_engine().await;
    let change = |subject: &str| MessageTemplateChange { updated_at: Some(None), ..change(subject, "Text") };
    let (one, two) = tokio::join!(
        house.engine.message_template_change(&house.cx, MessageKind::Welcome, change("One")),
        other.message_template_change(&house.cx, MessageKind::Welcome, change("Two")),
    );
    assert_eq!(usize::from(one.is_ok()) + usize::from(two.is_ok()), 1, "{one:?} {two:?}");
}

#[tokio::test]
async fn what_cannot_be_filled_is_refused_and_leaves_no_trace() {
    let house = House::fixed(START).await;
    let try_it = async |kind, subject: &str, text: &str| {
        code(house.engine.message_template_change(&house.cx, kind, change(subject, text)).await)
    };
    for (kind, subject, text, expected) in [
        (MessageKind::Welcome, "", "Text", "/subject required"),
        (MessageKind::Welcome, "{tier}", "Text", "/subject unknown_placeholder"),
        (MessageKind::Welcome, "Subject", "{name", "/text unbalanced_braces"),
        (MessageKind::SignInCode, "{code}", "Look above", "/text placeholder_required"),
    ] {
        assert_eq!(try_it(kind, subject, text).await, expected);
    }
    assert_eq!(house.number("SELECT count(*) FROM message_templates").await, 0);
}

#[tokio::test]
async fn a_name_is_text_and_nothing_else() {
    let shop = shop().await;
    says(&shop, MessageKind::Welcome, "Hello {name}", "Hello <b>{name}</b>,\n\nwelcome.").await;
    customer(&shop, "<script>alert('\"')</script> & {shop}", MAYA).await;
    settle(&shop).await;
    let letter = letters(&shop, MAYA).await.pop().unwrap();
    assert_eq!(letter.subject, "Hello <script>alert('\"')</script> & {shop}");
    let html = letter.html.unwrap();
    assert!(!html.contains("<script") && !html.contains("<b>"), "{html}");
    let told = "Hello &lt;b&gt;&lt;script&gt;alert(&#39;&quot;&#39;)&lt;/script&gt; &amp; {shop}&lt;/b&gt;,";
    assert!(html.contains(told), "{html}");
    shop.close().await;
}

#[tokio::test]
async fn a_template_that_can_no_longer_be_filled_does_not_stop_the_letter() {
    let shop = shop().await;
    let sql = "INSERT INTO message_templates (merchant_id, kind, subject, body, changed_at, changed_by)
               VALUES ($1, 'welcome', '{gone}', '{gone}', now(), 'an older version')";
    sqlx::query(sql).bind(shop.merchant.uuid()).execute(&shop.db.pool).await.unwrap();
    customer(&shop, "Maya", MAYA).await;
    settle(&shop).await;
    assert_eq!(subjects(&shop, MAYA).await, ["Welcome to Corner Shop"]);
    shop.close().await;
}

/// The link's part behind `/u/` in the only letter with these words in its subject.
async fn token(shop: &Shop, email: &str, about: &str) -> String {
    let letters = letters(shop, email).await;
    let letter = letters.iter().find(|letter| letter.subject.contains(about)).unwrap();
    let (_, token) = letter.body.split_once("/u/").unwrap();
    token.lines().next().unwrap().to_owned()
}

#[tokio::test]
async fn the_link_in_a_letter_ends_letters_like_it() {
    let shop = shop().await;
    ladder(&shop).await;
    let maya = customer(&shop, "Maya", MAYA).await;
    shop.bought(purchase("1", 60, by(MAYA))).await;
    settle(&shop).await;
    let link = token(&shop, MAYA, "reached Silver").await;
    let before = shop.engine.unsubscribe_look(&link).await.unwrap().unwrap();
    assert_eq!((before.kind, before.has_ended, before.slug.as_str()), (MessageKind::TierUp, false, "corner"));
    assert_eq!(unwanted(&shop, maya).await, [], "looking changes nothing");
    for _ in 0..2 {
        let after = shop.engine.unsubscribe(&link, false).await.unwrap().unwrap();
        assert!(after.has_ended && !after.has_ended_all);
        assert_eq!(unwanted(&shop, maya).await, [MessageKind::TierUp]);
    }
    shop.bought(purchase("2", 60, by(MAYA))).await;
    settle(&shop).await;
    assert!(!subjects(&shop, MAYA).await.iter().any(|subject| subject.contains("Gold")));

    // A welcome comes once: whoever ends that wants nothing.
    let welcome = token(&shop, MAYA, "Welcome").await;
    let after = shop.engine.unsubscribe(&welcome, false).await.unwrap().unwrap();
    assert!(after.has_ended && after.has_ended_all);
    assert_eq!(unwanted(&shop, maya).await, MessageKind::optional().collect::<Vec<_>>());
    shop.close().await;
}

#[tokio::test]
async fn a_link_is_good_for_its_customer_only_and_for_nothing_when_the_customer_is_gone() {
    let shop = shop().await;
    let (maya, noah) =
        (customer(&shop, "Maya", MAYA).await, customer(&shop, "Noah", "noah@example.com").await);
    settle(&shop).await;
    let (mayas, noahs) =
        (token(&shop, MAYA, "Welcome").await, token(&shop, "noah@example.com", "Welcome").await);
    // Noah's name with Maya's signature, a letter changed, a part missing, and what test letters have.
    let spliced = format!("{}{}", &noahs[..44], &mayas[44..]);
    let mut turned = mayas.clone();
    turned.replace_range(50..51, if &mayas[50..51] == "A" { "B" } else { "A" });
    for wrong in [spliced.as_str(), &turned, &mayas[1..], "test", ""] {
        assert_eq!(shop.engine.unsubscribe_look(wrong).await.unwrap(), None, "{wrong}");
        assert_eq!(shop.engine.unsubscribe(wrong, true).await.unwrap(), None, "{wrong}");
    }
    assert_eq!((unwanted(&shop, maya).await.len(), unwanted(&shop, noah).await.len()), (0, 0));

    for gone in
        ["DELETE FROM customer_identities WHERE customer_id = $1", "DELETE FROM customers WHERE id = $1"]
    {
        sqlx::query(gone).bind(maya.uuid()).execute(&shop.db.pool).await.unwrap();
    }
    assert_eq!(shop.engine.unsubscribe_look(&mayas).await.unwrap(), None);
    assert_eq!(shop.engine.unsubscribe(&mayas, true).await.unwrap(), None);
    assert_eq!(shop.count("message_preferences").await, 0);
}

#[tokio::test]
async fn a_preview_writes_nothing_and_says_what_would_be_said() {
    let house = House::fixed(START).await;
    let kind = MessageKind::TierUp;
    let trial: TrialTemplate = input(json!({"subject": "{tier} it is"}));
    let letter = house.engine.message_template_preview(&house.cx, kind, trial).await.unwrap();
    assert_eq!(letter.subject, "Gold it is");
    assert!(letter.text.contains("You have reached Gold at corner."), "{}", letter.text);
    assert!(letter.text.contains("http://127.0.0.1:8080/p/corner\n"), "{}", letter.text);
    assert!(letter.html.contains("Maya Lindqvist") && letter.html.contains("/u/test"), "{}", letter.html);
    let wrong: TrialTemplate = input(json!({"text": "{teir}"}));
    let refused = house.engine.message_template_preview(&house.cx, kind, wrong).await;
    assert_eq!(code(refused), "/text unknown_placeholder");
    assert_eq!(house.number("SELECT count(*) FROM mail").await, 0);
    assert_eq!(house.number("SELECT count(*) FROM message_templates").await, 0);
}

#[tokio::test]
async fn a_test_goes_to_who_asks_and_not_often() {
    let house = House::fixed(START).await;
    let manager = house.staff(Role::Manager).await;
    let send = async |cx: &Cx, to: Option<&str>| {
        let test = TestMessage { to: to.map(str::to_owned), ..TestMessage::default() };
        house.engine.message_template_test(cx, MessageKind::Welcome, test).await
    };
    let sent = send(&manager, None).await.unwrap();
    assert_eq!(sent.to, "the-manager@corner.example");
    let letters = house.engine.mailbox_list(Some(&sent.to), &first()).await.unwrap().data;
    assert_eq!(letters[0].subject, "[Test] Welcome to corner");
    assert!(letters[0].html.as_deref().unwrap().contains("Maya Lindqvist"));
    assert_eq!(house.number("SELECT count(*) FROM mail WHERE unsubscribe_url IS NOT NULL").await, 0);
    assert_eq!(code(send(&house.cx, None).await), "/to required", "a program has no address");
    assert_eq!(code(send(&manager, Some("nobody")).await), "/to malformed");

    let filled = "filled@example.com";
    for _ in 0..5 {
        send(&house.cx, Some(filled)).await.unwrap();
    }
    assert!(matches!(send(&house.cx, Some(filled)).await, Err(Error::Throttled { .. })));
    for number in 6..10 {
        send(&house.cx, Some(&format!("n{number}@example.com"))).await.ok();
    }
    let too_many = send(&house.cx, Some("another@example.com")).await;
    assert!(matches!(too_many, Err(Error::Throttled { .. })), "{too_many:?}");
    house.engine.clock().advance(TimeDelta::minutes(1));
    send(&house.cx, Some("another@example.com")).await.unwrap();
}
