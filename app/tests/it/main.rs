//! The pages over HTTP, as a browser without scripts sees them, on a real Postgres. One binary, so that it is linked once.
#![cfg(feature = "ssr")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail loudly")]

mod support;

mod birthday;
mod cashback;
mod dashboard;
mod dashboard_intake;
mod dashboard_referrals;
mod dashboard_rewards;
mod earn;
mod leaderboard;
mod merge;
mod messages;
mod portal_activity;
mod portal_door;
mod portal_friends;
mod portal_pages;
mod portal_rewards;
mod privacy;
mod returned;
mod tenders;
mod tiers;
mod till;
mod waiting;
