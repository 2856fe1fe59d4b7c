//! What is proved, and by which statements.

use serde::{Deserialize, Serialize};

/// An invariant of the books that stored data can prove.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Invariant {
    /// Every posting sums to zero per unit.
    I1,
    /// A stored balance is the sum of its entries.
    I2,
    /// Lots minus debt are what is available.
    I3,
    /// Every key has exactly one purchase, every purchase exactly the entries that it earned.
    I4,
    /// Every purchase can be answered again: its row is complete and adds up.
    I5,
    /// Nothing is below zero without a debt, no budget above its bound, limits count what was given, and what is carried over
    /// is what was left.
    I6,
    /// Returns are never more than their purchase, per line, and what they took back is what was posted.
    I7,
    /// What happens once per cause has happened once.
    I8,
    /// Every message reaches its consumer, by its age.
    I10,
    /// Evaluating a purchase again from its stored facts gives the stored points.
    I11,
}

/// How an invariant is proved. A statement answers (checked, violations, findings); `$1` is the merchant, `$2` how many
/// findings to name.
#[derive(Debug, Clone, Copy)]
pub(super) enum Proof {
    /// Looks at what happened from `$3` on, which is the id of a posting: all of it when that is the first of all ids.
    Since(&'static str),
    /// Always looks at everything there is, in no time: part of every check.
    Standing(&'static str),
    /// Looks at everything there is, which may take its time: left out between two checks of everything.
    Whole(&'static str),
    /// Evaluates every purchase again, from an id on.
    Evaluation,
}

impl Invariant {
    /// All that are checked, in order.
    pub const ALL: [Self; 10] = [
        Self::I1,
        Self::I2,
        Self::I3,
        Self::I4,
        Self::I5,
        Self::I6,
        Self::I7,
        Self::I8,
        Self::I10,
        Self::I11,
    ];

    /// What it is called in reports: `I4`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::I1 => "I1",
            Self::I2 => "I2",
            Self::I3 => "I3",
            Self::I4 => "I4",
            Self::I5 => "I5",
            Self::I6 => "I6",
            Self::I7 => "I7",
            Self::I8 => "I8",
            Self::I10 => "I10",
            Self::I11 => "I11",
        }
    }

    /// What holds, as a sentence.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::I1 => "Every posting sums to zero",
            Self::I2 => "Every balance is the sum of its entries",
            Self::I3 => "Lots add up to what is available",
            Self::I4 => "Every purchase is there once, with the entries that it earned",
            Self::I5 => "Every purchase can be answered again",
            Self::I6 => "No balance, limit or budget is overdrawn",
            Self::I7 => "Returns are at most what was bought",
            Self::I8 => "What happens once has happened once",
            Self::I10 => "Every message has reached its module",
            Self::I11 => "Evaluating a purchase again gives the stored points",
        }
    }

    /// What proves it; modules prove the same of tables of their own.
    pub(super) fn proofs(self) -> &'static [Proof] {
        use Proof::{Evaluation, Since, Standing, Whole};
        match self {
            Self::I1 => &[Since(include_str!("i1.sql"))],
            Self::I2 => &[Since(include_str!("i2.sql")), Whole(crate::cashback::RECONCILE_I2)],
            Self::I3 => &[Since(include_str!("i3.sql"))],
            Self::I4 => &[
                Since(include_str!("i4.sql")),
                Since(crate::rewards::RECONCILE_I4),
                Whole(crate::intake::RECONCILE_I4),
            ],
            Self::I5 => &[Since(include_str!("i5.sql"))],
            Self::I6 => &[
                Since(include_str!("i6.sql")),
                Whole(crate::carry_over::RECONCILE_I6),
                Whole(crate::rewards::RECONCILE_I6),
                Whole(crate::intake::RECONCILE_I6),
            ],
            Self::I7 => &[Since(include_str!("i7.sql"))],
            Self::I8 => &[
                Whole(include_str!("i8.sql")),
                Whole(crate::cashback::RECONCILE_I8),
                Whole(crate::rewards::RECONCILE_I8),
                Whole(crate::tiers::RECONCILE_I8),
                Whole(crate::referrals::RECONCILE_I8),
                Whole(crate::leaderboard::RECONCILE_I8),
                Whole(crate::policies::RECONCILE_I8),
            ],
            Self::I10 => &[Standing(include_str!("i10.sql"))],
            Self::I11 => &[Evaluation],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Postgres looks such a list up row by row as soon as it believes it too large for its memory: with some hundred thousand
    /// purchases since the last check, a proof that takes seconds took the better part of an hour. A join or `EXISTS` is hashed.
    #[test]
    fn no_proof_looks_its_subjects_up_in_a_list() {
        for invariant in Invariant::ALL {
            for proof in invariant.proofs() {
                let (Proof::Since(statement) | Proof::Standing(statement) | Proof::Whole(statement)) = proof
                else {
                    continue;
                };
                assert!(!statement.contains(" IN (SELECT"), "{}: {statement}", invariant.name());
            }
        }
    }
}
