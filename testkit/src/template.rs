//! The template: one database with all migrations applied, which every test database is a copy of.

use sea_orm_migration::MigratorTrait as _;
use sqlx::postgres::PgPoolOptions;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};
use tokio::sync::OnceCell;

use crate::Server;

/// Named after the content of the migrations, so that an edited one makes a new template.
const TEMPLATE: &str = concat!("template_", env!("PERENNIAL_MIGRATIONS"));
/// The advisory lock under which one process makes the template while the others wait.
const LOCK: i64 = 0x7065_7265_6e6e;

/// Makes the template if no process has made it yet, and answers its name.
pub(crate) async fn ensure(server: &'static Server) -> &'static str {
    static MADE: OnceCell<()> = OnceCell::const_new();
    MADE.get_or_init(|| async {
        if let Err(error) = make(server).await {
            panic!("the migrations do not apply to an empty database: {error}");
        }
    })
    .await;
    TEMPLATE
}

async fn make(server: &Server) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let mut connection = PgConnection::connect(&server.url).await?;
    sqlx::query("SELECT pg_advisory_lock($1)").bind(LOCK).execute(&mut connection).await?;
    let templates: Vec<String> =
        sqlx::query_scalar("SELECT datname FROM pg_database WHERE datname LIKE 'template\\_%'")
            .fetch_all(&mut connection)
            .await?;
    if templates.iter().any(|name| name == TEMPLATE) {
        return Ok(connection.close().await?);
    }
    let unfinished = format!("unfinished_{TEMPLATE}");
    run(&mut connection, format!("DROP DATABASE IF EXISTS \"{unfinished}\" WITH (FORCE)")).await?;
    run(&mut connection, format!("CREATE DATABASE \"{unfinished}\"")).await?;
    let pool = PgPoolOptions::new().max_connections(2).connect(&server.url_of(&unfinished)).await?;
    let orm = sea_orm::SqlxPostgresConnector::from_sqlx_postgres_pool(pool.clone());
    perennial_migration::Migrator::up(&orm, None).await?;
    pool.close().await;
    run(&mut connection, format!("ALTER DATABASE \"{unfinished}\" ALLOW_CONNECTIONS false")).await?;
    run(&mut connection, format!("ALTER DATABASE \"{unfinished}\" RENAME TO \"{TEMPLATE}\"")).await?;
    // Templates of older migrations; one that another build is copying right now stays until next time.
    for old in templates {
        let _ = run(&mut connection, format!("DROP DATABASE IF EXISTS \"{old}\"")).await;
    }
    Ok(connection.close().await?)
}

async fn run(connection: &mut PgConnection, statement: String) -> Result<(), sqlx::Error> {
    connection.execute(sqlx::raw_sql(AssertSqlSafe(statement))).await.map(|_| ())
}
