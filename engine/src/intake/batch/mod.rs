//! The transaction of a batch: its steps, in their order, one file each.
//!
//! 1. read how new the rules must be, and have a snapshot at least that new ([`snapshots`]);
//! 2. resolve the retailers and fold what has the same key, by arrival ([`groups`]);
//! 3. look the keys up, before anything else is checked ([`existing`]), and the customers ([`people`]);
//! 4. check what is new against the merchant's state ([`checks`]);
//! 5. take the keys; who lost one to another server has a replay ([`keys`]);
//! 6. create customers and lock the balances ([`people`], [`accounts`]);
//! 7. evaluate in arrival order ([`credit`]);
//! 8. write everything in one statement ([`write`]), commit, answer ([`answers`]).
//!
//! The order of locks is keys, identities, balances, lots, each of them in the order of its primary key. Whoever
//! else locks these tables keeps to it.

mod accounts;
mod answers;
mod checks;
mod credit;
mod existing;
mod groups;
mod keys;
mod people;
mod snapshots;
mod write;

use sqlx::PgConnection;

use super::Shared;
use super::fault::Failure;
use super::item::Item;
use super::reply::Answer;
use accounts::Accounts;
use groups::Groups;
use people::People;
use snapshots::Snapshots;

/// Brings a batch through one transaction and returns an answer for each of its purchases, in their order.
///
/// On an error nothing was written, or, after a lost connection, nobody knows: see [`Failure`].
pub(super) async fn run(
    conn: &mut PgConnection,
    shared: &Shared,
    items: &[Item],
) -> Result<Vec<Answer>, Failure> {
    begin(conn).await?;
    let received_at = shared.clock.now();

    let snapshots = Snapshots::read(conn, &shared.snapshots, items).await?;
    let mut groups = Groups::fold(items, &snapshots);
    existing::look_up(conn, &mut groups).await?;
    let mut people = People::find(conn, items, &groups).await?;

    let mut fresh = checks::elect(items, &mut groups, &people, received_at);
    keys::take(conn, items, &mut groups, &mut fresh).await?;
    if !fresh.is_empty() {
        people.create(conn, &mut fresh, received_at).await?;
        let mut accounts = Accounts::lock(conn, &fresh).await?;
        let credits = credit::evaluate(items, &groups, &fresh, &mut accounts, received_at)?;
        write::write(conn, &credits, &accounts, received_at).await?;
        groups.store(credits);
    }
    commit(conn).await?;
    Ok(answers::answers(items, groups, &people))
}

async fn begin(conn: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::raw_sql("BEGIN").execute(conn).await.map(drop)
}

async fn commit(conn: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::raw_sql("COMMIT").execute(conn).await.map(drop)
}

/// Ends a transaction that failed, so that the connection can be used again.
pub(super) async fn roll_back(conn: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::raw_sql("ROLLBACK").execute(conn).await.map(drop)
}
