//! Rewards and reward policies of a file.

use async_trait::async_trait;
use perennial_domain::error::FieldError;
use perennial_domain::ids::{PolicyId, RewardId};
use perennial_domain::policies::PolicyInput;
use perennial_domain::rewards::RewardInput;
use sea_orm::DatabaseTransaction;

use super::file::ProgramPolicy;
use super::import::Import;
use super::names::{Names, labels};
use super::read;
use super::report::differing;
use super::wanted::Wanted;
use crate::error::Error;

/// A reward of the file after its checks.
struct WantedReward {
    /// What the file calls it.
    label: String,
    /// As it would be read back.
    file: RewardInput,
    /// With the ids of tiers.
    terms: RewardInput,
}

impl WantedReward {
    fn of(label: String, mut terms: RewardInput, names: &Names) -> Result<Self, Vec<FieldError>> {
        names.number_reward(&mut terms)?;
        let terms = RewardInput::from(terms.check()?);
        let mut file = terms.clone();
        names.name_reward(&mut file);
        Ok(Self { label, file, terms })
    }

    /// With the stock that is there: how many are left is counted, and no file says so. Whether they are counted at all is what
    /// the merchant says.
    fn beside(&self, before: &RewardInput) -> RewardInput {
        let stock = if self.file.stock.is_some() { before.stock.or(self.file.stock) } else { None };
        RewardInput { stock, ..self.file.clone() }
    }
}

#[async_trait]
impl Wanted for WantedReward {
    const SECTION: &'static str = "rewards";
    type Id = RewardId;
    type Stored = RewardInput;

    fn label(&self) -> &str {
        &self.label
    }

    fn has_name_of(&self, before: &RewardInput) -> bool {
        self.file.name == before.name
    }

    fn is(&self, before: &RewardInput) -> bool {
        self.beside(before) == *before
    }

    fn changes(&self, before: &RewardInput) -> Vec<String> {
        differing(before, &self.beside(before))
    }

    async fn write(
        &self,
        import: &Import<'_>,
        txn: &DatabaseTransaction,
        _names: &Names,
        before: Option<&(RewardId, RewardInput)>,
    ) -> Result<RewardId, Error> {
        let (engine, cx) = (import.engine, import.cx);
        let written = match before {
            Some((id, before)) => {
                // What was redeemed since it was read is not forgotten.
                let seen = before.stock;
                let terms = RewardInput { stock: self.beside(before).stock, ..self.terms.clone() };
                engine.reward_update_in(txn, cx, *id, terms.into(), seen).await?
            }
            None => engine.reward_create_in(txn, cx, self.terms.clone()).await?,
        };
        Ok(written.id)
    }
}

/// A policy of the file after its checks.
struct WantedPolicy {
    /// As it would be read back.
    file: ProgramPolicy,
    /// With the ids of tiers and rewards.
    published: Option<PolicyInput>,
    draft: Option<PolicyInput>,
}

impl WantedPolicy {
    fn of(file: ProgramPolicy, names: &Names) -> Result<Self, Vec<FieldError>> {
        let checked = |terms: Option<PolicyInput>| -> Result<_, Vec<FieldError>> {
            let Some(mut terms) = terms else { return Ok((None, None)) };
            names.number_policy(&mut terms)?;
            let terms = PolicyInput::from(terms.check()?);
            let mut named = terms.clone();
            names.name_policy(&mut named);
            Ok((Some(named), Some(terms)))
        };
        let (named, published) = checked(file.published)?;
        let (named_draft, draft) = checked(file.draft)?;
        let file = ProgramPolicy { published: named, draft: named_draft, paused: file.paused };
        let wanted = Self { file, published, draft };
        wanted.first()?;
        Ok(wanted)
    }

    /// What it begins with: what is to be published, else the draft.
    fn first(&self) -> Result<&PolicyInput, Vec<FieldError>> {
        self.published
            .as_ref()
            .or(self.draft.as_ref())
            .ok_or_else(|| vec![FieldError::new("/published", "required", "A policy needs to say something")])
    }
}

#[async_trait]
impl Wanted for WantedPolicy {
    const SECTION: &'static str = "reward_policies";
    type Id = PolicyId;
    type Stored = ProgramPolicy;

    fn label(&self) -> &str {
        self.file.name()
    }

    fn has_name_of(&self, before: &ProgramPolicy) -> bool {
        self.file.name() == before.name()
    }

    /// What the file does not say of it stays as it is.
    fn is(&self, before: &ProgramPolicy) -> bool {
        let is_published = self.published.is_some();
        (!is_published || self.file.published == before.published && self.file.paused == before.paused)
            && (self.draft.is_none() || self.file.draft == before.draft)
    }

    fn changes(&self, before: &ProgramPolicy) -> Vec<String> {
        differing(before, &self.file)
    }

    async fn write(
        &self,
        import: &Import<'_>,
        txn: &DatabaseTransaction,
        names: &Names,
        before: Option<&(PolicyId, ProgramPolicy)>,
    ) -> Result<PolicyId, Error> {
        let (engine, cx) = (import.engine, import.cx);
        let (id, before) = match before {
            Some((id, before)) => (*id, before.clone()),
            None => {
                let drafted = self.first().map_err(Error::Invalid)?.clone();
                (engine.policy_create_in(txn, cx, drafted).await?.id, ProgramPolicy::default())
            }
        };
        let publishes = self.file.published != before.published;
        let published = self.published.as_ref().filter(|_| publishes);
        if let Some(published) = published {
            engine.policy_update_in(txn, cx, id, published.clone().into()).await?;
            engine.policy_publish_in(txn, cx, id).await?;
        }
        let draft = match (&self.draft, before.draft) {
            (Some(draft), kept) if published.is_some() || self.file.draft != kept => Some(draft.clone()),
            // What was published has taken its place; what somebody has drafted stays drafted.
            (None, Some(mut kept)) if published.is_some() && self.file.published.as_ref() != Some(&kept) => {
                names.number_policy(&mut kept).map_err(Error::Invalid)?;
                Some(kept)
            }
            _ => None,
        };
        if let Some(draft) = draft {
            engine.policy_update_in(txn, cx, id, draft.into()).await?;
        }
        match (before.paused, self.file.paused) {
            (false, true) if self.published.is_some() => {
                engine.policy_pause_in(txn, cx, id).await?;
            }
            (true, false) if self.published.is_some() => {
                engine.policy_resume_in(txn, cx, id).await?;
            }
            _ => {}
        }
        Ok(id)
    }
}

impl Import<'_> {
    pub(super) async fn rewards(&mut self, file: Vec<RewardInput>) -> Result<(), Error> {
        let names = self.names().await?;
        let stored = read::rewards(self.txn, self.merchant(), &names).await?;
        let labels = labels(file.iter().map(|reward| reward.name.as_str()));
        let of =
            |(reward, label): (RewardInput, String)| (label.clone(), WantedReward::of(label, reward, &names));
        let checked = file.into_iter().zip(labels).map(of).collect();
        let there = self.enter::<WantedReward>(checked, &stored, &names).await?;
        self.rewards.extend(there.into_iter().map(|(id, wanted)| (id, wanted.label)));
        Ok(())
    }

    pub(super) async fn policies(&mut self, file: Vec<ProgramPolicy>) -> Result<(), Error> {
        let names = self.names().await?;
        let stored = read::policies(self.txn, self.merchant(), &names).await?;
        let of = |policy: ProgramPolicy| (policy.name().to_owned(), WantedPolicy::of(policy, &names));
        let checked = file.into_iter().map(of).collect();
        self.enter::<WantedPolicy>(checked, &stored, &names).await.map(drop)
    }
}
