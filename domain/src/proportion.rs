//! Parts of whole numbers: shares that add up to what is shared, and what a return leaves of something.
//!
//! Everything that is shared out or taken back goes through these functions, so that points, cashback,
//! vouchers and tenders of one line can never drift apart by a unit.

/// Splits a total by weights, exactly: each part is its share rounded down, and what that leaves over goes,
/// one unit each, to the parts with the largest remainders, the first of equal ones first.
///
/// The parts add up to the total whenever any weight is above zero; without one there is nobody to give to,
/// and all parts are zero. No part is larger than its weight as long as the total is not larger than all
/// weights together.
#[must_use]
pub fn split(total: u64, weights: &[u64]) -> Vec<u64> {
    let all: u128 = weights.iter().map(|weight| u128::from(*weight)).sum();
    if all == 0 {
        return vec![0; weights.len()];
    }
    let mut left = total;
    let mut remainders = Vec::with_capacity(weights.len());
    let mut parts: Vec<u64> = Vec::with_capacity(weights.len());
    for (place, weight) in weights.iter().enumerate() {
        // Two factors of 64 bits each; the quotient is at most the total.
        let scaled = u128::from(total) * u128::from(*weight);
        let part = u64::try_from(scaled / all).unwrap_or(total);
        left -= part.min(left);
        remainders.push((scaled % all, place));
        parts.push(part);
    }
    remainders.sort_unstable_by_key(|(remainder, place)| (std::cmp::Reverse(*remainder), *place));
    // What is left over is the sum of the remainders, each below one: fewer units than there are parts with one.
    for (_, place) in remainders.into_iter().take(usize::try_from(left).unwrap_or(usize::MAX)) {
        if let Some(part) = parts.get_mut(place) {
            *part += 1;
        }
    }
    parts
}

/// What is kept of something that came with an amount, when so much of the amount was returned in all:
/// floor(whole × (amount − returned) / amount).
///
/// It depends on the sum of the returns alone, so that many small ones end where one large one does. Of an
/// amount of zero nothing can be returned, and everything is kept.
#[must_use]
pub fn kept(whole: u64, amount: u64, returned: u64) -> u64 {
    let rest = u128::from(amount.saturating_sub(returned));
    let kept = (u128::from(whole) * rest).checked_div(u128::from(amount));
    kept.and_then(|kept| u64::try_from(kept).ok()).unwrap_or(whole)
}

/// What is kept of an exact worth that came with an amount, when so much of the amount was returned in all: as
/// [`kept`], but of something that may be below zero, and rounded towards zero.
#[must_use]
pub fn kept_exact(whole: i128, amount: u64, returned: u64) -> i128 {
    if amount == 0 {
        return whole;
    }
    let (rest, amount) = (u128::from(amount.saturating_sub(returned)), u128::from(amount));
    let magnitude = whole.unsigned_abs();
    // Quotient and remainder each for itself: the product of all of it may leave 128 bits.
    let kept = magnitude / amount * rest + magnitude % amount * rest / amount;
    i128::try_from(kept).map_or(whole, |kept| kept * whole.signum())
}
