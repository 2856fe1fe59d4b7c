//! The people in a merchant's program, and how they are found.
//!
//! Names, birthdays and identities are the only personal data that the engine keeps, and it keeps them here only: the ledger
//! knows a customer by an opaque id. An identity (e-mail, phone, card, external id) belongs to one customer of a
//! merchant; the database decides to whom.

mod birthday;
mod identity;
mod list;
mod path;
mod read;
mod revision;
mod upsert;
mod write;

pub use identity::{CustomerPatch, IdentityKind, NewCustomer};
pub use list::CustomerFilter;
pub use path::{CustomerPath, NotACustomerPath};
pub(crate) use read::load;
pub use read::{Customer, OtherIdentity};
pub(crate) use revision::lock_revision;
pub(crate) use upsert::Upsert;
pub use write::CustomerCreated;
pub(crate) use write::{enrol, known_by_email};
