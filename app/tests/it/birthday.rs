//! Birthdays, as the customer and the staff meet them.

use crate::support::House;
use crate::support::desk::opened;
use http::StatusCode;
use perennial_domain::policies::Template;

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_tells_the_birthday_once() {
    let house = House::open("http://shop.test").await;
    let shop = house.merchant("sola").await;
    let mut maya = house.browser();
    assert_eq!(maya.post("/p/sola/you", "day=17&month=5&year=").await.status, StatusCode::SEE_OTHER);
    maya.sign_in(&house, "sola", "maya@example.com").await;
    assert!(maya.get("/p/sola/card").await.text.contains("href=\"/p/sola/you\""), "the card leads there");
    let page = maya.get("/p/sola/you").await.text;
    assert!(page.contains("maya@example.com") && page.contains("Save my birthday"), "{page}");
    assert!(!page.contains("A present for you"), "nothing is promised that there is not");
    let draft = Template::BirthdayPoints.draft(None);
    let policy = house.engine.policy_create(&shop, draft).await.unwrap().id;
    house.engine.policy_publish(&shop, policy).await.unwrap();
    let page = maya.get("/p/sola/you").await.text;
    assert!(page.contains("A present for you") && page.contains("500 points on the birthday"), "{page}");

    for (sent, told) in [
        ("day=31&month=4&year=", "There is no such day"),
        ("day=29&month=2&year=1990", "That year had no such day"),
        ("day=1&month=&year=", "Choose the month"),
        ("day=1&month=1&year=2999", "This lies in the future"),
    ] {
        let refused = maya.post("/p/sola/you", sent).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{sent}");
        assert!(refused.text.contains(told), "{told}: {}", refused.text);
    }
    // Sent twice, it is one birthday.
    for _ in 0..2 {
        let sent = maya.post("/p/sola/you", "day=17&month=5&year=1990").await;
        assert_eq!(sent.location(), "/p/sola/you?done=birthday", "{}", sent.text);
    }
    let page = maya.get("/p/sola/you?done=birthday").await.text;
    assert!(page.contains("May 17, 1990") && page.contains("Your birthday is noted"), "{page}");
    assert!(!page.contains("Save my birthday"), "there is nothing to change");
    let refused = maya.post("/p/sola/you", "day=18&month=5&year=1990").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text.contains("is noted already") && refused.text.contains("May 17, 1990"));
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_corrects_who_a_customer_is() {
    let (house, shop, mut owner) = opened("sola").await;
    let input = serde_json::json!({"email": "ada@example.com", "card": "2900", "birthday": "05-17"});
    let ada = house.engine.customer_create(&shop, serde_json::from_value(input).unwrap()).await.unwrap();
    let other = serde_json::json!({"email": "other@example.com"});
    house.engine.customer_create(&shop, serde_json::from_value(other).unwrap()).await.unwrap();
    let customer = format!("/dashboard/customers/{}", ada.customer.id);
    let edit = format!("{customer}/edit");
    let page = owner.get(&customer).await.text;
    assert!(page.contains("May 17") && page.contains(&format!("href=\"{edit}\"")), "{page}");
    let form = owner.get(&edit).await.text;
    assert!(form.contains("value=\"05-17\"") && form.contains("value=\"2900\""), "{form}");

    for (sent, told) in [
        ("email=ada@example.com&birthday=17.5.", "a month and a day such as 05-17"),
        ("email=ada@example.com&birthday=2999-01-01", "cannot be in the future"),
        ("email=other@example.com&birthday=", "Another customer has this identity"),
        ("email=&phone=&card=&external_id=", "keeps at least one identity"),
    ] {
        let refused = owner.post(&edit, sent).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{sent}: {}", refused.text);
        assert!(refused.text.contains(told), "{told}: {}", refused.text);
    }
    let sent = "name=Ada&email=ada@example.com&phone=&card=&external_id=crm-1&birthday=1990-02-28";
    let saved = owner.post(&edit, sent).await;
    assert_eq!(saved.location(), format!("{customer}?done=customer-saved"), "{}", saved.text);
    let now = house.engine.customer_get(&shop, ada.customer.id).await.unwrap();
    assert_eq!(
        (now.name.as_deref(), now.card, now.external_id.as_deref()),
        (Some("Ada"), None, Some("crm-1"))
    );
    assert_eq!(now.birthday.map(|birthday| birthday.to_string()).as_deref(), Some("1990-02-28"));
    assert!(owner.get(&customer).await.text.contains("Feb 28, 1990"));
    let file = owner.get("/dashboard/customers.csv").await.text;
    assert!(file.contains("birthday") && file.contains("1990-02-28"), "{file}");
    // What was not sent stays.
    owner.post(&edit, "name=Ada+King").await;
    let now = house.engine.customer_get(&shop, ada.customer.id).await.unwrap();
    assert!(now.birthday.is_some() && now.email.is_some());
}
