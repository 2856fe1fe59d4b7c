//! Callers that come too often, too slowly, or with too much.

use std::time::{Duration, Instant};

use futures::future::join_all;
use http::{Method, Request, StatusCode};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::support::{STUCK, TestServer, purchase};

#[tokio::test]
async fn a_key_that_calls_too_often_is_told_when_to_come_back() {
    // So few that a slow machine, too, is quicker.
    let server = TestServer::start_with(&[("PERENNIAL_RATE_PER_KEY", "1")]).await;
    let merchant = server.empty_merchant("shop").await;
    let other = server.empty_merchant("other").await;
    let api = server.api(&merchant);
    let mut refused = None;
    for _ in 0..40 {
        let reply = api.get("/merchant").await;
        if reply.status == 429 {
            refused = Some(reply);
            break;
        }
        reply.ok(StatusCode::OK);
    }
    let refused = refused.expect("forty calls are more than one a second");
    refused.problem(429, "too_many_requests");
    let wait: u64 = refused.header("retry-after").parse().unwrap();
    assert!((1..=2).contains(&wait), "{wait}");
    server.api(&other).get("/merchant").await.ok(StatusCode::OK);
    tokio::time::sleep(Duration::from_secs(wait)).await;
    api.get("/merchant").await.ok(StatusCode::OK);
    server.stop().await;
}

#[tokio::test]
async fn an_address_without_a_key_is_limited_and_health_checks_are_not() {
    let server = TestServer::start_with(&[("PERENNIAL_RATE_PER_IP", "1")]).await;
    let merchant = server.empty_merchant("shop").await;
    let mut statuses = Vec::new();
    for _ in 0..30 {
        statuses.push(server.api_with(None).get("/merchant").await.status);
    }
    assert_eq!(statuses[0], 401);
    assert!(statuses.iter().all(|status| [401, 429].contains(status)), "{statuses:?}");
    assert!(statuses.contains(&429), "{statuses:?}");
    server.api(&merchant).get("/merchant").await.ok(StatusCode::OK);
    for _ in 0..30 {
        assert_eq!(server.get("/livez").await.status, 200);
    }
    server.stop().await;
}

/// A header that nobody looks at buys nothing: neither one that is no key, nor any where no key is asked for.
#[tokio::test]
async fn a_header_that_nobody_looks_at_does_not_lift_the_limit_of_an_address() {
    let server = TestServer::start_with(&[("PERENNIAL_RATE_PER_IP", "1")]).await;
    let merchant = server.empty_merchant("shop").await;
    let bearer = format!("Bearer {}", merchant.key);
    let stranger = server.api_with(None);
    for (path, header) in [
        ("/merchant", "Basic cHJuOg=="),
        ("/merchant", "Bearer "),
        ("/auth/nobody/codes", bearer.as_str()),
        ("/api/openapi.json", bearer.as_str()),
    ] {
        let (mut statuses, headers) = (Vec::new(), [("authorization", header)]);
        while !statuses.contains(&429) && statuses.len() < 40 {
            let asked = (0..10).map(|_| stranger.call(Method::GET, path, None, &headers));
            statuses.extend(join_all(asked).await.into_iter().map(|reply| reply.status));
        }
        assert!(statuses.contains(&429), "{path} with {header} is answered without end: {statuses:?}");
    }
    // Who brings a key is not held up by the strangers of the same address.
    for _ in 0..10 {
        server.api(&merchant).get("/merchant").await.ok(StatusCode::OK);
    }
    server.stop().await;
}

/// Nobody takes the memory of the server who needs nothing to send something: neither a stranger nor a customer.
#[tokio::test]
async fn what_everybody_may_send_is_short() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let token = server.token(&merchant, "ada@example.com").await;
    let (stranger, app) = (server.api_with(None), server.api_with(Some(&token)));
    let padded = |body: serde_json::Value, length: usize| {
        let mut body = body.to_string().into_bytes();
        body.resize(length, b' ');
        Some(body)
    };
    let most = 64 * 1024;
    let codes = "/auth/shop/codes";
    let email = json!({"email": "new@example.com"});
    let long = stranger.raw(Method::POST, codes, padded(email.clone(), most + 1), &[]).await;
    long.problem(413, "body_too_large");
    let fine = stranger.raw(Method::POST, codes, padded(email, most), &[]).await;
    assert_eq!(fine.status, 202, "{fine:?}");
    let leave = json!({"hidden": true});
    app.raw(Method::PUT, "/me/leaderboards", padded(leave, most + 1), &[])
        .await
        .problem(413, "body_too_large");
    // Tills send whole days.
    let sale = purchase("t-1", "ada@example.com", 100);
    let api = server.api(&merchant);
    api.raw(Method::POST, "/purchases", padded(sale, 4 * most), &[]).await.ok(StatusCode::CREATED);

    // One byte more than a form may have, so that all of it has been read when it is refused.
    let form = format!("password={}", "x".repeat(128 * 1024 + 1 - "password=".len()));
    let request = Request::post(format!("{}/dashboard/sign-in", server.server.base_url));
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    assert_eq!(server.send(request.body(form.into()).unwrap()).await.status, 413);
    server.stop().await;
}

/// Whoever looks at a page is told so on one, and when to come back; a program gets a line.
#[tokio::test]
async fn people_who_come_too_often_get_a_page_that_says_so() {
    let server = TestServer::start_with(&[("PERENNIAL_RATE_PER_IP", "1")]).await;
    let refused = async |accept: &'static str| {
        for _ in 0..40 {
            let request = Request::get(&server.server.base_url).header("accept", accept);
            let request = request.header("cookie", "perennial-theme=dark");
            let reply = server.send(request.body(Default::default()).unwrap()).await;
            if reply.status == 429 {
                return reply;
            }
            assert_eq!(reply.status, 200);
        }
        panic!("forty pages are more than one a second");
    };
    let page = refused("text/html,application/xhtml+xml,*/*;q=0.8").await;
    let text = String::from_utf8_lossy(&page.bytes);
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert!(text.contains(">One moment<") && text.contains("a little too often"), "{text}");
    assert!(text.contains("href=\"/app-0.css\"") && text.contains("data-theme=\"dark\""), "{text}");
    let wait: u64 = page.header("retry-after").parse().unwrap();
    assert!((1..=2).contains(&wait), "{wait}");
    assert_eq!(
        (page.header("cache-control"), page.header("x-content-type-options")),
        ("no-store", "nosniff")
    );
    assert!(page.header("content-security-policy").contains("default-src 'none'"));

    let line = refused("*/*").await;
    let text = String::from_utf8_lossy(&line.bytes);
    assert_eq!(line.header("content-type"), "text/plain; charset=utf-8");
    assert!(text.starts_with("That was a little too often.") && !text.contains('<'), "{text}");
    assert!(!line.header("retry-after").is_empty());
    server.stop().await;
}

#[tokio::test]
async fn wrong_keys_are_throttled_without_hurting_the_right_ones_beside() {
    let server = TestServer::start().await;
    let merchant = server.empty_merchant("shop").await;
    server.api(&merchant).get("/merchant").await.ok(StatusCode::OK);
    let mut wrong = merchant.key.clone();
    wrong.replace_range(wrong.len() - 5.., "AAAAA");
    let wrong = server.api_with(Some(&wrong));
    // Many at once, as whoever guesses would: more than ten a second, however slow the machine is.
    let mut statuses = Vec::new();
    while !statuses.contains(&429) && statuses.len() < 10_000 {
        let guesses = (0..50).map(|_| wrong.get("/merchant"));
        statuses.extend(join_all(guesses).await.into_iter().map(|reply| reply.status));
    }
    assert!(statuses.iter().all(|status| [401, 429].contains(status)), "{statuses:?}");
    assert!(statuses.contains(&429), "nobody is told to wait");
    server.api(&merchant).get("/merchant").await.ok(StatusCode::OK);
    server.stop().await;
}

/// Reads until the server closes the connection, which somebody has opened at `began`; gives what came and after how many
/// seconds.
async fn until_closed(mut stream: TcpStream, began: Instant) -> (String, f64) {
    let mut bytes = Vec::new();
    // A reset is as good as an end.
    tokio::time::timeout(STUCK, stream.read_to_end(&mut bytes)).await.expect("it is closed").ok();
    (String::from_utf8_lossy(&bytes).into_owned(), began.elapsed().as_secs_f64())
}

#[tokio::test]
async fn dawdling_clients_are_dropped_and_the_others_are_served() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let addr = server.server.addr;
    let silent = (0..300).map(|_| async move {
        let began = Instant::now();
        until_closed(TcpStream::connect(addr).await.unwrap(), began).await
    });
    let slow_head = async {
        let began = Instant::now();
        let (mut read, mut write) = TcpStream::connect(addr).await.unwrap().into_split();
        let dribble = tokio::spawn(async move {
            for byte in b"GET /livez HTTP/1.1\r\nx-padding: ".iter().chain(std::iter::repeat(&b'a')) {
                if write.write_all(&[*byte]).await.is_err() {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(250)).await;
            }
        });
        let mut bytes = Vec::new();
        tokio::time::timeout(STUCK, read.read_to_end(&mut bytes)).await.expect("closed").ok();
        dribble.abort();
        began.elapsed().as_secs_f64()
    };
    let slow_body = async {
        let began = Instant::now();
        let mut stream = TcpStream::connect(addr).await.unwrap();
        let head = format!(
            "POST /api/v1/purchases HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\n\
             content-length: 500\r\nconnection: close\r\n\r\n{{",
            merchant.key
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        until_closed(stream, began).await
    };
    let busy = async {
        let api = server.api(&merchant);
        for n in 0..20 {
            api.post("/purchases", purchase(&format!("t-{n}"), "ada@example.com", 100))
                .await
                .ok(StatusCode::CREATED);
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
    };
    let (silent, slow_head, slow_body, ()) = tokio::join!(join_all(silent), slow_head, slow_body, busy);
    // Not before their time; how soon after it depends on the machine.
    assert!(silent.iter().all(|(text, seconds)| text.is_empty() && *seconds > 4.0), "{silent:?}");
    assert!(slow_head > 9.0, "{slow_head}");
    let (answer, seconds) = slow_body;
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert!(answer.contains("\"request_timeout\"") && seconds > 9.0, "{seconds} {answer}");
    server.stop().await;
}

#[tokio::test]
async fn requests_on_one_connection_are_answered_in_order_without_waiting_for_each_other() {
    let server = TestServer::start().await;
    let mut stream = TcpStream::connect(server.server.addr).await.unwrap();
    let mut requests = String::new();
    for path in ["/livez", "/api/v1/merchant", "/livez"] {
        requests.push_str(&format!("GET {path} HTTP/1.1\r\nhost: x\r\n\r\n"));
    }
    requests.push_str("GET /livez HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    stream.write_all(requests.as_bytes()).await.unwrap();
    let (text, _) = until_closed(stream, Instant::now()).await;
    let statuses: Vec<_> = text.match_indices("HTTP/1.1 ").map(|(at, _)| &text[at + 9..at + 12]).collect();
    assert_eq!(statuses, ["200", "401", "200", "200"]);
    server.stop().await;
}

#[tokio::test]
async fn a_head_that_does_not_end_is_refused() {
    let server = TestServer::start().await;
    let ask = async |padding: usize| {
        let began = Instant::now();
        let mut stream = TcpStream::connect(server.server.addr).await.unwrap();
        let head = format!(
            "GET /livez HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx-padding: {}\r\n\r\n",
            "a".repeat(padding)
        );
        // It may be cut off before it has said everything.
        stream.write_all(head.as_bytes()).await.ok();
        until_closed(stream, began).await.0
    };
    assert!(ask(8 * 1024).await.starts_with("HTTP/1.1 200"));
    let refused = ask(256 * 1024).await;
    assert!(refused.is_empty() || refused.starts_with("HTTP/1.1 431"), "{refused}");
    server.stop().await;
}

/// A client that does not stop sending. The connection is closed with data unread, so that on the way the answer may be
/// overtaken by the reset; every attempt is cut, and of some the answer is seen.
#[tokio::test(flavor = "multi_thread")]
async fn an_endless_body_is_refused_and_cut() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let seen = |answer: &String| answer.starts_with("HTTP/1.1 413") && answer.contains("body_too_large");
    let mut answers = Vec::new();
    while answers.len() < 20 || (!answers.iter().any(seen) && answers.len() < 100) {
        let (sent, answer) = send_without_end(server.server.addr, &merchant.key).await;
        assert!(sent < 128 * 1024 * 1024, "{sent}");
        answers.push(answer);
    }
    assert!(answers.iter().any(seen), "{answers:?}");
    assert!(answers.iter().all(|answer| answer.is_empty() || seen(answer)), "{answers:?}");
    server.stop().await;
}

/// Sends until it is cut: how many bytes it took, and the answer, if it came through.
async fn send_without_end(server: std::net::SocketAddr, key: &str) -> (usize, String) {
    let (mut read, mut write) = TcpStream::connect(server).await.unwrap().into_split();
    let head = format!(
        "POST /api/v1/purchases HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\ncontent-type: application/json\r\n\
         transfer-encoding: chunked\r\n\r\n"
    );
    let sending = tokio::spawn(async move {
        write.write_all(head.as_bytes()).await.unwrap();
        let chunk = [b"10000\r\n".as_slice(), &[b' '; 0x10000], b"\r\n"].concat();
        let mut sent = 0_usize;
        while write.write_all(&chunk).await.is_ok() {
            sent += 0x10000;
        }
        sent
    });
    let mut answer = [0; 4_096];
    let read = tokio::time::timeout(STUCK, read.read(&mut answer)).await.unwrap();
    let answer = String::from_utf8_lossy(&answer[..read.unwrap_or(0)]).into_owned();
    let sent = tokio::time::timeout(STUCK, sending).await.expect("it is cut").unwrap();
    (sent, answer)
}

#[tokio::test]
async fn large_lists_are_compressed_and_small_answers_are_not() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    for n in 0..60 {
        api.create(
            "/products",
            json!({"sku": format!("SKU-{n}"), "name": "A product with a name of some length"}),
        )
        .await;
    }
    let gzip = [("accept-encoding", "gzip")];
    let list = api.call(http::Method::GET, "/products", None, &gzip).await;
    assert_eq!((list.status, list.header("content-encoding")), (200, "gzip"));
    let plain = api.get("/products").await;
    assert_eq!(plain.header("content-encoding"), "");
    assert!(list.bytes.len() * 3 < plain.bytes.len());
    let small = api.call(http::Method::GET, "/merchant", None, &gzip).await;
    assert_eq!((small.status, small.header("content-encoding")), (200, ""));
    server.stop().await;
}
