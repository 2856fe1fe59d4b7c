//! Somebody who works elsewhere joins a team by the link in a letter.

use crate::support::desk::{PASSWORD, colleague, opened, signed_in};
use crate::support::form::{form, hidden, once};
use crate::support::{Browser, House, Page};
use http::StatusCode;
use perennial_domain::access::Role;
use perennial_engine::{Cx, PageRequest};

const TEAM: &str = "/dashboard/team";
const RITA: &str = "manager@staff.example";
const OWN: &str = "nine grey herons";

/// Rita works for sola, whose owner knows her password. Gives the owner of hops, and hops.
async fn known_to_sola() -> (House, Cx, Browser) {
    let (house, sola, _) = opened("sola").await;
    colleague(&house, &sola, Role::Manager).await;
    let hops = house.merchant("hops").await;
    let owner = signed_in(&house, "owner@hops.example").await;
    (house, hops, owner)
}

async fn invite(owner: &mut Browser, role: &str) -> Page {
    let token = once(&owner.get(TEAM).await);
    owner.post(TEAM, &form(&[("do", "add"), ("once", &token), ("email", RITA), ("role", role)])).await
}

/// The path of the link in the newest letter to Rita.
async fn link(house: &House) -> String {
    let letters = house.engine.mailbox_list(Some(RITA), &PageRequest::default()).await.unwrap().data;
    let at = letters[0].body.find("/dashboard/join/").expect("a link");
    letters[0].body[at..].lines().next().unwrap().to_owned()
}

async fn accept(browser: &mut Browser, link: &str, password: &str) -> Page {
    browser.post(link, &form(&[("password", password), ("repeat", password)])).await
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_who_works_elsewhere_joins_by_the_letter() {
    let (house, hops, mut owner) = known_to_sola().await;
    let added = invite(&mut owner, "support").await;
    assert_eq!(added.status, StatusCode::OK);
    assert!(added.text.contains("manager@staff.example is invited.") && !added.text.contains("<pre"));
    assert!(added.text.contains("Invited, until") && added.text.contains("Send again"));
    let file = owner.get(&format!("{TEAM}.csv?q=manager")).await;
    let line = file.text.lines().nth(1).unwrap();
    assert!(line.contains("support,,,") && !line.contains("Rita"), "not since when, nor her name: {line}");
    let link = link(&house).await;

    // The owner of sola knows the password, and has no letter.
    let mut thief = signed_in(&house, RITA).await;
    let entered = form(&[("merchant", &hops.merchant().to_string())]);
    assert_ne!(thief.post("/dashboard/sign-in/merchant", &entered).await.status, StatusCode::SEE_OTHER);
    let guess = format!("/dashboard/join/{}/{}", hops.merchant(), "a".repeat(43));
    assert_eq!(thief.get(&guess).await.status, StatusCode::NOT_FOUND);
    assert_eq!(accept(&mut thief, &guess, OWN).await.status, StatusCode::NOT_FOUND);

    let mut rita = house.browser();
    let door = rita.get(&link).await;
    let door = door.location().to_owned();
    assert_eq!(door, format!("/dashboard/sign-in?{}", form(&[("next", &link)])));
    let credentials = form(&[("email", RITA), ("password", PASSWORD)]);
    assert_eq!(rita.post(&door, &credentials).await.location(), link);
    let page = rita.get(&link).await;
    assert_eq!(page.status, StatusCode::OK);
    for part in ["Join Shop hops", "as support", RITA, "New password, again"] {
        assert!(page.text.contains(part), "{part}: {}", page.text);
    }
    let team = owner.get(TEAM).await;
    assert!(team.text.contains("Invited, until"), "looking changes nothing");

    for (password, repeat, told) in [
        (PASSWORD, PASSWORD, "somebody else may know that one"),
        ("12345678", "12345678", "among the first that anybody tries"),
        (OWN, "nine grey heroes", "The two are not the same"),
    ] {
        let refused = rita.post(&link, &form(&[("password", password), ("repeat", repeat)])).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{told}");
        assert!(refused.text.contains(told) && !refused.text.contains(password), "{}", refused.text);
    }
    assert_eq!(accept(&mut rita, &link, OWN).await.location(), "/dashboard");
    assert!(rita.get("/dashboard").await.text.contains("Shop hops"));
    assert_eq!(
        thief.get("/dashboard").await.status,
        StatusCode::SEE_OTHER,
        "the old password's sessions are over"
    );
    let tried = house.browser().post("/dashboard/sign-in", &credentials).await;
    assert_eq!(tried.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!owner.get(TEAM).await.text.contains("Invited, until"));
    assert_eq!(rita.get(&link).await.status, StatusCode::NOT_FOUND, "it works once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_is_for_one_account_and_for_the_newest_letter() {
    let (house, _, mut owner) = known_to_sola().await;
    invite(&mut owner, "manager").await;
    let first = link(&house).await;
    assert_eq!(owner.get(&first).await.status, StatusCode::NOT_FOUND, "whoever invites is not invited");
    assert_eq!(accept(&mut owner, &first, OWN).await.status, StatusCode::NOT_FOUND);

    let team = owner.get(&format!("{TEAM}?q=manager")).await;
    let id = hidden(&team, "id").to_owned();
    let does =
        async |owner: &mut Browser, what: &str| owner.post(TEAM, &form(&[("do", what), ("id", &id)])).await;
    assert_eq!(does(&mut owner, "send").await.location(), "/dashboard/team?done=invitation-sent");
    let second = link(&house).await;
    let mut rita = signed_in(&house, RITA).await;
    assert_eq!(rita.get(&first).await.status, StatusCode::NOT_FOUND);
    assert_eq!(rita.get(&second).await.status, StatusCode::OK);

    assert_eq!(does(&mut owner, "withdraw").await.location(), "/dashboard/team?done=invitation-withdrawn");
    assert_eq!(accept(&mut rita, &second, OWN).await.status, StatusCode::NOT_FOUND);
    assert_eq!(rita.get("/dashboard").await.status, StatusCode::OK, "nothing has changed for her");
    assert!(!owner.get(TEAM).await.text.contains(RITA));
    assert_eq!(does(&mut owner, "send").await.status, StatusCode::NOT_FOUND);
}

/// The team that she left knows the password still, and the letter is worth as much as before.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_lost_the_one_role_still_joins() {
    let (house, _, mut owner) = known_to_sola().await;
    invite(&mut owner, "cashier").await;
    let link = link(&house).await;
    let mut sola = signed_in(&house, "owner@sola.example").await;
    let team = sola.get(&format!("{TEAM}?q=manager")).await;
    let id = hidden(&team, "id").to_owned();
    let removed = sola.post(TEAM, &form(&[("do", "remove"), ("id", &id)])).await;
    assert_eq!(removed.location(), "/dashboard/team?done=person-removed");

    let mut rita = house.browser();
    let credentials = form(&[("email", RITA), ("password", PASSWORD)]);
    let refused = rita.post("/dashboard/sign-in", &credentials).await;
    assert!(refused.text.contains("You belong to no merchant any more"));
    let door = format!("/dashboard/sign-in?{}", form(&[("next", &link)]));
    assert_eq!(rita.post(&door, &credentials).await.location(), link);
    assert_eq!(rita.get("/dashboard").await.status, StatusCode::SEE_OTHER, "no merchant's door is open yet");
    assert_eq!(accept(&mut rita, &link, OWN).await.location(), "/till");
}
