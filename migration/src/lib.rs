//! The database schema, one migration a concern.
//!
//! The statements live beside this file as plain SQL, so that they can be read, commented and run by hand.
//! A shipped file is never edited: a change is a new file, first expanding, later contracting.

use sea_orm_migration::prelude::*;

/// Declares a migration whose statements are one SQL file.
macro_rules! sql_migrations {
    ($($module:ident),+ $(,)?) => {
        $(
            mod $module {
                use sea_orm_migration::prelude::*;

                pub struct Migration;

                impl MigrationName for Migration {
                    fn name(&self) -> &str {
                        stringify!($module)
                    }
                }

                #[async_trait::async_trait]
                impl MigrationTrait for Migration {
                    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
                        manager
                            .get_connection()
                            .execute_unprepared(include_str!(concat!("sql/", stringify!($module), ".sql")))
                            .await?;
                        Ok(())
                    }
                }
            }
        )+

        #[async_trait::async_trait]
        impl MigratorTrait for Migrator {
            fn migrations() -> Vec<Box<dyn MigrationTrait>> {
                vec![$(Box::new($module::Migration)),+]
            }
        }
    };
}

/// All migrations, oldest first.
pub struct Migrator;

sql_migrations!(
    m20261121_000001_tenants,
    m20261121_000002_people,
    m20261121_000003_promotions,
    m20261121_000004_ledger,
    m20261121_000005_queues,
    m20261121_000006_intake_rate,
    m20261121_000007_program,
    m20261121_000008_returns,
    m20261121_000009_cashback,
    m20261121_000012_pending,
    m20261121_000013_limits,
    m20261121_000014_expiry,
    m20261121_000015_reconciliation,
    m20261121_000016_sandboxes,
    m20261121_000017_tiers,
    m20261121_000018_rewards,
    m20261121_000019_tenders,
    m20261121_000020_recent_checks,
    m20261121_000021_refunds,
    m20261121_000022_events,
    m20261121_000023_referrals,
    m20261121_000024_policies,
    m20261121_000025_webhooks,
    m20261121_000026_inbox,
    m20261121_000027_messages,
    m20261121_000028_leaderboard,
    m20261121_000029_counts,
    m20261121_000030_customer_tokens,
    m20261121_000032_privacy,
    m20261121_000033_birthdays,
    m20261121_000034_requests,
    m20261121_000035_purchases_by_retailer,
    m20261121_000036_undated_points,
    m20261121_000037_client_apps,
    m20261121_000038_counter_accounts,
    m20261121_000039_people_revision,
    m20261121_000040_paid_spend,
    m20261121_000041_given_back,
    m20261121_000042_waiting_tries,
    m20261121_000043_debts,
    m20261121_000044_changed_by,
    m20261121_000045_award_rounds,
    m20261121_000046_webhook_shards,
    m20261121_000047_leaderboard_counting,
    m20261122_000048_carry_over,
    m20261122_000049_merge,
    m20261122_000050_merged_modules,
    m20261122_000053_staff_sign_ins,
    m20261122_000054_opening_balances,
    m20261122_000056_cashiers,
    m20261122_000057_accounts,
);
