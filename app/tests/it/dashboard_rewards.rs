//! Rewards in the dashboard, as a browser without scripts sees them: the catalogue, codes, fulfilment, vouchers, roles.

use crate::support::desk::{colleague, opened, signed_in};
use crate::support::form::{between, once};
use crate::support::{Browser, House, Page};
use axum::body::Body;
use http::header::{CONTENT_TYPE, ORIGIN};
use http::{Method, Request, StatusCode};
use perennial_domain::access::Role;
use perennial_domain::customer::CustomerRef;
use perennial_domain::ids::CustomerId;
use perennial_domain::rewards::RedemptionState;
use perennial_engine::rewards::{NewRedemption, Redeemed, RedemptionFilter, Reward};
use perennial_engine::{Cx, PageRequest};
use serde_json::{Value, json};

/// A customer with points to spend.
async fn customer(house: &House, cx: &Cx, name: &str, points: i64) -> CustomerId {
    let input = serde_json::from_value(json!({"external_id": name, "name": name})).unwrap();
    let id = house.engine.customer_create(cx, input).await.unwrap().customer.id;
    let given = serde_json::from_value(json!({"points": points, "reason": "a test"})).unwrap();
    house.engine.adjustment_create(cx, id, given).await.unwrap();
    id
}

async fn reward(house: &House, cx: &Cx, terms: Value) -> Reward {
    house.engine.reward_create(cx, serde_json::from_value(terms).unwrap()).await.unwrap()
}

async fn redeemed(house: &House, cx: &Cx, who: CustomerId, of: &Reward, hold: Option<u32>) -> Redeemed {
    let input = NewRedemption { reward: of.id, points: None, hold_seconds: hold };
    house.engine.redeem(cx, &CustomerRef::Id(who), input).await.unwrap()
}

async fn available(house: &House, cx: &Cx, who: CustomerId) -> i64 {
    house.engine.customer_get(cx, who).await.unwrap().points
}

/// Sends a form with files, as a browser does.
async fn upload(browser: &mut Browser, path: &str, file: Option<&[u8]>, pasted: &str) -> Page {
    let mut body = Vec::new();
    let name = if file.is_some() { "codes.csv" } else { "" };
    body.extend_from_slice(
        format!(
            "--line\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
             Content-Type: text/csv\r\n\r\n"
        )
        .as_bytes(),
    );
    body.extend_from_slice(file.unwrap_or_default());
    body.extend_from_slice(
        format!(
            "\r\n--line\r\nContent-Disposition: form-data; name=\"codes\"\r\n\r\n{pasted}\r\n--line--\r\n"
        )
        .as_bytes(),
    );
    let request = Request::builder()
        .method(Method::POST)
        .uri(path)
        .header(ORIGIN, "http://shop.test")
        .header(CONTENT_TYPE, "multipart/form-data; boundary=line");
    browser.send(request, Body::from(body)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reward_is_made_changed_and_archived_with_forms() {
    let (house, cx, mut owner) = opened("sola").await;
    let empty = owner.get("/dashboard/rewards").await;
    assert!(empty.text.contains("No rewards yet") && empty.text.contains("Make the first reward"));
    let choice = owner.get("/dashboard/rewards/new").await;
    for kind in ["money_off", "percent", "free_product", "voucher_pool", "external"] {
        assert!(choice.text.contains(&format!("/dashboard/rewards/new?kind={kind}")), "{kind}");
    }

    // Everything that is wrong comes back at once, and what was typed stays.
    let blank = owner.get("/dashboard/rewards/new?kind=money_off").await;
    let refused = "kind=money_off&name=&value=five&cost=variable&step=&stock=many";
    let refused = owner.post("/dashboard/rewards/new", refused).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    for told in
        ["4 fields need another look", "Give the reward a name", "Say in what steps", "value=\"five\""]
    {
        assert!(refused.text.contains(told), "{told} in {}", refused.text);
    }

    let form = format!(
        "once={}&kind=money_off&name=Five+off&value=5&cost=variable&step=500&max=2000&stock=10&valid_days=30",
        once(&blank)
    );
    for _ in 0..2 {
        let answer = owner.post("/dashboard/rewards/new", &form).await;
        assert_eq!(answer.location(), "/dashboard/rewards?done=reward-added", "{}", answer.text);
    }
    let rewards = house.engine.reward_list(&cx, true, &PageRequest::default()).await.unwrap().data;
    assert_eq!(rewards.len(), 1, "the form works once");
    let five = rewards[0].clone();
    assert_eq!(five.terms.value, Some(perennial_domain::rewards::ValueInput::Whole(500)));
    let list = owner.get("/dashboard/rewards").await;
    for told in ["Five off", &five.summary, "from 500", "Money off", "Active", ">10<"] {
        assert!(list.text.contains(told), "{told} in {}", list.text);
    }

    // Somebody has one while the form is open: the stock changes by what was typed, not to it.
    let page = owner.get(&format!("/dashboard/rewards/{}", five.id)).await;
    assert!(page.text.contains("name=\"seen_left\" value=\"10\"") && page.text.contains("In a sentence"));
    let ada = customer(&house, &cx, "Ada", 1_000).await;
    let input = NewRedemption { reward: five.id, points: Some(1_000), hold_seconds: None };
    house.engine.redeem(&cx, &CustomerRef::Id(ada), input).await.unwrap();
    let here = format!("/dashboard/rewards/{}", five.id);
    let saved = "do=save&kind=money_off&name=Ten+off&value=10&cost=fixed&points=900&stock=15&seen_left=10";
    assert_eq!(owner.post(&here, saved).await.location(), format!("{here}?done=reward-saved"));
    let now = house.engine.reward_get(&cx, five.id).await.unwrap();
    assert_eq!((now.left, now.terms.name.as_str()), (Some(14), "Ten off"));
    assert_eq!(now.summary, "$10.00 off for 900 points.");

    assert_eq!(owner.post(&here, "do=archive").await.location(), format!("{here}?done=archived"));
    assert!(!owner.get("/dashboard/rewards").await.text.contains("Ten off"));
    assert!(owner.get("/dashboard/rewards?state=archived").await.text.contains("Ten off"));
    let page = owner.get(&here).await;
    assert!(
        page.text.contains("disabled") && !page.text.contains("Archive reward"),
        "nobody changes it any more"
    );
    let refused = owner.post(&here, saved).await;
    assert!(refused.text.contains("The reward is archived"), "{}", refused.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_is_searched_and_its_csv_has_the_same_rows() {
    let (house, cx, mut owner) = opened("sola").await;
    reward(&house, &cx, json!({"name": "Brewery tour", "kind": "external", "points_cost": 9_000})).await;
    reward(
        &house,
        &cx,
        json!({"name": "A tenth off", "kind": "percent", "value": "0.1", "points_cost": 300}),
    )
    .await;
    reward(&house, &cx, json!({"name": "Last one", "kind": "external", "points_cost": 5, "stock": 0})).await;
    for (query, there, gone) in [
        ("q=TOUR", "Brewery tour", "A tenth off"),
        ("kind=percent", "A tenth off", "Brewery tour"),
        ("q=tour&kind=external", "Brewery tour", "Last one"),
    ] {
        for path in ["/dashboard/rewards?", "/dashboard/rewards.csv?"] {
            let page = owner.get(&format!("{path}{query}")).await;
            assert_eq!(page.status, StatusCode::OK);
            assert!(page.text.contains(there) && !page.text.contains(gone), "{path}{query}: {}", page.text);
        }
    }
    assert!(owner.get("/dashboard/rewards").await.text.contains("None left"));
    assert!(
        owner.get("/dashboard/rewards?q=%25").await.text.contains("Nothing matches"),
        "a percent is a letter"
    );
    assert!(owner.get("/dashboard/rewards?kind=cake").await.text.contains("There is no such kind"));
}

#[tokio::test(flavor = "multi_thread")]
async fn codes_are_uploaded_as_a_file_or_pasted() {
    let (house, cx, mut owner) = opened("sola").await;
    let made = owner.post("/dashboard/rewards/new", "kind=voucher_pool&name=Cinema&points=100").await;
    let path = made.location().strip_suffix("?done=reward-added").expect("on to the codes").to_owned();
    assert!(path.ends_with("/codes"), "{path}");
    assert!(owner.get(&path).await.text.contains("No code is left."));

    let first = upload(&mut owner, &path, Some(b"code\r\nFILM-1\r\nFILM-2\r\n"), "").await;
    assert_eq!(first.status, StatusCode::OK, "{}", first.text);
    assert!(first.text.contains("2 codes added."), "{}", first.text);
    let second = upload(&mut owner, &path, None, "film-2\r\nfilm-3").await;
    assert!(
        second.text.contains("1 code added.") && second.text.contains("1 was there already"),
        "{}",
        second.text
    );
    let again = upload(&mut owner, &path, None, "film-2\r\nfilm-3").await;
    assert!(again.text.contains("Nothing new.") && again.text.contains("2 were there already"));

    let wrong = upload(&mut owner, &path, None, &format!("film-4\r\n{}", "x".repeat(65))).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text.contains("Line 2:") && wrong.text.contains("Nothing was added."), "{}", wrong.text);
    assert!(wrong.text.contains("film-4"), "the list comes back");
    for (file, pasted, told) in
        [(None, "", "Choose a file, or paste the codes below"), (Some(&b"a"[..]), "b", "not both at once")]
    {
        let refused = upload(&mut owner, &path, file, pasted).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.text.contains(told), "{told}");
    }
    // What the server takes of any request at most: from there on there would be nobody left to say it.
    let large = vec![b'x'; 8 * 1024 * 1024];
    let refused = upload(&mut owner, &path, Some(&large), "").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text.contains("larger than we take at once"));

    // Only a pool has codes; nobody forges the answer; those who only look cannot upload.
    let tour = reward(&house, &cx, json!({"name": "Tour", "kind": "external", "points_cost": 5})).await;
    let other = format!("/dashboard/rewards/{}/codes", tour.id);
    assert_eq!(owner.get(&other).await.status, StatusCode::NOT_FOUND);
    let mut support = colleague(&house, &cx, Role::Support).await;
    let page = support.get(&path).await;
    assert!(page.status == StatusCode::OK && !page.text.contains("Add codes"), "{}", page.text);
    assert_eq!(upload(&mut support, &path, None, "film-9").await.status, StatusCode::FORBIDDEN);
    let mut stranger = house.browser();
    assert!(upload(&mut stranger, &path, None, "film-9").await.location().starts_with("/dashboard/sign-in"));
}

#[tokio::test(flavor = "multi_thread")]
async fn home_says_which_pools_run_out_of_codes() {
    let (house, cx, mut owner) = opened("sola").await;
    let pool = |name: &str| json!({"name": name, "kind": "voucher_pool", "points_cost": 100});
    let cinema = reward(&house, &cx, pool("Cinema")).await;
    let theatre = reward(&house, &cx, pool("Theatre")).await;
    let gone = reward(&house, &cx, pool("Gone")).await;
    house.engine.reward_archive(&cx, gone.id).await.unwrap();
    let codes: Vec<String> = (0..11).map(|number| format!("film-{number}")).collect();
    house.engine.reward_codes_add(&cx, cinema.id, codes.join("\n").as_bytes()).await.unwrap();
    let ada = customer(&house, &cx, "Ada", 1_000).await;
    // Before anything is sold home shows the first steps instead.
    house.open_shop(&cx).await;
    house.buy(&cx, "t-1", None).await;

    let home = owner.get("/dashboard").await;
    assert!(home.text.contains("Theatre: no codes left") && home.text.contains("Add codes"), "{}", home.text);
    assert!(
        home.text.contains(&format!("href=\"/dashboard/rewards/{}/codes\"", theatre.id)),
        "{}",
        home.text
    );
    assert!(!home.text.contains("Cinema: ") && !home.text.contains("Gone: "), "{}", home.text);
    for _ in 0..2 {
        redeemed(&house, &cx, ada, &cinema, None).await;
    }
    assert!(owner.get("/dashboard").await.text.contains("Cinema: 9 codes left"));
    let mut analyst = colleague(&house, &cx, Role::Analyst).await;
    let home = analyst.get("/dashboard").await;
    assert!(home.text.contains("Cinema: 9 codes left") && !home.text.contains("Add codes"), "{}", home.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_people_hand_over_is_to_do_until_it_is_done() {
    let (house, cx, mut owner) = opened("sola").await;
    assert!(owner.get("/dashboard/redemptions").await.text.contains("Nothing to do"));
    let tour =
        reward(&house, &cx, json!({"name": "Brewery tour", "kind": "external", "points_cost": 300})).await;
    let off = reward(
        &house,
        &cx,
        json!({"name": "Five off", "kind": "money_off", "value": 500, "points_cost": 100}),
    )
    .await;
    let ada = customer(&house, &cx, "Ada", 1_000).await;
    let toured = redeemed(&house, &cx, ada, &tour, None).await.redemption;
    redeemed(&house, &cx, ada, &off, None).await;

    let timeline = owner.get(&format!("/dashboard/customers/{ada}")).await;
    for told in [">Redemption: Brewery tour<", ">Redemption: Five off<"] {
        assert!(timeline.text.contains(told), "{told} in {}", timeline.text);
    }
    let todo = owner.get("/dashboard/redemptions").await;
    for told in ["Brewery tour", "Ada", "Start preparing", "Something you hand over"] {
        assert!(todo.text.contains(told), "{told} in {}", todo.text);
    }
    assert!(
        !between(&todo, "<tbody role=\"rowgroup\">", "</tbody>").contains("Five off"),
        "nobody has to do anything about a voucher"
    );
    let all = owner.get("/dashboard/redemptions?state=all").await;
    assert!(all.text.contains("Five off") && all.text.contains("Brewery tour"));
    let of_one = owner.get(&format!("/dashboard/redemptions?reward={}", off.id)).await;
    let rows = between(&of_one, "<tbody role=\"rowgroup\">", "</tbody>");
    assert!(rows.contains("Five off") && !rows.contains("Brewery tour"));
    assert!(
        owner
            .get("/dashboard/redemptions.csv?state=captured")
            .await
            .text
            .contains("Brewery tour,external,captured,300")
    );

    // From the list back to the list, then step by step on its page.
    let here = format!("/dashboard/redemptions/{}", toured.id);
    let answer = owner.post(&here, "do=prepare&back=list").await;
    assert_eq!(answer.location(), "/dashboard/redemptions?done=redemption-advanced");
    let page = owner.get(&here).await;
    for told in ["Being prepared", "Mark as sent", "Mark as handed over", "Give 300 points back", "By owner"]
    {
        assert!(page.text.contains(told), "{told} in {}", page.text);
    }
    assert_eq!(owner.post(&here, "do=fulfil").await.location(), format!("{here}?done=redemption-advanced"));
    let page = owner.get(&here).await;
    assert!(page.text.contains("The customer has it") && !page.text.contains("What comes next"));
    let refused = owner.post(&here, "do=cancel").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text.contains("Not done."), "{}", refused.text);
    assert_eq!(owner.post(&here, "do=dance").await.status, StatusCode::NOT_FOUND);
    assert!(owner.get("/dashboard/redemptions").await.text.contains("Nothing to do"));
    assert_eq!(available(&house, &cx, ada).await, 600);
}

#[tokio::test(flavor = "multi_thread")]
async fn holds_are_captured_or_let_go_and_cancelled_points_come_back() {
    let (house, cx, mut owner) = opened("sola").await;
    let off = reward(
        &house,
        &cx,
        json!({"name": "Five off", "kind": "money_off", "value": 500, "points_cost": 100}),
    )
    .await;
    let ada = customer(&house, &cx, "Ada", 1_000).await;
    let held = redeemed(&house, &cx, ada, &off, Some(600)).await.redemption;
    let let_go = redeemed(&house, &cx, ada, &off, Some(600)).await.redemption;
    assert_eq!(available(&house, &cx, ada).await, 800);

    let here = format!("/dashboard/redemptions/{}", held.id);
    let page = owner.get(&here).await;
    for told in ["Held until", "Spend the points", "Let go of the points"] {
        assert!(page.text.contains(told), "{told} in {}", page.text);
    }
    assert_eq!(owner.post(&here, "do=capture").await.location(), format!("{here}?done=redemption-captured"));
    let page = owner.get(&here).await;
    assert!(
        page.text.contains("Can be used")
            && page.text.contains("Cancel it")
            && !page.text.contains("Spend the")
    );

    let other = format!("/dashboard/redemptions/{}", let_go.id);
    assert_eq!(
        owner.post(&other, "do=release").await.location(),
        format!("{other}?done=redemption-cancelled")
    );
    assert_eq!(available(&house, &cx, ada).await, 900);
    let refused = owner.post(&other, "do=capture").await;
    assert!(refused.text.contains("The hold is over"), "{}", refused.text);

    for _ in 0..2 {
        owner.post(&here, "do=cancel").await;
    }
    assert_eq!(available(&house, &cx, ada).await, 1_000, "once, however often");
    assert!(owner.get(&here).await.text.contains("Cancelled, the points are back"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_voucher_is_found_by_its_code_and_used_once() {
    let (house, cx, mut owner) = opened("sola").await;
    let off = reward(
        &house,
        &cx,
        json!({"name": "A tenth off", "kind": "percent", "value": "0.1", "points_cost": 100}),
    )
    .await;
    let ada = customer(&house, &cx, "Ada", 1_000).await;
    let redemption = redeemed(&house, &cx, ada, &off, None).await.redemption;
    let code = redemption.voucher.unwrap().code.unwrap();

    let mut support = colleague(&house, &cx, Role::Support).await;
    // As somebody reads it aloud: small, without dashes.
    let typed = code.to_lowercase().replace('-', "");
    let found = support.get(&format!("/dashboard/redemptions/voucher?code={typed}")).await;
    for told in ["A tenth off", "10% off a purchase", &code, "Ada", "Use it now"] {
        assert!(found.text.contains(told), "{told} in {}", found.text);
    }
    let missing = support.get("/dashboard/redemptions/voucher?code=NOPE").await;
    assert!(missing.text.contains("No voucher has this code"));
    assert!(!support.get("/dashboard/redemptions/voucher").await.text.contains("No voucher has this code"));

    let form = format!("code={code}");
    let used = support.post("/dashboard/redemptions/voucher", &form).await;
    assert_eq!(used.location(), format!("/dashboard/redemptions/voucher?code={code}&done=voucher-used"));
    let page = support.get(used.location()).await;
    assert!(page.text.contains("Used. It cannot be used again") && !page.text.contains("Use it now"));
    let refused = support.post("/dashboard/redemptions/voucher", &form).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text.contains("Not used.") && refused.text.contains("A tenth off"), "{}", refused.text);
    let now = house.engine.redemption_get(&cx, redemption.id).await.unwrap();
    assert_eq!(now.state, RedemptionState::Fulfilled);

    // A used voucher is not cancelled, and another merchant's is not found.
    let page = owner.get(&format!("/dashboard/redemptions/{}", redemption.id)).await;
    assert!(page.text.contains("By Rita") && !page.text.contains("What comes next"));
    house.merchant("other").await;
    let mut rival = signed_in(&house, "owner@other.example").await;
    let hidden = rival.get(&format!("/dashboard/redemptions/voucher?code={code}")).await;
    assert!(hidden.text.contains("No voucher has this code") && !hidden.text.contains("Ada"));
    assert_eq!(
        rival.get(&format!("/dashboard/redemptions/{}", redemption.id)).await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(rival.get(&format!("/dashboard/rewards/{}", off.id)).await.status, StatusCode::NOT_FOUND);
    assert_eq!(
        rival.post(&format!("/dashboard/rewards/{}", off.id), "do=archive").await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_redeem_for_a_customer_once() {
    let (house, cx, mut owner) = opened("sola").await;
    let off = reward(
        &house,
        &cx,
        json!({"name": "Five off", "kind": "money_off", "value": 500, "points_cost": {"step": 100, "max": 500}}),
    )
    .await;
    reward(&house, &cx, json!({"name": "Too dear", "kind": "external", "points_cost": 5_000})).await;
    let ada = customer(&house, &cx, "Ada", 1_000).await;
    let tab = format!("/dashboard/customers/{ada}?tab=rewards");
    assert!(owner.get(&tab).await.text.contains("Nothing redeemed yet"));

    let path = format!("/dashboard/customers/{ada}/redeem");
    let choice = owner.get(&path).await;
    assert!(choice.text.contains("4,000 points missing.") && choice.text.contains("1,000 points to spend"));
    assert!(choice.text.contains(&format!("{path}?reward={}", off.id)));
    let confirm = owner.get(&format!("{path}?reward={}", off.id)).await;
    assert!(confirm.text.contains("A multiple of 100 from 100 to 500."), "{}", confirm.text);
    let form = |points: &str| format!("once={}&reward={}&points={points}", once(&confirm), off.id);

    let refused = owner.post(&path, &form("150")).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        refused.text.contains("value=\"150\"") && refused.text.contains("aria-invalid"),
        "{}",
        refused.text
    );
    let first = owner.post(&path, &form("300")).await;
    let second = owner.post(&path, &form("300")).await;
    assert_eq!(first.location(), second.location(), "once, however often the form is sent");
    assert!(first.location().ends_with("?done=redeemed"));
    assert_eq!(available(&house, &cx, ada).await, 700);
    let filter = RedemptionFilter { customer: Some(ada), ..RedemptionFilter::default() };
    assert_eq!(
        house.engine.redemption_list(&cx, &filter, &PageRequest::default()).await.unwrap().data.len(),
        1
    );

    let shown = owner.get(&tab).await;
    for told in ["Five off", "$15.00 off a purchase", "Can be used", "Redeem for the customer"] {
        assert!(shown.text.contains(told), "{told} in {}", shown.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_see_and_do_only_what_is_theirs() {
    let (house, cx, _) = opened("sola").await;
    let tour = reward(&house, &cx, json!({"name": "Tour", "kind": "external", "points_cost": 100})).await;
    let off = reward(
        &house,
        &cx,
        json!({"name": "Five off", "kind": "money_off", "value": 500, "points_cost": 100}),
    )
    .await;
    let ada = customer(&house, &cx, "Ada", 1_000).await;
    let toured = redeemed(&house, &cx, ada, &tour, None).await.redemption;
    let voucher = redeemed(&house, &cx, ada, &off, None).await.redemption;
    let code = voucher.voucher.unwrap().code.unwrap();
    let reward_page = format!("/dashboard/rewards/{}", tour.id);
    let redemption_page = format!("/dashboard/redemptions/{}", toured.id);
    let redeem = format!("/dashboard/customers/{ada}/redeem");

    // An analyst looks, and sees no code.
    let mut analyst = colleague(&house, &cx, Role::Analyst).await;
    for path in ["/dashboard/rewards", "/dashboard/redemptions?state=all", &reward_page, &redemption_page] {
        let page = analyst.get(path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        for button in ["New reward", "Archive reward", "Start preparing", "Find voucher", "Give "] {
            assert!(!page.text.contains(button), "{button} on {path}");
        }
    }
    for path in
        [format!("/dashboard/redemptions/{}", voucher.id), format!("/dashboard/customers/{ada}?tab=rewards")]
    {
        let page = analyst.get(&path).await;
        assert!(page.text.contains("Five off") && !page.text.contains(&code), "{path}: {}", page.text);
    }
    for path in ["/dashboard/rewards/new?kind=external", "/dashboard/redemptions/voucher", &redeem] {
        let page = analyst.get(path).await;
        assert!(page.text.contains("Your role does not include this"), "{path}: {}", page.text);
    }
    for (path, form) in [
        ("/dashboard/rewards/new", "kind=external&name=Mine&points=1".to_owned()),
        (&*reward_page, "do=archive".to_owned()),
        (&*redemption_page, "do=fulfil".to_owned()),
        ("/dashboard/redemptions/voucher", format!("code={code}")),
        (&*redeem, format!("reward={}", off.id)),
    ] {
        assert_eq!(analyst.post(path, &form).await.status, StatusCode::FORBIDDEN, "{path}");
    }

    // Support redeems and hands over, and leaves the catalogue alone.
    let mut support = colleague(&house, &cx, Role::Support).await;
    assert!(support.get(&redemption_page).await.text.contains("Start preparing"));
    assert!(!support.get(&reward_page).await.text.contains("Archive reward"));
    assert_eq!(support.post(&reward_page, "do=archive").await.status, StatusCode::FORBIDDEN);
    assert_eq!(support.post(&redemption_page, "do=ship").await.status, StatusCode::SEE_OTHER);

    // A manager does both.
    let mut manager = colleague(&house, &cx, Role::Manager).await;
    assert_eq!(manager.post(&reward_page, "do=archive").await.status, StatusCode::SEE_OTHER);
    assert_eq!(manager.post(&redemption_page, "do=fulfil").await.status, StatusCode::SEE_OTHER);
}
