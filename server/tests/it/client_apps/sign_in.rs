//! Signing in by a one-time code.

use http::StatusCode;
use perennial_engine::PageRequest;
use serde_json::{Value, json};

use crate::support::{Api, Reply, TestServer};

/// The newest code that an e-mail got.
pub async fn code(server: &TestServer, email: &str) -> String {
    let letters = server.server.engine.mailbox_list(Some(email), &PageRequest::default()).await.unwrap().data;
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    letters.iter().map(|letter| digits(&letter.subject)).find(|code| code.len() == 6).expect("a code came")
}

async fn ask(app: &Api<'_>, shop: &str, email: &str) -> Reply {
    app.post(&format!("/auth/{shop}/codes"), json!({"email": email})).await
}

async fn sign_in(app: &Api<'_>, shop: &str, email: &str, code: &str, challenge: &str) -> Reply {
    let body = json!({"email": email, "code": code, "challenge": challenge});
    app.post(&format!("/auth/{shop}/tokens"), body).await
}

fn refused(reply: &Reply) {
    assert_eq!(reply.problem(422, "invalid"), [("/code".to_owned(), "code_invalid".to_owned())]);
}

#[tokio::test]
async fn a_code_is_traded_for_a_token_once_where_it_was_asked_for() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let other = server.merchant("other").await;
    let ada = server.api(&merchant).create("/customers", json!({"email": "ada@example.com"})).await;
    let app = server.api_with(None);

    // Nobody learns who is known.
    let (known, unknown) =
        (ask(&app, "shop", "ada@example.com").await, ask(&app, "shop", "new@example.com").await);
    let fields = |reply: &Reply| {
        reply.ok(StatusCode::ACCEPTED).as_object().unwrap().keys().cloned().collect::<Vec<_>>()
    };
    assert_eq!(fields(&known), fields(&unknown));
    ask(&app, "nobody", "ada@example.com").await.problem(404, "not_found");
    assert_eq!(ask(&app, "shop", "no address").await.problem(422, "invalid")[0].0, "/email");

    let (right, challenge) = (code(&server, "ada@example.com").await, known.text("challenge"));
    let wrong = format!("{:06}", (right.parse::<u32>().unwrap() + 1) % 1_000_000);
    refused(&sign_in(&app, "shop", "ada@example.com", &wrong, &challenge).await);
    // From elsewhere, for somebody else, at another merchant: all the same answer.
    refused(&sign_in(&app, "shop", "ada@example.com", &right, &unknown.text("challenge")).await);
    refused(&sign_in(&app, "shop", "ada@example.com", &right, "no challenge").await);
    refused(&sign_in(&app, "shop", "new@example.com", &right, &challenge).await);
    refused(&sign_in(&app, "other", "ada@example.com", &right, &challenge).await);
    let spaced = format!("{} {}", &right[..3], &right[3..]);
    let signed_in = sign_in(&app, "shop", "Ada@Example.com", &spaced, &challenge).await;
    let body = signed_in.ok(StatusCode::CREATED);
    assert_eq!((&body["customer_id"], &body["issued_by"]), (&json!(ada), &json!("code")));
    refused(&sign_in(&app, "shop", "ada@example.com", &right, &challenge).await);

    let adas = server.api_with(Some(&signed_in.text("token")));
    let me = adas.get("/me").await;
    assert_eq!(me.ok(StatusCode::OK)["program"]["slug"], "shop");
    assert_eq!(me.body["token"]["expires_at"], body["expires_at"]);
    // The merchant sees that there is a token, and can end it; nobody else can.
    let tokens = format!("/customers/{ada}/tokens");
    server.api(&other).delete(&tokens).await.problem(404, "not_found");
    assert_eq!(server.api(&merchant).delete(&tokens).await.ok(StatusCode::OK)["ended"], 1);
    adas.get("/me").await.problem(401, "unauthorized");
    server.stop().await;
}

#[tokio::test]
async fn whoever_is_new_joins_and_is_the_friend_of_whoever_sent_the_code() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let ada = server.token(&merchant, "ada@example.com").await;
    let ada = server.api_with(Some(&ada));
    let shared = ada.get("/me/referral-code").await.text("shown");
    let app = server.api_with(None);
    // One that nobody has keeps nobody out.
    for (email, friend) in [("ben@example.com", json!(shared)), ("cem@example.com", json!("nonsense"))] {
        let challenge = ask(&app, "shop", email).await.text("challenge");
        let body = json!({
            "email": email, "code": code(&server, email).await, "challenge": challenge, "referral_code": friend,
        });
        let signed_in = app.post("/auth/shop/tokens", body).await;
        signed_in.ok(StatusCode::CREATED);
        let me = server.api_with(Some(&signed_in.text("token"))).get("/me").await;
        assert_eq!(me.ok(StatusCode::OK)["email"], json!(email));
    }
    let friends = ada.get("/me/referrals").await;
    let states: Vec<&Value> = friends.ok(StatusCode::OK)["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|friend| &friend["state"])
        .collect();
    assert_eq!(states, ["registered"]);
    assert_eq!(ada.get("/me/referral-code").await.body["friends"]["registered"], 1);
    server.stop().await;
}

#[tokio::test]
async fn asking_and_guessing_are_throttled() {
    let server = TestServer::start().await;
    server.merchant("shop").await;
    let app = server.api_with(None);
    let mut answers = Vec::new();
    let mut challenge = String::new();
    for _ in 0..6 {
        let reply = ask(&app, "shop", "ada@example.com").await;
        answers.push(reply.status);
        if reply.status == 202 {
            challenge = reply.text("challenge");
        } else {
            reply.problem(429, "too_many_requests");
            assert!(reply.header("retry-after").parse::<u64>().unwrap() >= 1);
        }
    }
    assert_eq!(answers, [202, 202, 202, 202, 202, 429]);
    // Somebody else is not kept waiting.
    ask(&app, "shop", "ben@example.com").await.ok(StatusCode::ACCEPTED);

    let right = code(&server, "ada@example.com").await;
    let wrong = format!("{:06}", (right.parse::<u32>().unwrap() + 1) % 1_000_000);
    for _ in 0..5 {
        refused(&sign_in(&app, "shop", "ada@example.com", &wrong, &challenge).await);
    }
    // After five attempts the right one does not help either.
    refused(&sign_in(&app, "shop", "ada@example.com", &right, &challenge).await);
    let mut last = 0;
    for _ in 0..20 {
        last = sign_in(&app, "shop", "ada@example.com", &wrong, &challenge).await.status;
        if last == 429 {
            break;
        }
    }
    assert_eq!(last, 429);
    server.stop().await;
}

#[tokio::test]
async fn a_receipt_cannot_be_guessed() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let app = server.token(&merchant, "ada@example.com").await;
    let app = server.api_with(Some(&app));
    let mut last = 0;
    for _ in 0..200 {
        let reply = app.post("/me/claims", json!({"claim_code": "7K3M-9QXT-2WDF-8RBN"})).await;
        last = reply.status;
        assert!(matches!(last, 404 | 429), "{reply:?}");
        if last == 429 {
            break;
        }
    }
    assert_eq!(last, 429);
    server.stop().await;
}
