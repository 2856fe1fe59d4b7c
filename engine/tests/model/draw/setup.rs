//! How a merchant begins.

use rust_decimal::Decimal;

use super::Draw;
use crate::plain::*;

impl Draw {
    pub fn setup(&mut self) -> Setup {
        let months = u32::try_from(self.number(1, 3)).unwrap();
        let expiry = match self.number(0, 9) {
            0 => Expiry::Never,
            1..=3 => Expiry::AfterMonths { months, month_end: false },
            4 | 5 => Expiry::AfterMonths { months, month_end: true },
            6 | 7 => Expiry::Calendar(vec![(11, 7), (11, 30), (12, 31), (1, 15), (3, 14)]),
            _ => Expiry::Inactivity(1),
        };
        let roundings =
            [Rounding::Floor, Rounding::Floor, Rounding::HalfUp, Rounding::HalfEven, Rounding::Ceil];
        let base = Terms { effect: Effect::Rate(Decimal::from(self.number(1, 12))), ..plain_terms() };
        let mut promotions = vec![base];
        let others = self.number(2, 5);
        promotions.extend((0..others).map(|_| self.terms()));
        let count = self.number(1, 3);
        let offers = (0..count).map(|_| self.offer()).collect();
        let friends =
            self.maybe(40, |draw| Friends { hold_days: draw.number(1, 10), per_hour: draw.one(&[1, 2, 10]) });
        let promises = if self.chance(50) {
            let count = self.number(1, 4);
            (0..count).map(|_| self.promise(friends.is_some())).collect()
        } else {
            Vec::new()
        };
        let ladder = self.ladder_policy();
        let first = Tier { threshold: 0, ..self.tier() };
        let first = if self.chance(25) { self.tier() } else { first };
        let mut tiers = vec![first];
        for _ in 0..2 {
            let tier = self.tier();
            if tiers.iter().all(|other| other.threshold != tier.threshold) {
                tiers.push(tier);
            }
        }
        Setup {
            expiry,
            rounding: self.one(&roundings),
            best_offer_only: self.chance(30),
            point_value: self.maybe(90, |draw| (draw.one(&[1, 3, 10, 100]), draw.one(&[1, 1, 7, 100]))),
            promotions,
            offers,
            rewards: (0..4).map(|_| self.reward()).collect(),
            ladder,
            tiers,
            friends,
            promises,
            has_board: self.chance(40),
            carry_over: self.chance(40),
        }
    }

    pub fn terms(&mut self) -> Terms {
        let effect = match self.number(0, 5) {
            0..=2 => Effect::Rate(Decimal::new(self.number(5, 1_500), 2)),
            3 => Effect::Multiplier(Decimal::new(self.number(5, 30), 1)),
            _ => Effect::Flat(self.number(1, 60)),
        };
        let things = ["TEA", "CAKE", "category:drinks", "category:bakery"];
        let (group, mode) = match self.number(0, 9) {
            0..=4 => ("default", Mode::Add),
            5..=8 => ("season", Mode::Best),
            _ => ("season", Mode::Exclusive),
        };
        let period = self.one(&[Period::Day, Period::Month, Period::Ever]);
        Terms {
            effect,
            include: self.maybe(30, |draw| vec![draw.one(&things)]).unwrap_or_default(),
            exclude: self.maybe(20, |draw| vec![draw.one(&things)]).unwrap_or_default(),
            retailers: self.maybe(20, |draw| vec![draw.one(&RETAILERS)]).unwrap_or_default(),
            tiers: self.maybe(12, |draw| vec![draw.below(2)]).unwrap_or_default(),
            first_purchase_only: self.chance(10),
            minimum_amount: self.maybe(20, |draw| draw.number(1, 3_000)),
            per_purchase: self.maybe(25, |draw| draw.number(1, 200)),
            per_customer: self.maybe(30, |draw| (draw.number(1, 300), period)),
            budget: self.maybe(30, |draw| (draw.number(10, 600), draw.chance(50))),
            group,
            mode,
            priority: i32::try_from(self.number(-1, 1)).unwrap(),
            pending_days: self.maybe(25, |draw| draw.number(0, 10).unsigned_abs()),
        }
    }

    pub fn offer(&mut self) -> OfferTerms {
        let things = ["TEA", "BREAD", "category:drinks"];
        OfferTerms {
            percentage: Decimal::new(self.number(1, 400), 3),
            products: self.maybe(40, |draw| vec![draw.one(&things)]).unwrap_or_default(),
            active: self.chance(85),
            per_purchase: self.maybe(30, |draw| draw.number(1, 300)),
            per_month: self.maybe(30, |draw| draw.number(1, 900)),
            pending_days: self.maybe(40, |draw| draw.number(1, 10).unsigned_abs()).unwrap_or(0),
            valid_days: self.maybe(60, |draw| draw.number(1, 40).unsigned_abs()),
        }
    }

    pub fn tier(&mut self) -> Tier {
        Tier {
            threshold: self.number(1, 900),
            multiplier: Decimal::new(self.number(50, 250), 2),
            discount: self.maybe(40, |draw| Decimal::new(draw.number(1, 250), 3)).unwrap_or_default(),
        }
    }

    fn ladder_policy(&mut self) -> LadderPolicy {
        let months = u32::try_from(self.number(1, 2)).unwrap();
        LadderPolicy {
            basis: self.one(&[Basis::Points, Basis::Points, Basis::Spend, Basis::Purchases]),
            window: self.one(&[
                Window::Ever,
                Window::Months(months),
                Window::Months(months),
                Window::CalendarYear,
                Window::MembershipYear,
            ]),
            one_step: self.chance(50),
            grace_days: self.one(&[0, 0, 3, 20]),
        }
    }

    fn reward(&mut self) -> Reward {
        let kind = match self.number(0, 4) {
            0 => RewardKind::Gift,
            1 | 2 => RewardKind::MoneyOff(self.number(1, 1_500)),
            3 => RewardKind::Percent(Decimal::new(self.number(10, 1_000), 3)),
            _ => RewardKind::FreeProduct(self.one(&["TEA", "CAKE"])),
        };
        Reward {
            kind,
            cost: self.number(1, 120),
            stock: self.maybe(50, |draw| draw.number(0, 5)),
            per_customer: self.maybe(30, |draw| draw.number(1, 2)),
            valid_days: self.maybe(60, |draw| draw.number(1, 20).unsigned_abs()),
        }
    }

    fn promise(&mut self, has_friends: bool) -> Promise {
        let kinds = if has_friends { 9 } else { 5 };
        let when = match self.below(kinds) {
            0 => When::Joined,
            1 => When::TierReached(self.below(2)),
            2 => When::PointsAbove(self.number(5, 200)),
            3 => When::OwnCount(self.counting(), self.numbers()),
            4 => When::FirstPurchase(self.counting()),
            5 => When::FriendJoined,
            6 => When::FriendPurchase(self.counting()),
            7 => When::FriendCount(self.counting(), self.numbers()),
            _ => When::FriendsCount(self.counting(), self.numbers()),
        };
        let to = match when {
            When::FriendJoined | When::FriendPurchase(_) | When::FriendCount(..) | When::FriendsCount(..) => {
                self.one(&[To::Advocate, To::Both, To::Friend])
            }
            When::FirstPurchase(_) if has_friends => {
                self.one(&[To::Customer, To::Advocate, To::Both, To::Friend])
            }
            _ => To::Customer,
        };
        let period = self.one(&[Period::Day, Period::Month, Period::Ever]);
        let is_of_points = matches!(when, When::PointsAbove(_));
        let gives = if is_of_points || self.chance(25) {
            Gift::MoneyOff(100)
        } else {
            Gift::Points(self.number(1, 80))
        };
        Promise {
            when,
            to,
            gives,
            cap: self.maybe(30, |draw| (draw.number(1, 3).unsigned_abs(), period)).filter(|_| !is_of_points),
            hold_days: self.one(&[0, 0, 1, 6]),
        }
    }

    fn counting(&mut self) -> Counting {
        let things = ["TEA", "category:drinks", "category:bakery"];
        Counting {
            units: self.chance(30),
            include: self.maybe(30, |draw| vec![draw.one(&things)]).unwrap_or_default(),
            minimum: self.maybe(25, |draw| draw.number(1, 2_000)),
        }
    }

    fn numbers(&mut self) -> Numbers {
        if self.chance(50) { Numbers::Every(self.number(1, 3)) } else { Numbers::At(vec![1, 2, 5]) }
    }
}

fn plain_terms() -> Terms {
    Terms {
        effect: Effect::Flat(1),
        include: Vec::new(),
        exclude: Vec::new(),
        retailers: Vec::new(),
        tiers: Vec::new(),
        first_purchase_only: false,
        minimum_amount: None,
        per_purchase: None,
        per_customer: None,
        budget: None,
        group: "default",
        mode: Mode::Add,
        priority: 0,
        pending_days: None,
    }
}
