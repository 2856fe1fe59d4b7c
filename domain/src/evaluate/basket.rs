//! The lines of a purchase, sorted by the filters that let them through.

use std::collections::HashMap;

use super::PurchaseFacts;
use super::filters::{Bits, Filters};

/// The lines of a purchase. Lines that the same filters let through are of one class, and there are few
/// classes however long the purchase is.
#[derive(Debug)]
pub(super) struct Basket {
    pub(super) classes: Vec<Class>,
    /// The class of each line; none for a line for which nothing is paid, which earns nothing.
    pub(super) lines: Vec<Option<usize>>,
}

#[derive(Debug)]
pub(super) struct Class {
    /// The filters that let its lines through.
    pub(super) through: Bits,
    /// What is paid for its lines together.
    paid: u128,
}

impl Basket {
    pub(super) fn new(facts: &PurchaseFacts, filters: &Filters) -> Self {
        let mut classes: Vec<Class> = Vec::new();
        let mut numbers: HashMap<Bits, usize> = HashMap::new();
        let mut through = Bits::default();
        let lines = facts
            .lines
            .iter()
            .map(|line| {
                if line.paid.is_zero() {
                    return None;
                }
                filters.through(line, &mut through);
                let number = numbers.get(&through).copied().unwrap_or_else(|| {
                    numbers.insert(through.clone(), classes.len());
                    classes.push(Class { through: through.clone(), paid: 0 });
                    classes.len() - 1
                });
                if let Some(class) = classes.get_mut(number) {
                    class.paid += u128::from(line.paid.unsigned());
                }
                Some(number)
            })
            .collect();
        Self { classes, lines }
    }

    /// What is paid for all lines that a filter lets through.
    pub(super) fn paid_through(&self, filter: usize) -> u128 {
        self.classes.iter().filter(|class| class.through.contains(filter)).map(|class| class.paid).sum()
    }
}
