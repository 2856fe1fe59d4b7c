//! Pools: codes that the merchant has from elsewhere, each for one customer.

use std::collections::HashSet;

use perennial_domain::access::Action;
use perennial_domain::codes::VoucherCode;
use perennial_domain::error::FieldError;
use perennial_domain::ids::RewardId;
use perennial_domain::rewards::RewardKind;
use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult};
use serde::{Deserialize, Serialize};

use super::{catalogue, statement};
use crate::cx::Cx;
use crate::engine::Engine;
use crate::error::Error;

/// The most codes of one upload.
pub const CODES_MAX: usize = 100_000;
/// The most wrong codes that an upload names; whoever sent a wrong file need not read a hundred thousand lines.
const ERRORS_MAX: usize = 100;

/// What an upload did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CodesAdded {
    /// Codes that are new.
    pub added: u64,
    /// Codes that were there already, or twice in the file. Nothing was done about them.
    pub repeated: u64,
    /// Codes that nobody has yet, with the new ones.
    pub left: i64,
}

/// The codes of a pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, FromQueryResult)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CodeCounts {
    /// Nobody has them yet.
    pub free: i64,
    /// Somebody has them.
    pub taken: i64,
    /// Their redemption was cancelled after somebody had seen them; nobody gets them any more.
    pub withdrawn: i64,
}

impl Engine {
    /// Adds codes to a pool, from a CSV file with one code a line, in its first column. A first line `code` is a heading;
    /// empty lines say nothing. A code that is there already, in this or another pool, is left as it is, so that a file
    /// can be sent again.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Invalid`] with the lines whose code is none; [`Error::TooLarge`] `too_many_codes`
    /// beyond [`CODES_MAX`]; [`Error::Conflict`] `not_a_pool` for a reward of another kind and `archived`.
    pub async fn reward_codes_add(&self, cx: &Cx, id: RewardId, csv: &[u8]) -> Result<CodesAdded, Error> {
        let txn = self.begin().await?;
        let added = self.reward_codes_add_in(&txn, cx, id, csv).await?;
        txn.commit().await?;
        Ok(added)
    }

    /// [`reward_codes_add`](Self::reward_codes_add) within a transaction of the caller.
    ///
    /// # Errors
    /// The same.
    pub async fn reward_codes_add_in(
        &self,
        txn: &DatabaseTransaction,
        cx: &Cx,
        id: RewardId,
        csv: &[u8],
    ) -> Result<CodesAdded, Error> {
        cx.require(Action::RewardsWrite)?;
        let merchant = cx.merchant();
        let file = parse(csv)?;
        let reward = catalogue::lock(txn, merchant, id).await?;
        if reward.kind != RewardKind::VoucherPool.as_str() {
            return Err(Error::conflict("not_a_pool", "Only a pool has codes of its own"));
        }
        if reward.archived {
            return Err(Error::conflict("archived", "The reward is archived"));
        }
        let values = [
            merchant.uuid().into(),
            id.uuid().into(),
            file.codes.into(),
            file.shown.into(),
            self.now(merchant).into(),
        ];
        let added = txn.execute_raw(statement(include_str!("sql/codes_add.sql"), values)).await?;
        let added = added.rows_affected();
        let more = i64::try_from(added).unwrap_or(i64::MAX);
        let sql = "UPDATE rewards SET stock = stock + $3 WHERE merchant_id = $1 AND id = $2";
        txn.execute_raw(statement(sql, [merchant.uuid().into(), id.uuid().into(), more.into()])).await?;
        let left = reward.stock.unwrap_or(0).saturating_add(more);
        Ok(CodesAdded { added, repeated: file.lines.saturating_sub(added), left })
    }

    /// How many codes a pool has, by what became of them. A reward of another kind has none.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn reward_code_counts(&self, cx: &Cx, id: RewardId) -> Result<CodeCounts, Error> {
        cx.require(Action::RewardsRead)?;
        catalogue::find(self.db(), cx.merchant(), id).await?;
        let sql = "SELECT count(*) FILTER (WHERE state = 'free') AS free, count(*) FILTER (WHERE state = 'taken') AS taken,
                          count(*) FILTER (WHERE state = 'withdrawn') AS withdrawn
                   FROM reward_codes WHERE merchant_id = $1 AND reward_id = $2";
        let key = [cx.merchant().uuid().into(), id.uuid().into()];
        let counts = CodeCounts::find_by_statement(statement(sql, key)).one(self.db()).await?;
        Ok(counts.unwrap_or(CodeCounts { free: 0, taken: 0, withdrawn: 0 }))
    }
}

/// Codes of a file, each once, in its order.
#[derive(Debug, Default, PartialEq, Eq)]
struct File {
    codes: Vec<String>,
    shown: Vec<String>,
    /// Codes with their repetitions.
    lines: u64,
}

fn parse(csv: &[u8]) -> Result<File, Error> {
    // Lines end with a line feed, and what stands before it (a carriage return) is trimmed: only so is the number of a line
    // known, whatever system wrote the file.
    let mut reader = csv::ReaderBuilder::new()
        .terminator(csv::Terminator::Any(b'\n'))
        .has_headers(false)
        .flexible(true)
        .from_reader(csv);
    let (mut file, mut seen, mut errors) = (File::default(), HashSet::new(), Vec::new());
    for (index, record) in reader.records().enumerate() {
        let record = record.map_err(|error| Error::field("", "malformed", format!("Not CSV: {error}")))?;
        let line = record.position().map_or(0, csv::Position::line);
        // Some programs write a byte order mark before the first cell.
        let text = record.get(0).unwrap_or_default().trim_start_matches('\u{feff}').trim();
        if text.is_empty() || (index == 0 && text.eq_ignore_ascii_case("code")) {
            continue;
        }
        file.lines += 1;
        if file.lines > CODES_MAX as u64 {
            return Err(Error::TooLarge {
                code: "too_many_codes",
                detail: format!("One upload has at most {CODES_MAX} codes"),
            });
        }
        match VoucherCode::new(text) {
            Ok(code) if seen.insert(code.clone()) => {
                file.codes.push(code.into());
                file.shown.push(text.to_owned());
            }
            Ok(_) => {}
            Err(error) => {
                let detail = format!("The code {error}");
                errors.push(FieldError::new(format!("/lines/{line}"), error.code(), detail));
                if errors.len() >= ERRORS_MAX {
                    break;
                }
            }
        }
    }
    if errors.is_empty() { Ok(file) } else { Err(Error::Invalid(errors)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_code_a_line_with_or_without_a_heading() {
        let file = parse("\u{feff}Code,comment\r\nabc-1,x\r\n\r\nABC-1\r\n\"d,2\"\n".as_bytes()).unwrap();
        assert_eq!(file.codes, ["ABC-1", "D,2"]);
        assert_eq!(file.shown, ["abc-1", "d,2"], "shown as it was uploaded");
        assert_eq!(file.lines, 3);
        assert_eq!(parse(b"a\nb").unwrap().codes, ["A", "B"]);
        assert_eq!(parse(b"").unwrap(), File::default());
    }

    #[test]
    fn wrong_codes_are_named_by_their_line() {
        for end in ["\n", "\r\n"] {
            let long = ["good", &"x".repeat(65), "", "fine", &"y".repeat(65)].join(end);
            let Err(Error::Invalid(errors)) = parse(long.as_bytes()) else { panic!("codes of 65 letters") };
            let errors: Vec<_> = errors.iter().map(|error| (error.pointer.as_str(), &*error.code)).collect();
            assert_eq!(errors, [("/lines/2", "too_long"), ("/lines/5", "too_long")]);
        }
        assert!(matches!(parse(b"\xff\xfe"), Err(Error::Invalid(_))), "not UTF-8");
    }

    #[test]
    fn one_upload_has_an_end() {
        let codes: Vec<String> = (0..=CODES_MAX).map(|number| number.to_string()).collect();
        let too_many = parse(codes.join("\n").as_bytes());
        assert!(matches!(too_many, Err(Error::TooLarge { code: "too_many_codes", .. })));
        assert_eq!(parse(codes[1..].join("\n").as_bytes()).unwrap().codes.len(), CODES_MAX);
    }
}
