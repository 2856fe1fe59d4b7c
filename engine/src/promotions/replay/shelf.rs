//! The rules of the times that a replay comes through, with the draft among them.

use std::collections::HashMap;
use std::sync::Arc;

use perennial_domain::ids::MerchantId;
use perennial_domain::promotion::RuleSet;
use perennial_domain::replay::{Draft, ReplayRules, ReplayWindow};
use sqlx::PgPool;
use sqlx::types::Json;

use crate::error::Error;

/// How large all sets that are kept may be, by [`ReplayRules::size`]: some tens of megabytes. Customer by customer a replay
/// comes through all of its window again and again, so that a set that is thrown away is soon read once more.
const ROOM: usize = 100_000;

/// Rule sets that are kept, ready to evaluate; when there is no more room, the one that was used longest ago goes.
#[derive(Debug)]
pub(super) struct Shelf {
    merchant: MerchantId,
    window: ReplayWindow,
    books: HashMap<i64, Book>,
    weight: usize,
    uses: u64,
}

#[derive(Debug)]
struct Book {
    /// Nothing where the set is not stored, or not in a form that is still known.
    rules: Option<Arc<ReplayRules>>,
    weight: usize,
    used: u64,
}

impl Shelf {
    /// For purchases of a window.
    pub fn new(merchant: MerchantId, window: ReplayWindow) -> Self {
        Self { merchant, window, books: HashMap::new(), weight: 0, uses: 0 }
    }

    /// The rule set with this version and the draft among it.
    pub async fn rules(
        &mut self,
        pool: &PgPool,
        draft: &Draft,
        version: i64,
    ) -> Result<Option<Arc<ReplayRules>>, Error> {
        self.uses += 1;
        if let Some(book) = self.books.get_mut(&version) {
            book.used = self.uses;
            return Ok(book.rules.clone());
        }
        let stored = stored(pool, self.merchant, version).await?;
        let rules = stored.map(|rules| Arc::new(draft.among(rules, self.window)));
        let weight = rules.as_ref().map_or(1, |rules| rules.size());
        self.make_room(weight);
        self.weight += weight;
        self.books.insert(version, Book { rules: rules.clone(), weight, used: self.uses });
        Ok(rules)
    }

    fn make_room(&mut self, weight: usize) {
        while self.weight + weight > ROOM {
            let oldest = self.books.iter().min_by_key(|(_, book)| book.used).map(|(version, _)| *version);
            let Some(book) = oldest.and_then(|oldest| self.books.remove(&oldest)) else { return };
            self.weight -= book.weight;
        }
    }
}

async fn stored(pool: &PgPool, merchant: MerchantId, version: i64) -> Result<Option<RuleSet>, Error> {
    let rules: Result<Option<Json<RuleSet>>, sqlx::Error> =
        sqlx::query_scalar("SELECT rules FROM rule_sets WHERE merchant_id = $1 AND version = $2")
            .bind(merchant.uuid())
            .bind(version)
            .fetch_optional(pool)
            .await;
    match rules {
        Ok(rules) => Ok(rules.map(|Json(rules)| rules)),
        Err(sqlx::Error::ColumnDecode { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    #[test]
    fn the_set_that_was_used_longest_ago_makes_room() {
        let window = ReplayWindow::new(None, None, DateTime::UNIX_EPOCH).unwrap();
        let mut shelf = Shelf::new(MerchantId::new(0, [0; 10]), window);
        for (version, used) in [(1, 3), (2, 1), (3, 2)] {
            shelf.books.insert(version, Book { rules: None, weight: ROOM / 4, used });
            shelf.weight += ROOM / 4;
        }
        shelf.make_room(ROOM / 4);
        assert_eq!(shelf.books.len(), 3, "there is room for one more");
        shelf.make_room(ROOM / 2);
        let mut left: Vec<_> = shelf.books.keys().copied().collect();
        left.sort_unstable();
        assert_eq!((left, shelf.weight), (vec![1, 3], ROOM / 4 * 2));
        shelf.make_room(ROOM + 1);
        assert!(
            shelf.books.is_empty() && shelf.weight == 0,
            "one that is larger than all the room stands alone"
        );
    }
}
