//! From a file to the program: part by part, so that what names something comes after it.

use std::collections::{BTreeSet, HashMap};

use perennial_domain::codes::RetailerCode;
use perennial_domain::ids::{MerchantId, RewardId};
use perennial_domain::messages::{Template, TemplateInput};
use perennial_domain::settings::MerchantPatch;
use sea_orm::{DatabaseTransaction, TransactionTrait as _};
use serde::Serialize;

use super::file::{ProgramFile, ProgramMessage, ProgramProduct, ProgramProducts, ProgramRetailer};
use super::names::Names;
use super::read;
use super::report::{Outcome, ProgramReport, differing, refusal};
use crate::cx::Cx;
use crate::engine::Engine;
use crate::error::Error;
use crate::messages::MessageTemplateChange;
use crate::products::{NewProduct, ProductPatch, TAGS_MAX};
use crate::retailers::{self, NewRetailer, RetailerPatch};

/// Stores or products written by one statement.
const CHUNK: usize = 1_000;

/// A file on its way in, within one transaction.
pub(super) struct Import<'i> {
    pub engine: &'i Engine,
    pub cx: &'i Cx,
    pub txn: &'i DatabaseTransaction,
    pub dry_run: bool,
    pub report: ProgramReport,
    /// What the rewards of the file are called in it.
    pub rewards: Vec<(RewardId, String)>,
}

impl<'i> Import<'i> {
    pub fn new(engine: &'i Engine, cx: &'i Cx, txn: &'i DatabaseTransaction, dry_run: bool) -> Self {
        let report = ProgramReport { dry_run, ..ProgramReport::default() };
        Self { engine, cx, txn, dry_run, report, rewards: Vec::new() }
    }

    /// Goes through the whole file and tells what became of everything in it.
    pub async fn take(mut self, file: ProgramFile) -> Result<ProgramReport, Error> {
        let ProgramProducts::Here(products) = file.products else {
            return Err(Error::field("/products", "elsewhere", "The products are in another file"));
        };
        // Their futures are large, and one after the other.
        Box::pin(self.settings(file.merchant)).await?;
        Box::pin(self.retailers(file.retailers)).await?;
        Box::pin(self.products(products)).await?;
        Box::pin(self.tiers(file.tiers)).await?;
        Box::pin(self.promotions(file.promotions)).await?;
        Box::pin(self.offers(file.cashback_offers)).await?;
        Box::pin(self.rewards(file.rewards)).await?;
        Box::pin(self.policies(file.reward_policies)).await?;
        Box::pin(self.messages(file.messages)).await?;
        Ok(self.report)
    }

    pub fn merchant(&self) -> MerchantId {
        self.cx.merchant()
    }

    /// What tiers and rewards are called, those of the file as it calls them.
    pub async fn names(&self) -> Result<Names, Error> {
        let tiers = read::tiers(self.txn, self.merchant()).await?;
        let mut names = Names::of_tiers(&tiers);
        for (id, label) in &self.rewards {
            names.add_reward(*id, label.clone());
        }
        let rewards = read::rewards(self.txn, self.merchant(), &names).await?;
        names.add_rewards(&rewards);
        Ok(names)
    }

    /// Ends a savepoint: what was done in it counts, or nothing of it, and why.
    pub async fn settle<T>(
        savepoint: DatabaseTransaction,
        done: Result<T, Error>,
    ) -> Result<Result<T, Vec<String>>, Error> {
        match done {
            Ok(done) => {
                savepoint.commit().await?;
                Ok(Ok(done))
            }
            Err(error) => {
                let why = refusal(error)?;
                savepoint.rollback().await?;
                Ok(Err(why))
            }
        }
    }

    /// Notes what became of a thing that was not there, or was there with other content.
    pub fn note<T>(
        &mut self,
        section: &'static str,
        name: &str,
        written: Result<T, Vec<String>>,
        changes: Option<Vec<String>>,
    ) -> Option<T> {
        match (written, changes) {
            (Ok(done), None) => {
                self.report.row(section, name, Outcome::Created, Vec::new());
                Some(done)
            }
            (Ok(done), Some(changes)) => {
                self.report.row(section, name, Outcome::Changed, changes);
                Some(done)
            }
            (Err(why), _) => {
                self.report.row(section, name, Outcome::Refused, why);
                None
            }
        }
    }

    async fn settings(&mut self, patch: MerchantPatch) -> Result<(), Error> {
        const SECTION: &str = "merchant";
        let before = self.engine.merchant_settings_in(self.txn, self.merchant()).await?;
        if before.with(patch.clone()).is_ok_and(|after| after == before) {
            self.report.unchanged();
            return Ok(());
        }
        let savepoint = self.txn.begin().await?;
        let done = self.engine.merchant_update_in(&savepoint, self.cx, patch).await;
        let written = Self::settle(savepoint, done).await?;
        let changes = written.as_ref().map(|after| differing(&before, after)).unwrap_or_default();
        self.note(SECTION, before.name.as_str(), written, Some(changes));
        Ok(())
    }

    async fn retailers(&mut self, wanted: Vec<ProgramRetailer>) -> Result<(), Error> {
        const SECTION: &str = "retailers";
        let stored = read::retailers(self.txn, self.merchant()).await?;
        let stored: HashMap<RetailerCode, ProgramRetailer> =
            stored.into_iter().map(|(_, retailer)| (retailer.code.clone(), retailer)).collect();
        let (mut enter, mut archive) = (Vec::new(), Vec::new());
        for retailer in self.once(SECTION, wanted, |retailer| retailer.code.as_str()) {
            let before = stored.get(&retailer.code);
            if self.is_as_before(SECTION, retailer.code.as_str(), before, &retailer) {
                continue;
            }
            // Whoever is entered takes part again.
            let is_only_archived = before.is_some_and(|before| {
                retailer.archived && ProgramRetailer { archived: true, ..before.clone() } == retailer
            });
            if retailer.archived {
                archive.push(retailer.code.clone());
            }
            if !is_only_archived {
                enter.push(NewRetailer {
                    code: retailer.code,
                    name: retailer.name,
                    region: retailer.region,
                    time_zone: Some(retailer.time_zone),
                    business_day_start: Some(retailer.business_day_start),
                });
            }
        }
        for chunk in enter.chunks(CHUNK) {
            let savepoint = self.txn.begin().await?;
            let done = self.engine.retailer_upsert_in(&savepoint, self.cx, chunk.to_vec()).await;
            self.written(SECTION, savepoint, done).await?;
        }
        for code in archive {
            let savepoint = self.txn.begin().await?;
            let done = match retailers::named(&savepoint, self.merchant(), code.as_str()).await {
                Ok(id) => {
                    let patch = RetailerPatch { archived: Some(true), ..RetailerPatch::default() };
                    self.engine.retailer_update_in(&savepoint, self.cx, id, patch).await
                }
                Err(error) => Err(error),
            };
            self.written(SECTION, savepoint, done).await?;
        }
        Ok(())
    }

    async fn products(&mut self, wanted: Vec<ProgramProduct>) -> Result<(), Error> {
        const SECTION: &str = "products";
        let stored =
            if wanted.is_empty() { Vec::new() } else { read::products(self.txn, self.merchant()).await? };
        let stored: HashMap<String, ProgramProduct> =
            stored.into_iter().map(|(_, product)| (product.sku.to_string(), product)).collect();
        let (mut enter, mut archive) = (Vec::new(), Vec::new());
        for mut product in self.once(SECTION, wanted, |product| product.sku.as_str()) {
            // As they are stored.
            product.tags.sort_unstable();
            product.tags.dedup();
            if product.tags.len() > TAGS_MAX {
                let why = vec![format!("/tags: At most {TAGS_MAX} tags")];
                self.report.row(SECTION, product.sku.as_str(), Outcome::Refused, why);
                continue;
            }
            let before = stored.get(product.sku.as_str());
            if self.is_as_before(SECTION, product.sku.as_str(), before, &product) {
                continue;
            }
            let is_only_archived = before.is_some_and(|before| {
                product.archived && ProgramProduct { archived: true, ..before.clone() } == product
            });
            if product.archived {
                archive.push(product.sku.clone());
            }
            if !is_only_archived {
                enter.push(NewProduct {
                    sku: product.sku,
                    name: product.name,
                    category: product.category,
                    tags: product.tags,
                });
            }
        }
        for chunk in enter.chunks(CHUNK) {
            let savepoint = self.txn.begin().await?;
            let done = self.engine.product_upsert_in(&savepoint, self.cx, chunk.to_vec()).await;
            self.written(SECTION, savepoint, done).await?;
        }
        for sku in archive {
            let Some(id) = read::product_id(self.txn, self.merchant(), &sku).await? else { continue };
            let patch = ProductPatch { archived: Some(true), ..ProductPatch::default() };
            let savepoint = self.txn.begin().await?;
            let done = self.engine.product_update_in(&savepoint, self.cx, id, patch).await;
            self.written(SECTION, savepoint, done).await?;
        }
        Ok(())
    }

    async fn messages(&mut self, wanted: Vec<ProgramMessage>) -> Result<(), Error> {
        const SECTION: &str = "messages";
        let stored = read::messages(self.txn, self.merchant()).await?;
        for ProgramMessage { kind, subject, text } in self.once(SECTION, wanted, |one| one.kind.as_str()) {
            let written = TemplateInput { subject, text: text.join("\n") };
            // As it would be read back.
            let TemplateInput { subject, text } = match Template::parse(kind, &written) {
                Ok(template) => template.input().clone(),
                Err(fields) => {
                    let why = refusal(Error::Invalid(fields))?;
                    self.report.row(SECTION, kind.as_str(), Outcome::Refused, why);
                    continue;
                }
            };
            let lines = text.split('\n').map(str::to_owned).collect();
            let message = ProgramMessage { kind, subject: subject.clone(), text: lines };
            let before = stored.iter().find(|before| before.kind == message.kind);
            if before == Some(&message) {
                self.report.unchanged();
                continue;
            }
            let changes = before.map(|before| differing(before, &message));
            let change = MessageTemplateChange { subject, text, updated_at: None };
            let savepoint = self.txn.begin().await?;
            let done = self.engine.message_template_change_in(&savepoint, self.cx, kind, change).await;
            let written = Self::settle(savepoint, done).await?;
            self.note(SECTION, kind.as_str(), written, changes);
        }
        Ok(())
    }

    /// The things that are known by something of which there is one, without those that come again: which of two should
    /// win is not ours to guess.
    pub fn once<T>(
        &mut self,
        section: &'static str,
        things: Vec<T>,
        known_by: impl Fn(&T) -> &str,
    ) -> Vec<T> {
        let mut seen: BTreeSet<String> = BTreeSet::new();
        let mut once = Vec::with_capacity(things.len());
        for thing in things {
            if seen.insert(known_by(&thing).to_owned()) {
                once.push(thing);
            } else {
                let why = vec!["Comes twice in the file".to_owned()];
                self.report.row(section, known_by(&thing), Outcome::Refused, why);
            }
        }
        once
    }

    /// Notes what is about to become of a thing that is written with others; tells whether nothing is.
    fn is_as_before<T: Serialize + PartialEq>(
        &mut self,
        section: &'static str,
        name: &str,
        before: Option<&T>,
        after: &T,
    ) -> bool {
        match before {
            Some(before) if before == after => {
                self.report.unchanged();
                return true;
            }
            Some(before) => self.report.row(section, name, Outcome::Changed, differing(before, after)),
            None => self.report.row(section, name, Outcome::Created, Vec::new()),
        }
        false
    }

    /// Ends a savepoint in which things were written that are noted already; what was refused is noted once more.
    async fn written<T>(
        &mut self,
        section: &'static str,
        savepoint: DatabaseTransaction,
        done: Result<T, Error>,
    ) -> Result<(), Error> {
        if let Err(why) = Self::settle(savepoint, done).await? {
            self.report.row(section, section, Outcome::Refused, why);
        }
        Ok(())
    }
}
