//! Signing in of customers by a code.

use std::net::{IpAddr, Ipv4Addr};

use chrono::TimeDelta;
use perennial_domain::ids::CustomerId;
use perennial_engine::customers::NewCustomer;
use perennial_engine::{Actor, Error};

use crate::support::{House, code, first};

const BROWSER: &[u8] = b"a secret of one browser";
const OTHER_BROWSER: &[u8] = b"a secret of another one";
const MAYA: &str = "Maya@Example.com";

struct Desk {
    house: House,
}

impl Desk {
    async fn open() -> Self {
        Self { house: House::fixed("2026-11-21T10:00:00Z").await }
    }

    async fn request(&self, email: &str, browser: &[u8]) -> Result<(), Error> {
        // Letters are listed by their time: two of the same instant would be in any order.
        self.later(TimeDelta::milliseconds(1));
        self.house.engine.login_code_request(self.house.merchant, email, browser, None).await
    }

    async fn verify(&self, email: &str, code: &str, browser: &[u8]) -> Result<CustomerId, Error> {
        self.house.engine.login_code_verify(self.house.merchant, email, code, browser, None).await
    }

    /// The code in the newest letter to an e-mail.
    async fn code(&self, email: &str) -> String {
        let letters = self.house.engine.mailbox_list(Some(email), &first()).await.unwrap().data;
        letters[0].subject.chars().filter(char::is_ascii_digit).collect()
    }

    fn later(&self, by: TimeDelta) {
        self.house.engine.clock().advance(by);
    }
}

/// A code of six digits that is not this one.
fn not(code: &str) -> String {
    let digits: u32 = code.parse().unwrap();
    format!("{:06}", (digits + 1) % 1_000_000)
}

#[tokio::test]
async fn the_right_code_enrols_whoever_is_unknown_and_finds_whoever_is_known() {
    let desk = Desk::open().await;
    desk.request(MAYA, BROWSER).await.unwrap();
    let code = desk.code(MAYA).await;
    assert_eq!(code.len(), 6);
    let spaced = format!(" {} {}", &code[..3], &code[3..]);
    let maya = desk.verify("maya@example.com", &spaced, BROWSER).await.unwrap();
    let customer = desk.house.engine.customer_get(&desk.house.cx, maya).await.unwrap();
    assert_eq!(customer.email.as_deref(), Some("maya@example.com"));

    desk.request(MAYA, BROWSER).await.unwrap();
    let again = desk.verify(MAYA, &desk.code(MAYA).await, BROWSER).await.unwrap();
    assert_eq!(again, maya);

    let known = NewCustomer { email: Some("ben@example.com".to_owned()), ..NewCustomer::default() };
    let ben = desk.house.engine.customer_create(&desk.house.cx, known).await.unwrap().customer.id;
    desk.request("ben@example.com", BROWSER).await.unwrap();
    assert_eq!(
        desk.verify("ben@example.com", &desk.code("ben@example.com").await, BROWSER).await.unwrap(),
        ben
    );

    let cx = desk.house.engine.customer_cx(desk.house.merchant, maya).await.unwrap();
    assert!(matches!(cx.actor(), Actor::Customer { id } if *id == maya));
    let nobody = CustomerId::new(0, [0; 10]);
    assert!(matches!(
        desk.house.engine.customer_cx(desk.house.merchant, nobody).await,
        Err(Error::Unauthenticated)
    ));
}

#[tokio::test]
async fn a_code_works_once() {
    let desk = Desk::open().await;
    desk.request(MAYA, BROWSER).await.unwrap();
    let right = desk.code(MAYA).await;
    desk.verify(MAYA, &right, BROWSER).await.unwrap();
    assert_eq!(code(desk.verify(MAYA, &right, BROWSER).await), "/code code_invalid");
}

#[tokio::test]
async fn of_two_at_the_same_time_one_gets_in() {
    let desk = Desk::open().await;
    desk.request(MAYA, BROWSER).await.unwrap();
    let right = desk.code(MAYA).await;
    let (one, other) = tokio::join!(desk.verify(MAYA, &right, BROWSER), desk.verify(MAYA, &right, BROWSER));
    assert_eq!(u8::from(one.is_ok()) + u8::from(other.is_ok()), 1);
}

#[tokio::test]
async fn a_code_works_only_in_the_browser_that_asked_for_it() {
    let desk = Desk::open().await;
    desk.request(MAYA, BROWSER).await.unwrap();
    let right = desk.code(MAYA).await;
    assert_eq!(code(desk.verify(MAYA, &right, OTHER_BROWSER).await), "/code code_invalid");
    assert_eq!(code(desk.verify("ben@example.com", &right, BROWSER).await), "/code code_invalid");
    desk.verify(MAYA, &right, BROWSER).await.unwrap();
}

#[tokio::test]
async fn a_code_works_for_ten_minutes() {
    let desk = Desk::open().await;
    desk.request(MAYA, BROWSER).await.unwrap();
    let right = desk.code(MAYA).await;
    desk.later(TimeDelta::minutes(10));
    assert_eq!(code(desk.verify(MAYA, &right, BROWSER).await), "/code code_invalid");

    desk.request(MAYA, BROWSER).await.unwrap();
    let right = desk.code(MAYA).await;
    desk.later(TimeDelta::seconds(599));
    desk.verify(MAYA, &right, BROWSER).await.unwrap();
}

#[tokio::test]
async fn a_code_stands_five_attempts() {
    let desk = Desk::open().await;
    desk.request(MAYA, BROWSER).await.unwrap();
    let right = desk.code(MAYA).await;
    for _ in 0..5 {
        assert_eq!(code(desk.verify(MAYA, &not(&right), BROWSER).await), "/code code_invalid");
    }
    assert_eq!(code(desk.verify(MAYA, &right, BROWSER).await), "/code code_invalid");

    desk.request(MAYA, BROWSER).await.unwrap();
    let right = desk.code(MAYA).await;
    for _ in 0..4 {
        desk.verify(MAYA, &not(&right), BROWSER).await.unwrap_err();
    }
    desk.verify(MAYA, &right, BROWSER).await.expect("the fifth attempt counts");
}

#[tokio::test]
async fn a_new_code_ends_the_one_before() {
    let desk = Desk::open().await;
    desk.request(MAYA, BROWSER).await.unwrap();
    let first = desk.code(MAYA).await;
    desk.later(TimeDelta::seconds(1));
    desk.request(MAYA, BROWSER).await.unwrap();
    let second = desk.code(MAYA).await;
    if first != second {
        assert_eq!(code(desk.verify(MAYA, &first, BROWSER).await), "/code code_invalid");
    }
    desk.verify(MAYA, &second, BROWSER).await.unwrap();
}

#[tokio::test]
async fn asking_too_often_is_throttled_per_email_and_waiting_helps() {
    let desk = Desk::open().await;
    for _ in 0..5 {
        desk.request(MAYA, BROWSER).await.unwrap();
    }
    let Err(Error::Throttled { retry_after }) = desk.request("maya@example.COM", OTHER_BROWSER).await else {
        panic!("the sixth code within a moment is refused, from any browser");
    };
    desk.request("ben@example.com", BROWSER).await.expect("others are not held up");
    desk.later(TimeDelta::from_std(retry_after).unwrap());
    desk.request(MAYA, BROWSER).await.unwrap();
}

/// Each code can be guessed at five times: how many there are in a year is what keeps a stranger out.
#[tokio::test]
async fn codes_that_nobody_uses_become_few_and_one_that_is_used_forgives_them() {
    let desk = Desk::open().await;
    let mut sent = 0;
    let refused = loop {
        desk.later(TimeDelta::minutes(10));
        match desk.request(MAYA, BROWSER).await {
            Ok(()) => sent += 1,
            Err(refused) => break refused,
        }
        assert!(sent < 100, "a code every ten minutes, without end");
    };
    assert!((20..=22).contains(&sent), "{sent}");
    let Error::Throttled { retry_after } = refused else { panic!("{refused:?}") };
    let wait = TimeDelta::from_std(retry_after).unwrap();
    assert!(wait > TimeDelta::hours(1) && wait < TimeDelta::hours(4), "{wait}");
    desk.request("ben@example.com", BROWSER).await.expect("others are not held up");

    desk.later(wait);
    desk.request(MAYA, BROWSER).await.unwrap();
    desk.verify(MAYA, &desk.code(MAYA).await, BROWSER).await.unwrap();
    for _ in 0..5 {
        desk.request(MAYA, BROWSER).await.expect("who signs in may ask again as often as ever");
    }
}

#[tokio::test]
async fn guessing_is_throttled_per_email_and_per_address() {
    let desk = Desk::open().await;
    for _ in 0..15 {
        assert_eq!(code(desk.verify(MAYA, "000000", BROWSER).await), "/code code_invalid");
    }
    assert!(matches!(desk.verify(MAYA, "000000", BROWSER).await, Err(Error::Throttled { .. })));

    let address = Some(IpAddr::V4(Ipv4Addr::new(203, 0, 113, 7)));
    let mut refused = None;
    for number in 0..100 {
        let email = format!("customer{number}@example.com");
        let attempt = desk
            .house
            .engine
            .login_code_verify(desk.house.merchant, &email, "000000", BROWSER, address)
            .await;
        if matches!(attempt, Err(Error::Throttled { .. })) {
            refused = Some(number);
            break;
        }
    }
    assert_eq!(refused, Some(60), "sixty attempts from one address, whoever they are for");
}

#[tokio::test]
async fn what_is_no_email_and_who_is_no_merchant_is_refused() {
    let desk = Desk::open().await;
    assert_eq!(code(desk.request("nobody", BROWSER).await), "/email malformed");
    let nowhere = perennial_domain::ids::MerchantId::new(0, [0; 10]);
    let request = desk.house.engine.login_code_request(nowhere, MAYA, BROWSER, None).await;
    assert!(matches!(request, Err(Error::NotFound(_))));
    assert_eq!(desk.house.number("SELECT count(*) FROM mail").await, 0);
}

#[tokio::test]
async fn a_code_of_one_merchant_does_not_open_another() {
    let desk = Desk::open().await;
    let neighbour = desk.house.neighbour().await.merchant_id;
    desk.request(MAYA, BROWSER).await.unwrap();
    let right = desk.code(MAYA).await;
    let elsewhere = desk.house.engine.login_code_verify(neighbour, MAYA, &right, BROWSER, None).await;
    assert_eq!(code(elsewhere), "/code code_invalid");
}

#[tokio::test]
async fn neither_the_code_nor_the_secret_of_the_browser_is_in_the_table_of_codes() {
    let desk = Desk::open().await;
    desk.request(MAYA, BROWSER).await.unwrap();
    let right = desk.code(MAYA).await;
    let row: String =
        sqlx::query_scalar("SELECT c::text FROM login_codes c").fetch_one(&desk.house.db.pool).await.unwrap();
    assert!(row.contains("maya@example.com"));
    let browser: String = BROWSER.iter().map(|byte| format!("{byte:02x}")).collect();
    assert!(!row.contains(&browser));
    // The digits could stand in a hash or a time by chance: what counts is that no column is the code.
    assert!(row.trim_matches(['(', ')']).split(',').all(|column| column.trim_matches('"') != right));
}
