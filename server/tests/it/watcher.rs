//! A customer who is signed in to the portal, and the stream behind the open page.

use std::collections::BTreeMap;

use reqwest::{Client, RequestBuilder, Response, redirect::Policy};
use sqlx::PgPool;

use crate::support::STUCK;

/// A signed-in customer.
#[derive(Clone)]
pub struct Watcher {
    client: Client,
    slug: String,
    cookies: BTreeMap<String, String>,
}

/// What the stream tells at once: how things are after the event with this id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    pub id: i64,
    /// The id as the browser sends it back: with whose counter it is.
    pub mark: String,
    pub points: i64,
    pub pending: i64,
    pub cashback: String,
    pub tier: String,
    pub unread: i64,
    pub told: Vec<String>,
}

impl Watcher {
    /// Signs in as people do: with the code from the letter.
    pub async fn sign_in(base: &str, letters: &PgPool, slug: &str, email: &str) -> Self {
        // Refused only when another test was first, with the same provider.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder().redirect(Policy::none()).build().unwrap();
        let mut watcher = Self { client, slug: slug.to_owned(), cookies: BTreeMap::new() };
        watcher.submit(base, &format!("email={email}")).await;
        // The code stands alone in its line, in two groups of three.
        let newest = "SELECT body_text FROM mail WHERE recipient = $1 AND body_text ~ '\\d{3} \\d{3}' ORDER BY created_at DESC LIMIT 1";
        let letter: String = sqlx::query_scalar(newest).bind(email).fetch_one(letters).await.unwrap();
        let is_code = |line: &&str| line.len() == 7 && line.chars().all(|c| c.is_ascii_digit() || c == ' ');
        let code = letter.lines().map(str::trim).find(is_code).expect("a code").replace(' ', "");
        watcher.submit(base, &format!("code={code}")).await;
        watcher
    }

    async fn submit(&mut self, base: &str, form: &str) {
        let request = self.client.post(format!("{base}/p/{}/sign-in", self.slug)).body(form.to_owned());
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let answer = self.known(request).send().await.unwrap();
        assert_eq!(answer.status(), 303, "{form}");
        for cookie in answer.headers().get_all("set-cookie") {
            let (name, value) = cookie.to_str().unwrap().split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
    }

    fn known(&self, request: RequestBuilder) -> RequestBuilder {
        let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        request.header("cookie", cookies.join("; "))
    }

    /// Opens the stream at a server; `seen` is the mark of what was heard last. Nothing when nobody answers there.
    pub async fn listen(&self, base: &str, seen: Option<&str>) -> Option<Stream> {
        let mut request = self.client.get(format!("{base}/p/{}/events", self.slug));
        if let Some(seen) = seen {
            request = request.header("last-event-id", seen);
        }
        let answer = self.known(request).send().await.ok()?;
        assert_eq!(answer.status(), 200);
        Some(Stream { answer, text: String::new() })
    }
}

/// An open stream.
pub struct Stream {
    answer: Response,
    text: String,
}

impl Stream {
    /// What is told next; nothing when the connection is lost.
    pub async fn next(&mut self) -> Option<Moved> {
        loop {
            if let Some(end) = self.text.find("\n\n") {
                let frame: String = self.text.drain(..end + 2).collect();
                match Moved::read(&frame) {
                    Some(moved) => return Some(moved),
                    // A comment that keeps the connection open.
                    None => continue,
                }
            }
            let chunk = self.answer.chunk().await.ok()??;
            self.text.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }

    /// Reads on until something is told that is wanted.
    pub async fn until(&mut self, mut wanted: impl FnMut(&Moved) -> bool) -> Moved {
        let mut last = None;
        let found = async {
            loop {
                let moved = self.next().await.expect("the server is there");
                if wanted(&moved) {
                    return moved;
                }
                last = Some(moved);
            }
        };
        match tokio::time::timeout(STUCK, found).await {
            Ok(moved) => moved,
            Err(_) => panic!("it was not told; the last was {last:?}"),
        }
    }
}

impl Moved {
    fn read(frame: &str) -> Option<Self> {
        let field = |line: &str, name: &str| {
            let value = line.strip_prefix(name)?.strip_prefix(':')?;
            Some(value.strip_prefix(' ').unwrap_or(value).to_owned())
        };
        let mark = frame.lines().find_map(|line| field(line, "id"))?;
        let (id, _) = mark.split_once('-').expect("the number and whose it is");
        let id: i64 = id.parse().unwrap();
        let mut data = frame.lines().filter_map(|line| field(line, "data"));
        let mut next = || data.next().unwrap_or_else(|| panic!("a line is missing in {frame:?}"));
        Some(Self {
            id,
            mark,
            points: next().parse().unwrap(),
            pending: next().parse().unwrap(),
            cashback: next(),
            tier: next(),
            unread: next().parse().unwrap(),
            // An empty line is nothing.
            told: data.filter(|told| !told.is_empty()).collect(),
        })
    }
}
