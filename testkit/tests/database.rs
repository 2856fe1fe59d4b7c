//! The test databases themselves.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use perennial_testkit::TestDb;

#[tokio::test]
async fn each_test_has_a_migrated_database_of_its_own() {
    let (first, second) = (TestDb::new().await, TestDb::new().await);
    assert_ne!(first.url, second.url);
    sqlx::query("CREATE TABLE only_here (n int)").execute(&first.pool).await.unwrap();
    let tables = "SELECT count(*) FROM information_schema.tables WHERE table_name = $1";
    for (database, table, expected) in [
        (&first, "only_here", 1_i64),
        (&second, "only_here", 0),
        (&first, "merchants", 1),
        (&second, "merchants", 1),
    ] {
        let found: i64 = sqlx::query_scalar(tables).bind(table).fetch_one(&database.pool).await.unwrap();
        assert_eq!(found, expected, "{table}");
    }
}

#[tokio::test]
async fn a_database_is_gone_after_its_test_even_with_open_connections() {
    let witness = TestDb::empty().await;
    let database = TestDb::empty().await;
    let name: String =
        sqlx::query_scalar("SELECT current_database()").fetch_one(&database.pool).await.unwrap();
    let _open = database.pool.acquire().await.unwrap();
    drop(database);
    let left: i64 = sqlx::query_scalar("SELECT count(*) FROM pg_database WHERE datname = $1")
        .bind(&name)
        .fetch_one(&witness.pool)
        .await
        .unwrap();
    assert_eq!(left, 0);
}

#[tokio::test]
async fn many_tests_at_once_get_databases() {
    let all: Vec<_> = (0..8).map(|_| tokio::spawn(TestDb::new())).collect();
    for one in all {
        let database = one.await.unwrap();
        let one: i32 = sqlx::query_scalar("SELECT 1").fetch_one(&database.pool).await.unwrap();
        assert_eq!(one, 1);
    }
}
