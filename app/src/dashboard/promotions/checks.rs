//! The checks beside the sentence: what would surprise the merchant after publishing.

use super::dto::{Context, ProductFacts};
use super::fields::{Problems, Values, words};
use super::found::Stage;
use crate::ui::grouped;
use perennial_domain::promotion::{Effect, PromotionTerms, StackingMode, parse_local};

/// How serious a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// It cannot be published like this.
    Stop,
    /// It may not do what was meant.
    Look,
    /// Fine, and worth knowing.
    Fine,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How serious.
    pub level: Level,
    /// The finding in a few words.
    pub title: String,
    /// What it means.
    pub text: String,
    /// The budget that would be enough, where the budget is not.
    pub enough: Option<i64>,
}

fn finding(level: Level, title: impl Into<String>, text: impl Into<String>) -> Finding {
    Finding { level, title: title.into(), text: text.into(), enough: None }
}

/// Looks at a sentence. What cannot stand comes first.
#[must_use]
pub fn checks(
    values: &Values,
    terms: Result<&PromotionTerms, &Problems>,
    context: &Context,
    known: &[ProductFacts],
) -> Vec<Finding> {
    let mut findings = Vec::new();
    match terms {
        Err(problems) => {
            findings.extend(
                problems
                    .iter()
                    .map(|(field, text)| finding(Level::Stop, format!("{}.", clause(field)), text)),
            );
        }
        Ok(terms) => {
            findings.extend(over(terms, context));
            findings.extend(nothing_to_multiply(terms, context));
            findings.push(company(terms, context));
        }
    }
    findings.extend(unknown_words(values, context, known));
    sorted(findings)
}

fn sorted(mut findings: Vec<Finding>) -> Vec<Finding> {
    findings.sort_by_key(|finding| match finding.level {
        Level::Stop => 0,
        Level::Look => 1,
        Level::Fine => 2,
    });
    findings
}

/// The findings with what a replay says of the budget, as long as it is the one that was replayed.
#[must_use]
pub fn with_budget(
    mut findings: Vec<Finding>,
    terms: Option<&PromotionTerms>,
    replay: &Stage,
) -> Vec<Finding> {
    let budget = terms.and_then(|terms| terms.budget).map(|budget| budget.points.get());
    if let Stage::Found(found) = replay
        && let Some(replayed) = found.budget.as_ref().filter(|replayed| Some(replayed.points) == budget)
    {
        let (level, text) = match replayed.enough {
            Some(enough) => (Level::Look, format!("{} {} would be enough.", replayed.text, grouped(enough))),
            None => (Level::Fine, replayed.text.clone()),
        };
        let title = replayed.title.clone();
        findings.push(Finding { level, title, text, enough: replayed.enough });
    }
    sorted(findings)
}

/// The clause that a field belongs to.
fn clause(field: &str) -> &'static str {
    match field.split('.').next().unwrap_or_default() {
        "name" => "Name",
        "effect" | "effect_value" => "Then",
        "include" | "exclude" | "minimum" => "What",
        "retailer" | "region" => "Where",
        "max_points" | "customer_points" | "customer_per" | "budget" | "budget_end" | "pending_days" => {
            "Limits"
        }
        "tier" => "Who",
        "group" | "mode" | "priority" => "Stacking",
        _ => "In time",
    }
}

fn over(terms: &PromotionTerms, context: &Context) -> Option<Finding> {
    let now = parse_local(&context.now)?;
    let end = terms.ends_at?;
    (end <= now).then(|| {
        finding(
            Level::Look,
            "It is over already.",
            "Its end lies in the past, so it counts only for purchases that tills post late.",
        )
    })
}

fn nothing_to_multiply(terms: &PromotionTerms, context: &Context) -> Option<Finding> {
    let Effect::Multiplier(_) = terms.effect else { return None };
    let has_rate = context.others.promotions.iter().any(|promotion| {
        promotion.ended_at.is_none()
            && promotion
                .versions
                .iter()
                .max_by_key(|version| version.version)
                .is_some_and(|version| matches!(version.terms.effect, Effect::AwardRate(_)))
    });
    (!has_rate).then(|| {
        finding(
            Level::Look,
            "Nothing to multiply.",
            "No published promotion gives points per unit of money. Publish one first, else this one gives nothing.",
        )
    })
}

/// Who else is in its group, and what that means.
fn company(terms: &PromotionTerms, context: &Context) -> Finding {
    let group = &terms.stacking.group;
    let others: Vec<String> = context
        .others
        .promotions
        .iter()
        .filter(|promotion| promotion.ended_at.is_none())
        .filter_map(|promotion| promotion.versions.iter().max_by_key(|version| version.version))
        .filter(|version| version.terms.stacking.group == *group)
        .map(|version| format!("“{}”", version.terms.name))
        .collect();
    if others.is_empty() {
        return finding(Level::Fine, "", format!("Alone in group “{group}”."));
    }
    let shown = match others.as_slice() {
        [first, second, third, rest @ ..] if !rest.is_empty() => {
            format!("{first}, {second}, {third} and {} more", rest.len())
        }
        all => all.join(", "),
    };
    match terms.stacking.mode {
        StackingMode::Add => {
            finding(Level::Fine, "", format!("Counts beside the others of group “{group}”: {shown}."))
        }
        StackingMode::Best => finding(
            Level::Fine,
            "",
            format!(
                "In group “{group}” with {shown}. Of those that compete, the customer gets the one worth most."
            ),
        ),
        StackingMode::Exclusive => finding(
            Level::Look,
            "It stands alone.",
            format!("Where it applies, nothing else of group “{group}” does: {shown}."),
        ),
    }
}

/// Words that name nothing known: a slip, or something still to come.
fn unknown_words(values: &Values, context: &Context, known: &[ProductFacts]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (_, code) in words(values, "retailer") {
        if !context.retailers.iter().any(|store| store.code == code) {
            findings.push(finding(
                Level::Look,
                format!("No open retailer has the code “{code}”."),
                "Codes are written exactly as tills send them.",
            ));
        }
    }
    for (_, region) in words(values, "region") {
        if !context.retailers.iter().any(|store| store.region.as_deref() == Some(region)) {
            findings.push(finding(
                Level::Look,
                format!("No open retailer is in “{region}”."),
                "Regions are set on the retailer.",
            ));
        }
    }
    for (_, word) in words(values, "include").into_iter().chain(words(values, "exclude")) {
        let missing = if let Some(category) = word.strip_prefix("category:") {
            !context.categories.iter().any(|known| known == category.trim())
        } else if let Some(tag) = word.strip_prefix("tag:") {
            // Of a large catalogue only a part is here, and a tag may be in the rest.
            context.all_products
                && !context.tags.iter().any(|known| known == tag.trim())
                && !known.iter().any(|product| product.tags.iter().any(|known| known == tag.trim()))
        } else {
            // Products are many; whether a SKU exists is not known here.
            false
        };
        if missing {
            findings.push(finding(
                Level::Look,
                format!("Nothing is in “{word}” yet."),
                "It takes effect as soon as a product is.",
            ));
        }
    }
    findings
}
