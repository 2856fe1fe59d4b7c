//! The transaction of a batch: its steps, in their order, one file each.
//!
//! 1. ask how new the rules must be, and who those customers are whom nobody remembers ([`known`], [`people`]);
//! 2. have snapshots at least that new ([`snapshots`]);
//! 3. resolve the retailers and fold what has the same key, by arrival ([`groups`]);
//! 4. check against the merchant's state ([`checks`]). Before anybody is refused the key is looked up ([`existing`]), for
//!    what is stored is recognised or contradicted ([`recognise`]) whatever time and settings are by now;
//! 5. take the keys. One that cannot be taken is that of a stored purchase: recognised or contradicted, too ([`keys`]);
//! 6. hold the currency of a merchant who sells for the first time ([`first_sale`]);
//!    create customers, lock the vouchers that are used and then the balances ([`people`], [`tenders`], [`accounts`]);
//!    where inactivity takes points, set aside what is over ([`idle`]);
//!    and where a purchase has the code of a friend, make the referral ([`referrals`]);
//! 7. gather what is known of each purchase ([`arrivals`]), and what vouchers and tenders leave to pay ([`tenders`]);
//! 8. where merchants carry over what rounding leaves: read what is carried ([`carried`]); where promotions have limits or
//!    budgets that these purchases meet: read what was given, lock the budgets ([`given`]);
//! 9. evaluate in arrival order ([`credit`]);
//! 10. write everything in one statement ([`write`](mod@write)), in one more each what was paid with tenders, what counts
//!     towards limits, what is carried over and what waits, where there is such a thing; tell the program modules of merchants who use one
//!     ([`programs`]); commit, answer.
//!
//! The order of locks is keys, revisions of those who sell for the first time, identities, vouchers, redemptions, balances,
//! referrals, lots, budgets, each of them in the order of its primary key, vouchers in that of their codes. Whoever else locks
//! these tables keeps to it.

mod accounts;
mod arrivals;
mod carried;
mod checks;
mod credit;
mod existing;
mod first_sale;
mod given;
mod groups;
mod idle;
mod keys;
mod known;
mod people;
mod programs;
mod recognise;
mod referrals;
mod snapshots;
mod tenders;
mod waiting;
mod write;

use std::collections::BTreeSet;

use chrono::TimeDelta;
use sqlx::PgConnection;

use super::Shared;
use super::fault::Failure;
use super::item::Item;
use super::reply::Answer;
use accounts::Accounts;
use groups::Groups;
use known::Known;
use people::People;
use referrals::Referrals;
use snapshots::Snapshots;
use tenders::{Purses, Tenders, Vouchers};

pub(crate) use arrivals::purchase_facts;
pub(crate) use checks::fits;
pub(crate) use credit::too_much;
pub(crate) use groups::retailer;

/// Brings a batch through one transaction and returns an answer for each of its purchases, in their order. The clocks of
/// their merchants are all ahead by so much, or were when the batch was taken.
///
/// On an error nothing was written, or, after a lost connection, nobody knows: see [`Failure`].
pub(super) async fn run(
    conn: &mut PgConnection,
    shared: &Shared,
    items: &[Item],
    ahead: TimeDelta,
) -> Result<Vec<Answer>, Failure> {
    begin(conn).await?;
    let known = Known::of(conn, items, &shared.acquaintances).await?;
    let mut people = People::new(known.customers, known.erased);
    let now = shared.clock.now() + ahead;
    let (snapshots, received_at) = Snapshots::load(conn, shared, items, known.revisions, now).await?;
    let mut groups = Groups::fold(items, &snapshots);

    let mut election = checks::elect(&groups, &people, received_at);
    let doubtful = election.doubtful();
    if !doubtful.is_empty() {
        existing::look_up(conn, &mut groups, &mut people, doubtful).await?;
        election = checks::elect(&groups, &people, received_at);
    }
    let mut fresh = checks::settle(election, &mut groups);
    keys::take(conn, &mut groups, &mut people, &mut fresh).await?;
    let mut first_sales = BTreeSet::new();
    if !fresh.is_empty() {
        first_sales = first_sale::hold(conn, &shared.sold, &groups, &fresh).await?;
        people.create(conn, &mut fresh, received_at).await?;
        let vouchers = Vouchers::lock(conn, &fresh, received_at).await?;
        let mut accounts = Accounts::lock(conn, &groups, &fresh).await?;
        if idle::set_aside(conn, &groups, &fresh, received_at).await? {
            accounts = Accounts::lock(conn, &groups, &fresh).await?;
        }
        let purses = Purses::read(conn, &fresh, received_at).await?;
        let mut tenders = Tenders { vouchers, purses };
        let referrals = Referrals::make(conn, &groups, &fresh, &accounts, received_at).await?;
        let mut arrivals = arrivals::gather(&groups, &fresh, &accounts, &tenders.vouchers, received_at)?;
        referrals.warn(&mut arrivals);
        let kept = carried::read(conn, arrivals::asked_to_carry(&arrivals)).await?;
        let given = given::lock(conn, arrivals::asked(&arrivals)).await?;
        let mut before = credit::Before { given, kept };
        let credits = credit::evaluate(arrivals, &mut accounts, &mut before, &mut tenders)?;
        write::write(conn, &credits, &accounts, received_at).await?;
        tenders::write(conn, &tenders, &credits, received_at).await?;
        given::write(conn, &before.given).await?;
        carried::write(conn, &before.kept).await?;
        waiting::write(conn, &credits).await?;
        programs::tell(conn, &groups, &credits).await?;
        for credit in credits {
            groups.settle(credit.group, &Ok(credit.record), &people);
        }
    }
    commit(conn).await?;
    shared.sold.remember(first_sales);
    Ok(groups.into_answers())
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
