//! Reward policies.

use crate::support::desk::{colleague, opened};
use crate::support::form::{form, once};
use http::StatusCode;
use perennial_domain::access::Role;

/// Reward policies: from a template to the one that runs, with a look at what it would have given.
#[tokio::test(flavor = "multi_thread")]
async fn a_policy_is_drafted_tried_and_published() {
    let (house, cx, mut browser) = opened("policies").await;
    let new = browser.get("/dashboard/policies/new?template=refer-a-friend").await;
    assert!(new.text.contains("friend and advocate each get 500 points, after 14 days."), "{}", new.text);
    let once = once(&new);
    let draft = |numbers: &str| {
        form(&[
            ("once", &once),
            ("name", "Every tenth"),
            ("on", "own_count"),
            ("numbers", numbers),
            ("effects.0.give", "points"),
            ("effects.0.amount", "200"),
            ("cap_per", "ever"),
        ])
    };
    // What is typed is tried before anything is saved, and stays typed.
    let typed =
        |name: &str, numbers: &str| format!("{}&do=try", draft(numbers).replace("Every%20tenth", name));
    let tried = browser.post("/dashboard/policies/new", &typed("Only%20tried", "every 10")).await;
    assert_eq!(tried.status, StatusCode::OK);
    assert!(tried.text.contains("The last 90 days would have given nobody anything."), "{}", tried.text);
    assert!(tried.text.contains("value=\"Only tried\"") && tried.text.contains("value=\"every 10\""));
    let wrong = browser.post("/dashboard/policies/new", &typed("Only%20tried", "often")).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!wrong.text.contains("The last 90 days"), "{}", wrong.text);
    let wrong = browser.post("/dashboard/policies/new", &draft("often")).await;
    assert!(wrong.text.contains("Type numbers such as 1, 100, 1000, or every 100"), "{}", wrong.text);
    let saved = browser.post("/dashboard/policies/new", &draft("every 10")).await;
    assert_eq!(saved.location(), "/dashboard/policies?done=draft-saved");
    let filter = perennial_engine::policies::PolicyFilter::default();
    let first = perennial_engine::PageRequest::default();
    let policies = house.engine.policy_list(&cx, &filter, &first).await.unwrap().data;
    let path = format!("/dashboard/policies/{}", policies.first().unwrap().id);
    let tried = browser.get(&format!("{path}?try=90")).await;
    assert!(tried.text.contains("The last 90 days would have given nobody anything."), "{}", tried.text);
    let tried = browser.post(&path, &typed("Another%20name", "every 7")).await;
    assert!(tried.text.contains("The last 90 days would have given nobody anything."), "{}", tried.text);
    assert!(tried.text.contains("value=\"Another name\"") && tried.text.contains("value=\"every 7\""));
    let stored = house.engine.policy_list(&cx, &filter, &first).await.unwrap().data;
    assert_eq!(stored, policies, "nothing was saved");
    let mut analyst = colleague(&house, &cx, Role::Analyst).await;
    assert!(analyst.get(&path).await.text.contains("Try over the last 90 days"));
    assert_eq!(analyst.post(&path, &typed("Theirs", "every 7")).await.status, StatusCode::FORBIDDEN);
    let refused = analyst.post(&path, &form(&[("do", "publish")])).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let published = browser.post(&path, &form(&[("do", "publish")])).await;
    assert_eq!(published.location(), format!("{path}?done=published"));
    let page = browser.get(&path).await;
    assert!(page.text.contains("The event of a published policy cannot be changed"), "{}", page.text);
    let paused = browser.post(&path, &form(&[("do", "pause")])).await;
    assert_eq!(paused.location(), format!("{path}?done=policy-paused"));
    let list = browser.get("/dashboard/policies?state=paused").await;
    assert!(list.text.contains("every 10th purchase, the customer gets 200 points."), "{}", list.text);
    assert!(list.text.contains("href=\"/dashboard/policies.csv?state=paused\""), "{}", list.text);
    let file = browser.get("/dashboard/policies.csv?state=paused").await;
    assert!(file.header("content-disposition").contains("reward-policies.csv"));
    assert!(file.text.contains(",Every tenth,paused,1,false,own_count,"), "{}", file.text);
    let none = browser.get("/dashboard/policies.csv?state=archived").await;
    assert!(!none.text.contains("Every tenth"), "{}", none.text);
}
