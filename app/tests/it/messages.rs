//! Messages over HTTP, as a browser without scripts sees them: the pages of staff, the customer's choice, and the link in
//! letters.

use crate::support::STUCK;
use crate::support::desk::{colleague, opened};
use crate::support::form::hidden;
use http::StatusCode;
use perennial_domain::access::Role;
use perennial_domain::messages::MessageKind;
use perennial_engine::PageRequest;
use std::time::Duration;

const PATH: &str = "/dashboard/messages";
const WELCOME: &str = "/dashboard/messages/welcome";

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_changed_looked_at_and_reset() {
    let (house, shop, mut owner) = opened("sola").await;
    let list = owner.get(PATH).await;
    for kind in MessageKind::ALL {
        assert!(list.text.contains(&format!("{PATH}/{kind}")) && list.text.contains(kind.title()), "{kind}");
    }
    assert!(list.text.contains("Default") && !list.text.contains("Changed"));
    let page = owner.get(WELCOME).await;
    assert!(page.text.contains("{points_name}") && page.text.contains("Welcome to {shop}"));
    assert!(page.text.contains("sandbox=\"\"") && !page.text.contains("Reset message"));
    assert!(owner.get(&format!("{PATH}/sms")).await.status == StatusCode::NOT_FOUND);

    // Looking at another text stores nothing, and the page keeps it.
    let typed = "subject=Ahoy+%7Bname%7D&text=Come+in%21%0D%0A%0D%0A%7Bpage%7D";
    let seen = hidden(&page, "seen");
    let preview = owner.post(WELCOME, &format!("do=preview&seen={seen}&{typed}")).await;
    assert_eq!(preview.status, StatusCode::OK);
    assert!(
        preview.text.contains("Ahoy Maya Lindqvist") && preview.text.contains("Come in!"),
        "{}",
        preview.text
    );
    assert!(owner.get(WELCOME).await.text.contains("Welcome to {shop}"));

    let wrong = owner.post(WELCOME, &format!("do=save&seen={seen}&subject=%7Bnmae%7D&text=Come+in")).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text.contains("There is no {nmae} in this message"), "{}", wrong.text);

    let saved = owner.post(WELCOME, &format!("do=save&seen={seen}&{typed}")).await;
    assert_eq!(saved.location(), format!("{WELCOME}?done=message-saved"));
    let template = house.engine.message_template_get(&shop, MessageKind::Welcome).await.unwrap();
    assert_eq!((template.subject.as_str(), template.text.as_str()), ("Ahoy {name}", "Come in!\n\n{page}"));
    // Somebody who opened the page before and saves now would undo it.
    let late = owner.post(WELCOME, &format!("do=save&seen={seen}&subject=Late&text=Late")).await;
    assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(late.text.contains("Somebody else has changed this message"), "{}", late.text);

    let page = owner.get(WELCOME).await;
    assert!(page.text.contains("Reset message") && page.text.contains("Changed"));
    let seen = hidden(&page, "seen").replace('+', "%2B");
    let again = owner.post(WELCOME, &format!("do=save&seen={seen}&subject=Hi&text=Come+in")).await;
    assert_eq!(again.location(), format!("{WELCOME}?done=message-saved"));
    let reset = owner.post(WELCOME, "do=reset").await;
    assert_eq!(reset.location(), format!("{WELCOME}?done=message-reset"));
    assert!(owner.get(WELCOME).await.text.contains("Welcome to {shop}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_is_sent_to_who_asks_and_the_mailbox_shows_it_safely() {
    let (_house, _, mut owner) = opened("sola").await;
    let asked = "do=test&seen=&subject=Look&text=%3Cscript%3Ealert(1)%3C%2Fscript%3E+at+%7Bshop%7D&to=";
    let sent = owner.post(WELCOME, asked).await;
    assert_eq!(sent.status, StatusCode::OK);
    assert!(sent.text.contains("A test is on its way to owner@sola.example."), "{}", sent.text);
    let mailbox = owner.get("/dev/mailbox").await;
    assert!(mailbox.text.contains("[Test] Look") && mailbox.text.contains("owner@sola.example"));
    assert!(!mailbox.text.contains("<script"), "{}", mailbox.text);
    let (_, id) = mailbox.text.split_once("/dev/mailbox/").unwrap();
    let letter = owner.get(&format!("/dev/mailbox/{}", &id[..36])).await;
    assert!(
        letter.text.contains("sandbox=\"allow-popups allow-popups-to-escape-sandbox\""),
        "{}",
        letter.text
    );
    assert!(
        letter.text.contains("&amp;lt;script&amp;gt;") && !letter.text.contains("<script"),
        "{}",
        letter.text
    );
    for nothing in ["nonsense", "00000000-0000-7000-8000-000000000000"] {
        assert_eq!(owner.get(&format!("/dev/mailbox/{nothing}")).await.status, StatusCode::NOT_FOUND);
    }
    let policy = letter.header("content-security-policy");
    assert!(policy.contains("default-src 'none'") && !policy.contains("script-src"), "{policy}");
    let wrong = owner.post(WELCOME, "do=test&seen=&subject=Look&text=Text&to=nobody").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_only_read_looks_and_changes_nothing() {
    let (house, shop, _) = opened("sola").await;
    let mut analyst = colleague(&house, &shop, Role::Analyst).await;
    let page = analyst.get(WELCOME).await;
    assert!(page.text.contains("Show preview") && !page.text.contains("Save message"));
    assert!(!page.text.contains("Send me a test"));
    let preview = analyst.post(WELCOME, "do=preview&seen=&subject=Ahoy&text=Text").await;
    assert_eq!(preview.status, StatusCode::OK);
    for button in ["save", "test", "reset"] {
        let refused = analyst.post(WELCOME, &format!("do={button}&seen=&subject=A&text=B")).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{button}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_chooses_and_the_page_remembers() {
    let (house, _shop, _) = opened("sola").await;
    let mut maya = house.browser();
    maya.sign_in(&house, "sola", "maya@example.com").await;
    let page = maya.get("/p/sola/messages").await;
    assert_eq!(page.status, StatusCode::OK);
    let ticked = |text: &str| text.matches("value=\"on\" checked").count();
    assert_eq!(ticked(&page.text), MessageKind::optional().count(), "{}", page.text);
    assert!(page.text.contains("maya@example.com") && !page.text.contains("name=\"sign_in_code\""));
    let saved = maya.post("/p/sola/messages", "tier_up=on&sign_in_code=on").await;
    assert_eq!(saved.location(), "/p/sola/messages?done=saved");
    let page = maya.get("/p/sola/messages?done=saved").await;
    assert_eq!(ticked(&page.text), 1);
    assert!(page.text.contains("Saved."));
    assert!(maya.get("/p/sola/notifications").await.text.contains("/p/sola/messages"));
    assert!(maya.get("/p/sola/card").await.text.contains("/p/sola/messages"));
    let mut nobody = house.browser();
    assert_eq!(nobody.get("/p/sola/messages").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_link_of_a_letter_asks_first_and_one_post_is_enough() {
    let (house, shop, _) = opened("sola").await;
    let new =
        serde_json::from_value(serde_json::json!({"name": "Maya", "email": "maya@example.com"})).unwrap();
    let maya = house.engine.customer_create(&shop, new).await.unwrap().customer.id;
    let workers = house.engine.workers();
    let welcome = async {
        loop {
            let mail =
                house.engine.mailbox_list(Some("maya@example.com"), &PageRequest::default()).await.unwrap();
            let link = mail.data.iter().find_map(|letter| {
                let (_, link) = letter.body.split_once("/u/")?;
                Some(format!("/u/{}", link.lines().next()?))
            });
            if let Some(link) = link {
                return link;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let link = tokio::time::timeout(STUCK, welcome).await.expect("the welcome comes");
    workers.stop().await;
    let wanted = async || {
        let chosen = house.engine.message_preferences(&shop, maya).await.unwrap().preferences;
        chosen.iter().filter(|preference| preference.email).count()
    };
    let mut browser = house.browser();
    let page = browser.get(&link).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text.contains("No more e-mails from Shop sola?") && page.text.contains("Unsubscribe"));
    assert_eq!(page.header("referrer-policy"), "same-origin", "the link is a secret of its customer");
    assert_eq!(
        wanted().await,
        MessageKind::optional().count(),
        "a scanner that follows links changes nothing"
    );
    // What a mail program sends by itself, without cookies, origin or page.
    let done = house.browser().post(&link, "List-Unsubscribe=One-Click").await;
    assert_eq!(done.status, StatusCode::OK);
    assert!(done.text.contains("You are unsubscribed"), "{}", done.text);
    assert_eq!(wanted().await, 0);
    assert!(browser.get(&link).await.text.contains("You are unsubscribed"));

    for wrong in ["/u/test", "/u/AAAA"] {
        let page = browser.get(wrong).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND);
        assert!(page.text.contains("There is nothing to unsubscribe from"));
        assert_eq!(browser.post(wrong, "List-Unsubscribe=One-Click").await.status, StatusCode::OK);
    }
}
