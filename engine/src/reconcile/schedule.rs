//! When the books are checked: every merchant's once a day, and whenever somebody asks for it; in between, what has
//! happened since is checked every few minutes.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use perennial_domain::access::Action;
use perennial_domain::ids::MerchantId;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{OVERLAP, first_id_of};
use crate::cx::Cx;
use crate::engine::Engine;
use crate::error::Error;

/// How often it is looked whether something is due.
const LOOK: Duration = Duration::from_secs(5);
/// How old a result over everything may become.
const DAILY: TimeDelta = TimeDelta::hours(24);
/// How old a result over what happened lately may become, where something did.
const OFTEN: TimeDelta = TimeDelta::minutes(10);
/// The first half of the advisory lock of a merchant's check, so that it meets no other lock: "rec" in ASCII.
const LOCK_SPACE: i32 = 0x72_65_63;

/// Checks what is due until `stop`. Any number of servers may run it.
pub(crate) async fn run(engine: Engine, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(LOOK) => {}
        }
        // A check of a large merchant takes minutes; stopping does not wait for it, since it writes nothing until its end.
        let checked = stop.run_until_cancelled(round(&engine)).await;
        if let Some(Err(error)) = checked {
            tracing::warn!(%error, "the books could not be checked; trying again later");
        }
    }
}

/// Checks some merchants that are due and tells how many.
///
/// # Errors
/// When the database fails.
pub(super) async fn round(engine: &Engine) -> Result<u64, Error> {
    let now = engine.clock().now();
    let due: Vec<(Uuid, bool)> = sqlx::query_as(include_str!("due.sql"))
        .bind(now)
        .bind(now - DAILY)
        .bind(now - OFTEN)
        .bind(first_id_of(now - OFTEN - OVERLAP))
        .fetch_all(engine.pool())
        .await?;
    let mut checked = 0;
    for (merchant, everything) in due {
        checked += u64::from(check(engine, MerchantId::from_uuid(merchant), now, everything).await?);
    }
    Ok(checked)
}

/// Checks the books of one merchant, unless another server is at it.
async fn check(
    engine: &Engine,
    merchant: MerchantId,
    now: DateTime<Utc>,
    everything: bool,
) -> Result<bool, Error> {
    // The lock belongs to this connection and goes with it, should the server die or this check be given up: in the pool
    // the connection would keep it.
    let mut lock = engine.pool().acquire().await?;
    lock.close_on_drop();
    let locked: bool = sqlx::query_scalar("SELECT pg_try_advisory_lock($1, hashtext($2))")
        .bind(LOCK_SPACE)
        .bind(merchant.to_string())
        .fetch_one(&mut *lock)
        .await?;
    if !locked {
        return Ok(false);
    }
    let cx = Cx::system(merchant);
    let outcome = if everything {
        engine.reconcile(&cx, |_| {}).await
    } else {
        engine.reconcile_recent(&cx, |_| {}).await
    };
    sqlx::query("SELECT pg_advisory_unlock($1, hashtext($2))")
        .bind(LOCK_SPACE)
        .bind(merchant.to_string())
        .execute(&mut *lock)
        .await?;
    drop(lock);
    for check in outcome?.checks.iter().filter(|check| check.violations > 0) {
        tracing::error!(
            %merchant,
            invariant = check.invariant.name(),
            violations = check.violations,
            first = ?check.findings.first(),
            "the books are not right"
        );
    }
    if !everything {
        return Ok(true);
    }
    // What was asked for while this ran is still to be done.
    sqlx::query("DELETE FROM reconciliation_requests WHERE merchant_id = $1 AND requested_at <= $2")
        .bind(merchant.uuid())
        .bind(now)
        .execute(engine.pool())
        .await?;
    Ok(true)
}

impl Engine {
    /// Asks for the books of the acting merchant to be checked as soon as a worker is free, normally within seconds.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without the right to change settings.
    pub async fn reconciliation_request(&self, cx: &Cx) -> Result<(), Error> {
        cx.require(Action::SettingsWrite)?;
        sqlx::query(
            "INSERT INTO reconciliation_requests (merchant_id, requested_at) VALUES ($1, $2)
             ON CONFLICT (merchant_id) DO UPDATE SET requested_at = excluded.requested_at",
        )
        .bind(cx.merchant().uuid())
        .bind(self.clock().now())
        .execute(self.pool())
        .await?;
        Ok(())
    }

    /// When somebody asked for a check that has not ended yet.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without the right to read settings.
    pub async fn reconciliation_requested(&self, cx: &Cx) -> Result<Option<DateTime<Utc>>, Error> {
        cx.require(Action::SettingsRead)?;
        Ok(sqlx::query_scalar("SELECT requested_at FROM reconciliation_requests WHERE merchant_id = $1")
            .bind(cx.merchant().uuid())
            .fetch_optional(self.pool())
            .await?)
    }
}

#[cfg(test)]
mod tests {
    use perennial_testkit::TestDb;

    use super::*;
    use crate::clock::Clock;
    use crate::config::EngineConfig;

    async fn house() -> (TestDb, Engine, Cx) {
        let db = TestDb::new().await;
        let merchant = Uuid::from_u128(1);
        sqlx::query(
            "INSERT INTO merchants (id, slug, name, currency, time_zone, created_at)
             VALUES ($1, 'one', 'One', 'USD', 'UTC', now())",
        )
        .bind(merchant)
        .execute(&db.pool)
        .await
        .unwrap();
        let clock = Clock::fixed(DateTime::UNIX_EPOCH + TimeDelta::days(1_000));
        let config = EngineConfig { connections: 6, lanes: 1, ..EngineConfig::new(&db.url) };
        let engine = Engine::connect_at(config, clock).await.unwrap();
        let cx = Cx::system(MerchantId::from_uuid(merchant));
        (db, engine, cx)
    }

    #[tokio::test]
    async fn a_merchant_is_checked_once_a_day_and_when_somebody_asks() {
        let (_db, engine, cx) = house().await;
        assert_eq!(round(&engine).await.unwrap(), 1, "never checked");
        assert_eq!(engine.reconciliation(&cx).await.unwrap().len(), super::super::Invariant::ALL.len());
        assert_eq!(round(&engine).await.unwrap(), 0);

        engine.reconciliation_request(&cx).await.unwrap();
        assert_eq!(engine.reconciliation_requested(&cx).await.unwrap(), Some(engine.clock().now()));
        assert_eq!(round(&engine).await.unwrap(), 1, "asked for");
        assert_eq!(engine.reconciliation_requested(&cx).await.unwrap(), None);
        assert_eq!(round(&engine).await.unwrap(), 0);

        engine.clock().advance(TimeDelta::hours(24) + TimeDelta::seconds(1));
        assert_eq!(round(&engine).await.unwrap(), 1, "a day later");
    }

    #[tokio::test]
    async fn what_happened_since_is_checked_in_between() {
        let (db, engine, cx) = house().await;
        assert_eq!(round(&engine).await.unwrap(), 1, "everything");
        engine.clock().advance(OFTEN + TimeDelta::seconds(1));
        assert_eq!(round(&engine).await.unwrap(), 0, "nothing has happened");

        let posting = first_id_of(engine.clock().now());
        sqlx::query(
            "INSERT INTO entries (merchant_id, posting_id, leg, kind, account, amount, posted_at)
             VALUES ($1, $2, 0, 'adjustment', 'adjusted', 1, now())",
        )
        .bind(cx.merchant().uuid())
        .bind(posting)
        .execute(&db.pool)
        .await
        .unwrap();
        assert_eq!(round(&engine).await.unwrap(), 1, "something has");
        assert_eq!(round(&engine).await.unwrap(), 0, "it has been looked at");
        let recent = engine.reconciliation_recent(&cx).await.unwrap();
        assert_eq!((recent[0].checked, recent[0].violations), (1, 1), "{recent:?}");
        assert!(engine.reconciliation(&cx).await.unwrap().iter().all(|check| check.violations == 0));
    }

    #[tokio::test]
    async fn two_servers_do_not_check_the_same_books_at_once() {
        let (db, engine, cx) = house().await;
        let mut other = db.pool.acquire().await.unwrap();
        sqlx::query("SELECT pg_advisory_lock($1, hashtext($2))")
            .bind(LOCK_SPACE)
            .bind(cx.merchant().to_string())
            .execute(&mut *other)
            .await
            .unwrap();
        assert_eq!(round(&engine).await.unwrap(), 0);
        // Not by closing the connection: Postgres notices that later.
        let unlocked: bool = sqlx::query_scalar("SELECT pg_advisory_unlock($1, hashtext($2))")
            .bind(LOCK_SPACE)
            .bind(cx.merchant().to_string())
            .fetch_one(&mut *other)
            .await
            .unwrap();
        assert!(unlocked);
        assert_eq!(round(&engine).await.unwrap(), 1);
    }

    #[tokio::test]
    async fn who_may_not_change_settings_may_not_ask() {
        let (_db, engine, cx) = house().await;
        let customer = perennial_domain::ids::CustomerId::from_uuid(Uuid::from_u128(2));
        let outsider = Cx::new(cx.merchant(), crate::Actor::Customer { id: customer });
        let refused = engine.reconciliation_request(&outsider).await;
        assert!(matches!(refused, Err(Error::Forbidden(Action::SettingsWrite))), "{refused:?}");
    }
}
