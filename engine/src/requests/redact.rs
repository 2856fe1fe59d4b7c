//! Taking out of a request's log what the request itself said.
//!
//! Details of refusals are fixed sentences, but some quote: a parser tells what it found instead of a number, a merchant's
//! word that is unknown is repeated. What was found may be a name or an address, so it goes; what was expected stays.

use super::{EndedRequest, RequestError};

/// Letters of a text that is kept, at most.
const TEXT_MAX: usize = 300;
/// Letters of a name that the caller gives, at most; as long as the longest that the API takes.
const NAME_MAX: usize = 256;
/// Wrong fields that are kept of one request.
const ERRORS_MAX: usize = 20;

/// What stands where something was taken out.
const GONE: &str = "…";

/// A request as it may be kept.
pub(super) fn request(request: EndedRequest) -> EndedRequest {
    let EndedRequest { idempotency_key, reference, problem, .. } = request;
    let problem = problem.map(|mut problem| {
        problem.detail = detail(&problem.detail);
        problem.errors.truncate(ERRORS_MAX);
        problem.errors = problem.errors.into_iter().map(error).collect();
        problem
    });
    EndedRequest {
        idempotency_key: idempotency_key.map(|key| name(&key)),
        reference: reference.map(|reference| name(&reference)),
        problem,
        ..request
    }
}

fn error(error: RequestError) -> RequestError {
    RequestError { pointer: pointer(&error.pointer), code: error.code, detail: detail(&error.detail) }
}

/// A name that the caller chose: what Postgres can keep of it, unless it is somebody's address.
fn name(text: &str) -> String {
    if text.contains('@') { GONE.to_owned() } else { kept(text, NAME_MAX) }
}

/// A pointer, without steps that are somebody's address.
fn pointer(text: &str) -> String {
    let steps = text.split('/').map(|step| if step.contains('@') { GONE } else { step });
    kept(&steps.collect::<Vec<_>>().join("/"), NAME_MAX)
}

/// A sentence without what it quotes of the request.
fn detail(text: &str) -> String {
    // How serde begins when it tells what it has found: between the first pair of marks.
    const FOUND: [&str; 4] = ["Invalid type:", "Invalid value:", "Invalid length:", "Unknown variant"];
    let text = between(text, '"');
    let text =
        if FOUND.iter().any(|start| text.starts_with(start)) { first_between(&text, '`') } else { text };
    let words = text.split(' ').map(|word| if word.contains('@') { GONE } else { word });
    kept(&words.collect::<Vec<_>>().join(" "), TEXT_MAX)
}

/// Empties every pair of marks; one that is never closed ends the text.
fn between(text: &str, mark: char) -> String {
    let mut parts = text.split(mark);
    let mut without = parts.next().unwrap_or_default().to_owned();
    while parts.next().is_some() {
        without.push(mark);
        without.push_str(GONE);
        if let Some(outside) = parts.next() {
            without.push(mark);
            without.push_str(outside);
        }
    }
    without
}

/// Empties the first pair of marks.
fn first_between(text: &str, mark: char) -> String {
    let Some((before, rest)) = text.split_once(mark) else { return text.to_owned() };
    let after = rest.split_once(mark).map_or("", |(_, after)| after);
    format!("{before}{mark}{GONE}{mark}{after}")
}

fn kept(text: &str, most: usize) -> String {
    text.chars().filter(|letter| !letter.is_control()).take(most).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_found_goes_and_what_was_expected_stays() {
        for (said, kept) in [
            (
                r#"Invalid type: string "ada@example.com", expected i64"#,
                r#"Invalid type: string "…", expected i64"#,
            ),
            (
                r#"Invalid type: string "a \"b\" c", expected i64"#,
                r#"Invalid type: string "…"b\"…", expected i64"#,
            ),
            (
                "Invalid type: floating point `19.99`, expected i64",
                "Invalid type: floating point `…`, expected i64",
            ),
            (
                "Unknown variant `ada`, expected one of `a`, `b`",
                "Unknown variant `…`, expected one of `a`, `b`",
            ),
            (
                "Unknown field `amuont`, expected one of `amount`",
                "Unknown field `amuont`, expected one of `amount`",
            ),
            ("There is nobody at ada@example.com today", "There is nobody at … today"),
            (r#"Ends in "ada"#, r#"Ends in "…"#),
            ("There is no such retailer.", "There is no such retailer."),
        ] {
            assert_eq!(detail(said), kept);
        }
    }

    #[test]
    fn names_and_pointers_lose_addresses() {
        assert_eq!(name("A-1042"), "A-1042");
        assert_eq!(name("ada@example.com"), "…");
        assert_eq!(pointer("/customer/ada@example.com/1"), "/customer/…/1");
        assert_eq!(name(&"x".repeat(999)).len(), NAME_MAX);
    }
}
