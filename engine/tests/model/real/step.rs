//! A step on the engine.

use chrono::TimeDelta;
use perennial_domain::customer::{CustomerInput, CustomerRef};
use perennial_domain::tiers::TierInput;
use perennial_engine::Error;
use perennial_engine::adjustments::NewAdjustment;
use perennial_engine::rewards::NewRedemption;
use perennial_engine::tiers::TierEdited;
use serde_json::json;

use super::Run;
use super::answers::{done, moved, redeemed, refused};
use super::program::{Program, name};
use super::terms;
use crate::plain::*;

impl Run<'_> {
    pub async fn step(&mut self, step: &Step) -> Answer {
        let Program { engine, cx, promotions, offers, .. } = &self.program;
        match step {
            Step::Buy(purchase) | Step::Conflict(purchase) => self.buy(purchase).await,
            Step::Quoted(purchase) => self.buy_as_quoted(purchase).await,
            Step::Again(number) => {
                let purchase = self.model.stored(*number).unwrap().clone();
                self.buy(&purchase).await
            }
            Step::Return { number, name, what } => self.give_back(*number, *name, what).await,
            Step::Claim { number, customer } => self.claim(*number, *customer).await,
            Step::Adjust { customer, points, expires_in } => {
                let today = crate::model::calendar::day(self.model.now);
                let input = NewAdjustment {
                    points: *points,
                    reason: "A step".parse().unwrap(),
                    expires_on: expires_in.map(|days| today + chrono::Days::new(days)),
                };
                let customer = self.program.customer(*customer).await.unwrap();
                match engine.adjustment_create(cx, customer, input).await {
                    Ok(done) => Answer::Adjusted { before: done.points_before, after: done.points_after },
                    Err(error) => refused(&error),
                }
            }
            Step::Redeem { number, customer, reward, hold } => {
                let id = self.program.customer(*customer).await.unwrap();
                let reward = self.program.rewards[*reward];
                let input = NewRedemption { reward, points: None, hold_seconds: *hold };
                let answer = engine.redeem(cx, &CustomerRef::Id(id), input).await;
                if let Ok(redeemed) = &answer {
                    self.program.redemptions.insert(*number, redeemed.redemption.id);
                }
                redeemed(answer)
            }
            Step::Capture(number) => {
                redeemed(engine.redemption_capture(cx, self.program.redemptions[number]).await)
            }
            Step::Cancel(number) => {
                redeemed(engine.redemption_cancel(cx, self.program.redemptions[number]).await)
            }
            Step::UseVoucher(number) => {
                let code = self.program.voucher(*number).await;
                done(engine.voucher_use(cx, &code).await)
            }
            Step::NewTier { tier, terms } => self.new_tier(*tier, terms::tier(*tier, terms)).await,
            Step::Tier { tier: number, terms } => {
                let (id, input) = (self.program.tiers[number], terms::tier(*number, terms));
                let preview = engine.tier_update(cx, id, input.clone(), true).await;
                self.edited(preview, engine.tier_update(cx, id, input, false).await)
            }
            Step::DropTier(number) => {
                let id = self.program.tiers[number];
                let preview = engine.tier_delete(cx, id, true).await;
                self.edited(preview, engine.tier_delete(cx, id, false).await)
            }
            Step::Promotion { promotion: index, terms } => {
                let id = promotions[*index];
                let terms = terms::promotion(terms, &self.program.tiers);
                engine.promotion_edit(cx, id, terms).await.unwrap();
                done(engine.promotion_publish(cx, id, None).await)
            }
            Step::Pause { promotion } => {
                let id = promotions[*promotion];
                let is_paused = engine.promotion_get(cx, id).await.unwrap().state.as_str() == "paused";
                done(if is_paused {
                    engine.promotion_resume(cx, id).await
                } else {
                    engine.promotion_pause(cx, id).await
                })
            }
            Step::Offer { offer: index, terms } => {
                done(engine.cashback_offer_update(cx, offers[*index], terms::offer(terms)).await)
            }
            Step::Archive { offer } => done(engine.cashback_offer_archive(cx, offers[*offer]).await),
            Step::Policy(chosen, days) => {
                let settings = json!({"return_policy": terms::policy(*chosen), "pending_days": days});
                self.program.set(settings).await;
                Answer::Done
            }
            Step::CarryOver(is_on) => {
                self.program.set(json!({"carry_over": is_on})).await;
                Answer::Done
            }
            Step::Review { friend, counts } => {
                let friend = self.program.customer(*friend).await.unwrap();
                done(if *counts {
                    engine.referral_approve(cx, friend).await
                } else {
                    engine.referral_reject(cx, friend).await
                })
            }
            Step::Pass { seconds } => {
                self.program.clock.advance(TimeDelta::seconds(*seconds));
                Answer::Done
            }
            Step::Jobs => done(engine.jobs_run().await),
            Step::Settle => {
                engine.jobs_run().await.unwrap();
                if let Err(left) = self.settle().await {
                    return Answer::Refused(left);
                }
                done(engine.jobs_run().await)
            }
        }
    }

    async fn claim(&self, number: u32, customer: usize) -> Answer {
        let Program { engine, cx, .. } = &self.program;
        let input: CustomerInput = serde_json::from_value(json!({"external_id": name(customer)})).unwrap();
        let customer = input.check("", None).unwrap();
        match engine.claim(cx, &self.codes[&number], &customer).await {
            Ok(claimed) => Answer::Claim {
                replayed: claimed.replayed,
                points: claimed.claim.points.get(),
                pending: claimed.claim.points_pending.get(),
                balance: (claimed.claim.balance.points, claimed.claim.balance.pending),
            },
            Err(error) => refused(&error),
        }
    }

    async fn new_tier(&mut self, number: usize, input: TierInput) -> Answer {
        let Program { engine, cx, .. } = &self.program;
        let preview = engine.tier_create(cx, input.clone(), true).await;
        let created = engine.tier_create(cx, input, false).await;
        // The preview has another id for what is not there yet; who moves there moves from somewhere all the same.
        if let Ok(created) = &created {
            let [shown, happened] = [preview.unwrap(), created.clone()].map(|edited| {
                let from = |moved: &perennial_engine::tiers::TierMovement| {
                    (moved.from.as_ref().map(|tier| tier.id), moved.customers)
                };
                edited.moves.iter().map(from).collect::<Vec<_>>()
            });
            assert_eq!(shown, happened, "what was shown is what happens");
            self.program.tiers.insert(number, created.tier.as_ref().unwrap().id);
        }
        match created {
            Ok(created) => moved(&created.moves, |id| self.program.tier(id.uuid())),
            Err(error) => refused(&error),
        }
    }

    /// What was shown is what happens.
    fn edited(&self, preview: Result<TierEdited, Error>, edited: Result<TierEdited, Error>) -> Answer {
        let answer = |edited: Result<TierEdited, Error>| match edited {
            Ok(edited) => moved(&edited.moves, |id| self.program.tier(id.uuid())),
            Err(error) => refused(&error),
        };
        let (shown, happened) = (answer(preview), answer(edited));
        assert_eq!(shown, happened, "what was shown is what happens");
        happened
    }
}
