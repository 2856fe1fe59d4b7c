//! What is known by a name that others may have too: promotions, cashback offers, rewards, reward policies. All of them go one
//! way: what contradicts itself is refused, the rest finds what it is of that which is stored, and whatever is not the same is
//! written, each in a savepoint of its own.

use async_trait::async_trait;
use perennial_domain::error::FieldError;
use sea_orm::{DatabaseTransaction, TransactionTrait as _};

use super::import::Import;
use super::names::Names;
use super::pair::pair;
use super::report::{Outcome, refusal};
use crate::error::Error;

/// A thing of the file after its checks.
#[async_trait]
pub(super) trait Wanted: Send + Sync + Sized + 'static {
    /// The part of the file.
    const SECTION: &'static str;
    /// The id of a stored one.
    type Id: Copy + Send + Sync + 'static;
    /// A stored one, in the form of a file.
    type Stored: Send + Sync + 'static;

    /// What the report calls it.
    fn label(&self) -> &str;

    /// Whether a stored one has its name.
    fn has_name_of(&self, before: &Self::Stored) -> bool;

    /// Whether a stored one is the same.
    fn is(&self, before: &Self::Stored) -> bool;

    /// The fields in which it differs from a stored one.
    fn changes(&self, before: &Self::Stored) -> Vec<String>;

    /// Writes it in the place of the stored one that it is, or else as a new one; tells its id. `names` are what tiers and
    /// rewards are called in `before`.
    ///
    /// # Errors
    /// Why it is refused, or what the database fails with.
    async fn write(
        &self,
        import: &Import<'_>,
        txn: &DatabaseTransaction,
        names: &Names,
        before: Option<&(Self::Id, Self::Stored)>,
    ) -> Result<Self::Id, Error>;
}

impl Import<'_> {
    /// Makes what is stored what the file says, and notes what became of each thing. `checked` are the things of the file with
    /// what it calls them, each wanted or wrong. Tells which are there now, in the order of the file.
    pub(super) async fn enter<W: Wanted>(
        &mut self,
        checked: Vec<(String, Result<W, Vec<FieldError>>)>,
        stored: &[(W::Id, W::Stored)],
        names: &Names,
    ) -> Result<Vec<(W::Id, W)>, Error> {
        let mut all = Vec::with_capacity(checked.len());
        for (name, wanted) in checked {
            match wanted {
                Ok(wanted) => all.push(wanted),
                Err(fields) => {
                    let why = refusal(Error::Invalid(fields))?;
                    self.report.row(W::SECTION, name, Outcome::Refused, why);
                }
            }
        }
        let pairs = pair(
            &all,
            stored,
            |wanted, (_, before)| wanted.has_name_of(before),
            |wanted, (_, before)| wanted.is(before),
        );
        let mut there = Vec::with_capacity(all.len());
        for (wanted, before) in all.into_iter().zip(pairs) {
            if let Some((id, before)) = before
                && wanted.is(before)
            {
                self.report.unchanged();
                there.push((*id, wanted));
                continue;
            }
            let savepoint = self.txn.begin().await?;
            let done = wanted.write(self, &savepoint, names, before).await;
            let written = Self::settle(savepoint, done).await?;
            let changes = before.map(|(_, before)| wanted.changes(before));
            if let Some(id) = self.note(W::SECTION, wanted.label(), written, changes) {
                there.push((id, wanted));
            }
        }
        Ok(there)
    }
}
