//! Where a promotion lies in three months, and its dates in words.

use chrono::{Datelike, Months, NaiveDate, NaiveDateTime, NaiveTime};
use perennial_domain::promotion::PromotionTerms;

/// Three months: the last, this one, the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    from: NaiveDateTime,
    to: NaiveDateTime,
}

impl Window {
    /// The months around a day.
    #[must_use]
    pub fn around(today: NaiveDateTime) -> Self {
        // Every month has a first day; the fallback never shows.
        let month = today.date().with_day(1).unwrap_or(today.date());
        let from = month.checked_sub_months(Months::new(1)).unwrap_or(month);
        let to = month.checked_add_months(Months::new(2)).unwrap_or(month);
        Self { from: from.and_time(NaiveTime::MIN), to: to.and_time(NaiveTime::MIN) }
    }

    /// `Oct – Dec`.
    #[must_use]
    pub fn label(&self) -> String {
        let last = self.to.date().pred_opt().unwrap_or(self.to.date());
        format!("{} – {}", self.from.format("%b"), last.format("%b"))
    }

    /// Where a moment lies, in thousandths, kept inside.
    #[must_use]
    pub fn place(&self, at: NaiveDateTime) -> u16 {
        let whole = (self.to - self.from).num_minutes().max(1);
        let part = (at - self.from).num_minutes().clamp(0, whole);
        u16::try_from(part * 1000 / whole).unwrap_or(1000)
    }

    /// The part that a promotion covers; nothing when it lies outside.
    #[must_use]
    pub fn bar(&self, starts: Option<NaiveDateTime>, ends: Option<NaiveDateTime>) -> Option<(u16, u16)> {
        let (from, to) = (starts.unwrap_or(self.from), ends.unwrap_or(self.to));
        (from < self.to && to > self.from).then(|| {
            let (from, to) = (self.place(from), self.place(to));
            // A single day must still be seen.
            (from, to.max(from.saturating_add(12).min(1000)))
        })
    }
}

/// `always`, `from May 1, 2026`, `until …`, `May 1 – May 28, 2026`, with days and hours.
#[must_use]
pub fn dates(terms: &PromotionTerms) -> String {
    let day = |at: NaiveDateTime| super::super::format::day_of_year(shown(at));
    let span = match (terms.starts_at, terms.ends_at) {
        (None, None) => "Always".to_owned(),
        (Some(from), None) => format!("From {}", day(from)),
        (None, Some(to)) => format!("Until {}", day(to)),
        (Some(from), Some(to)) => format!("{} – {}", day(from), day(to)),
    };
    let days: Vec<&str> = terms.weekdays.names().map(|name| name.get(..3).unwrap_or(name)).collect();
    let mut parts = vec![span];
    if !days.is_empty() {
        parts.push(days.join(", "));
    }
    parts.extend(terms.hours.map(|hours| hours.to_string()));
    parts.join(", ")
}

fn shown(at: NaiveDateTime) -> NaiveDate {
    at.date()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> NaiveDateTime {
        text.parse().expect("a local date and time")
    }

    #[test]
    fn the_window_is_the_months_around_today() {
        let window = Window::around(at("2026-11-21T12:00:00"));
        assert_eq!(window.label(), "Oct – Dec");
        assert_eq!(window.place(at("2026-10-01T00:00:00")), 0);
        assert_eq!(window.place(at("2027-01-01T00:00:00")), 1000);
        assert!((550..570).contains(&window.place(at("2026-11-21T12:00:00"))));
    }

    #[test]
    fn a_bar_shows_only_what_lies_inside() {
        let window = Window::around(at("2026-11-21T12:00:00"));
        assert_eq!(window.bar(None, None), Some((0, 1000)));
        assert_eq!(window.bar(None, Some(at("2026-09-01T00:00:00"))), None);
        assert_eq!(window.bar(Some(at("2027-02-01T00:00:00")), None), None);
        let (from, to) =
            window.bar(Some(at("2026-11-21T00:00:00")), Some(at("2026-11-22T00:00:00"))).expect("inside");
        assert!(to - from >= 12);
    }
}
