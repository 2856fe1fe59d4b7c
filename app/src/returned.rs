//! What returns took back of a purchase, in words, written on the server: one explanation that customers and staff read
//! alike.

use crate::ui::{ReceiptLine, ReceiptView, grouped};
use perennial_domain::money::{Amount, format_amount};
use perennial_domain::returns::{LineReturn, ReturnState};
use perennial_engine::purchase_record::{LineRecord, PurchaseRecord};
use perennial_engine::returns::Return;

/// Lines that a receipt shows; a return may have ten thousand.
const LINES_SHOWN: usize = 100;

/// Who reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// Whoever bought and returned.
    Customer,
    /// A member of the merchant's staff.
    Staff,
}

/// A purchase of which something was returned.
pub struct ReturnedPurchase<'a> {
    /// As it was stored.
    pub record: &'a PurchaseRecord,
    /// What its lines are called.
    pub names: &'a [String],
    /// The merchant's word for points.
    pub unit: &'a str,
    /// Who reads it.
    pub reader: Reader,
}

impl ReturnedPurchase<'_> {
    /// `$9.00 of $18.00`; nothing while nothing was returned.
    pub fn part(&self, state: &ReturnState) -> Option<String> {
        (*state != ReturnState::default())
            .then(|| format!("{} of {}", self.money(state.amount()), self.money(self.record.amount)))
    }

    /// What was taken back of the points, to be taken off what was earned; nothing while nothing was. Where `returns` are
    /// all that there were, what they did not take back the claim has.
    pub fn taken_back(
        &self,
        state: &ReturnState,
        earned: i64,
        returns: &[Return],
        all_of_them: bool,
    ) -> Option<ReceiptLine> {
        let all = state.points().get();
        if all == 0 {
            return None;
        }
        let mut why = vec![format!("Of the {} that the purchase earned", grouped(earned))];
        let by_returns: i64 = returns.iter().map(|returned| returned.points_reversed.get()).sum();
        if all_of_them && all > by_returns {
            let text = "when the purchase was claimed: something had been returned before";
            why.push(format!("{} {text}", grouped(all - by_returns)));
        }
        Some(ReceiptLine {
            what: "Returned".to_owned(),
            figure: format!("−{} {}", grouped(all), self.unit),
            why,
            miss: true,
        })
    }

    /// One return like a receipt, under the heading `question`: what came back, what that took back, and what came back of
    /// what had paid.
    pub fn receipt(&self, returned: &Return, question: String) -> ReceiptView {
        let (shown, rest) = returned.lines.split_at_checked(LINES_SHOWN).unwrap_or((&returned.lines, &[]));
        let mut lines: Vec<ReceiptLine> = shown.iter().map(|line| self.line(line)).collect();
        lines.extend(self.more(rest));
        lines.extend(self.once(returned));
        lines.extend(self.spent(returned));
        lines.extend(self.came_back(returned));
        if returned.customer_id.is_none() {
            lines.push(note("Not claimed yet", String::new(), "A claim gives so much less"));
        }
        ReceiptView {
            question,
            lines,
            total_label: "Taken back".to_owned(),
            total: self.points(returned.points_reversed.get()),
        }
    }

    fn line(&self, line: &LineReturn) -> ReceiptLine {
        let name = self.names.get(line.line).map_or("Purchase", String::as_str);
        let bought = self.record.lines.get(line.line);
        let what = match bought.and_then(|bought| part(line, bought)) {
            Some(part) => format!("{name}, {part}"),
            None => name.to_owned(),
        };
        ReceiptLine {
            what,
            figure: self.money(line.amount),
            why: match line.points.get() {
                0 => Vec::new(),
                points => vec![format!("Takes back {}", self.points(points))],
            },
            miss: line.points.is_zero(),
        }
    }

    /// One row for the lines beyond those that are shown, so that the receipt still adds up.
    fn more(&self, rest: &[LineReturn]) -> Option<ReceiptLine> {
        let amount = Amount::checked_sum(rest.iter().map(|line| line.amount))?;
        let points: i64 = rest.iter().map(|line| line.points.get()).sum();
        (!rest.is_empty()).then(|| ReceiptLine {
            what: format!("{} more lines", rest.len()),
            figure: self.money(amount),
            why: vec![format!("Takes back {}", self.points(points))],
            miss: points == 0,
        })
    }

    /// The part of what had been given once for the whole purchase.
    fn once(&self, returned: &Return) -> Option<ReceiptLine> {
        let of_lines: i64 = returned.lines.iter().map(|line| line.points.get()).sum();
        let points = returned.points_reversed.get() - of_lines;
        (points > 0).then(|| ReceiptLine {
            what: "Given once for the whole purchase".to_owned(),
            figure: format!("−{}", self.points(points)),
            why: vec!["The part of it that was returned".to_owned()],
            miss: false,
        })
    }

    /// Points that could not simply leave the balance: they waited, or were spent.
    fn spent(&self, returned: &Return) -> Vec<ReceiptLine> {
        let (owed, absorbed) = match self.reader {
            Reader::Customer => ("What you earn next settles them", "You had spent them; you owe nothing"),
            Reader::Staff => ("Owed: what is earned next settles them", "The loss is yours"),
        };
        let parts = [
            (returned.pending_reversed, "On their way", "They never arrive"),
            (returned.debt, "Spent already", owed),
            (returned.absorbed, "Spent already", absorbed),
        ];
        let told = parts.into_iter().filter(|(points, ..)| points.get() > 0);
        told.map(|(points, what, why)| note(what, format!("{} of them", points.grouped()), why)).collect()
    }

    /// Cashback that was taken back, and what had paid besides money.
    fn came_back(&self, returned: &Return) -> Vec<ReceiptLine> {
        let mut lines = Vec::new();
        let mut push = |what: String, figure: String, why: Vec<String>| {
            lines.push(ReceiptLine { what, figure, why, miss: false });
        };
        if !returned.cashback_reversed.is_zero() {
            let why = vec!["What this part had earned in cashback".to_owned()];
            push("Cashback".to_owned(), format!("−{}", self.money(returned.cashback_reversed)), why);
        }
        let (owed, absorbed) = match self.reader {
            Reader::Customer => ("What you get back next settles it", "You had spent it; you owe nothing"),
            Reader::Staff => ("Owed: what comes into the wallet next settles it", "The loss is yours"),
        };
        for (part, why) in [(returned.cashback_debt, owed), (returned.cashback_absorbed, absorbed)] {
            if !part.is_zero() {
                let figure = format!("{} of it", self.money(part));
                push("Cashback spent already".to_owned(), figure, vec![why.to_owned()]);
            }
        }
        let tenders = &returned.tenders;
        if tenders.points.get() > 0 {
            let what = format!("Paid with {}", self.unit);
            push(
                what,
                format!("+{}", self.points(tenders.points.get())),
                vec!["Back where they came from".to_owned()],
            );
        }
        if !tenders.cashback.is_zero() {
            let why = vec!["Back in the wallet".to_owned()];
            push("Paid with cashback".to_owned(), format!("+{}", self.money(tenders.cashback)), why);
        }
        for reward in &returned.rewards_returned {
            let (figure, why) = match (reward.usable, reward.points) {
                (true, _) => ("back".to_owned(), "It can be used again"),
                (false, 0) => ("over".to_owned(), "Its time was over"),
                (false, points) => {
                    (format!("+{}", self.points(points)), "Its time was over: what it had cost comes back")
                }
            };
            push(format!("Voucher “{}”", reward.name), figure, vec![why.to_owned()]);
        }
        if tenders.points_expired.get() > 0 {
            let points = format!("−{}", self.points(tenders.points_expired.get()));
            push("Expired at once".to_owned(), points, vec!["Their last day was over".to_owned()]);
        }
        if returned.paid_back != returned.amount {
            push("Paid back in money".to_owned(), self.money(returned.paid_back), Vec::new());
        }
        lines
    }

    fn money(&self, amount: Amount) -> String {
        format_amount(amount, self.record.currency)
    }

    /// So many points, in the merchant's word for them.
    pub fn points(&self, points: i64) -> String {
        format!("{} {}", grouped(points), self.unit)
    }
}

/// How much of a line came back, where it is not all of it: `1 of 2`, `a part`.
fn part(line: &LineReturn, bought: &LineRecord) -> Option<String> {
    let count = |count: u64| grouped(i64::try_from(count).unwrap_or(i64::MAX));
    if line.amount == bought.due() && !line.amount.is_zero() {
        None
    } else if line.quantity > 0 && line.quantity < bought.quantity {
        Some(format!("{} of {}", count(line.quantity), count(bought.quantity)))
    } else {
        (line.amount != bought.due()).then(|| "a part".to_owned())
    }
}

fn note(what: &str, figure: String, why: &str) -> ReceiptLine {
    ReceiptLine { what: what.to_owned(), figure, why: vec![why.to_owned()], miss: true }
}
