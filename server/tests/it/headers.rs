//! What answers say beside their content.

use http::Request;

use crate::support::{Reply, TestServer};

/// Asks the server itself, whatever its base URL is: the proxy in front that speaks https is not here.
async fn get(server: &TestServer, path: &str) -> Reply {
    let request = Request::get(format!("http://{}{path}", server.server.addr));
    server.send(request.body(Default::default()).unwrap()).await
}

#[tokio::test]
async fn browsers_that_come_by_https_are_told_to_come_by_nothing_else() {
    let secure = TestServer::start_with(&[("PERENNIAL_BASE_URL", "https://loyalty.example.com")]).await;
    let plain = TestServer::start().await;
    for path in ["/", "/dashboard", "/api/v1/merchant", "/api/docs", "/nothing", "/livez"] {
        let told = |reply: &Reply| reply.header("strict-transport-security").to_owned();
        assert_eq!(told(&get(&secure, path).await), "max-age=31536000", "{path}");
        assert_eq!(told(&get(&plain, path).await), "", "{path}: nobody could come back");
    }
    secure.stop().await;
    plain.stop().await;
}
