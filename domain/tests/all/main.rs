//! Tests of the domain through its public face, one file a subject.

// The allowance for tests in clippy.toml does not reach the helpers beside them.
#![allow(clippy::unwrap_used)]

mod access;
mod attribution;
mod birthday;
mod calendar;
mod caps;
mod carry_over;
mod carry_over_properties;
mod cashback;
mod cashback_input;
mod cloud_events;
mod codes;
mod events;
mod expiry;
mod explanation;
mod filters;
mod limits;
mod lots;
mod merchant;
mod money;
mod oracle;
mod pending;
mod policies;
mod promotion_input;
mod properties;
mod proportion;
mod purchase_content;
mod purchase_input;
mod quote;
mod referrals;
mod replay;
mod replay_properties;
mod return_input;
mod return_properties;
mod returns;
mod reward_states;
mod rewards;
mod sentence;
mod stacking;
mod support;
mod tenders;
mod tier_earning;
mod tier_edits;
mod tier_ladder;
mod tier_moves;
mod tier_support;
mod tier_windows;
mod time;
mod versions;
