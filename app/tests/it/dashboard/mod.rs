//! The dashboard over HTTP, as a browser without scripts sees it: pages, forms, roles, tenants.

mod access;
mod adjustments;
mod catalogue;
mod keys;
mod ledger;
mod meanwhile;
mod pages;
mod policies;
mod promotions;
mod purchases;
mod queues;
mod returns;
mod search;
mod settings;
mod sign_in;
mod team;
mod team_invitations;
mod webhooks;
