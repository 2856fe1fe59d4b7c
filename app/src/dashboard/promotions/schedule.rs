//! Where a promotion lies in three months, and its dates in words.

use super::super::format::{self, day_of_year};
use chrono::{Datelike, Months, NaiveDateTime, NaiveTime};
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

/// `Always`, `From May 1, 2026`, `Until …`, `May 1 – May 28, 2026`, with days and hours; of what never ends only those.
#[must_use]
pub fn dates(terms: &PromotionTerms) -> String {
    let span = span(terms.starts_at, terms.ends_at);
    let days: Vec<&str> = terms.weekdays.names().map(|name| name.get(..3).unwrap_or(name)).collect();
    let days = Some(days.join(", ")).filter(|days| !days.is_empty());
    let hours = terms.hours.map(|hours| hours.to_string());
    let parts: Vec<String> = span.into_iter().chain(days).chain(hours).collect();
    if parts.is_empty() { "Always".to_owned() } else { parts.join(", ") }
}

/// From when until when; nothing where neither is said.
fn span(starts: Option<NaiveDateTime>, ends: Option<NaiveDateTime>) -> Option<String> {
    let day = |at: NaiveDateTime| day_of_year(at.date());
    match (starts, ends) {
        (None, None) => None,
        (Some(from), None) => Some(format!("From {}", day(from))),
        (None, Some(to)) => Some(format!("Until {}", day(to))),
        // The year is said once where there is one.
        (Some(from), Some(to)) if from.year() == to.year() => {
            Some(format!("{} – {}", format::day(from.date()), day(to)))
        }
        (Some(from), Some(to)) => Some(format!("{} – {}", day(from), day(to))),
    }
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
    fn a_span_says_its_year_once() {
        let (may, june) = (Some(at("2026-05-01T00:00:00")), Some(at("2026-06-28T23:59:00")));
        assert_eq!(span(None, None), None);
        assert_eq!(span(may, None).as_deref(), Some("From May 1, 2026"));
        assert_eq!(span(may, june).as_deref(), Some("May 1 – Jun 28, 2026"));
        let next = Some(at("2027-01-02T00:00:00"));
        assert_eq!(span(may, next).as_deref(), Some("May 1, 2026 – Jan 2, 2027"));
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
