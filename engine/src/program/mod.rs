//! The whole program of a merchant as one readable file, out and in: settings, stores, products, tiers, promotions, cashback
//! offers, rewards, reward policies, letters. What engineers keep in git, and carry from a trial to the real thing.
//!
//! ```text
//! export ─ one moment, read only ─▶ file, things by their names ─▶ git ─▶ import ─ one transaction, a savepoint a thing ─▶ report
//! ```
//! There are no secrets in a file and no customers: no keys, webhooks, codes of pools, staff. Things are known by what people
//! call them: a store by its code, a product by its sku, everything else by its name; of several with one name the one that is
//! the same comes first. What the file does not name stays as it is; nothing is archived because it is missing. Whatever is
//! the same is left alone, so that a second import changes nothing.
//!
//! - [`file`](mod@file) is the form, which is that of the API wherever the API has one; [`products`] has the catalogue beside it;
//! - [`read`] is what is stored, in that form; [`names`] says ids by names and names by ids;
//! - [`pair`] finds the stored thing that one of the file is;
//! - [`import`] goes through the file, [`tiers`], [`promotions`] and [`rewards`] with it, the last two on the way of
//!   [`wanted`]; [`report`] says what that came to.

mod file;
mod import;
mod names;
mod pair;
mod products;
mod promotions;
mod read;
mod report;
mod rewards;
mod tiers;
mod wanted;

use perennial_domain::access::Action;
use sea_orm::{AccessMode, IsolationLevel, TransactionTrait as _};

pub use file::{
    Format, ProgramFile, ProgramMessage, ProgramPolicy, ProgramProduct, ProgramProducts, ProgramPromotion,
    ProgramRetailer, ProgramVersion,
};
pub use products::{products_csv, products_of_csv};
pub use report::{Outcome, ProgramReport, ProgramRow};

use crate::cx::Cx;
use crate::engine::Engine;
use crate::error::Error;
use crate::merchants::lock_settings;
use import::Import;
use names::Names;

/// Everything that a file says can be read by whoever writes one.
const READS: [Action; 6] = [
    Action::SettingsRead,
    Action::CatalogueRead,
    Action::TiersRead,
    Action::PromotionsRead,
    Action::RewardsRead,
    Action::MessagesRead,
];
/// Everything that a file says may be changed by whoever imports one.
const WRITES: [Action; 6] = [
    Action::SettingsWrite,
    Action::CatalogueWrite,
    Action::TiersWrite,
    Action::PromotionsWrite,
    Action::RewardsWrite,
    Action::MessagesWrite,
];

impl Engine {
    /// The program of the merchant as it is at one moment. What is over or archived stays behind, and so does what says who the
    /// merchant is: its name.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for whoever may not read all of it.
    pub async fn program_export(&self, cx: &Cx) -> Result<ProgramFile, Error> {
        READS.into_iter().try_for_each(|action| cx.require(action))?;
        let (isolation, access) = (IsolationLevel::RepeatableRead, AccessMode::ReadOnly);
        let txn = self.db().begin_with_config(Some(isolation), Some(access)).await?;
        let merchant = cx.merchant();
        let settings = self.merchant_settings_in(&txn, merchant).await?;
        let tiers = read::tiers(&txn, merchant).await?;
        let mut names = Names::of_tiers(&tiers);
        let rewards = read::rewards(&txn, merchant, &names).await?;
        names.add_rewards(&rewards);
        let promotions = read::promotions(&txn, merchant, self.now(merchant), &names).await?;
        let policies = read::policies(&txn, merchant, &names).await?;
        let file = ProgramFile {
            format: Format::Version1,
            merchant: file::merchant(&settings)?,
            retailers: read::things(read::retailers(&txn, merchant).await?),
            products: ProgramProducts::Here(read::things(read::products(&txn, merchant).await?)),
            tiers: read::things(tiers),
            promotions: read::things(promotions),
            cashback_offers: read::things(read::offers(&txn, merchant).await?),
            rewards: read::things(rewards),
            reward_policies: read::things(policies),
            messages: read::messages(&txn, merchant).await?,
        };
        txn.rollback().await?;
        Ok(file)
    }

    /// Makes the program of the merchant what the file says, all of it or nothing: when anything is refused nothing is changed,
    /// and the report names all that is refused. A dry run tells what would come of it.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for whoever may not change all of it; [`Error::Invalid`] at `/products` when these are in another
    /// file, which has to be read before; what the database fails with.
    pub async fn program_import(
        &self,
        cx: &Cx,
        file: ProgramFile,
        dry_run: bool,
    ) -> Result<ProgramReport, Error> {
        WRITES.into_iter().try_for_each(|action| cx.require(action))?;
        let txn = self.begin().await?;
        // Whoever imports at the same time waits here and then finds what is there: names need not be unique, so that nothing
        // else would keep two from entering the same promotion each.
        lock_settings(&txn, cx.merchant()).await?;
        let report = Import::new(self, cx, &txn, dry_run).take(file).await?;
        if dry_run || report.refused > 0 {
            txn.rollback().await?;
        } else {
            txn.commit().await?;
            self.outbox_wake().wake();
        }
        Ok(report)
    }
}
