//! One request to an address of a merchant.

use std::error::Error as _;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use perennial_engine::webhooks::{ANSWER_KEPT, Answer, Deliver, Post, Refusal};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Response, Url};
use tokio::time::timeout_at;

use super::address::Reach;

/// A receiver has so long to answer, from the look-up of its name to the end of the answer.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Who we are.
const AGENT: &str = concat!("Perennial/", env!("CARGO_PKG_VERSION"));

/// Sends webhooks; see the [module](super).
pub struct Client {
    /// For https.
    secure: reqwest::Client,
    /// For http, to networks of one's own and nowhere else; only when the installation allows it.
    plain: Option<reqwest::Client>,
    timeout: Duration,
}

impl Client {
    /// Makes the client.
    ///
    /// # Errors
    /// When there is no usable TLS on this machine, for example no certificates of authorities.
    pub fn new(allow_private: bool) -> reqwest::Result<Self> {
        Self::with_timeout(allow_private, TIMEOUT)
    }

    /// The same with another patience; for tests.
    ///
    /// # Errors
    /// The same.
    pub fn with_timeout(allow_private: bool, timeout: Duration) -> reqwest::Result<Self> {
        // Whoever came first has installed the same.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let secure = client(if allow_private { Reach::Both } else { Reach::Public }, timeout)?;
        let plain = allow_private.then(|| client(Reach::Private, timeout)).transpose()?;
        Ok(Self { secure, plain, timeout })
    }

    /// The client for an address, and the address as it was understood.
    fn admit(&self, url: &str) -> Result<(&reqwest::Client, Url), Refusal> {
        let refuse = |why: &str| Err(Refusal(why.to_owned()));
        // The same parser as the one that connects: there is no second reading of an odd address.
        let Ok(url) = Url::parse(url) else { return refuse("This is no address") };
        if !url.username().is_empty() || url.password().is_some() {
            return refuse(
                "A user and a password do not belong into the address; the signature says who calls",
            );
        }
        if url.port() == Some(0) {
            return refuse("Nobody listens on port 0");
        }
        let (client, reach) = match (url.scheme(), &self.plain) {
            ("https", plain) => (&self.secure, if plain.is_some() { Reach::Both } else { Reach::Public }),
            ("http", Some(plain)) => (plain, Reach::Private),
            _ => return refuse("The address must begin with https://"),
        };
        let host = url.host_str().unwrap_or_default();
        // A literal address is not looked up by anybody, so it is looked at here.
        let literal = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().ok();
        if literal.is_some_and(|address| !reach.admits(address)) {
            return refuse("The address is not on the public internet");
        }
        if host.is_empty() {
            return refuse("The address names no host");
        }
        Ok((client, url))
    }

    async fn post(&self, post: &Post, answer: &mut Answer) -> Result<(), String> {
        let (client, url) = self.admit(&post.url).map_err(|refusal| refusal.to_string())?;
        let until = tokio::time::Instant::now() + self.timeout;
        let request = client
            .post(url)
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", &post.id)
            .header("webhook-timestamp", post.timestamp)
            .header("webhook-signature", &post.signature)
            .body(post.body.clone());
        let response = match timeout_at(until, request.send()).await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => return Err(reason(error)),
            Err(_) => return Err(format!("no answer within {} seconds", self.timeout.as_secs_f32())),
        };
        answer.status = Some(response.status().as_u16());
        answer.retry_after = retry_after(&response);
        // What it says is for people; who has said 200 has the event, however the body ends.
        let mut body = Vec::new();
        let _ = timeout_at(until, beginning(response, &mut body)).await;
        body.truncate(ANSWER_KEPT);
        answer.body = String::from_utf8_lossy(&body).into_owned();
        Ok(())
    }
}

#[async_trait]
impl Deliver for Client {
    fn check(&self, url: &str) -> Result<(), Refusal> {
        self.admit(url).map(|_| ())
    }

    async fn deliver(&self, post: &Post) -> Answer {
        let begun = Instant::now();
        let mut answer = Answer::default();
        answer.error = self.post(post, &mut answer).await.err();
        answer.duration = begun.elapsed();
        answer
    }
}

fn client(reach: Reach, timeout: Duration) -> reqwest::Result<reqwest::Client> {
    reqwest::Client::builder()
        .user_agent(AGENT)
        .redirect(Policy::none())
        .referer(false)
        .no_proxy()
        .timeout(timeout)
        .pool_max_idle_per_host(2)
        .dns_resolver(Arc::new(Checked(reach)))
        .build()
}

/// A resolver that gives only addresses that may be connected to: the connection is made to one of these.
struct Checked(Reach);

impl Resolve for Checked {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = self.0;
        Box::pin(async move {
            // The port is put in by whoever connects.
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let admitted: Vec<SocketAddr> = found.filter(|found| reach.admits(found.ip())).collect();
            if admitted.is_empty() {
                return Err("the name leads to no address on the public internet".into());
            }
            Ok(Box::new(admitted.into_iter()) as Addrs)
        })
    }
}

/// The beginning of a body: no more is read.
async fn beginning(mut response: Response, body: &mut Vec<u8>) {
    while body.len() < ANSWER_KEPT {
        match response.chunk().await {
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) | Err(_) => return,
        }
    }
}

/// `Retry-After` in seconds; a date is not worth the clock that it would take.
fn retry_after(response: &Response) -> Option<Duration> {
    response.headers().get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}

/// Why there was no answer: the innermost cause, which is the one that says something.
fn reason(error: reqwest::Error) -> String {
    if error.is_timeout() {
        return "no answer in time".to_owned();
    }
    let error = error.without_url();
    let mut cause = error.source();
    let mut text = error.to_string();
    while let Some(inner) = cause {
        text = inner.to_string();
        cause = inner.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_refused_by_what_they_are() {
        let (closed, open) = (Client::new(false).unwrap(), Client::new(true).unwrap());
        for url in ["https://shop.example.com/hooks", "https://8.8.8.8:8443/x?y=1", "https://[2606:4700::1]/"]
        {
            assert_eq!(closed.check(url), Ok(()), "{url}");
            assert_eq!(open.check(url), Ok(()), "{url}");
        }
        for url in ["http://127.0.0.1:9/", "https://10.1.2.3/", "http://localhost/", "https://[::1]/"] {
            assert!(closed.check(url).is_err(), "{url}");
            assert_eq!(open.check(url), Ok(()), "{url}");
        }
        for url in [
            "",
            "shop.example.com",
            "ftp://shop.example.com/",
            "file:///etc/passwd",
            "https://user:word@shop.example.com/",
            "https://shop.example.com:0/",
            "https://169.254.169.254/latest/meta-data/",
            "https://[::ffff:169.254.169.254]/",
            "https://0.0.0.0/",
            "https://0xa9.0xfe.0xa9.0xfe/",
            "https://2852039166/",
            "http://8.8.8.8/",
            "https://[fe80::1]/",
        ] {
            assert!(closed.check(url).is_err() && open.check(url).is_err(), "{url}");
        }
        // Other writings of loopback are loopback.
        for url in ["https://127.1/", "https://2130706433/", "https://0x7f000001/", "https://0177.0.0.1/"] {
            assert!(closed.check(url).is_err(), "{url}");
        }
    }

    #[tokio::test]
    async fn a_name_that_leads_inside_is_not_connected_to() {
        // The name passes the first look, as a name; what it leads to does not pass the second.
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        let post = |url| Post {
            url,
            id: "id".to_owned(),
            timestamp: 1,
            signature: "v1,x".to_owned(),
            body: "{}".to_owned(),
        };
        let closed = Client::new(false).unwrap();
        let answer = closed.deliver(&post(format!("https://localhost:{port}/"))).await;
        assert_eq!(answer.error.as_deref(), Some("the name leads to no address on the public internet"));
        let nobody = listener.accept().unwrap_err();
        assert_eq!(nobody.kind(), std::io::ErrorKind::WouldBlock, "there was a connection");
    }
}
