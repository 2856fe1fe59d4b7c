//! Mail through a real SMTP conversation, with a server that speaks just enough of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use chrono::TimeDelta;
use perennial_engine::{Clock, Engine, EngineConfig, MailTransport};
use perennial_testkit::TestDb;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

use crate::support::{instant, merchant};

const BROWSER: &[u8] = b"a secret of one browser";

/// An SMTP server that hands on what it accepts, and refuses everything while it is told to.
struct PostOffice {
    address: String,
    letters: mpsc::UnboundedReceiver<String>,
    is_refusing: Arc<AtomicBool>,
    refused: Arc<AtomicUsize>,
}

impl PostOffice {
    async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (sender, letters) = mpsc::unbounded_channel();
        let is_refusing = Arc::new(AtomicBool::new(false));
        let refused = Arc::new(AtomicUsize::new(0));
        let (refusing, count) = (Arc::clone(&is_refusing), Arc::clone(&refused));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(converse(stream, sender.clone(), Arc::clone(&refusing), Arc::clone(&count)));
            }
        });
        Self { address, letters, is_refusing, refused }
    }

    async fn next(&mut self) -> String {
        tokio::time::timeout(Duration::from_secs(60), self.letters.recv()).await.expect("a letter").unwrap()
    }
}

async fn converse(
    stream: TcpStream,
    letters: mpsc::UnboundedSender<String>,
    is_refusing: Arc<AtomicBool>,
    refused: Arc<AtomicUsize>,
) {
    let (reader, mut writer) = stream.into_split();
    let mut lines = BufReader::new(reader).lines();
    writer.write_all(b"220 post office\r\n").await.unwrap();
    while let Ok(Some(line)) = lines.next_line().await {
        let answer = match line.get(..4).unwrap_or_default() {
            "EHLO" => "250 post office",
            "MAIL" if is_refusing.load(Ordering::SeqCst) => {
                refused.fetch_add(1, Ordering::SeqCst);
                "451 come back later"
            }
            "DATA" => {
                writer.write_all(b"354 go on\r\n").await.unwrap();
                let mut letter = String::new();
                while let Ok(Some(line)) = lines.next_line().await {
                    if line == "." {
                        break;
                    }
                    letter.push_str(&line);
                    letter.push('\n');
                }
                letters.send(letter).unwrap();
                "250 accepted"
            }
            "QUIT" => return,
            _ => "250 yes",
        };
        if writer.write_all(format!("{answer}\r\n").as_bytes()).await.is_err() {
            return;
        }
    }
}

async fn engine(db: &TestDb, post_office: &PostOffice) -> Engine {
    let mail = MailTransport::Smtp {
        url: format!("smtp://{}", post_office.address),
        from: "Perennial <points@example.com>".to_owned(),
    };
    let config = EngineConfig { connections: 6, lanes: 1, mail, ..EngineConfig::new(&db.url) };
    Engine::connect_at(config, Clock::fixed(instant("2026-11-21T10:00:00Z"))).await.unwrap()
}

async fn unsent(db: &TestDb) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM mail WHERE sent_at IS NULL").fetch_one(&db.pool).await.unwrap()
}

/// Waits until the sender has noted what it did.
async fn settled(db: &TestDb) {
    for _ in 0..1_200 {
        if unsent(db).await == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("mail is still unsent");
}

#[tokio::test]
async fn a_code_is_sent_by_smtp_once_although_two_servers_send() {
    let db = TestDb::new().await;
    let mut post_office = PostOffice::open().await;
    let (one, other) = (engine(&db, &post_office).await, engine(&db, &post_office).await);
    let shop = merchant(&one, "corner").await.merchant_id;
    let (workers, other_workers) = (one.workers(), other.workers());
    one.login_code_request(shop, "maya@example.com", BROWSER, None).await.unwrap();

    let letter = post_office.next().await;
    assert!(letter.contains("To: maya@example.com"), "{letter}");
    // The merchant writes, from the address of the installation.
    assert!(letter.contains("From: corner <points@example.com>"), "{letter}");
    assert!(letter.contains("multipart/alternative"), "{letter}");
    assert!(!letter.contains("List-Unsubscribe"), "a code that was asked for is not ended: {letter}");
    let stored = &one.mailbox_list(None, &crate::support::first()).await.unwrap().data[0];
    assert!(letter.contains(&format!("Subject: {}", stored.subject)), "{letter}");
    let code: String = stored.subject.chars().filter(char::is_ascii_digit).collect();
    settled(&db).await;
    workers.stop().await;
    other_workers.stop().await;
    assert!(post_office.letters.try_recv().is_err(), "one letter");
    // Nobody sends any more: whoever comes in for the first time is welcomed with another letter.
    one.login_code_verify(shop, "maya@example.com", &code, BROWSER, None).await.unwrap();
}

#[tokio::test]
async fn a_refused_letter_is_sent_again_after_a_pause() {
    let db = TestDb::new().await;
    let mut post_office = PostOffice::open().await;
    let engine = engine(&db, &post_office).await;
    let shop = merchant(&engine, "corner").await.merchant_id;
    post_office.is_refusing.store(true, Ordering::SeqCst);
    let workers = engine.workers();
    engine.login_code_request(shop, "maya@example.com", BROWSER, None).await.unwrap();
    while post_office.refused.load(Ordering::SeqCst) == 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    post_office.is_refusing.store(false, Ordering::SeqCst);

    // A letter to somebody else goes out at once, the refused one waits its 30 seconds.
    engine.login_code_request(shop, "ben@example.com", BROWSER, None).await.unwrap();
    assert!(post_office.next().await.contains("To: ben@example.com"));
    assert_eq!(post_office.refused.load(Ordering::SeqCst), 1);
    engine.clock().advance(TimeDelta::seconds(30));
    engine.login_code_request(shop, "cleo@example.com", BROWSER, None).await.unwrap();
    let both = [post_office.next().await, post_office.next().await].concat();
    assert!(both.contains("To: maya@example.com") && both.contains("To: cleo@example.com"), "{both}");
    settled(&db).await;
    workers.stop().await;
}

#[tokio::test]
async fn in_a_mailbox_letters_have_arrived_when_they_are_written() {
    let house = crate::support::House::fixed("2026-11-21T10:00:00Z").await;
    house.engine.login_code_request(house.merchant, "maya@example.com", BROWSER, None).await.unwrap();
    assert_eq!(unsent(&house.db).await, 0);
    let page = crate::support::first();
    let letters = house.engine.mailbox_list(Some(" MAYA@example.com "), &page).await.unwrap().data;
    assert_eq!(house.engine.mailbox_get(letters[0].id).await.unwrap(), letters[0]);
    assert!(house.engine.mailbox_list(Some("ben@example.com"), &page).await.unwrap().data.is_empty());
}

#[tokio::test]
async fn a_letter_that_may_be_ended_says_how_in_its_head() {
    let db = TestDb::new().await;
    let mut post_office = PostOffice::open().await;
    let engine = engine(&db, &post_office).await;
    let shop = perennial_engine::Cx::system(merchant(&engine, "corner").await.merchant_id);
    let workers = engine.workers();
    let maya =
        serde_json::from_value(serde_json::json!({"name": "Maya Möller", "email": "maya@example.com"}));
    engine.customer_create(&shop, maya.unwrap()).await.unwrap();
    let letter = post_office.next().await;
    settled(&db).await;
    workers.stop().await;
    let stored = &engine.mailbox_list(None, &crate::support::first()).await.unwrap().data[0];
    let (_, token) = stored.body.split_once("/u/").unwrap();
    let url = format!("http://127.0.0.1:8080/u/{}", token.lines().next().unwrap());
    assert!(letter.contains(&format!("\nList-Unsubscribe: <{url}>\n")), "{letter}");
    assert!(letter.contains("\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\n"), "{letter}");
    let parts = ["multipart/alternative", "text/plain; charset=utf-8", "text/html; charset=utf-8"];
    let mut rest = letter.as_str();
    for part in parts {
        let (_, behind) = rest.split_once(part).unwrap_or_else(|| panic!("no {part} in {letter}"));
        rest = behind;
    }
}
