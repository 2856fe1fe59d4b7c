//! Joining a second merchant's team: by a letter, and not by knowing a password.

use chrono::{TimeDelta, Utc};
use perennial_domain::access::Role;
use perennial_domain::ids::{MerchantId, StaffId};
use perennial_engine::sessions::StoredSession;
use perennial_engine::staff::{NewStaff, Newcomer, StaffFilter, StaffMember};
use perennial_engine::{Actor, Cx, Error};
use serde_json::json;

use crate::support::{House, PASSWORD, code, first};

const ANA: &str = "ana@staff.example";
const OWN: &str = "nine grey herons";

/// Ana works for the neighbour, whose owner knows her password. Gives the owner of the house, the neighbour, and her.
async fn known_to_the_neighbour(house: &House) -> (Cx, Cx, StaffId) {
    let neighbour = house.neighbour().await;
    let there = house.engine.staff_cx(neighbour.owner_id, neighbour.merchant_id).await.unwrap();
    let here = house.engine.staff_cx(house.created.owner_id, house.merchant).await.unwrap();
    let ana = NewStaff {
        email: ANA.parse().unwrap(),
        name: Some("Ana Silva".parse().unwrap()),
        role: Role::Analyst,
        password: PASSWORD.to_owned(),
    };
    let ana = house.engine.staff_add(&there, ana).await.unwrap().id;
    (here, there, ana)
}

fn ana(role: Role) -> Newcomer {
    Newcomer { email: ANA.parse().unwrap(), name: Some("Somebody".parse().unwrap()), role }
}

/// Merchant and secret in the newest letter to Ana.
async fn link(house: &House) -> (MerchantId, String) {
    let letters = house.engine.mailbox_list(Some(ANA), &first()).await.unwrap().data;
    let (_, rest) = letters[0].body.split_once("/dashboard/join/").expect("a link");
    let (merchant, secret) = rest.lines().next().unwrap().split_once('/').unwrap();
    (merchant.parse().unwrap(), secret.to_owned())
}

async fn is_member(house: &House, ana: StaffId) -> bool {
    house.engine.staff_cx(ana, house.merchant).await.is_ok()
}

async fn listed(house: &House, cx: &Cx) -> Option<StaffMember> {
    let team = house.engine.staff_list(cx, &StaffFilter::default(), &first()).await.unwrap().data;
    team.into_iter().find(|member| member.email == ANA)
}

fn is_nothing<T>(outcome: Result<T, Error>) -> bool {
    matches!(outcome, Err(Error::NotFound(_)))
}

#[tokio::test]
async fn whoever_only_knows_the_password_gets_nothing() {
    let house = House::new().await;
    let engine = &house.engine;
    let (here, there, id) = known_to_the_neighbour(&house).await;
    let (appointed, first) = engine.staff_appoint(&here, ana(Role::Manager)).await.unwrap();
    assert!(appointed.keeps_password && appointed.member.invited_until.is_some());
    assert!(engine.staff_sign_in(ANA, first.expose(), None).await.is_err());

    let login = engine.staff_sign_in(ANA, PASSWORD, None).await.unwrap();
    assert_eq!(login.memberships.len(), 1, "only where she was before");
    assert!(!is_member(&house, id).await);
    let waiting = listed(&house, &here).await.unwrap();
    assert_eq!(
        (waiting.role, waiting.name.as_str()),
        (Role::Manager, "ana"),
        "her name is not theirs to know"
    );
    assert!(is_nothing(engine.staff_get(&here, id).await));
    assert!(is_nothing(engine.staff_role_change(&here, id, Role::Owner).await));
    assert!(is_nothing(engine.staff_password_reset(&here, id).await));
    assert_eq!(listed(&house, &there).await.unwrap().invited_until, None);

    let new =
        NewStaff { email: ANA.parse().unwrap(), name: None, role: Role::Owner, password: OWN.to_owned() };
    assert_eq!(code(engine.staff_add(&here, new).await), "works_elsewhere");
    assert!(!is_member(&house, id).await);
}

#[tokio::test]
async fn the_letter_lets_in_who_it_was_written_to_once_and_with_a_password_of_their_own() {
    let house = House::new().await;
    let engine = &house.engine;
    let (here, there, id) = known_to_the_neighbour(&house).await;
    engine.staff_appoint(&here, ana(Role::Manager)).await.unwrap();
    let (merchant, secret) = link(&house).await;
    assert_eq!(merchant, house.merchant);

    let seen = engine.staff_invitation_look(id, merchant, &secret).await.unwrap();
    assert_eq!((seen.merchant.as_str(), seen.role, seen.email.as_str()), ("corner", Role::Manager, ANA));
    assert!(!is_member(&house, id).await, "looking changes nothing");
    for (who, at, with) in [
        (house.created.owner_id, merchant, secret.as_str()),
        (id, there.merchant(), secret.as_str()),
        (id, merchant, "a guess"),
        (id, merchant, ""),
    ] {
        assert!(is_nothing(engine.staff_invitation_look(who, at, with).await), "{with}");
        assert!(is_nothing(engine.staff_invitation_accept(who, at, with, OWN.to_owned()).await), "{with}");
    }
    let accept = async |password: &str| {
        engine.staff_invitation_accept(id, merchant, &secret, password.to_owned()).await
    };
    assert_eq!(code(accept(PASSWORD).await), "/password password_known");
    assert_eq!(code(accept("12345678").await), "/password password_common");
    assert!(!is_member(&house, id).await);

    let data = json!({"who": {"staff": id, "merchant": there.merchant()}});
    let stored = StoredSession { data, expires_at: Utc::now() + TimeDelta::hours(12) };
    engine.session_save(&[7; 32], stored).await.unwrap();
    assert_eq!(accept(OWN).await.unwrap(), Role::Manager);
    let cx = engine.staff_cx(id, house.merchant).await.unwrap();
    assert!(matches!(cx.actor(), Actor::Staff { role: Role::Manager, .. }));
    assert_eq!(
        engine.session_load(&[7; 32]).await.unwrap(),
        None,
        "nobody stays signed in by the old password"
    );
    assert!(engine.staff_sign_in(ANA, PASSWORD, None).await.is_err());
    engine.staff_sign_in(ANA, OWN, None).await.unwrap();
    assert_eq!(code(engine.staff_password_reset(&there, id).await), "works_elsewhere");
    assert_eq!(listed(&house, &here).await.unwrap().invited_until, None);

    assert!(is_nothing(accept("eleven more foxes").await), "the link works once");
    engine.staff_sign_in(ANA, OWN, None).await.expect("and what is refused changes no password");
    assert_eq!(code(engine.staff_appoint(&here, ana(Role::Owner)).await), "already_staff");
}

#[tokio::test]
async fn only_the_newest_letter_works_and_only_for_a_week() {
    let house = House::fixed("2026-11-21T10:00:00Z").await;
    let engine = &house.engine;
    let later = |by: TimeDelta| house.engine.clock().advance(by);
    let (here, there, id) = known_to_the_neighbour(&house).await;
    engine.staff_appoint(&here, ana(Role::Manager)).await.unwrap();
    let (merchant, old) = link(&house).await;
    later(TimeDelta::days(7));
    assert!(is_nothing(engine.staff_invitation_look(id, merchant, &old).await), "a week is over");
    assert!(listed(&house, &here).await.is_some(), "and can be sent again");

    engine.staff_invitation_send(&here, id).await.unwrap();
    let (_, sent_again) = link(&house).await;
    assert!(is_nothing(engine.staff_invitation_look(id, merchant, &old).await));
    engine.staff_invitation_look(id, merchant, &sent_again).await.unwrap();

    later(TimeDelta::seconds(1));
    engine.staff_appoint(&here, ana(Role::Support)).await.unwrap();
    let (_, newest) = link(&house).await;
    assert!(is_nothing(engine.staff_invitation_accept(id, merchant, &sent_again, OWN.to_owned()).await));
    assert_eq!(engine.staff_invitation_look(id, merchant, &newest).await.unwrap().role, Role::Support);

    assert!(
        is_nothing(engine.staff_invitation_send(&there, id).await),
        "another's invitations are another's"
    );
    assert!(is_nothing(engine.staff_invitation_withdraw(&there, id).await));
    engine.staff_invitation_withdraw(&here, id).await.unwrap();
    assert!(is_nothing(engine.staff_invitation_accept(id, merchant, &newest, OWN.to_owned()).await));
    assert!(is_nothing(engine.staff_invitation_withdraw(&here, id).await));
    assert!(is_nothing(engine.staff_invitation_send(&here, id).await));
    assert!(!is_member(&house, id).await);
    engine.staff_sign_in(ANA, PASSWORD, None).await.expect("nothing has changed for her");
}

#[tokio::test]
async fn nobodys_mailbox_is_filled_with_invitations() {
    let house = House::fixed("2026-11-21T10:00:00Z").await;
    let (here, _, id) = known_to_the_neighbour(&house).await;
    house.engine.staff_appoint(&here, ana(Role::Manager)).await.unwrap();
    for _ in 0..4 {
        house.engine.staff_invitation_send(&here, id).await.unwrap();
    }
    for _ in 0..2 {
        let refused = house.engine.staff_invitation_send(&here, id).await;
        assert!(matches!(refused, Err(Error::Throttled { .. })));
    }
    let letters = house.engine.mailbox_list(Some(ANA), &first()).await.unwrap().data;
    assert_eq!(letters.len(), 5);
}

#[tokio::test]
async fn an_invitation_ends_when_the_role_is_given_otherwise() {
    let house = House::new().await;
    let engine = &house.engine;
    let (here, there, id) = known_to_the_neighbour(&house).await;
    engine.staff_appoint(&here, ana(Role::Manager)).await.unwrap();
    let (merchant, secret) = link(&house).await;
    let (appointed, _) = engine.staff_appoint(&house.cx, ana(Role::Analyst)).await.unwrap();
    assert_eq!((appointed.member.role, appointed.member.invited_until), (Role::Analyst, None));
    assert!(is_nothing(engine.staff_invitation_accept(id, merchant, &secret, OWN.to_owned()).await));

    // Who works nowhere any more is new, with a first password; what was sent before is void.
    engine.staff_remove(&here, id).await.unwrap();
    engine.staff_appoint(&here, ana(Role::Manager)).await.unwrap();
    let (_, secret) = link(&house).await;
    engine.staff_remove(&there, id).await.unwrap();
    let (appointed, given) = engine.staff_appoint(&here, ana(Role::Support)).await.unwrap();
    assert!(!appointed.keeps_password);
    engine.staff_sign_in(ANA, given.expose(), None).await.unwrap();
    assert!(is_nothing(engine.staff_invitation_accept(id, merchant, &secret, OWN.to_owned()).await));
}

#[tokio::test]
async fn of_two_who_add_the_same_person_at_once_one_invites() {
    let house = House::new().await;
    let engine = &house.engine;
    let neighbour = house.neighbour().await;
    let there = engine.staff_cx(neighbour.owner_id, neighbour.merchant_id).await.unwrap();
    let here = engine.staff_cx(house.created.owner_id, house.merchant).await.unwrap();
    let (one, other) = tokio::join!(
        engine.staff_appoint(&here, ana(Role::Manager)),
        engine.staff_appoint(&there, ana(Role::Manager))
    );
    let both = [one.unwrap(), other.unwrap()];
    let given: Vec<_> = both.iter().filter(|(appointed, _)| !appointed.keeps_password).collect();
    let [(_, password)] = given.as_slice() else { panic!("one of them has made the password: {both:?}") };
    let login = engine.staff_sign_in(ANA, password.expose(), None).await.unwrap();
    assert_eq!(login.memberships.len(), 1, "the other has to wait for her");
}
