//! Tiers of a file.

use perennial_domain::ids::TierId;
use perennial_domain::tiers::TierInput;
use sea_orm::TransactionTrait as _;

use super::import::Import;
use super::read;
use super::report::{differing, refusal};
use crate::error::Error;

/// A tier of the file that is not as it was.
struct Step {
    /// What is there under its name.
    before: Option<(TierId, TierInput)>,
    input: TierInput,
    /// What became of it, once it was tried.
    written: Option<Result<(), Vec<String>>>,
}

impl Step {
    /// Whether no other tier that there is has its threshold.
    fn is_free(&self, ladder: &[(TierId, TierInput)]) -> bool {
        let own = self.before.as_ref().map(|(id, _)| *id);
        !ladder.iter().any(|(id, tier)| Some(*id) != own && tier.threshold == self.input.threshold)
    }
}

/// The step that comes next: the first whose threshold is free by now, so that one tier can take the place of another that goes
/// on to the next; else the first of those that are left, which is told what is in its way.
fn next(steps: &[Step], ladder: &[(TierId, TierInput)]) -> Option<usize> {
    let open = || steps.iter().enumerate().filter(|(_, step)| step.written.is_none());
    let free = open().find(|(_, step)| step.is_free(ladder));
    free.or_else(|| open().next()).map(|(place, _)| place)
}

impl Import<'_> {
    pub(super) async fn tiers(&mut self, wanted: Vec<TierInput>) -> Result<(), Error> {
        const SECTION: &str = "tiers";
        let mut ladder = read::tiers(self.txn, self.merchant()).await?;
        let mut steps = Vec::new();
        for input in self.once(SECTION, wanted, |tier| tier.name.as_str()) {
            let input = match input.check() {
                Ok(terms) => TierInput::from(terms),
                Err(fields) => {
                    let why = refusal(Error::Invalid(fields))?;
                    steps.push(Step { before: None, input, written: Some(Err(why)) });
                    continue;
                }
            };
            let has_its_name = |tier: &TierInput| tier.name.to_lowercase() == input.name.to_lowercase();
            let before = ladder.iter().find(|(_, tier)| has_its_name(tier)).cloned();
            if before.as_ref().is_some_and(|(_, before)| *before == input) {
                self.report.unchanged();
                continue;
            }
            steps.push(Step { before, input, written: None });
        }
        while let Some(place) = next(&steps, &ladder) {
            let Some(step) = steps.get_mut(place) else { break };
            let (engine, cx, dry_run) = (self.engine, self.cx, self.dry_run);
            let (input, savepoint) = (step.input.clone(), self.txn.begin().await?);
            let done = match &step.before {
                Some((id, _)) => engine.tier_update_in(&savepoint, cx, *id, input.into(), dry_run).await,
                None => engine.tier_create_in(&savepoint, cx, input, dry_run).await,
            };
            let written = Self::settle(savepoint, done).await?.map(drop);
            if let (Ok(()), Some((own, _))) = (&written, &step.before) {
                for (_, tier) in ladder.iter_mut().filter(|(id, _)| id == own) {
                    *tier = step.input.clone();
                }
            }
            step.written = Some(written);
        }
        // In the order of the file.
        for Step { before, input, written } in steps {
            let changes = before.map(|(_, before)| differing(&before, &input));
            if let Some(written) = written {
                self.note(SECTION, &input.name, written, changes);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tier(threshold: i64) -> TierInput {
        TierInput { threshold: Some(threshold), ..TierInput::default() }
    }

    fn step(before: Option<(TierId, TierInput)>, threshold: i64) -> Step {
        Step { before, input: tier(threshold), written: None }
    }

    #[test]
    fn whose_place_is_free_goes_first() {
        let [silver, gold] = [1, 2].map(|seed| TierId::new(0, [seed; 10]));
        let mut ladder = vec![(silver, tier(10)), (gold, tier(50))];
        let mut steps =
            vec![step(Some((silver, tier(10))), 50), step(None, 10), step(Some((gold, tier(50))), 90)];
        assert_eq!(next(&steps, &ladder), Some(2), "the one at the top");
        steps[2].written = Some(Ok(()));
        ladder[1].1 = tier(90);
        assert_eq!(next(&steps, &ladder), Some(0), "then the one that comes to its place");
        steps[0].written = Some(Ok(()));
        ladder[0].1 = tier(50);
        assert_eq!(next(&steps, &ladder), Some(1), "then the new one");
        steps[1].written = Some(Ok(()));
        assert_eq!(next(&steps, &ladder), None);
        // Two that want to change places: somebody has to say so.
        let swapped = [step(Some((silver, tier(50))), 90), step(Some((gold, tier(90))), 50)];
        assert_eq!(next(&swapped, &ladder), Some(0));
    }
}
