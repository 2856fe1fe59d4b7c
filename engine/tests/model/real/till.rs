//! What a till asks the engine: quotes, purchases, returns.

use std::time::Duration;

use chrono::TimeDelta;
use perennial_domain::codes::TransactionId;
use perennial_domain::purchase::PurchaseInput;
use perennial_domain::quote::QuoteInput;
use perennial_domain::returns::ReturnInput;
use perennial_engine::Error;
use perennial_engine::intake::{Source, SubmitOptions, Submitted};
use perennial_engine::returns::Arrived;
use sea_orm::TransactionTrait as _;
use serde_json::{Value, json};

use super::Run;
use super::answers::{bought, refused, returned};
use super::program::{Program, name};
use crate::draw::retailer_of;
use crate::plain::*;

/// The model knows nothing of a machine that is too slow for a till.
const PATIENT: SubmitOptions =
    SubmitOptions { source: Source::Api, deadline: Some(Duration::from_secs(120)), accepted_at: None };

impl Run<'_> {
    pub async fn buy(&mut self, purchase: &Purchase) -> Answer {
        let at = self.model.now;
        let told = self
            .told
            .get(&purchase.number)
            .cloned()
            .unwrap_or_else(|| purchase.ago.map(|ago| (at - TimeDelta::seconds(ago)).to_rfc3339()));
        let sent = self.sent(purchase, told.as_deref()).await;
        let input: PurchaseInput = serde_json::from_value(sent).unwrap();
        let checked = input.check(None).unwrap();
        let Program { engine, till, .. } = &self.program;
        let answer = engine.purchases_submit(till, vec![checked], PATIENT).await.remove(0);
        match answer {
            Ok(Submitted { replayed, record }) => {
                self.told.insert(purchase.number, told);
                if let Some(code) = &record.claim_code {
                    self.codes.insert(purchase.number, code.clone());
                }
                Answer::Purchase(bought(replayed, &record))
            }
            Err(error) => refused(&error),
        }
    }

    /// The till takes off each line what the quote says.
    pub async fn buy_as_quoted(&mut self, basket: &Purchase) -> Answer {
        let mut asked = json!({
            "retailer": RETAILERS[basket.retailer],
            "lines": basket.lines.iter().map(line).collect::<Vec<_>>(),
        });
        if let Some(customer) = basket.customer {
            asked["customer"] = json!({"external_id": name(customer)});
        }
        let input: QuoteInput = serde_json::from_value(asked).unwrap();
        let Program { engine, till, rewards, .. } = &self.program;
        // On a machine that stands still for seconds the engine takes its database for away: then it is asked again.
        let quote = loop {
            match engine.quote(till, input.clone()).await {
                Ok(answer) if !answer.stale => break answer.quote,
                Ok(_) | Err(Error::Busy { .. }) => tokio::time::sleep(Duration::from_millis(50)).await,
                Err(error) => panic!("{error:?}"),
            }
        };
        let place = |id| rewards.iter().position(|reward| *reward == id).unwrap();
        let mut redeemable: Vec<usize> =
            quote.redeemable.iter().map(|reward| place(reward.reward_id)).collect();
        redeemable.sort_unstable();
        let quoted = Quoted {
            points: quote.points.get(),
            cashback: quote.cashback.get(),
            lines: quote.lines.iter().map(|line| line.price_after.get()).collect(),
            rewards: redeemable,
        };
        let mut purchase = basket.clone();
        for (line, price) in purchase.lines.iter_mut().zip(&quoted.lines) {
            line.discount = line.amount - price;
        }
        let bought = self.buy(&purchase).await;
        Answer::Quoted(quoted, Box::new(bought))
    }

    pub async fn give_back(&self, number: u32, name: u8, what: &Returning) -> Answer {
        let Program { engine, cx, .. } = &self.program;
        let mut input = json!({"return_id": format!("r{name}")});
        match what {
            Returning::Everything => {}
            Returning::Amount(amount) => input["amount"] = json!(amount),
            Returning::Lines(lines) => {
                let line = |(line, part): &(usize, Part)| match part {
                    Part::Whole => json!({"line": line}),
                    Part::Units(units) => json!({"line": line, "quantity": units}),
                    Part::Amount(amount) => json!({"line": line, "amount": amount}),
                };
                input["lines"] = lines.iter().map(line).collect();
            }
        }
        let checked = serde_json::from_value::<ReturnInput>(input).unwrap().check().unwrap();
        let retailer = engine.return_retailer(cx, Some(RETAILERS[retailer_of(number)])).await.unwrap();
        let transaction = TransactionId::new(&number.to_string()).unwrap();
        let txn = engine.db().begin().await.unwrap();
        match engine.return_transaction_in(&txn, cx, retailer, &transaction, &checked).await {
            Ok(arrived) => {
                txn.commit().await.unwrap();
                match arrived {
                    Arrived::Waiting(_) => Answer::Waiting,
                    Arrived::Booked(booked) => {
                        Answer::Return(Box::new(returned(booked.replayed, &booked.record)))
                    }
                }
            }
            Err(error) => {
                txn.rollback().await.unwrap();
                refused(&error)
            }
        }
    }

    async fn sent(&self, purchase: &Purchase, occurred_at: Option<&str>) -> Value {
        let mut sent = json!({
            "transaction_id": purchase.number.to_string(),
            "retailer": RETAILERS[purchase.retailer],
            "lines": purchase.lines.iter().map(line).collect::<Vec<_>>(),
            "currency": "USD",
        });
        if let Some(customer) = purchase.customer {
            sent["customer"] = json!({"external_id": name(customer)});
        }
        if let Some(occurred_at) = occurred_at {
            sent["occurred_at"] = json!(occurred_at);
        }
        if let Some(code) = purchase.code {
            sent["referral_code"] = json!(self.program.code(code));
        }
        let Tender { points, cashback, vouchers } = &purchase.tender;
        if *points > 0 {
            sent["pay_with_points"] = json!(points);
        }
        if *cashback > 0 {
            sent["pay_with_cashback"] = json!(cashback);
        }
        if !vouchers.is_empty() {
            let mut codes = Vec::new();
            for voucher in vouchers {
                codes.push(self.program.voucher(*voucher).await.to_string());
            }
            sent["vouchers"] = json!(codes);
        }
        sent
    }
}

fn line(line: &Line) -> Value {
    let mut sent = json!({"quantity": line.quantity, "amount": line.amount});
    if let Some(product) = line.product {
        sent["product"] = json!(product);
    }
    if line.discount > 0 {
        sent["discount"] = json!(line.discount);
    }
    sent
}
