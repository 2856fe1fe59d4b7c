//! What each effect gives.

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc};
use perennial_domain::calendar::local_date;
use perennial_domain::codes::{Email, VoucherCode};
use perennial_domain::events::EventKind;
use perennial_domain::ids::{CustomerId, RewardId, VoucherId};
use perennial_domain::messages::{MessageKind, Placeholder, Values};
use perennial_domain::policies::{LetterText, PolicyEffect};
use perennial_domain::rewards::{RewardKind, RewardTerms, ValueInput, voucher_expiry};
use perennial_domain::settings::MerchantSettings;
use perennial_domain::written;
use sea_orm::ConnectionTrait;
use serde_json::json;

use super::pay::{Owed, Settled, Settling};
use super::statement;
use crate::cashback::{self, AwardedCashback};
use crate::error::Error;
use crate::events::Happening;
use crate::expiry::given_day;
use crate::ledger::{PostingKind, Side};
use crate::messages::{Message, grouped};
use crate::rewards::Worth;
use crate::stored::stored;

/// A voucher that nobody paid for.
struct GivenVoucher {
    name: String,
    kind: RewardKind,
    valid_days: Option<u16>,
}

impl Settling<'_> {
    /// Gives an award. What cannot be given any more is refused, with the reason.
    pub(super) async fn give(&mut self, award: &Owed) -> Result<Settled, Error> {
        match &award.effect {
            PolicyEffect::Points(_) => self.give_points(award),
            PolicyEffect::Cashback(_) => self.give_cashback(award).await,
            PolicyEffect::Credits(_) => self.give_credits(award).await,
            PolicyEffect::Reward(reward) => self.give_reward(award, *reward).await,
            PolicyEffect::Discount { worth, valid_days } => {
                let (name, kind) = (award.policy_name.clone(), RewardKind::from(*worth));
                self.give_voucher(award, GivenVoucher { name, kind, valid_days: *valid_days }).await
            }
            PolicyEffect::Email { subject, text } => self.write_to(award, subject.as_str(), text.as_str()),
        }
    }

    fn give_points(&mut self, award: &Owed) -> Result<Settled, Error> {
        let id = self.new_id();
        let mut posting = self.ledger.posting(PostingKind::Award, id, award.beneficiary, None)?;
        // A day of their own, as for all that is given: a gift is no activity of the customer.
        posting.credit(Side::Issued, award.amount, given_day(self.settings, self.now))?;
        posting.done();
        Ok(Settled { posting_id: Some(id), ..Settled::of(award, "paid") })
    }

    async fn give_cashback(&mut self, award: &Owed) -> Result<Settled, Error> {
        let money = self.money(award);
        let month = month_of(self.now, self.settings);
        cashback::award(self.txn, &mut self.ledger, money, month, self.now).await?;
        Ok(Settled { posting_id: Some(money.posting), ..Settled::of(award, "paid") })
    }

    /// The money of an award, with a new posting.
    pub(super) fn money(&self, award: &Owed) -> AwardedCashback {
        AwardedCashback {
            merchant: self.merchant,
            award: award.id,
            policy: award.policy,
            customer: award.beneficiary,
            amount: award.amount,
            currency: self.settings.currency,
            posting: self.new_id(),
        }
    }

    async fn give_credits(&mut self, award: &Owed) -> Result<Settled, Error> {
        self.move_credits(award.beneficiary, self.now, award.amount).await?;
        Ok(Settled::of(award, "paid"))
    }

    /// Changes the referral credits of the local day on which they were given. What is taken back is taken of that day, wherever
    /// the merchant's days have moved to since.
    pub(super) async fn move_credits(
        &mut self,
        customer: CustomerId,
        at: DateTime<Utc>,
        credits: i64,
    ) -> Result<(), Error> {
        let sql = if credits < 0 {
            include_str!("sql/credits_back.sql")
        } else {
            "INSERT INTO referral_credits AS c (merchant_id, customer_id, day, credits) VALUES ($1, $2, $3, $4)
             ON CONFLICT (merchant_id, customer_id, day) DO UPDATE SET credits = c.credits + excluded.credits"
        };
        let day = local_date(at, self.settings.time_zone);
        let moved = credits.saturating_abs();
        let values = [self.merchant.uuid().into(), customer.uuid().into(), day.into(), moved.into()];
        self.txn.execute_raw(statement(sql, values)).await?;
        self.credited.insert(customer);
        let data = json!({ "credits": credits });
        self.happenings.push(Happening::of(customer, EventKind::CreditsAwarded, data));
        Ok(())
    }

    async fn give_reward(&mut self, award: &Owed, id: RewardId) -> Result<Settled, Error> {
        let Some(reward) = self.rewards.get_mut(&id) else {
            return Ok(Settled::refused(award, "no_reward"));
        };
        if reward.is_archived {
            return Ok(Settled::refused(award, "archived"));
        }
        if let Some(left) = &mut reward.left {
            if *left <= 0 {
                return Ok(Settled::refused(award, "out_of_stock"));
            }
            *left -= 1;
        }
        let has_stock = reward.left.is_some();
        let Some(kind) = worth_of(&reward.terms) else {
            return Ok(Settled::refused(award, "no_reward"));
        };
        let (name, valid_days) = (reward.terms.name.to_string(), reward.terms.valid_days);
        if has_stock {
            self.move_stock(id, -1).await?;
        }
        self.give_voucher(award, GivenVoucher { name, kind, valid_days }).await
    }

    /// Changes how many are left of a reward that is locked, where they are counted.
    pub(super) async fn move_stock(&self, id: RewardId, by: i64) -> Result<(), Error> {
        let sql =
            "UPDATE rewards SET stock = stock + $3 WHERE merchant_id = $1 AND id = $2 AND stock IS NOT NULL";
        let values = [self.merchant.uuid().into(), id.uuid().into(), by.into()];
        self.txn.execute_raw(statement(sql, values)).await?;
        Ok(())
    }

    async fn give_voucher(&mut self, award: &Owed, voucher: GivenVoucher) -> Result<Settled, Error> {
        let id = VoucherId::from_uuid(self.new_id());
        let code = VoucherCode::from_random(rand::random());
        let GivenVoucher { name, kind, valid_days } = voucher;
        let zone = self.settings.time_zone;
        let expires_at = voucher_expiry(self.now, valid_days, zone);
        let sql = "INSERT INTO vouchers (merchant_id, id, code, shown, customer_id, name, worth, state, issued_at, expires_at,
                       changed_at)
                   VALUES ($1, $2, $3, $4, $5, $6, $7, 'issued', $8, $9, $8)";
        let values = [
            self.merchant.uuid().into(),
            id.uuid().into(),
            code.as_str().into(),
            code.grouped().into(),
            award.beneficiary.uuid().into(),
            name.clone().into(),
            stored(serde_json::to_value(worth(kind)), "vouchers.worth")?.into(),
            self.now.into(),
            expires_at.into(),
        ];
        self.txn.execute_raw(statement(sql, values)).await?;
        let last = expires_at.map(|expires_at| local_date(expires_at - TimeDelta::seconds(1), zone));
        let data = json!({ "voucher_id": id, "reward": name, "expires_on": last });
        // Somebody without an address finds it among the vouchers in the portal.
        if let Some((_, Some(address))) = self.addresses.get(&award.beneficiary) {
            let mut values =
                Values::default().with(Placeholder::Reward, &name).with(Placeholder::Voucher, code.grouped());
            if let Some(last) = last {
                values = values.with(Placeholder::ValidUntil, written::date(last));
            }
            self.letters.push(message(MessageKind::VoucherGiven, award, address.clone(), values));
        }
        self.happenings.push(Happening::of(award.beneficiary, EventKind::VoucherGiven, data));
        Ok(Settled { voucher_id: Some(id.uuid()), ..Settled::of(award, "paid") })
    }

    fn write_to(&mut self, award: &Owed, subject: &str, text: &str) -> Result<Settled, Error> {
        let (name, address) = match self.addresses.get(&award.beneficiary) {
            Some((name, Some(address))) => (name.clone(), address.clone()),
            _ => return Ok(Settled::refused(award, "no_address")),
        };
        let points = self.ledger.balance(award.beneficiary)?.available;
        let shop = self.settings.name.as_str();
        let name = name.unwrap_or_default();
        let fill = |text: &str| LetterText::fill(text, name.trim(), points, shop);
        let values = Values::default()
            .with(Placeholder::Subject, fill(subject))
            .with(Placeholder::Text, fill(text))
            .with(Placeholder::Points, grouped(points));
        self.letters.push(message(MessageKind::PolicyLetter, award, address, values));
        Ok(Settled::of(award, "paid"))
    }
}

fn message(kind: MessageKind, award: &Owed, recipient: Email, values: Values) -> Message {
    Message { kind, customer: Some(award.beneficiary), recipient, values }
}

/// What the voucher of a reward takes off when nobody chose how many points; nothing for rewards that are prepared by people or
/// have codes of their own, which policies cannot give.
pub(super) fn worth_of(terms: &RewardTerms) -> Option<RewardKind> {
    let kind = terms.bought_with(terms.cost.least()).ok()?;
    (!matches!(kind, RewardKind::VoucherPool | RewardKind::External)).then_some(kind)
}

/// As it is stored with a voucher.
fn worth(kind: RewardKind) -> Worth {
    let value = match &kind {
        RewardKind::MoneyOff(amount) => Some(ValueInput::Whole(amount.get())),
        RewardKind::Percent(part) => Some(ValueInput::Text(part.to_string())),
        RewardKind::FreeProduct(sku) => Some(ValueInput::Text(sku.to_string())),
        RewardKind::VoucherPool | RewardKind::External => None,
    };
    Worth { kind: kind.as_str().to_owned(), value }
}

/// The first day of the merchant's month.
fn month_of(instant: DateTime<Utc>, settings: &MerchantSettings) -> NaiveDate {
    let today = local_date(instant, settings.time_zone);
    // Every month has a first day.
    today.with_day(1).unwrap_or(today)
}
