//! The engine on a real Postgres. One binary, so that all tests share one server and one template database.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may panic; clippy only knows `#[test]` functions"
)]

mod intake_support;
mod support;
mod support_ledger;

mod adjustments;
mod api_keys;
mod birthdays;
mod broken_module;
mod budgets;
mod carry_over;
mod cashback;
mod cashback_reads;
mod claims;
mod currency;
mod customer_tokens;
mod customers;
mod erase;
mod events;
mod events_catalogue;
mod expiry;
mod export;
mod idempotency;
mod import;
mod import_opening;
mod inbox;
mod intake_crash;
mod intake_lane;
mod intake_once;
mod intake_points;
mod isolation;
mod leaderboard;
mod limits;
mod live;
mod login_codes;
mod mail;
mod merchants;
mod merge;
mod merge_modules;
mod merge_races;
mod messages;
mod movements;
mod operations;
mod outbox;
mod overview;
mod pending;
mod points;
mod policies;
mod policies_friends;
mod policies_once;
mod policies_quotes;
mod policies_waiting;
mod products;
mod program;
mod promotion_offers;
mod promotion_replay;
mod promotions;
mod purchase_reads;
mod quotes;
mod reconcile;
mod reconcile_waiting;
mod referrals;
mod referrals_waiting;
mod requests;
mod returns;
mod returns_preview;
mod returns_waiting;
mod rewards;
mod roles;
mod sandbox;
mod snapshots;
mod staff;
mod staff_invitations;
mod tenders;
mod tiers;
mod tiers_books;
mod tiers_change;
mod tiers_edit;
mod tiers_time;
mod webhooks;
