//! Past purchases: one row a line, the rows of a purchase next to each other.

use std::{collections::HashSet, io::Read, sync::Arc, time::Duration};

use chrono::{DateTime, FixedOffset, NaiveDateTime};
use perennial_domain::{
    calendar,
    customer::CustomerInput,
    purchase::{CheckedPurchase, LineInput, MAX_LINES, PurchaseInput},
};

use super::{
    Fingerprint, ImportReport, Scattered, fingerprint, foresee,
    table::{Place, Row, RowError, Table},
};
use crate::{
    Cx, Engine,
    error::Error,
    intake::{AsSent, PurchaseChecks, Source, SubmitOptions},
    snapshot::Snapshot,
};

pub(super) const COLUMNS: &[&str] = &[
    "transaction_id",
    "retailer",
    "occurred_at",
    "customer_external_id",
    "customer_email",
    "customer_phone",
    "customer_card",
    "product",
    "quantity",
    "unit_price",
    "amount",
    "discount",
    "currency",
];

/// Purchases given to the intake at once.
const BATCH: usize = 500;
/// An import is patient: the tills go first.
const DEADLINE: Duration = Duration::from_secs(60);
/// How often a batch is given again that the intake was too busy for.
const ATTEMPTS: u32 = 5;

pub(super) async fn import<R: Read>(
    engine: &Engine,
    cx: &Cx,
    mut table: Table<R>,
    report: ImportReport,
    leave_out: &Scattered,
    progress: &(impl Fn(u64) + Sync),
) -> Result<ImportReport, Error> {
    let snapshot = engine.snapshot(cx).await?;
    let batch = Vec::with_capacity(BATCH);
    let checks = engine.purchase_checks(cx);
    let seen = HashSet::new();
    let mut import = Import { engine, cx, snapshot, checks, report, leave_out, batch, seen };
    let mut open: Option<Group> = None;
    while let Some(row) = table.next()? {
        import.report.rows += 1;
        match (row, &mut open) {
            (Ok(row), Some(group)) if group.continues(&row) => group.add(&row),
            (Ok(row), _) => {
                if let Some(group) = open.replace(Group::begin(&row, &import.snapshot)) {
                    import.take(group, progress).await?;
                }
            }
            // It may have been a line of the purchase that it stands in: that one is not complete.
            (Err(error), Some(group)) => group.errors.push(error),
            (Err(error), None) => import.report.refuse([error]),
        }
    }
    if let Some(group) = open {
        import.take(group, progress).await?;
    }
    import.submit(progress).await?;
    Ok(import.report)
}

struct Import<'a> {
    engine: &'a Engine,
    cx: &'a Cx,
    snapshot: Arc<Snapshot>,
    checks: PurchaseChecks<'a>,
    report: ImportReport,
    leave_out: &'a Scattered,
    batch: Vec<Waiting>,
    /// The keys so far, to find rows of one purchase that are not next to each other.
    seen: HashSet<Fingerprint>,
}

/// A purchase on its way to the intake, and where its lines stand.
struct Waiting {
    rows: Vec<Place>,
    purchase: CheckedPurchase,
    sent: AsSent,
}

impl Import<'_> {
    async fn take(&mut self, group: Group, progress: &(impl Fn(u64) + Sync)) -> Result<(), Error> {
        let key = fingerprint(&(&group.retailer, &group.transaction_id))?;
        let again = !self.seen.insert(key);
        self.report.items += u64::from(!again);
        if again || self.leave_out.0.contains(&key) {
            let detail = "The rows of a purchase have to be next to each other";
            self.report.note([group.first().error("transaction_id", "not_adjacent", detail)]);
            self.report.refused += u64::from(self.report.scattered.0.insert(key));
            return Ok(());
        }
        match self.check(group).await? {
            Ok(waiting) => self.batch.push(waiting),
            Err(errors) => self.report.refuse(errors),
        }
        if self.batch.len() == BATCH { self.submit(progress).await } else { Ok(()) }
    }

    /// Checks everything that a dry run finds without asking what is stored.
    async fn check(&mut self, group: Group) -> Result<Result<Waiting, Vec<RowError>>, Error> {
        let (rows, input, mut errors) = match group.finish(&self.snapshot) {
            Ok(finished) => finished,
            Err(errors) => return Ok(Err(errors)),
        };
        match self.checks.check(input).await {
            Ok((purchase, sent)) if errors.is_empty() => Ok(Ok(Waiting { rows, purchase, sent })),
            Ok(_) => Ok(Err(errors)),
            Err(Error::Invalid(fields)) => {
                errors.extend(
                    fields.into_iter().map(|field| located(&rows, &field.pointer, &field.code, field.detail)),
                );
                Ok(Err(errors))
            }
            Err(error) => Err(error),
        }
    }

    async fn submit(&mut self, progress: &(impl Fn(u64) + Sync)) -> Result<(), Error> {
        let mut waiting = std::mem::take(&mut self.batch);
        if self.report.dry_run {
            self.foresee(std::mem::take(&mut waiting)).await?;
        }
        let options = SubmitOptions { source: Source::Import, deadline: Some(DEADLINE), accepted_at: None };
        for attempt in 1.. {
            if waiting.is_empty() {
                break;
            }
            let purchases = waiting.iter().map(|waiting| waiting.purchase.clone()).collect();
            let outcomes = self.engine.purchases_submit(self.cx, purchases, options).await;
            let mut busy = Vec::new();
            let mut pause = Duration::ZERO;
            for (waiting, outcome) in waiting.into_iter().zip(outcomes) {
                match self.checks.as_it_was(&waiting.sent, outcome, options).await {
                    Ok(submitted) => {
                        if submitted.replayed {
                            self.report.unchanged += 1;
                        } else {
                            self.report.created += 1;
                        }
                        self.report.points += submitted.record.points_earned.get();
                    }
                    Err(Error::Busy { retry_after }) if attempt < ATTEMPTS => {
                        pause = pause.max(retry_after);
                        busy.push(waiting);
                    }
                    Err(error) => self.report.refuse(refused(&waiting.rows, error)?),
                }
            }
            waiting = busy;
            tokio::time::sleep(pause).await;
        }
        progress(self.report.rows);
        Ok(())
    }
}

impl Import<'_> {
    /// Tells what the intake would refuse, before anything is written.
    async fn foresee(&mut self, waiting: Vec<Waiting>) -> Result<(), Error> {
        let purchases: Vec<_> = waiting.iter().map(|waiting| &waiting.purchase).collect();
        let refusals = foresee::refusals(self.engine, self.cx, &self.snapshot, &purchases).await?;
        for (waiting, mut refusal) in waiting.iter().zip(refusals) {
            if let Some(error) = &refusal
                && let Some(then) = self.checks.read_then(&waiting.sent, error).await?
            {
                refusal =
                    foresee::refusals(self.engine, self.cx, &self.snapshot, &[&then]).await?.pop().flatten();
            }
            if let Some(error) = refusal {
                self.report.refuse(refused(&waiting.rows, error)?);
            }
        }
        Ok(())
    }
}

/// What is wrong with a purchase, as errors of its rows; what is wrong with the database ends the import.
fn refused(rows: &[Place], error: Error) -> Result<Vec<RowError>, Error> {
    let at = |pointer: &str, code: &str, detail: String| vec![located(rows, pointer, code, detail)];
    match error {
        Error::Invalid(fields) => Ok(fields
            .into_iter()
            .map(|field| located(rows, &field.pointer, &field.code, field.detail))
            .collect()),
        Error::TransactionConflict(differences) => {
            let fields: Vec<&str> =
                differences.iter().map(|difference| difference.pointer.as_str()).collect();
            let detail = format!("Stored with another {}", fields.join(", "));
            Ok(at("/transaction_id", "transaction_conflict", detail))
        }
        Error::UnknownRetailer => Ok(at("/retailer", "unknown_retailer", error.to_string())),
        Error::CustomerNotFound => Ok(at("/customer", "customer_not_found", error.to_string())),
        other => Err(other),
    }
}

/// An error in a purchase as an error in the row and the column that it came from.
fn located(rows: &[Place], pointer: &str, code: &str, detail: String) -> RowError {
    let path: Vec<&str> = pointer.trim_start_matches('/').split('/').collect();
    let (index, column) = match path.as_slice() {
        ["lines", index, column] => (index.parse().unwrap_or(0), (*column).to_owned()),
        ["customer", kind] => (0, format!("customer_{kind}")),
        ["customer"] => (0, customer_column(rows).to_owned()),
        ["lines"] => (0, String::new()),
        other => (0, other.join("_")),
    };
    match rows.get(index).or(rows.first()) {
        Some(place) => place.error(&column, code, detail),
        None => RowError { line: 0, column, code: code.to_owned(), detail },
    }
}

/// The column that names the customer: the first that the file has.
fn customer_column(rows: &[Place]) -> &'static str {
    CUSTOMER_COLUMNS
        .into_iter()
        .find(|column| rows.first().is_some_and(|place| place.has(column)))
        .unwrap_or_default()
}

const CUSTOMER_COLUMNS: [&str; 4] =
    ["customer_external_id", "customer_email", "customer_phone", "customer_card"];

/// The rows of one purchase.
struct Group {
    rows: Vec<Place>,
    transaction_id: String,
    retailer: String,
    customer: Option<CustomerInput>,
    currency: String,
    occurred_at: Option<String>,
    lines: Vec<LineInput>,
    errors: Vec<RowError>,
}

impl Group {
    fn begin(row: &Row<'_>, snapshot: &Snapshot) -> Self {
        let text = |column: &str| row.get(column).map(str::to_owned);
        let mut group = Self {
            rows: Vec::new(),
            transaction_id: text("transaction_id").unwrap_or_default(),
            retailer: text("retailer").unwrap_or_default(),
            customer: customer(row),
            currency: text("currency").unwrap_or_else(|| snapshot.settings.currency.code().to_owned()),
            occurred_at: text("occurred_at"),
            lines: Vec::new(),
            errors: Vec::new(),
        };
        group.add(row);
        group
    }

    fn continues(&self, row: &Row<'_>) -> bool {
        row.get("transaction_id") == Some(&self.transaction_id) && row.get("retailer") == Some(&self.retailer)
    }

    /// Takes a further line. What concerns the whole purchase has to be the same in each of its rows.
    fn add(&mut self, row: &Row<'_>) {
        let same_currency = row.get("currency").is_none_or(|currency| currency == self.currency);
        for (column, same) in [
            ("occurred_at", row.get("occurred_at") == self.occurred_at.as_deref()),
            ("currency", same_currency),
        ] {
            if !same {
                let detail = "Is another than in the first row of this purchase";
                self.errors.push(row.error(column, "differs", detail));
            }
        }
        if customer(row) != self.customer {
            let detail = "Names another customer than the first row of this purchase";
            self.errors.push(row.error("", "differs", detail));
        }
        let mut number = |column: &'static str| match row.may(column, str::parse::<i64>) {
            Ok(number) => number,
            Err(_) => {
                let detail = "Must be a whole number, without a decimal point";
                self.errors.push(row.error(column, "invalid", detail));
                None
            }
        };
        let quantity = number("quantity").unwrap_or(1);
        let (unit_price, amount, discount) = (number("unit_price"), number("amount"), number("discount"));
        let quantity = u64::try_from(quantity).unwrap_or_else(|_| {
            self.errors.push(row.error("quantity", "out_of_range", "Must not be negative"));
            0
        });
        if self.lines.len() > MAX_LINES {
            // Too many to be accepted: no more of them are kept.
            return;
        }
        self.rows.push(row.place());
        self.lines.push(LineInput {
            product: row.get("product").map(str::to_owned),
            quantity,
            unit_price,
            amount,
            discount,
        });
    }

    fn first(&self) -> &Place {
        // A group begins with a row.
        &self.rows[0]
    }

    /// The purchase, with its rows and what is wrong with it besides itself.
    fn finish(
        self,
        snapshot: &Snapshot,
    ) -> Result<(Vec<Place>, PurchaseInput, Vec<RowError>), Vec<RowError>> {
        let Self { rows, transaction_id, retailer: code, customer, currency, occurred_at, lines, mut errors } =
            self;
        // A number that cannot be read is missing from its line, too: told once.
        if !errors.is_empty() {
            return Err(errors);
        }
        let mut wrong = |pointer: &str, code: &str, detail: &str| {
            errors.push(located(&rows, pointer, code, detail.to_owned()))
        };
        let retailer = snapshot.retailers.named(&code);
        if retailer.is_none() && !code.is_empty() {
            wrong("/retailer", "unknown_retailer", "There is no such retailer; import retailers first");
        }
        if currency != snapshot.settings.currency.code() {
            wrong("/currency", "currency_mismatch", "Is not the merchant's currency");
        }
        let occurred_at = occurred_at.zip(retailer).and_then(|(text, retailer)| {
            let instant = instant(&text, retailer.facts.zone);
            if instant.is_none() {
                let detail = "Must be an instant such as 2026-01-31T18:05:00Z or a local time such as 2026-01-31 18:05:00";
                wrong("/occurred_at", "invalid", detail);
            }
            instant
        });
        let input = PurchaseInput {
            transaction_id,
            retailer: Some(code),
            customer,
            lines: Some(lines),
            amount: None,
            currency,
            occurred_at,
            ..PurchaseInput::default()
        };
        Ok((rows, input, errors))
    }
}

fn customer(row: &Row<'_>) -> Option<CustomerInput> {
    let text = |column: &str| row.get(column).map(str::to_owned);
    let customer = CustomerInput {
        id: None,
        external_id: text("customer_external_id"),
        email: text("customer_email"),
        phone: text("customer_phone"),
        card: text("customer_card"),
    };
    (customer != CustomerInput::default()).then_some(customer)
}

/// Reads an instant, or a local time of the store: the first instant that its clocks showed it.
fn instant(text: &str, zone: perennial_domain::codes::Zone) -> Option<DateTime<FixedOffset>> {
    if let Ok(instant) = DateTime::parse_from_rfc3339(text) {
        return Some(instant);
    }
    let local = ["%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"]
        .iter()
        .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())?;
    Some(calendar::start_instant(local, zone).fixed_offset())
}
