//! Promotions and cashback offers of a file.

use chrono::{DateTime, Utc};
use perennial_domain::cashback::OfferInput;
use perennial_domain::error::FieldError;
use perennial_domain::ids::PromotionId;
use perennial_domain::promotion::{PromotionInput, PromotionTerms};
use sea_orm::{DatabaseTransaction, TransactionTrait as _};

use super::file::{ProgramPromotion, ProgramVersion};
use super::import::Import;
use super::names::Names;
use super::pair::pair;
use super::read;
use super::report::{Outcome, differing, refusal};
use crate::error::Error;

/// A promotion of the file after its checks.
struct Wanted {
    /// As it would be read back.
    file: ProgramPromotion,
    versions: Vec<(Option<DateTime<Utc>>, PromotionTerms)>,
    draft: Option<PromotionTerms>,
}

impl Wanted {
    fn of(file: ProgramPromotion, now: DateTime<Utc>, names: &Names) -> Result<Self, Vec<FieldError>> {
        let mut wanted = Self {
            file: ProgramPromotion { paused: file.paused, ..ProgramPromotion::default() },
            versions: Vec::new(),
            draft: None,
        };
        for ProgramVersion { effective_from, terms } in file.versions {
            let effective_from = effective_from.filter(|from| *from > now);
            let (checked, terms) = checked(terms, names)?;
            // As what is stored is read: what another version is in the place of is left out.
            wanted.versions.retain(|(before, _)| *before < effective_from);
            wanted.file.versions.retain(|before| before.effective_from < effective_from);
            wanted.versions.push((effective_from, checked));
            wanted.file.versions.push(ProgramVersion { effective_from, terms });
        }
        if let Some(draft) = file.draft {
            let (checked, terms) = checked(draft, names)?;
            (wanted.draft, wanted.file.draft) = (Some(checked), Some(terms));
        }
        if wanted.versions.is_empty() && wanted.draft.is_none() {
            return Err(vec![FieldError::new(
                "/versions",
                "required",
                "A promotion needs a version or a draft",
            )]);
        }
        Ok(wanted)
    }

    /// Whether that is what is stored. What the file does not say of it stays as it is.
    fn is(&self, before: &ProgramPromotion) -> bool {
        let is_published = !self.file.versions.is_empty();
        (!is_published || self.file.versions == before.versions && self.file.paused == before.paused)
            && (self.file.draft.is_none() || self.file.draft == before.draft)
    }
}

/// Terms with the names of tiers: checked, and as they would be read back.
fn checked(
    mut terms: PromotionInput,
    names: &Names,
) -> Result<(PromotionTerms, PromotionInput), Vec<FieldError>> {
    names.number_promotion(&mut terms)?;
    let checked = terms.check()?;
    let mut terms = PromotionInput::from(checked.clone());
    names.name_promotion(&mut terms);
    Ok((checked, terms))
}

impl Import<'_> {
    pub(super) async fn promotions(&mut self, file: Vec<ProgramPromotion>) -> Result<(), Error> {
        const SECTION: &str = "promotions";
        let (names, now) = (self.names().await?, self.engine.now(self.merchant()));
        let stored = read::promotions(self.txn, self.merchant(), now, &names).await?;
        let mut all = Vec::with_capacity(file.len());
        for promotion in file {
            let name = promotion.name().to_owned();
            match Wanted::of(promotion, now, &names) {
                Ok(wanted) => all.push(wanted),
                Err(fields) => {
                    let why = refusal(Error::Invalid(fields))?;
                    self.report.row(SECTION, name, Outcome::Refused, why);
                }
            }
        }
        let pairs = pair(
            &all,
            &stored,
            |wanted, (_, before)| wanted.file.name() == before.name(),
            |wanted, (_, before)| wanted.is(before),
        );
        for (wanted, before) in all.iter().zip(pairs) {
            if before.is_some_and(|(_, before)| wanted.is(before)) {
                self.report.unchanged();
                continue;
            }
            let savepoint = self.txn.begin().await?;
            let done = match before {
                Some((id, before)) => self.promotion_change(&savepoint, *id, before, wanted, &names).await,
                None => self.promotion_new(&savepoint, wanted).await,
            };
            let written = Self::settle(savepoint, done).await?;
            let changes = before.map(|(_, before)| differing(before, &wanted.file));
            self.note(SECTION, wanted.file.name(), written, changes);
        }
        Ok(())
    }

    async fn promotion_new(&self, txn: &DatabaseTransaction, wanted: &Wanted) -> Result<(), Error> {
        let (engine, cx) = (self.engine, self.cx);
        let mut versions = wanted.versions.iter();
        let first = versions.next();
        let drafted = first.map(|(_, terms)| terms).or(wanted.draft.as_ref());
        let Some(drafted) = drafted else { return Ok(()) };
        let id = engine.promotion_create_in(txn, cx, drafted.clone()).await?.id;
        if let Some((effective_from, _)) = first {
            engine.promotion_publish_in(txn, cx, id, *effective_from).await?;
        }
        for (effective_from, terms) in versions {
            self.publish(txn, id, terms, *effective_from).await?;
        }
        let draft = wanted.draft.clone().map(PromotionInput::from);
        self.promotion_end_of(txn, id, draft, wanted, false).await
    }

    async fn promotion_change(
        &self,
        txn: &DatabaseTransaction,
        id: PromotionId,
        before: &ProgramPromotion,
        wanted: &Wanted,
        names: &Names,
    ) -> Result<(), Error> {
        let mut draft = wanted.draft.clone().map(PromotionInput::from);
        if !wanted.versions.is_empty() && wanted.file.versions != before.versions {
            if before.versions.iter().any(|version| version.effective_from.is_some()) {
                let detail = "A version is published that is in force later, and it is not the one of the file; \
                              import again when its time has come, or end the promotion";
                return Err(Error::conflict("scheduled", detail));
            }
            let in_force = before.versions.first();
            for (version, (effective_from, terms)) in wanted.file.versions.iter().zip(&wanted.versions) {
                if in_force != Some(version) {
                    self.publish(txn, id, terms, *effective_from).await?;
                }
            }
            if draft.is_none()
                && let Some(mut kept) = before.draft.clone()
            {
                // What was published has taken its place; what somebody has drafted stays drafted.
                names.number_promotion(&mut kept).map_err(Error::Invalid)?;
                draft = Some(kept);
            }
        }
        self.promotion_end_of(txn, id, draft, wanted, before.paused).await
    }

    /// The draft that is left at the end, and whether the promotion rests.
    async fn promotion_end_of(
        &self,
        txn: &DatabaseTransaction,
        id: PromotionId,
        draft: Option<PromotionInput>,
        wanted: &Wanted,
        was_paused: bool,
    ) -> Result<(), Error> {
        let (engine, cx) = (self.engine, self.cx);
        if let Some(draft) = draft {
            engine.promotion_edit_in(txn, cx, id, draft.into()).await?;
        }
        // What was never published cannot rest.
        match (was_paused, wanted.file.paused) {
            (false, true) if !wanted.versions.is_empty() => {
                engine.promotion_pause_in(txn, cx, id).await?;
            }
            (true, false) if !wanted.versions.is_empty() => {
                engine.promotion_resume_in(txn, cx, id).await?;
            }
            _ => {}
        }
        Ok(())
    }

    async fn publish(
        &self,
        txn: &DatabaseTransaction,
        id: PromotionId,
        terms: &PromotionTerms,
        effective_from: Option<DateTime<Utc>>,
    ) -> Result<(), Error> {
        let terms = PromotionInput::from(terms.clone());
        self.engine.promotion_edit_in(txn, self.cx, id, terms.into()).await?;
        self.engine.promotion_publish_in(txn, self.cx, id, effective_from).await.map(drop)
    }

    pub(super) async fn offers(&mut self, file: Vec<OfferInput>) -> Result<(), Error> {
        const SECTION: &str = "cashback_offers";
        let stored = read::offers(self.txn, self.merchant()).await?;
        let mut all = Vec::with_capacity(file.len());
        for offer in file {
            match offer.check() {
                Ok(terms) => all.push(OfferInput::from(terms)),
                Err(fields) => {
                    let why = refusal(Error::Invalid(fields))?;
                    self.report.row(SECTION, offer.name, Outcome::Refused, why);
                }
            }
        }
        let pairs = pair(
            &all,
            &stored,
            |offer, (_, before)| offer.name == before.name,
            |offer, (_, before)| offer == before,
        );
        for (offer, before) in all.iter().zip(pairs) {
            if before.is_some_and(|(_, before)| before == offer) {
                self.report.unchanged();
                continue;
            }
            let (engine, cx) = (self.engine, self.cx);
            let savepoint = self.txn.begin().await?;
            let done = match before {
                Some((id, _)) => {
                    engine.cashback_offer_update_in(&savepoint, cx, *id, offer.clone().into()).await
                }
                None => engine.cashback_offer_create_in(&savepoint, cx, offer.clone()).await,
            };
            let written = Self::settle(savepoint, done).await?;
            let changes = before.map(|(_, before)| differing(before, offer));
            self.note(SECTION, &offer.name, written, changes);
        }
        Ok(())
    }
}
