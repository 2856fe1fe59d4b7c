//! Which of the stored things a thing of the file is.

use std::collections::BTreeSet;

/// For each thing of the file the stored one that it is, if any. Names need not be unique: of those with its name a thing is
/// first of all the one that is exactly the same, and then the first that nothing else is.
pub(super) fn pair<'s, F, S>(
    file: &[F],
    stored: &'s [S],
    has_its_name: impl Fn(&F, &S) -> bool,
    is_the_same: impl Fn(&F, &S) -> bool,
) -> Vec<Option<&'s S>> {
    let mut taken: BTreeSet<usize> = BTreeSet::new();
    let mut pairs: Vec<Option<&'s S>> = file.iter().map(|_| None).collect();
    for exactly in [true, false] {
        for (thing, pair) in file.iter().zip(&mut pairs) {
            if pair.is_some() {
                continue;
            }
            let free = stored.iter().enumerate().find(|(place, stored)| {
                !taken.contains(place)
                    && has_its_name(thing, stored)
                    && (!exactly || is_the_same(thing, stored))
            });
            if let Some((place, stored)) = free {
                taken.insert(place);
                *pair = Some(stored);
            }
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_comes_before_what_only_has_the_name() {
        let stored = [("a", 1), ("b", 1), ("a", 2)];
        let file = [("a", 3), ("a", 2), ("c", 1), ("a", 4)];
        let pairs = pair(&file, &stored, |one, other| one.0 == other.0, |one, other| one == other);
        assert_eq!(pairs, [Some(&("a", 1)), Some(&("a", 2)), None, None]);
    }
}
