//! Retailers and products: forms that are refused, files for a spreadsheet, the way for a new merchant.

use crate::support::desk::{opened, retailer};
use crate::support::form::form;
use http::StatusCode;

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_form_comes_back_as_it_was_sent() {
    let (_house, _, mut browser) = opened("sola").await;
    let sent = form(&[
        ("do", "save"),
        ("name", "Riverside & Sons"),
        ("code", ""),
        ("region", "Coast"),
        ("time_zone", "Mars/Olympus"),
        ("business_day_start", "4 o'clock"),
    ]);
    let answer = browser.post("/dashboard/retailers/new", &sent).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    for kept in ["value=\"Riverside &amp; Sons\"", "value=\"Coast\"", "value=\"Mars/Olympus\""] {
        assert!(answer.text.contains(kept), "{kept}");
    }
    assert_eq!(answer.text.matches("field__error").count(), 3, "code, zone and time");

    retailer(&mut browser, "riverside").await;
    let again = form(&[
        ("do", "save"),
        ("name", "Again"),
        ("code", "riverside"),
        ("time_zone", "UTC"),
        ("business_day_start", "00:00"),
    ]);
    let taken = browser.post("/dashboard/retailers/new", &again).await;
    assert_eq!(taken.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(taken.text.contains("Another retailer has this code"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_no_program() {
    let (_house, _, mut browser) = opened("sola").await;
    let fields = form(&[
        ("do", "save"),
        ("name", "=HYPERLINK(\"http://evil.example\")"),
        ("sku", "+1"),
        ("tags", "a, b"),
    ]);
    let answer = browser.post("/dashboard/products/new", &fields).await;
    assert_eq!(answer.location(), "/dashboard/products?done=product-added");
    let file = browser.get("/dashboard/products.csv").await;
    assert_eq!(file.header("content-type"), "text/csv; charset=utf-8");
    assert!(file.header("content-disposition").contains("products.csv"));
    assert!(file.text.contains(r#""'=HYPERLINK(""http://evil.example"")""#), "{}", file.text);
    assert!(file.text.contains(r#""'+1""#), "{}", file.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_merchant_is_shown_the_way() {
    let (_house, _, mut browser) = opened("sola").await;
    let home = browser.get("/dashboard").await;
    for told in
        ["First steps", "0 of 4 done", "Add a retailer", "Write the first promotion", "Create an API key"]
    {
        assert!(home.text.contains(told), "{told}");
    }
    assert!(home.text.contains("Ledger not checked yet"));
    retailer(&mut browser, "riverside").await;
    assert!(browser.get("/dashboard").await.text.contains("1 of 4 done"));
}
