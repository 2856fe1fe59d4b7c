//! Taking back what has lost its cause after it was paid.

use perennial_domain::points::Points;
use perennial_domain::policies::PolicyEffect;
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use super::pay::{Owed, Settled, Settling};
use super::statement;
use crate::cashback::{self, AwardedCashback};
use crate::error::Error;
use crate::expiry::expire_over;
use crate::ledger::{PostingKind, Shortfall, Side};

impl Settling<'_> {
    /// Takes an award back, or what of it was for units that were returned. What cannot be had any more stays given, with the
    /// reason: a letter that was sent, a voucher that was used.
    pub(super) async fn take_back(&mut self, award: &Owed) -> Result<Settled, Error> {
        match &award.effect {
            PolicyEffect::Points(_) => self.take_points(award),
            PolicyEffect::Cashback(_) => {
                let money = AwardedCashback { amount: award.back(), ..self.money(award) };
                let taken = cashback::award_back(self.txn, &mut self.ledger, money).await?;
                Ok(taken_back(award, (taken > 0).then_some(money.posting)))
            }
            PolicyEffect::Credits(_) => {
                let paid_at = award.paid_at.unwrap_or(self.now);
                self.move_credits(award.beneficiary, paid_at, -award.back()).await?;
                Ok(taken_back(award, None))
            }
            PolicyEffect::Reward(reward) => {
                let settled = self.take_voucher(award).await?;
                if settled.state == "reversed" {
                    self.move_stock(*reward, 1).await?;
                }
                Ok(settled)
            }
            PolicyEffect::Discount { .. } => self.take_voucher(award).await,
            PolicyEffect::Email { .. } => Ok(stays(award, "sent")),
        }
    }

    /// By the merchant's policy for returns: what is spent becomes a debt, or the merchant bears it.
    fn take_points(&mut self, award: &Owed) -> Result<Settled, Error> {
        let (id, over) = (self.new_id(), self.new_id());
        expire_over(&mut self.ledger, award.beneficiary, self.settings, self.now, over)?;
        let available = self.ledger.balance(award.beneficiary)?.available;
        let policy = self.settings.return_policy;
        let split = policy.split(Points::new(award.back()), Points::ZERO, Points::new(available));
        let mut posting = self.ledger.posting(PostingKind::Award, id, award.beneficiary, None)?;
        let taken = split.available.get() + split.debt.get();
        if taken > 0 {
            posting.debit(Side::Issued, taken, Shortfall::Debt)?;
        }
        if !split.absorbed.is_zero() {
            posting.shift(Side::Absorbed, Side::Issued, split.absorbed.get())?;
        }
        posting.done();
        Ok(taken_back(award, Some(id)))
    }

    async fn take_voucher(&mut self, award: &Owed) -> Result<Settled, Error> {
        let state = award.voucher.and_then(|voucher| self.vouchers.get(&voucher));
        match (award.voucher, state.map(String::as_str)) {
            (Some(voucher), Some("issued")) => {
                let sql = "UPDATE vouchers SET state = 'cancelled', changed_at = $3
                           WHERE merchant_id = $1 AND id = $2 AND state = 'issued'";
                let values = [self.merchant.uuid().into(), voucher.uuid().into(), self.now.into()];
                self.txn.execute_raw(statement(sql, values)).await?;
                Ok(reversed(award))
            }
            // Over, or taken back by somebody else: nobody can use it.
            (_, Some("expired" | "cancelled" | "reversed")) => Ok(reversed(award)),
            _ => Ok(stays(award, "used")),
        }
    }
}

/// All of it was taken back, or a part, by this posting.
fn taken_back(award: &Owed, posting: Option<Uuid>) -> Settled {
    if award.keeps == 0 {
        return Settled { taken_back: posting, ..reversed(award) };
    }
    let (kept, amount, lost) = (Some(award.keeps), Some(award.kept()), Some(award.back()));
    Settled { kept, amount, lost, lost_by: posting, ..Settled::of(award, "paid") }
}

fn reversed(award: &Owed) -> Settled {
    Settled { reason: Some("returned"), ..Settled::of(award, "reversed") }
}

fn stays(award: &Owed, reason: &'static str) -> Settled {
    Settled { reason: Some(reason), ..Settled::of(award, "paid") }
}
