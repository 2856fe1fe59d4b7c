//! What a merchant promises: promotions, their versions, and the rule set of a merchant.
//!
//! [`PromotionInput`] is what people and programs write, [`PromotionTerms`] the same once it is checked:
//! whoever holds terms holds a promotion that can be evaluated. Both have the same JSON form.

mod check;
mod effect;
mod input;
mod limits;
mod offer;
mod rules;
mod sentence;
mod terms;
mod time;

pub use effect::Effect;
pub use input::{BudgetInput, CustomerLimitInput, HoursInput, ProductsInput, PromotionInput, StackingInput};
pub use limits::{Budget, CustomerLimit, LimitPeriod, WhenExhausted};
pub use offer::{OfferNames, offer};
pub use rules::{Pause, PromotionRules, PromotionVersion, RuleSet};
pub(crate) use sentence::one_of;
pub use sentence::{sentence, sentence_naming};
pub use terms::{ProductFilter, ProductMatcher, PromotionTerms, Stacking, StackingMode};
pub use time::{Hours, Weekdays, format_local, parse_local, parse_time};
