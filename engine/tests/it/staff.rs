//! Staff: signing in, roles, leaving.

use std::net::{IpAddr, Ipv4Addr};

use chrono::{TimeDelta, Utc};
use perennial_domain::access::Role;
use perennial_domain::ids::{MerchantId, RetailerId, StaffId};
use perennial_engine::sessions::{SessionHash, StoredSession};
use perennial_engine::staff::{NewStaff, Newcomer, StaffFilter};
use perennial_engine::{Actor, Cx, Engine, Error};
use serde_json::json;

use crate::support::{House, PASSWORD, code, first};

const OWNER: &str = "owner@corner.example";

fn analyst() -> NewStaff {
    NewStaff {
        email: "ana@corner.example".parse().unwrap(),
        name: Some("Ana Silva".parse().unwrap()),
        role: Role::Analyst,
        password: PASSWORD.to_owned(),
    }
}

#[tokio::test]
async fn staff_sign_in_with_their_own_password_only() {
    let house = House::new().await;
    let ana = house.engine.staff_add(&house.cx, analyst()).await.unwrap();
    let login = house.engine.staff_sign_in(" ANA@corner.example", PASSWORD, None).await.unwrap();
    assert_eq!((login.id, login.name.as_str()), (ana.id, "Ana Silva"));
    for (email, password) in [
        ("ana@corner.example", "seven brown foxe"),
        ("nobody@corner.example", PASSWORD),
        ("ana@corner.example", ""),
        ("no e-mail", PASSWORD),
    ] {
        let refused = house.engine.staff_sign_in(email, password, None).await;
        assert!(matches!(refused, Err(Error::Unauthenticated)), "{email} {password}");
    }
    assert_eq!(code(house.engine.staff_add(&house.cx, analyst()).await), "already_staff");
}

/// At a till people may what a till may, in its store, and nothing that their role allows elsewhere.
#[tokio::test]
async fn at_a_till_the_role_decides_only_who_may_stand_there() {
    let house = House::new().await;
    let store = RetailerId::new(1, [1; 10]);
    for role in [Role::Owner, Role::Manager, Role::Support, Role::Cashier] {
        let person = house.staff(role).await;
        let door = person.at_till(None).unwrap();
        assert!(house.engine.retailer_count(&door).await.is_ok(), "{role}");
        assert!(matches!(house.engine.customer_count(&door).await, Err(Error::Forbidden(_))), "{role}");
        let till = person.at_till(Some(store)).unwrap();
        assert_eq!((till.retailer(), till.actor_name()), (Some(store), person.actor_name()));
        assert!(house.engine.customer_count(&till).await.is_ok(), "{role}");
        let team = house.engine.staff_list(&till, &StaffFilter::default(), &first()).await;
        assert!(matches!(team, Err(Error::Forbidden(_))), "{role}");
    }
    let analyst = house.staff(Role::Analyst).await;
    for nobody in [&analyst, &house.cx] {
        assert!(matches!(nobody.at_till(Some(store)), Err(Error::Forbidden(_))));
    }
}

#[tokio::test]
async fn a_role_is_asked_for_with_every_request() {
    let house = House::new().await;
    let ana = house.engine.staff_add(&house.cx, analyst()).await.unwrap();
    let role = async || match house.engine.staff_cx(ana.id, house.merchant).await {
        Ok(cx) => match cx.actor() {
            Actor::Staff { role, .. } => Some(*role),
            other => panic!("{other:?}"),
        },
        Err(Error::Unauthenticated) => None,
        Err(error) => panic!("{error:?}"),
    };
    assert_eq!(role().await, Some(Role::Analyst));
    house.engine.staff_role_change(&house.cx, ana.id, Role::Manager).await.unwrap();
    assert_eq!(role().await, Some(Role::Manager));
    house.engine.staff_remove(&house.cx, ana.id).await.unwrap();
    assert_eq!(role().await, None);
    assert!(house.engine.staff_login(ana.id).await.unwrap().memberships.is_empty(), "the account stays");
    let neighbour = house.neighbour().await;
    let elsewhere = house.engine.staff_cx(house.created.owner_id, neighbour.merchant_id).await;
    assert!(matches!(elsewhere, Err(Error::Unauthenticated)));
}

#[tokio::test]
async fn a_disabled_account_is_nobody() {
    let house = House::new().await;
    let ana = house.engine.staff_add(&house.cx, analyst()).await.unwrap();
    sqlx::query("UPDATE staff SET disabled_at = now() WHERE id = $1")
        .bind(ana.id.uuid())
        .execute(&house.db.pool)
        .await
        .unwrap();
    let sign_in = house.engine.staff_sign_in("ana@corner.example", PASSWORD, None).await;
    assert!(matches!(sign_in, Err(Error::Unauthenticated)));
    assert!(matches!(house.engine.staff_cx(ana.id, house.merchant).await, Err(Error::Unauthenticated)));
    assert!(matches!(house.engine.staff_login(ana.id).await, Err(Error::Unauthenticated)));
}

#[tokio::test]
async fn the_last_owner_stays() {
    let house = House::new().await;
    let owner = house.created.owner_id;
    assert_eq!(code(house.engine.staff_remove(&house.cx, owner).await), "last_owner");
    assert_eq!(code(house.engine.staff_role_change(&house.cx, owner, Role::Manager).await), "last_owner");
    house.engine.staff_role_change(&house.cx, owner, Role::Owner).await.unwrap();
    let second =
        house.engine.staff_add(&house.cx, NewStaff { role: Role::Owner, ..analyst() }).await.unwrap();
    let (one, other) = tokio::join!(
        house.engine.staff_remove(&house.cx, owner),
        house.engine.staff_remove(&house.cx, second.id)
    );
    assert_eq!(
        u8::from(one.is_ok()) + u8::from(other.is_ok()),
        1,
        "two who remove each other cannot both succeed"
    );
    assert_eq!(
        house.engine.staff_list(&house.cx, &StaffFilter::default(), &first()).await.unwrap().data.len(),
        1
    );
}

#[tokio::test]
async fn nobody_changes_what_they_are_themselves() {
    let house = House::new().await;
    let owner = house.created.owner_id;
    // With a second owner it is not about the last one.
    house.engine.staff_add(&house.cx, NewStaff { role: Role::Owner, ..analyst() }).await.unwrap();
    let cx = house.engine.staff_cx(owner, house.merchant).await.unwrap();
    assert_eq!(code(house.engine.staff_remove(&cx, owner).await), "own_account");
    assert_eq!(code(house.engine.staff_role_change(&cx, owner, Role::Manager).await), "own_account");
    assert_eq!(code(house.engine.staff_password_reset(&cx, owner).await), "own_account");
    house.engine.staff_sign_in(OWNER, PASSWORD, None).await.unwrap();
}

#[tokio::test]
async fn a_newcomer_signs_in_with_the_first_password() {
    let house = House::new().await;
    let newcomer = Newcomer { email: "ben@corner.example".parse().unwrap(), name: None, role: Role::Support };
    let (appointed, first) = house.engine.staff_appoint(&house.cx, newcomer.clone()).await.unwrap();
    assert_eq!((appointed.member.name.as_str(), appointed.member.role), ("ben", Role::Support));
    assert!(!appointed.keeps_password);
    let login = house.engine.staff_sign_in("ben@corner.example", first.expose(), None).await.unwrap();
    assert_eq!(login.id, appointed.member.id);
    assert!(!format!("{first:?}").contains(first.expose()), "it stays out of logs");
    assert_eq!(code(house.engine.staff_appoint(&house.cx, newcomer).await), "already_staff");
}

#[tokio::test]
async fn a_password_known_elsewhere_is_kept_and_one_known_nowhere_is_not() {
    let house = House::new().await;
    let neighbour = house.neighbour().await;
    let there = house.engine.staff_cx(neighbour.owner_id, neighbour.merchant_id).await.unwrap();
    let ana = house.engine.staff_add(&house.cx, analyst()).await.unwrap();
    let newcomer = Newcomer { email: "ana@corner.example".parse().unwrap(), name: None, role: Role::Owner };
    // The operator's word is enough.
    let operator = Cx::system(neighbour.merchant_id);
    let (appointed, first) = house.engine.staff_appoint(&operator, newcomer.clone()).await.unwrap();
    assert_eq!((appointed.member.id, appointed.keeps_password), (ana.id, true));
    assert_eq!(appointed.member.invited_until, None);
    house.engine.staff_sign_in("ana@corner.example", PASSWORD, None).await.unwrap();
    assert!(house.engine.staff_sign_in("ana@corner.example", first.expose(), None).await.is_err());

    // Whoever may give her a password may be her everywhere.
    assert_eq!(code(house.engine.staff_password_reset(&there, ana.id).await), "works_elsewhere");
    let first = house.engine.staff_password_reset(&house.cx, ana.id).await.unwrap();
    house.engine.staff_sign_in("ana@corner.example", first.expose(), None).await.unwrap();

    house.engine.staff_remove(&house.cx, ana.id).await.unwrap();
    house.engine.staff_remove(&there, ana.id).await.unwrap();
    let (appointed, second) = house.engine.staff_appoint(&there, newcomer).await.unwrap();
    assert_eq!((appointed.member.id, appointed.keeps_password), (ana.id, false));
    house.engine.staff_sign_in("ana@corner.example", second.expose(), None).await.unwrap();
    assert!(house.engine.staff_sign_in("ana@corner.example", first.expose(), None).await.is_err());
}

/// Begins a session as the pages do.
async fn session(engine: &Engine, hash: SessionHash, staff: StaffId, merchant: MerchantId) {
    let data = json!({"who": {"staff": staff, "merchant": merchant}});
    let stored = StoredSession { data, expires_at: Utc::now() + TimeDelta::hours(12) };
    engine.session_save(&hash, stored).await.unwrap();
}

#[tokio::test]
async fn sessions_end_with_the_password_and_with_the_role() {
    let house = House::new().await;
    let engine = &house.engine;
    let neighbour = house.neighbour().await;
    let owner = house.created.owner_id;
    let ana = engine.staff_add(&house.cx, analyst()).await.unwrap().id;
    let (here, there) = (house.merchant, neighbour.merchant_id);
    let begin = async || {
        session(engine, [1; 32], ana, here).await;
        session(engine, [2; 32], ana, there).await;
        session(engine, [3; 32], owner, here).await;
    };
    let left = async || {
        let mut left = Vec::new();
        for number in 1..=3 {
            if engine.session_load(&[number; 32]).await.unwrap().is_some() {
                left.push(number);
            }
        }
        left
    };
    begin().await;
    let first = engine.staff_password_reset(&house.cx, ana).await.unwrap();
    assert_eq!(left().await, [3]);
    begin().await;
    engine.staff_password_change(ana, first.expose().to_owned(), PASSWORD.to_owned()).await.unwrap();
    assert_eq!(left().await, [3]);
    begin().await;
    engine.staff_password_change(ana, "wrong".to_owned(), PASSWORD.to_owned()).await.unwrap_err();
    engine.staff_remove(&house.cx, ana).await.unwrap();
    assert_eq!(left().await, [2, 3], "those at another merchant are that merchant's");
}

#[tokio::test]
async fn guessing_a_password_is_throttled_per_email_and_waiting_helps() {
    let house = House::fixed("2026-11-21T10:00:00Z").await;
    for _ in 0..10 {
        house.engine.staff_sign_in(OWNER, "wrong password", None).await.unwrap_err();
    }
    let Err(Error::Throttled { retry_after }) = house.engine.staff_sign_in(OWNER, PASSWORD, None).await
    else {
        panic!("the eleventh attempt at once is refused, right or wrong");
    };
    house.engine.clock().advance(TimeDelta::from_std(retry_after).unwrap());
    house.engine.staff_sign_in(OWNER, PASSWORD, None).await.unwrap();
    for _ in 0..9 {
        house.engine.staff_sign_in(OWNER, "wrong password", None).await.unwrap_err();
    }
    house.engine.staff_sign_in(OWNER, PASSWORD, None).await.expect("signing in forgave the attempts before");
}

#[tokio::test]
async fn who_guesses_a_password_does_not_keep_its_owner_out() {
    let house = House::fixed("2026-11-21T10:00:00Z").await;
    let address = |last: u8| Some(IpAddr::V4(Ipv4Addr::new(203, 0, 113, last)));
    let (guesser, owner) = (address(1), address(2));
    let throttled = async |from: Option<IpAddr>| {
        let guessed = house.engine.staff_sign_in(OWNER, "wrong password", from).await;
        matches!(guessed.unwrap_err(), Error::Throttled { .. })
    };
    while !throttled(guesser).await {}
    let refused = house.engine.staff_sign_in(OWNER, PASSWORD, guesser).await;
    assert!(matches!(refused, Err(Error::Throttled { .. })), "not even by the right one: {refused:?}");
    house.engine.staff_sign_in(OWNER, PASSWORD, owner).await.expect("from elsewhere");
    // That says nothing of whoever has guessed.
    assert!(throttled(guesser).await);
    // From all addresses together there is an end, too.
    let mut guesses = 0;
    for last in 10..=u8::MAX {
        while !throttled(address(last)).await {
            guesses += 1;
        }
        if guesses >= 60 {
            break;
        }
    }
    assert_eq!(guesses, 60);
    assert!(throttled(address(9)).await, "an address that has not asked before");
}

#[tokio::test]
async fn guessing_from_one_address_is_throttled_whoever_it_is_for() {
    let house = House::fixed("2026-11-21T10:00:00Z").await;
    let address = Some(IpAddr::V4(Ipv4Addr::new(203, 0, 113, 7)));
    let mut attempts = 0;
    // What is no e-mail costs no hash, and counts all the same.
    while !matches!(house.engine.staff_sign_in("nobody", "x", address).await, Err(Error::Throttled { .. })) {
        attempts += 1;
        assert!(attempts <= 60, "sixty attempts at most");
    }
    assert_eq!(attempts, 60);
    let elsewhere = Some(IpAddr::V4(Ipv4Addr::new(203, 0, 113, 8)));
    house.engine.staff_sign_in(OWNER, PASSWORD, elsewhere).await.unwrap();
}

#[tokio::test]
async fn a_password_is_changed_by_whoever_knows_it() {
    let house = House::new().await;
    let owner = house.created.owner_id;
    let change = async |current: &str, new: &str| {
        house.engine.staff_password_change(owner, current.to_owned(), new.to_owned()).await
    };
    assert_eq!(code(change("wrong password", "a fresh password").await), "/current password_wrong");
    assert_eq!(code(change(PASSWORD, "12345678").await), "/password password_common");
    change(PASSWORD, "a fresh password").await.unwrap();
    house.engine.staff_sign_in(OWNER, "a fresh password", None).await.unwrap();
    assert!(house.engine.staff_sign_in(OWNER, PASSWORD, None).await.is_err());
}

/// A role that is just being changed is not waited for.
#[tokio::test]
async fn a_sign_in_waits_for_nobody() {
    let house = House::new().await;
    let ana = house.engine.staff_add(&house.cx, analyst()).await.unwrap();
    let last = async || house.engine.staff_get(&house.cx, ana.id).await.unwrap().last_sign_in_at;
    let mut other = house.db.pool.begin().await.unwrap();
    sqlx::query("UPDATE staff_memberships SET role = 'manager' WHERE staff_id = $1")
        .bind(ana.id.uuid())
        .execute(&mut *other)
        .await
        .unwrap();
    house.engine.staff_entered(ana.id, house.merchant).await;
    assert_eq!(last().await, None);
    other.commit().await.unwrap();
    house.engine.staff_entered(ana.id, house.merchant).await;
    assert!(last().await.is_some());
    house.engine.staff_entered(ana.id, MerchantId::new(0, [0; 10])).await;
}
