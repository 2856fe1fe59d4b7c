//! Rewards and reward policies of a file.

use perennial_domain::error::FieldError;
use perennial_domain::ids::PolicyId;
use perennial_domain::policies::PolicyInput;
use perennial_domain::rewards::RewardInput;
use sea_orm::{DatabaseTransaction, TransactionTrait as _};

use super::file::ProgramPolicy;
use super::import::Import;
use super::names::{Names, labels};
use super::pair::pair;
use super::read;
use super::report::{Outcome, differing, refusal};
use crate::error::Error;

/// A reward of the file after its checks.
struct Wanted {
    /// What the file calls it.
    label: String,
    /// As it would be read back.
    file: RewardInput,
    /// With the ids of tiers.
    terms: RewardInput,
}

impl Wanted {
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
        if published.is_none() && draft.is_none() {
            return Err(vec![FieldError::new("/published", "required", "A policy needs to say something")]);
        }
        let file = ProgramPolicy { published: named, draft: named_draft, paused: file.paused };
        Ok(Self { file, published, draft })
    }

    /// Whether that is what is stored. What the file does not say of it stays as it is.
    fn is(&self, before: &ProgramPolicy) -> bool {
        let is_published = self.published.is_some();
        (!is_published || self.file.published == before.published && self.file.paused == before.paused)
            && (self.draft.is_none() || self.file.draft == before.draft)
    }
}

impl Import<'_> {
    pub(super) async fn rewards(&mut self, file: Vec<RewardInput>) -> Result<(), Error> {
        const SECTION: &str = "rewards";
        let names = self.names().await?;
        let stored = read::rewards(self.txn, self.merchant(), &names).await?;
        let labels = labels(file.iter().map(|reward| reward.name.as_str()));
        let mut all = Vec::with_capacity(file.len());
        for (reward, label) in file.into_iter().zip(labels) {
            match Wanted::of(label.clone(), reward, &names) {
                Ok(wanted) => all.push(wanted),
                Err(fields) => {
                    let why = refusal(Error::Invalid(fields))?;
                    self.report.row(SECTION, label, Outcome::Refused, why);
                }
            }
        }
        let pairs = pair(
            &all,
            &stored,
            |wanted, (_, before)| wanted.file.name == before.name,
            |wanted, (_, before)| wanted.beside(before) == *before,
        );
        for (wanted, before) in all.iter().zip(pairs) {
            if let Some((id, before)) = before
                && wanted.beside(before) == *before
            {
                self.rewards.push((*id, wanted.label.clone()));
                self.report.unchanged();
                continue;
            }
            let (engine, cx) = (self.engine, self.cx);
            let savepoint = self.txn.begin().await?;
            let done = match before {
                Some((id, before)) => {
                    // What was redeemed since it was read is not forgotten.
                    let seen = before.stock;
                    let terms = RewardInput { stock: wanted.beside(before).stock, ..wanted.terms.clone() };
                    engine.reward_update_in(&savepoint, cx, *id, terms.into(), seen).await
                }
                None => engine.reward_create_in(&savepoint, cx, wanted.terms.clone()).await,
            };
            let written = Self::settle(savepoint, done).await?;
            let changes = before.map(|(_, before)| differing(before, &wanted.beside(before)));
            if let Some(reward) = self.note(SECTION, &wanted.label, written, changes) {
                self.rewards.push((reward.id, wanted.label.clone()));
            }
        }
        Ok(())
    }

    pub(super) async fn policies(&mut self, file: Vec<ProgramPolicy>) -> Result<(), Error> {
        const SECTION: &str = "reward_policies";
        let names = self.names().await?;
        let stored = read::policies(self.txn, self.merchant(), &names).await?;
        let mut all = Vec::with_capacity(file.len());
        for policy in file {
            let name = policy.name().to_owned();
            match WantedPolicy::of(policy, &names) {
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
            let done = self.policy(&savepoint, before, wanted, &names).await;
            let written = Self::settle(savepoint, done).await?;
            let changes = before.map(|(_, before)| differing(before, &wanted.file));
            self.note(SECTION, wanted.file.name(), written, changes);
        }
        Ok(())
    }

    async fn policy(
        &self,
        txn: &DatabaseTransaction,
        before: Option<&(PolicyId, ProgramPolicy)>,
        wanted: &WantedPolicy,
        names: &Names,
    ) -> Result<(), Error> {
        let (engine, cx) = (self.engine, self.cx);
        let (id, before) = match before {
            Some((id, before)) => (*id, before.clone()),
            None => {
                let Some(drafted) = wanted.published.clone().or_else(|| wanted.draft.clone()) else {
                    return Ok(());
                };
                (engine.policy_create_in(txn, cx, drafted).await?.id, ProgramPolicy::default())
            }
        };
        let publishes = wanted.file.published != before.published;
        let published = wanted.published.as_ref().filter(|_| publishes);
        if let Some(published) = published {
            engine.policy_update_in(txn, cx, id, published.clone().into()).await?;
            engine.policy_publish_in(txn, cx, id).await?;
        }
        let draft = match (&wanted.draft, before.draft) {
            (Some(draft), kept) if published.is_some() || wanted.file.draft != kept => Some(draft.clone()),
            // What was published has taken its place; what somebody has drafted stays drafted.
            (None, Some(mut kept))
                if published.is_some() && wanted.file.published.as_ref() != Some(&kept) =>
            {
                names.number_policy(&mut kept).map_err(Error::Invalid)?;
                Some(kept)
            }
            _ => None,
        };
        if let Some(draft) = draft {
            engine.policy_update_in(txn, cx, id, draft.into()).await?;
        }
        match (before.paused, wanted.file.paused) {
            (false, true) if wanted.published.is_some() => {
                engine.policy_pause_in(txn, cx, id).await?;
            }
            (true, false) if wanted.published.is_some() => {
                engine.policy_resume_in(txn, cx, id).await?;
            }
            _ => {}
        }
        Ok(())
    }
}
