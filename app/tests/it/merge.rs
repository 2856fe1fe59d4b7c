//! Merging two accounts of one person in the dashboard, as a browser without scripts does it.

use crate::support::House;
use crate::support::desk::{colleague, signed_in};
use http::StatusCode;
use perennial_domain::access::Role;
use perennial_engine::customers::CustomerPath;

const ANN: &str = "ann@markdom.example";
const BEA: &str = "bea@markdom.example";

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_finds_the_other_account_sees_what_it_brings_and_merges_it() {
    let house = House::open("http://shop.test").await;
    let cx = house.merchant("sola").await;
    house.open_shop(&cx).await;
    // Each for $18.00, at four points a dollar.
    let ann = house.buy(&cx, "t-1", Some(ANN)).await.customer_id.unwrap();
    let bea = house.buy(&cx, "t-2", Some(BEA)).await.customer_id.unwrap();
    let customer = format!("/dashboard/customers/{ann}");
    let path = format!("{customer}/merge");
    let mut browser = signed_in(&house, "owner@sola.example").await;
    assert!(browser.get(&customer).await.text.contains(&path));

    let page = browser.get(&path).await;
    assert!(page.text.contains("Find account") && !page.text.contains("name=\"confirm\""));
    for q in ["bea", BEA, bea.to_string().as_str()] {
        let page = browser.get(&format!("{path}?q={q}")).await;
        assert!(page.text.contains(&format!("merge?with={bea}")), "{q}: {}", page.text);
    }
    let own = browser.get(&format!("{path}?q=ann")).await;
    assert!(own.text.contains("Nobody else matches"), "{}", own.text);

    let chosen = format!("{path}?with={bea}");
    let page = browser.get(&chosen).await;
    for text in [
        format!("Goes on: {ANN}"),
        format!("Ends: {BEA}"),
        format!("Keep {BEA} instead"),
        format!("Merge into {ANN}"),
        "What comes along".to_owned(),
        "What the customer has afterwards".to_owned(),
        "144".to_owned(),
    ] {
        assert!(page.text.contains(&text), "no {text} in {}", page.text);
    }
    let turned = browser.get(&format!("{chosen}&keep=other")).await;
    assert!(turned.text.contains(&format!("Goes on: {BEA}")), "{}", turned.text);
    let itself = browser.get(&format!("{path}?with={ann}")).await;
    assert!(itself.text.contains("Both are the same customer"), "{}", itself.text);

    // Others may look up who somebody is, and not merge.
    for role in [Role::Support, Role::Analyst] {
        let mut other = colleague(&house, &cx, role).await;
        assert!(!other.get(&customer).await.text.contains(&path), "{role}");
        assert!(!other.get(&chosen).await.text.contains("name=\"confirm\""), "{role}");
        let refused = other.post(&path, &format!("with={bea}&confirm=merge")).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{role}");
    }
    let refused = browser.post(&path, &format!("with={bea}&keep=&note=Twice&confirm=yes")).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text.contains("Type the word merge. Nothing was merged"), "{}", refused.text);
    assert!(refused.text.contains(&format!("Ends: {BEA}")), "what was chosen is still there");
    let points = house.engine.customer_points(&cx, &CustomerPath::Id(bea)).await.unwrap();
    assert_eq!((points.customer_id, points.points), (bea, 72), "nothing has happened");

    let form = format!("with={bea}&keep=&note=Twice&confirm=Merge");
    let merged = browser.post(&path, &form).await;
    assert_eq!(merged.location(), format!("{customer}?done=customers-merged"));
    // Sent again, it says the same.
    assert_eq!(browser.post(&path, &form).await.location(), merged.location());
    let points = house.engine.customer_points(&cx, &CustomerPath::Id(bea)).await.unwrap();
    assert_eq!((points.customer_id, points.points), (ann, 144));

    let page = browser.get(&customer).await;
    for text in ["144", "Other e-mail", BEA, "Merged with another account"] {
        assert!(page.text.contains(text), "no {text} in {}", page.text);
    }
    let old = browser.get(&format!("/dashboard/customers/{bea}")).await;
    assert_eq!((old.status, old.location()), (StatusCode::SEE_OTHER, customer.as_str()));
    let history = browser.get(&path).await;
    for text in [
        "Accounts that were merged into this one",
        "Twice",
        "1 account, newest first",
        bea.to_string().as_str(),
    ] {
        assert!(history.text.contains(text), "no {text} in {}", history.text);
    }
    let list = browser.get("/dashboard/customers").await;
    assert!(list.text.contains(&customer) && !list.text.contains(&bea.to_string()));
}
