//! Promotions and cashback offers of a file.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use perennial_domain::cashback::OfferInput;
use perennial_domain::error::FieldError;
use perennial_domain::ids::{OfferId, PromotionId};
use perennial_domain::promotion::{PromotionInput, PromotionTerms};
use sea_orm::DatabaseTransaction;

use super::file::{ProgramPromotion, ProgramVersion};
use super::import::Import;
use super::names::Names;
use super::read;
use super::report::differing;
use super::wanted::Wanted;
use crate::error::Error;

/// A promotion of the file after its checks.
struct WantedPromotion {
    /// As it would be read back.
    file: ProgramPromotion,
    versions: Vec<(Option<DateTime<Utc>>, PromotionTerms)>,
    draft: Option<PromotionTerms>,
}

impl WantedPromotion {
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
        wanted.first()?;
        Ok(wanted)
    }

    /// What it begins with: the first version, else the draft.
    fn first(&self) -> Result<&PromotionTerms, Vec<FieldError>> {
        let published = self.versions.first().map(|(_, terms)| terms);
        published.or(self.draft.as_ref()).ok_or_else(|| {
            vec![FieldError::new("/versions", "required", "A promotion needs a version or a draft")]
        })
    }
}

#[async_trait]
impl Wanted for WantedPromotion {
    const SECTION: &'static str = "promotions";
    type Id = PromotionId;
    type Stored = ProgramPromotion;

    fn label(&self) -> &str {
        self.file.name()
    }

    fn has_name_of(&self, before: &ProgramPromotion) -> bool {
        self.file.name() == before.name()
    }

    /// What the file does not say of it stays as it is.
    fn is(&self, before: &ProgramPromotion) -> bool {
        let is_published = !self.file.versions.is_empty();
        (!is_published || self.file.versions == before.versions && self.file.paused == before.paused)
            && (self.file.draft.is_none() || self.file.draft == before.draft)
    }

    fn changes(&self, before: &ProgramPromotion) -> Vec<String> {
        differing(before, &self.file)
    }

    async fn write(
        &self,
        import: &Import<'_>,
        txn: &DatabaseTransaction,
        names: &Names,
        before: Option<&(PromotionId, ProgramPromotion)>,
    ) -> Result<PromotionId, Error> {
        match before {
            Some((id, before)) => {
                import.promotion_change(txn, *id, before, self, names).await?;
                Ok(*id)
            }
            None => import.promotion_new(txn, self).await,
        }
    }
}

/// An offer as it would be read back.
#[async_trait]
impl Wanted for OfferInput {
    const SECTION: &'static str = "cashback_offers";
    type Id = OfferId;
    type Stored = Self;

    fn label(&self) -> &str {
        &self.name
    }

    fn has_name_of(&self, before: &Self) -> bool {
        self.name == before.name
    }

    fn is(&self, before: &Self) -> bool {
        self == before
    }

    fn changes(&self, before: &Self) -> Vec<String> {
        differing(before, self)
    }

    async fn write(
        &self,
        import: &Import<'_>,
        txn: &DatabaseTransaction,
        _names: &Names,
        before: Option<&(OfferId, Self)>,
    ) -> Result<OfferId, Error> {
        let (engine, cx) = (import.engine, import.cx);
        let written = match before {
            Some((id, _)) => engine.cashback_offer_update_in(txn, cx, *id, self.clone().into()).await?,
            None => engine.cashback_offer_create_in(txn, cx, self.clone()).await?,
        };
        Ok(written.id)
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
        let (names, now) = (self.names().await?, self.engine.now(self.merchant()));
        let stored = read::promotions(self.txn, self.merchant(), now, &names).await?;
        let of = |promotion: ProgramPromotion| {
            (promotion.name().to_owned(), WantedPromotion::of(promotion, now, &names))
        };
        let checked = file.into_iter().map(of).collect();
        self.enter::<WantedPromotion>(checked, &stored, &names).await.map(drop)
    }

    pub(super) async fn offers(&mut self, file: Vec<OfferInput>) -> Result<(), Error> {
        let stored = read::offers(self.txn, self.merchant()).await?;
        let of = |offer: OfferInput| {
            let wanted = offer.check().map(OfferInput::from);
            (offer.name, wanted)
        };
        let checked = file.into_iter().map(of).collect();
        // An offer names neither tiers nor rewards.
        self.enter::<OfferInput>(checked, &stored, &Names::default()).await.map(drop)
    }

    async fn promotion_new(
        &self,
        txn: &DatabaseTransaction,
        wanted: &WantedPromotion,
    ) -> Result<PromotionId, Error> {
        let (engine, cx) = (self.engine, self.cx);
        let drafted = wanted.first().map_err(Error::Invalid)?.clone();
        let id = engine.promotion_create_in(txn, cx, drafted).await?.id;
        let mut versions = wanted.versions.iter();
        if let Some((effective_from, _)) = versions.next() {
            engine.promotion_publish_in(txn, cx, id, *effective_from).await?;
        }
        for (effective_from, terms) in versions {
            self.publish(txn, id, terms, *effective_from).await?;
        }
        let draft = wanted.draft.clone().map(PromotionInput::from);
        self.promotion_end_of(txn, id, draft, wanted, false).await?;
        Ok(id)
    }

    async fn promotion_change(
        &self,
        txn: &DatabaseTransaction,
        id: PromotionId,
        before: &ProgramPromotion,
        wanted: &WantedPromotion,
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
        wanted: &WantedPromotion,
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
}
