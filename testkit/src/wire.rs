//! A wire to the database that a test can cut: the server at its end is then away for whoever is connected through it,
//! and for nobody else.

use std::net::SocketAddr;
use std::sync::Arc;

use sqlx::postgres::PgConnectOptions;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::TestDb;

/// See the module.
#[derive(Debug)]
pub struct Wire {
    /// The address of the database through this wire.
    pub url: String,
    whole: watch::Sender<bool>,
}

impl Wire {
    /// A wire to a database.
    ///
    /// # Panics
    /// When no port can be had.
    pub async fn to(db: &TestDb) -> Self {
        let options: PgConnectOptions =
            db.url.parse().unwrap_or_else(|error| panic!("the address of the test server is wrong: {error}"));
        let listener = TcpListener::bind("127.0.0.1:0").await;
        let listener = listener.unwrap_or_else(|error| panic!("a wire needs a port: {error}"));
        let near = listener.local_addr().unwrap_or_else(|error| panic!("a wire needs an address: {error}"));
        let far: Arc<str> = format!("{}:{}", options.get_host(), options.get_port()).into();
        let url = db.url.replacen(&*far, &near.to_string(), 1);
        assert!(url.contains(&near.to_string()), "the test server has no TCP address");
        let (whole, state) = watch::channel(true);
        tokio::spawn(carry(listener, far, state));
        Self { url, whole }
    }

    /// Ends every connection, and every one that is made from now on.
    pub fn cut(&self) {
        self.whole.send_replace(false);
    }

    /// Lets connections through again.
    pub fn mend(&self) {
        self.whole.send_replace(true);
    }
}

async fn carry(listener: TcpListener, far: Arc<str>, mut state: watch::Receiver<bool>) {
    loop {
        let accepted: Option<(TcpStream, SocketAddr)> = tokio::select! {
            accepted = listener.accept() => accepted.ok(),
            // The wire was dropped.
            closed = state.changed() => if closed.is_err() { return } else { None },
        };
        let Some((mut near, _)) = accepted else { continue };
        // What is accepted while the wire is cut is dropped here: to the caller the server has hung up.
        if !*state.borrow_and_update() {
            continue;
        }
        let (far, mut state) = (Arc::clone(&far), state.clone());
        tokio::spawn(async move {
            let Ok(mut far) = TcpStream::connect(&*far).await else { return };
            tokio::select! {
                _ = copy_bidirectional(&mut near, &mut far) => {}
                _ = state.wait_for(|whole| !whole) => {}
            }
        });
    }
}
