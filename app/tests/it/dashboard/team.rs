//! The team and one's own account: first passwords, roles, and whose sessions end.

use crate::support::desk::{PASSWORD, colleague, opened, signed_in};
use crate::support::form::{between, form, once};
use crate::support::{Browser, House, Page};
use http::StatusCode;
use perennial_domain::access::Role;
use perennial_domain::codes::Email;
use perennial_engine::staff::{NewStaff, StaffFilter};
use perennial_engine::{Cx, PageRequest};

const TEAM: &str = "/dashboard/team";
const ACCOUNT: &str = "/dashboard/account";

/// The password that an answer shows.
fn shown(page: &Page) -> String {
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    assert_eq!(page.header("cache-control"), "no-store");
    between(page, "<pre tabindex=\"0\">", "<").to_owned()
}

async fn enters(house: &House, email: &str, password: &str) -> bool {
    let mut browser = house.browser();
    let answer = browser.post("/dashboard/sign-in", &form(&[("email", email), ("password", password)])).await;
    answer.status == StatusCode::SEE_OTHER
}

/// The id of somebody on the team.
async fn id_of(house: &House, cx: &Cx, email: &str) -> String {
    let team = house.engine.staff_list(cx, &StaffFilter::default(), &PageRequest::default()).await.unwrap();
    team.data.into_iter().find(|member| member.email == email).expect("on the team").id.to_string()
}

async fn does(browser: &mut Browser, what: &str, id: &str) -> Page {
    let token = once(&browser.get(TEAM).await);
    browser.post(TEAM, &form(&[("do", what), ("id", id), ("once", &token), ("role", "support")])).await
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_is_added_signs_in_and_changes_the_password() {
    let (house, _, mut owner) = opened("sola").await;
    let token = once(&owner.get(TEAM).await);
    let fields = form(&[
        ("do", "add"),
        ("once", &token),
        ("email", "Rita@staff.example"),
        ("name", "Rita Lund"),
        ("role", "manager"),
    ]);
    let added = owner.post(TEAM, &fields).await;
    let first = shown(&added);
    assert!(added.text.contains("Rita Lund") && added.text.contains("Manager"));
    let later = owner.get(TEAM).await;
    assert!(later.text.contains("rita@staff.example") && !later.text.contains(&first));
    let again = owner.post(TEAM, &fields).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(again.text.contains("This form was sent before") && !again.text.contains(&first));

    let credentials = form(&[("email", "rita@staff.example"), ("password", &first)]);
    let (mut rita, mut elsewhere) = (house.browser(), house.browser());
    for browser in [&mut rita, &mut elsewhere] {
        assert_eq!(browser.post("/dashboard/sign-in", &credentials).await.location(), "/dashboard");
    }
    let account = rita.get(ACCOUNT).await;
    assert!(account.text.contains("rita@staff.example") && account.text.contains("Role at Shop sola"));

    let change = async |browser: &mut Browser, current: &str, new: &str, repeat: &str| {
        let fields = form(&[("current", current), ("password", new), ("repeat", repeat)]);
        browser.post(ACCOUNT, &fields).await
    };
    for (current, new, repeat, told) in [
        ("not the first one", "seven brown foxes", "seven brown foxes", "This is not your password"),
        (first.as_str(), "12345678", "12345678", "among the first that anybody tries"),
        (first.as_str(), "seven brown foxes", "seven brown boxes", "The two are not the same"),
    ] {
        let refused = change(&mut rita, current, new, repeat).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{told}");
        assert!(refused.text.contains(told), "{told}: {}", refused.text);
        for password in [current, new, repeat] {
            assert!(!refused.text.contains(password), "a password never comes back");
        }
    }
    let changed = change(&mut rita, &first, "seven brown foxes", "seven brown foxes").await;
    assert_eq!(changed.location(), "/dashboard/account?done=password-changed");
    assert_eq!(rita.get(ACCOUNT).await.status, StatusCode::OK, "who changed it stays signed in");
    assert_eq!(elsewhere.get(ACCOUNT).await.status, StatusCode::SEE_OTHER, "everywhere else it is over");
    assert!(enters(&house, "rita@staff.example", "seven brown foxes").await);
    assert!(!enters(&house, "rita@staff.example", &first).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_guesses_the_present_password_is_slowed_down() {
    let (_house, _, mut owner) = opened("sola").await;
    let guess =
        form(&[("current", "a guess of mine"), ("password", "seven foxes"), ("repeat", "seven foxes")]);
    let mut slowed = false;
    // A guess takes a moment, during which another may be granted.
    for _ in 0..100 {
        let refused = owner.post(ACCOUNT, &guess).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        slowed = refused.text.contains("a little too often");
        if slowed {
            break;
        }
    }
    assert!(slowed);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_counts_at_once_and_whoever_is_removed_is_out() {
    let (house, cx, mut owner) = opened("sola").await;
    let mut rita = colleague(&house, &cx, Role::Manager).await;
    let id = id_of(&house, &cx, "manager@staff.example").await;
    assert_eq!(rita.get("/dashboard/keys").await.status, StatusCode::OK);
    let changed = does(&mut owner, "role", &id).await;
    assert_eq!(changed.location(), "/dashboard/team?done=role-changed");
    assert_eq!(rita.get("/dashboard/keys").await.status, StatusCode::FORBIDDEN, "support sees no keys");

    let reset = does(&mut owner, "password", &id).await;
    let second = shown(&reset);
    assert!(reset.text.contains("Give this password to manager@staff.example now."));
    assert_eq!(rita.get("/dashboard").await.status, StatusCode::SEE_OTHER, "a new password ends sessions");
    assert!(!enters(&house, "manager@staff.example", PASSWORD).await);

    let credentials = form(&[("email", "manager@staff.example"), ("password", &second)]);
    assert_eq!(rita.post("/dashboard/sign-in", &credentials).await.location(), "/dashboard");
    let removed = does(&mut owner, "remove", &id).await;
    assert_eq!(removed.location(), "/dashboard/team?done=person-removed");
    assert_eq!(rita.get("/dashboard").await.status, StatusCode::SEE_OTHER);
    assert!(!owner.get(TEAM).await.text.contains("manager@staff.example"));
    assert_eq!(does(&mut owner, "remove", &id).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_removes_themselves_and_only_an_owner_changes_the_team() {
    let (house, cx, mut owner) = opened("sola").await;
    let own = id_of(&house, &cx, "owner@sola.example").await;
    assert!(!owner.get(TEAM).await.text.contains("Remove from the team"), "not of oneself");
    for what in ["remove", "role", "password"] {
        let refused = does(&mut owner, what, &own).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{what}");
        assert!(refused.text.contains("That did not work."), "{what}");
    }
    for role in [Role::Manager, Role::Analyst, Role::Support] {
        let mut browser = colleague(&house, &cx, role).await;
        let sees = if role == Role::Manager { StatusCode::OK } else { StatusCode::FORBIDDEN };
        let page = browser.get(TEAM).await;
        assert_eq!(page.status, sees, "{role}");
        for button in ["Add to the team", "Remove from the team", "Make a new password"] {
            assert!(!page.text.contains(button), "{role}: {button}");
        }
        for what in ["add", "role", "password", "remove", "send", "withdraw"] {
            let answer = browser.post(TEAM, &form(&[("do", what), ("id", &own), ("role", "owner")])).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{role} {what}");
        }
        assert_eq!(browser.get(ACCOUNT).await.status, StatusCode::OK, "{role} has a password, too");
    }
    assert!(owner.get(TEAM).await.text.contains("Remove from the team"));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_merchants_people_are_out_of_reach() {
    let (house, cx, _) = opened("sola").await;
    let mut rita = colleague(&house, &cx, Role::Manager).await;
    let id = id_of(&house, &cx, "manager@staff.example").await;
    let hops = house.merchant("hops").await;
    let mut other = signed_in(&house, "owner@hops.example").await;
    assert!(!other.get(TEAM).await.text.contains("manager@staff.example"));
    for what in ["role", "password", "remove", "send", "withdraw"] {
        assert_eq!(does(&mut other, what, &id).await.status, StatusCode::NOT_FOUND, "{what}");
    }
    let twice = NewStaff {
        email: Email::new("manager@staff.example").unwrap(),
        name: None,
        role: Role::Owner,
        password: PASSWORD.to_owned(),
    };
    house.engine.staff_add(&hops, twice).await.unwrap();
    let refused = does(&mut other, "password", &id).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "somebody who works for both is neither's");
    assert!(refused.text.contains("works for another merchant, too") && !refused.text.contains("<pre"));
    assert_eq!(does(&mut other, "remove", &id).await.location(), "/dashboard/team?done=person-removed");
    assert_eq!(rita.get("/dashboard").await.status, StatusCode::OK, "nothing has changed at the first");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_somebody_new_is_said_at_the_field() {
    let (_house, _, mut owner) = opened("sola").await;
    let token = once(&owner.get(TEAM).await);
    let mut add = async |email: &str, role: &str| {
        owner.post(TEAM, &form(&[("do", "add"), ("once", &token), ("email", email), ("role", role)])).await
    };
    for (email, role, told) in [
        ("no address", "analyst", "aria-invalid=\"true\""),
        ("rita@staff.example", "king", "Choose one of the roles"),
        ("owner@sola.example", "analyst", "This person is on your team already"),
    ] {
        let refused = add(email, role).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{told}");
        assert!(refused.text.contains(told), "{told}: {}", refused.text);
        assert!(refused.text.contains(&format!("value=\"{email}\"")), "what was typed is still there");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_team_is_searched_narrowed_to_a_role_and_downloaded() {
    let (house, cx, mut owner) = opened("sola").await;
    for role in [Role::Manager, Role::Support] {
        colleague(&house, &cx, role).await;
    }
    for (query, found, left_out) in [
        ("q=manager%40", "manager@staff.example", "support@staff.example"),
        ("q=owner", "owner@sola.example", "manager@staff.example"),
        ("role=support", "support@staff.example", "manager@staff.example"),
        ("q=rita&role=manager", "manager@staff.example", "support@staff.example"),
    ] {
        for path in [TEAM.to_owned(), format!("{TEAM}.csv")] {
            let page = owner.get(&format!("{path}?{query}")).await;
            assert_eq!(page.status, StatusCode::OK, "{path} {query}");
            assert!(page.text.contains(found) && !page.text.contains(left_out), "{path} {query}");
        }
    }
    assert!(owner.get(&format!("{TEAM}?q=nobody")).await.text.contains("Nobody matches"));
    let mut analyst = colleague(&house, &cx, Role::Analyst).await;
    for path in [format!("{TEAM}.csv"), "/dashboard/keys.csv".to_owned()] {
        assert_eq!(analyst.get(&path).await.status, StatusCode::FORBIDDEN, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_team_shows_who_has_not_been_here_for_long() {
    let (house, cx, mut owner) = opened("sola").await;
    let hops = house.merchant("hops").await;
    let rita = |role| NewStaff {
        email: Email::new("rita@staff.example").unwrap(),
        name: None,
        role,
        password: PASSWORD.to_owned(),
    };
    house.engine.staff_add(&cx, rita(Role::Manager)).await.unwrap();
    house.engine.staff_add(&hops, rita(Role::Support)).await.unwrap();
    let last = async |cx: &Cx| {
        let filter = StaffFilter { search: Some("rita".to_owned()), role: None };
        let team = house.engine.staff_list(cx, &filter, &PageRequest::default()).await.unwrap();
        team.data[0].last_sign_in_at
    };
    let shown = async |owner: &mut Browser| {
        let page = owner.get(&format!("{TEAM}?q=rita")).await;
        between(&page, "data-th=\"Last sign-in\">", "</td>").to_owned()
    };
    assert!(shown(&mut owner).await.contains("Not yet"));
    let mut browser = house.browser();
    let credentials = form(&[("email", "rita@staff.example"), ("password", PASSWORD)]);
    let chooses = browser.post("/dashboard/sign-in", &credentials).await;
    assert!(chooses.location().starts_with("/dashboard/sign-in/merchant"));
    assert_eq!((last(&cx).await, last(&hops).await), (None, None), "she has entered none of the two");
    let entered = form(&[("merchant", &cx.merchant().to_string())]);
    assert_eq!(browser.post("/dashboard/sign-in/merchant", &entered).await.status, StatusCode::SEE_OTHER);
    assert!(last(&cx).await.is_some());
    assert_eq!(last(&hops).await, None, "where she was is no business of the other");
    assert!(!shown(&mut owner).await.contains("Not yet"));
    let file = owner.get(&format!("{TEAM}.csv?q=rita")).await;
    let line = file.text.lines().nth(1).unwrap();
    assert_eq!(line.rsplit(',').nth(1), last(&cx).await.map(|at| at.to_rfc3339()).as_deref());
}
