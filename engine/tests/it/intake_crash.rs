//! G5: what happens between the commit and the answer.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use perennial_engine::{Clock, Engine};
use serde_json::json;
use sqlx::postgres::PgConnectOptions;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::intake_support::{Shop, buy, engine_on, purchase};

/// Stands between an engine and Postgres. Armed, it lets one COMMIT pass, waits until it has happened, and cuts the
/// connection instead of passing the answer on.
struct Proxy {
    url: String,
    armed: Arc<AtomicBool>,
    cuts: Arc<AtomicUsize>,
}

impl Proxy {
    async fn start(database_url: &str) -> Self {
        let options: PgConnectOptions = database_url.parse().unwrap();
        let server = (options.get_host().to_owned(), options.get_port());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let here = listener.local_addr().unwrap();
        let (_, rest) = database_url.split_once("://").unwrap();
        let (credentials, place) = rest.rsplit_once('@').unwrap();
        let (_, path) = place.split_once('/').unwrap();
        let proxy = Self {
            url: format!("postgres://{credentials}@{here}/{path}"),
            armed: Arc::default(),
            cuts: Arc::default(),
        };
        let (armed, cuts) = (proxy.armed.clone(), proxy.cuts.clone());
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let upstream = TcpStream::connect(server.clone()).await.unwrap();
                tokio::spawn(carry(client, upstream, armed.clone(), cuts.clone()));
            }
        });
        proxy
    }

    fn arm(&self) {
        self.armed.store(true, Ordering::SeqCst);
    }
}

async fn carry(mut client: TcpStream, mut server: TcpStream, armed: Arc<AtomicBool>, cuts: Arc<AtomicUsize>) {
    let (mut up, mut down) = (vec![0; 1 << 16], vec![0; 1 << 16]);
    loop {
        tokio::select! {
            read = client.read(&mut up) => {
                let Ok(length @ 1..) = read else { return };
                let sent = &up[..length];
                if server.write_all(sent).await.is_err() {
                    return;
                }
                let is_commit = sent.windows(7).any(|window| window == b"COMMIT\0");
                if is_commit && armed.swap(false, Ordering::SeqCst) {
                    // The answer arrives here, so that the commit has happened, and goes no further.
                    let _ = server.read(&mut down).await;
                    cuts.fetch_add(1, Ordering::SeqCst);
                    return;
                }
            }
            read = server.read(&mut down) => {
                let Ok(length @ 1..) = read else { return };
                if client.write_all(&down[..length]).await.is_err() {
                    return;
                }
            }
        }
    }
}

/// The connection breaks after COMMIT was sent: the outcome is unknown, so it is looked up before anybody is told. The
/// caller gets the first answer, as if nothing had happened.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn g5_an_unknown_outcome_is_looked_up_before_it_is_answered() {
    let shop = Shop::open().await;
    let proxy = Proxy::start(&shop.db.url).await;
    let engine = engine_on(&proxy.url, Clock::system()).await;
    buy(&engine, &shop.cx, purchase("warm", 1, json!({}))).await.unwrap();
    for round in 1..=5 {
        proxy.arm();
        let cut = buy(&engine, &shop.cx, purchase(format!("cut-{round}"), 100, json!({}))).await.unwrap();
        assert_eq!(proxy.cuts.load(Ordering::SeqCst), round, "the answer to the commit was lost");
        assert!(!cut.replayed, "this was the one that was credited");
        assert_eq!(cut.record.balance.unwrap().points, 1 + 100 * round as i64);
        let again = shop.buy(purchase(format!("cut-{round}"), 100, json!({}))).await.unwrap();
        assert!(again.replayed);
        assert_eq!(again.record, cut.record);
    }
    assert_eq!(shop.count("purchases").await, 6);
    engine.shutdown().await;
    shop.close().await;
}

/// A whole process goes away in the middle of its work: what it had acknowledged is there once, what it had not is there
/// once or not at all, and a retry at another server gives the stored answer.
#[test]
fn g5_a_process_that_dies_loses_nothing_that_it_acknowledged() {
    let runtime =
        || tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let survivor = runtime();
    let shop = survivor.block_on(Shop::open());
    for round in 0..4 {
        let acknowledged = Arc::new(std::sync::Mutex::new(HashMap::new()));
        let victim = runtime();
        let engine: Engine = victim.block_on(engine_on(&shop.db.url, Clock::system()));
        for till in 0..16 {
            let (engine, cx, acknowledged) = (engine.clone(), shop.cx.clone(), acknowledged.clone());
            victim.spawn(async move {
                for number in 0..1_000 {
                    let id = format!("{round}-{till}-{number}");
                    let answer = buy(&engine, &cx, purchase(id.clone(), 10, json!({}))).await.unwrap();
                    acknowledged.lock().unwrap().insert(id, answer.record);
                }
            });
        }
        // Every task is dropped where it stands, the sockets are closed, nobody says goodbye.
        let since = Instant::now();
        while acknowledged.lock().unwrap().len() <= 20 * round {
            assert!(since.elapsed() < Duration::from_secs(60), "nothing is acknowledged");
            std::thread::sleep(Duration::from_millis(1));
        }
        std::thread::sleep(Duration::from_millis(30));
        victim.shutdown_background();
        let acknowledged = std::mem::take(&mut *acknowledged.lock().unwrap());
        assert!(!acknowledged.is_empty(), "round {round} was over before it began");
        survivor.block_on(async {
            for till in 0..16 {
                for number in 0..1_000 {
                    let id = format!("{round}-{till}-{number}");
                    let known = acknowledged.get(&id);
                    let answer = shop.buy(purchase(id.clone(), 10, json!({}))).await.unwrap();
                    if let Some(record) = known {
                        assert!(answer.replayed, "{id} was acknowledged");
                        assert_eq!(answer.record, *record);
                    } else {
                        // The one that was in flight; those after it were never sent.
                        break;
                    }
                }
            }
        });
    }
    survivor.block_on(async {
        let expected = shop.count("purchases").await * 10;
        assert_eq!(shop.points_of("maya@example.com").await, expected);
        shop.close().await;
    });
}
