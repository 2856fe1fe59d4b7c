//! The exact worth of one minor unit that is paid, and whose it is.

use super::TierFacts;
use super::matching::Candidate;
use crate::money::Currency;
use crate::points::Rate;
use crate::promotion::Effect;

/// What one minor unit is worth on the lines of a class, as whole numbers over a common denominator.
///
/// The worth is Σ rates × Π multipliers × the tier's multiplier. Rates share it by their size; each multiplier in turn owns what it
/// adds to that. A multiplier below one adds nothing: it makes every share smaller and owns none. The tier's
/// is nobody's own: it makes every share larger, or smaller, by the same part.
#[derive(Debug, Default)]
pub(super) struct Weights {
    /// The share of each candidate, by its index: rates first, then multipliers.
    pub(super) shares: Vec<(usize, u128)>,
    /// The sum of all shares.
    pub(super) total: u128,
    /// What all of it is to be divided by; above zero.
    pub(super) denominator: u128,
}

impl Weights {
    /// The weights of candidates by their index; `None` when their exact product leaves 128 bits.
    pub(super) fn new(
        candidates: &[(usize, Candidate<'_>)],
        currency: Currency,
        tier: Option<&TierFacts>,
    ) -> Option<Self> {
        let mut rates = Vec::new();
        let mut growing = Vec::new();
        let mut shrinking = Vec::new();
        let mut denominator =
            u128::from(Rate::SCALE).checked_mul(10_u128.checked_pow(currency.minor_digits())?)?;
        let (mut scale, below) = tier.map_or((1, 1), |tier| reduced(tier.multiplier));
        denominator = denominator.checked_mul(below)?;
        for (index, candidate) in candidates {
            match candidate.version.terms.effect {
                Effect::AwardRate(rate) => rates.push((*index, u128::from(rate.millionths()))),
                Effect::Multiplier(factor) => {
                    let (numerator, below) = reduced(factor);
                    denominator = denominator.checked_mul(below)?;
                    if numerator < below {
                        scale = scale.checked_mul(numerator)?;
                        shrinking.push((*index, 0));
                    } else {
                        growing.push((*index, numerator, below));
                    }
                }
                Effect::FlatPoints(_) => {}
            }
        }
        // The denominator holds that of each growing multiplier: the rates, which come before all of them, are
        // scaled up by it.
        let mut shares = Vec::with_capacity(candidates.len());
        let mut before = 0_u128;
        let upscale = growing.iter().try_fold(scale, |product, (_, _, below)| product.checked_mul(*below))?;
        for (index, rate) in rates {
            let weight = rate.checked_mul(upscale)?;
            before = before.checked_add(weight)?;
            shares.push((index, weight));
        }
        shares.append(&mut shrinking);
        for (index, numerator, below) in growing {
            // `before` holds `below` as a factor, so that the division is exact.
            let weight = (before / below).checked_mul(numerator - below)?;
            before = before.checked_add(weight)?;
            shares.push((index, weight));
        }
        let mut weights = Self { shares, total: before, denominator };
        weights.reduce();
        Some(weights)
    }

    /// Divides everything by what it has in common, which keeps the products with amounts small.
    fn reduce(&mut self) {
        let common =
            self.shares.iter().fold(self.denominator, |common, (_, weight)| gcd(common, *weight)).max(1);
        for (_, weight) in &mut self.shares {
            *weight /= common;
        }
        self.total /= common;
        self.denominator /= common;
    }
}

/// A factor as a reduced fraction.
fn reduced(factor: Rate) -> (u128, u128) {
    let (numerator, denominator) = (u128::from(factor.millionths()), u128::from(Rate::SCALE));
    let common = gcd(numerator, denominator).max(1);
    (numerator / common, denominator / common)
}

fn gcd(a: u128, b: u128) -> u128 {
    let (mut a, mut b) = (a, b);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}
